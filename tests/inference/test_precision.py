"""A precision is answered in only if a model's card says that it is admitted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.card import (
    CARD_FILE,
    GRAPH_FILE,
    INT8_FILE,
    PublishedModel,
    at_precision,
    read_card,
    write_card,
)
from mammoscope.types import MammoscopeError, ModelIntegrityError, Precision
from tests.published import measure, write_tiny_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path, "alpha", seed=1)
    return tmp_path / "alpha@1"


def measured(folder: Path, precision: Precision, flipped: float = 0.0) -> PublishedModel:
    measure(folder.parent, folder.name, precision, flipped=flipped)
    return read_card(folder)


def change(folder: Path, **values: Any) -> None:
    """Overwrites figures of bfloat16 in the card; None takes one out."""
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    block = card["precisions"]["bfloat16"] | values
    card["precisions"]["bfloat16"] = {k: v for k, v in block.items() if v is not None}
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")


def test_an_older_card_has_none_and_answers_in_float32_only(folder: Path) -> None:
    model = read_card(folder)
    assert "precisions" not in json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    assert at_precision(model, "float32") is model
    with pytest.raises(MammoscopeError, match=r"alpha@1 was not measured in int8.*float32"):
        at_precision(model, "int8")


def test_what_is_read_is_what_was_measured(folder: Path) -> None:
    model = measured(folder, "bfloat16")
    assert model.precisions["bfloat16"].admitted
    before = (folder / CARD_FILE).read_bytes()
    write_card(model)
    assert (folder / CARD_FILE).read_bytes() == before


def test_an_admitted_one_has_its_own_calibrator_and_operating_points(folder: Path) -> None:
    model = measured(folder, "bfloat16")
    fast = at_precision(model, "bfloat16")
    assert fast.precision == "bfloat16" and fast.graphs == (folder / GRAPH_FILE,)
    assert fast.calibrator == AffineCalibrator(slope=0.3, intercept=0.4) != model.calibrator
    assert [point.threshold for point in fast.operating_points] == [0.9]
    assert model.precision == "float32" and model.operating_points[0].threshold == 0.5


def test_one_that_is_not_admitted_is_refused_with_its_figures(folder: Path) -> None:
    model = measured(folder, "bfloat16", flipped=0.0163)
    with pytest.raises(MammoscopeError) as refusal:
        at_precision(model, "bfloat16")
    for words in ("alpha@1", "bfloat16", "1000 test images", "1.63%", "-0.0010", "0.5%", "0.002"):
        assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("flipped", "auc_change", "admitted"),
    [(0.005, 0.002, True), (0.0051, 0.0, False), (0.0, 0.0021, False), (0.0, -0.0021, False)],
)
def test_the_limits_are_those_of_the_design(
    folder: Path, flipped: float, auc_change: float, admitted: bool
) -> None:
    one = measured(folder, "bfloat16").precisions["bfloat16"]
    assert replace(one, verdicts_flipped=flipped, auc_change=auc_change).admitted is admitted


@pytest.mark.parametrize(
    "values",
    [
        {"admitted": False},
        {"verdicts_flipped": 0.2},
        {"verdicts_flipped": -0.1},
        {"verdicts_flipped": True},
        {"verdicts_flipped": "0"},
        {"auc_change": None},
        {"n_images": 0},
        {"speedup": 0},
        {"calibrator": {"kind": "affine", "slope": -1.0, "intercept": 0.0}},
        {"operating_points": []},
        {"runtime": 3},
    ],
    ids=lambda values: json.dumps(values)[:40],
)
def test_a_block_without_sense_is_refused(folder: Path, values: dict[str, Any]) -> None:
    measured(folder, "bfloat16")
    change(folder, **values)
    with pytest.raises(ModelIntegrityError):
        read_card(folder)


def test_an_unknown_precision_is_refused_by_its_name(folder: Path) -> None:
    measured(folder, "bfloat16")
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    card["precisions"]["int4"] = card["precisions"].pop("bfloat16")
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelIntegrityError, match="'int4'"):
        read_card(folder)


def test_the_quantised_graph_is_pinned_where_it_is_admitted_and_absent_where_not(
    folder: Path,
) -> None:
    refused = measured(folder, "int8", flipped=0.02)
    assert INT8_FILE not in refused.digests and not (folder / INT8_FILE).exists()
    admitted = measured(folder, "int8")
    assert set(admitted.digests) == {GRAPH_FILE, INT8_FILE, "preprocess.json"}
    assert at_precision(admitted, "int8").graphs == (folder / INT8_FILE,)
    assert admitted.graphs == (folder / GRAPH_FILE,)
    with (folder / INT8_FILE).open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelIntegrityError, match=r"model\.int8\.onnx has SHA-256"):
        read_card(folder)


def test_what_answers_in_another_precision_cannot_be_written_as_the_model(folder: Path) -> None:
    fast = at_precision(measured(folder, "bfloat16"), "bfloat16")
    with pytest.raises(ModelIntegrityError, match="expected float32"):
        write_card(fast)
