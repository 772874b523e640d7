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
    as_json: Annotated[bool, typer.Option("--json", help="all figures")] = False,
) -> None:
    """Compare runs on the same women: report.html, report.md, figures and comparison.json.

    From what is written in the run folders and nothing else: no data set, no weights and no
    graph is opened.
    """
    import json

    from mammoscope.experiment.compare import compare as compare_runs
    from mammoscope.experiment.comparison_report import HTML
    from mammoscope.experiment.run import RunFolder
    from mammoscope.types import RESEARCH_NOTICE

    values = compare_runs(
        [RunFolder(run) for run in runs], out, say=lambda line: typer.echo(line, err=True)
    )
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(values["verdict"])
    typer.echo(RESEARCH_NOTICE)
    typer.echo(out / HTML)
