"""What becomes of an image on its way to a model, as pictures that a person can look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.color import COLORS
from mammoscope.images.enhance import ENHANCEMENTS
from mammoscope.images.pectoral import PectoralMuscle
from mammoscope.images.preprocess import upsample_mask
from mammoscope.images.segment import BreastRegion
from mammoscope.types import BreastImage, FloatArray, Prepared

# RGB of Okabe and Ito's palette, which colour-blind people can tell apart.
OUTLINE_COLOR = (86, 180, 233)
CROP_COLOR = (240, 228, 66)
CHEST_WALL_COLOR = (213, 94, 0)
PECTORAL_COLOR = (204, 121, 167)

Picture = NDArray[np.uint8] | NDArray[np.uint16]

# What each run has first, and no other picture is called so.
FIRST_STAGE = "1-decoded"
_STEPS = ("normalized", "resized", *ENHANCEMENTS, *COLORS, "prepared", "prepared-16bit")
_STAGE = re.compile(
    rf"{FIRST_STAGE}|2-breast|3-cropped|[1-9][0-9]*-({'|'.join(map(re.escape, _STEPS))})"
)


def is_stage(name: str) -> bool:
    """Whether `draw_stages` can give a picture of this name, for some image and some config."""
    return _STAGE.fullmatch(name) is not None


def draw_stages(
    image: BreastImage,
    prepared: Prepared,
    *,
    breast: BreastRegion | None = None,
    pectoral: PectoralMuscle | None = None,
    steps: Sequence[tuple[str, FloatArray]] = (),
) -> dict[str, Picture]:
    """Stage name → gray (H, W) or RGB (H, W, 3), in the order in which they are made.

    Names are numbered from 1:

    - `decoded`: the whole image, bright = dense, on the file's own pixels; uint8.
    - `breast`: the same with the breast's outline (sky blue), the pectoral muscle's (reddish
      purple), the crop box (yellow) and the chest wall's side (a thick vermilion line) drawn on
      it; uint8, always RGB. Where none was found only the box. Not for histology.
    - `cropped`: what lies in the box, turned as the model sees it, in true proportions (the
      coarser axis is enlarged), before normalisation; uint8. Not for histology.
    - one for each of `steps` under its own name, if there are more than the first, which else is
      what the model eats; uint8. Histology's first is called `resized`, since its colours are
      left as they are. Three channels are shown as red, green and blue, whatever they hold.
    - `prepared`: the array that a model eats; uint8.
    - `prepared-16bit`, of the same number: the same in uint16, right to 1 / 131,070.

    Args:
        image: as decoded.
        prepared: `prepare(image, config, breast=breast)`.
        breast: `find_breast(image)`; None for histology.
        pectoral: `find_pectoral(image, breast)`.
        steps: what `prepare` told its `watch`, in order; "normalized" is the first.
    """
    decoded = _eight_bit(image.pixels)
    pictures = [("decoded", decoded)]
    if breast is not None:
        pictures += [
            ("breast", _annotated(decoded, image, prepared, breast=breast, pectoral=pectoral)),
            ("cropped", _cropped(decoded, image, prepared)),
        ]
    if len(steps) > 1:
        first = "resized" if image.modality == "histology" else "normalized"
        names = [first, *(name for name, _ in steps[1:])]
        arrays = [_eight_bit(array) for _, array in steps]
        pictures += zip(names, arrays, strict=True)
    array = prepared.array[:, :, 0] if prepared.array.shape[2] == 1 else prepared.array
    pictures.append(("prepared", _eight_bit(array)))
    stages = {f"{number}-{name}": picture for number, (name, picture) in enumerate(pictures, 1)}
    sixteen = np.rint(array * np.float32(65535)).astype(np.uint16)
    return stages | {f"{len(pictures)}-prepared-16bit": sixteen}


def _eight_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    return np.rint(pixels * np.float32(255)).astype(np.uint8)


def _annotated(
    decoded: NDArray[np.uint8],
    image: BreastImage,
    prepared: Prepared,
    *,
    breast: BreastRegion,
    pectoral: PectoralMuscle | None,
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
    if pectoral is not None:
        # Points are pixel corners, OpenCV's are pixel centres.
        corners = np.rint(pectoral.polygon - 0.5).astype(np.int32)
        cv2.polylines(rgb, [corners], True, PECTORAL_COLOR, thickness=width)
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
