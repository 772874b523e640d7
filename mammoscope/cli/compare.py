"""`mammoscope compare`: one report of several runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="evaluated run folders of one split")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder of the report to write")],
    learning_curve: Annotated[
        bool,
        typer.Option(
            "--learning-curve",
            help="AUC against the number of women in training, of runs that learnt from more and "
            "fewer women and were tested on the same",
        ),
    ] = False,
    transfer: Annotated[
        bool,
        typer.Option(
            "--transfer",
            help="train on A, test on B: runs, and folders that `evaluate --model NAME --out` "
            "wrote on other data sets",
        ),
    ] = False,
    zoo: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="with --transfer: cards of the published models"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="all figures")] = False,
) -> None:
    """Compare runs on the same women: report.html, .md, tables.tex, figures, comparison.json.

    From what is written in the run folders and nothing else: no data set, no weights and no
    graph is opened. With --transfer the published models are looked up in the zoo.
    """
    import json

    from mammoscope.experiment.compare import compare as compare_runs
    from mammoscope.experiment.comparison_report import HTML
    from mammoscope.experiment.learning_report import report_learning
    from mammoscope.experiment.run import RunFolder
    from mammoscope.experiment.transfer_report import report_transfer
    from mammoscope.inference.store import PACKAGE_ZOO
    from mammoscope.types import RESEARCH_NOTICE

    if learning_curve and transfer:
        raise typer.BadParameter("give one of the two", param_hint="--learning-curve, --transfer")
    if zoo is not None and not transfer:
        raise typer.BadParameter("is read with --transfer only", param_hint="--zoo")
    folders = [RunFolder(run) for run in runs]
    if learning_curve:
        values = report_learning(folders, out)
    elif transfer:
        values = report_transfer(folders, out, zoo=zoo or PACKAGE_ZOO)
    else:
        values = compare_runs(folders, out, say=lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(values["verdict"])
    typer.echo(RESEARCH_NOTICE)
    typer.echo(out / HTML)
