"""The gate refuses what a model should not judge, says why, and warns of what it lets through."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.quality import QualityReport, check, rule_refusal
from mammoscope.images.segment import PLAUSIBLE_QUALITY, find_breast
from mammoscope.types import BreastImage, FloatArray, Modality, Source

NOISE = np.random.default_rng(0)
PHANTOM = make_phantom(2, laterality="L", view="CC", config=PhantomConfig()).image


def report(image: BreastImage, modality: Modality = "mammogram") -> QualityReport:
    return check(image, find_breast(image), modality=modality)


def slide(seed: int, side: int = 96) -> BreastImage:
    """A patch painted by two stains of Macenko's reference optical densities (ISBI 2009)."""
    rng = np.random.default_rng(seed)
    eosin = 0.2 + 0.3 * cv2.GaussianBlur(rng.random((side, side)), (0, 0), 4)
    nuclei = (cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), 4) > 0.05).astype(np.float64)
    density = eosin[:, :, None] * np.array([0.2159, 0.8012, 0.5581]) + (0.05 + 0.5 * nuclei)[
        :, :, None
    ] * np.array([0.5626, 0.7201, 0.4062])
    return BreastImage((10.0**-density).astype(np.float32), "histology")


@pytest.mark.parametrize("seed", range(24))
def test_no_phantom_is_refused(seed: int) -> None:
    side, view = ("L", "R")[seed % 2], ("CC", "MLO")[seed // 2 % 2]
    config = PhantomConfig(
        rows=(200, 640, 1000)[seed % 3],
        columns=(180, 512, 700)[seed % 3],
        contrast=(0.2, 1.0, 3.0)[seed // 3 % 3],
        noise=(0.0, 0.02, 0.1)[seed // 9 % 3],
    )
    found = report(make_phantom(seed, laterality=side, view=view, config=config).image)
    assert found.reason is None


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (BreastImage(np.zeros((600, 500), np.float32)), "blank"),
        (BreastImage(np.ones((600, 500), np.float32)), "blank"),
        (BreastImage(PHANTOM.pixels[200:400, 60:200].copy()), "not a crop"),
        (BreastImage(NOISE.random((600, 500, 3), dtype=np.float32)), "colour"),
        (BreastImage(PHANTOM.pixels[:100, :100]), "pixels"),
        (replace(PHANTOM, source=Source("dicom", 12, for_processing=True)), "FOR PROCESSING"),
        (replace(PHANTOM, modality="histology"), "histology"),
        (BreastImage(np.float32(1) - PHANTOM.pixels), "invert"),
        (BreastImage(np.floor(PHANTOM.pixels * 8) / np.float32(8)), "gray levels"),
        (BreastImage(np.minimum(PHANTOM.pixels * 4, 1)), "flat white"),
        (BreastImage(slide(0, 300).pixels), "histology model"),
    ],
)
def test_what_cannot_be_assessed_is_refused_with_its_reason(image: BreastImage, words: str) -> None:
    found = report(image).reason
    assert found is not None and words in found


def test_every_refusal_says_what_to_do() -> None:
    for image in (
        BreastImage(np.zeros((600, 500), np.float32)),
        BreastImage(PHANTOM.pixels[200:400, 60:200].copy()),
        BreastImage(NOISE.random((600, 500, 3), dtype=np.float32)),
        BreastImage(PHANTOM.pixels[:100, :100]),
    ):
        assert "; send " in (report(image).reason or "")


def test_a_small_image_is_assessed_with_a_warning() -> None:
    image = make_phantom(
        2, laterality="L", view="CC", config=PhantomConfig(rows=320, columns=256)
    ).image
    found = report(image)
    assert found.reason is None and "256 × 320" in found.warnings[-1]


def saved(pixels: FloatArray, quality: int) -> BreastImage:
    levels = np.rint(pixels * 255).astype(np.uint8)
    data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    read = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return BreastImage((read / np.float32(255)).astype(np.float32))


def test_strong_compression_is_warned_of_and_weak_is_not() -> None:
    strong, weak = report(saved(PHANTOM.pixels, 5)), report(saved(PHANTOM.pixels, 95))
    assert strong.reason is None and weak.reason is None
    assert any("compressed" in warning for warning in strong.warnings)
    assert not any("compressed" in warning for warning in weak.warnings)


def test_few_gray_levels_are_warned_of() -> None:
    found = report(BreastImage(np.floor(PHANTOM.pixels * 24) / np.float32(24)))
    assert found.reason is None and any("gray levels" in warning for warning in found.warnings)


def test_an_outline_that_is_not_plausible_is_warned_of() -> None:
    breast = replace(find_breast(PHANTOM), quality=PLAUSIBLE_QUALITY / 2)
    found = check(PHANTOM, breast, modality="mammogram")
    assert found.reason is None and "outline" in found.warnings[0]


def test_warnings_of_the_decoder_come_first() -> None:
    image = replace(PHANTOM, source=Source("png", 8, warnings=("seen before",)))
    assert report(image).warnings[0] == "seen before"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("side", [64, 96, 400])
def test_a_stained_patch_is_let_to_a_histology_model(seed: int, side: int) -> None:
    assert report(slide(seed, side), "histology").reason is None


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (PHANTOM.pixels, "gray"),
        (NOISE.random((300, 300, 3), dtype=np.float32), "purple and pink"),
        (np.stack([PHANTOM.pixels * np.float32(k) for k in (0.2, 1, 0.3)], -1), "purple and pink"),
        (slide(0).pixels[:50], "64"),
    ],
)
def test_what_is_no_slide_is_refused_by_a_histology_model(pixels: FloatArray, words: str) -> None:
    found = report(BreastImage(pixels, "histology"), "histology").reason
    assert found is not None and words in found


def test_the_rules_alone_refuse_no_more_than_the_whole_gate() -> None:
    for image in (PHANTOM, BreastImage(np.zeros((600, 500), np.float32))):
        by_rule = rule_refusal(image, find_breast(image), modality="mammogram")
        assert (by_rule is not None) <= (report(image).reason is not None)
