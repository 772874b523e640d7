"""What a label could be read from without the picture: order, size, format, header, columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.audit_headers import name_presence
from mammoscope.datasets.audit_looks import Look
from mammoscope.datasets.audit_rows import AuditRows, code
from mammoscope.experiment.clustered_auc import Floats, clustered_auc
from mammoscope.experiment.prepared import Say

HOW_NUMBERS = "its value"
HOW_ORDER = "its place when sorted, numbers within names as numbers"
HOW_CATEGORIES = (
    "the share of positives of its category among the other groups of patients; only rows of one "
    "group of patients are compared"
)
# A category's rate is learnt from all groups of patients but one and read by that one: tenths,
# and of few patients larger groups, since each must hold both labels.
_MOST_GROUPS, _LEAST_IN_GROUP = 10, 20
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
    grouped: bool = False


def find_shortcuts(
    rows: AuditRows,
    looks: Sequence[Look | None] = (),
    *,
    headers: Mapping[str, Sequence[str]] | None = None,
    say: Say = lambda line: None,
) -> list[dict[str, Any]] | None:
    """A row a field that is known: the AUC with which it alone tells the label, and from how many.

    An AUC below 0.5 tells as much as one above. It is a hint where its interval does not hold 0.5.

    Args:
        rows: whose labels are known, else there is nothing to tell.
        looks: (N,) at the images, if there are any.
        headers: name → (N,) texts of the files' headers, if there are any; "" = not known.
        say: told of progress, a line at a time.
    """
    labels = rows.positive
    if labels is None:
        return None
    say("audit: reading labels from what is beside the pictures")
    patients = _patients(rows)
    found = []
    for field in [
        *_orders(rows),
        *_files(rows),
        *_pictures(looks),
        *_columns(_texts(rows, looks, headers or {}), rows, patients),
    ]:
        known = field.known
        if not known.any() or len(np.unique(field.scores[known])) < 2:
            continue
        groups = _groups(patients)[known] if field.grouped else None
        estimate = clustered_auc(field.scores[known], labels[known], patients[known], strata=groups)
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
                # A rate that other patients gave can only tell upwards; below 0.5 it tells nothing.
                "hint": estimate.low > 0.5 or (estimate.high < 0.5 and not field.grouped),
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


def _groups(patients: NDArray[np.intp]) -> NDArray[np.intp]:
    """(N,) which group of patients a row is of; all are of about one size."""
    count = int(patients.max()) + 1
    groups = min(_MOST_GROUPS, max(2, count // _LEAST_IN_GROUP))
    of_patient = np.random.default_rng(_SEED).permutation(count) % groups
    return np.asarray(of_patient[patients], dtype=np.intp)


def _orders(rows: AuditRows) -> list[_Field]:
    everywhere = np.ones(len(rows.paths), dtype=np.bool_)
    # The folder of a class would tell its label, and no reader shows a model that.
    names = [path.rpartition("/")[2] for path in rows.paths]
    fields = [_Field("order of the names", _ranks(names), everywhere, HOW_ORDER)]
    patients = rows.keys.get("same patient")
    # Where patients are not known each image is one of its own, of its path's name.
    if patients is not None and list(patients) != list(rows.paths):
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


def _texts(
    rows: AuditRows, looks: Sequence[Look | None], headers: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    """Everything that is known as texts, name → (N,)."""
    columns = dict(rows.columns or {})
    columns.update(_given(columns))
    if looks:
        columns["format"] = ["" if look is None else look.format for look in looks]
    columns.update(headers)
    return columns


def _given(columns: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Whether a column says anything of a row, one for all that are silent of the same rows.

    A finding that is noted of cancers only, or a score of one hospital, tells by being there.
    """
    groups: dict[bytes, list[str]] = {}
    for name, texts in columns.items():
        known = np.fromiter(map(bool, texts), np.bool_, len(texts))
        if known.any() and not known.all():
            groups.setdefault(known.tobytes(), []).append(name)
    return {
        name_presence(names): ["yes" if text else "no" for text in columns[names[0]]]
        for names in groups.values()
    }


def _columns(
    columns: Mapping[str, Sequence[str]], rows: AuditRows, patients: NDArray[np.intp]
) -> list[_Field]:
    assert rows.positive is not None
    fields = []
    for name, texts in columns.items():
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
            scores = _rates(codes, known, rows.positive, _groups(patients))
            fields.append(_Field(name, scores, known, HOW_CATEGORIES, grouped=True))
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
    groups: NDArray[np.intp],
) -> Floats:
    """(N,) share of positives of a row's category in the groups that its patient is not of.

    A rate that held the row itself would tell its label; one that left only it out would tell the
    opposite, which is why rows are compared within their group alone.
    """
    shape = (int(groups.max()) + 1, int(codes.max()) + 1)
    cells = (groups * shape[1] + codes)[known]
    counts = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    hits = np.bincount(cells, labels[known], minlength=shape[0] * shape[1]).reshape(shape)
    overall = float(labels[known].mean()) if known.any() else 0.0
    # One patient of the usual share more, so that a category seen nowhere else is no extreme.
    rates = (hits.sum(axis=0) - hits + overall) / (counts.sum(axis=0) - counts + 1)
    return np.asarray(rates[groups, codes], dtype=np.float64)
