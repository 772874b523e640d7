"""Filters: each pixel by its neighbourhood – local contrast, edges, noise.

All take a float32 (H, W) plane in [0, 1] and give one back, of the same shape. Radii are in
pixels of that plane, which is the prepared array and not the file's own grid.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import FloatArray

Mask = NDArray[np.bool_]

# Daubechies' least asymmetric wavelet with four vanishing moments: smooth, and short enough for
# edges; a Haar wavelet (`db1`) leaves blocks.
WAVELET = "sym4"


def equalize_locally(plane: FloatArray, *, clip: float = 2.0, tiles: int = 8) -> FloatArray:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994).

    Each of tiles × tiles parts has its 256-bin histogram clipped at `clip` times its mean
    height, the excess spread evenly over all bins, and is equalised; between the centres of
    parts the curves are blended bilinearly. The black surround is part of the histograms, but
    the clipping keeps it from ruling them. The result has 256 levels.
    """
    levels = np.rint(plane * np.float32(255)).astype(np.uint8)
    # OpenCV pads by reflection, which a side shorter than the padding does not have.
    count = max(1, min(tiles, *(side // 2 for side in plane.shape)))
    clahe = cv2.createCLAHE(clipLimit=clip, tileGridSize=(count, count))
    return np.asarray(clahe.apply(levels), dtype=np.float32) / np.float32(255)


def mask_unsharp(
    plane: FloatArray, *, inside: Mask, radius: float = 2.0, amount: float = 1.0
) -> FloatArray:
    """r + amount · (r − blurred r), clipped to [0, 1] (Gonzalez and Woods, section 3.6).

    The blur is a Gaussian of standard deviation `radius` over the breast alone (normalised
    convolution: G * (r · m) / G * m), so that no bright seam appears along the skin.
    """
    weight = inside.astype(np.float32)
    seen = cv2.GaussianBlur(weight, (0, 0), radius)
    total = cv2.GaussianBlur(plane * weight, (0, 0), radius)
    blurred = np.where(seen > 1e-3, total / np.maximum(seen, np.float32(1e-3)), plane)
    sharper = plane + np.float32(amount) * (plane - blurred)
    return np.asarray(np.clip(sharper, 0.0, 1.0), dtype=np.float32)


def denoise_wavelet(plane: FloatArray, *, inside: Mask, levels: int = 3) -> FloatArray:
    """Noise taken out by soft thresholds on wavelet coefficients, BayesShrink.

    After Chang, Yu and Vetterli, IEEE Trans. Image Processing 9(9), 2000: in each subband
    coefficients y become sign(y) · max(|y| − T, 0) with T = σ² / σ_x, where σ = median(|y|) /
    0.6745 over the finest diagonal subband and σ_x = √max(mean(y²) − σ², 0) over the subband
    itself; a subband without signal (σ_x = 0) becomes 0. Medians and means are taken over
    coefficients whose place is inside the breast: the surround has neither noise nor signal.
    """
    # Only who denoises pays for the import: `predict` starts in a fifth of a second.
    import pywt  # noqa: PLC0415

    deepest = int(pywt.dwtn_max_level(plane.shape, WAVELET))
    depth = min(levels, deepest)
    if depth == 0 or not inside.any():
        return plane
    coarse, *details = pywt.wavedec2(plane, WAVELET, level=depth)
    noise = float(np.median(np.abs(_seen(details[-1][2], inside))) / 0.6745)
    shrunk = [tuple(_shrink(band, inside, noise) for band in bands) for bands in details]
    denoised = pywt.waverec2([coarse, *shrunk], WAVELET)
    rows, columns = plane.shape
    return np.asarray(np.clip(denoised[:rows, :columns], 0.0, 1.0), dtype=np.float32)


def filter_median(plane: FloatArray, *, radius: int = 1) -> FloatArray:
    """The median of the (2 · radius + 1)² pixels around each; the edge is repeated outwards."""
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(plane), 2 * radius + 1), np.float32)


def _seen(band: NDArray[Any], inside: Mask) -> NDArray[Any]:
    """The band's coefficients inside the breast; all if it is too thin to hold one."""
    rows, columns = band.shape
    small = cv2.resize(inside.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST)
    return band[small > 0] if small.any() else band.ravel()


def _shrink(band: NDArray[Any], inside: Mask, noise: float) -> NDArray[Any]:
    signal = np.sqrt(max(float(np.mean(_seen(band, inside) ** 2)) - noise**2, 0.0))
    if signal == 0.0:
        return np.zeros_like(band)
    return np.asarray(np.sign(band) * np.maximum(np.abs(band) - noise**2 / signal, 0.0))
