"""The page of the gate's figures, by kind of picture, on the half that was not fitted on."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from math import sqrt
from pathlib import Path
from typing import Any

from mammoscope.experiment.gate_rows import Row
from mammoscope.images.gate_features import FEATURES
from mammoscope.images.gate_stain import STAIN_FEATURES
from mammoscope.images.quality import MUCH_BLOCKED
from mammoscope.types import Modality

COMMAND = "python -m mammoscope.experiment.gate_fit --data ../shared/data --out docs/gate.md"
LIBRARIES = ("numpy", "opencv-python-headless", "scikit-learn", "scikit-image", "pydicom")
_LIBRARIES = (*LIBRARIES, "matplotlib")
_INTRODUCTION = """\
# The quality gate

`mammoscope.images.quality.check` decides whether a model may judge an image. Rules come first
(size, colour, `FOR PROCESSING`, blank, crop, inverted, clipped, too few gray levels), then a
logistic regression on features that are measured on a thumbnail of 128 pixels. A refusal is an
answer: `cannot assess` with a reason. This page was written by

    {command}

on {date} (Python {python}, {libraries}). The same command writes
`mammoscope/images/gate.json`, the same bytes for the same images and libraries, and takes about
three minutes on one core.

Half of the women and half of the *sources* of other pictures (a picture, a file, a family of
drawings) were fitted on; **every figure below is of the other half**, unless it says otherwise.
Pictures of one source are not independent: the intervals (95 %, Wilson) count pictures, and the
number of sources says how far to trust them.
"""
_UNTESTED = """
## What is not tested

- Chest X-rays, dental and bone X-rays, breast tomosynthesis slices and breast MR: no such picture
  is here. What was written for the gate must not be read as a figure for them.
- CT, MR, ultrasound and nuclear medicine stand for the few files that pydicom brings, in pieces
  that were enlarged where they were small (the MR file has 64 × 64 pixels). Their DICOM files are
  often refused before, for their colour, frames or size; here their pixels were judged as a gray
  export shows them.
- Phone photographs of a film or of a screen that shows a mammogram.
- Breast implants, operated breasts and breasts with markers beyond those of the RSNA images.
- Colour pictures never reach the mammogram gate's fitted part: a rule refuses them. The figures
  of photographs are of gray versions, which are harder.
"""


def wilson(refused: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927, JASA 22:209, without continuity correction).

    Args:
        refused: how many, of
        n: at least 1.
    """
    z = 1.959963984540054
    share = refused / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if refused == 0 else middle - half
    high = 1.0 if refused == n else middle + half
    return low, high


def write_page(
    path: Path,
    fitted: Mapping[Modality, tuple[Mapping[str, Any], Sequence[Row], Sequence[Sequence[Row]]]],
) -> None:
    """Writes the page.

    Args:
        path: of the Markdown file; its folder must exist.
        fitted: modality → coefficients, judged rows, and those judged by fits on other halves.
    """
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    lines = [
        _INTRODUCTION.format(
            command=COMMAND,
            date=datetime.now(tz=UTC).date().isoformat(),
            python=platform.python_version(),
            libraries=libraries,
        )
    ]
    for name, (values, rows, others) in fitted.items():
        title = {"mammogram": "Before a mammogram model", "histology": "Before a histology model"}
        meaning = FEATURES if name == "mammogram" else STAIN_FEATURES
        reported = [row for row in rows if not row.fitting]
        lines += ["", f"## {title[name]}", "", *_by_kind(reported), "", *_other_halves(others)]
        if name == "mammogram":
            lines += ["", *_by_variant(reported), "", *_technique(reported)]
        lines += ["", *_coefficients(values, meaning)]
    path.write_text("\n".join(lines) + "\n" + _UNTESTED, encoding="utf-8")


def _by_kind(rows: Sequence[Row]) -> Iterator[str]:
    yield "| pictures | sources | n | refused by a rule | refused in all | share | 95 % interval |"
    yield "|---|---|---|---|---|---|---|"
    for good in (True, False):
        chosen = [row for row in rows if row.good == good]
        kinds = list(dict.fromkeys(row.kind for row in chosen))
        for kind in kinds:
            part = [row for row in chosen if row.kind == kind]
            if good:
                plain = [row for row in part if row.variant == "as it is"]
                yield _line(f"{kind}, as it is", plain)
                if altered := [row for row in part if row.variant != "as it is"]:
                    yield _line(f"{kind}, altered", altered)
            else:
                yield _line(kind, part)
        words = "to be let through" if good else "to be refused"
        yield _line(f"**all {words}**", chosen)


