"""Ranks and fronts of a comparison are of the deciding unit and of the costs that were measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mammoscope.experiment.comparison_standing import front_blocks, ranking_sections
from mammoscope.experiment.report_blocks import Table
from mammoscope.experiment.standing import ALL, COSTS, measure_standing
from mammoscope.experiment.statistics import UnitScores, auc


def units(signal: float, noise: int) -> UnitScores:
    labels = np.arange(60) % 3 == 0
    scores = np.random.default_rng(noise).normal(size=(1, 60)) + signal * labels
    names = [str(n) for n in range(60)]
    return UnitScores(scores, scores > 0.5, labels, names, [n // 2 for n in range(60)])


UNITS = {"good": units(2.0, 0), "bad": units(0.0, 1), "unmeasured": units(1.0, 2)}


def model(name: str, *, latency: float | None) -> dict[str, Any]:
    of = UNITS[name]
    cost = latency and {
        "latency_p50_ms": latency,
        "graph_bytes": 1000,
        "peak_memory_bytes": 2_000_000,
    }
    value = of.measure(auc)
    row = {"value": value, "low": value - 0.1, "high": value + 0.1, "method": "m"}
    counts = {"unit": "breast", "n": 60, "n_positive": 20, "n_patients": 30}
    figures = [{**counts, "metrics": {"auc": row}}]
    return {
        "name": name,
        "cost": cost,
        "training_seconds": 60.0,
        "seeds": [0],
        "figures": figures,
    }


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    models = [model("bad", latency=1.0), model("good", latency=9.0)]
    models.append(model("unmeasured", latency=None))
    asked = {one["name"]: UNITS[one["name"]] for one in models}
    found = measure_standing(asked, models, "breast", seed=0, replicates=100)
    return {"unit": "breast", "replicates": 100, "models": models, **found}


def test_ranks_are_by_auc_with_their_n(values: dict[str, Any]) -> None:
    assert [row["name"] for row in values["ranking"]] == ["good", "unmeasured", "bad"]
    assert sum(row["first_share"] for row in values["ranking"]) == pytest.approx(1)
    assert all(row["unit"] == "breast" and row["n"] == 60 for row in values["ranking"])
    (section,) = ranking_sections(values)
    (table,) = section.blocks
    assert isinstance(table, Table) and "n 60, 20 positive, 30 women" in table.caption
    assert [row[0] for row in table.rows] == ["good", "unmeasured", "bad"]


def test_there_is_a_front_a_cost_and_one_of_all(values: dict[str, Any]) -> None:
    fronts = {front["against"]: front["models"] for front in values["fronts"]}
    assert tuple(fronts) == (*COSTS, ALL)
    assert [row["name"] for row in fronts["latency_p50_ms"]] == ["bad", "good"]
    assert len(fronts["training_seconds"]) == 3  # known of every run
    # As large and as long in training: the better one dominates, but it is slower.
    assert fronts["graph_bytes"][0]["dominated_by"] == ["good"]
    assert fronts["latency_p50_ms"][0]["dominated_by"] == []
    assert fronts[ALL][0] == {
        "name": "bad",
        "cost": [1.0, 1000.0, 2_000_000.0, 60.0],
        "dominated_by": [],
        "dominated_share": 0.0,
    }
    (table,) = front_blocks(values)
    assert isinstance(table, Table)
    assert ("file size", "bad", "0.00 MB", "dominated by good") in [
        tuple(row[:4]) for row in table.rows
    ]


def test_one_model_has_no_rank() -> None:
    found = measure_standing(
        {"good": UNITS["good"]}, [model("good", latency=1.0)], "breast", seed=0, replicates=10
    )
    assert found == {"ranking": [], "fronts": []}
    assert ranking_sections(found | {"models": []}) == [] and front_blocks(found) == []
