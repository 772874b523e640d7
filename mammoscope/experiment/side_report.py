"""A report beside the comparison: its values as JSON, one page in three formats, its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mammoscope.experiment.latex import LATEX, latex_tables
from mammoscope.experiment.report_blocks import Section
from mammoscope.experiment.report_folder import refuse_other, sweep_report
from mammoscope.experiment.report_page import HTML, MARKDOWN, render_page
from mammoscope.ledger.durable import write_json, write_text

FIGURES = "figures.json"
_ENDINGS = ("svg", "png", "csv")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of such a report.

    Attributes:
        stem: its name without an ending.
        draw: writes it as SVG and PNG, given the path without its ending; None = it is a table
            alone, whose source is kept.
        source: the CSV that it is drawn from.
    """

    stem: str
    draw: Callable[[Path], None] | None
    source: str


def open_side_report(out: Path, kind: str, stems: Sequence[str]) -> None:
    """Returns where such a report may be written; before hours are spent on it.

    Raises:
        DatasetError: `out` holds something else.
    """
    pictures = {f"{stem}.{ending}" for stem in stems for ending in _ENDINGS}
    ours = {FIGURES, HTML, MARKDOWN, LATEX, *pictures}
    refuse_other(out, kind=kind, figures=FIGURES, ours=ours)


def write_side_report(
    out: Path,
    values: Mapping[str, Any],
    *,
    title: str,
    sections: Sequence[Section],
    figures: Sequence[Figure],
) -> None:
    """Writes all files; `report.html` last: where it is, the report is whole.

    Args:
        out: folder that `open_side_report` let pass.
        values: what `figures.json` holds; with `kind` and `notice`.
        title: of the page.
        sections: in their order.
        figures: that the sections show.
    """
    (out / HTML).unlink(missing_ok=True)
    write_json(out / FIGURES, values)
    sweep_report(out, keep={FIGURES})
    pictures = {}
    for figure in figures:
        write_text(out / f"{figure.stem}.csv", figure.source)
        if figure.draw is not None:
            figure.draw(out / figure.stem)
            pictures[figure.stem] = (out / f"{figure.stem}.svg").read_bytes()
    write_text(out / LATEX, latex_tables(title, sections))
    for name in (MARKDOWN, HTML):
        page = render_page(
            title, sections, notice=values["notice"], pictures=pictures, template=name
        )
        write_text(out / name, page)
