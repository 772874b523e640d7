"""Whether a decoded image is one that a model of a modality should judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mammoscope.images.gate import load_gate
from mammoscope.images.gate_features import measure, reduced
from mammoscope.images.gate_stain import measure_stain
from mammoscope.images.polarity import DOUBTFUL_WITHIN, polarity_evidence
from mammoscope.images.segment import PLAUSIBLE_QUALITY, BreastRegion, find_breast
from mammoscope.images.technique import Technique, measure_technique
from mammoscope.types import BreastImage, FloatArray, Modality

MINIMUM_SIDE = 128
# Patches of slides are cut small: those of PatchCamelyon have 96 pixels a side.
MINIMUM_PATCH_SIDE = 64
# Breast share of the image over 2,723 digital mammograms and 258 films: 0.09 to 0.87, but for one
# blank image.
SMALLEST_BREAST = 0.03
LARGEST_BREAST = 0.92
# On those images the surround spreads over at most 0.034 of the range; on crops over 0.08 to 0.2.
WIDEST_SURROUND = 0.06
FEW_PIXELS = 400
# The same images have 150 gray levels and more in the breast, at most 0.018 of it at its
# brightest, and are at most 2.0 times rougher at the 8-pixel grid of JPEG than beside it.
FEWEST_LEVELS, FEW_LEVELS = 12, 48
MOST_CLIPPED, MUCH_CLIPPED = 0.3, 0.06
MUCH_BLOCKED = 2.2

_SEND = "send the original file of one view, as the hospital gave it"
_INVERTED = (
    "the image seems to be inverted (dark where it should be bright), and it could not be turned "
    f"with certainty; expected dense tissue bright on a dark surround; invert it, or {_SEND}"
)
# First word that a feature's name begins with → what was seen.
_SEEN = (
    ("surround", "what lies around the bright part is not dark and even, as air is"),
    ("inside", "the gray levels of the bright part are not those of a breast"),
    ("rim", "the bright part does not fade towards its outline, as a breast does"),
    ("depth", "the bright part does not fade towards its outline, as a breast does"),
    ("fine", "its texture is not that of breast tissue"),
    ("middle", "its texture is not that of breast tissue"),
    ("coarse", "its texture is not that of breast tissue"),
    ("detail", "its texture is not that of breast tissue"),
    ("edge", "it has sharp edges where breast tissue has none"),
    ("axis", "it has straight edges where breast tissue has none"),
)
_SHAPE_SEEN = "its bright part has not the outline of a breast that lies at one side of the image"


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
    warnings = list(image.source.warnings)
    reason = _plain_refusal(image, modality)
    if reason is None and modality == "histology":
        reason = _slide_refusal(image)
    elif reason is None:
        small = reduced(image.pixels)
        reason = _view_refusal(image, breast) or _look_refusal(small, breast)
        if reason is not None and not image.is_color and _is_inverted_view(small):
            reason = _INVERTED
        if reason is None:
            technique, evidence = measure_technique(image, breast), polarity_evidence(small)
            reason = _technique_refusal(technique, evidence)
            warnings += _view_warnings(image, breast, technique, evidence)
    return QualityReport(reason=reason, warnings=tuple(warnings))


def rule_refusal(image: BreastImage, breast: BreastRegion, *, modality: Modality) -> str | None:
    """Why the rules alone refuse an image, without the fitted part; None where they do not."""
    reason = _plain_refusal(image, modality)
    if modality == "histology":
        return reason or (None if image.is_color else _slide_refusal(image))
    reason = reason or _view_refusal(image, breast)
    return reason or _technique_refusal(
        measure_technique(image, breast), polarity_evidence(reduced(image.pixels))
    )


def _plain_refusal(image: BreastImage, modality: Modality) -> str | None:
    if image.modality != modality:
        return f"the image is {image.modality}; this model reads {modality}"
    if image.source.for_processing:
        return (
            "the pixels are FOR PROCESSING (raw detector values); "
            "expected FOR PRESENTATION: export the processed image"
        )
    least = MINIMUM_SIDE if modality == "mammogram" else MINIMUM_PATCH_SIDE
    if min(image.rows, image.columns) < least:
        return (
            f"the image is {image.columns} × {image.rows} pixels; "
            f"expected at least {least} on each side; send it in full size"
        )
    return None


def _slide_refusal(image: BreastImage) -> str | None:
    if not image.is_color:
        return (
            "the image is gray; expected tissue stained with haematoxylin and eosin (H&E), which "
            "is purple and pink; send the slide's picture in colour"
        )
    if load_gate("histology").margin(measure_stain(image)) < 0:
        return (
            "the colours are not those of tissue stained with haematoxylin and eosin (H&E); "
            "expected purple and pink tissue; send a patch of an H&E-stained slide"
        )
    return None


def _view_refusal(image: BreastImage, breast: BreastRegion) -> str | None:
    if image.is_color:
        reason = "the image is in colour; a mammogram is gray"
        if load_gate("histology").margin(measure_stain(image)) >= 0:
            return f"{reason}; its colours are those of an H&E-stained slide: use a histology model"
        return f"{reason}; {_SEND}"
    if breast.area < SMALLEST_BREAST:
        return f"no breast was found in the image; it may be blank; {_SEND}"
    if breast.area > LARGEST_BREAST or breast.surround_spread > WIDEST_SURROUND:
        return (
            "no breast in a flat dark surround was found; "
            f"expected a whole view of one breast, not a crop or another picture; {_SEND}"
        )
    return None


def _look_refusal(pixels: FloatArray, breast: BreastRegion) -> str | None:
    gate, values = load_gate("mammogram"), measure(pixels, breast)
    if gate.margin(values) < 0:
        return (
            f"the image does not look like a mammogram: {_seen(gate.oddest(values))}; "
            "expected one whole breast in a dark, even surround, not a photograph, a page, a "
            f"crop or another examination; {_SEND}"
        )
    return None


def _is_inverted_view(pixels: FloatArray) -> bool:
    """Whether a refused picture, (H, W), would be let through if it were turned."""
    if polarity_evidence(pixels) > -DOUBTFUL_WITHIN:
        return False
    turned = BreastImage(np.float32(1.0) - pixels)
    breast = find_breast(turned)
    return (_view_refusal(turned, breast) or _look_refusal(turned.pixels, breast)) is None


def _seen(feature: str) -> str:
    return next((words for start, words in _SEEN if feature.startswith(start)), _SHAPE_SEEN)


def _technique_refusal(technique: Technique, evidence: float) -> str | None:
    if evidence <= -DOUBTFUL_WITHIN:
        return _INVERTED
    if technique.levels < FEWEST_LEVELS:
        return (
            f"the breast has only {technique.levels} gray levels; expected some hundred, or "
            f"nothing can be seen in it; {_SEND}"
        )
    if technique.clipped > MOST_CLIPPED:
        return (
            f"{technique.clipped:.0%} of the breast is one flat white; expected next to none: "
            "what lies there is lost; send the original file, or export it with a wider window"
        )
    return None


def _view_warnings(
    image: BreastImage, breast: BreastRegion, technique: Technique, evidence: float
) -> Iterator[str]:
    if min(image.rows, image.columns) < FEW_PIXELS:
        yield (
            f"The image is only {image.columns} × {image.rows} pixels: "
            "small signs such as microcalcifications cannot be seen in it."
        )
    if breast.quality < PLAUSIBLE_QUALITY:
        yield (
            "The outline of the breast was not found with certainty: something else may have "
            "been read with it. Look at the outline before you look at the score."
        )
    if abs(evidence) < DOUBTFUL_WITHIN:
        yield "It is not plain whether the image is inverted: dense tissue must be bright in it."
    if FEWEST_LEVELS <= technique.levels < FEW_LEVELS:
        yield f"The breast has only {technique.levels} gray levels: fine differences are lost."
    if MUCH_CLIPPED < technique.clipped <= MOST_CLIPPED:
        yield (
            f"{technique.clipped:.0%} of the breast is one flat white: what lies there is lost. "
            "Export the image with a wider window."
        )
    if technique.blockiness > MUCH_BLOCKED:
        yield (
            "The image was compressed strongly (squares of 8 × 8 pixels can be seen): small "
            "signs may be lost or made up. Use the original file."
        )
