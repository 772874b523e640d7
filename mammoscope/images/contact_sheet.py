"""Many small pictures with their outlines on one sheet, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.pectoral import PectoralMuscle
from mammoscope.images.segment import BreastRegion
from mammoscope.images.stages import OUTLINE_COLOR
from mammoscope.types import BreastImage

RgbPicture = NDArray[np.uint8]

# Okabe and Ito's vermilion, which stays apart from the sky blue of the breast for every eye.
PECTORAL_COLOR = (213, 94, 0)
CAPTION_COLOR = (255, 255, 255)
CAPTION_ROWS = 20
_GAP = 4
_OUTLINE = 1


def draw_tile(
    image: BreastImage,
    breast: BreastRegion | None = None,
    *,
    pectoral: PectoralMuscle | None = None,
    side: int = 256,
) -> RgbPicture:
    """The whole image in true proportions with what was found in it; uint8 (side, side, 3).

    Args:
        image: as decoded.
        breast: outlined in sky blue; None or an empty mask draws no outline.
        pectoral: outlined in vermilion.
        side: height and width of the tile in pixels; the picture is centred on black.
    """
    height, width = image.rows * image.pixel_aspect, float(image.columns)
    scale = side / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    shrinks = rows < image.rows and columns < image.columns
    drawn = cv2.resize(
        image.pixels, (columns, rows), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    picture = np.rint(np.clip(drawn, 0.0, 1.0) * 255).astype(np.uint8)
    if picture.ndim == 2:
        picture = np.repeat(picture[:, :, np.newaxis], 3, axis=2)
    if breast is not None and breast.area > 0.0:
        _outline(picture, breast.mask, OUTLINE_COLOR)
    if pectoral is not None:
        _outline(picture, pectoral.mask, PECTORAL_COLOR)
    tile = np.zeros((side, side, 3), dtype=np.uint8)
    top, left = (side - rows) // 2, (side - columns) // 2
    tile[top : top + rows, left : left + columns] = picture
    return tile


def draw_contact_sheet(
    tiles: Sequence[RgbPicture], captions: Sequence[str], *, columns: int = 5
) -> RgbPicture:
    """The tiles row by row, each above its caption; uint8 (H, W, 3).

    A caption says what the caller gives and nothing else: an index and a quality are fit for a
    report, a file name is not.

    Args:
        tiles: uint8 (side, side, 3), all of one size, as `draw_tile` makes them.
        captions: one a tile, ASCII; what is wider than the tile is cut off.
        columns: how many tiles stand side by side.

    Raises:
        ValueError: no tiles, tiles of several sizes, or not one caption a tile.
    """
    shapes = {tile.shape for tile in tiles}
    if len(shapes) != 1 or len(captions) != len(tiles) or columns < 1:
        raise ValueError(
            f"{len(tiles)} tiles of {len(shapes)} sizes, {len(captions)} captions, {columns} "
            "columns; expected tiles of one size, a caption each, and at least one column"
        )
    (height, width, _), rows = tiles[0].shape, -(-len(tiles) // columns)
    used = min(columns, len(tiles))
    step_down, step_across = height + CAPTION_ROWS + _GAP, width + _GAP
    sheet = np.zeros((rows * step_down, used * step_across, 3), dtype=np.uint8)
    for index, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        top, left = index // columns * step_down, index % columns * step_across
        sheet[top : top + height, left : left + width] = tile
        cv2.putText(
            # A view of the caption's own strip, so that a long one stays out of the next tile.
            sheet[top + height : top + height + CAPTION_ROWS, left : left + width],
            caption,
            (2, CAPTION_ROWS - 6),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.4,
            CAPTION_COLOR,
            1,
            cv2.LINE_AA,
        )
    return sheet


def _outline(picture: RgbPicture, mask: NDArray[np.bool_], color: tuple[int, int, int]) -> None:
    rows, columns = picture.shape[:2]
    grown = cv2.resize(mask.astype(np.float32), (columns, rows), interpolation=cv2.INTER_LINEAR)
    inside = (np.asarray(grown) >= 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, contours, -1, color, thickness=_OUTLINE)
