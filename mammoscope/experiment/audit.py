"""Audits rows in parts: what two parts share, by keys and by pixels, and what tells the label."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from mammoscope import __version__
from mammoscope.datasets.audit_headers import Headers, read_headers
from mammoscope.datasets.audit_looks import Look, look_at
from mammoscope.datasets.audit_rows import (
    KEY_MECHANISMS,
    AuditRows,
    LeakedPair,
    Mechanism,
    identical_pixels,
    shared_keys,
)
from mammoscope.datasets.near_duplicates import FEWEST_KEYPOINTS, find_near_duplicates
from mammoscope.experiment.audit_accept import AcceptedPair, accept
from mammoscope.experiment.audit_shortcuts import find_shortcuts
from mammoscope.experiment.prepared import Say
from mammoscope.types import RESEARCH_NOTICE, DecodeError

# Mechanism → the key of its count in `audit.json`.
COUNTS: Mapping[Mechanism, str] = {
    "same patient": "shared_patients",
    "same breast": "shared_breasts",
    "same image": "shared_images",
    "same lesion": "shared_lesions",
    "named copy": "named_copies",
    "identical pixels": "identical_pixels",
    "near-duplicate": "near_duplicates",
    "augmented copy": "augmented_copies",
    "crops of one region": "crops_of_one_region",
}
# A split that knows nothing of women leaks each of them: the counts say so, a thousand pairs show.
_MOST_PAIRS = 1000
_SAY_EVERY = 500


def audit(
    rows: AuditRows,
    *,
    accepted: Sequence[AcceptedPair] = (),
    shortcuts: bool = True,
    jobs: int | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """What `audit.json` holds: counts a mechanism, the pairs with their evidence, the hints.

    A leak is a pair of rows of two parts, whatever joins them. A label that can be read from
    something else than the picture is a hint: it is told, and is no leak. Counts are of what
    leaks; what was accepted stands among the pairs, last, with its reason.

    Args:
        rows: with images or without.
        accepted: pairs that a person found honest.
        shortcuts: whether hints are looked for.
        jobs: images decoded at the same time; None = as many as there are cores.
        say: told of progress, a line at a time.
    """
    pairs: list[LeakedPair] = []
    for mechanism in KEY_MECHANISMS:
        pairs += shared_keys(rows, mechanism).pairs
    looks, reasons = _look(rows, jobs, say) if rows.load else ([], [])
    if looks:
        same = identical_pixels(rows, [look.digest if look else "" for look in looks])
        pairs += [*same.pairs, *_near_duplicates(rows, looks, say)]
    pairs, strange = accept(rows, pairs, accepted)
    for line in strange:
        say(f"audit: {line}")
    kept = _kept(pairs)
    # Nothing could be told from them where labels are not known.
    asked = shortcuts and rows.positive is not None
    headers = read_headers(rows, say=say) if asked else Headers({}, 0, ())
    return {
        "mammoscope": __version__,
        "notice": RESEARCH_NOTICE,
        "name": rows.name,
        "notes": list(rows.notes),
        "parts": _parts(rows),
        "compared": {**_compared(rows, looks), "headers": headers.read},
        "unreadable": reasons,
        "unreadable_headers": list(headers.reasons),
        "leak": any(pair.accepted is None for pair in pairs),
        **_counts(rows, looks, pairs),
        "accepted_pairs": sum(pair.accepted is not None for pair in pairs),
        "accepted_not_found": strange,
        "pairs": [_pair(rows, pair) for pair in kept],
        "pairs_left_out": len(pairs) - len(kept),
        "shortcuts": (
            find_shortcuts(rows, looks, headers=headers.columns, say=say) if asked else None
        ),
    }


def _look(rows: AuditRows, jobs: int | None, say: Say) -> tuple[list[Look | None], list[str]]:
    """A look at each image, None of those that cannot be decoded, and why they cannot."""
    load = rows.load
    assert load is not None
    total = len(rows.paths)

    def one(row: int) -> Look | str:
        try:
            return look_at(load(row))
        except DecodeError as error:
            # Some readers name the file themselves.
            text, path = str(error), rows.paths[row]
            return text if text.startswith(path) else f"{path}: {text}"

    looks: list[Look | None] = []
    reasons: list[str] = []
    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        for found in pool.map(one, range(total)):
            looks.append(None if isinstance(found, str) else found)
            if isinstance(found, str):
                reasons.append(found)
            if len(looks) % _SAY_EVERY == 0 or len(looks) == total:
                say(f"audit: looked at {len(looks)} of {total} images")
    return looks, reasons


def _near_duplicates(rows: AuditRows, looks: Sequence[Look | None], say: Say) -> list[LeakedPair]:
    seen = [(row, look) for row, look in enumerate(looks) if look is not None]
    numbers = [row for row, _ in seen]
    say(f"audit: comparing {len(seen)} images")
    found = find_near_duplicates([look for _, look in seen], rows.part[numbers])
    return [
        LeakedPair(
            numbers[pair.first],
            numbers[pair.second],
            pair.mechanism,
            pair.evidence,
            pair.distance,
            pair.matches,
        )
        for pair in found
    ]


def _counts(
    rows: AuditRows, looks: Sequence[Look | None], pairs: Sequence[LeakedPair]
) -> dict[str, int]:
    """How many keys or pictures leak, however many parts share one; else how many pairs."""
    joined: dict[Mechanism, set[object]] = {}
    for pair in pairs:
        if pair.accepted is None:
            found = joined.setdefault(pair.mechanism, set())
            found.add(_joined_by(rows, looks, pair))
    return {key: len(joined.get(mechanism, ())) for mechanism, key in COUNTS.items()}


def _joined_by(rows: AuditRows, looks: Sequence[Look | None], pair: LeakedPair) -> object:
    for mechanism in KEY_MECHANISMS:
        if pair.mechanism == mechanism:
            return rows.keys[mechanism][pair.first]
    look = looks[pair.first]
    if pair.mechanism == "identical pixels" and look is not None:
        return look.digest
    return pair.first, pair.second


def _kept(pairs: Sequence[LeakedPair]) -> list[LeakedPair]:
    """The first of each mechanism, so that many of one do not push out the others.

    What was accepted pushes out none that leaks.
    """
    ranks: Counter[str] = Counter()
    ranked = []
    for pair in pairs:
        ranked.append(((pair.accepted is not None, ranks[pair.mechanism]), pair))
        ranks[pair.mechanism] += 1
    kept = {id(pair) for _, pair in sorted(ranked, key=lambda one: one[0])[:_MOST_PAIRS]}
    return [pair for pair in pairs if id(pair) in kept]


def _parts(rows: AuditRows) -> dict[str, dict[str, int | None]]:
    patients = rows.keys.get("same patient")
    found = {}
    for number, name in enumerate(rows.parts):
        inside = np.flatnonzero(rows.part == number)
        women = None if patients is None else len({patients[row] for row in inside.tolist()})
        found[name] = {"rows": len(inside), "patients": women}
    return found


def _compared(rows: AuditRows, looks: Sequence[Look | None]) -> dict[str, Any]:
    """What was looked at: which keys were known, and of how many pictures keypoints were."""
    known = [mechanism for mechanism in KEY_MECHANISMS if any(rows.keys.get(mechanism, ()))]
    plain = sum(look is not None and len(look.points) < FEWEST_KEYPOINTS for look in looks)
    return {"keys": known, "images": sum(look is not None for look in looks), "featureless": plain}


def _pair(rows: AuditRows, pair: LeakedPair) -> dict[str, Any]:
    def side(row: int) -> dict[str, Any]:
        return {"path": rows.paths[row], "part": rows.parts[int(rows.part[row])], "row": row}

    return {
        "mechanism": pair.mechanism,
        "first": side(pair.first),
        "second": side(pair.second),
        "evidence": pair.evidence,
        "distance": pair.distance,
        "matches": pair.matches,
        "accepted": pair.accepted,
    }
