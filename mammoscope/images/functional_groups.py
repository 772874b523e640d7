"""Functional groups (PS3.3 C.7.6.16): where enhanced objects keep what others say at the top."""

from __future__ import annotations

from typing import Any

from mammoscope.images.elements import first_item, third_party

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
GROUP_TAGS = (_SHARED, _PER_FRAME)

# Macro → its elements that are read here, by the names they have at the top of other objects.
_MACROS: dict[str, tuple[str, ...]] = {
    "PixelMeasuresSequence": ("PixelSpacing",),
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    "FrameAnatomySequence": ("FrameLaterality",),
}


def unfold(ds: Any) -> None:
    """Copies the elements of a single frame's groups to the top of `ds`, where it lacks them.

    Raises:
        DecodeError: a group is malformed.
    """
    for groups in (first_item(ds, _PER_FRAME), first_item(ds, _SHARED)):
        for sequence, keywords in _MACROS.items() if groups is not None else ():
            macro = first_item(groups, sequence)
            with third_party(f"the DICOM's {sequence} is malformed; export the file again"):
                for keyword in keywords if macro is not None else ():
                    if keyword in macro and keyword not in ds:
                        ds[keyword] = macro[keyword]
