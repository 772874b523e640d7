"""The figures of a published model on anybody's data set. Nothing is chosen or fitted here."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import load_test_part
from mammoscope.experiment.graph import BATCH, run_logits
from mammoscope.experiment.limits import leakage_limits, learnt_from
from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.plots import draw_confusion, draw_roc
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.prepared import PreparedImages, Say, prepare_record
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import patient_bootstrap
from mammoscope.experiment.subgroups import report_subgroups
from mammoscope.experiment.units import age_baselines, at_unit, report_units, units_of
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.exam import score_breasts
from mammoscope.inference.runtime import Session
from mammoscope.ledger.durable import write_json
from mammoscope.types import (
    DatasetError,
    MammoscopeError,
    OperatingPoint,
)

# Of the bootstrap: the same model on the same data has the same intervals.
SEED = 0
# Progress is told every so many images.
_TOLD_EVERY = 2048


def evaluate_published(
    model: PublishedModel,
    dataset: Dataset,
    *,
    split: Path | None = None,
    out: Path | None = None,
    cache: Path | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """The report on every image of the data set, with calibrator and thresholds as published.

    Args:
        model: opened and verified.
        dataset: asked the model's own question; one class is enough, and what is not defined
            then is left out.
        split: `split.csv` by which the model, or what it started from, learnt from this data set:
            only the test women are scored; None = everybody.
        out: folder to make, with `predictions.csv`, `report.json`, ROC and confusion; None = none.
        cache: folder of prepared arrays, which are kept there; None = none is kept, not even in
            memory.
        say: told of progress, a line at a time.

    Returns:
        The report, as JSON values.

    Raises:
        DatasetError: the data set is asked another question, `split` is not the model's, or `out`
            exists.
        DecodeError: an image cannot be read; none is skipped.
        ModelIntegrityError: the graph fails.
        MammoscopeError: `out` cannot be written.
    """
    refuse_other_question(model, dataset)
    if split is not None:
        dataset = _only_tested(model, dataset, split)
    with _new_folder(out) if out is not None else nullcontext() as folder:
        predictions, refused = score_published(model, dataset, cache=cache, say=say)
        say("bootstrap")
        report = _report(model, dataset, predictions, refused, held_out=split is not None)
        if folder is not None:
            run = RunFolder(folder)
            predictions.write(run.predictions)
            _draw(run, predictions, model, dataset)
            write_json(run.report, report)
    return report


def _only_tested(model: PublishedModel, dataset: Dataset, split: Path) -> Dataset:
    """The data set without the women that the model, or what it started from, learnt from."""
    records, seen = load_test_part(split, dataset)
    expected = learnt_from(model.card).get(dataset.name)
    if seen != expected:
        raise DatasetError(
            f"{split} is the split {seen[:12]}, but {model.reference} learnt from {dataset.name} "
            f"by {expected[:12] if expected else 'none'}; give the split.csv of the run that "
            "it, or its start, was published from, or leave --split out"
        )
    note = f"The test women of that split alone ({seen[:12]}): no weight was fitted on them."
    return replace(dataset, records=records, notes=(note, *dataset.notes))


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
) -> tuple[Predictions, int]:
    """What the model says of each image, held against its default operating point.

    Images that the quality gate refuses are scored too: a figure must not be made prettier by
    leaving images out. Their number comes second.

    Args:
        model, dataset, cache, say: as for `evaluate_published`.
    """
    records, rows = dataset.records, len(dataset.records)
    if cache is None:
        say(f"scoring {rows} images with {model.reference}, each prepared on the way")
        logit, refused = _score_once(model, dataset, say)
    else:
        say(f"preparing {rows} images of {dataset.name}")
        images = PreparedImages(dataset, records, model.preprocess, cache, say=say)
        say(f"scoring {rows} images with {model.reference}")
        logit, refused = run_logits(model.graphs, images), images.refused
    positive = dataset.task.classes.index(dataset.task.positive)
    score, breasts = model.calibrator.score(logit), [record.breast for record in records]
    predictions = Predictions(
        part=["test"] * rows,
        path=[record.path for record in records],
        patient=[record.patient for record in records],
        breast=breasts,
        positive=np.array([dataset.task.index(record.label) == positive for record in records]),
        logit=logit,
        score=score,
        breast_score=score_breasts(score, breasts, model.breast_calibrator),
        threshold=np.full(rows, model.operating_points[0].threshold),
        seed=np.zeros(rows, dtype=np.int64),
        fold=np.zeros(rows, dtype=np.int64),
    )
    return predictions, refused


def _score_once(
    model: PublishedModel, dataset: Dataset, say: Say
) -> tuple[NDArray[np.float64], int]:
    """Logits (N,) and how many images the gate refuses; no more than a batch is ever held.

    Each array is used once: 100,000 of them on disk are 26 GB, which a temporary folder in
    memory does not hold.
    """
    prepare = partial(prepare_record, dataset, config=model.preprocess)
    session, logits, refused = Session(model.graphs), [], 0
    with ThreadPoolExecutor(max_workers=min(BATCH, os.cpu_count() or 1)) as pool:
        for at in range(0, len(dataset.records), BATCH):
            if at and at % _TOLD_EVERY == 0:
                say(f"{at} of {len(dataset.records)} images scored")
            batch = list(pool.map(prepare, dataset.records[at : at + BATCH]))
            logits.append(session.run(np.stack([array for array, _ in batch])).logit[:, -1])
            refused += sum(is_refused for _, is_refused in batch)
    return np.concatenate(logits).astype(np.float64), refused


def _report(
    model: PublishedModel,
    dataset: Dataset,
    predictions: Predictions,
    refused: int,
    *,
    held_out: bool,
) -> dict[str, Any]:
    # What files tell would have to be fitted on these women: it stands beside trained runs only.
    baselines = age_baselines(predictions, dataset.records, seed=SEED)
    return {
        "model": model.reference,
        "task": model.task,
        "classes": list(model.classes),
        "positive": model.positive,
        "dataset": {
            "name": dataset.name,
            "source": dataset.source,
            "license": dataset.license,
            "held_out": held_out,
            "notes": [*(() if held_out else leakage_limits(model, dataset.name)), *dataset.notes],
        },
        "images": len(predictions.path),
        "women": len(set(predictions.patient)),
        "figures": [asdict(unit) for unit in report_units(predictions, seed=SEED)],
        "operating_points": [_measure(predictions, point) for point in model.operating_points],
        "subgroups": report_subgroups(
            predictions, dataset.records, seed=SEED, point=model.operating_points[0].name
        ),
        "baselines": {name: asdict(estimate) for name, estimate in baselines.items()},
        "refused_by_the_gate": refused,
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
        for unit in units_of(predictions):
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
