"""Sections of a report as one HTML page that needs no other file, or as Markdown."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from mammoscope.experiment.report_blocks import Section

HTML = "report.html"
MARKDOWN = "report.md"
_INTERVAL = re.compile(r"(?<=\d) to (?=-?\d)")
_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>|])")


def render_page(
    title: str,
    sections: Sequence[Section],
    *,
    notice: str,
    pictures: Mapping[str, bytes],
    template: str,
) -> str:
    """The report in the template's format.

    Args:
        title: of the page.
        sections: in their order.
        notice: stands below the title.
        pictures: stem → SVG or PNG, which the page carries within itself.
        template: `report.html` or `report.md`.
    """
    return _template(template).render(
        title=title,
        notice=notice,
        sections=sections,
        uris={stem: _uri(content) for stem, content in pictures.items()},
    )


@cache
def _template(name: str) -> Template:
    """Kept: a template takes longer to compile than to fill in."""
    # HTML is escaped; the other template is no HTML. bandit sees no constant in that.
    environment = Environment(  # nosec B701
        loader=PackageLoader("mammoscope.experiment"),
        autoescape=name == HTML,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = _plain
    environment.filters["whole"] = _whole
    return environment.get_template(name)


def _uri(content: bytes) -> str:
    kind = "png" if content.startswith(b"\x89PNG") else "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _plain(text: str) -> str:
    """Text whose signs mean nothing to Markdown; a name may hold any of them."""
    return _MARKDOWN_SIGNS.sub(r"\\\1", " ".join(text.split()))


def _whole(text: str) -> str:
    """A figure whose interval is not broken in two at a line's end."""
    return _INTERVAL.sub("\u00a0to\u00a0", text)
