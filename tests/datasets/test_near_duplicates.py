"""Every planted copy is found by its points, and no two phantoms of different women are joined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.audit_looks import Look, look_at
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.near_duplicates import (
    FEWEST_MATCHES,
    LEAST_SHARE,
    agree,
    find_near_duplicates,
)
from mammoscope.datasets.split import choose_split, make_folds
from mammoscope.types import BreastImage, FloatArray
from tests.datasets.planted import MAKERS, VARIANTS, lesion_crops, woman

QUICK = (0, 7, 19)


def look(pixels: FloatArray) -> Look:
    return look_at(BreastImage(np.ascontiguousarray(pixels, dtype=np.float32)))


def joined(originals: Sequence[FloatArray], copies: Sequence[FloatArray]) -> set[tuple[int, int]]:
    """Which original (train) was found to be which copy's (test)."""
    looks = [look(pixels) for pixels in (*originals, *copies)]
    part = np.repeat([0, 1], [len(originals), len(copies)])
    found = find_near_duplicates(looks, part)
    assert all(pair.matches and pair.distance is not None and pair.evidence for pair in found)
    return {(pair.first, pair.second - len(originals)) for pair in found}


def planted(maker: str, variants: Sequence[int]) -> tuple[set[tuple[int, int]], int]:
    originals = [woman(variant).pixels for variant in variants]
    change = MAKERS[maker]
    copies = [change(pixels, v) for pixels, v in zip(originals, variants, strict=True)]
    return joined(originals, copies), len(originals)


@pytest.mark.parametrize("maker", MAKERS)
def test_a_copy_is_found_and_its_neighbours_are_left_alone(maker: str) -> None:
    found, count = planted(maker, QUICK)
    assert found == {(index, index) for index in range(count)}


def test_two_crops_of_one_lesion_are_found() -> None:
    pairs = [lesion_crops(woman(variant), variant) for variant in QUICK]
    found = joined([one for one, _ in pairs], [other for _, other in pairs])
    assert found == {(index, index) for index in range(len(QUICK))}


@pytest.mark.slow
@pytest.mark.parametrize("maker", MAKERS)
def test_each_of_twenty_copies_is_found(maker: str) -> None:
    found, count = planted(maker, range(VARIANTS))
    assert found == {(index, index) for index in range(count)}


@pytest.mark.slow
def test_each_of_twenty_lesions_is_found() -> None:
    pairs = [lesion_crops(woman(variant), variant) for variant in range(VARIANTS)]
    found = joined([one for one, _ in pairs], [other for _, other in pairs])
    assert found == {(index, index) for index in range(VARIANTS)}


def test_views_and_breasts_of_different_women_are_not_joined() -> None:
    women = [woman(seed).pixels for seed in range(24)]
    assert not joined(women[:12], women[12:])


def test_half_a_turn_is_told_without_a_direction() -> None:
    pixels = woman(4).pixels
    (pair,) = find_near_duplicates([look(pixels), look(pixels[::-1, ::-1])], np.arange(2))
    assert pair.evidence.startswith("turned by 180°;")


def test_copies_within_one_part_are_no_leak() -> None:
    pixels = woman(0).pixels
    assert not find_near_duplicates([look(pixels), look(pixels[:, ::-1])], np.zeros(2, np.intp))


def test_two_women_under_one_label_are_not_joined_where_it_stands_on_its_head() -> None:
    """Only the corner with the label is in common then, and nearly all that is in it is alike."""
    label = np.zeros((110, 200), dtype=np.uint8)
    for line, text in enumerate(("L-MED", "OBL 27")):
        cv2.putText(label, text, (2, 32 + line * 45), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, 3)
    looks = []
    for seed, seen in ((0, label), (2, label[::-1, ::-1])):
        pixels = woman(seed).pixels.copy()
        pixels[8:118, -206:-6] = seen / np.float32(255)
        looks.append(look(pixels))
    agreement = agree(looks[0], looks[1], mirrored=False)
    assert agreement is not None and agreement.share >= LEAST_SHARE
    assert agreement.matches >= FEWEST_MATCHES and not agreement.convincing
    assert not find_near_duplicates(looks, np.arange(2))


def test_pictures_that_show_nothing_are_joined_with_none() -> None:
    blank = np.zeros((64, 48), dtype=np.float32)
    assert not joined([blank, woman(0).pixels], [blank + 0.5])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mini-mias", "rsna"])
def test_an_honest_split_of_real_women_has_at_most_five_false_pairs(
    name: str, shared: Path
) -> None:
    dataset = open_dataset(name, shared / "data" / name)
    looks = [look_at(dataset.load(record)) for record in dataset.records]
    folds = make_folds(dataset.records, dataset.task, folds=5, seed=0)
    for parts in (choose_split(dataset, seed=0).parts().values(), folds.parts):
        number = {record.path: n for n, part in enumerate(parts) for record in part}
        where = np.array([number[record.path] for record in dataset.records])
        assert len(find_near_duplicates(looks, where)) <= 5
