"""The training flow: split → prepare → fit → export → calibrate → evaluate → a run folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import digest, load_split, make_split, to_csv
from mammoscope.experiment.calibrate import choose_thresholds, fit_calibrator
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.curves import draw_curves, read_history
from mammoscope.experiment.evaluate import age_baseline, evaluate, measure_operating_points
from mammoscope.experiment.feed import Feed, prepare_all
from mammoscope.experiment.run import Predictions, RunFolder
from mammoscope.inference.runtime import Session
from mammoscope.types import DatasetError, FloatArray, PartName, Record, Split, Task

LARGEST_GRAPH_BYTES = 15_000_000
HEATMAP_PERCENTILE = 99.0
VERSIONED = ("mammoscope", "keras", "torch", "onnxruntime")
Say = Callable[[str], None]


def train(
    dataset: Dataset,
    config: TrainConfig,
    out: Path,
    *,
    split_file: Path | None = None,
    say: Say = lambda line: None,
) -> RunFolder:
    """Trains one model and measures it on the test part, once.

    Args:
        dataset: opened by its reader.
        config: what to do.
        out: the run folder to make.
        split_file: a `split.csv` to use again, so that runs can be compared.
        say: told of progress, a line at a time.

    Raises:
        DatasetError: an unknown model, a run folder in use, a split of other data.
        LeakageError: a patient in two parts.
        DecodeError: an image that cannot be read.
    """
    if config.model not in CLASSIFIERS:
        raise DatasetError(f"model {config.model!r} is unknown; expected {sorted(CLASSIFIERS)}")
    split = (
        load_split(split_file, dataset)
        if split_file
        else make_split(dataset.records, dataset.task, seed=config.seed)
    )
    for name, part in split.parts().items():
        if len({dataset.task.index(record.label) for record in part}) < len(dataset.task.classes):
            raise DatasetError(
                f"the {name} part lacks a class of {dataset.task.classes}; "
                "nothing could be measured on it: give more patients or another seed"
            )
    run = RunFolder(out)
    run.create()
    run.config.write_text(config.to_json(), encoding="utf-8")
    run.split.write_text(to_csv(split), encoding="utf-8")
    run.preprocess.write_text(config.preprocess.to_json(), encoding="utf-8")
    classifier = _create(config, dataset.task)
    say(f"{classifier.title}: {classifier.count_parameters():,} parameters")

    started = time.perf_counter()
    arrays: dict[PartName, FloatArray] = {}
    for name, part in split.parts().items():
        say(f"preparing {len(part)} images of {name}")
        arrays[name] = prepare_all(dataset, part, config.preprocess)
    labels = {name: _labels(part, dataset.task) for name, part in split.parts().items()}
    _fit(classifier, config, arrays, labels, run, say)
    classifier.model.load_weights(str(run.weights))
    half = classifier.count_parameters() * 4 > LARGEST_GRAPH_BYTES
    if half:
        classifier.round_to_float16()
    classifier.export(run.graph, half=half)
    seconds = time.perf_counter() - started
    say(f"trained and exported in {seconds:.0f} s; graph {run.graph.stat().st_size:,} bytes")
    _measure(classifier, config, dataset, split, arrays, labels, run, seconds)
    return run


def _create(config: TrainConfig, task: Task) -> NetworkClassifier:
    return CLASSIFIERS[config.model](
        NetworkConfig(
            input_shape=(config.preprocess.rows, config.preprocess.columns, 1),
            classes=task.classes,
            learning_rate=config.learning_rate,
            mixed_precision=config.mixed_precision,
            seed=config.seed,
        )
    )


def _labels(records: Sequence[Record], task: Task) -> FloatArray:
    return np.array([task.index(record.label) for record in records], dtype=np.float32)


def _fit(
    classifier: NetworkClassifier,
    config: TrainConfig,
    arrays: dict[PartName, FloatArray],
    labels: dict[PartName, FloatArray],
    run: RunFolder,
    say: Say,
) -> None:
    feed = Feed(
        arrays["train"],
        labels["train"],
        batch_size=config.batch_size,
        seed=config.seed,
        augment=config.augment,
    )
    counts = np.bincount(labels["train"].astype(int), minlength=2)
    classifier.fit(
        feed,
        epochs=config.epochs,
        validation_data=(arrays["validation"], labels["validation"][:, np.newaxis]),
        class_weight={i: len(labels["train"]) / (2 * count) for i, count in enumerate(counts)},
        callbacks=[
            keras.callbacks.CSVLogger(str(run.history)),
            keras.callbacks.ModelCheckpoint(
                str(run.weights),
                monitor="val_auc",
                mode="max",
                save_best_only=True,
                save_weights_only=True,
            ),
            keras.callbacks.EarlyStopping(monitor="val_auc", mode="max", patience=config.patience),
            keras.callbacks.TerminateOnNaN(),
            _Progress(config.epochs, say),
        ],
    )


class _Progress(keras.callbacks.Callback):
    """One line an epoch."""

    def __init__(self, epochs: int, say: Say) -> None:
        super().__init__()
        self._epochs, self._say = epochs, say
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = " ".join(f"{name} {value:.3f}" for name, value in (logs or {}).items())
        seconds = time.perf_counter() - self._started
        self._say(f"epoch {epoch + 1}/{self._epochs} {seconds:.0f} s {figures}")


def _measure(
    classifier: NetworkClassifier,
    config: TrainConfig,
    dataset: Dataset,
    split: Split,
    arrays: dict[PartName, FloatArray],
    labels: dict[PartName, FloatArray],
    run: RunFolder,
    seconds: float,
) -> None:
    """Everything after training is measured on the exported graph: it is what gets published."""
    session = Session(run.graph)
    parts = split.parts()
    measured: tuple[PartName, ...] = ("validation", "test")
    logits = {name: _graph_logits(session, arrays[name]) for name in measured}
    keras_logits = classifier.predict_logit(arrays["test"])[:, -1]
    calibrator = fit_calibrator(logits["validation"], labels["validation"] > 0.5)
    predictions = Predictions(
        part=[name for name in measured for _ in parts[name]],
        path=[record.path for name in measured for record in parts[name]],
        patient=[record.patient for name in measured for record in parts[name]],
        breast=[record.breast for name in measured for record in parts[name]],
        positive=np.concatenate([labels[name] for name in measured]) > 0.5,
        logit=np.concatenate(list(logits.values())),
        score=calibrator.score(np.concatenate(list(logits.values()))),
    )
    predictions.write(run.predictions)
    validation, test = predictions.of("validation"), predictions.of("test")
    thresholds = choose_thresholds(validation.score, validation.positive)
    reports = evaluate(
        test, threshold=thresholds["youden"], seed=config.seed, split_digest=digest(split)
    )
    history = read_history(run.history)
    best_epoch = 1 + int(np.argmax(history["val_auc"]))
    age = age_baseline(split.test, test.positive, seed=config.seed)
    evaluation = {
        "title": classifier.title,
        "explanation": classifier.explanation,
        "dataset": {key: getattr(dataset, key) for key in ("name", "source", "license")},
        "task": {
            key: getattr(dataset.task, key) for key in ("name", "classes", "positive", "modality")
        },
        "parameters": classifier.count_parameters(),
        "training_seconds": round(seconds, 1),
        "best_epoch": best_epoch,
        "epochs": len(history["epoch"]),
        "split_digest": digest(split),
        "women": {name: len({r.patient for r in part}) for name, part in parts.items()},
        "images": {name: len(part) for name, part in parts.items()},
        "positive_share": float(np.mean(labels["train"])),
        "calibrator": calibrator.to_dict(),
        "operating_points": [
            asdict(point) for point in measure_operating_points(test, thresholds, seed=config.seed)
        ],
        "heatmap_scale": _heatmap_scale(session, arrays["validation"]),
        "parity": {
            "images": len(test.logit),
            "largest_score_difference": float(
                np.abs(calibrator.score(keras_logits) - test.score).max()
            ),
        },
        "test": [asdict(report) for report in reports],
        "baselines": {} if age is None else {"age alone, AUC by breast": asdict(age)},
        "versions": {
            name: version(name) for name in ("mammoscope", "keras", "torch", "onnxruntime")
        },
    }
    text = json.dumps(evaluation, indent=2, ensure_ascii=False) + "\n"
    run.evaluation.write_text(text, encoding="utf-8")
    title = f"{classifier.title} on {dataset.name}"
    draw_curves(run.history, run.curves, title=title, best_epoch=best_epoch)


def _graph_logits(session: Session, arrays: FloatArray) -> np.ndarray:
    return np.concatenate(
        [session.run(arrays[i : i + 8]).logit[:, -1] for i in range(0, len(arrays), 8)]
    ).astype(np.float64)


def _heatmap_scale(session: Session, arrays: FloatArray) -> float:
    """The colour scale's end: a round number of logits that few validation cells exceed."""
    evidence = np.concatenate(
        [session.run(arrays[i : i + 8]).evidence for i in range(0, len(arrays), 8)]
    )
    reach = max(float(np.percentile(np.abs(evidence), HEATMAP_PERCENTILE)), 1e-3)
    power = 10.0 ** np.floor(np.log10(reach))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= reach))
