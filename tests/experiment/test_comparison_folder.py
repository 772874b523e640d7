"""What a comparison does to its folder: what it takes away, leaves alone, and writes last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mammoscope.experiment.compare import compare
from mammoscope.types import DatasetError
from tests.written_runs import write_run

REPLICATES = 20


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_without_any_cost_an_earlier_trade_off_is_taken_away(tmp_path: Path) -> None:
    run = write_run(tmp_path / "cnn")
    compare([run], tmp_path / "out", replicates=REPLICATES)
    run.cost.unlink()
    values = compare([run], tmp_path / "out", replicates=REPLICATES)
    assert "trade-off.svg" not in names(tmp_path / "out")
    assert values["differences"] == [] and "One model is no comparison" in values["verdict"]


def test_a_comparison_of_an_earlier_version_is_written_over(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    # Without the fields of this version, and with a figure that this one will not draw.
    (out / "comparison.json").write_text(json.dumps({"kind": "mammoscope comparison"}))
    (out / "roc-woman.svg").write_text("<svg/>")
    compare([write_run(tmp_path / "cnn")], out, replicates=REPLICATES)
    assert "roc-woman.svg" not in names(out) and "report.html" in names(out)


def test_where_a_breast_has_one_image_the_image_decides(tmp_path: Path) -> None:
    values = compare(
        [write_run(tmp_path / "cnn", views=1)], tmp_path / "out", replicates=REPLICATES
    )
    assert values["unit"] == "image" and values["verdict"].startswith("By image (n 32")
    assert "roc-image.svg" in names(tmp_path / "out")


def test_a_folder_of_something_else_is_not_written_over(tmp_path: Path) -> None:
    run = write_run(tmp_path / "cnn")
    out = tmp_path / "out"
    out.mkdir()
    compare([run], out, replicates=REPLICATES)  # empty: fine
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(DatasetError, match=r"holds thesis\.txt"):
        compare([run], out, replicates=REPLICATES)
    with pytest.raises(DatasetError, match="no part of a comparison"):
        compare([run], run.path, replicates=REPLICATES)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "report.html").write_text("another tool's")
    with pytest.raises(DatasetError, match=r"holds report\.html"):
        compare([run], tmp_path / "other", replicates=REPLICATES)
    with pytest.raises(DatasetError, match="is a file"):
        compare([run], run.split, replicates=REPLICATES)


def test_the_page_is_the_last_thing_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(tmp_path / "cnn")
    compare([run], tmp_path / "out", replicates=REPLICATES)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr("mammoscope.experiment.compare.draw_all", fail)
    with pytest.raises(RuntimeError):
        compare([run], tmp_path / "out", replicates=REPLICATES)
    # An old page beside new figures would be a lie.
    assert "report.html" not in names(tmp_path / "out")
    monkeypatch.undo()
    compare([run], tmp_path / "out", replicates=REPLICATES)
    assert "report.html" in names(tmp_path / "out")
