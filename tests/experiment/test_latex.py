"""A name with any sign in it is text in a LaTeX table, and every row has as many cells."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mammoscope.experiment.latex import escape, latex_tables
from mammoscope.experiment.report_blocks import Prose, Section, Table


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("100 % of a_b & c#1", r"100 \% of a\_b \& c\#1"),
        (r"\end{x}", r"\textbackslash{}end\{x\}"),
        ("a < b > c | d", r"a \textless{} b \textgreater{} c \textbar{} d"),
        ("~^$", r"\textasciitilde{}\textasciicircum{}\$"),
        ("256 × 256", r"256 $\times$ 256"),
        ("0.5\u00a0to\u00a00.6", "0.5~to~0.6"),
    ],
)
def test_a_sign_that_means_something_to_latex_is_escaped(text: str, said: str) -> None:
    assert escape(text) == said


def report(*rows: tuple[str, ...]) -> str:
    header = tuple(f"h{number}" for number in range(len(rows[0])))
    table = Table("ROC & more", header, rows, "n 3, 95 % interval.")
    return latex_tables("a\nb", [Section("s", [Prose("not a table"), table])])


def test_a_table_has_booktabs_rules_a_caption_and_rows_of_one_width() -> None:
    text = report(("[cnn]", "0.5"), ("dense & net", "0.6"))
    for words in (r"\toprule", r"\midrule", r"\bottomrule", r"\label{tab:roc-more}"):
        assert text.count(words) == 1
    assert r"\caption{ROC \& more. n 3, 95 \% interval.}" in text
    assert r"\begin{tabular}{ll}" in text and "not a table" not in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 3
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {1}
    # A bracket after \\ would be its option.
    assert rows[1].startswith("{[cnn]}")


def test_the_title_is_one_comment_line() -> None:
    assert report(("a",)).splitlines()[0] == "% a b"


def test_every_brace_that_is_opened_is_closed() -> None:
    text = report(tuple("{}\\%abc"), tuple("1234567"), ("wide cell " * 2,) * 7)
    plain = re.sub(r"\\[{}\\]", "", text)
    assert plain.count("{") == plain.count("}")
    assert r"\resizebox" in text


def test_a_column_of_long_text_is_broken_into_lines() -> None:
    assert r"\begin{tabular}{lp{0.90\linewidth}}" in report(("1", "word " * 20))


def test_a_table_that_is_wider_than_a_line_is_scaled_to_it_and_cut_at_the_page() -> None:
    wide = (
        "figure of a model",
        "another",
        "0.50 (0.40 to 0.60)",
        "0.50 (0.40 to 0.60)",
        "a reading",
    )
    assert r"\resizebox" in report(wide) and r"\resizebox" not in report(wide[:2])
    text = report(*(wide for _ in range(40)))
    assert r"\begin{longtable}" not in text and text.count(r"\resizebox") == 2
    assert text.count(r"\label") == 1 and text.count("continued") == 1


def test_a_hash_may_be_broken_into_lines() -> None:
    assert report(("4a" * 32,)).count(r"\allowbreak{}") == 3


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="no pdflatex here: texlive-latex-recommended has it"
)
def test_latex_takes_it_and_nothing_runs_off_the_page(tmp_path: Path) -> None:
    rows = [("4a" * 32, "word & " * 30, "50 %", "1_000", "[x]") for _ in range(70)]
    (tmp_path / "tables.tex").write_text(report(*rows) + report(("a", "b" * 30)), encoding="utf-8")
    (tmp_path / "paper.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs,graphicx,longtable,textcomp}"
        r"\begin{document}\input{tables}\end{document}",
        encoding="utf-8",
    )
    words = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "paper"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "Overfull" not in done.stdout


def test_a_table_that_is_longer_than_a_page_goes_on_over_the_next_with_its_header() -> None:
    text = report(*((str(n), "x") for n in range(40)))
    assert r"\begin{longtable}{ll}" in text and r"\begin{table}" not in text
    assert text.count("{h0} & {h1}") == 2 and text.count(r"\endhead") == 1
    assert text.count(r"\label") == 1
    plain = re.sub(r"\\[{}\\]", "", text)
    assert plain.count("{") == plain.count("}")
