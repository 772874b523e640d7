"""`mammoscope examples`: writes the synthetic example images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def examples(out: Annotated[Path, typer.Option(help="folder to write to")]) -> None:
    """Write the synthetic example images that the page offers."""
    from mammoscope.datasets.examples import write_examples

    for path in write_examples(out):
        typer.echo(path)
