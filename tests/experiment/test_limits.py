"""What cards say of a model's limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mammoscope.datasets.mini_mias import _ROW, _record
from mammoscope.experiment.limits import (
    chance_limits,
    is_mix_limit,
    is_trained_on,
    leakage_limits,
    mix_limit,
    tuning_limits,
)
from mammoscope.experiment.segmentation_report import TUNED, part_of
from mammoscope.inference.store import ModelStore
from tests.published import write_tiny_model


def figure(unit: str, low: float) -> dict[str, object]:
    return {"unit": unit, "metrics": {"auc": {"value": 0.6, "low": low, "high": 0.7}}}


def test_the_mix_is_told_and_known_again() -> None:
    line = mix_limit(0.253)
    assert "25% of the images are positive" in line
    assert is_mix_limit(line) and not is_mix_limit("One view at a time.")


@pytest.mark.parametrize(
    ("lows", "told"),
    [((0.51, 0.6), None), ((0.5, 0.6), "By image the"), ((0.4, 0.3), "By image, breast the")],
)
def test_units_that_cannot_be_told_from_guessing_are_named(
    lows: tuple[float, float], told: str | None
) -> None:
    figures = [figure(unit, low) for unit, low in zip(("image", "breast"), lows, strict=True)]
    lines = chance_limits([*figures, {"unit": "woman", "metrics": {}}], women="its test women")
    assert (told is None) == (not lines)
    assert told is None or (lines[0].startswith(told) and "on its test women" in lines[0])


@pytest.mark.parametrize(
    ("card", "dataset", "told"),
    [
        ({"trained_on": {"dataset": "rsna"}}, "rsna", True),
        ({"trained_on": {"dataset": "rsna"}}, "mini-mias", False),
        # Every folder goes by that name: nobody can know.
        ({"trained_on": {"dataset": "folder"}}, "folder", False),
        ({"trained_on": "rsna"}, "rsna", False),
        # What it started from had seen those women.
        ({"trained_on": {"dataset": "x"}, "learnt_before": {"rsna": "a"}}, "rsna", True),
        ({"trained_on": {"dataset": "x"}, "learnt_before": "rsna"}, "rsna", False),
        ({}, "rsna", False),
    ],
)
def test_a_model_on_its_own_training_collection_is_told(
    tmp_path: Path, card: dict[str, object], dataset: str, told: bool
) -> None:
    write_tiny_model(tmp_path, "tiny", seed=1)
    model = replace(ModelStore(tmp_path).open("tiny"), card=card)
    assert is_trained_on(model, dataset) is told
    lines = leakage_limits(model, dataset)
    assert lines == (
        [
            "tiny@1 was trained on this collection: women it learnt from may be among these, "
            "and the figures would then be too good"
        ]
        if told
        else []
    )


def test_a_model_whose_segmentation_was_tuned_on_the_collection_says_so() -> None:
    (sentence,) = tuning_limits("mini-mias", "kmeans-regions@1")
    assert "tuned on the lesions of every other woman" in sentence
    assert (
        tuning_limits("mini-mias", "texture@1") == tuning_limits("rsna", "kmeans-regions@1") == []
    )


def test_the_women_it_was_tuned_on_are_those_that_the_data_set_names() -> None:
    for number in (1, 2, 77, 100):
        name = f"mias-{number:03d}"
        row = _ROW.fullmatch(f"mdb{2 * number:03d} G NORM")
        assert row is not None
        record = _record(2 * number, "a", [row])
        assert record.patient == name
        tuned = record.attributes["segmentation"] == "tuned on"
        assert tuned == (part_of(name) == TUNED)
