"""A DICOM header → what `confidentiality_profile` lets through, and what became of the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pydicom import uid
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

from mammoscope.images import confidentiality_profile as profile
from mammoscope.images.elements import third_party
from mammoscope.images.pseudonyms import Pseudonyms
from mammoscope.types import DecodeError

Action = Literal["removed", "emptied", "replaced", "cleaned"]

# DS and IS of PS3.5 table 6.2-1, without the spaces around.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ORIENTATION = re.compile(r"[APRLHF]{1,3}")
_MOST_VALUES = 32
_LONGEST_LABEL = 64  # characters of LO
_MOST_US_ENTRIES = 0x7FFF  # the length of a US element has 16 bits
_PIXEL_DATA = Tag("PixelData")
_NEW_META = frozenset({
    "FileMetaInformationGroupLength", "FileMetaInformationVersion", "ImplementationClassUID",
    "ImplementationVersionName", "MediaStorageSOPClassUID", "TransferSyntaxUID",
})  # fmt: skip
_UNLISTED = "not on the list of what may be kept"
_UNFIT = "not a value of the kind that is kept"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of an attribute; never what stood in it.

    Attributes:
        tag: such as "(0010,0010)".
        keyword: of the DICOM dictionary; "" for private and unknown attributes.
        within: the item that it stood in, such as "SourceImageSequence[0]"; "" at the top.
        action: removed; emptied; replaced by a pseudonym, by another UID or by the standard's own
            words; cleaned of words that are not in the vocabulary.
        reason: why.
    """

    tag: str
    keyword: str
    within: str
    action: Action
    reason: str


class _UnfitError(Exception):
    """The value is not of the kind that is kept."""


@dataclass(slots=True)
class _Item:
    """What is kept of one data set, the top or an item of a sequence."""

    pseudonyms: Pseudonyms
    signed: bool
    order: Literal["<", ">"]
    changes: list[Change]
    within: str = ""
    kept: Dataset = field(default_factory=Dataset)

    def note(self, tag: BaseTag, action: Action, reason: str) -> None:
        keyword = "" if tag.is_private else keyword_for_tag(tag)
        name = f"({tag.group:04X},{tag.element:04X})"
        self.changes.append(Change(name, keyword, self.within, action, reason))

    def put(self, keyword: str, value: Any, vr: str | None = None) -> None:
        self.kept.add_new(Tag(keyword), vr or dictionary_VR(keyword), value)

    def inner(self, keyword: str, index: int) -> _Item:
        place = f"{self.within}." if self.within else ""
        within = f"{place}{keyword}[{index}]"
        return _Item(self.pseudonyms, self.signed, self.order, self.changes, within)


def clean_header(ds: Any, pseudonyms: Pseudonyms) -> tuple[Dataset, list[Change]]:
    """What may be kept of a data set, without its pixels, and what became of the rest.

    Nothing of the given data set is in the result but values that were looked at: numbers, code
    strings of a closed set, words of a closed set.

    Args:
        ds: the whole data set; it is not changed.
        pseudonyms: gives the new UIDs and what stands for the patient.

    Raises:
        DecodeError: the data set cannot be taken apart.
    """
    with third_party("the DICOM's pixel representation is malformed; export the file again"):
        signed = ds.get("PixelRepresentation", 0) == 1
    top = _Item(pseudonyms, signed, ">" if ds.original_encoding[1] is False else "<", [])
    _clean(ds, top, _TOP)
    for keyword in profile.ALWAYS_THERE:
        if keyword not in top.kept:
            top.put(keyword, None)
    return top.kept, top.changes


def meta_changes(ds: Any) -> list[Change]:
    """What becomes of the preamble and the file meta group, which are written anew."""
    changes = []
    if (getattr(ds, "preamble", None) or b"").strip(b"\0"):
        changes.append(Change("preamble", "", "", "removed", "written anew"))
    for tag in sorted(getattr(ds, "file_meta", {}).keys()):
        name, keyword = f"({tag.group:04X},{tag.element:04X})", keyword_for_tag(tag)
        if keyword == "MediaStorageSOPInstanceUID":
            changes.append(Change(name, keyword, "", "replaced", "PS3.15 table E.1-1: keyed UID"))
        elif keyword not in _NEW_META:
            changes.append(Change(name, keyword, "", "removed", "file meta group written anew"))
    return changes


