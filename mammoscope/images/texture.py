"""Texture of the breast: first order, GLCM, LBP, HOG, Gabor and wavelet features.

Library functions are called where there are any; this file says which, with which settings, and
keeps the surround out. x is the intensity of a pixel of the breast, in [0, 1].
"""

from __future__ import annotations

import cv2
import numpy as np
import pywt
from numpy.typing import NDArray
from skimage.feature import graycomatrix, graycoprops, hog, local_binary_pattern

from mammoscope.images.description import INFINITY, Description, describe
from mammoscope.types import FloatArray

Mask = NDArray[np.bool_]
Values = dict[str, float]

BINS = 64  # of the histogram that entropy and uniformity are taken from
LEVELS = 32  # gray levels of the co-occurrence matrix
DISTANCES = (1, 2, 4)  # pixels
ANGLES = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4)
GLCM_PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "entropy")
RADII = (1, 3)  # of the local binary pattern, 8 neighbours each
LBP_BINS = 10
HOG_CELLS = 4  # a side
HOG_ORIENTATIONS = 8
WAVELENGTHS = (4.0, 8.0, 16.0)  # of the Gabor filters, pixels
GABOR_ORIENTATIONS = 4
WAVELET = "db2"
WAVELET_LEVELS = 3
BANDS = ("horizontal", "vertical", "diagonal")
PERCENTILES = (5, 25, 50, 75, 95)


def measure(plane: FloatArray, breast: Mask) -> Values:
    """Name → value of every texture feature.

    Args:
        plane: float32 (H, W) in [0, 1].
        breast: bool (H, W), not empty.
    """
    filled = np.where(breast, plane, plane[breast].mean(dtype=np.float64)).astype(np.float32)
    return {
        **_first_order(plane[breast].astype(np.float64)),
        **_glcm(plane, breast),
        **_lbp(filled, breast),
        **_hog(filled),
        **_gabor(filled, breast),
        **_wavelet(filled),
    }


def _first_order(x: NDArray[np.float64]) -> Values:
    mean, deviation = float(x.mean()), float(x.std())
    # A constant has no shape: 0, rather than the 0 / 0 of the formula.
    standard = (x - mean) / deviation if deviation > 1e-6 else np.zeros_like(x)
    share = np.histogram(x, BINS, (0.0, 1.0))[0] / x.size
    occupied = share[share > 0]
    return {
        "first_order_mean": mean,
        "first_order_deviation": deviation,
        "first_order_skewness": float((standard**3).mean()),
        "first_order_kurtosis": float((standard**4).mean()),
        "first_order_entropy": float(-(occupied * np.log2(occupied)).sum()) + 0.0,
        "first_order_uniformity": float((share**2).sum()),
        **{
            f"first_order_percentile_{at}": float(value)
            for at, value in zip(PERCENTILES, np.percentile(x, PERCENTILES), strict=True)
        },
    }


def _glcm(plane: FloatArray, breast: Mask) -> Values:
    # Level 0 is the surround: its row and column are dropped, so that only pairs of pixels that
    # both lie in the breast are counted.
    levels = np.where(breast, 1 + np.minimum(plane * LEVELS, LEVELS - 1).astype(np.uint8), 0)
    counts = graycomatrix(
        levels.astype(np.uint8), DISTANCES, ANGLES, levels=LEVELS + 1, symmetric=True
    )[1:, 1:].astype(np.float64)
    shares = counts / np.maximum(counts.sum(axis=(0, 1), keepdims=True), 1)
    values = {}
    for name in GLCM_PROPERTIES:
        table = graycoprops(shares, name)  # (distances, angles)
        for distance, row in zip(DISTANCES, table, strict=True):
            values[f"glcm_{name}_mean_{distance}"] = float(row.mean())
            values[f"glcm_{name}_range_{distance}"] = float(np.ptp(row))
    return values


def _lbp(filled: FloatArray, breast: Mask) -> Values:
    # On integers: on floats noise in the last bit of a flat region would be a pattern.
    levels = np.rint(filled * 255).astype(np.uint8)
    values: Values = {}
    for radius in RADII:
        codes = local_binary_pattern(levels, 8, radius, method="uniform")[breast]
        share = np.bincount(codes.astype(np.int64), minlength=LBP_BINS) / codes.size
        values |= {f"lbp_{code}_radius_{radius}": float(share[code]) for code in range(LBP_BINS)}
    return values


def _hog(filled: FloatArray) -> Values:
    side = 32 * HOG_CELLS
    small = cv2.resize(filled, (side, side), interpolation=cv2.INTER_AREA)
    cells = hog(
        small,
        orientations=HOG_ORIENTATIONS,
        pixels_per_cell=(32, 32),
        cells_per_block=(HOG_CELLS, HOG_CELLS),
        block_norm="L2-Hys",
    ).reshape(HOG_CELLS, HOG_CELLS, HOG_ORIENTATIONS)
    return {
        f"hog_row_{row}_column_{column}_orientation_{angle}": float(cells[row, column, angle])
        for row, column, angle in np.ndindex(*cells.shape)
    }


def _gabor(filled: FloatArray, breast: Mask) -> Values:
    values = {}
    for wavelength in WAVELENGTHS:
        # Bandwidth of one octave: σ = 0.56 λ (Kruizinga and Petkov 1999).
        sigma = 0.56 * wavelength
        half = int(np.ceil(3 * sigma))
        strengths = []
        for step in range(GABOR_ORIENTATIONS):
            angle = np.pi * step / GABOR_ORIENTATIONS
            even, odd = (
                _filtered(filled, half, sigma, angle, wavelength, phase)
                for phase in (0.0, np.pi / 2)
            )
            strengths.append(np.hypot(even, odd)[breast])
        means = [float(strength.mean(dtype=np.float64)) for strength in strengths]
        name = f"wavelength_{wavelength:g}"
        values[f"gabor_mean_{name}"] = float(np.mean(means))
        values[f"gabor_deviation_{name}"] = float(np.mean([float(s.std()) for s in strengths]))
        values[f"gabor_anisotropy_{name}"] = (max(means) - min(means)) / max(max(means), 1e-9)
    return values


