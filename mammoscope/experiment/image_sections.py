"""What the page on a data set's images says, section by section, from the figures; no format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mammoscope.experiment.report_blocks import (
    Block,
    Items,
    Link,
    Photograph,
    Picture,
    Prose,
    Section,
    Table,
    Values,
)
from mammoscope.experiment.segmentation_sections import segmentation_section
from mammoscope.experiment.wording import join, plural

HISTOGRAM = "mask-quality"
WORST = "worst"
# A data set of phones' pictures has a size each: what is rarer is said as one number.
_MOST_ROWS = 12
_INTERVALS = (
    "Share (low to high) and counts: 95 % Wilson interval, the number of images divided by the "
    "design effect, since images of one woman are alike."
)


# The terms of a mask's quality, as `images/segment.py` names them.
_FLAWS = {
    "area": "covers too little or too much of the image",
    "outline": "a bay in the outline, as where a label or border grew together with the breast",
    "surround": "what is around it is not flat, so not air",
    "contrast": "hardly brighter inside the outline than outside",
    "side": "reaches along both sides of the image",
}


def title(values: Values) -> str:
    return f"The images of {values['data']['name']}: how they are read, segmented and gated"


def sections(values: Values) -> list[Section]:
    """The sections in the order of the page, from what `images.json` holds."""
    parts = [
        Section("What was examined", _examined(values)),
        Section("Reading", _reading(values)),
        Section("The gate", _gate(values)),
    ]
    if values["mask"] is not None:
        parts.append(Section("Breast masks", _masks(values)))
        parts.append(Section("Pectoral muscle", _pectoral(values)))
    if values["groups"]:
        parts.append(Section("By group", [_groups(values)]))
    if values["segmentation"] is not None:
        parts.append(segmentation_section(values["segmentation"]))
    parts.append(Section("How it was made", _made(values)))
    return parts


def summary_section(values: Values) -> Section:
    """The section of a study's report, with the way to the page (`values["page"]`)."""
    read, gate = values["read"], values["gate"]
    lines = [
        f"Read: {share_text(read['unreadable'], 'cannot be decoded')}.",
        f"Gate: {share_text(gate['refused'], 'refused')}.",
    ]
    if values["mask"] is not None:
        lines.append(f"Breast masks: {share_text(values['mask']['plausible'], 'plausible')}.")
    return Section(
        "Images",
        [
            Items(lines),
            Link("How the images are read, segmented and gated", values["page"]),
        ],
    )


def share_text(row: Values, word: str = "") -> str:
    """`3 of 258 refused, 1.2 % (0.4 % to 3.4 %)`; `0 of 0 refused` where there are no images."""
    counts = f"{row['count']} of {row['n']}{' ' * bool(word)}{word}"
    estimate = row["estimate"]
    if estimate is None:
        return counts
    value, low, high = (_percent(estimate[name]) for name in ("value", "low", "high"))
    return f"{counts}, {value} ({low} to {high})"


def _percent(part: float) -> str:
    # Not broken between number and sign at a line's end.
    return f"{100 * part:.1f}\u00a0%"


def _examined(values: Values) -> list[Block]:
    data = values["data"]
    lines = [
        f"Data: {data['name']} ({data['source']}).",
        f"Licence of the data: {data['license']}.",
        *(f"Note: {note}" for note in data["notes"]),
        f"{data['images']} {plural('image', data['images'])} of "
        f"{data['women']} {plural('woman', data['women'])}.",
        "All images are looked at, those that models are tested on too. Nothing is chosen by what "
        "is seen here: no image is left out, no threshold moved, no model told of it.",
    ]
    return [Items(lines)]


def _reading(values: Values) -> list[Block]:
    read = values["read"]
    blocks: list[Block] = [
        Items(
            [
                f"Decoded: {share_text(read['unreadable'], 'could not be')}.",
                f"Inverted, so turned: {share_text(read['turned'], 'images')}.",
                f"True height / width: {_spread(read['aspect'])}.",
            ]
        ),
        _counts("Formats", "format", read["formats"]),
        _counts("Bits a sample", "bits", read["bits"]),
        _counts("Sizes", "rows × columns", read["sizes"]),
    ]
    if read["unreadable_reasons"]:
        blocks.append(_counts("Why not decoded", "reason", read["unreadable_reasons"]))
    if read["warnings"]:
        blocks.append(_counts("Warnings", "warning", read["warnings"]))
    else:
        blocks.append(Prose("No image came with a warning."))
    return blocks


