"""`mammoscope models`: the published models of a zoo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
    zoo: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of published models.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every version, each model's newest first.")
    ] = False,
) -> None:
    """Lists the published models, each at its newest version, the default first."""
    from mammoscope.inference.answer import model_to_dict
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

    store = ModelStore(zoo or PACKAGE_ZOO)
    references = store.references() if every else [store.resolve(name) for name in store.names()]
    found = [model_to_dict(store.open(reference)) for reference in references]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
        return
    if not found:
        typer.echo(f"no published model in {store.zoo}", err=True)
        return
    versions = store.versions()
    for line in _table([_row(model, versions[model["name"]]) for model in found]):
        typer.echo(line)


def _row(model: dict[str, Any], versions: list[int]) -> tuple[str, ...]:
    card, point = model["card"], model["operating_points"][0]
    others = [str(version) for version in versions if str(version) != model["version"]]
    return (
        f"{model['name']}@{model['version']}",
        ",".join(others) or "-",
        model["task"],
        f"{point['name']} {point['threshold']:.3f}",
        f"{point['sensitivity']['value']:.2f}",
        f"{point['specificity']['value']:.2f}",
        str(card.get("license", "-")),
        str(card.get("title", "-")),
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    header = (
        "MODEL",
        "OTHER VERSIONS",
        "TASK",
        "OPERATING POINT",
        "SENS.",
        "SPEC.",
        "LICENCE",
        "TITLE",
    )
    table = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
