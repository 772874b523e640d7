"""Painted lesions: inside the breast, where their mask says, and drawn by the generator alone."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.datasets.lesion_synthesis import LesionConfig, paint_lesions
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.types import DatasetError

ALWAYS = LesionConfig(probability=1.0)


@pytest.fixture(scope="module")
def breast() -> np.ndarray:
    phantom = make_phantom(5, laterality="L", view="CC", config=PhantomConfig(label=False))
    return prepare(phantom.image, PreprocessConfig()).array[:, :, 0]


def paint(breast: np.ndarray, seed: int, config: LesionConfig = ALWAYS) -> tuple:
    return paint_lesions(breast, config, np.random.default_rng(seed))


def test_a_painted_breast_differs_where_the_mask_says_and_never_outside_the_breast(
    breast: np.ndarray,
) -> None:
    before = breast.copy()
    brighter = 0
    for seed in range(40):
        painted, mask = paint(breast, seed)
        assert painted.dtype == np.float32
        assert painted.shape == breast.shape
        assert painted.min() >= 0
        assert painted.max() <= 1
        assert mask.any()
        assert not mask[breast == 0].any()
        assert np.array_equal(painted[breast == 0], breast[breast == 0])
        change = painted - breast
        # What is told to be a lesion is brighter than it was, but for the rare distortion.
        brighter += change[mask].mean() > 0.02
        # A lesion is small, and its spicules do not reach through the breast.
        assert (change != 0).sum() < 0.25 * (breast > 0).sum()
    assert brighter >= 34
    assert np.array_equal(before, breast)


def test_lesions_depend_on_the_generator_alone(breast: np.ndarray) -> None:
    one, other, third = paint(breast, 3), paint(breast, 3), paint(breast, 4)
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
    assert not np.array_equal(one[1], third[1])


def test_so_many_breasts_are_painted_as_are_asked_for(breast: np.ndarray) -> None:
    generator = np.random.default_rng(0)
    config = LesionConfig(probability=0.3)
    painted = [paint_lesions(breast, config, generator) for _ in range(200)]
    assert 40 <= sum(mask.any() for _, mask in painted) <= 80
    for array, mask in painted:
        assert mask.any() or np.array_equal(array, breast)


def test_a_plain_lesion_is_brighter_than_a_subtle_one(breast: np.ndarray) -> None:
    def lift(contrast: float) -> float:
        config = LesionConfig(probability=1.0, low_contrast=contrast, high_contrast=contrast)
        return float(np.mean([(paint(breast, n, config)[0] - breast).sum() for n in range(30)]))

    assert lift(1.0) > 1.5 * lift(0.35)


def test_a_picture_without_a_breast_is_left_alone() -> None:
    painted, mask = paint(np.zeros((64, 64), dtype=np.float32), 0)
    assert not mask.any()
    assert not painted.any()


@pytest.mark.parametrize(
    "values",
    [{"probability": 1.2}, {"second": -0.1}, {"low_contrast": 0.0}, {"high_contrast": 0.2}],
)
def test_values_that_nothing_can_be_drawn_with_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(DatasetError, match=r"expected probabilities in \[0, 1\]"):
        LesionConfig(**values)
