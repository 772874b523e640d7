"""Where maps lie: on the films that figures need, and the breast where the phantom has it."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.datasets.dataset import ABNORMAL, CANCER
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.experiment.map_places import breast_on, films_of_figures
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.segment import find_breast
from mammoscope.types import BreastImage, Lesion, Record

CIRCLE = (Lesion(1, 1, 1, "CIRC"),)


def test_a_positive_film_without_a_circle_tells_neither_hits_nor_false_marks() -> None:
    records = [
        Record("circled", "B", "a", lesions=CIRCLE),
        Record("not circled", "M", "b"),
        Record("normal", "NORM", "c"),
    ]
    assert films_of_figures(records, ABNORMAL) == [0, 2]
    # Of cancer, a benign lesion's film is one without.
    assert films_of_figures(records, CANCER) == []
    records.append(Record("malignant", "M", "d", lesions=CIRCLE))
    assert films_of_figures(records, CANCER) == [0, 2, 3]


def test_where_no_lesion_has_a_circle_no_map_is_kept() -> None:
    assert films_of_figures([Record("a", "M", "a"), Record("b", "NORM", "b")], ABNORMAL) == []


@pytest.mark.parametrize("laterality", ["L", "R"])
def test_the_breast_lies_where_the_phantom_has_it(laterality: str) -> None:
    config = PhantomConfig(rows=320, columns=256, masses=1)
    phantom = make_phantom(1, laterality=laterality, view="MLO", config=config)  # type: ignore[arg-type]
    breast = find_breast(phantom.image)
    geometry = prepare(phantom.image, PreprocessConfig(rows=96, columns=80), breast=breast).geometry
    found = breast_on(geometry, breast, phantom.image)
    y, x = np.mgrid[0:96, 0:80] + 0.5
    film = np.floor(geometry.back(np.stack([x.ravel(), y.ravel()], axis=1))).astype(int)
    inside = ((film >= 0) & (film < (256, 320))).all(axis=1)
    truth = np.zeros(96 * 80, dtype=bool)
    truth[inside] = phantom.mask[film[inside, 1], film[inside, 0]]
    truth = truth.reshape(96, 80)
    assert (found & truth).sum() / (found | truth).sum() > 0.95


def test_without_a_breast_all_of_the_film_counts_and_no_padding() -> None:
    image = BreastImage(pixels=np.zeros((100, 50), dtype=np.float32))
    breast = find_breast(image)
    assert breast.area == 0
    geometry = prepare(image, PreprocessConfig(rows=64, columns=64), breast=breast).geometry
    found = breast_on(geometry, breast, image)
    assert found[:, :32].all() and not found[:, 32:].any()
