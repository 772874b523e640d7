"""What is seen of one image when a data set is examined: how it is read, segmented and gated."""

from __future__ import annotations

from dataclasses import dataclass

from mammoscope.datasets.dataset import Dataset
from mammoscope.images.contact_sheet import RgbPicture, draw_tile
from mammoscope.images.pectoral import find_pectoral
from mammoscope.images.polarity import TURNED
from mammoscope.images.quality import check
from mammoscope.images.segment import BreastRegion, find_breast
from mammoscope.types import BreastImage, DecodeError, Record


@dataclass(frozen=True, slots=True)
class ImageFinding:
    """One image, without anything that could name it but its place in the data set.

    Attributes:
        unreadable: why it could not be decoded; None = it was, and the rest holds.
        format: container that was recognised from the content.
        bits: bits a sample that carried information.
        rows, columns: of the file's own pixels.
        aspect: true height / width of the whole image.
        turned: its surround was white, and it was inverted.
        warnings: of the decoder and the gate.
        refusal: why no model may judge it; None = it may be.
        mask_quality: plausibility of the breast mask in [0, 1]; None of a histology image.
        mask_flaws: what makes the mask implausible, the worst first.
        mask_area: share of the image that the mask covers.
        has_pectoral: whether a pectoral muscle was found.
    """

    unreadable: str | None = None
    format: str = ""
    bits: int = 0
    rows: int = 0
    columns: int = 0
    aspect: float = 0.0
    turned: bool = False
    warnings: tuple[str, ...] = ()
    refusal: str | None = None
    mask_quality: float | None = None
    mask_flaws: tuple[str, ...] = ()
    mask_area: float = 0.0
    has_pectoral: bool = False


def look(dataset: Dataset, record: Record) -> tuple[ImageFinding, RgbPicture | None]:
    """The finding, and a tile with the outlines where a breast is looked for.

    A file that cannot be decoded is a finding here, not an error: an examination says of how many
    files that is so.
    """
    try:
        image = dataset.load(record)
    except DecodeError as error:
        return ImageFinding(unreadable=_nameless(str(error), record)), None
    breast = find_breast(image)
    report = check(image, breast, modality=dataset.task.modality)
    if image.modality != "mammogram":
        return _finding(image, breast, report.reason, report.warnings), None
    pectoral = find_pectoral(image, breast)
    finding = _finding(
        image,
        breast,
        report.reason,
        report.warnings,
        mask_quality=float(breast.quality),
        has_pectoral=pectoral is not None,
    )
    return finding, draw_tile(image, breast, pectoral=pectoral)


def _finding(
    image: BreastImage,
    breast: BreastRegion,
    refusal: str | None,
    warnings: tuple[str, ...],
    *,
    mask_quality: float | None = None,
    has_pectoral: bool = False,
) -> ImageFinding:
    return ImageFinding(
        format=image.source.format,
        bits=image.source.bits,
        rows=image.rows,
        columns=image.columns,
        aspect=image.rows * image.pixel_aspect / image.columns,
        turned=TURNED in image.source.steps,
        warnings=warnings,
        refusal=refusal,
        mask_quality=mask_quality,
        mask_flaws=breast.flaws if mask_quality is not None else (),
        mask_area=breast.area,
        has_pectoral=has_pectoral,
    )


def _nameless(message: str, record: Record) -> str:
    """The message without what a reader of a folder puts in it to find the file."""
    return message.removeprefix(f"{record.path}: ").replace(record.path, "the file")
