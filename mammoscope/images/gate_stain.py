"""What the gate measures of a picture's colours: whether they are haematoxylin and eosin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoscope.images.gate_features import small_picture
from mammoscope.types import BreastImage

# Optical density: Beer and Lambert's law, as in Macenko et al. (ISBI 2009), with white = 1.
_DARKEST = 1 / 255
# Of the summed optical densities; below it there is glass.
_GLASS = 0.25

STAIN_FEATURES: dict[str, str] = {
    "tissue": "share of the picture that takes up light",
    "green": "share of the light taken up that is green; both stains take up green most",
    "red_less_blue": "red less blue share of the light taken up; haematoxylin more, eosin less",
    "purple": "share of tissue pixels that take up more green than red and than blue",
    "between": "standard deviation of red less blue over the tissue: two stains, not one",
    "density": "log of the median density of the tissue",
    "saturation": "median saturation of the tissue",
    "glass_gray": "how far from gray the brightest twentieth of the picture is",
}


def measure_stain(image: BreastImage) -> NDArray[np.float64]:
    """The features of a colour picture, float64 (len(STAIN_FEATURES),), finite.

    Args:
        image: (H, W, 3) as decoded.
    """
    rgb = small_picture(image.pixels).reshape(-1, 3).astype(np.float64)
    density = -np.log10(np.clip(rgb, _DARKEST, 1.0))
    total = density.sum(axis=1)
    tissue = total > _GLASS
    share = float(tissue.mean())
    if share < 0.01:
        tissue = total >= np.quantile(total, 0.9)
    dense, sums = density[tissue], np.maximum(total[tissue], 1e-3)
    red, green, blue = (dense / sums[:, np.newaxis]).T
    rgb_tissue = rgb[tissue]
    saturation = np.ptp(rgb_tissue, axis=1) / np.maximum(rgb_tissue.max(axis=1), 0.01)
    bright = rgb[total <= np.quantile(total, 0.05)]
    values = [
        share,
        float(green.mean()),
        float((red - blue).mean()),
        float(np.mean((green > red) & (green > blue))),
        float((red - blue).std()),
        float(np.log2(np.median(sums) + 0.01)),
        float(np.median(saturation)),
        float(np.ptp(bright.mean(axis=0))),
    ]
    return np.array(values, dtype=np.float64)
