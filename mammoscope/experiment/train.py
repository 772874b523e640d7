"""The training flow: split → prepare → fit → export → calibrate. The test part is not touched."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import digest, load_split, make_split, to_csv
from mammoscope.experiment.calibrate import choose_thresholds, fit_calibrator
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.data import PartData, Say, prepare_parts
from mammoscope.experiment.feed import Feed
from mammoscope.experiment.graph import run_graph
from mammoscope.experiment.plots import draw_curves, read_history
from mammoscope.experiment.run import RunFolder
from mammoscope.types import DatasetError, ModelIntegrityError, PartName, Split, Task

LARGEST_GRAPH_BYTES = 15_000_000
LARGEST_DIFFERENCE = 1e-3
HEATMAP_PERCENTILE = 99.0
VERSIONED = ("mammoscope", "keras", "torch", "onnxruntime", "numpy")


def train(
    dataset: Dataset,
    config: TrainConfig,
    out: Path,
    *,
    split_file: Path | None = None,
    say: Say = lambda line: None,
) -> RunFolder:
    """Trains one model, exports it and fits what validation women decide.

    Args:
        dataset: opened by its reader.
        config: what to do; what it leaves open is settled and written into the run.
        out: the run folder to make.
        split_file: a `split.csv` to use again, so that runs can be compared.
        say: told of progress, a line at a time.

    Raises:
        DatasetError: an unknown model, weights that do not fit, a run folder in use, a split of
            other data, or a training that diverged.
        LeakageError: a patient in two parts.
        DecodeError: an image that cannot be read.
        ModelIntegrityError: the exported graph differs from the network.
    """
    split = _split(dataset, config, split_file)
    run = RunFolder(out)
    run.refuse_if_used()
    classifier, config = start(config, dataset.task, say=say)
    run.create(config.to_json(), to_csv(split), config.preprocess.to_json())
    say(f"{classifier.title}: {classifier.count_parameters():,} parameters, start: {config.init}")
    started = time.perf_counter()
    data = prepare_parts(dataset, split, ("train", "validation"), config.preprocess, say=say)
    _fit(classifier, config, data, run, say)
    if not run.weights.is_file():
        raise DatasetError("training diverged: no epoch had a validation AUC; lower the rate")
    load_best(classifier, run)
    classifier.export(run.graph, half=needs_half(classifier))
    seconds = round(time.perf_counter() - started, 1)
    say(f"trained and exported in {seconds:.0f} s; graph {run.graph.stat().st_size:,} bytes")
    summary = {
        "title": classifier.title,
        "explanation": classifier.explanation,
        "parameters": classifier.count_parameters(),
        "start": config.init,
        "seconds": seconds,
        "dataset": _describe(dataset),
        "split_digest": digest(split),
        "women": {name: len({r.patient for r in part}) for name, part in split.parts().items()},
        "images": {name: len(part) for name, part in split.parts().items()},
        "positive_share": float(np.mean(data["train"].y)),
        **_settle(classifier, data["validation"], run),
        "versions": {name: version(name) for name in VERSIONED},
    }
    run.training.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return run


def start(
    config: TrainConfig, task: Task, *, say: Say = lambda line: None
) -> tuple[NetworkClassifier, TrainConfig]:
    """An unfitted classifier and the config with nothing left open.

    Raises:
        DatasetError: an unknown model, or weights that do not fit it.
    """
    if config.model not in CLASSIFIERS:
        raise DatasetError(f"model {config.model!r} is unknown; expected {sorted(CLASSIFIERS)}")
    mixed = config.fit.mixed_precision
    if mixed is None:
        mixed = bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
    config = replace(config, fit=replace(config.fit, mixed_precision=mixed))
    network = NetworkConfig(
        input_shape=(config.preprocess.rows, config.preprocess.columns, 1),
        classes=task.classes,
        learning_rate=config.fit.learning_rate,
        mixed_precision=mixed,
        seed=config.seed,
    )
    create = CLASSIFIERS[config.model]
    if config.init is None:
        try:
            classifier = create(replace(network, weights="imagenet"))
            return classifier, replace(config, init="imagenet")
        except DatasetError as error:
            say(f"random start: {error}")
            config = replace(config, init="none")
    weights = None if config.init == "none" else config.init
    return create(replace(network, weights=weights)), config


def load_best(classifier: NetworkClassifier, run: RunFolder) -> None:
    """Gives a classifier the weights of a run's best epoch, as its graph holds them."""
    classifier.model.load_weights(str(run.weights))
    if needs_half(classifier):
        classifier.round_to_float16()


