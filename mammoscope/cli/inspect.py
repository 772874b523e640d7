"""`mammoscope inspect`: how the images of a data set are read, segmented and gated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def inspect(
    dataset: Annotated[str, typer.Option(help="mini-mias, rsna, folder or phantom")],
    root: Annotated[Path, typer.Option(help="folder or archive of the data set")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="folder that the page goes to")],
    task: Annotated[str | None, typer.Option(help="abnormal or cancer; default: its own")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="images at the same time; default: one a core")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the figures")] = False,
) -> None:
    """Say how a data set's images are read, segmented and gated, as images.html in --out.

    The page and worst.png show images of the data set; images.md and
    images.json do not. Nothing names a woman or a file.
    """
    import json

    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.image_report import PAGE, inspect_images

    opened = open_dataset(dataset, root, task=task)
    values = inspect_images(
        opened, opened.records, out, say=lambda line: typer.echo(line, err=True), jobs=jobs
    )
    typer.echo(json.dumps(values, allow_nan=False) if as_json else out / PAGE)
