"""Stains of a mixture made with known colours and amounts, and pictures that have none."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.images.stain import (
    REFERENCE_AMOUNTS,
    REFERENCE_DEVIATION,
    REFERENCE_MEAN,
    REFERENCE_STAINS,
    WHITE,
    find_stains,
    normalize_macenko,
    normalize_reinhard,
    rgb_to_ruderman,
    ruderman_to_rgb,
)

# Haematoxylin and eosin of another laboratory (after Ruifrok and Johnston), bluer and pinker.
OTHER_STAINS = np.array([[0.65, 0.704, 0.286], [0.12, 0.93, 0.30]])
EVERYWHERE = np.ones((80, 80), dtype=bool)


def amounts(seed: int = 0) -> np.ndarray:
    """(80, 80, 2) in [0, 1]: cells of haematoxylin in fibres of eosin, between them both."""
    rng = np.random.default_rng(seed)
    share = rng.random((80, 80, 2))
    share[:20, :, 1] = 0.0
    share[20:40, :, 0] = 0.0
    return share / np.percentile(share[0:40].max(axis=2), 99)


def mixed(stains: np.ndarray, most: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """The picture of `amounts`, the 99th percentile of each stain scaled to `most`."""
    share = amounts(seed)
    scale = most / np.percentile(share.reshape(-1, 2), 99, axis=0)
    density = (share * scale) @ stains
    pixels = (WHITE * np.exp(-density) - 1.0) / 255.0
    return np.clip(pixels, 0.0, 1.0).astype(np.float32)


REFERENCE = mixed(REFERENCE_STAINS, REFERENCE_AMOUNTS)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    cosine = float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
    return float(np.degrees(np.arccos(min(1.0, cosine))))


@pytest.mark.parametrize("stains", [REFERENCE_STAINS, OTHER_STAINS])
def test_the_stains_of_a_mixture_are_found_haematoxylin_first(stains: np.ndarray) -> None:
    density = amounts().reshape(-1, 2) @ stains
    noise = np.random.default_rng(1).normal(0, 0.003, density.shape)
    found = find_stains((density + noise)[density.min(axis=1) > 0.02])
    assert found is not None
    assert angle(found[0], stains[0]) < 2.0
    assert angle(found[1], stains[1]) < 2.0


def test_macenko_leaves_a_picture_in_the_reference_look_as_it_is() -> None:
    normalized = normalize_macenko(REFERENCE, inside=EVERYWHERE, beta=0.02)
    assert np.abs(normalized - REFERENCE).max() < 0.04
    assert np.abs(normalized - REFERENCE).mean() < 0.01


@pytest.mark.parametrize("most", [[1.2, 0.7], [1.5, 1.1], [0.8, 0.9]])
def test_macenko_brings_other_stains_and_amounts_to_the_reference(most: list[float]) -> None:
    other = mixed(OTHER_STAINS, np.array(most))
    assert np.abs(other - REFERENCE).mean() > 0.05
    normalized = normalize_macenko(other, inside=EVERYWHERE, beta=0.02)
    assert np.abs(normalized - REFERENCE).mean() < 0.02
    assert np.abs(normalized - REFERENCE).max() < 0.1


def test_saturated_nuclei_do_not_fade_the_eosin() -> None:
    dark = REFERENCE.copy()
    dark[70:, ::2] = 0.0  # a twentieth of the picture is black: nuclei below the scanner's range
    normalized = normalize_macenko(dark, inside=EVERYWHERE, beta=0.02)
    fibres = (slice(20, 40), slice(None))
    assert np.abs(normalized[fibres] - REFERENCE[fibres]).mean() < 0.02
    # Counted in, they would: the 99th percentile of eosin would be theirs.
    assert normalized[70:, ::2].max() < 0.35


def test_reinhard_sets_mean_and_deviation_of_tissue_to_the_reference() -> None:
    # Close to the reference, so that no gain is held back and nothing is clipped.
    rng = np.random.default_rng(2)
    lab = rng.standard_normal((80, 80, 3)) * [0.25, 0.04, 0.01] + [-0.75, -0.05, 0.02]
    rgb = ruderman_to_rgb(np.minimum(lab, [-0.35, 1, 1]))
    after = rgb_to_ruderman(normalize_reinhard(rgb, inside=EVERYWHERE)).reshape(-1, 3)
    assert np.allclose(after.mean(axis=0), REFERENCE_MEAN, atol=0.02)
    assert np.allclose(after.std(axis=0), REFERENCE_DEVIATION, rtol=0.15)


@pytest.mark.parametrize("glass", [0.93, 0.97, 1.0])
def test_reinhard_leaves_glass_white(glass: float) -> None:
    rgb = mixed(OTHER_STAINS, np.array([1.5, 1.1]))
    rgb[:, :30] = glass
    normalized = normalize_reinhard(rgb, inside=EVERYWHERE)
    assert np.allclose(normalized[:, :30], glass, atol=1e-6)
    assert np.abs(normalized[:, 30:] - rgb[:, 30:]).mean() > 0.02


@pytest.mark.parametrize("normalize", [normalize_macenko, normalize_reinhard])
def test_padding_has_no_part_in_the_statistics(normalize: object) -> None:
    assert callable(normalize)
    rgb = mixed(OTHER_STAINS, np.array([1.2, 0.7]))
    padded = np.pad(rgb, ((20, 20), (0, 0), (0, 0)))
    inside = np.pad(EVERYWHERE, ((20, 20), (0, 0)))
    alone = normalize(rgb, inside=EVERYWHERE)
    assert np.allclose(normalize(padded, inside=inside)[20:-20], alone, atol=1e-6)


@pytest.mark.parametrize("normalize", [normalize_macenko, normalize_reinhard])
@pytest.mark.parametrize("level", [0.9, 1.0])
def test_glass_alone_is_given_back(normalize: object, level: float) -> None:
    assert callable(normalize)
    glass = np.full((80, 80, 3), level, dtype=np.float32)
    assert np.array_equal(normalize(glass, inside=EVERYWHERE), glass)


def test_macenko_gives_back_a_patch_of_one_stain() -> None:
    one = mixed(REFERENCE_STAINS, np.array([1.5, 1e-6]))
    assert np.array_equal(normalize_macenko(one, inside=EVERYWHERE), one)


def test_ruderman_space_goes_there_and_back() -> None:
    rgb = np.random.default_rng(3).uniform(0.01, 1, (20, 20, 3)).astype(np.float32)
    # The two printed matrices are rounded to four digits, their inverses here are not.
    assert np.abs(ruderman_to_rgb(rgb_to_ruderman(rgb)) - rgb).max() < 1e-5
    # A gray of level g: by eq. 4 L, M, S are g times the rows' sums, by eq. 6 l = Σ log / √3.
    gray = rgb_to_ruderman(np.full((1, 1, 3), 0.1, dtype=np.float32))[0, 0]
    sums = np.log10(0.1 * np.array([0.9996, 0.9993, 0.9973]))
    assert gray[0] == pytest.approx(sums.sum() / 3**0.5, abs=1e-4)
