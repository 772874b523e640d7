"""The training flow: split → prepare → fit → export → calibrate → evaluate → a run folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import digest, load_split, make_split, to_csv
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.curves import draw_curves
from mammoscope.experiment.feed import Feed, prepare_all
from mammoscope.experiment.measure import PartData, describe, measure
from mammoscope.experiment.run import RunFolder
from mammoscope.types import DatasetError, FloatArray, PartName, Record, Task

LARGEST_GRAPH_BYTES = 15_000_000
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
    data: dict[PartName, PartData] = {}
    for name, part in split.parts().items():
        say(f"preparing {len(part)} images of {name}")
        x = prepare_all(dataset, part, config.preprocess)
        data[name] = PartData(records=part, x=x, y=_labels(part, dataset.task))
    _fit(classifier, config, data, run, say)
    classifier.model.load_weights(str(run.weights))
    half = classifier.count_parameters() * 4 > LARGEST_GRAPH_BYTES
    if half:
        classifier.round_to_float16()
    classifier.export(run.graph, half=half)
    seconds = round(time.perf_counter() - started, 1)
    say(f"trained and exported in {seconds:.0f} s; graph {run.graph.stat().st_size:,} bytes")
    evaluation = measure(run, classifier, data, seed=config.seed, split_digest=digest(split))
    evaluation |= {"dataset": describe(dataset), "training_seconds": seconds}
    text = json.dumps(evaluation, indent=2, ensure_ascii=False) + "\n"
    run.evaluation.write_text(text, encoding="utf-8")
    title = f"{classifier.title} on {dataset.name}"
    draw_curves(run.history, run.curves, title=title, best_epoch=evaluation["best_epoch"])
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
    data: dict[PartName, PartData],
    run: RunFolder,
    say: Say,
) -> None:
    train_part, validation = data["train"], data["validation"]
    feed = Feed(
        train_part.x,
        train_part.y,
        batch_size=config.batch_size,
        seed=config.seed,
        augment=config.augment,
    )
    counts = np.bincount(train_part.y.astype(int), minlength=2)
    classifier.fit(
        feed,
        epochs=config.epochs,
        validation_data=(validation.x, validation.y[:, np.newaxis]),
        class_weight={i: len(train_part.y) / (2 * count) for i, count in enumerate(counts)},
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