def _other_halves(fits: Sequence[Sequence[Row]]) -> Iterator[str]:
    if not fits:
        return
    yield (
        "The same on other halves (fitted anew, then thrown away), since the strength of the "
        "regularisation and the share of good images that the threshold may refuse were chosen "
        "by one who had seen figures of the half above:"
    )
    yield ""
    yield "| halves | good, as they are | good, altered | others |"
    yield "|---|---|---|---|"
    for number, rows in enumerate(fits, start=1):
        reported = [row for row in rows if not row.fitting]
        plain = [row for row in reported if row.good and row.variant == "as it is"]
        altered = [row for row in reported if row.good and row.variant != "as it is"]
        others = [row for row in reported if not row.good]
        cells = [
            f"{sum(row.refused for row in part)} of {len(part)}"
            for part in (plain, altered, others)
        ]
        yield f"| {number} | " + " | ".join(cells) + " |"


def _line(name: str, rows: Sequence[Row]) -> str:
    n, refused = len(rows), sum(row.refused for row in rows)
    sources = len({(row.kind, row.source) for row in rows})
    rules = sum(row.rule is not None for row in rows)
    low, high = wilson(refused, n)
    return (
        f"| {name} | {sources} | {n} | {rules} | {refused} | {refused / n:.2%} "
        f"| {low:.2%} to {high:.2%} |"
    )


def _by_variant(rows: Sequence[Row]) -> Iterator[str]:
    yield "RSNA and mini-MIAS images as other exports would show them:"
    yield ""
    yield "| alteration | n | refused |"
    yield "|---|---|---|"
    real = [row for row in rows if row.kind in ("rsna", "mini-mias")]
    for variant in dict.fromkeys(row.variant for row in real):
        part = [row for row in real if row.variant == variant]
        yield f"| {variant} | {len(part)} | {sum(row.refused for row in part)} |"
    accepted = [row for row in rows if not row.good and not row.refused]
    if accepted:
        yield ""
        yield "Wrongly let through, by source: " + "; ".join(_counted(accepted)) + "."


def _counted(rows: Sequence[Row]) -> Iterator[str]:
    for kind, source in dict.fromkeys((row.kind, row.source) for row in rows):
        count = sum((row.kind, row.source) == (kind, source) for row in rows)
        yield f"{kind} `{source}` {count}"


def _technique(rows: Iterable[Row]) -> Iterator[str]:
    """What the limits of the warnings stand on."""
    yield (
        "Export, measured in the breast (the limits are in `quality.py`). A warning of strong "
        f"compression is given from a blockiness of {MUCH_BLOCKED}:"
    )
    yield ""
    yield "| images | n | fewest levels | most clipped | highest blockiness | warned of blocks |"
    yield "|---|---|---|---|---|---|"
    chosen = [row for row in rows if row.good and not row.refused and row.technique]
    for kind in dict.fromkeys(row.kind for row in chosen):
        for variant in ("as it is", "saved at quality 10", "saved at quality 20"):
            part = [r.technique for r in chosen if (r.kind, r.variant) == (kind, variant)]
            found = [one for one in part if one is not None]
            if found:
                blocks = [one.blockiness for one in found]
                yield (
                    f"| {kind}, {variant} | {len(found)} | {min(one.levels for one in found)} "
                    f"| {max(one.clipped for one in found):.3f} | {max(blocks):.2f} "
                    f"| {sum(block > MUCH_BLOCKED for block in blocks)} |"
                )


def _coefficients(values: Mapping[str, Any], meaning: Mapping[str, str]) -> Iterator[str]:
    yield (
        f"The logit is {values['intercept']:.2f} for an image whose features are all usual; from "
        f"{values['threshold']:.2f} on it is let through. *d* is (value − mean) / scale over good "
        "images, cut at ± 4: a negative weight of *d* speaks against more, of *d*² against "
        "unusual in either direction."
    )
    yield ""
    yield "| feature | what it is | mean | scale | weight of *d* | weight of *d*² |"
    yield "|---|---|---|---|---|---|"
    rows = zip(*(values[n] for n in ("features", "mean", "scale", "linear", "square")), strict=True)
    for name, mean, scale, linear, square in rows:
        yield (
            f"| `{name}` | {meaning[name]} | {mean:.3g} | {scale:.3g} "
            f"| {linear:+.2f} | {square:+.2f} |"
        )
