"""`mammoscope phantom`: describes a synthetic data set that `train` can use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def phantom(
    out: Annotated[Path, typer.Option(help="folder of the data set")],
    women: Annotated[int, typer.Option(min=1, help="four views each")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="of everything that is drawn")] = 0,
    rows: Annotated[int, typer.Option(help="image height in pixels")] = 640,
    columns: Annotated[int, typer.Option(help="image width in pixels")] = 512,
) -> None:
    """Describe a set of synthetic women; its images are drawn when they are read."""
    from mammoscope.datasets.phantom import PhantomConfig
    from mammoscope.datasets.phantom_set import write

    write(out, women=women, seed=seed, config=PhantomConfig(rows=rows, columns=columns))
    typer.echo(out)
