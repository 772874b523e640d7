"""Whether a decoded image is one that a mammogram model should judge."""

from __future__ import annotations

from dataclasses import dataclass

from mammoscope.images.segment import BreastRegion
from mammoscope.types import BreastImage, Modality

MINIMUM_SIDE = 128
# Breast share of the image over 2,723 digital mammograms and 258 films: 0.09 to 0.87, but for one
# blank image.
SMALLEST_BREAST = 0.03
LARGEST_BREAST = 0.92
# On those images the surround spreads over at most 0.034 of the range; on crops over 0.08 to 0.2.
WIDEST_SURROUND = 0.06
FEW_PIXELS = 400


@dataclass(frozen=True, slots=True)
class QualityReport:
    """Why an image cannot be assessed (None = it can), and what to warn of."""

    reason: str | None
    warnings: tuple[str, ...] = ()


def check(image: BreastImage, breast: BreastRegion, *, modality: Modality) -> QualityReport:
    """The gate before a model of the given modality.

    Args:
        image: as decoded.
        breast: `find_breast(image)`.
        modality: what the model was trained on.
    """
    return QualityReport(
        reason=_refusal(image, breast, modality), warnings=_warnings(image, modality)
    )


def _refusal(image: BreastImage, breast: BreastRegion, modality: Modality) -> str | None:
    if image.modality != modality:
        return f"the image is {image.modality}; this model reads {modality}"
    if image.source.for_processing:
        return (
            "the pixels are FOR PROCESSING (raw detector values); "
            "expected FOR PRESENTATION: export the processed image"
        )
    if min(image.rows, image.columns) < MINIMUM_SIDE:
        return (
            f"the image is {image.columns} × {image.rows} pixels; "
            f"expected at least {MINIMUM_SIDE} on each side"
        )
    if modality != "mammogram":
        return None
    if image.is_color:
        return "the image is in colour; a mammogram is gray"
    if breast.area < SMALLEST_BREAST:
        return "no breast was found in the image; it may be blank"
    if breast.area > LARGEST_BREAST or breast.surround_spread > WIDEST_SURROUND:
        return (
            "no breast in a flat dark surround was found; "
            "expected a whole view of one breast, not a crop or another picture"
        )
    return None


def _warnings(image: BreastImage, modality: Modality) -> tuple[str, ...]:
    found = list(image.source.warnings)
    if modality == "mammogram" and min(image.rows, image.columns) < FEW_PIXELS:
        found.append(
            f"The image is only {image.columns} × {image.rows} pixels: "
            "small signs such as microcalcifications cannot be seen in it."
        )
    return tuple(found)
