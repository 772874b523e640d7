"""Stain normalisation of H&E histology: the colours of another laboratory, brought to one look.

Both take float32 (H, W, 3) sRGB in [0, 1] and give the same back. What is not H&E tissue cannot
be normalised: a patch that is almost all glass, or of one stain where two are needed, is given
back unchanged.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoscope.types import FloatArray

Mask = NDArray[np.bool_]
Array = NDArray[np.float64]

# The reference look of Macenko's authors: optical density (natural logarithm, of 240 as white)
# of haematoxylin and eosin in R, G, B, a row each, and the 99th percentiles of their amounts.
REFERENCE_STAINS = np.array([[0.5626, 0.7201, 0.4062], [0.2159, 0.8012, 0.5581]])
REFERENCE_AMOUNTS = np.array([1.9705, 1.0308])
WHITE = 240.0

# Optical density beyond which a channel is taken for saturated: 2.3 is 23 of 255, just above what
# both reference amounts give together (2.25, in green). There JPEG and the scanner's black level
# decide, and the logarithm blows them up: dark nuclei would count as three times the eosin.
SATURATED = 2.3

# Mean and standard deviation of tissue in lαβ: medians over 857 training patches of PatchCamelyon.
REFERENCE_MEAN = np.array([-0.5957, -0.0693, 0.0237])
REFERENCE_DEVIATION = np.array([0.3242, 0.0528, 0.0143])

# A share of tissue below which its statistics are those of dust and noise.
LEAST_TISSUE = 0.05
# Two stains nearer than this (as an angle, degrees) are one. H and E lie some 25° to 40° apart.
LEAST_ANGLE = 10.0
# Reinhard's gain beyond which a patch of one stain would have its noise blown up to colours.
LARGEST_GAIN = 2.5

# Reinhard et al. 2001: RGB → LMS (eq. 4) and log LMS → lαβ (eq. 6).
_RGB_TO_LMS = np.array(
    [[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]]
)
_LMS_TO_LAB = np.diag([1 / 3**0.5, 1 / 6**0.5, 1 / 2**0.5]) @ np.array(
    [[1, 1, 1], [1, 1, -2], [1, -1, 0]]
)


def normalize_macenko(
    rgb: FloatArray, *, inside: Mask, beta: float = 0.15, alpha: float = 1.0
) -> FloatArray:
    """The amounts of H and E that were found, in the stain colours of the reference.

    After Macenko et al., ISBI 2009: optical density OD = −ln((255 r + 1) / 240); the stains are
    the alpha-th and (100 − alpha)-th percentile of the angle in the plane of the two largest
    eigenvectors of the OD covariance of tissue; amounts solve OD = amounts · stains by least
    squares; their 99th percentiles are scaled to the reference's. Two things differ from the
    authors' code, which fades patches with dark nuclei to a pale blue: saturated pixels (above)
    are left out of stains and percentiles, and their densities are held at that limit.

    Stains and percentiles are those of the picture at hand. A patch of 96 × 96 holds a few dozen
    cells, often of one kind, so that neighbours from one slide can come out differently, and what
    has no eosin gets some: for such patches `normalize_reinhard` is the steadier one.

    Args:
        rgb: (H, W, 3).
        inside: bool (H, W), what is picture and not padding.
        beta: tissue is where every channel's optical density is at least this.
        alpha: percentile that guards the stains' angles against outliers.
    """
    density = _density(rgb)
    measured = ((density >= beta) & (density <= SATURATED)).all(axis=2)
    tissue = density[inside & measured]
    if len(tissue) < LEAST_TISSUE * inside.sum() or len(tissue) < 3:
        return rgb
    stains = find_stains(tissue, alpha=alpha)
    if stains is None:
        return rgb
    unmix = np.linalg.pinv(stains)
    most = np.percentile(tissue @ unmix, 99, axis=0)
    if (most <= 0.0).any():
        return rgb
    amounts = np.minimum(density, SATURATED).reshape(-1, 3) @ unmix / most * REFERENCE_AMOUNTS
    pixels = (WHITE * np.exp(-amounts @ REFERENCE_STAINS) - 1.0) / 255.0
    return np.asarray(np.clip(pixels, 0.0, 1.0).reshape(rgb.shape), dtype=np.float32)


def find_stains(tissue: Array, *, alpha: float = 1.0) -> Array | None:
    """Unit optical densities (2, 3) of haematoxylin, then eosin; None if only one stain is there.

    Haematoxylin is the one that takes more red out of the light. Which sign and order the
    eigenvectors come in does not matter: both are set from the tissue itself.

    Args:
        tissue: float64 (N, 3) optical densities, N ≥ 3.
        alpha: percentile of the angles that are taken for pure stains.
    """
    _, vectors = np.linalg.eigh(np.cov(tissue.T))
    plane = vectors[:, :0:-1].T  # eigh orders upwards: the last two, largest first
    # Densities are positive, so the tissue lies on one side of each axis that matters.
    signs = np.sign(tissue.mean(axis=0) @ plane.T)
    plane = plane * np.where(signs == 0.0, 1.0, signs)[:, np.newaxis]
    projected = tissue @ plane.T
    angles = np.arctan2(projected[:, 1], projected[:, 0])
    low, high = np.percentile(angles, [alpha, 100.0 - alpha])
    if not LEAST_ANGLE <= np.degrees(high - low) <= 180.0:
        return None
    stains = np.array([[np.cos(low), np.sin(low)], [np.cos(high), np.sin(high)]]) @ plane
    if (stains < -0.1).any():  # no stain gives light; a little below 0 is noise
        return None
    return np.asarray(stains if stains[0, 0] >= stains[1, 0] else stains[::-1])


def normalize_reinhard(rgb: FloatArray, *, inside: Mask, beta: float = 0.15) -> FloatArray:
    """Mean and standard deviation of tissue in lαβ, set to the reference's; glass left as it is.

    After Reinhard et al., IEEE Computer Graphics and Applications 21(5), 2001, eqs. 4 to 11:
    x' = (x − mean) · (reference deviation / deviation) + reference mean for each of l, α, β;
    gains are held within a factor of 2.5. Statistics are of tissue, since the share of glass in a
    patch says nothing of its stains. For the same reason glass is not shifted with the tissue,
    which would tint it lilac: below beta the result is blended with the pixel as it was,
    linearly, down to the pixel alone at half of beta.

    Args:
        rgb: (H, W, 3).
        inside: bool (H, W), what is picture and not padding.
        beta: tissue is where the mean of the channels' optical densities is at least this.
    """
    density = _density(rgb).mean(axis=2)
    tissue = inside & (density >= beta)
    if tissue.sum() < max(3, LEAST_TISSUE * inside.sum()):
        return rgb
    lab = rgb_to_ruderman(rgb)
    mean, deviation = lab[tissue].mean(axis=0), lab[tissue].std(axis=0)
    gain = REFERENCE_DEVIATION / np.maximum(deviation, 1e-6)
    gain = np.clip(gain, 1.0 / LARGEST_GAIN, LARGEST_GAIN)
    normalized = ruderman_to_rgb((lab - mean) * gain + REFERENCE_MEAN)
    weight = np.clip(2.0 * density / beta - 1.0, 0.0, 1.0)[:, :, np.newaxis]
    return np.asarray(weight * normalized + (1.0 - weight) * rgb, dtype=np.float32)


def rgb_to_ruderman(rgb: FloatArray) -> Array:
    """(H, W, 3) → Ruderman's lαβ of decimal logarithms, float64; black is held at 1 / 255."""
    lms = np.maximum(rgb.astype(np.float64), 1.0 / 255.0) @ _RGB_TO_LMS.T
    return np.asarray(np.log10(lms) @ _LMS_TO_LAB.T)


def ruderman_to_rgb(lab: Array) -> FloatArray:
    """The inverse of `rgb_to_ruderman`, clipped to [0, 1]."""
    lms = 10.0 ** (lab @ np.linalg.inv(_LMS_TO_LAB).T)
    return np.clip(lms @ np.linalg.inv(_RGB_TO_LMS).T, 0.0, 1.0).astype(np.float32)


def _density(rgb: FloatArray) -> Array:
    return np.asarray(-np.log((rgb.astype(np.float64) * 255.0 + 1.0) / WHITE))
