"""What an answer costs is measured on real graphs, and read back as it was written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mammoscope.experiment.cost import Cost, Measured, measure_costs
from mammoscope.inference.card import GRAPH_FILE
from mammoscope.types import DatasetError, ModelIntegrityError
from tests.published import PLAIN, write_tiny_model

COST = Cost(
    graph_bytes=1000,
    latency_p50_ms=2.5,
    latency_p95_ms=4.0,
    latency_runs=50,
    threads=2,
    peak_memory_bytes=64_000_000,
    cold_start_s=0.3,
    machine="A processor",
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Measured]:
    zoo = tmp_path_factory.mktemp("zoo")
    for seed, name in enumerate(("alpha", "beta")):
        write_tiny_model(zoo, name, seed=seed)
    return [Measured((zoo / f"{name}@1" / GRAPH_FILE,), PLAIN) for name in ("alpha", "beta")]


def test_each_graph_has_its_cost_in_the_order_given(models: list[Measured]) -> None:
    costs = measure_costs(models, rounds=3)
    sizes = [model.graphs[0].stat().st_size for model in models]
    assert [cost.graph_bytes for cost in costs] == sizes
    for cost in costs:
        assert cost.latency_runs == 3 and cost.threads >= 1 and cost.machine
        assert 0 < cost.latency_p50_ms <= cost.latency_p95_ms
        # A fresh interpreter with onnxruntime; not the megabytes of this test process.
        assert 20e6 < cost.peak_memory_bytes < 200e6
        # A process takes longer than the pass inside it.
        assert cost.cold_start_s * 1000 > cost.latency_p50_ms
        assert Cost.from_json(cost.to_json()) == cost


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"no graph")
    with pytest.raises(ModelIntegrityError, match="cannot be loaded"):
        measure_costs([Measured((broken,), PLAIN)], rounds=1)


def test_a_graph_of_another_image_size_is_refused(models: list[Measured]) -> None:
    small = replace(PLAIN, rows=64, columns=64)
    with pytest.raises(ModelIntegrityError, match="shape"):
        measure_costs([replace(models[0], preprocess=small)], rounds=1)


def test_fewer_than_one_round_is_a_slip(models: list[Measured]) -> None:
    with pytest.raises(ValueError, match="rounds is 0"):
        measure_costs(models, rounds=0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "not a measured cost"),
        ("3", "not a measured cost"),
        ("{}", "with this version"),
        (json.dumps(json.loads(COST.to_json()) | {"latency_p50_ms": 0}), "expected 0 < p50"),
        (json.dumps(json.loads(COST.to_json()) | {"latency_p95_ms": 1.0}), "p50 ≤ p95"),
        (json.dumps(json.loads(COST.to_json()) | {"latency_p50_ms": "2"}), "not a measured cost"),
    ],
)
def test_a_cost_that_is_none_is_refused(text: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        Cost.from_json(text)
