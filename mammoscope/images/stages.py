"""What becomes of an image on its way to a model, as pictures that a person can look at."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.preprocess import upsample_mask
from mammoscope.images.segment import BreastRegion
from mammoscope.types import BreastImage, Prepared

# In the order in which they are made.
STAGES = ("1-decoded", "2-breast", "3-cropped", "4-prepared", "4-prepared-16bit")

# RGB of Okabe and Ito's palette, which colour-blind people can tell apart.
OUTLINE_COLOR = (86, 180, 233)
CROP_COLOR = (240, 228, 66)
CHEST_WALL_COLOR = (213, 94, 0)

Picture = NDArray[np.uint8] | NDArray[np.uint16]


def draw_stages(image: BreastImage, breast: BreastRegion, prepared: Prepared) -> dict[str, Picture]:
    """Stage name → gray (H, W) or RGB (H, W, 3), in the order of `STAGES`.

    - `1-decoded`: the whole image, bright = dense, on the file's own pixels; uint8.
    - `2-breast`: the same with the breast's outline (sky blue), the crop box (yellow) and the
      chest wall's side (a thick vermilion line) drawn on it; uint8, always RGB. Without a breast
      only the box.
    - `3-cropped`: what lies in the box, turned as the model sees it, in true proportions (the
      coarser axis is enlarged), before normalisation; uint8.
    - `4-prepared`: the array that a model eats; uint8.
    - `4-prepared-16bit`: the same in uint16, right to 1 / 131,070.

    Args:
        image: as decoded.
        breast: `find_breast(image)`.
        prepared: `prepare(image, config, breast=breast)`.
    """
    decoded = _eight_bit(image.pixels)
    array = prepared.array[:, :, 0]
    return {
        "1-decoded": decoded,
        "2-breast": _annotated(decoded, image, breast, prepared),
        "3-cropped": _cropped(decoded, image, prepared),
        "4-prepared": _eight_bit(array),
        "4-prepared-16bit": np.rint(array * np.float32(65535)).astype(np.uint16),
    }


def _eight_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    return np.rint(pixels * np.float32(255)).astype(np.uint8)


def _annotated(
    decoded: NDArray[np.uint8], image: BreastImage, breast: BreastRegion, prepared: Prepared
) -> NDArray[np.uint8]:
    rgb = decoded.copy() if image.is_color else np.repeat(decoded[:, :, np.newaxis], 3, axis=2)
    width = max(1, round(max(image.rows, image.columns) / 300))
    top, left, bottom, right = prepared.geometry.crop
    # Inside the box, so that no line is lost where the box is the image's own edge.
    _frame(rgb[top:bottom, left:right], width)
    if breast.area == 0.0:
        return rgb
    inside = (upsample_mask(breast, image) >= 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(rgb, contours, -1, OUTLINE_COLOR, thickness=width)
    bar = slice(max(left, right - 3 * width), right) if breast.chest_wall_right else None
    rgb[top:bottom, bar or slice(left, min(right, left + 3 * width))] = CHEST_WALL_COLOR
    return rgb


def _frame(box: NDArray[np.uint8], width: int) -> None:
    for side in (box[:width], box[-width:], box[:, :width], box[:, -width:]):
        side[:] = CROP_COLOR


def _cropped(
    decoded: NDArray[np.uint8], image: BreastImage, prepared: Prepared
) -> NDArray[np.uint8]:
    top, left, bottom, right = prepared.geometry.crop
    content = decoded[top:bottom, left:right]
    if prepared.geometry.mirrored:
        content = content[:, ::-1]
    # Enlarging, since to shrink the finer axis could hide what the model still sees.
    rows = round((bottom - top) * max(1.0, image.pixel_aspect))
    columns = round((right - left) * max(1.0, 1.0 / image.pixel_aspect))
    if (rows, columns) == content.shape[:2]:
        return np.ascontiguousarray(content)
    enlarged = cv2.resize(content, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(enlarged, dtype=np.uint8)
