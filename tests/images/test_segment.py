"""The breast is found, and labels, borders and blank films are not taken for it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.segment import PLAUSIBLE_QUALITY, find_breast
from mammoscope.types import BreastImage


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("view", ["CC", "MLO"])
@pytest.mark.parametrize("size", [(160, 128), (640, 512), (1200, 900)])
def test_the_mask_of_a_phantom_covers_the_drawn_breast(
    laterality: str, view: str, size: tuple[int, int]
) -> None:
    config = PhantomConfig(rows=size[0], columns=size[1])
    phantom = make_phantom(4, laterality=laterality, view=view, config=config)
    region = find_breast(phantom.image)
    found = cv2.resize(region.mask.astype(np.uint8), size[::-1]) > 0
    overlap = (found & phantom.mask).sum() / (found | phantom.mask).sum()
    assert overlap > 0.9
    assert region.area == pytest.approx(phantom.mask.mean(), rel=0.1)
    assert region.chest_wall_right == (laterality == "R")


def test_the_box_holds_the_breast_and_not_the_label() -> None:
    phantom = make_phantom(4, laterality="L", view="CC", config=PhantomConfig())
    top, left, bottom, right = find_breast(phantom.image).box
    rows = np.flatnonzero(phantom.mask.any(axis=1))
    columns = np.flatnonzero(phantom.mask.any(axis=0))
    # The nipple and the thin skin line may lie a little outside.
    assert abs(top - rows[0]) < 25 and abs(bottom - rows[-1]) < 25
    assert left == 0 and abs(right - columns[-1]) < 25


def test_a_scanner_border_and_a_tape_label_are_not_breast() -> None:
    phantom = make_phantom(4, laterality="L", view="MLO", config=PhantomConfig(label=False))
    pixels = phantom.pixels.copy()
    pixels[:, -12:] = 1.0
    pixels[30:90, 400:470] = 0.95
    clean = find_breast(phantom.image)
    dirty = find_breast(BreastImage(pixels))
    assert dirty.area == pytest.approx(clean.area, rel=0.05)
    assert abs(dirty.box[3] - clean.box[3]) < 15


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_blank_image_has_no_breast(level: float) -> None:
    region = find_breast(BreastImage(np.full((300, 200), level, np.float32)))
    assert region.area == 0.0
    assert region.box == (0, 0, 300, 200)


def test_a_colour_image_and_a_tiny_one_do_not_crash() -> None:
    rng = np.random.default_rng(0)
    find_breast(BreastImage(rng.random((40, 30, 3), dtype=np.float32)))
    find_breast(BreastImage(rng.random((1, 1), dtype=np.float32)))
    find_breast(BreastImage(rng.random((3, 900), dtype=np.float32)))


@pytest.mark.parametrize("view", ["CC", "MLO"])
@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_mask_is_the_same_at_another_resolution(view: str, factor: float) -> None:
    pixels = make_phantom(4, laterality="L", view=view, config=PhantomConfig()).pixels
    shape = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    scaled = np.clip(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA), 0, 1)
    first, other = find_breast(BreastImage(pixels)).mask, find_breast(BreastImage(scaled)).mask
    assert first.shape == other.shape
    assert (first & other).sum() / (first | other).sum() > 0.98


@pytest.mark.parametrize("view", ["CC", "MLO"])
@pytest.mark.parametrize("seed", range(5))
def test_the_mask_of_a_phantom_is_plausible(view: str, seed: int) -> None:
    region = find_breast(
        make_phantom(seed, laterality="R", view=view, config=PhantomConfig()).image
    )
    assert region.quality >= PLAUSIBLE_QUALITY and region.flaws == ()


def test_a_blank_image_has_the_quality_zero_and_says_why() -> None:
    region = find_breast(BreastImage(np.zeros((300, 200), np.float32)))
    assert region.quality == 0.0 and region.flaws == ("area",)


def test_each_flaw_is_named() -> None:
    rows, columns = np.mgrid[0:300, 0:256]
    bay = ((columns < 60) | (rows < 60)).astype(np.float32)
    band = ((rows > 80) & (rows < 220)).astype(np.float32)
    disc = (np.hypot(rows - 150, columns) < 110).astype(np.float32)
    sloping = np.maximum(disc, (0.2 * columns / 256).astype(np.float32))
    full = np.where(columns < 254, 1.0, 0.0).astype(np.float32)
    for pixels, flaw in ((bay, "outline"), (band, "side"), (sloping, "surround"), (full, "area")):
        region = find_breast(BreastImage(pixels))
        assert flaw in region.flaws and region.quality < PLAUSIBLE_QUALITY, flaw
    assert find_breast(BreastImage(disc)).flaws == ()


@pytest.mark.parametrize("upside_down", [False, True])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("label", [0.0, 0.95])
def test_a_faint_strip_along_the_edge_and_the_label_it_leads_to_are_not_breast(
    label: float, mirrored: bool, upside_down: bool
) -> None:
    config = PhantomConfig(rows=640, columns=512, label=False)
    # Cut at the top, so that the edge crosses the breast as it does in an oblique view.
    clean = make_phantom(4, laterality="L", view="MLO", config=config).pixels[40:]
    fogged = clean.copy()
    fogged[:6] = np.maximum(fogged[:6], 0.3)
    fogged[:90, 420:480] = np.maximum(fogged[:90, 420:480], label)
    turned = tuple(axis for axis, turns in enumerate((upside_down, mirrored)) if turns)
    expected = find_breast(BreastImage(np.ascontiguousarray(np.flip(clean, turned)))).mask
    region = find_breast(BreastImage(np.ascontiguousarray(np.flip(fogged, turned))))
    # Seen the right way round: the corner of the label, from column 400 of 512 on.
    beside = np.flip(region.mask, turned)[:, region.mask.shape[1] * 400 // 512 :]
    assert not beside.any()
    assert (expected & region.mask).sum() / (expected | region.mask).sum() > 0.98
    assert region.quality >= PLAUSIBLE_QUALITY


@pytest.mark.parametrize("turns", [(1, 1), (-1, 1), (1, -1), (-1, -1)])
@pytest.mark.parametrize("center", [-100, 0, 60])
def test_a_breast_cut_by_the_edge_keeps_its_corner(turns: tuple[int, int], center: int) -> None:
    rows, columns = np.mgrid[0:256, 0:256]
    drawn = (np.hypot(rows - center, columns) < 170)[:: turns[0], :: turns[1]]
    mask = find_breast(BreastImage(np.where(drawn, 0.6, 0.0).astype(np.float32))).mask
    edge = 0 if turns[0] == 1 else -1
    assert abs(int(mask[edge].sum()) - int(drawn[edge].sum())) <= 2
    assert (mask & drawn).sum() / (mask | drawn).sum() > 0.99


def test_a_breast_thinner_than_the_opening_is_kept() -> None:
    pixels = np.zeros((256, 256), np.float32)
    pixels[:10, :200] = 0.6
    assert find_breast(BreastImage(pixels)).mask[:9, :190].all()
