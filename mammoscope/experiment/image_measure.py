"""Figures of how a data set's images are read, segmented and gated; and the worst masks."""

from __future__ import annotations

import heapq
import os
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mammoscope import __version__
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.image_finding import ImageFinding, look
from mammoscope.experiment.share import share
from mammoscope.images.contact_sheet import RgbPicture
from mammoscope.images.segment import PLAUSIBLE_QUALITY
from mammoscope.types import RESEARCH_NOTICE, Record

KIND = "images"
WORST = 20
QUALITY_BINS = 20
# Attributes whose values name a machine, a place or a kind of breast, and never a woman.
GROUPED_BY = ("site_id", "machine_id", "tissue", "density", "implant")
# A smaller group says little, and may say whose images they are.
FEWEST_WOMEN = 5
OTHERS = "fewer women each"
_SAID_EVERY = 200
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

Say = Callable[[str], None]
Seen = Sequence[tuple[Record, ImageFinding]]


@dataclass(frozen=True, slots=True, eq=False)
class ImageFigures:
    """What was measured.

    Attributes:
        values: JSON values; nothing in them names a woman or a file.
        worst: tiles of the least plausible masks, in the order of `values["mask"]["worst"]`.
    """

    values: dict[str, Any]
    worst: tuple[RgbPicture, ...]


def measure_images(
    dataset: Dataset,
    records: Sequence[Record],
    *,
    say: Say = lambda line: None,
    jobs: int | None = None,
) -> ImageFigures:
    """Reads every image once; a thread holds one, and of all others only twenty tiles are kept.

    Args:
        dataset: holds the images.
        records: which of them, at least one.
        say: told of progress, a line at a time.
        jobs: threads; None = as many as there are cores.
    """
    findings: list[ImageFinding] = []
    worst: list[tuple[float, int, RgbPicture]] = []
    for index, (finding, tile) in enumerate(_looks(dataset, records, jobs or os.cpu_count() or 1)):
        findings.append(finding)
        if tile is not None and finding.mask_quality is not None:
            # The heap's smallest is the best of the worst: the first that leaves.
            entry = (-finding.mask_quality, -index, tile)
            if len(worst) < WORST:
                heapq.heappush(worst, entry)
            else:
                heapq.heappushpop(worst, entry)
        if (index + 1) % _SAID_EVERY == 0:
            say(f"{index + 1} of {len(records)} images examined")
    worst.sort(key=lambda entry: entry[:2], reverse=True)
    seen = list(zip(records, findings, strict=True))
    values = _values(dataset, seen)
    if values["mask"] is not None:
        values["mask"]["worst"] = [
            {
                "number": number,
                "quality": -quality,
                "area": findings[-index].mask_area,
                "flaws": list(findings[-index].mask_flaws),
            }
            for number, (quality, index, _) in enumerate(worst, start=1)
        ]
    return ImageFigures(values, tuple(tile for *_, tile in worst))


def _looks(
    dataset: Dataset, records: Sequence[Record], jobs: int
) -> Iterator[tuple[ImageFinding, RgbPicture | None]]:
    """In the order of the records; no more tiles wait than are being made."""
    waiting: deque[Future[tuple[ImageFinding, RgbPicture | None]]] = deque()
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for record in records:
            waiting.append(pool.submit(look, dataset, record))
            if len(waiting) > 2 * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _values(dataset: Dataset, seen: Seen) -> dict[str, Any]:
    read = [(record, finding) for record, finding in seen if finding.unreadable is None]
    findings = [finding for _, finding in read]
    is_mammogram = dataset.task.modality == "mammogram"
    return {
        "kind": KIND,
        "notice": RESEARCH_NOTICE,
        "mammoscope": __version__,
        "data": {
            "name": dataset.name,
            "source": dataset.source,
            "license": dataset.license,
            "notes": list(dataset.notes),
            "images": len(seen),
            "women": len({record.patient for record, _ in seen}),
        },
        "read": {
            "unreadable": _share(seen, lambda finding: finding.unreadable is not None),
            "unreadable_reasons": _counted([f.unreadable for _, f in seen if f.unreadable]),
            "formats": _counted([finding.format for finding in findings]),
            "bits": _counted([str(finding.bits) for finding in findings]),
            "sizes": _counted([f"{f.rows} × {f.columns}" for f in findings]),
            "aspect": _spread([finding.aspect for finding in findings]),
            "turned": _share(read, lambda finding: finding.turned),
            "warnings": _counted([text for f in findings for text in f.warnings]),
        },
        "gate": {
            "refused": _share(read, lambda finding: finding.refusal is not None),
            "reasons": _counted([f.refusal for f in findings if f.refusal]),
        },
        "mask": _mask(read) if is_mammogram else None,
        "pectoral": _pectoral(read) if is_mammogram else None,
        "groups": _groups(read, is_mammogram=is_mammogram),
        "segmentation": None,
    }


