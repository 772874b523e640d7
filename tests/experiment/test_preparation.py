"""What was done to the images is told in words, other words for another config."""

from __future__ import annotations

from dataclasses import replace

from mammoscope.experiment.preparation import describe_preparation
from mammoscope.images.presets import PRESETS


def test_the_presets_in_words() -> None:
    assert describe_preparation(PRESETS["plain"], "mammogram") == "breast only, gray, 256 × 256"
    assert describe_preparation(PRESETS["paper"], "mammogram") == (
        "breast without pectoral muscle, CLAHE (clip 2, tiles 8), pseudo-colour (viridis), "
        "256 × 256"
    )


def test_histology_has_no_breast_to_keep() -> None:
    assert describe_preparation(PRESETS["histology"], "histology").startswith("whole image, ")


def test_two_configs_that_differ_are_told_in_different_words() -> None:
    plain = PRESETS["plain"]
    configs = [
        *PRESETS.values(),
        replace(plain, rows=128),
        replace(plain, margin=0.1),
        replace(plain, low_percentile=2.0),
        replace(plain, mask_dilation=0.0),
        # The preset `regions` is `plain` without the pectoral muscle.
        replace(plain, extractor="texture@1"),
        replace(plain, color="lab"),
    ]
    assert len({describe_preparation(config, "mammogram") for config in configs}) == len(configs)
