"""Fits the quality gate, writes its coefficients into the package and its figures into a page.

`python -m mammoscope.experiment.gate_fit --data ../shared/data --out docs/gate.md`
"""

from __future__ import annotations

import argparse
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mammoscope.experiment import gate_sources
from mammoscope.experiment.gate_report import write_page
from mammoscope.experiment.gate_rows import Row
from mammoscope.experiment.gate_sources import Sample
from mammoscope.images.gate import FILE, Gate, distances
from mammoscope.images.gate_features import FEATURES, measure
from mammoscope.images.gate_stain import STAIN_FEATURES, measure_stain
from mammoscope.images.quality import rule_refusal
from mammoscope.images.segment import find_breast
from mammoscope.images.technique import measure_technique
from mammoscope.types import Modality

SEED = 0
# Halves that are fitted and counted as well, to show how much hangs on the one that was drawn.
OTHER_SEEDS = (1, 2, 3, 4, 5)
# Stronger regularisation lets more photographs through, weaker more women be refused.
STRENGTH = 0.1
# Too few to learn from, and so all of them are for the report.
REPORTED_ONLY = ("DICOM", "lesion crop")
# Kind → weight among the good images; the rest of the good images have 1.
WEIGHTS = {"rsna": 4.0, "mini-mias": 2.0}
# Kind → share of the fitting half's images that the threshold may refuse.
REFUSED_SHARE = {"rsna": 0.005, "mini-mias": 0.01, "H&E patch": 0.005}
# Of these none may be refused, and the lowest of the other half may be a little lower.
NONE_REFUSED, MARGIN = "phantom", 0.3
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The coefficients as they stand in the file, and the rows they were fitted and tried on.

    Attributes:
        values: as `Gate.from_values` takes them.
        rows: all of them, judged.
        others: the rows as judged by fits on other halves, which are thrown away.
    """

    values: dict[str, Any]
    rows: tuple[Row, ...]
    others: tuple[tuple[Row, ...], ...] = ()


def collect(samples: Iterable[Sample], *, good: bool, modality: Modality) -> list[Row]:
    """What the gate needs of each sample; the pictures themselves are not kept."""
    rows = []
    for sample in samples:
        image = sample.image
        breast = find_breast(image)
        values = technique = None
        if modality == "histology":
            values = measure_stain(image) if image.is_color else None
        elif breast.area > 0:
            values, technique = measure(image.pixels, breast), measure_technique(image, breast)
        reason = rule_refusal(image, breast, modality=modality)
        rows.append(
            Row(sample.kind, sample.source, sample.variant, good, reason, values, technique)
        )
        if len(rows) % 1000 == 0:
            _log.info("%d pictures measured, now %s", len(rows), sample.kind)
    return rows


def halves(rows: Sequence[Row], *, seed: int) -> NDArray[np.bool_]:
    """Whether each row is for fitting: half of the sources of each kind, drawn by hash."""
    sources: dict[str, set[str]] = {}
    for row in rows:
        sources.setdefault(row.kind, set()).add(row.source)
    chosen = {
        (kind, name)
        for kind, names in sources.items()
        if kind not in REPORTED_ONLY
        for name in gate_sources.fitting_half(kind, sorted(names), seed=seed)
    }
    return np.array([(row.kind, row.source) in chosen for row in rows])


def fit(rows: Sequence[Row], features: Iterable[str], *, seed: int = SEED) -> Fitted:
    """Logistic regression on distances and their squares; deterministic.

    Args:
        rows: of good and of other pictures.
        features: names of their values.
        seed: of the halves.
    """
    fitting = halves(rows, seed=seed)
    used = [
        (row, row.values)
        for row, chosen in zip(rows, fitting, strict=True)
        if chosen and row.values is not None
    ]
    x = np.array([values for _, values in used])
    good = np.array([row.good for row, _ in used])
    mean, scale = x[good].mean(axis=0), x[good].std(axis=0) + 1e-6
    model = LogisticRegression(C=STRENGTH, max_iter=10_000)
    model.fit(_terms(x, mean, scale), good, sample_weight=_weights([row for row, _ in used]))
    linear, square = np.split(model.coef_[0], 2)
    values: dict[str, Any] = {
        "features": list(features),
        "mean": _rounded(mean),
        "scale": _rounded(scale),
        "linear": _rounded(linear),
        "square": _rounded(square),
        "intercept": round(float(model.intercept_[0]), 5),
        "threshold": 0.0,
    }
    values["threshold"] = round(_threshold(used, Gate.from_values(values)), 4)
    gate = Gate.from_values(values)
    judged = [row.judged(gate, fitting=bool(half)) for row, half in zip(rows, fitting, strict=True)]
    return Fitted(values, tuple(judged))


def _terms(
    x: NDArray[np.float64], mean: NDArray[np.float64], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    distance = distances(x, mean, scale)
    return np.hstack([distance, distance**2])


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _weights(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Good and other pictures weigh alike; a kind of others by the root of its sources."""
    counts = Counter((row.good, row.kind) for row in rows)
    sources = Counter((good, kind) for good, kind, _ in {(r.good, r.kind, r.source) for r in rows})
    good = np.array([row.good for row in rows])
    weights = np.array(
        [
            (WEIGHTS.get(row.kind, 1.0) if row.good else np.sqrt(sources[row.good, row.kind]))
            / counts[row.good, row.kind]
            for row in rows
        ]
    )
    for side in (good, ~good):
        weights[side] *= len(rows) / 2 / weights[side].sum()
    return weights


def _threshold(used: Sequence[tuple[Row, NDArray[np.float64]]], gate: Gate) -> float:
    logits: dict[str, list[float]] = {}
    for row, values in used:
        if row.good:
            logits.setdefault(row.kind, []).append(gate.margin(values))
    limits = [
        float(np.quantile(logits[kind], share))
        for kind, share in REFUSED_SHARE.items()
        if kind in logits
    ]
    if NONE_REFUSED in logits:
        limits.append(min(logits[NONE_REFUSED]) - MARGIN)
    return min(limits)


def fit_all(data: Path) -> Mapping[Modality, Fitted]:
    """Both gates, from the shared folder's images and the installed libraries' pictures."""
    views = collect(gate_sources.mammograms(data), good=True, modality="mammogram")
    views += collect(gate_sources.other_pictures(data), good=False, modality="mammogram")
    slides = collect(gate_sources.slides(data), good=True, modality="histology")
    slides += collect(gate_sources.other_color_pictures(), good=False, modality="histology")
    return {
        "mammogram": _fit_and_others(views, FEATURES),
        "histology": _fit_and_others(slides, STAIN_FEATURES),
    }


def _fit_and_others(rows: Sequence[Row], features: Iterable[str]) -> Fitted:
    names = tuple(features)
    others = tuple(fit(rows, names, seed=seed).rows for seed in OTHER_SEEDS)
    return replace(fit(rows, names), others=others)


def main() -> None:
    """The command line; see the first lines of this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with rsna, mini-mias, …")
    parser.add_argument("--out", type=Path, required=True, help="the page of figures")
    parser.add_argument("--gate", type=Path, default=FILE, help="the coefficients")
    words = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    fitted = fit_all(words.data)
    text = json.dumps({name: one.values for name, one in fitted.items()}, indent=1) + "\n"
    words.gate.write_text(text, encoding="utf-8")
    pages = {name: (one.values, one.rows, one.others) for name, one in fitted.items()}
    write_page(words.out, pages)


if __name__ == "__main__":
    main()
