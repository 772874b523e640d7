"""What a DICOM header says of the picture: side, view, spacing, and what a reader must be told."""

from __future__ import annotations

import re
from typing import Any

from mammoscope.images.elements import first_item, numbers_of, text
from mammoscope.types import Laterality

ACQUISITION_TAGS = (
    "ImageLaterality", "Laterality", "FrameLaterality", "ViewPosition", "ViewCodeSequence",
    "PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio", "BurnedInAnnotation",
    "RecognizableVisualFeatures",
)  # fmt: skip

# A closed set: ViewPosition is free text in some archives, and a surname looks like a code.
VIEWS = frozenset(
    {"CC", "MLO", "ML", "LM", "LMO", "FB", "SIO", "ISO", "XCC", "XCCL", "XCCM", "AT", "CV", "TAN"}
)
# PS3.16 CID 4014: SNOMED CT code, the older SNOMED RT code, meaning (letters only).
_VIEW_CODES: dict[str, str] = {
    name: view
    for view, names in {
        "CC": "399162004 R-10242 craniocaudal",
        "MLO": "399368009 R-10226 mediolateraloblique",
        "ML": "399260004 R-10224 mediolateral mediallateral",
        "LM": "399352003 R-10228 lateromedial",
        "LMO": "399099002 R-10230 lateromedialoblique",
        "FB": "399196006 R-10244 caudocranial",
        "SIO": "399188001 R-102D0 superolateraltoinferomedialoblique",
        "ISO": "441555000 R-40AAA inferomedialtosuperolateraloblique",
        "XCCL": "399192008 R-1024A craniocaudalexaggeratedlaterally",
        "XCCM": "399101009 R-1024B craniocaudalexaggeratedmedially",
    }.items()
    for name in names.split()
}


def spacing(ds: Any, notes: list[str]) -> tuple[tuple[float, float] | None, float]:
    """(row, column) millimetres between pixel centres if known, and pixel height / width."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        numbers = numbers_of(ds, keyword)
        if len(numbers) == 2 and min(numbers) > 0.0:
            return (numbers[0], numbers[1]), numbers[0] / numbers[1]
        if numbers:
            notes.append(f"{keyword} is not two positive numbers and was ignored")
    # PS3.3 C.7.6.3.1.7: vertical, then horizontal size.
    numbers = numbers_of(ds, "PixelAspectRatio")
    if len(numbers) == 2 and min(numbers) > 0.0:
        return None, numbers[0] / numbers[1]
    return None, 1.0


def laterality(ds: Any, notes: list[str]) -> Laterality | None:
    """The side that the header gives the image; never guessed."""
    image = text(ds, "ImageLaterality") or text(ds, "FrameLaterality")
    series = text(ds, "Laterality")
    if {image, series} == {"L", "R"}:
        notes.append("ImageLaterality and Laterality disagree; the image's was taken")
    # An image that says "both" or nonsense is not overruled by its series.
    side = image or series
    return "L" if side == "L" else "R" if side == "R" else None


def view(ds: Any) -> str | None:
    """The view's code string (PS3.16 CID 4014), of those that are known."""
    position = text(ds, "ViewPosition")
    if position:
        return position if position in VIEWS else None
    item = first_item(ds, "ViewCodeSequence")
    if item is None:
        return None
    meaning = re.sub(r"[^a-z]", "", text(item, "CodeMeaning").lower())
    return _VIEW_CODES.get(text(item, "CodeValue")) or _VIEW_CODES.get(meaning)


def identifying(ds: Any) -> list[str]:
    """Warnings of what the pixels themselves may give away (PS3.3 table C.7-9)."""
    told = {
        "BurnedInAnnotation": "The header says that text is burned into the image; "
        "it may identify the person.",
        "RecognizableVisualFeatures": "The header says that the image shows features by which "
        "the person could be recognised.",
    }
    return [warning for keyword, warning in told.items() if text(ds, keyword) == "YES"]
