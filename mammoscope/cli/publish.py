"""`mammoscope publish`: a finished run becomes a published model, a report a published study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def publish(
    run: Annotated[
        Path,
        typer.Argument(help="run folder of `mammoscope train`; with --study a report's folder"),
    ],
    name: Annotated[str, typer.Option(help="such as cnn-rsna")],
    zoo: Annotated[Path | None, typer.Option(help="zoo folder; default: the package's")] = None,
    study: Annotated[
        bool,
        typer.Option("--study", help="put a comparison's figures there, for the page's study"),
    ] = False,
) -> None:
    """Put a run's model into the zoo as the next version of NAME."""
    from mammoscope.experiment.publish import publish as publish_run
    from mammoscope.experiment.publish_study import publish_study
    from mammoscope.experiment.run import RunFolder
    from mammoscope.inference.store import PACKAGE_ZOO

    zoo = zoo or PACKAGE_ZOO
    if study:
        typer.echo(publish_study(run, name, zoo=zoo))
        return
    model = publish_run(RunFolder(run), name, zoo=zoo)
    typer.echo(model.folder)
