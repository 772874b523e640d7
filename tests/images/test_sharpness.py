"""Filters against OpenCV, SciPy and scikit-image, and values worked out by hand."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, median_filter
from skimage.restoration import denoise_wavelet as denoise_of_skimage

from mammoscope.images.sharpness import (
    WAVELET,
    denoise_wavelet,
    equalize_locally,
    filter_median,
    mask_unsharp,
)


def noisy(shape: tuple[int, int], *, seed: int = 0, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(seed)
    clean = gaussian_filter(rng.random(shape), 6)
    clean = (clean - clean.min()) / (clean.max() - clean.min())
    return np.clip(clean + noise * rng.standard_normal(shape), 0, 1).astype(np.float32)


def everywhere(plane: np.ndarray) -> np.ndarray:
    return np.ones(plane.shape, dtype=bool)


@pytest.mark.parametrize("tiles", [1, 4, 8])
@pytest.mark.parametrize("clip", [1.0, 2.0, 40.0])
def test_clahe_is_that_of_opencv_on_256_levels(tiles: int, clip: float) -> None:
    plane = noisy((96, 128))
    stored = np.rint(plane * 255).astype(np.uint8)
    theirs = cv2.createCLAHE(clipLimit=clip, tileGridSize=(tiles, tiles)).apply(stored)
    assert np.array_equal(np.rint(equalize_locally(plane, clip=clip, tiles=tiles) * 255), theirs)


def test_clahe_spreads_a_low_contrast_and_more_so_with_a_higher_clip() -> None:
    plane = (0.45 + 0.1 * noisy((128, 128))).astype(np.float32)
    spreads = [float(equalize_locally(plane, clip=clip).std()) for clip in (1.0, 3.0, 10.0)]
    assert float(plane.std()) < spreads[0] < spreads[1] < spreads[2]


@pytest.mark.parametrize("radius", [1, 2])
def test_the_median_is_that_of_scipy_edges_too(radius: int) -> None:
    plane = noisy((40, 50))
    theirs = median_filter(plane, 2 * radius + 1, mode="nearest")
    assert np.array_equal(filter_median(plane, radius=radius), theirs)


@pytest.mark.parametrize("shape", [(128, 128), (90, 140)])
@pytest.mark.parametrize("levels", [1, 3])
def test_wavelet_denoising_is_that_of_skimage(shape: tuple[int, int], levels: int) -> None:
    plane = noisy(shape)
    theirs = denoise_of_skimage(
        plane,
        wavelet=WAVELET,
        wavelet_levels=levels,
        mode="soft",
        method="BayesShrink",
        rescale_sigma=False,
    )
    ours = denoise_wavelet(plane, inside=everywhere(plane), levels=levels)
    assert np.abs(ours - np.clip(theirs, 0, 1)).max() < 1e-4


def test_denoising_comes_nearer_to_the_clean_picture() -> None:
    plane, clean = noisy((128, 128)), noisy((128, 128), noise=0.0)
    denoised = denoise_wavelet(plane, inside=everywhere(plane))
    assert np.abs(denoised - clean).mean() < 0.6 * np.abs(plane - clean).mean()


def test_the_noise_is_measured_inside_the_breast_alone() -> None:
    plane = np.zeros((128, 128), dtype=np.float32)
    inside = np.zeros(plane.shape, dtype=bool)
    inside[:, :48] = True
    plane[inside] = noisy((128, 48)).ravel()
    ours = denoise_wavelet(plane, inside=inside)
    # Over the whole plane the median of the noise is the surround's: 0, and nothing is removed.
    assert np.allclose(denoise_wavelet(plane, inside=everywhere(plane)), plane, atol=1e-3)
    clean = noisy((128, 48), noise=0.0)
    assert (
        np.abs(ours[:, :40] - clean[:, :40]).mean()
        < 0.7 * np.abs(plane[:, :40] - clean[:, :40]).mean()
    )


def test_unsharp_masking_follows_its_formula() -> None:
    plane = noisy((60, 60))
    blurred = cv2.GaussianBlur(plane, (0, 0), 2.0)
    expected = np.clip(plane + 1.5 * (plane - blurred), 0, 1)
    sharper = mask_unsharp(plane, inside=everywhere(plane), radius=2.0, amount=1.5)
    assert np.allclose(sharper, expected, atol=1e-5)


def test_unsharp_masking_leaves_no_seam_along_the_skin() -> None:
    plane = np.zeros((40, 40), dtype=np.float32)
    inside = np.zeros(plane.shape, dtype=bool)
    inside[:, :20] = True
    plane[inside] = 0.5
    sharper = mask_unsharp(plane, inside=inside, radius=3.0, amount=4.0)
    assert np.allclose(sharper[inside], 0.5, atol=1e-4)
