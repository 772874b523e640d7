"""`mammoscope inspect` says where the page is, or gives every figure as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write


def run(tmp_path: Path, *more: str) -> tuple[int, str, str]:
    write(tmp_path / "set", women=2, seed=1, config=PhantomConfig(rows=160, columns=128))
    words = ["inspect", "--dataset", "phantom", "--root", str(tmp_path / "set")]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out"), *more])
    return result.exit_code, result.stdout, result.stderr


def test_the_page_is_written_and_named_on_stdout(tmp_path: Path) -> None:
    code, out, err = run(tmp_path)
    page = tmp_path / "out" / "images.html"
    assert code == 0 and out == f"{page}\n" and page.is_file()
    assert "writing" in err


def test_json_is_the_file_of_figures(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "--json")
    assert code == 0
    assert json.loads(out) == json.loads((tmp_path / "out" / "images.json").read_text("utf-8"))


def test_an_unknown_data_set_is_one_line_and_exit_1(tmp_path: Path) -> None:
    words = ["inspect", "--dataset", "nobodys", "--root", str(tmp_path), "--out", str(tmp_path)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1 and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1 and "mini-mias" in result.stderr
