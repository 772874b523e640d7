"""A contact sheet shows every tile with its outline and its caption, in order."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.contact_sheet import (
    CAPTION_ROWS,
    PECTORAL_COLOR,
    draw_contact_sheet,
    draw_tile,
)
from mammoscope.images.pectoral import find_pectoral
from mammoscope.images.segment import find_breast
from mammoscope.images.stages import OUTLINE_COLOR
from mammoscope.types import BreastImage


def has_color(picture: np.ndarray, color: tuple[int, int, int]) -> bool:
    return bool((picture == np.array(color)).all(axis=2).any())


def test_a_tile_shows_both_outlines_in_their_colours() -> None:
    image = make_phantom(2, laterality="L", view="MLO", config=PhantomConfig()).image
    breast = find_breast(image)
    plain = draw_tile(image)
    both = draw_tile(image, breast, pectoral=find_pectoral(image, breast), side=128)
    assert plain.shape == (256, 256, 3) and plain.dtype == np.uint8
    assert not has_color(plain, OUTLINE_COLOR)
    assert both.shape == (128, 128, 3)
    assert has_color(both, OUTLINE_COLOR) and has_color(both, PECTORAL_COLOR)


def test_a_tile_keeps_true_proportions() -> None:
    image = BreastImage(np.ones((100, 100), np.float32), pixel_aspect=2.0)
    tile = draw_tile(image, side=64)
    assert (tile[:, 16:48] == 255).all() and (tile[:, :16] == 0).all()


def test_a_sheet_puts_tiles_row_by_row_each_with_its_caption() -> None:
    tiles = [np.full((40, 40, 3), 10 * (k + 1), np.uint8) for k in range(3)]
    sheet = draw_contact_sheet(tiles, ["1", "", "3"], columns=2)
    assert sheet[5, 5, 0] == 10 and sheet[5, 50, 0] == 20
    below = 40 + CAPTION_ROWS
    assert (sheet[40:below, :40] > 0).any() and not (sheet[40:below, 44:84] > 0).any()
    assert sheet[below + 10, 5, 0] == 30 and sheet[below + 10, 50, 0] == 0


def test_a_long_caption_stays_under_its_own_tile() -> None:
    tiles = [np.zeros((40, 40, 3), np.uint8)] * 2
    sheet = draw_contact_sheet(tiles, ["0.123456789 0.123456789", ""])
    assert (sheet[:, :40] > 0).any() and not (sheet[:, 40:] > 0).any()


def test_what_does_not_fit_together_is_refused() -> None:
    tile = np.zeros((40, 40, 3), np.uint8)
    for tiles, captions in (([], []), ([tile], []), ([tile, tile[:20]], ["", ""])):
        with pytest.raises(ValueError, match="expected tiles of one size"):
            draw_contact_sheet(tiles, captions)
