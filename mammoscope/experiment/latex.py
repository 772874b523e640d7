"""The tables of a report as LaTeX with booktabs' rules, to be put into a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mammoscope.experiment.report_blocks import Section, Table

LATEX = "tables.tex"
# More columns than these are wider than a page's text and are scaled down to it.
_MOST_COLUMNS = 6
# A column of long text is broken into lines, or a cell would run off the page.
_LONG = 60
# More rows than these do not fit a page: the table then goes on over the next ones.
_MOST_ROWS = 30
_HEAD = r"% In the preamble: \usepackage{booktabs,graphicx,longtable,textcomp}"
_SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "\u00a0": "~",
    "–": "--",
    "×": r"$\times$",
    "±": r"$\pm$",
    "−": r"$-$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "²": r"$^2$",
    "µ": r"\textmu{}",
    "μ": r"\textmu{}",
}
_ANY_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
# Not the space that keeps a figure and its interval together.
_SPACE = re.compile(r"[ \t\r\n]+")
_NO_LABEL = re.compile(r"[^a-z0-9]+")


def latex_tables(title: str, sections: Sequence[Section]) -> str:
    """Every table of the report, in its order; `\\input` takes the file as it is.

    Args:
        title: of the report, said in a comment.
        sections: of the report.
    """
    tables = [block for section in sections for block in section.blocks if isinstance(block, Table)]
    # A line break in a name would end the comment.
    said = " ".join(title.split())
    return "\n".join([f"% {said}", _HEAD, "", *map(_table, tables)])


def escape(text: str) -> str:
    """Text whose signs mean nothing to LaTeX; a name may hold any of them."""
    return _ANY_SIGN.sub(lambda found: _SIGNS[found[0]], _SPACE.sub(" ", text))


def _table(table: Table) -> str:
    columns = [
        max(len(row[number]) for row in (table.header, *table.rows))
        for number in range(len(table.header))
    ]
    layout = "".join(r"p{0.5\linewidth}" if width > _LONG else "l" for width in columns)
    caption = rf"\caption{{{escape(table.name)}. {escape(table.caption)}}}"
    label = rf"\label{{tab:{_label(table.name)}}}"
    body = [*map(_row, table.rows), r"\bottomrule"]
    head = [r"\toprule", _row(table.header), r"\midrule"]
    if len(table.rows) > _MOST_ROWS:
        lines = [
            r"{\footnotesize",
            rf"\begin{{longtable}}{{{layout}}}",
            rf"{caption}{label} \\",
            *head,
            r"\endfirsthead",
            *head,
            r"\endhead",
            *body,
            r"\end{longtable}}",
        ]
        return "\n".join([*lines, ""])
    wide = len(columns) > _MOST_COLUMNS
    lines = [
        r"\begin{table}[htbp]",
        r"\centering\small",
        caption,
        label,
        *([r"\resizebox{\textwidth}{!}{%"] if wide else []),
        rf"\begin{{tabular}}{{{layout}}}",
        *head,
        *body,
        r"\end{tabular}%" if wide else r"\end{tabular}",
        *(["}"] if wide else []),
        r"\end{table}",
    ]
    return "\n".join([*lines, ""])


def _row(cells: Sequence[str]) -> str:
    # In braces: a cell that begins with [ would else be read as the option of the row before.
    return " & ".join(f"{{{escape(cell)}}}" for cell in cells) + r" \\"


def _label(name: str) -> str:
    return _NO_LABEL.sub("-", name.lower()).strip("-")