def _filtered(
    filled: FloatArray, half: int, sigma: float, angle: float, wavelength: float, phase: float
) -> FloatArray:
    size = (2 * half + 1, 2 * half + 1)
    kernel = cv2.getGaborKernel(size, sigma, angle, wavelength, 0.5, phase, ktype=cv2.CV_32F)
    kernel -= kernel.mean()  # no answer to a constant
    kernel /= np.abs(kernel).sum()
    return np.asarray(cv2.filter2D(filled, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT))


def _wavelet(filled: FloatArray) -> Values:
    centred = filled - filled.mean(dtype=np.float64)
    bands = pywt.wavedec2(centred, WAVELET, mode="symmetric", level=WAVELET_LEVELS)
    energies = {"wavelet_approximation": float((bands[0].astype(np.float64) ** 2).sum())}
    # Coarsest first.
    for level, details in zip(range(WAVELET_LEVELS, 0, -1), bands[1:], strict=True):
        for band, detail in zip(BANDS, details, strict=True):
            energies[f"wavelet_{band}_level_{level}"] = float((detail.astype(float) ** 2).sum())
    total = sum(energies.values())
    return {name: energy / total if total > 1e-9 else 0.0 for name, energy in energies.items()}


def _glcm_descriptions() -> list[Description]:
    top = float(LEVELS - 1)
    formulas = {
        "contrast": ("Σ p(i, j) (i − j)²", 0.0, top**2),
        "dissimilarity": ("Σ p(i, j) |i − j|", 0.0, top),
        "homogeneity": ("Σ p(i, j) / (1 + (i − j)²)", 0.0, 1.0),
        "energy": ("√ Σ p(i, j)²", 0.0, 1.0),
        "correlation": ("Σ p(i, j) (i − μ)(j − μ) / σ²; 1 where σ = 0", -1.0, 1.0),
        "entropy": ("−Σ p(i, j) ln p(i, j)", 0.0, 2 * float(np.log(LEVELS))),
    }
    found = []
    for name, (formula, low, high) in formulas.items():
        for distance in DISTANCES:
            text = (
                f"{formula} at {distance} pixels, p the symmetric co-occurrence of {LEVELS} gray "
                "levels (Haralick 1973)"
            )
            found += [
                Description(
                    f"glcm_{name}_mean_{distance}", f"mean over 4 angles: {text}", low, high
                ),
                Description(
                    f"glcm_{name}_range_{distance}", f"range over 4 angles: {text}", 0.0, high - low
                ),
            ]
    return found


def _gabor_descriptions() -> list[Description]:
    found = []
    for wavelength in WAVELENGTHS:
        name = f"wavelength_{wavelength:g}"
        text = (
            f"|even + i odd| of Gabor filters of {wavelength:g} pixels at 4 orientations, "
            "σ = 0.56 λ, aspect 0.5, no constant part, Σ|kernel| = 1"
        )
        found += [
            Description(f"gabor_mean_{name}", f"mean of {text}", 0.0, 2.0),
            Description(
                f"gabor_deviation_{name}", f"mean over orientations of σ of {text}", 0.0, 2.0
            ),
            Description(
                f"gabor_anisotropy_{name}",
                f"(max − min) / max over orientations of {text}",
                0.0,
                1.0,
            ),
        ]
    return found


DESCRIPTIONS: tuple[Description, ...] = (
    Description("first_order_mean", "μ = mean of x", 0.0, 1.0),
    Description("first_order_deviation", "σ = √ mean of (x − μ)²", 0.0, 0.5),
    Description(
        "first_order_skewness", "mean of ((x − μ) / σ)³; 0 where σ = 0", -INFINITY, INFINITY
    ),
    Description("first_order_kurtosis", "mean of ((x − μ) / σ)⁴; 0 where σ = 0", 0.0, INFINITY),
    Description("first_order_entropy", f"−Σ p log₂ p over {BINS} bins", 0.0, float(np.log2(BINS))),
    Description("first_order_uniformity", f"Σ p² over {BINS} bins", 0.0, 1.0),
    *describe([f"first_order_percentile_{at}" for at in PERCENTILES], "percentile of x", 0.0, 1.0),
    *_glcm_descriptions(),
    *describe(
        [f"lbp_{code}_radius_{radius}" for radius in RADII for code in range(LBP_BINS)],
        "share of pixels with this rotation-invariant uniform pattern of 8 neighbours: the number "
        "of brighter ones, 9 where they change more than twice (Ojala 2002)",
        0.0,
        1.0,
    ),
    *describe(
        [
            f"hog_row_{row}_column_{column}_orientation_{angle}"
            for row, column, angle in np.ndindex(HOG_CELLS, HOG_CELLS, HOG_ORIENTATIONS)
        ],
        "gradients of this orientation in this cell, all cells normalised by L2-Hys "
        "(Dalal and Triggs 2005)",
        0.0,
        1.0,
    ),
    *_gabor_descriptions(),
    *describe(
        [
            "wavelet_approximation",
            *(
                f"wavelet_{band}_level_{level}"
                for level in range(WAVELET_LEVELS, 0, -1)
                for band in BANDS
            ),
        ],
        f"share of Σ coefficient² of the {WAVELET} transform in this band, mean removed",
        0.0,
        1.0,
    ),
)
