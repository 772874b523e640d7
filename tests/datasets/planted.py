"""Changed copies of a phantom, as leaks plant them: mechanism → its variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import cv2
import numpy as np

from mammoscope.datasets.phantom import Phantom, PhantomConfig, make_phantom
from mammoscope.experiment.augment import AugmentConfig, apply, draw
from mammoscope.types import FloatArray

VARIANTS = 20
CONFIG = PhantomConfig(masses=1)
Change = Callable[[FloatArray, int], FloatArray]


def woman(seed: int) -> Phantom:
    """One view of a woman; sides and views take turns."""
    return make_phantom(seed, laterality="LR"[seed % 2], view=("CC", "MLO")[seed // 2 % 2],
                        config=CONFIG)  # fmt: skip


def _spread(low: float, high: float, variant: int) -> float:
    return low + (high - low) * variant / (VARIANTS - 1)


def resized(pixels: FloatArray, variant: int) -> FloatArray:
    factor = _spread(0.25, 2.0, variant)
    area = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=area), 0, 1)


def recompressed(pixels: FloatArray, variant: int) -> FloatArray:
    levels = np.rint(pixels * 255).astype(np.uint8)
    quality = round(_spread(10, 95, variant))
    coded = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def mirrored(pixels: FloatArray, variant: int) -> FloatArray:
    return np.power(pixels[:, ::-1] if variant % 2 else pixels[::-1], _spread(0.8, 1.25, variant))


def quartered(pixels: FloatArray, variant: int) -> FloatArray:
    return recompressed(np.rot90(pixels, 1 + variant % 3), variant)


def turned(pixels: FloatArray, variant: int) -> FloatArray:
    rows, columns = pixels.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), _spread(-19, 20, variant), 1.0)
    return np.clip(cv2.warpAffine(pixels, matrix, (columns, rows)), 0, 1)


def cropped(pixels: FloatArray, variant: int) -> FloatArray:
    """Half to nine tenths of each side, on the chest wall's side of the breast."""
    rows, columns = pixels.shape
    share = _spread(0.5, 0.9, variant)
    height, width = round(rows * share), round(columns * share)
    top = (rows - height) // 2
    left = columns - width if pixels[:, -8:].mean() > pixels[:, :8].mean() else 0
    return pixels[top : top + height, left : left + width]


def brightened(pixels: FloatArray, variant: int) -> FloatArray:
    gain, gamma = list(product((0.5, 0.7, 1.0, 1.3), (0.5, 0.7, 0.9, 1.4, 2.0)))[variant]
    return np.clip(np.power(pixels, gamma) * gain, 0, 1)


def augmented(pixels: FloatArray, variant: int) -> FloatArray:
    """As training changes its images, with quarter turns left out."""
    drawn = draw(AugmentConfig(), np.random.default_rng(variant))
    return apply(pixels[..., np.newaxis], drawn)[..., 0]


MAKERS: Mapping[str, Change] = {
    "resized": resized,
    "recompressed": recompressed,
    "mirrored": mirrored,
    "quarter turns": quartered,
    "turned": turned,
    "cropped": cropped,
    "brightness and gamma": brightened,
    "augmented": augmented,
}


def lesion_crops(phantom: Phantom, variant: int) -> tuple[FloatArray, FloatArray]:
    """Two windows of 160 pixels that hold the lesion, neither within the other."""
    lesion = phantom.lesions[0]
    generator = np.random.default_rng(variant)
    side, shift = 160, generator.uniform(12, 24, size=2) * generator.choice([-1, 1], size=2)

    def window(dx: float, dy: float) -> FloatArray:
        rows, columns = phantom.pixels.shape
        top = int(np.clip(lesion.y + dy - side / 2, 0, rows - side))
        left = int(np.clip(lesion.x + dx - side / 2, 0, columns - side))
        return phantom.pixels[top : top + side, left : left + side]

    return window(*shift), window(*-shift)