def is_plausible(finding: ImageFinding) -> bool:
    return finding.mask_quality is not None and finding.mask_quality >= PLAUSIBLE_QUALITY


def _mask(read: Seen) -> dict[str, Any]:
    qualities = np.array([finding.mask_quality for _, finding in read], dtype=np.float64)
    counts, _ = np.histogram(qualities, bins=QUALITY_BINS, range=(0.0, 1.0))
    return {
        "threshold": PLAUSIBLE_QUALITY,
        "plausible": _share(read, is_plausible),
        "flaws": _counted([flaw for _, finding in read for flaw in finding.mask_flaws]),
        "quality": _spread([float(quality) for quality in qualities]),
        "histogram": [int(count) for count in counts],
        "area": _spread([finding.mask_area for _, finding in read]),
    }


def _pectoral(read: Seen) -> list[dict[str, Any]]:
    views = sorted({record.view or "" for record, _ in read})
    return [
        {
            "view": view or None,
            "women": len({record.patient for record, _ in chosen}),
            "found": _share(chosen, lambda finding: finding.has_pectoral),
        }
        for view in views
        if (chosen := [(r, f) for r, f in read if (r.view or "") == view])
    ]


def _groups(read: Seen, *, is_mammogram: bool) -> list[dict[str, Any]]:
    """By view and by each known attribute; small groups of one attribute stand together."""
    rows = []
    for name in ("view", *GROUPED_BY):
        members: dict[str, list[tuple[Record, ImageFinding]]] = {}
        for record, finding in read:
            value = record.view if name == "view" else record.attributes.get(name)
            members.setdefault(value or "not said", []).append((record, finding))
        small = [v for v, found in members.items() if _women(found) < FEWEST_WOMEN]
        others = [one for value in small for one in members.pop(value)]
        if _women(others) >= FEWEST_WOMEN:
            members[OTHERS] = others
        if len(members) < 2:
            continue
        for value, found in sorted(members.items(), key=lambda item: _natural(item[0])):
            rows.append(
                {
                    "by": name,
                    "value": value,
                    "women": _women(found),
                    "turned": _share(found, lambda finding: finding.turned),
                    "refused": _share(found, lambda finding: finding.refusal is not None),
                    "plausible": _share(found, is_plausible) if is_mammogram else None,
                }
            )
    return rows


def _women(members: Seen) -> int:
    return len({record.patient for record, _ in members})


def _natural(value: str) -> tuple[bool, float, str]:
    """Numbers first and by their size, the rest by their letters."""
    is_number = value.replace(".", "", 1).isdecimal()
    return (not is_number, float(value) if is_number else 0.0, value)


def _share(members: Seen, is_hit: Callable[[ImageFinding], bool]) -> dict[str, Any]:
    """Count, number and estimate; the estimate of no images is None."""
    hits = [is_hit(finding) for _, finding in members]
    estimate = share(hits, [record.patient for record, _ in members])
    return {
        "count": sum(hits),
        "n": len(hits),
        "estimate": None if estimate is None else asdict(estimate),
    }


def _spread(numbers: Sequence[float]) -> dict[str, float] | None:
    """Least, 5th, 50th and 95th percentile, most; None of nothing."""
    if not numbers:
        return None
    names = ("least", "p5", "median", "p95", "most")
    found = np.percentile(np.asarray(numbers, dtype=np.float64), [0, 5, 50, 95, 100])
    return {name: float(value) for name, value in zip(names, found, strict=True)}


def _counted(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Text → count, most frequent first; texts that differ in a number alone are counted together.

    Of these the numbers are left out, unless that is all there is (a size, a number of bits).
    """
    wordings: dict[str, Counter[str]] = {}
    for text in texts:
        key = _NUMBER.sub("…", text) if re.search(r"[a-z]{3}", text) else text
        wordings.setdefault(key, Counter())[text] += 1
    rows = [
        {"text": next(iter(found)) if len(found) == 1 else key, "count": found.total()}
        for key, found in wordings.items()
    ]
    return sorted(rows, key=lambda row: (-row["count"], row["text"]))
