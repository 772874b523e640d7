"""A comparison's report as one small file beside the published models, for the page to show."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.experiment.compare import FIGURES
from mammoscope.experiment.comparison import KIND
from mammoscope.experiment.history import History, course
from mammoscope.experiment.leak import is_leaked
from mammoscope.inference.studies import SCHEMA, STUDY_NAME, study_file
from mammoscope.ledger.durable import write_text
from mammoscope.types import DatasetError

LARGEST_BYTES = 300_000
# Of 1e-5 nobody could see anything in a figure of the page.
_DIGITS = 5
_COURSES = ("loss", "accuracy", "val_loss", "val_accuracy")
_DATA = ("name", "source", "license", "task", "positive", "classes", "modality", "split_digest")
_MODEL = (
    *("name", "title", "start", "preprocessing", "folds", "networks", "epochs", "parameters"),
    *("training_seconds", "training_device", "cost", "figures", "confusion", "limits"),
)
_CALIBRATION = (
    *("unit", "n", "n_positive", "n_patients", "ece", "perfect_ece", "p", "brier"),
    *("slope", "intercept", "bins"),
)


def publish_study(report: Path, name: str, *, zoo: Path) -> Path:
    """Writes the summary figures of a report as a study of the zoo; an older one is replaced.

    Nothing in it is of a single woman: a score, a path or a patient is in none of the files read.
    What an older report did not write (curves, ROC, calibration) is left out, and the page says so.

    Args:
        report: folder that `compare` wrote.
        name: lower case letters, digits and hyphens.
        zoo: folder of published models.

    Returns:
        The file.

    Raises:
        DatasetError: no report of a comparison, one of a leak repeated on purpose, no name, or
            more figures than a page should load.
    """
    if not STUDY_NAME.fullmatch(name):
        raise DatasetError(
            f"{name!r} is no study name; expected lower case letters, digits and hyphens"
        )
    values = _read(report)
    if is_leaked(values["data"]["name"]):
        raise DatasetError(
            f"{report} repeats a leak on purpose: no figure of it may be believed; publish an "
            "honest study"
        )
    study = {
        "schema": SCHEMA,
        "name": name,
        "notice": values["notice"],
        "data": {key: values["data"].get(key) for key in _DATA},
        "unit": values["unit"],
        "tested": _tested(values),
        "verdict": values["verdict"],
        "models": [_model(model) for model in values["models"]],
        "differences": list(_differences(values)),
        "baselines": values.get("baselines", []),
        "curves": _curves(report / "curves.csv"),
        "roc": _roc(report / f"roc-{values['unit']}.csv"),
    }
    text = json.dumps(_rounded(study), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    size = len(text.encode())
    if size > LARGEST_BYTES:
        raise DatasetError(
            f"the study would have {size:,} bytes; expected at most {LARGEST_BYTES:,}; "
            "compare fewer models"
        )
    path = study_file(zoo, name)
    write_text(path, text + "\n")
    return path


def _read(report: Path) -> dict[str, Any]:
    try:
        values = json.loads((report / FIGURES).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{report} holds no {FIGURES} that can be read ({error}); expected the report folder "
            "of `mammoscope compare` or `mammoscope study`"
        ) from error
    if not isinstance(values, dict) or values.get("kind") != KIND:
        raise DatasetError(f"{report / FIGURES} is no comparison; expected one of several runs")
    return values


def _tested(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of each unit how many were tested; every model was tested on the same."""
    return [
        {key: figure[key] for key in ("unit", "n", "n_positive", "n_patients")}
        for figure in values["models"][0]["figures"]
    ]


def _model(model: Mapping[str, Any]) -> dict[str, Any]:
    calibration = model.get("calibration")
    return {
        **{key: model.get(key) for key in _MODEL},
        "calibration": calibration and {key: calibration.get(key) for key in _CALIBRATION},
    }


def _differences(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Of the AUC by the report's unit, paired."""
    for row in values["differences"]:
        if row["metric"] == "auc" and row["unit"] == values["unit"]:
            kept = ("one", "other", "may_be_noise", "value", "low", "high", "method")
            yield {key: row[key] for key in kept}


def _curves(path: Path) -> list[dict[str, Any]]:
    """Loss and accuracy over the epochs from 1: mean and range of a model's networks."""
    networks: dict[str, dict[tuple[str, str], list[dict[str, str]]]] = {}
    for row in _rows(path):
        networks.setdefault(row["model"], {}).setdefault((row["seed"], row["fold"]), []).append(row)
    return [
        {"model": model, "networks": len(those), **_course([*those.values()])}
        for model, those in networks.items()
    ]


def _course(networks: Sequence[Sequence[Mapping[str, str]]]) -> dict[str, Any]:
    histories = [
        History(
            seed=int(rows[0]["seed"]),
            fold=int(rows[0]["fold"]),
            numbers=np.array([int(row["epoch"]) - 1 for row in rows]),
            values={name: np.array([float(row[name]) for row in rows]) for name in _COURSES},
        )
        for rows in networks
    ]
    courses = {name: course(histories, name) for name in _COURSES}
    return {
        "epochs": [int(number) + 1 for number in courses["loss"].numbers],
        **{
            name: {end: _known(getattr(found, end)) for end in ("mean", "least", "most")}
            for name, found in courses.items()
        },
    }


def _known(values: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    """JSON has no word for an epoch without a number."""
    return [float(value) if np.isfinite(value) else None for value in values]


def _roc(path: Path) -> list[dict[str, Any]]:
    """A curve a model and seed, without the points that lie on a straight piece of it."""
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in _rows(path):
        point = (float(row["one_minus_specificity"]), float(row["sensitivity"]))
        points.setdefault((row["model"], row["seed_index"]), []).append(point)
    return [
        {
            "model": model,
            "one_minus_specificity": [wrong for wrong, _ in corners],
            "sensitivity": [found for _, found in corners],
        }
        for (model, _), corners in ((key, _corners(curve)) for key, curve in points.items())
    ]


def _corners(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    kept = list(points[:2])
    for point in points[2:]:
        (x0, y0), (x1, y1) = kept[-2:]
        if abs((x1 - x0) * (point[1] - y0) - (y1 - y0) * (point[0] - x0)) < 1e-12:
            kept[-1] = point
        else:
            kept.append(point)
    return kept


def _rows(path: Path) -> list[dict[str, str]]:
    """None where a report of an older version wrote no sources."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
