"""Turns exports whose surround is white (MONOCHROME1 that was never inverted)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mammoscope.types import BreastImage, FloatArray

# The surround shows along the frame of the image; a breast covers at most two of its edges.
FRAME_SHARE = 0.02
NEAR_END = 0.03
TURNED = "white surround recognised from the pixels: inverted"


def has_white_surround(pixels: FloatArray) -> bool:
    """Whether the frame of a mammogram is mostly at the bright end and hardly at the dark end.

    A lesion crop or a tightly framed breast has tissue at its frame, not a flat white, and
    stays as it is; so does an implant, which is white but lies inside a black surround.

    Args:
        pixels: (H, W) in [0, 1].
    """
    rows, columns = pixels.shape
    depth = max(1, round(FRAME_SHARE * min(rows, columns)))
    frame = np.concatenate(
        [
            pixels[:depth].ravel(),
            pixels[-depth:].ravel(),
            pixels[:, :depth].ravel(),
            pixels[:, -depth:].ravel(),
        ]
    )
    # The ends are the image's own: an export need not use its whole range.
    low, high = float(pixels.min()), float(pixels.max())
    if high - low < 0.1:  # blank or nearly so: nothing to turn
        return False
    position = (frame - low) / (high - low)
    white = float(np.mean(position >= 1 - NEAR_END))
    black = float(np.mean(position <= NEAR_END))
    return white >= 0.3 and black <= 0.1


def correct_polarity(image: BreastImage) -> BreastImage:
    """The image bright = dense; turned, with a warning, where its surround was white."""
    if image.modality != "mammogram" or image.is_color or not has_white_surround(image.pixels):
        return image
    source = replace(
        image.source,
        steps=(*image.source.steps, TURNED),
        warnings=(
            *image.source.warnings,
            "The image had a white surround; it was read as an inverted export and turned.",
        ),
    )
    return replace(image, pixels=1.0 - image.pixels, source=source)
