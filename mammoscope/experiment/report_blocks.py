"""What a report is built of, in no format: paragraphs, lists, tables, pictures; its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from mammoscope.experiment.verdict import MOST_NAMED, figure
from mammoscope.types import Estimate


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph; a weighty one stands out."""

    kind: ClassVar[str] = "prose"
    text: str
    weighty: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    kind: ClassVar[str] = "items"
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row names it."""

    kind: ClassVar[str] = "table"
    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure that is kept as `stem.svg` and `stem.png`; a broad one scrolls on a phone."""

    kind: ClassVar[str] = "picture"
    name: str
    stem: str
    alt: str
    caption: str
    broad: bool = False


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture of real data, kept as `stem.png`; a format that may be published leaves it out.

    A broad one scrolls on a phone.
    """

    kind: ClassVar[str] = "photograph"
    name: str
    stem: str
    alt: str
    caption: str
    broad: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page, relative to this one."""

    kind: ClassVar[str] = "link"
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what is under it."""

    title: str
    blocks: Sequence[Block]


Block = Prose | Items | Table | Picture | Photograph | Link
Values = Mapping[str, Any]


def table_of_models(
    name: str, header: Sequence[str], rows: Sequence[Sequence[str]], caption: str
) -> Table:
    """A table with a column a model; with many models it is turned, and has a row a model.

    Args:
        name, caption: as of `Table`.
        header: an empty cell, and the models.
        rows: what is said, and of each model the cell.
    """
    if len(header) - 1 <= MOST_NAMED:
        return Table(name, header, rows, caption)
    turned = list(zip(header, *rows, strict=True))
    return Table(name, ("model", *turned[0][1:]), turned[1:], caption)


def figures_of(model: Values, unit: str) -> Values:
    """A model's figures by one unit."""
    found: Values = next(row for row in model["figures"] if row["unit"] == unit)
    return found


def estimate_text(row: Values | None) -> str:
    """`0.64 (0.60 to 0.68)`; "not defined" of a figure that is not."""
    if row is None:
        return "not defined"
    # z: a difference that rounds to nothing has no sign.
    return f"{row['value']:z.2f} ({row['low']:z.2f} to {row['high']:z.2f})"


def auc_text(row: Values) -> str:
    """As the paragraph says it: never a 0.50 that is not one."""
    return figure(Estimate(row["value"], row["low"], row["high"], row["method"]))


def sample_text(row: Values) -> str:
    return f"n {row['n']}, {row['n_positive']} positive, {row['n_patients']} women"


def range_text(row: Values) -> str:
    """`12`, or `12 to 15`."""
    least, most = row["least"], row["most"]
    return str(least) if least == most else f"{least} to {most}"
