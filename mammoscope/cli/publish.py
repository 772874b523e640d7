"""`mammoscope publish`: a finished run becomes a published model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def publish(
    run: Annotated[Path, typer.Argument(help="run folder of `mammoscope train`")],
    name: Annotated[str, typer.Option(help="such as cnn-rsna")],
    zoo: Annotated[Path | None, typer.Option(help="zoo folder; default: the package's")] = None,
) -> None:
    """Put a run's model into the zoo as the next version of NAME."""
    from mammoscope.experiment.publish import publish as publish_run
    from mammoscope.experiment.run import RunFolder
    from mammoscope.inference.store import PACKAGE_ZOO

    model = publish_run(RunFolder(run), name, zoo=zoo or PACKAGE_ZOO)
    typer.echo(model.folder)
