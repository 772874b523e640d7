"""Augmentation: drawn by seed, in range, and doing what its parameters say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoscope.experiment.augment import AugmentConfig, AugmentParameters, apply, draw

SAME = AugmentParameters(0.0, 1.0, 1.0, (0.0, 0.0), False, 1.0)
IMAGE = np.zeros((40, 60, 1), np.float32)
IMAGE[5:15, 10:20] = 0.8


def test_neutral_parameters_change_nothing() -> None:
    assert np.allclose(apply(IMAGE, SAME), IMAGE, atol=1e-6)


def test_a_flip_turns_the_image_upside_down() -> None:
    # cv2 turns about corners, so the mirror image is one pixel lower.
    flipped = apply(IMAGE, replace(SAME, flipped=True))
    assert np.allclose(flipped[1:], IMAGE[::-1][:-1], atol=1e-5)


def test_a_shift_moves_by_a_share_of_the_side() -> None:
    moved = apply(IMAGE, replace(SAME, shift=(0.1, 0.25)))
    assert np.allclose(moved[10:, 6:], IMAGE[:-10, :-6], atol=1e-5)


def test_aspect_changes_height_against_width_and_keeps_the_area() -> None:
    image = np.zeros((101, 101, 1), np.float32)
    image[40:61, 40:61] = 1.0
    tall = apply(image, replace(SAME, aspect=1.21))
    rows, columns = (tall[:, :, 0] > 0.5).any(axis=1).sum(), (tall[:, :, 0] > 0.5).any(axis=0).sum()
    assert rows / columns == pytest.approx(1.21, abs=0.08)
    assert float(tall.sum()) == pytest.approx(float(image.sum()), rel=0.03)


def test_gamma_is_a_power() -> None:
    assert np.allclose(apply(IMAGE, replace(SAME, gamma=2.0)), IMAGE**2, atol=1e-6)


def test_every_draw_is_in_its_bounds_and_the_result_in_range() -> None:
    config = AugmentConfig()
    for seed in range(50):
        drawn = draw(config, np.random.default_rng(seed))
        assert drawn == draw(config, np.random.default_rng(seed))
        assert abs(drawn.rotation_degrees) <= config.rotation_degrees
        assert 1 / 1.15 <= drawn.aspect <= 1.15 and 1 / 1.12 <= drawn.zoom <= 1.12
        changed = apply(IMAGE, drawn)
        assert changed.shape == IMAGE.shape and changed.dtype == np.float32
        assert changed.min() >= 0.0 and changed.max() <= 1.0


def test_gamma_keeps_the_hue_of_a_colour_and_black_black() -> None:
    image = np.zeros((8, 8, 3), np.float32)
    image[2:6, 2:6] = (0.8, 0.4, 0.2)
    changed = apply(image, replace(SAME, gamma=2.0))
    assert np.allclose(changed[3, 3], (0.64, 0.32, 0.16), atol=1e-6)
    assert not changed[0].any()


def test_three_equal_channels_change_as_one_does() -> None:
    drawn = draw(AugmentConfig(), np.random.default_rng(4))
    assert drawn.gamma != 1.0
    three = apply(np.repeat(IMAGE, 3, axis=2), drawn)
    assert np.allclose(three, np.repeat(apply(IMAGE, drawn), 3, axis=2), atol=1e-6)