def needs_half(classifier: NetworkClassifier) -> bool:
    """Whether a graph in float32 would be over the size limit."""
    return classifier.count_parameters() * 4 > LARGEST_GRAPH_BYTES


def _split(dataset: Dataset, config: TrainConfig, split_file: Path | None) -> Split:
    if split_file is not None:
        split = load_split(split_file, dataset)
    else:
        split = make_split(dataset.records, dataset.task, seed=config.seed)
    for name, part in split.parts().items():
        if len({dataset.task.index(record.label) for record in part}) < len(dataset.task.classes):
            raise DatasetError(
                f"the {name} part lacks a class of {dataset.task.classes}; "
                "nothing could be measured on it: give more patients or another seed"
            )
    return split


def _fit(
    classifier: NetworkClassifier,
    config: TrainConfig,
    data: dict[PartName, PartData],
    run: RunFolder,
    say: Say,
) -> None:
    part, validation, fit = data["train"], data["validation"], config.fit
    feed = Feed(part.x, part.y, batch_size=fit.batch_size, seed=config.seed, augment=config.augment)
    counts = np.bincount(part.y.astype(int), minlength=2)
    classifier.fit(
        feed,
        epochs=fit.epochs,
        validation_data=(validation.x, validation.y[:, np.newaxis]),
        class_weight={index: len(part.y) / (2 * count) for index, count in enumerate(counts)},
        callbacks=[
            keras.callbacks.CSVLogger(str(run.history), append=True),
            keras.callbacks.ModelCheckpoint(
                str(run.weights),
                monitor="val_auc",
                mode="max",
                save_best_only=True,
                save_weights_only=True,
            ),
            keras.callbacks.EarlyStopping(monitor="val_auc", mode="max", patience=fit.patience),
            keras.callbacks.TerminateOnNaN(),
            _Lines(fit, say),
        ],
        # Keras' bar with loss and accuracy, where somebody watches.
        verbose=1 if sys.stdout.isatty() else 0,
    )


class _Lines(keras.callbacks.Callback):
    """One line an epoch, for a log."""

    def __init__(self, fit: FitConfig, say: Say) -> None:
        super().__init__()
        self._epochs, self._say = fit.epochs, say
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = " ".join(f"{name} {value:.3f}" for name, value in (logs or {}).items())
        seconds = time.perf_counter() - self._started
        self._say(f"epoch {epoch + 1}/{self._epochs} {seconds:.0f} s {figures}")


def _settle(classifier: NetworkClassifier, validation: PartData, run: RunFolder) -> dict[str, Any]:
    """What validation decides: epoch, calibrator, thresholds, colour scale; and parity on it."""
    outputs = run_graph(run.graph, validation.x)
    labels = validation.y > 0.5
    calibrator = fit_calibrator(outputs.logit, labels)
    scores = calibrator.score(outputs.logit)
    keras_scores = calibrator.score(classifier.predict_logit(validation.x)[:, -1])
    difference = float(np.abs(keras_scores - scores).max())
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelIntegrityError(
            f"ONNX and Keras scores differ by up to {difference:.2g} on validation images; "
            f"expected at most {LARGEST_DIFFERENCE:g}; the export is faulty"
        )
    history = read_history(run.history)
    best_epoch = 1 + int(np.nanargmax(history["val_auc"]))
    title = f"{classifier.title}, {run.path.name}"
    draw_curves(run.history, run.figure("curves"), title=title, best_epoch=best_epoch)
    return {
        "epochs": len(history["epoch"]),
        "best_epoch": best_epoch,
        "calibrator": calibrator.to_dict(),
        "thresholds": choose_thresholds(scores, labels),
        "heatmap_scale": _heatmap_scale(outputs.evidence),
        "largest_score_difference": difference,
    }


def _heatmap_scale(evidence: NDArray[np.float32]) -> float:
    """The colour scale's end: a round number of logits that few validation cells exceed."""
    reach = max(float(np.percentile(np.abs(evidence), HEATMAP_PERCENTILE)), 1e-3)
    power = 10.0 ** np.floor(np.log10(reach))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= reach))


def _describe(dataset: Dataset) -> dict[str, Any]:
    """What a model card cites of a data set and its question."""
    task = dataset.task
    return {
        "name": dataset.name,
        "source": dataset.source,
        "license": dataset.license,
        "task": task.name,
        "classes": task.classes,
        "positive": task.positive,
        "modality": task.modality,
    }
