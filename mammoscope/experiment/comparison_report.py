"""A comparison as one HTML page and as Markdown: the same blocks in two templates."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mammoscope.experiment.comparison_sections import sections, title

HTML = "report.html"
MARKDOWN = "report.md"
_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>|])")


def render(values: Mapping[str, Any], pictures: Mapping[str, bytes], template: str) -> str:
    """The report in the template's format.

    Args:
        values: what `comparison.json` holds.
        pictures: stem → SVG, which the page carries within itself.
        template: `report.html` or `report.md`.
    """
    environment = Environment(
        loader=PackageLoader("mammoscope.experiment"),
        autoescape=template == HTML,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    environment.filters["whole"] = _whole
    return environment.get_template(template).render(
        title=title(values),
        notice=values["notice"],
        sections=sections(values),
        uris={
            stem: f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
            for stem, svg in pictures.items()
        },
    )


def _plain(text: str) -> str:
    """Text whose signs mean nothing to Markdown; a name may hold any of them."""
    return _MARKDOWN_SIGNS.sub(r"\\\1", " ".join(text.split()))


def _whole(text: str) -> str:
    """A figure whose interval is not broken in two at a line's end."""
    return text.replace(" to ", "\u00a0to\u00a0")