def _clean(ds: Any, item: _Item, allowed: Iterable[str]) -> None:
    """Puts what may be kept of `ds` into `item`, and notes the rest."""
    with third_party("the DICOM's attributes are malformed; export the file again"):
        tags = sorted(ds.keys())
    for tag in tags:
        keyword = "" if tag.is_private else keyword_for_tag(tag)
        if keyword not in allowed:
            if tag != _PIXEL_DATA or item.within:
                item.note(tag, "removed", "private" if tag.is_private else _UNLISTED)
            continue
        try:
            with third_party(_UNFIT):
                element = ds[tag]
            _CLEANERS[keyword](keyword, element, item)
        except (_UnfitError, DecodeError):
            if keyword in profile.NEVER_ABSENT:
                item.put(keyword, [] if dictionary_VR(keyword) == "SQ" else None)
                item.note(tag, "emptied", _UNFIT)
            else:
                item.note(tag, "removed", _UNFIT)


def _values(element: Any) -> list[Any]:
    value = element.value
    if value is None or value == "" or isinstance(value, bytes):
        raise _UnfitError
    values = list(value) if isinstance(value, (MultiValue, list)) else [value]
    if len(values) > _MOST_VALUES:
        raise _UnfitError
    return values


def _texts(element: Any) -> list[str]:
    values = _values(element)
    if not all(isinstance(value, str) for value in values):
        raise _UnfitError
    return [value.strip() for value in values]


def _empty(keyword: str, element: Any, item: _Item) -> None:
    is_sequence = dictionary_VR(keyword) == "SQ"
    item.put(keyword, [] if is_sequence else None)
    if element.value:
        item.note(element.tag, "emptied", "PS3.15 table E.1-1")


def _pseudonym(keyword: str, element: Any, item: _Item) -> None:
    if not element.value:
        item.put(keyword, None)
        return
    item.put(keyword, item.pseudonyms.patient(str(element.value)))
    item.note(element.tag, "replaced", "PS3.15 table E.1-1: keyed pseudonym")


def _new_uid(keyword: str, element: Any, item: _Item) -> None:
    item.put(keyword, item.pseudonyms.uid("\\".join(_texts(element))))
    item.note(element.tag, "replaced", "PS3.15 table E.1-1: keyed UID")


def _class_uid(keyword: str, element: Any, item: _Item) -> None:
    (text,) = _texts(element)[:1]
    if uid.UID(text).type != "SOP Class":  # one that DICOM has registered
        raise _UnfitError
    item.put(keyword, text)


def _label(keyword: str, element: Any, item: _Item) -> None:
    text = " ".join(_texts(element))
    words = re.split(r"[\s,;:/_^()+]+", text)
    known = [word for word in words if word.upper().strip(".-") in profile.VOCABULARY]
    if not known:
        raise _UnfitError
    clean = " ".join(word.upper().strip(".-") for word in known)[:_LONGEST_LABEL].rstrip()
    item.put(keyword, clean)
    if clean != text:
        item.note(element.tag, "cleaned", "Clean Descriptors Option: words of the vocabulary only")


def _numbers(keyword: str, element: Any, item: _Item) -> None:
    kind = dictionary_VR(keyword)
    if kind in ("DS", "IS"):
        texts = [str(value).strip() for value in _values(element)]
        if not all(_NUMBER.fullmatch(text) and len(text) <= 16 for text in texts):
            raise _UnfitError
        item.put(keyword, texts)
        return
    if kind == "US or SS":
        item.put(keyword, *_integers_and_kind(element, item))
        return
    values = _values(element)
    if not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
        raise _UnfitError
    item.put(keyword, values)


def _integers_and_kind(element: Any, item: _Item) -> tuple[list[int], str]:
    # Implicit VR leaves it to Pixel Representation which of the two it is (PS3.5 A.1).
    kind = element.VR if element.VR in ("US", "SS") else "SS" if item.signed else "US"
    value = element.value
    if isinstance(value, bytes):
        with third_party(_UNFIT):
            value = np.frombuffer(value, "<i2" if kind == "SS" else "<u2").tolist()
    values = list(value) if isinstance(value, (MultiValue, list)) else [value]
    if not 1 <= len(values) <= 3 or not all(isinstance(number, int) for number in values):
        raise _UnfitError
    return values, kind


def _counter(keyword: str, element: Any, item: _Item) -> None:
    (text,) = (str(value).strip() for value in _values(element)[:1])
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise _UnfitError
    item.put(keyword, text)


