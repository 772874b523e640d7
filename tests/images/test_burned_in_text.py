"""Text beside the breast is found wherever it stands; text-less phantoms are left alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import Phantom, PhantomConfig, make_phantom
from mammoscope.images.burned_in_text import BurnedInText, find_text
from mammoscope.images.segment import find_breast
from tests.canary_dicom import phantom_values

SEEDS = range(6)


def phantom(seed: int, **options: object) -> Phantom:
    config = PhantomConfig(label=False, **options)  # type: ignore[arg-type]
    view = ("CC", "MLO")[seed % 2]
    return make_phantom(seed, laterality="L", view=view, config=config)  # type: ignore[arg-type]


def written(
    pixels: np.ndarray, text: str, at: tuple[int, int], *, height: int, level: float
) -> np.ndarray:
    """The pixels with a text whose letters are about `height` pixels high."""
    ink = np.zeros(pixels.shape, dtype=np.uint8)
    stroke = max(1, height // 10)
    cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, height / 22, 255, stroke, cv2.LINE_AA)
    share = ink.astype(np.float32) / 255
    return (pixels * (1 - share) + level * share).astype(np.float32)


def search(made: Phantom, pixels: np.ndarray) -> BurnedInText:
    return find_text(phantom_values(pixels), find_breast(made.image).mask)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_found_where_nothing_is_written(seed: int) -> None:
    made = phantom(seed, masses=seed % 3, calcifications=seed % 4)
    found = search(made, made.pixels)
    assert found.outside == () and found.inside == ()


@pytest.mark.parametrize("level", [1.0, 0.3, 0.02])
@pytest.mark.parametrize("height", [10, 20])
@pytest.mark.parametrize("inverted", [False, True])
def test_text_beside_the_breast_is_found_whole(height: int, level: float, inverted: bool) -> None:
    for seed in SEEDS:
        made = phantom(seed)
        pixels = written(made.pixels, "DOE J", (400, 60), height=height, level=level)
        changed = phantom_values(pixels) != phantom_values(made.pixels)
        assert not (changed & made.mask).any()
        values = phantom_values(1 - pixels if inverted else pixels)
        for top, left, bottom, right in find_text(values, find_breast(made.image).mask).outside:
            changed[top:bottom, left:right] = False
        assert not changed.any()


def test_what_is_guarded_holds_the_breast() -> None:
    for seed in SEEDS:
        made = phantom(seed)
        guarded = search(made, made.pixels).guarded
        size = (made.mask.shape[1], made.mask.shape[0])
        whole = cv2.resize(guarded.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        assert (whole | ~made.mask).mean() > 0.999


def middle(made: Phantom) -> tuple[int, int]:
    rows, columns = np.nonzero(made.mask)
    return int(columns.min()) + 20, int(np.median(rows))


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_line_of_letters_on_most_breasts_is_told(level: float) -> None:
    told = 0
    for seed in SEEDS:
        made = phantom(seed)
        pixels = written(made.pixels, "DOE JANE", middle(made), height=16, level=level)
        told += bool(search(made, pixels).inside)
    assert told >= len(SEEDS) - 1


def test_without_an_outline_all_text_counts_as_on_the_breast() -> None:
    made = phantom(0)
    pixels = written(made.pixels, "DOE JANE", (300, 60), height=20, level=1.0)
    found = find_text(phantom_values(pixels), None)
    assert found.outside == () and found.inside and found.guarded.all()


def test_a_rim_along_the_edge_is_no_text() -> None:
    made = phantom(0)
    pixels = made.pixels.copy()
    pixels[:, -6:] = 0.5
    assert search(made, pixels).outside == ()


def test_blank_and_tiny_images_hold_no_text() -> None:
    for values in (np.zeros((64, 64), np.uint16), np.zeros((1, 1), np.uint8)):
        found = find_text(values, np.zeros((1, 1), dtype=bool))
        assert found.outside == () and found.inside == ()
