"""The fitted part of the gate: its coefficients, its features, and what it tells apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mammoscope.datasets import rsna
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.decode import decode
from mammoscope.images.gate import FARTHEST, FILE, Gate, load_gate
from mammoscope.images.gate_features import FEATURES, measure, thumbnail
from mammoscope.images.gate_stain import STAIN_FEATURES, measure_stain
from mammoscope.images.quality import check
from mammoscope.images.segment import find_breast
from mammoscope.types import BreastImage, FloatArray, ModelIntegrityError

PHANTOM = make_phantom(4, laterality="L", view="MLO", config=PhantomConfig()).image
SMALL: dict[str, Any] = {
    "features": ["a", "b"],
    "mean": [1.0, 0.0],
    "scale": [2.0, 1.0],
    "linear": [1.0, 0.0],
    "square": [0.0, -1.0],
    "intercept": 3.0,
    "threshold": 1.0,
}


def measured(pixels: FloatArray) -> dict[str, float]:
    image = BreastImage(np.ascontiguousarray(pixels, dtype=np.float32))
    return dict(zip(FEATURES, measure(image.pixels, find_breast(image)), strict=True))


def test_the_margin_is_the_logit_less_the_threshold() -> None:
    gate = Gate.from_values(SMALL)
    # d = (5 - 1) / 2 = 2 and -1.5: 3 + 2 - 1.5² - 1
    assert gate.margin(np.array([5.0, -1.5])) == pytest.approx(1.75)
    assert gate.oddest(np.array([5.0, -1.5])) == "b"
    assert gate.oddest(np.array([-9.0, 0.5])) == "a"


def test_one_feature_far_away_counts_no_more_than_the_farthest_allowed() -> None:
    gate = Gate.from_values(SMALL)
    assert gate.margin(np.array([1.0, 1e9])) == pytest.approx(3 - FARTHEST**2 - 1)


@pytest.mark.parametrize(
    "broken",
    [
        {"mean": [1.0]},
        {"scale": ["x", "y"]},
        {"square": [0.0, float("nan")]},
        {"threshold": None},
    ],
)
def test_broken_coefficients_are_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ModelIntegrityError, match="coefficients"):
        Gate.from_values({**SMALL, **broken})


def test_absent_coefficients_are_refused() -> None:
    with pytest.raises(ModelIntegrityError, match="threshold"):
        Gate.from_values({name: SMALL[name] for name in SMALL if name != "threshold"})


def test_the_package_s_coefficients_are_of_the_features_that_are_measured() -> None:
    assert load_gate("mammogram").features == tuple(FEATURES)
    assert load_gate("histology").features == tuple(STAIN_FEATURES)
    for gate in json.loads(FILE.read_text(encoding="utf-8")).values():
        assert any(gate["linear"]) and any(gate["square"])


def test_features_of_a_drawn_half_ellipse_are_those_of_geometry() -> None:
    rows, columns = 400, 300
    canvas = np.zeros((rows, columns), np.uint8)
    cv2.ellipse(canvas, (0, 200), (200, 150), 0, 0, 360, 200, -1)
    found = measured(canvas / np.float32(255))
    assert found["area"] == pytest.approx(np.pi * 200 * 150 / 2 / (rows * columns), rel=0.05)
    assert found["box_height"] == pytest.approx(300 / 400, abs=0.03)
    assert found["box_width"] == pytest.approx(200 / 300, abs=0.03)
    assert found["box_fill"] == pytest.approx(np.pi / 4, abs=0.05)
    assert found["solidity"] > 0.95 and found["widths"] == pytest.approx(1.0, abs=0.1)
    assert found["wall_contact"] > 0.9 and found["far_contact"] < 0.4
    assert found["surround_level"] == 0 and found["surround_edges"] == 0


def test_a_mirrored_image_has_the_same_features() -> None:
    plain, mirrored = measured(PHANTOM.pixels), measured(PHANTOM.pixels[:, ::-1])
    for name in FEATURES:
        # The left edge of the thumbnail may hold what the right one leaves out.
        assert mirrored[name] == pytest.approx(plain[name], abs=0.05, rel=0.1), name


def test_neither_size_nor_brightness_moves_the_features_far() -> None:
    gate = load_gate("mammogram")
    large = make_phantom(
        4, laterality="L", view="MLO", config=PhantomConfig(rows=1280, columns=1024, noise=0.0)
    ).image.pixels
    half = cv2.resize(large, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    plain = np.array(list(measured(large).values()))
    for other in (half, large / np.float32(16)):
        moved = np.array(list(measured(np.clip(other, 0, 1)).values())) - plain
        assert np.abs(moved / gate.scale).max() < 1.0


@pytest.mark.parametrize("shape", [(128, 128), (600, 130), (131, 4000), (2777, 2083)])
def test_features_of_any_picture_are_finite(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for pixels in (rng.random(shape, dtype=np.float32), np.eye(*shape, dtype=np.float32)):
        image = BreastImage(pixels)
        breast = find_breast(image)
        if breast.area > 0:
            assert np.isfinite(measure(image.pixels, breast)).all()
    assert max(thumbnail(rng.random(shape, dtype=np.float32)).shape) == 128


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_features_of_a_blank_slide_are_finite(level: float) -> None:
    image = BreastImage(np.full((96, 96, 3), level, np.float32), "histology")
    assert np.isfinite(measure_stain(image)).all()


def test_of_real_mammograms_hardly_one_is_refused(shared: Path) -> None:
    dataset = rsna.read(shared / "data" / "rsna")
    chosen = dataset.records[::27]
    images = [dataset.load(record) for record in chosen]
    refused = [check(one, find_breast(one), modality="mammogram").reason for one in images]
    assert len(images) > 100 and sum(reason is not None for reason in refused) <= 1


def test_of_real_slides_hardly_one_is_refused_by_histology_and_all_by_mammograms(
    shared: Path,
) -> None:
    files = sorted((shared / "data" / "pcam" / "test").glob("*/*.jpg"))[::20]
    images = [decode(file.read_bytes(), modality="histology") for file in files]
    reasons = [check(one, find_breast(one), modality="histology").reason for one in images]
    assert len(images) >= 30 and sum(reason is not None for reason in reasons) <= 1
    for image in images:
        taken = BreastImage(image.pixels)
        assert check(taken, find_breast(taken), modality="mammogram").reason is not None


def page() -> FloatArray:
    canvas = np.zeros((800, 600), np.uint8)
    for y in range(60, 760, 30):
        cv2.putText(canvas, "a page of plain words, line by", (30, y), 0, 1.0, 255, 2)
    return canvas / np.float32(255)


def disc() -> FloatArray:
    canvas = np.zeros((500, 500), np.uint8)
    cv2.circle(canvas, (250, 250), 180, 160, -1)
    grain = np.random.default_rng(1).normal(0, 0.04, canvas.shape)
    return np.clip(canvas / 255 + grain * (canvas > 0), 0, 1).astype(np.float32)


def on_black() -> FloatArray:
    canvas = np.zeros((500, 700), np.float32)
    canvas[100:400, 150:500] = 0.3 + 0.7 * np.random.default_rng(2).random((300, 350))
    return canvas


@pytest.mark.parametrize("draw", [page, disc, on_black])
def test_pictures_that_pass_no_rule_for_a_breast_are_refused_in_plain_words(draw: Any) -> None:
    image = BreastImage(np.ascontiguousarray(draw(), dtype=np.float32))
    found = check(image, find_breast(image), modality="mammogram").reason
    assert found is not None and "send the original file" in found
