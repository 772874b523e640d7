"""A comparison as one HTML page and as Markdown: the same blocks in two templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoscope.experiment.comparison_sections import LIMITS, sections, title
from mammoscope.experiment.image_sections import summary_section
from mammoscope.experiment.latex import LATEX, latex_tables
from mammoscope.experiment.report_blocks import Section
from mammoscope.experiment.report_page import HTML, MARKDOWN, render_page

__all__ = ["HTML", "LATEX", "MARKDOWN", "render", "render_latex"]


def render(values: Mapping[str, Any], pictures: Mapping[str, bytes], template: str) -> str:
    """The report in the template's format.

    Args:
        values: what `comparison.json` holds; of a study whose images were examined also
            `images`: what `images.json` holds, and `page`, the way from here to its page.
        pictures: stem → SVG, which the page carries within itself.
        template: `report.html` or `report.md`.
    """
    return render_page(
        title(values), _parts(values), notice=values["notice"], pictures=pictures, template=template
    )


def render_latex(values: Mapping[str, Any]) -> str:
    """The tables of the same report as LaTeX."""
    return latex_tables(title(values), _parts(values))


def _parts(values: Mapping[str, Any]) -> list[Section]:
    parts = sections(values)
    if values.get("images"):
        at = next(place for place, part in enumerate(parts) if part.title == LIMITS)
        parts.insert(at, summary_section(values["images"]))
    return parts
