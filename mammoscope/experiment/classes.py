"""The figures of a run whose images come in patches, or that tells more than two classes apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import load_split
from mammoscope.experiment.data import PartData, prepare_parts
from mammoscope.experiment.graph import run_all_logits
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.votes import VoteFigures, measure_votes
from mammoscope.ledger.durable import write_json, write_text
from mammoscope.types import PartName, Record, Task

PARTS: tuple[PartName, ...] = ("train", "validation", "test")
# Of the four classes of breast histology, those that are carcinomas.
CARCINOMAS = frozenset({"in situ", "invasive"})


def evaluate_classes(
    run: RunFolder, dataset: Dataset, *, cache: Path | None = None, say: Say = lambda line: None
) -> dict[str, Any]:
    """Writes `class-scores.csv` and `report.json`: by patch, and by each vote over an image.

    There is no AUC, no operating point and no calibration of more than two classes here, and such
    a run cannot be published: an answer has one score.

    Args:
        run: trained.
        dataset: that it was trained on; a record's `attributes["image"]` says which image it is a
            patch of, without it it is an image of its own.
        cache: folder of prepared arrays; None = in the run folder.
        say: told of progress, a line at a time.

    Returns:
        The report, as JSON values.

    Raises:
        DatasetError: the run is not trained, or of other data.
    """
    training, config = run.read_training(), run.read_config()
    split = load_split(run.split, dataset)
    data = prepare_parts(dataset, split, PARTS, config.preprocess, cache or run.prepared, say=say)
    scores = {}
    for name, part in data.items():
        say(f"scoring {len(part.records)} images of {name}")
        scores[name] = class_scores(run_all_logits(run.graphs, part.x))
    write_text(run.class_scores, _to_csv(data, scores, dataset.task))
    say("bootstrap")
    report = {
        "classes": list(dataset.task.classes),
        "parts": {
            name: _figures(part, scores[name], dataset.task, seed=config.seed)
            for name, part in data.items()
        },
        "parity": training["parity"],
        "split_digest": training["split_digest"],
        "notes": list(dataset.notes),
    }
    write_json(run.report, report)
    return report


def measure_image_votes(
    part: PartData, scores: NDArray[np.float64], task: Task, *, seed: int
) -> dict[str, Any]:
    """What each vote over an image's patches gives; empty where records are no patches.

    Args:
        part: N patches.
        scores: (N,) calibrated, of the second of two classes.
        task: the question.
        seed: of the bootstrap.
    """
    if not any("image" in record.attributes for record in part.records):
        return {}
    return _votes(part, np.stack([1 - scores, scores], axis=1), task, seed=seed)


def class_scores(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Softmax (N, classes) of logits (N, K), more than two.

    Of a network's head they are its probabilities. Of an SVM's margins they are none, nothing
    having been calibrated: the majority does not ask for it, `maximum` and `sum` weigh patches by
    how far they lie from the planes.
    """
    whole = np.asarray(logits, dtype=np.float64)
    exponent = np.exp(whole - whole.max(axis=1, keepdims=True))
    return np.asarray(exponent / exponent.sum(axis=1, keepdims=True))


def _figures(
    part: PartData, scores: NDArray[np.float64], task: Task, *, seed: int
) -> dict[str, Any]:
    alone = measure_votes(
        [record.path for record in part.records],
        [record.patient for record in part.records],
        part.y.astype(int),
        scores,
        carcinoma=_carcinoma(task),
        seed=seed,
    )
    # One patch has one vote: every rule gives its own class.
    patches = _to_values(alone["sum"], task)
    return {"patches": patches, "images": _votes(part, scores, task, seed=seed)}


def _votes(part: PartData, scores: NDArray[np.float64], task: Task, *, seed: int) -> dict[str, Any]:
    voted = measure_votes(
        [_image(record) for record in part.records],
        [record.patient for record in part.records],
        part.y.astype(int),
        scores,
        carcinoma=_carcinoma(task),
        seed=seed,
    )
    return {rule: _to_values(figures, task) for rule, figures in voted.items()}


def _image(record: Record) -> str:
    return record.attributes.get("image", record.path)


def _carcinoma(task: Task) -> Sequence[bool] | None:
    severe = [name in CARCINOMAS for name in task.classes]
    return severe if any(severe) else None


def _to_values(figures: VoteFigures, task: Task) -> dict[str, Any]:
    values = asdict(figures)
    values["recall"] = {task.classes[k]: recall for k, recall in values["recall"].items()}
    return values


def _to_csv(
    data: Mapping[PartName, PartData], scores: Mapping[PartName, NDArray[np.float64]], task: Task
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("part", "path", "image", "patient", "class", *task.classes))
    for name, part in data.items():
        for record, label, row in zip(part.records, part.y, scores[name], strict=True):
            truth = task.classes[int(label)]
            values = (repr(float(score)) for score in row)
            writer.writerow((name, record.path, _image(record), record.patient, truth, *values))
    return text.getvalue()
