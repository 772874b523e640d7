"""The tables of a report as LaTeX with booktabs' rules, to be put into a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mammoscope.experiment.report_blocks import Section, Table

LATEX = "tables.tex"
# Letters that a line of a page's text holds in a small table; a wider one is scaled down to it.
_LINE = 62
# A column of long text is broken into lines, or a cell would run off the page.
_LONG = 40
# Of the width of the text, at the least: what is narrower has a word a line.
_NARROWEST = 0.3
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
# Where a word may be broken: a hash and a file's name are wider than their column.
_BREAK = re.compile(r"[0-9a-f]{16}(?=[0-9a-f]{16})|\\_")
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
    layout, wide = _layout(columns)
    caption = rf"\caption{{{escape(table.name)}. {escape(table.caption)}}}"
    label = rf"\label{{tab:{_label(table.name)}}}"
    head = [r"\toprule", _row(table.header), r"\midrule"]
    if len(table.rows) <= _MOST_ROWS:
        return _float(layout, head, table.rows, [caption, label], wide=wide)
    if not wide:
        lines = [
            r"{\footnotesize",
            rf"\begin{{longtable}}{{{layout}}}",
            rf"{caption}{label} \\",
            *head,
            r"\endfirsthead",
            *head,
            r"\endhead",
            *map(_row, table.rows),
            r"\bottomrule",
            r"\end{longtable}}",
        ]
        return "\n".join([*lines, ""])
    # Nothing scales a longtable down to the page's width: it is cut into tables that are.
    pieces = [table.rows[at : at + _MOST_ROWS] for at in range(0, len(table.rows), _MOST_ROWS)]
    again = rf"\caption{{{escape(table.name)}, continued.}}"
    return "\n".join(
        _float(layout, head, piece, [again] if number else [caption, label], wide=wide)
        for number, piece in enumerate(pieces)
    )


def _layout(widths: Sequence[int]) -> tuple[str, bool]:
    """Columns of a tabular for cells of so many letters, and whether they overflow a line."""
    long = sum(width > _LONG for width in widths)
    taken = sum(width for width in widths if width <= _LONG) + 2 * len(widths)
    if not long:
        return "l" * len(widths), taken > _LINE
    share = max(_NARROWEST, (1 - taken / _LINE) / long)
    broken = rf"p{{{share:.2f}\linewidth}}"
    layout = "".join(broken if width > _LONG else "l" for width in widths)
    return layout, taken / _LINE + share * long > 1.01


def _float(
    layout: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    above: Sequence[str],
    *,
    wide: bool,
) -> str:
    """A table that fits a page, scaled down to its width where it is wider."""
    lines = [
        r"\begin{table}[htbp]",
        r"\centering\small",
        *above,
        *([r"\resizebox{\textwidth}{!}{%"] if wide else []),
        rf"\begin{{tabular}}{{{layout}}}",
        *head,
        *map(_row, rows),
        r"\bottomrule",
        r"\end{tabular}%" if wide else r"\end{tabular}",
        *(["}"] if wide else []),
        r"\end{table}",
    ]
    return "\n".join([*lines, ""])


def _row(cells: Sequence[str]) -> str:
    # In braces: a cell that begins with [ would else be read as the option of the row before.
    said = (_BREAK.sub(r"\g<0>\\allowbreak{}", escape(cell)) for cell in cells)
    return " & ".join(f"{{{cell}}}" for cell in said) + r" \\"


def _label(name: str) -> str:
    return _NO_LABEL.sub("-", name.lower()).strip("-")
