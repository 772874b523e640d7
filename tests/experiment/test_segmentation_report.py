"""Figures of the search for masses: circles, false regions, halves of the women, intervals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.dataset import ABNORMAL, Dataset
from mammoscope.datasets.mini_mias import read
from mammoscope.experiment import segmentation_report
from mammoscope.experiment.segmentation_report import (
    ALL,
    HELD_OUT,
    TUNED,
    measure_film,
    measure_segmentation,
    part_of,
)
from mammoscope.images.mass_regions import Region
from mammoscope.images.masses import MassConfig, SuspiciousRegions
from mammoscope.types import BreastImage, Lesion, Record

SIDE = 200


def square(label: int, top: int, left: int, size: int) -> Region:
    return Region(
        label=label,
        box=(top, left, top + size, left + size),
        centroid=(left + size / 2, top + size / 2),
        area_px=float(size * size),
        area_mm2=None,
        contrast=0.5,
        compactness=0.8,
    )


def found(*regions: Region) -> SuspiciousRegions:
    labels = np.zeros((SIDE, SIDE), dtype=np.uint8)
    for region in regions:
        top, left, bottom, right = region.box
        labels[top:bottom, left:right] = region.label
    area = sum(region.area_px for region in regions)
    return SuspiciousRegions(labels > 0, labels, regions, area, None)


def record(number: int, label: str, *lesions: Lesion) -> Record:
    patient = f"mias-{number:03d}"
    return Record(f"{patient}/film", label, patient, "L", "MLO", lesions=lesions)


RECORDS = (
    record(1, "M", Lesion(50, 50, 10, "CIRC M"), Lesion(150, 150, 10, "CALC M")),
    record(2, "NORM"),
    record(3, "B"),  # abnormal, and nobody said where
    record(4, "B", Lesion(50, 50, 10, "SPIC B")),
)
# The first is of the circle at (50, 50); the second lies far from every circle.
ANSWERS = (found(square(1, 40, 40, 20), square(2, 5, 150, 10)),) * 3 + (
    found(square(1, 5, 150, 10), square(2, 40, 40, 20)),
)


@pytest.fixture
def dataset(monkeypatch: pytest.MonkeyPatch) -> Dataset:
    answers = {one.path: answer for one, answer in zip(RECORDS, ANSWERS, strict=True)}
    images = {one.path: BreastImage(np.zeros((SIDE, SIDE), np.float32)) for one in RECORDS}
    of_pixels = {images[path].pixels.ctypes.data: answer for path, answer in answers.items()}

    def find_masses(image: BreastImage, *_: object, **__: object) -> SuspiciousRegions:
        return of_pixels[image.pixels.ctypes.data]

    monkeypatch.setattr(segmentation_report, "find_masses", find_masses)
    return Dataset(
        name="drawn",
        source="this test",
        license="none",
        task=ABNORMAL,
        records=RECORDS,
        load=lambda one: images[one.path],
        stamp=lambda one: one.path,
    )


def test_figures_are_those_that_a_reader_would_count_by_hand(dataset: Dataset) -> None:
    told: list[str] = []
    report = measure_segmentation(dataset, RECORDS, say=told.append, replicates=50)
    assert told == ["masses: 4 of 4 films"]
    assert (report["films"], report["women"], report["lesions"], report["masses"]) == (4, 4, 3, 2)
    figures = {name: one["value"] for name, one in report["parts"][ALL]["kmeans"].items()}
    # Two of three circles; both masses, but one of them by the second region only.
    assert figures["circles: sensitivity by hit"] == pytest.approx(2 / 3)
    assert figures["masses: sensitivity by hit"] == 1.0
    assert figures["masses: sensitivity by first hit"] == 0.5
    # A disc of radius 10 in a square of 20: IoU = π / 4, Dice = 2π / (4 + π).
    assert figures["masses: IoU"] == pytest.approx(np.pi / 4, abs=0.02)
    assert figures["masses: Dice"] == pytest.approx(2 * np.pi / (4 + np.pi), abs=0.02)
    assert figures["circles: sensitivity by overlap"] == pytest.approx(2 / 3)
    # 1 + 2 + 1 over the three films on which a region can be false.
    assert figures["false regions a film"] == pytest.approx(4 / 3)
    assert figures["false regions a normal film"] == 2.0
    assert figures["masses: sensitivity by hit, less Otsu's"] == 0.0
    assert "masses: sensitivity by hit, less Otsu's" not in report["parts"][ALL]["otsu"]


def test_the_halves_are_told_apart_by_woman_and_what_is_not_there_is_absent(
    dataset: Dataset,
) -> None:
    report = measure_segmentation(dataset, RECORDS, say=lambda _: None, replicates=50)
    parts = report["parts"]
    assert list(parts) == [ALL, TUNED, HELD_OUT]
    assert "false regions a normal film" not in parts[TUNED]["otsu"]
    assert parts[HELD_OUT]["otsu"]["false regions a normal film"]["value"] == 2.0
    assert parts[TUNED]["kmeans"]["circles: sensitivity by hit"]["value"] == 0.5
    assert parts[HELD_OUT]["kmeans"]["circles: sensitivity by hit"]["value"] == 1.0
    only = measure_segmentation(dataset, RECORDS[1:2], say=lambda _: None, replicates=50)
    assert list(only["parts"]) == [ALL, HELD_OUT]
    assert not any("circles" in name for name in only["parts"][ALL]["kmeans"])


def test_the_report_is_plain_json_and_intervals_hold_their_values(dataset: Dataset) -> None:
    report = measure_segmentation(dataset, RECORDS, say=lambda _: None, replicates=50)
    assert json.loads(json.dumps(report)) == report
    for methods in report["parts"].values():
        for figures in methods.values():
            for name, one in figures.items():
                assert one["low"] <= one["value"] <= one["high"], name
                assert "patient bootstrap" in one["method"]


def test_a_woman_without_a_number_is_of_one_half_for_ever() -> None:
    assert part_of("mias-007") == part_of("007-mias") == TUNED
    assert part_of("mias-012") == HELD_OUT
    assert part_of("Anna") == part_of("Anna")
    assert {part_of(name) for name in ("a", "b", "c", "d", "e", "f")} == {TUNED, HELD_OUT}


@pytest.mark.slow
def test_a_real_film_with_a_plain_mass_is_hit_by_both_clusterings(shared: Path) -> None:
    films = read(shared / "data" / "mini-mias")
    # A round spiculated mass in a fatty breast, far from the muscle.
    film = next(one for one in films.records if one.path.endswith("mdb202.pgm"))
    results = measure_film(films.load(film), film, config=MassConfig())
    assert results["kmeans"].lesions[0].first_hit == 1.0
    assert results["fuzzy_c_means"].lesions[0].first_hit == 1.0
    assert results["otsu"].lesions[0].first_hit == 0.0
