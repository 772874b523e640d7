"""A comparison as one HTML page and as Markdown: the same blocks in two templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mammoscope.experiment.comparison_sections import sections, title
from mammoscope.experiment.image_sections import summary_section
from mammoscope.experiment.report_page import HTML, MARKDOWN, render_page

__all__ = ["HTML", "MARKDOWN", "render"]


def render(values: Mapping[str, Any], pictures: Mapping[str, bytes], template: str) -> str:
    """The report in the template's format.

    Args:
        values: what `comparison.json` holds; of a study whose images were examined also
            `images`: what `images.json` holds, and `page`, the way from here to its page.
        pictures: stem → SVG, which the page carries within itself.
        template: `report.html` or `report.md`.
    """
    parts = sections(values)
    if values.get("images"):
        parts.insert(-2, summary_section(values["images"]))
    return render_page(
        title(values), parts, notice=values["notice"], pictures=pictures, template=template
    )
