"""Figures by group: who is in which, what is measured of them, and what is left out and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import auc
from mammoscope.experiment.subgroups import LEAST_OF_EACH, LEAST_WOMEN, report_subgroups
from mammoscope.types import Estimate, Lesion, Record
from tests.experiment.tables import predictions

WOMEN = 60
QUICK = 40


def women(count: int = WOMEN, **attributes: Sequence[str]) -> tuple[Predictions, list[Record]]:
    """Four images a woman, every second woman with an ill left breast; an attribute a woman."""
    rows = [
        (woman, side, view) for woman in range(count) for side in "LR" for view in ("CC", "MLO")
    ]
    positive = [woman % 2 == 0 and side == "L" for woman, side, _ in rows]
    rng = np.random.default_rng(0)
    scores = np.clip(rng.normal(0.4, 0.2, len(rows)) + 0.2 * np.array(positive), 0, 1)
    table = predictions([f"w{woman}/{side}" for woman, side, _ in rows], positive, scores.tolist())
    records = [
        Record(
            path,
            str(int(found)),
            f"w{woman}",
            side,  # type: ignore[arg-type]
            view,
            attributes={name: values[woman] for name, values in attributes.items()},
        )
        for path, (woman, side, view), found in zip(table.path, rows, positive, strict=True)
    ]
    return table, records


def report(
    table: Predictions, records: Sequence[Record], *, seed: int = 0
) -> dict[tuple[str, str], dict[str, Any]]:
    found = report_subgroups(table, records, seed=seed, point="youden", replicates=QUICK)
    json.dumps(found, allow_nan=False)
    assert found["operating_point"] == "youden"
    return {(of["grouping"], of["unit"]): of for of in found["by"]}


def groups(of: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name → group, its figures as estimates."""
    return {
        group["group"]: {
            **group,
            "metrics": {name: Estimate(**values) for name, values in group["metrics"].items()},
        }
        for group in of["groups"]
    }


def test_a_group_has_the_figures_of_its_own_units_with_n_and_women() -> None:
    table, records = women(density=["B", "C", "C"] * 20)
    by = report(table, records[::-1])
    assert {unit for name, unit in by if name == "density"} == {"image", "breast", "woman"}
    kept = np.array([int(patient[1:]) % 3 == 0 for patient in table.patient])
    image = groups(by["density", "image"])["B"]
    assert (image["n"], image["n_positive"], image["n_patients"]) == (80, 20, 20)
    called = table.score[kept] >= 0.5
    ill = table.positive[kept]
    metrics = image["metrics"]
    assert metrics["auc"].value == pytest.approx(auc(table.score[kept], ill))
    assert metrics["sensitivity"].value == pytest.approx(called[ill].mean())
    assert metrics["specificity"].value == pytest.approx((~called[~ill]).mean())
    for estimate in metrics.values():
        assert estimate.low <= estimate.value <= estimate.high
    woman = groups(by["density", "woman"])["C"]
    assert (woman["n"], woman["n_positive"], woman["n_patients"]) == (40, 20, 40)


def test_views_are_told_of_images_and_sides_of_breasts_too() -> None:
    by = report(*women())
    assert {key for key in by if key[0] in ("view", "laterality")} == {
        ("view", "image"),
        ("laterality", "image"),
        ("laterality", "breast"),
    }
    assert list(groups(by["view", "image"])) == ["CC", "MLO"]
    # No right breast is ill: specificity alone is defined there.
    right = groups(by["laterality", "breast"])["R"]
    assert set(right["metrics"]) == {"specificity"}
    assert right["left_out"] == f"0 women with a positive, fewer than {LEAST_OF_EACH}"


def test_ages_are_told_in_decades_and_an_unknown_age_is_counted() -> None:
    ages = ["49.9", "50", "059Y", "60", "69", "70", "91", "old", "", "0"] * 6
    age = report(*women(age=ages))["age", "woman"]
    assert [group["group"] for group in age["groups"]] == [
        *("under 50", "50 to 59", "60 to 69", "70 and over")
    ]
    assert [group["n"] for group in age["groups"]] == [6, 12, 12, 12]
    assert age["n_unknown"] == 18


def test_a_group_of_few_women_has_its_n_and_no_figures() -> None:
    few = LEAST_WOMEN - 1
    site = report(*women(site_id=["1"] * (WOMEN - few) + ["2"] * few))["site", "image"]
    assert set(groups(site)["1"]["metrics"]) == {"auc", "sensitivity", "specificity"}
    assert groups(site)["1"]["left_out"] is None
    left = groups(site)["2"]
    assert (left["metrics"], left["n"], left["n_patients"]) == ({}, 4 * few, few)
    assert left["left_out"] == f"fewer than {LEAST_WOMEN} women"


