"""The source of each figure of a comparison as CSV: what it takes to draw the figure again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mammoscope.experiment.history import MEASURES, History
from mammoscope.experiment.plots import roc_points
from mammoscope.experiment.statistics import UnitScores
from mammoscope.types import Estimate

Values = Mapping[str, Any]
_COUNTS = ("n", "n_positive", "n_patients")
_ESTIMATE = ("value", "low", "high")
_CELLS = ("true_negative", "false_positive", "false_negative", "true_positive")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and rows; numbers in full, so that what is read back is equal to the bit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def histories_csv(histories: Mapping[str, Sequence[History]]) -> str:
    """A row an epoch of each network, epochs from 1 as the figure has them."""
    columns = [f"{prefix}{name}" for prefix in ("", "val_") for name in MEASURES]
    rows = []
    for model, networks in histories.items():
        for network in networks:
            for row, number in enumerate(network.numbers):
                values = [float(network.values[column][row]) for column in columns]
                rows.append((model, network.seed, network.fold, int(number) + 1, *values))
    return csv_text(("model", "seed", "fold", "epoch", *columns), rows)


def rocs_csv(models: Mapping[str, tuple[UnitScores, Estimate]], *, unit: str) -> str:
    """A row a point of each seed's curve; the figure's thick line is the mean of the seeds."""
    rows = []
    for model, (units, auc) in models.items():
        counts = (len(units.labels), int(units.labels.sum()), len(set(units.patients)))
        for index, scores in enumerate(units.scores):
            for wrong, found in zip(*roc_points(scores, units.labels), strict=True):
                point = (float(wrong), float(found))
                rows.append((model, index, unit, *counts, *point, auc.value, auc.low, auc.high))
    ends = ("auc", "auc_low", "auc_high")
    header = ("model", "seed_index", "unit", *_COUNTS, "one_minus_specificity", "sensitivity")
    return csv_text((*header, *ends), rows)


def confusions_csv(models: Sequence[Values]) -> str:
    """A row a model: counts (of several seeds their means), sensitivity and specificity."""
    shares = ("sensitivity", "specificity")
    rows = []
    for model in models:
        table = model["confusion"]
        metrics = next(row for row in model["figures"] if row["unit"] == "image")["metrics"]
        ends = [metrics[name][end] for name in shares for end in _ESTIMATE]
        counts = [table[key] for key in (*_COUNTS, "mean_of_seeds", *_CELLS)]
        rows.append((model["name"], "image", *counts, *ends))
    header = ("model", "unit", *_COUNTS, "mean_of_seeds", *_CELLS)
    return csv_text((*header, *(f"{name}_{end}" for name in shares for end in _ESTIMATE)), rows)


def trade_off_csv(models: Sequence[Values], *, unit: str, front: set[str]) -> str:
    """A row a model whose cost was measured."""
    rows = []
    for model in models:
        if model["cost"]:
            figures = next(row for row in model["figures"] if row["unit"] == unit)
            auc = [figures["metrics"]["auc"][end] for end in _ESTIMATE]
            counts = [figures[key] for key in _COUNTS]
            cost = (model["cost"]["latency_p50_ms"], int(model["name"] in front))
            rows.append((model["name"], unit, *counts, *auc, *cost))
    header = ("model", "unit", *_COUNTS, "auc", "auc_low", "auc_high")
    return csv_text((*header, "latency_p50_ms", "on_front"), rows)


def decisions_csv(decision: Values) -> str:
    """A row a model and threshold; the net benefit of acting on all stands in each."""
    rows = [
        (
            model["name"],
            *(decision[key] for key in ("unit", *_COUNTS)),
            threshold,
            *(own[end] for end in _ESTIMATE),
            *(everyone[end] for end in _ESTIMATE),
        )
        for model in decision["models"]
        for threshold, own, everyone in zip(
            decision["thresholds"], model["net_benefit"], decision["everyone"], strict=True
        )
    ]
    ends = ("net_benefit", "net_benefit_low", "net_benefit_high")
    all_ends = ("acting_on_all", "acting_on_all_low", "acting_on_all_high")
    return csv_text(("model", "unit", *_COUNTS, "threshold", *ends, *all_ends), rows)


def froc_csv(models: Mapping[str, Values]) -> str:
    """A row a model and rate; `models`: name → `localisation` of a run."""
    rows = [
        (
            model,
            *("lesion", found["n_lesions"], found["n_of_froc"], found["n_patients_of_froc"]),
            point["rate"],
            *(point[key][end] for key in ("sensitivity", "chance") for end in _ESTIMATE),
        )
        for model, found in models.items()
        for point in found["froc"]
    ]
    ends = ("sensitivity", "sensitivity_low", "sensitivity_high")
    chance_ends = ("chance", "chance_low", "chance_high")
    header = ("model", "unit", "n", "n_images", "n_patients", "false_marks_an_image")
    return csv_text((*header, *ends, *chance_ends), rows)


def reliability_csv(models: Mapping[str, Values]) -> str:
    """A row a model and bin."""
    rows = [
        (
            model,
            *(calibration[key] for key in ("unit", *_COUNTS)),
            one["n_of_bin"],
            one["score"],
            *(one["positives"][end] for end in _ESTIMATE),
        )
        for model, calibration in models.items()
        for one in calibration["bins"]
    ]
    ends = ("share_of_positives", "share_low", "share_high")
    return csv_text(("model", "unit", *_COUNTS, "n_of_bin", "mean_score", *ends), rows)
