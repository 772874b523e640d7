"""Writes an audit: `audit.json`, and `audit.html` with the pairs of pictures side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from mammoscope.datasets.audit_rows import AuditRows, Mechanism
from mammoscope.experiment.audit import COUNTS
from mammoscope.experiment.audit_shortcuts import HOW_CATEGORIES, HOW_NUMBERS, HOW_ORDER
from mammoscope.experiment.report_blocks import (
    Block,
    Items,
    Photograph,
    Prose,
    Section,
    Table,
    Values,
)
from mammoscope.experiment.report_page import HTML, render_page
from mammoscope.experiment.wording import join
from mammoscope.images.contact_sheet import draw_contact_sheet, draw_tile
from mammoscope.ledger.durable import write_json, write_text
from mammoscope.types import BreastImage, DatasetError, DecodeError

FIGURES, PAGE = "audit.json", "audit.html"
# A picture is some 60 kB of the page.
_MOST_DRAWN = 40
_MOST_ROWS = 200
_MOST_NAMED = 8
_NOUNS: Mapping[Mechanism, tuple[str, str]] = {
    "same patient": ("patient", "patients"),
    "same breast": ("breast", "breasts"),
    "same image": ("image", "images"),
    "same lesion": ("lesion", "lesions"),
    "named copy": ("copy by name", "copies by name"),
    "identical pixels": ("picture with identical pixels", "pictures with identical pixels"),
    "near-duplicate": ("near-duplicate", "near-duplicates"),
    "augmented copy": ("augmented copy", "augmented copies"),
    "crops of one region": ("pair of crops of one region", "pairs of crops of one region"),
}
_READ_BY: Mapping[str, str] = {
    HOW_NUMBERS: "value",
    HOW_ORDER: "order",
    HOW_CATEGORIES: "category",
}


def verdict(values: Values) -> str:
    """Whether there is a leak, and of what, in a sentence."""
    found = [
        f"{values[key]} {_NOUNS[mechanism][values[key] > 1]}"
        for mechanism, key in COUNTS.items()
        if values[key]
    ]
    parts = join(list(values["parts"]))
    # Two folders or tables are called as their parts are.
    whose = parts if values["name"] == parts else f"{parts} of {values['name']}"
    number = values["accepted_pairs"]
    was = "pair was" if number == 1 else "pairs were"
    accepted = f" {number} {was} looked at by a person and accepted." if number else ""
    if found:
        return f"Leak: {whose} share {join(found)}.{accepted}"
    looked = [*values["compared"]["keys"], *(["pixels"] if values["compared"]["images"] else [])]
    what = f"{', '.join(looked)} compared"
    return f"No leak found between {whose} ({what}).{accepted}"


def hints(values: Values) -> str:
    """What else than the picture tells the label, strongest first; "" where nothing does."""
    told = [f"{row['field']} {row['auc']:.2f}" for row in _ranked(values) if row["hint"]]
    if not told:
        return ""
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return f"The label can be read from (AUC): {', '.join(told[:_MOST_NAMED])}{more}."


def write_audit(rows: AuditRows, values: Values, out: Path) -> None:
    """`audit.json` and then `audit.html`: where the page is, all of it is whole.

    Args:
        rows: that were audited; pairs of pictures are opened again.
        values: as `audit` gives them.
        out: folder, made if it is not there.

    Raises:
        DatasetError: `out` is a file.
    """
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out} is a file; expected a folder; choose another --out")
    (out / PAGE).unlink(missing_ok=True)
    write_json(out / FIGURES, values)
    pictures = _pictures(rows, values["pairs"])
    page = render_page(
        f"Leakage audit of {values['name']}",
        _sections(values, pictures),
        notice=values["notice"],
        pictures=pictures,
        template=HTML,
    )
    write_text(out / PAGE, page)


def _pictures(rows: AuditRows, pairs: Sequence[Values]) -> dict[str, bytes]:
    """Stem → PNG of two pictures side by side; leaks whose evidence is in the pixels first."""
    if rows.load is None:
        return {}

    def rank(index: int) -> tuple[bool, bool]:
        return pairs[index]["accepted"] is not None, pairs[index]["matches"] is None

    order = sorted(range(len(pairs)), key=rank)
    drawn = {index: _drawn(pairs[index], rows.load) for index in sorted(order[:_MOST_DRAWN])}
    return {f"pair-{index + 1}": picture for index, picture in drawn.items() if picture}


def _drawn(pair: Values, load: Callable[[int], BreastImage]) -> bytes:
    """PNG of a pair; nothing where one of the two cannot be decoded, which is told elsewhere."""
    sides = [pair["first"], pair["second"]]
    try:
        tiles = [draw_tile(load(side["row"])) for side in sides]
    except DecodeError:
        return b""
    sheet = draw_contact_sheet(tiles, [_ascii(side["part"]) for side in sides])
    # OpenCV stores BGR.
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(sheet[..., ::-1]))
    return bytes(encoded.tobytes())


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _sections(values: Values, pictures: Mapping[str, bytes]) -> list[Section]:
    return [
        Section("What was found", [Prose(verdict(values), weighty=True), _counts(values)]),
        Section("What was compared", _compared(values)),
        Section("Pairs", _pairs(values, pictures)),
        Section("Can the label be read without the picture?", _shortcuts(values)),
    ]


def _counts(values: Values) -> Table:
    rows = [(mechanism, str(values[key])) for mechanism, key in COUNTS.items()]
    return Table(
        "Leaks by mechanism",
        ("mechanism", "count"),
        rows,
        "Patients, breasts, images, lesions and identical pictures count once however many rows "
        "share them; near-duplicates, augmented copies and crops are counted as pairs of pictures. "
        "Pairs that were accepted do not count.",
    )


def _compared(values: Values) -> list[Block]:
    compared = values["compared"]
    parts = [
        f"{name}: {part['rows']} rows"
        + ("." if part["patients"] is None else f" of {part['patients']} patients.")
        for name, part in values["parts"].items()
    ]
    lines = [
        *parts,
        f"Keys that are known: {join(compared['keys']) if compared['keys'] else 'none'}.",
        f"Pictures compared: {compared['images']}; of these {compared['featureless']} show too "
        "little to be told from others but by their exact pixels.",
        f"DICOM headers read: {compared['headers']}; no value of them is kept here.",
        *(f"Cannot be decoded: {reason}" for reason in values["unreadable"][:_MOST_ROWS]),
        *(f"Header: {reason}" for reason in values["unreadable_headers"][:_MOST_ROWS]),
        *(f"Note: {note}" for note in [*values["notes"], *values["accepted_not_found"]]),
        "A near-duplicate is found by perceptual hashes of its keypoints and then by how many of "
        "those that both pictures should show are alike under one affine map. Crops that have less "
        "than four tenths of either in common, or less than about a third of the other picture's "
        "side, may be missed.",
    ]
    return [Items(lines)]


def _pairs(values: Values, pictures: Mapping[str, bytes]) -> list[Block]:
    pairs = values["pairs"]
    if not pairs:
        return [Prose("No two rows of two parts are joined by anything that was compared.")]
    rows = [
        (
            str(number),
            pair["mechanism"],
            *(f"{pair[side]['path']} ({pair[side]['part']})" for side in ("first", "second")),
            pair["evidence"],
            "-" if pair["distance"] is None else f"{pair['distance']:.2f}",
            *([pair["accepted"] or "-"] if values["accepted_pairs"] else []),
        )
        for number, pair in enumerate(pairs[:_MOST_ROWS], start=1)
    ]
    out = len(pairs) - len(rows) + values["pairs_left_out"]
    left = f" {out} more pairs are not shown." if out else ""
    accepted = ("accepted, because",) if values["accepted_pairs"] else ()
    blocks: list[Block] = [
        Table(
            "Pairs of two parts",
            ("pair", "mechanism", "first", "second", "evidence", "distance", *accepted),
            rows,
            "Distance: median Hellinger distance of the matching keypoints, 0 = equal."
            + (" What was accepted comes last and is no leak." if accepted else "")
            + left,
        )
    ]
    for stem in pictures:
        number = int(stem.removeprefix("pair-"))
        pair = pairs[number - 1]
        blocks.append(
            Photograph(
                f"Pair {number}",
                stem,
                f"The two pictures of pair {number}, {pair['mechanism']}.",
                f"Pair {number}, {pair['mechanism']}: {pair['first']['path']} "
                f"({pair['first']['part']}) and {pair['second']['path']} "
                f"({pair['second']['part']}); {pair['evidence']}."
                + (f" Accepted: {pair['accepted']}" if pair["accepted"] else ""),
                broad=False,
            )
        )
    return blocks


def _shortcuts(values: Values) -> list[Block]:
    found = values["shortcuts"]
    if found is None:
        return [Prose("This was not looked at, or the labels are not known.")]
    if not found:
        return [Prose("No field that is known differs between rows.")]
    rows = [
        (
            row["field"],
            f"{row['auc']:.3f} ({row['low']:.3f} to {row['high']:.3f})",
            "yes" if row["hint"] else "-",
            f"{row['n']} ({row['n_positive']} positive, {row['n_patients']} patients)",
            _READ_BY[row["how"]],
        )
        for row in _ranked(values)
    ]
    caption = (
        "AUC with which the field alone tells the label, and its 95 % interval (Obuchowski 1997, "
        "rows of one patient taken together). A hint is an interval that does not hold 0.5, on "
        "either side; it is no leak, but no model may see that field. By chance alone about one "
        f"field in twenty is a hint, and {len(rows)} were looked at. Read by value; by order: "
        f"{HOW_ORDER}; by category: {HOW_CATEGORIES}. That a row has a field at all "
        "(“has …”) is one of its own: where only one class has it, that tells, and no value does."
    )
    header = ("field", "AUC", "hint", "n", "read by")
    return [Table("Label from other fields", header, rows, caption)]


def _ranked(values: Values) -> list[Values]:
    """Hints, strongest first, and then the other fields as they are."""

    def rank(row: Values) -> tuple[bool, float]:
        return not row["hint"], -abs(row["auc"] - 0.5) if row["hint"] else 0.0

    return sorted(values["shortcuts"] or (), key=rank)
