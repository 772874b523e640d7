"""What a label could be read from without the picture: order, size, format, header, columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.audit_looks import Look
from mammoscope.datasets.audit_rows import AuditRows, code
from mammoscope.experiment.clustered_auc import Floats, clustered_auc
from mammoscope.experiment.prepared import Say

HOW_NUMBERS = "its value"
HOW_ORDER = "its place when sorted, numbers within names as numbers"
HOW_CATEGORIES = (
    "the share of positives of its category among the other tenths of the patients; only "
    "rows of one tenth are compared"
)
# A category's rate is learnt from nine tenths of the patients and read by the last one.
_TENTHS = 10
_SEED = 0
_FEWEST_NUMBERS = 10
_MOST_CATEGORIES = 200
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    name: str
    scores: Floats
    known: NDArray[np.bool_]
    how: str
    tenths: bool = False


def find_shortcuts(
    rows: AuditRows, looks: Sequence[Look | None] = (), *, say: Say = lambda line: None
) -> list[dict[str, Any]] | None:
    """A row a field that is known: the AUC with which it alone tells the label, and from how many.

    An AUC below 0.5 tells as much as one above. It is a hint where its interval does not hold 0.5.

    Args:
        rows: whose labels are known, else there is nothing to tell.
        looks: (N,) at the images, if there are any.
        say: told of progress, a line at a time.
    """
    labels = rows.positive
    if labels is None:
        return None
    say("audit: reading labels from what is beside the pictures")
    patients = _patients(rows)
    found = []
    for field in [*_orders(rows), *_files(rows), *_pictures(looks), *_columns(rows, patients)]:
        known = field.known
        if not known.any() or len(np.unique(field.scores[known])) < 2:
            continue
        tenths = _tenth(patients)[known] if field.tenths else None
        estimate = clustered_auc(field.scores[known], labels[known], patients[known], strata=tenths)
        if estimate is None:
            continue
        found.append(
            {
                "field": field.name,
                "how": field.how,
                "auc": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
                "method": estimate.method,
                "n": int(known.sum()),
                "n_positive": int(labels[known].sum()),
                "n_patients": len(np.unique(patients[known])),
                "hint": not estimate.low <= 0.5 <= estimate.high,
            }
        )
    return found


def _patients(rows: AuditRows) -> NDArray[np.intp]:
    """(N,) number of the patient; a row that tells none is one of its own."""
    texts = rows.keys.get("same patient")
    if texts is None:
        return np.arange(len(rows.paths), dtype=np.intp)
    codes = code(texts)
    alone = np.fromiter((not text for text in texts), np.bool_, len(texts))
    codes[alone] = codes.max() + 1 + np.arange(int(alone.sum()))
    return codes


def _tenth(patients: NDArray[np.intp]) -> NDArray[np.intp]:
    of_patient = np.random.default_rng(_SEED).integers(_TENTHS, size=int(patients.max()) + 1)
    return np.asarray(of_patient[patients], dtype=np.intp)


def _orders(rows: AuditRows) -> list[_Field]:
    everywhere = np.ones(len(rows.paths), dtype=np.bool_)
    fields = [_Field("order of the names", _ranks(rows.paths), everywhere, HOW_ORDER)]
    patients = rows.keys.get("same patient")
    if patients is not None:
        known = np.fromiter(map(bool, patients), np.bool_, len(patients))
        fields.append(_Field("order of the patients", _ranks(patients), known, HOW_ORDER))
    return fields


def _ranks(texts: Sequence[str]) -> Floats:
    codes = code(texts)
    distinct = list(dict.fromkeys(texts))
    order = sorted(range(len(distinct)), key=lambda index: _natural(distinct[index]))
    rank = np.empty(len(distinct))
    rank[order] = np.arange(len(distinct))
    return np.asarray(rank[codes], dtype=np.float64)


def _natural(text: str) -> list[tuple[int, int, str]]:
    return [(0, int(t), "") if t.isdecimal() else (1, 0, t) for t in _DIGITS.split(text) if t]


def _files(rows: AuditRows) -> list[_Field]:
    if rows.load is None:
        return []
    files = [rows.file(row) for row in range(len(rows.paths))]
    sizes = [float("nan") if file is None else file.stat().st_size for file in files]
    return [_numbers("file size", sizes)]


def _pictures(looks: Sequence[Look | None]) -> list[_Field]:
    if not looks:
        return []
    nan = float("nan")

    def of(name: str, values: Sequence[float]) -> _Field:
        return _numbers(name, values)

    return [
        of("rows", [nan if look is None else look.rows for look in looks]),
        of("columns", [nan if look is None else look.columns for look in looks]),
        of("rows / columns", [nan if look is None else look.rows / look.columns for look in looks]),
        of("brightness", [nan if look is None else look.brightness for look in looks]),
        of("bits a sample", [nan if look is None else look.bits for look in looks]),
    ]


def _numbers(name: str, values: Sequence[float]) -> _Field:
    scores = np.array(values, dtype=np.float64)
    return _Field(name, scores, np.isfinite(scores), HOW_NUMBERS)


def _columns(rows: AuditRows, patients: NDArray[np.intp]) -> list[_Field]:
    assert rows.positive is not None
    fields = []
    for name, texts in (rows.columns or {}).items():
        distinct = dict.fromkeys(texts)
        codes = code(texts)
        values = [_number(text) for text in distinct]
        known = np.fromiter(map(bool, distinct), np.bool_, len(distinct))[codes]
        told = [value for text, value in zip(distinct, values, strict=True) if text]
        if len(told) < 2:
            continue
        if len(told) >= _FEWEST_NUMBERS and np.isfinite(told).all():
            fields.append(_Field(name, np.array(values)[codes], known, HOW_NUMBERS))
        elif len(told) <= _MOST_CATEGORIES:
            scores = _rates(codes, known, rows.positive, _tenth(patients))
            fields.append(_Field(name, scores, known, HOW_CATEGORIES, tenths=True))
        else:
            fields.append(_Field(name, _ranks(texts), known, HOW_ORDER))
    return fields


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _rates(
    codes: NDArray[np.intp],
    known: NDArray[np.bool_],
    labels: NDArray[np.bool_],
    tenths: NDArray[np.intp],
) -> Floats:
    """(N,) share of positives of a row's category in the tenths that its patient is not of.

    A rate that held the row itself would tell its label; one that left only it out would tell the
    opposite, which is why rows are compared within their tenth alone.
    """
    size = int(codes.max()) + 1
    cells = (tenths * size + codes)[known]
    counts = np.bincount(cells, minlength=_TENTHS * size).reshape(_TENTHS, size)
    hits = np.bincount(cells, labels[known], minlength=_TENTHS * size).reshape(_TENTHS, size)
    overall = float(labels[known].mean()) if known.any() else 0.0
    # One patient of the usual share more, so that a category seen nowhere else is no extreme.
    rates = (hits.sum(axis=0) - hits + overall) / (counts.sum(axis=0) - counts + 1)
    return np.asarray(rates[tenths, codes], dtype=np.float64)
