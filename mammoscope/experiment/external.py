"""The figures of a published model on anybody's data set. Nothing is chosen or fitted here."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.data import PartData, prepare_records
from mammoscope.experiment.durable import write_json
from mammoscope.experiment.graph import run_logits
from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.plots import draw_confusion, draw_roc
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.run import Predictions, RunFolder
from mammoscope.experiment.statistics import patient_bootstrap
from mammoscope.experiment.units import UNITS, age_baseline, at_unit, report_units
from mammoscope.inference.card import PublishedModel
from mammoscope.types import DatasetError, MammoscopeError, OperatingPoint

# Of the bootstrap: the same model on the same data has the same intervals.
SEED = 0


def evaluate_published(
    model: PublishedModel,
    dataset: Dataset,
    *,
    out: Path | None = None,
    cache: Path | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """The report on every image of the data set, with calibrator and thresholds as published.

    Args:
        model: opened and verified.
        dataset: asked the model's own question; one class is enough, and what is not defined
            then is left out.
        out: folder to make, with `predictions.csv`, `report.json`, ROC and confusion; None = none.
        cache: folder of prepared arrays; None = one that is deleted at the end.
        say: told of progress, a line at a time.

    Returns:
        The report, as JSON values.

    Raises:
        DatasetError: the data set is asked another question, or `out` exists.
        DecodeError: an image cannot be read; none is skipped.
        ModelIntegrityError: the graph fails.
        MammoscopeError: `out` cannot be written.
    """
    refuse_other_question(model, dataset)
    with _new_folder(out) if out is not None else nullcontext() as folder:
        predictions, data = score_published(model, dataset, cache=cache, say=say)
        say("bootstrap")
        report = _report(model, dataset, predictions, data)
        if folder is not None:
            run = RunFolder(folder)
            predictions.write(run.predictions)
            _draw(run, predictions, model, dataset)
            write_json(run.report, report)
    return report


def refuse_other_question(model: PublishedModel, dataset: Dataset) -> None:
    """Raises `DatasetError` where the data set's labels do not answer the model's question."""
    task = dataset.task
    seen = (task.modality, task.classes, task.positive)
    expected = (model.modality, model.classes, model.positive)
    if seen != expected:
        raise DatasetError(
            f"data set {dataset.name} is asked {task.name!r} ({task.modality}, classes "
            f"{list(task.classes)}, positive {task.positive!r}), but {model.reference} answers "
            f"{model.task!r} ({model.modality}, classes {list(model.classes)}, positive "
            f"{model.positive!r}); give --task {model.task}, or another model"
        )


def score_published(
    model: PublishedModel,
    dataset: Dataset,
    *,
    cache: Path | None = None,
    say: Say = lambda line: None,
) -> tuple[Predictions, PartData]:
    """What the model says of each image, held against its default operating point.

    Images that the quality gate refuses are scored too: a figure must not be made prettier by
    leaving images out.

    Args:
        model, dataset, cache, say: as for `evaluate_published`.
    """
    with tempfile.TemporaryDirectory(prefix="mammoscope-") as scratch:
        say(f"preparing {len(dataset.records)} images of {dataset.name}")
        data = prepare_records(
            dataset, dataset.records, model.preprocess, cache or Path(scratch), say=say
        )
        say(f"scoring {len(data.records)} images with {model.reference}")
        logit = run_logits(model.graph, data.x)
    rows = len(logit)
    predictions = Predictions(
        part=["test"] * rows,
        path=[record.path for record in data.records],
        patient=[record.patient for record in data.records],
        breast=[record.breast for record in data.records],
        positive=data.y == dataset.task.classes.index(dataset.task.positive),
        logit=logit,
        score=model.calibrator.score(logit),
        threshold=np.full(rows, model.operating_points[0].threshold),
        seed=np.zeros(rows, dtype=np.int64),
        fold=np.zeros(rows, dtype=np.int64),
    )
    return predictions, data


def _report(
    model: PublishedModel, dataset: Dataset, predictions: Predictions, data: PartData
) -> dict[str, Any]:
    age = age_baseline(predictions, dataset.records, seed=SEED)
    return {
        "model": model.reference,
        "task": model.task,
        "classes": list(model.classes),
        "positive": model.positive,
        "dataset": {
            "name": dataset.name,
            "source": dataset.source,
            "license": dataset.license,
            "notes": list(dataset.notes),
        },
        "images": len(predictions.path),
        "women": len(set(predictions.patient)),
        "figures": [asdict(unit) for unit in report_units(predictions, seed=SEED)],
        "operating_points": [_measure(predictions, point) for point in model.operating_points],
        "baselines": {} if age is None else {"age alone, AUC by breast": asdict(age)},
        "refused_by_the_gate": data.refused,
    }


def _measure(predictions: Predictions, point: OperatingPoint) -> Mapping[str, Any]:
    """A published threshold on these images, and what its card says of it.

    Unlike an `OperatingPoint` it may lack a figure: these images may be of one class.
    """
    limit = np.full_like(predictions.score, point.threshold)
    estimates = patient_bootstrap(
        at_unit(replace(predictions, threshold=limit), "image"),
        {name: METRICS[name] for name in ("sensitivity", "specificity")},
        seed=SEED,
    )
    return {
        "name": point.name,
        "threshold": point.threshold,
        **{name: asdict(estimate) for name, estimate in estimates.items()},
        "card": {name: asdict(getattr(point, name)) for name in ("sensitivity", "specificity")},
    }


def _draw(
    run: RunFolder, predictions: Predictions, model: PublishedModel, dataset: Dataset
) -> None:
    if 0 < predictions.positive.sum() < len(predictions.positive):
        curves = {}
        for unit in UNITS:
            scores = at_unit(predictions, unit)
            curves[f"by {unit}"] = (scores.scores[0], scores.labels)
        draw_roc(curves, run.figure("roc"), title=f"{model.reference} on {dataset.name}")
    images = at_unit(predictions, "image")
    draw_confusion(
        images.scores[0],
        images.labels,
        images.called[0],
        run.figure("confusion"),
        classes=(model.classes[0], model.classes[1]),
        title=f"images of {dataset.name} at {model.operating_points[0].name}",
    )


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    """A folder aside, which becomes `path` when all went well: there is none half written."""
    if path.exists():
        raise DatasetError(f"{path} exists already; choose another --out")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = tempfile.TemporaryDirectory(dir=path.parent, prefix=".evaluating-")
    except OSError as error:
        raise MammoscopeError(
            f"{path} cannot be made: {error.strerror or error}; choose another --out"
        ) from error
    with aside:
        folder = Path(aside.name) / path.name
        folder.mkdir()
        yield folder
        try:
            folder.rename(path)
        except OSError as error:
            raise DatasetError(f"{path} was made meanwhile; choose another --out") from error
