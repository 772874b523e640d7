"""A figure's CSV holds what it takes to draw it again, with interval, n and unit."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.experiment.compare import compare
from mammoscope.experiment.plots import roc_points
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.units import at_unit
from tests.written_runs import write_run

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[RunFolder], dict[str, Any], Path]:
    root = tmp_path_factory.mktemp("runs")
    runs = [
        write_run(root / "cnn, the first", folds=4, seeds=(0, 1)),
        write_run(root / "dense", signal=2.0, latency_ms=None),
    ]
    return runs, compare(runs, root / "out", replicates=20), root / "out"


def read(out: Path, name: str) -> Rows:
    return list(csv.DictReader(io.StringIO((out / name).read_text(encoding="utf-8"))))


def test_there_is_one_beside_every_figure(made: Any) -> None:
    _, values, out = made
    drawn = {name.removesuffix(".svg") for name in values["pictures"] if name.endswith(".svg")}
    assert drawn and all(read(out, f"{stem}.csv") for stem in drawn)


def test_the_roc_can_be_drawn_again_to_the_bit(made: Any) -> None:
    runs, _, out = made
    rows = read(out, "roc-breast.csv")
    units = at_unit(Predictions.read(runs[0].predictions).of("test"), "breast")
    for seed in (0, 1):
        mine = [r for r in rows if r["model"] == "cnn, the first" and r["seed_index"] == str(seed)]
        points = np.array(
            [[float(r["one_minus_specificity"]), float(r["sensitivity"])] for r in mine]
        )
        assert np.array_equal(points.T, roc_points(units.scores[seed], units.labels))
    assert {(r["unit"], r["n"], r["n_positive"], r["n_patients"]) for r in rows} == {
        ("breast", "32", "8", "16")
    }
    assert all(float(r["auc_low"]) <= float(r["auc"]) <= float(r["auc_high"]) for r in rows)


def test_every_epoch_of_every_network_is_there(made: Any) -> None:
    runs, _, out = made
    rows = read(out, "curves.csv")
    written = runs[0].history.read_text().splitlines()
    mine = [row for row in rows if row["model"] == "cnn, the first"]
    assert len(mine) == len(written) - 1
    assert (mine[0]["epoch"], mine[0]["loss"]) == ("1", "0.7")


def test_counts_and_shares_of_the_confusion_are_those_of_the_report(made: Any) -> None:
    _, values, out = made
    for row, model in zip(read(out, "confusion.csv"), values["models"], strict=True):
        for key in ("true_positive", "false_positive", "true_negative", "false_negative"):
            assert float(row[key]) == model["confusion"][key]
        images = next(figures for figures in model["figures"] if figures["unit"] == "image")
        assert float(row["sensitivity_low"]) == images["metrics"]["sensitivity"]["low"]


def test_a_model_without_a_cost_is_not_in_the_trade_off(made: Any) -> None:
    (row,) = read(made[2], "trade-off.csv")
    assert (row["model"], row["latency_p50_ms"], row["on_front"]) == ("cnn, the first", "3.0", "1")


def test_the_decision_curve_has_a_row_a_threshold(made: Any) -> None:
    _, values, out = made
    rows = read(out, "decision-curve.csv")
    assert len(rows) == 2 * len(values["decision"]["thresholds"])
    last = values["decision"]["models"][1]["net_benefit"][-1]
    assert float(rows[-1]["net_benefit"]) == last["value"]
    assert float(rows[-1]["net_benefit_low"]) == last["low"]


def test_the_reliability_curve_has_a_row_a_bin_with_its_interval(made: Any) -> None:
    _, values, out = made
    rows = read(out, "reliability.csv")
    bins = [one for model in values["models"] for one in model["calibration"]["bins"]]
    assert len(rows) == len(bins) and {row["unit"] for row in rows} == {"image"}
    for row, one in zip(rows, bins, strict=True):
        assert (int(row["n_of_bin"]), float(row["mean_score"])) == (one["n_of_bin"], one["score"])
        assert float(row["share_low"]) <= one["positives"]["value"] <= float(row["share_high"])
