"""`mammoscope batch`: what a published model says of an archive, a row a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mammoscope.cli.inputs import (
    Aspect,
    ModelName,
    PrecisionName,
    Window,
    Zoo,
    parse_precision,
    reach_cluster,
)

if TYPE_CHECKING:
    from mammoscope.batch.run import Engine, Summary


def batch(
    source: Annotated[
        str,
        typer.Argument(
            help="A folder, a glob, a manifest (.csv or .parquet with a column `path`), or a URL "
            "that fsspec opens."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.parquet", help="The table to make.")],
    model: ModelName = None,
    aspect: Aspect = None,
    window: Window = 0,
    precision: PrecisionName = "float32",
    zoo: Zoo = None,
    engine: Annotated[
        str, typer.Option(metavar="local|ray", help="This machine, or a Ray cluster.")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT", help="Of a running Ray cluster; default: one started here."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The counts, as one object.")] = False,
) -> None:
    """Gives every file of an archive its row: score and verdict, or why there is none.

    Stopped or killed anywhere, the same command goes on where it was, to the same table. Exit
    status 0 once the table is whole, also where some of the files could not be read: their rows
    say why.
    """
    from mammoscope.types import RESEARCH_NOTICE, MammoscopeError

    if engine not in ("local", "ray"):
        raise typer.BadParameter(f"{engine!r} is neither local nor ray", param_hint="--engine")
    if address is not None and engine != "ray":
        raise typer.BadParameter("is of --engine ray", param_hint="--address")
    try:
        from mammoscope.batch.reading import Settings
        from mammoscope.batch.run import run_batch

        computes = _engine(engine, address)
    except ModuleNotFoundError as error:
        raise MammoscopeError(
            f"this needs {error.name}, which is not installed; "
            f"pip install 'mammoscope[{'ray' if engine == 'ray' else 'batch'}]'"
        ) from error
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

    folder = (zoo or PACKAGE_ZOO).resolve()
    store = ModelStore(folder)
    settings = Settings(
        zoo=str(folder),
        # The version is pinned: what is published meanwhile must not make rows unlike.
        model=store.open(model or store.default()).reference,
        precision=parse_precision(precision),
        aspect=aspect,
        window=window,
    )
    summary = run_batch(
        source, out, settings, engine=computes, say=lambda line: typer.echo(line, err=True)
    )
    if as_json:
        typer.echo(json.dumps({**asdict(summary), "out": str(summary.out)}, allow_nan=False))
        return
    for line in _as_text(summary):
        typer.echo(line)
    typer.echo(RESEARCH_NOTICE)


def _engine(name: str, address: str | None) -> Engine:
    if name == "ray":
        from mammoscope.batch.cluster import run_ray

        return partial(run_ray, address=address and reach_cluster(address))
    from mammoscope.batch.local import run_local

    return run_local


def _as_text(summary: Summary) -> list[str]:
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in summary.verdicts.items())
    return [f"{summary.out}: {summary.files:,} files: {counts}"]
