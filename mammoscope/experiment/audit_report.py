"""Writes an audit: `audit.json`, and `audit.html` with the pairs of pictures side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.experiment.audit import COUNTS
from mammoscope.experiment.durable import write_json, write_text
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
from mammoscope.types import DatasetError

FIGURES, PAGE = "audit.json", "audit.html"
# A picture is some 60 kB of the page.
_MOST_DRAWN = 40
_MOST_ROWS = 200


def verdict(values: Values) -> str:
    """Whether there is a leak, and of what, in a sentence."""
    found = [f"{mechanism} {values[key]}" for mechanism, key in COUNTS.items() if values[key]]
    parts = join(list(values["parts"]))
    if found:
        return f"Leak: {parts} of {values['name']} share: {'; '.join(found)}."
    looked = [*values["compared"]["keys"], *(["pixels"] if values["compared"]["images"] else [])]
    return f"No leak found between {parts} of {values['name']} ({', '.join(looked)} compared)."


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
    """Stem → PNG of two pictures side by side; those whose evidence is in the pixels first."""
    if rows.load is None:
        return {}
    order = sorted(range(len(pairs)), key=lambda index: pairs[index]["matches"] is None)
    return {
        f"pair-{index + 1}": _drawn(rows, pairs[index]) for index in sorted(order[:_MOST_DRAWN])
    }


def _drawn(rows: AuditRows, pair: Values) -> bytes:
    assert rows.load is not None
    sides = [pair["first"], pair["second"]]
    tiles = [draw_tile(rows.load(side["row"])) for side in sides]
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
        "share them; near-duplicates, augmented copies and crops are counted as pairs of pictures.",
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
        *(f"Cannot be decoded: {reason}" for reason in values["unreadable"][:_MOST_ROWS]),
        *(f"Note: {note}" for note in values["notes"]),
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
        )
        for number, pair in enumerate(pairs[:_MOST_ROWS], start=1)
    ]
    out = len(pairs) - len(rows) + values["pairs_left_out"]
    left = f" {out} more pairs are not shown." if out else ""
    blocks: list[Block] = [
        Table(
            "Pairs of two parts",
            ("pair", "mechanism", "first", "second", "evidence", "distance"),
            rows,
            "Distance: median Hellinger distance of the matching keypoints, 0 = equal." + left,
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
                f"({pair['second']['part']}). {pair['evidence']}.",
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
            "hint" if row["hint"] else "-",
            f"{row['n']} ({row['n_positive']} positive, {row['n_patients']} patients)",
            row["how"],
        )
        for row in found
    ]
    caption = (
        "AUC with which the field alone tells the label, and its 95 % interval (Obuchowski 1997, "
        "rows of one patient taken together). A hint is an interval that does not hold 0.5, on "
        "either side; it is no leak, but no model may see that field."
    )
    header = ("field", "AUC", "", "n", "read by")
    return [Table("Label from other fields", header, rows, caption)]