def test_a_woman_of_two_machines_is_of_no_group_and_her_images_are() -> None:
    table, records = women(machine_id=["29", "210"] * 30)
    mixed = [replace(records[0], attributes={"machine_id": "210"}), *records[1:]]
    by = report(table, mixed)
    assert by["machine", "woman"]["n_unknown"] == 1
    assert by["machine", "image"]["n_unknown"] == 0
    # Numbers go by size, not by their first digit.
    assert list(groups(by["machine", "image"])) == ["29", "210"]
    assert groups(by["machine", "woman"])["29"]["n"] == 29


def test_what_is_known_of_the_ill_alone_splits_their_sensitivity_and_nothing_else() -> None:
    table, records = women(count=120, invasive=["1", "x", "0", "x"] * 30)
    # The healthy are no group, whatever the column says of them.
    by = report(table, records)
    for unit, n in (("image", 60), ("breast", 30), ("woman", 30)):
        of = by["invasive", unit]
        assert of["known_of"] == "the ill"
        assert list(groups(of)) == ["0", "1"]
        for group in groups(of).values():
            assert (group["n"], group["n_positive"], group["n_patients"]) == (n, n, 30)
            assert set(group["metrics"]) == {"sensitivity"}
    called = {
        patient
        for patient, score in zip(table.patient, at_woman(table), strict=True)
        if score >= 0.5
    }
    of_invasive = [f"w{n}" for n in range(0, 120, 4)]
    assert groups(by["invasive", "woman"])["1"]["metrics"]["sensitivity"].value == pytest.approx(
        np.mean([woman in called for woman in of_invasive])
    )


def at_woman(table: Predictions) -> list[float]:
    """The largest mean of a breast, for each row."""
    breasts = {
        name: np.mean([s for s, b in zip(table.score, table.breast, strict=True) if b == name])
        for name in set(table.breast)
    }
    return [float(max(breasts[f"{patient}/{side}"] for side in "LR")) for patient in table.patient]


def test_lesions_are_told_by_class_and_an_image_with_two_is_of_both() -> None:
    table, records = women(count=120)
    circle, spiked = Lesion(1, 1, 1, "CIRC B"), Lesion(2, 2, 2, "SPIC M")
    ill = [index for index, found in enumerate(table.positive.tolist()) if found]
    marked = list(records)
    for rank, index in enumerate(ill):
        lesions = ((circle,), (spiked,), (circle, spiked), ())[rank % 4]
        marked[index] = replace(records[index], lesions=lesions)
    # A mark on a healthy film is no lesion that was missed.
    marked[2] = replace(records[2], lesions=(circle,))
    lesion = report(table, marked)["lesion", "image"]
    assert {name: group["n"] for name, group in groups(lesion).items()} == {
        "CIRC": len(ill) // 2,
        "SPIC": len(ill) // 2,
    }
    assert lesion["n_unknown"] == len(ill) // 4


def test_the_ill_are_told_apart_by_the_data_sets_own_labels() -> None:
    table, records = women()
    own = [
        replace(record, label=("B" if int(record.patient[1:]) % 4 else "M") if found else "NORM")
        for record, found in zip(records, table.positive.tolist(), strict=True)
    ]
    label = report(table, own)["label", "breast"]
    assert {name: group["n"] for name, group in groups(label).items()} == {"B": 15, "M": 15}


def test_a_grouping_that_tells_nobody_apart_is_left_out() -> None:
    by = report(*women(site_id=["1"] * WOMEN, implant=["0"] * WOMEN))
    assert {name for name, _ in by} == {"view", "laterality"}


def test_an_interval_of_none_or_all_is_not_a_point() -> None:
    table, records = women(density=["B", "C"] * 30)
    blind = table.scored(np.zeros_like(table.score))
    group = groups(report(blind, records)["density", "image"])["B"]
    found = group["metrics"]["sensitivity"]
    assert (found.value, found.low) == (0.0, 0.0) and found.high > 0.1
    assert "30 trials, each a woman" in found.method
    assert group["metrics"]["specificity"].low < 1.0


def test_a_figure_of_several_seeds_is_their_mean() -> None:
    table, records = women(density=["B", "C"] * 30)
    other = replace(table, seed=np.ones_like(table.seed)).scored(1 - table.score)
    one, two, both = (
        groups(report(seeds, records)["density", "image"])["B"]["metrics"]["auc"]
        for seeds in (table, other, Predictions.join([table, other]))
    )
    assert both.value == pytest.approx((one.value + two.value) / 2)
    assert "2 seeds" in both.method