def _code_strings(keyword: str, element: Any, item: _Item) -> None:
    known = profile.CODE_STRINGS[keyword]
    values = [value.upper() for value in _texts(element)]
    if keyword == "ImageType":
        # The first two are enumerated; of those after them only what is known stays, in place.
        further = [value if value in known else "" for value in values[2:]]
        if further != values[2:]:
            item.note(element.tag, "cleaned", "values that are not on the list")
        while further and not further[-1]:
            further.pop()
        values = [*values[:2], *further]
    if not known.issuperset(values):
        raise _UnfitError
    item.put(keyword, values)


def _orientation(keyword: str, element: Any, item: _Item) -> None:
    values = _texts(element)
    if len(values) != 2 or not all(_ORIENTATION.fullmatch(value) for value in values):
        raise _UnfitError
    item.put(keyword, values)


def _table(keyword: str, element: Any, item: _Item) -> None:
    descriptor = item.kept.get("LUTDescriptor")  # its tag comes first
    if descriptor is None or len(descriptor) != 3:
        raise _UnfitError
    count = descriptor[0] & 0xFFFF or 1 << 16
    data = element.value
    with third_party(_UNFIT):
        if isinstance(data, bytes):
            entries = np.frombuffer(
                data, f"{item.order}u2" if len(data) >= 2 * count else "u1", count
            )
        else:
            entries = np.atleast_1d(np.asarray(data, np.int64))[:count] & 0xFFFF
        if len(entries) != count:
            raise ValueError
    if count <= _MOST_US_ENTRIES:
        item.put(keyword, entries.tolist(), "US")
    else:
        item.put(keyword, entries.astype("<u2").tobytes(), "OW")


def _sequence(keyword: str, element: Any, item: _Item) -> None:
    items = []
    for index, inner_ds in enumerate(element.value):
        inner = item.inner(keyword, index)
        _clean(inner_ds, inner, profile.SEQUENCES[keyword])
        if inner.kept:
            items.append(inner.kept)
    if not items:
        raise _UnfitError
    item.put(keyword, items)


def _codes(keyword: str, element: Any, item: _Item) -> None:
    items = []
    for index, code in enumerate(element.value):
        with third_party(_UNFIT):
            named = str(code.get("CodingSchemeDesignator")), str(code.get("CodeValue"))
            said = str(code.get("CodeMeaning"))
        meaning = profile.CODES.get(named)
        if meaning is None:
            continue
        inner = item.inner(keyword, index)
        # The modifier of a view stands in the view's own item.
        _clean(code, inner, profile.CODE_SEQUENCES - {keyword} | _CODE)
        inner.put("CodeValue", named[1])
        inner.put("CodingSchemeDesignator", named[0])
        inner.put("CodeMeaning", meaning)
        if said != meaning:
            inner.note(Tag("CodeMeaning"), "replaced", "by the standard's own words")
        items.append(inner.kept)
    if len(items) < len(element.value):
        item.note(element.tag, "cleaned", "codes that are not on the list")
    if not items:
        raise _UnfitError
    item.put(keyword, items)


def _rewritten(keyword: str, element: Any, item: _Item) -> None:
    """Of a code: `_codes` writes it anew."""


_CODE = frozenset({"CodeMeaning", "CodeValue", "CodingSchemeDesignator"})
_CLEANERS: dict[str, Callable[[str, Any, _Item], None]] = {
    **dict.fromkeys(profile.EMPTIED, _empty),
    **dict.fromkeys(profile.PSEUDONYMS, _pseudonym),
    **dict.fromkeys(profile.UIDS, _new_uid),
    **dict.fromkeys(("SOPClassUID", "ReferencedSOPClassUID"), _class_uid),
    **dict.fromkeys(profile.DESCRIPTORS, _label),
    **dict.fromkeys(profile.NUMBERS, _numbers),
    **dict.fromkeys(profile.COUNTERS, _counter),
    **dict.fromkeys(profile.CODE_STRINGS, _code_strings),
    "PatientOrientation": _orientation,
    **dict.fromkeys(profile.TABLES, _table),
    **dict.fromkeys(profile.SEQUENCES, _sequence),
    **dict.fromkeys(profile.CODE_SEQUENCES, _codes),
    **dict.fromkeys(_CODE, _rewritten),
}
_IN_ITEMS = frozenset[str]().union(*profile.SEQUENCES.values())
_TOP = frozenset(_CLEANERS) - _IN_ITEMS - _CODE
