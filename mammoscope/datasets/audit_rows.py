"""What an audit looks at, rows that stand in parts, and the leaks that their keys alone show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mammoscope.types import BreastImage, DatasetError

KeyMechanism = Literal["same patient", "same breast", "same image", "same lesion", "named copy"]
Mechanism = (
    KeyMechanism
    | Literal["identical pixels", "near-duplicate", "augmented copy", "crops of one region"]
)
KEY_MECHANISMS: tuple[KeyMechanism, ...] = (
    "same patient",
    "same breast",
    "same image",
    "same lesion",
    "named copy",
)
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class AuditRows:
    """N rows of a data set, two folders or two tables, and what is known of each.

    Attributes:
        name: of what is audited.
        parts: names of the parts, at least two.
        part: (N,) which part each row stands in.
        paths: (N,) what a row is called; unique within its part.
        keys: mechanism → (N,) texts that two rows share if the mechanism joins them; "" = not
            known.
        positive: (N,) True = the positive label; None = labels are not known.
        columns: name → (N,) texts that the label might be read from; "" = not known.
        load: row → its image; None = there are labels only.
        file: row → where its image lies, None where it is no file of its own.
        notes: what a reader must know, a sentence each.
    """

    name: str
    parts: tuple[str, ...]
    part: Codes
    paths: Sequence[str]
    keys: Mapping[KeyMechanism, Sequence[str]]
    positive: NDArray[np.bool_] | None = None
    columns: Mapping[str, Sequence[str]] | None = None
    load: Callable[[int], BreastImage] | None = None
    file: Callable[[int], Path | None] = lambda row: None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = np.bincount(self.part, minlength=len(self.parts))
        if len(self.parts) < 2 or not counts.all():
            sizes = dict(zip(self.parts, counts.tolist(), strict=False))
            raise DatasetError(
                f"the parts of {self.name} hold {sizes} rows; expected at least two parts, none "
                "empty; give a split or another pair"
            )


@dataclass(frozen=True, slots=True)
class LeakedPair:
    """Two rows of two parts that are not apart.

    Attributes:
        first, second: rows; the first stands in the earlier part.
        mechanism: what joins them.
        evidence: why, in words.
        distance: of the hashes of a pair of pictures, as `near_duplicates` says; None of keys.
        matches: points that both pictures show at the same place; None of keys.
        accepted: why a person found it honest, so that it is no leak; None = it is one.
    """

    first: int
    second: int
    mechanism: Mechanism
    evidence: str
    distance: float | None = None
    matches: int | None = None
    accepted: str | None = None


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """How many keys of one mechanism stand in several parts, and a pair for each two parts."""

    count: int
    pairs: tuple[LeakedPair, ...]


def code(texts: Sequence[str]) -> Codes:
    """(N,) a number for each distinct text, in the order they are met."""
    numbers: dict[str, int] = {}
    return np.fromiter((numbers.setdefault(t, len(numbers)) for t in texts), np.intp, len(texts))


def shared_keys(rows: AuditRows, mechanism: KeyMechanism) -> SharedKeys:
    """The keys that stand in more than one part.

    Args:
        rows: a mechanism that they have no keys of is shared by none.
        mechanism: whose keys.
    """
    texts = rows.keys.get(mechanism)
    if texts is None:
        return SharedKeys(0, ())
    return _shared(rows, code(texts), texts, mechanism)


def identical_pixels(rows: AuditRows, digests: Sequence[str]) -> SharedKeys:
    """The pictures whose decoded pixels stand in more than one part.

    Args:
        rows: N of them.
        digests: (N,) of the decoded pixels; "" = not decoded.
    """
    return _shared(rows, code(digests), digests, "identical pixels")


def _shared(
    rows: AuditRows, codes: Codes, texts: Sequence[str], mechanism: Mechanism
) -> SharedKeys:
    parts = len(rows.parts)
    # One entry a key and part, with the first row that stands there.
    cells, firsts, counts = np.unique(
        codes * parts + rows.part, return_index=True, return_counts=True
    )
    keys = cells // parts
    several = np.flatnonzero(np.isin(keys, keys[1:][keys[1:] == keys[:-1]]))
    by_key: dict[int, list[int]] = {}
    for cell in several.tolist():
        by_key.setdefault(int(keys[cell]), []).append(cell)
    known = [group for group in by_key.values() if texts[int(firsts[group[0]])]]
    pairs = tuple(
        LeakedPair(
            int(firsts[one]),
            int(firsts[other]),
            mechanism,
            _evidence(texts[int(firsts[one])], mechanism, int(counts[one]), int(counts[other])),
        )
        for group in known
        for one, other in combinations(group, 2)
    )
    return SharedKeys(len(known), pairs)


def _evidence(text: str, mechanism: Mechanism, first: int, second: int) -> str:
    # A dozen digits tell a digest from a million others, and are no wider than a page.
    pixels = mechanism == "identical pixels"
    shown = f"SHA-256 of the decoded pixels {text[:12]}…" if pixels else f"key {text[:80]}"
    return f"{shown}: {first} and {second} {'row' if first + second == 2 else 'rows'}"