def _gate(values: Values) -> list[Block]:
    gate = values["gate"]
    blocks: list[Block] = [
        Prose(f"{share_text(gate['refused'], 'images refused')}: no model here would judge them.")
    ]
    if gate["reasons"]:
        blocks.append(_counts("Why refused", "reason", gate["reasons"]))
    return blocks


def _masks(values: Values) -> list[Block]:
    mask = values["mask"]
    blocks: list[Block] = [
        Prose(
            f"{share_text(mask['plausible'], 'masks are plausible')}: their quality is at least "
            f"{mask['threshold']:g}. The quality is what a program thinks of the mask's shape and "
            "edge; no person outlined these breasts."
        ),
        Items(
            [
                f"Quality: {_spread(mask['quality'])}.",
                f"Share of the image that is breast: {_spread(mask['area'])}.",
            ]
        ),
    ]
    if mask["flaws"]:
        blocks.append(_counts("Flaws of the implausible masks", "flaw", mask["flaws"], _FLAWS))
    if mask["quality"] is not None:
        blocks.append(
            Picture(
                "Quality of the breast masks",
                HISTOGRAM,
                f"Histogram of the quality of {sum(mask['histogram'])} breast masks, "
                f"{_spread(mask['quality'])}.",
                f"Images by the quality of their breast mask, n {sum(mask['histogram'])}, on a "
                f"logarithmic scale; the dashed line is the threshold, {mask['threshold']:g}.",
            )
        )
    if mask["worst"]:
        qualities = ", ".join(f"{row['number']}: {row['quality']:.2f}" for row in mask["worst"])
        blocks.append(
            Photograph(
                "The worst masks",
                WORST,
                f"The {len(mask['worst'])} images whose breast masks are least plausible, with "
                "the outlines of the breast (sky blue) and of the pectoral muscle (vermilion).",
                f"The {len(mask['worst'])} least plausible masks, the worst first; sky blue the "
                f"breast, vermilion the pectoral muscle. Quality by number: {qualities}.",
            )
        )
    return blocks


def _pectoral(values: Values) -> list[Block]:
    rows = [
        (row["view"] or "not said", str(row["women"]), share_text(row["found"]))
        for row in values["pectoral"]
    ]
    return [
        Table(
            "Pectoral muscle by view",
            ("view", "women", "found"),
            rows,
            "On an MLO view the muscle should be found where the film shows it; on a CC view "
            "it is at most a sliver, and a find is mostly false. Where a file does not say its "
            "view, the program does not know it; the rows are by the data set's own table. "
            f"{_INTERVALS}",
        )
    ]


def _groups(values: Values) -> Table:
    masks = values["mask"] is not None
    rows = [
        (
            f"{row['by'].removesuffix('_id')} {row['value']}",
            str(row["women"]),
            str(row["turned"]["n"]),
            share_text(row["turned"]),
            share_text(row["refused"]),
            *([share_text(row["plausible"])] if masks else []),
        )
        for row in values["groups"]
    ]
    header = ("group", "women", "images", "turned", "refused", *["plausible mask"] * masks)
    return Table(
        "Reading, gate and masks by group",
        header,
        rows,
        f"Groups of fewer than five women stand together, or not at all. {_INTERVALS}",
    )


def _counts(name: str, column: str, rows: Sequence[Values], words: Mapping[str, str] = {}) -> Table:
    shown = [(words.get(row["text"], row["text"]), str(row["count"])) for row in rows[:_MOST_ROWS]]
    rest = rows[_MOST_ROWS:]
    if rest:
        shown.append((f"{len(rest)} others", str(sum(row["count"] for row in rest))))
    return Table(name, (column, "images"), shown, f"{name}, the most frequent first.")


def _spread(row: Values | None) -> str:
    if row is None:
        return "no images"
    return (
        f"median {row['median']:.2f}, 5th to 95th percentile {row['p5']:.2f} to {row['p95']:.2f}, "
        f"all from {row['least']:.2f} to {row['most']:.2f}"
    )


def _made(values: Values) -> list[Block]:
    files = ["images.json", "images.md"]
    left_out = "images.html and worst.png show real images: mind the licence before passing them on"
    return [
        Prose(
            f"By mammoscope inspect, version {values['mammoscope']}, with the same reading, mask "
            f"and gate that answer a user. Every number is in images.json. {join(files)} hold no "
            f"picture, name or number of a woman{'; ' + left_out if values['mask'] else ''}."
        )
    ]
