"""What a network is told of lesions' places, on whole images and on mosaics."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.experiment.augment import AugmentConfig
from mammoscope.experiment.lessons import LESION_CELL_WEIGHT, Lessons, count_tiles
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.types import DatasetError

CELLS = (16, 16)


@pytest.fixture(scope="module")
def breast() -> np.ndarray:
    phantom = make_phantom(5, laterality="L", view="CC", config=PhantomConfig(label=False))
    return prepare(phantom.image, PreprocessConfig()).array


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_of_a_breast_without_a_finding_every_cell_is_known(breast: np.ndarray) -> None:
    lessons = Lessons(CELLS, probability=0.0, augment=AugmentConfig())
    lesson = lessons.whole(breast, 0.0, 0, rng())
    assert not lesson.painted
    assert not lesson.target.any()
    assert (lesson.weight == 1).all()


def test_a_painted_lesion_is_told_where_it_lies_after_the_change(breast: np.ndarray) -> None:
    still = Lessons(CELLS, probability=0.9, augment=None)
    told = [still.whole(breast, 0.0, 0, rng(seed)) for seed in range(20)]
    assert any(not lesson.painted for lesson in told)
    for lesson in told:
        changed = np.abs(lesson.array - breast)[:, :, 0].reshape(16, 16, 16, 16).max(axis=(1, 3))
        assert lesson.painted == (changed > 0).any()
        assert not (lesson.target[changed == 0]).any()
        assert (lesson.weight[lesson.target > 0] == LESION_CELL_WEIGHT).all()
        # A core can reach a pixel past what was brightened.
        assert (lesson.weight[changed == 0] == 1).mean() > 0.97
    moved = Lessons(CELLS, probability=0.9, augment=AugmentConfig(rotation_degrees=0, shift=0.2))
    assert any(
        moved.whole(breast, 0.0, 0, rng(seed)).target.tolist()
        != still.whole(breast, 0.0, 0, rng(seed)).target.tolist()
        for seed in range(5)
    )


def test_of_a_cancer_nobody_outlined_nothing_is_told(breast: np.ndarray) -> None:
    lesson = Lessons(CELLS, probability=0.9, augment=None).whole(breast, 1.0, 0, rng())
    assert not lesson.painted
    assert not lesson.weight.any()
    assert np.array_equal(lesson.array, breast)


def test_a_readers_outline_is_told_and_the_rest_of_that_breast_too(breast: np.ndarray) -> None:
    circle = (40.0, 136.0, 20.0, 30.0)
    lessons = Lessons(CELLS, probability=0.9, augment=None, outlined=[None, (circle,)])
    lesson = lessons.whole(breast, 1.0, 1, rng())
    assert not lesson.painted
    assert lesson.target[8, 2] == 1
    assert lesson.target.sum() < 16
    assert lesson.weight[0, 15] == 1
    assert lesson.weight[8, 2] == LESION_CELL_WEIGHT
    assert not lessons.whole(breast, 1.0, 0, rng()).weight.any()


def test_a_mosaic_is_tiles_of_breasts_and_tells_of_all_of_them(breast: np.ndarray) -> None:
    lessons = Lessons(CELLS, probability=0.5, augment=AugmentConfig())
    assert count_tiles(breast.shape) == 9
    mosaics = [lessons.mosaic([breast] * 9, rng(seed)) for seed in range(20)]
    tiles = np.array([m.target.reshape(4, 4, 4, 4).max(axis=(1, 3)) for m in mosaics])
    assert 0.2 < tiles.mean() < 0.8
    for mosaic in mosaics:
        assert mosaic.painted
        assert mosaic.array.shape == breast.shape
        assert (mosaic.weight[mosaic.target > 0] == LESION_CELL_WEIGHT).all()
        # Most of a mosaic is tissue, most of a prepared breast is not.
        assert (mosaic.array > 0).mean() > 0.45
    again = lessons.mosaic([breast] * 9, rng(3))
    assert np.array_equal(again.array, mosaics[3].array)


def test_validation_images_are_unchanged_and_nothing_is_told_of_them(breast: np.ndarray) -> None:
    quiet = Lessons(CELLS, probability=0.9, augment=AugmentConfig()).hushed()
    for label in (0.0, 1.0):
        lesson = quiet.whole(breast, label, 0, rng())
        assert np.array_equal(lesson.array, breast)
        assert not lesson.painted
        assert not lesson.weight.any()


def test_lesions_are_not_painted_into_colours(breast: np.ndarray) -> None:
    with pytest.raises(DatasetError, match="expected a gray one"):
        Lessons(CELLS, probability=0.5, augment=None).whole(breast.repeat(3, axis=2), 0.0, 0, rng())
