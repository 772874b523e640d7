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
) -> None:
    """Lists the published models, the default first."""
    from mammoscope.inference.answer import model_to_dict
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

    store = ModelStore(zoo or PACKAGE_ZOO)
    found = [model_to_dict(model) for model in store.open_all()]
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
        return
    if not found:
        typer.echo(f"no published model in {store.zoo}", err=True)
        return
    for line in _table([_row(model) for model in found]):
        typer.echo(line)


def _row(model: dict[str, Any]) -> tuple[str, ...]:
    card, point = model["card"], model["operating_points"][0]
    return (
        f"{model['name']}@{model['version']}",
        model["task"],
        f"{point['name']} {point['threshold']:.3f}",
        f"{point['sensitivity']['value']:.2f}",
        f"{point['specificity']['value']:.2f}",
        str(card.get("license", "-")),
        str(card.get("title", "-")),
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    header = ("MODEL", "TASK", "OPERATING POINT", "SENS.", "SPEC.", "LICENCE", "TITLE")
    table = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
