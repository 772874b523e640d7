"""Baselines and groups stand beside the models, each with its unit and its counts."""

from __future__ import annotations

import json
from pathlib import Path

from mammoscope.experiment.compare import compare
from mammoscope.experiment.run import RunFolder
from tests.written_runs import write_run

AGE = {"value": 0.63, "low": 0.55, "high": 0.71, "method": "95 % patient bootstrap"}


def group(name: str, **metrics: object) -> dict[str, object]:
    counts = {"group": name, "n": 12, "n_positive": 5, "n_patients": 6}
    return {**counts, "metrics": metrics, "left_out": None if metrics else "fewer than 20 women"}


def test_what_runs_wrote_of_age_and_groups_is_in_the_report(tmp_path: Path) -> None:
    by = {"grouping": "density", "unit": "breast", "known_of": "everybody"}
    for name, signal in (("one", 1.0), ("other", 0.5)):
        run = write_run(tmp_path / name, signal=signal)
        groups = [group("A", auc={**AGE, "value": 0.5 + signal / 10}), group("B")]
        report = {
            "baselines": {"age alone, AUC by breast": AGE},
            "subgroups": {"by": [{**by, "groups": groups}]},
        }
        run.report.write_text(json.dumps(report), encoding="utf-8")
    values = compare([RunFolder(tmp_path / "one"), RunFolder(tmp_path / "other")], tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert values["baselines"] == [{"name": "age alone, AUC by breast", **AGE}]
    assert "| age alone | breast | n 32, 8 positive, 16 women | 0.63 (0.55 to 0.71) |" in text
    assert "| density A: n 12, 5 positive, 6 women | 0.60 (0.55 to 0.71) |" in text
    assert "| density B: n 12, 5 positive, 6 women | fewer than 20 women |" in text


def test_runs_without_a_report_have_neither_section(tmp_path: Path) -> None:
    write_run(tmp_path / "one")
    compare([RunFolder(tmp_path / "one")], tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "Beside the models" not in text and "For whom" not in text
