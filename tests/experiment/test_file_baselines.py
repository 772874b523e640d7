"""What the files alone tell: fitted on other women, never from a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mammoscope.datasets.dataset import CANCER, Dataset
from mammoscope.datasets.split import Folds, make_folds, make_split
from mammoscope.experiment.file_baselines import file_baselines
from mammoscope.experiment.predictions import Predictions
from mammoscope.types import BreastImage, Estimate, Record, Split

WOMEN = 60
Length = Callable[[Record], int]
BY_IMAGE = "file statistics alone, AUC by image"
BY_BREAST = "file statistics alone, AUC by breast"


def dataset(size_bytes: Length | None, *, rows: Callable[[Record], int] = lambda _: 8) -> Dataset:
    """Two views of each breast of 60 women; the left breast of every second one is ill."""
    records = tuple(
        Record(
            path=f"{woman:03d}-{side}-{view}",
            label=str(int(woman % 2 == 0 and side == "L")),
            patient=f"w{woman}",
            laterality=side,  # type: ignore[arg-type]
            view=view,
        )
        for woman in range(WOMEN)
        for side in "LR"
        for view in ("CC", "MLO")
    )

    def load(record: Record) -> BreastImage:
        return BreastImage(np.full((rows(record), 6), 0.5, np.float32))

    return Dataset(
        name="made up",
        source="a test",
        license="none",
        task=CANCER,
        records=records,
        load=load,
        stamp=lambda record: record.path,
        size_bytes=size_bytes,
    )


def noise(record: Record) -> int:
    return 5000 + int(np.random.default_rng(list(record.path.encode())).integers(1000))


def betraying(record: Record) -> int:
    return noise(record) + 3000 * int(record.label)


def table(data: Dataset, split: Split | Folds) -> Predictions:
    parts = [split.test] if isinstance(split, Split) else split.parts
    records = [record for part in parts for record in part]
    n = len(records)
    return Predictions(
        part=["test"] * n,
        path=[record.path for record in records],
        patient=[record.patient for record in records],
        breast=[record.breast for record in records],
        positive=np.array([record.label == "1" for record in records]),
        logit=np.zeros(n),
        score=np.zeros(n),
        breast_score=np.zeros(n),
        threshold=np.full(n, 0.5),
        seed=np.zeros(n, dtype=np.int64),
        fold=np.zeros(n, dtype=np.int64),
    )


def measured(data: Dataset, *, folds: int = 0) -> dict[str, Estimate]:
    split: Split | Folds = (
        make_folds(data.records, data.task, folds=folds, seed=0)
        if folds
        else make_split(data.records, data.task, seed=0)
    )
    return file_baselines(table(data, split), data, split, seed=0)


@pytest.mark.parametrize("folds", [0, 4])
def test_a_length_that_betrays_the_label_is_found_with_its_interval(folds: int) -> None:
    found = measured(dataset(betraying), folds=folds)
    assert list(found) == [BY_IMAGE, BY_BREAST]
    for estimate in found.values():
        assert estimate.value == 1.0
        assert "patient" in estimate.method


@pytest.mark.parametrize("folds", [0, 4])
def test_lengths_that_tell_nothing_stay_near_chance(folds: int) -> None:
    # Fitted on the scored women themselves, this many images would be told apart a little.
    assert abs(measured(dataset(noise), folds=folds)[BY_IMAGE].value - 0.5) < 0.2


def test_the_shape_of_the_file_is_among_the_statistics() -> None:
    data = dataset(lambda _: 5000, rows=lambda record: 8 + int(record.label))
    assert measured(data)[BY_IMAGE].value == 1.0


def test_names_and_their_order_tell_nothing() -> None:
    """Names that hold the label, in an order that does, over files that are all alike."""
    data = dataset(lambda _: 5000)
    named = tuple(
        replace(record, path=f"{record.label}-{record.path}")
        for record in sorted(data.records, key=lambda record: record.label)
    )
    assert measured(replace(data, records=named))[BY_IMAGE].value == 0.5


def test_the_labels_of_the_test_part_have_no_part_in_the_fit() -> None:
    data = dataset(betraying)
    split = make_split(data.records, data.task, seed=0)
    turned = replace(split, test=tuple(replace(r, label=str(1 - int(r.label))) for r in split.test))
    scored = table(data, split)
    assert (
        file_baselines(scored, data, turned, seed=0)[BY_IMAGE]
        == file_baselines(scored, data, split, seed=0)[BY_IMAGE]
    )


def test_what_has_no_files_of_its_own_has_no_such_baseline() -> None:
    assert measured(dataset(None)) == {}
    assert measured(replace(dataset(betraying), name="made up-leaked")) == {}


def test_each_file_is_looked_at_once_however_many_models_are_pooled() -> None:
    data = dataset(betraying)
    seen: list[str] = []
    watched = replace(data, load=lambda r: (seen.append(r.path), data.load(r))[1])
    first = measured(watched, folds=4)
    assert measured(watched, folds=4) == first
    assert sorted(seen) == sorted(record.path for record in data.records)
