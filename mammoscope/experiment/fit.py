"""Fits a classifier on prepared images, from its start or from where it was killed."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from mammoscope import __version__
from mammoscope.classifiers.catalog import find_family
from mammoscope.classifiers.classifier import Classifier
from mammoscope.classifiers.network import PREDICT_BATCH, NetworkClassifier
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.checkpoint import (
    Epoch,
    Keeper,
    best_epoch,
    describe_device,
    history_csv,
    join_devices,
    read_weights,
)
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.data import PartData
from mammoscope.experiment.feed import Feed
from mammoscope.experiment.graph import run_all_logits
from mammoscope.experiment.heatmaps import explained_by
from mammoscope.experiment.lessons import Lessons
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.starts import MEMBERS
from mammoscope.experiment.statistics import auc
from mammoscope.experiment.tracking import SILENCE, Tracker
from mammoscope.experiment.wording import duration
from mammoscope.inference.calibrator import Calibrator
from mammoscope.ledger.durable import write_file, write_text
from mammoscope.types import DatasetError, ModelIntegrityError

LARGEST_GRAPH_BYTES = 15_000_000
LARGEST_DIFFERENCE = 1e-3
PARITY_IMAGES = 300
VERSIONED = ("keras", "torch", "scikit-learn", "onnxruntime", "numpy")
# Threads that augment for a GPU, which else waits for its batches.
GPU_WORKERS = 4


def fit(
    classifier: Classifier,
    config: TrainConfig,
    train: PartData,
    validation: PartData | None,
    run: RunFolder,
    *,
    stop_after: int | None = None,
    tracker: Tracker = SILENCE,
    say: Say = lambda line: None,
) -> list[Epoch]:
    """Fits a classifier of any kind, and exports: see `fit_network` and `fit_at_once`."""
    if isinstance(classifier, NetworkClassifier):
        return fit_network(
            classifier,
            config,
            train,
            validation,
            run,
            stop_after=stop_after,
            tracker=tracker,
            say=say,
        )
    history = fit_at_once(classifier, config, train, validation, run, say=say)
    tracker.epoch(1, history[0].logs)
    return history


def fit_at_once(
    classifier: Any,
    config: TrainConfig,
    train: PartData,
    validation: PartData | None,
    run: RunFolder,
    *,
    say: Say = lambda line: None,
) -> list[Epoch]:
    """Fits what has no epochs, and exports; one that was killed begins anew.

    Its history is one row, so that it stands beside a network's.
    """
    say(f"fitting on {len(train.records)} images")
    began = time.perf_counter()
    classifier.fit(train.x, train.y, groups=[record.patient for record in train.records])
    seconds = time.perf_counter() - began
    logs = _measure(classifier, train)
    if validation is not None:
        logs |= {f"val_{name}": value for name, value in _measure(classifier, validation).items()}
    device = describe_device()
    history = [Epoch(number=0, stage=1, seconds=seconds, logs=logs, device=device)]
    write_text(run.history, history_csv(history, seed=config.seed, fold=config.fold))
    write_file(run.graph, classifier.export)
    say(_line(history[0], 1))
    return history


def _measure(classifier: Classifier, part: PartData) -> dict[str, float]:
    """Loss, accuracy and AUC by image, as Keras gives them of a network."""
    scores = classifier.predict_proba(part.x)[:, -1].astype(np.float64)
    labels = part.y > 0.5
    clipped = np.clip(np.where(labels, scores, 1 - scores), 1e-7, 1.0)
    return {
        "accuracy": float(((scores > 0.5) == labels).mean()),
        "auc": auc(scores, labels),
        "loss": float(-np.log(clipped).mean()),
    }


def fit_network(
    classifier: NetworkClassifier,
    config: TrainConfig,
    train: PartData,
    validation: PartData | None,
    run: RunFolder,
    *,
    stop_after: int | None = None,
    tracker: Tracker = SILENCE,
    say: Say = lambda line: None,
) -> list[Epoch]:
    """Fits until the schedule ends, patience ends, or `stop_after` epochs; then exports.

    Afterwards the classifier has the weights of the best epoch (of the last, without validation),
    rounded to float16 where the graph would else be too large, and the run has its graph.

    Args:
        classifier: as `start` gave it.
        config: with nothing left open.
        train: what is learnt from.
        validation: what chooses the epoch; None = the last one is taken.
        run: keeps all; one that was killed goes on from its checkpoint.
        stop_after: epochs, on the schedule of `config.fit.epochs`.
        tracker, say: told of each epoch.

    Raises:
        DatasetError: training diverged, or the run's checkpoint is another network's.
    """
    fit, workers = config.fit, GPU_WORKERS if torch.cuda.is_available() else 1
    lessons = _make_lessons(classifier, config, train)
    counts = np.bincount(train.y.astype(int), minlength=len(classifier.classes_))
    # What is rare costs as much as what is frequent.
    class_weight = {
        index: len(train.y) / (len(counts) * max(count, 1)) for index, count in enumerate(counts)
    }
    if lessons is not None:
        # So many of them are painted on, whose labels do not count.
        class_weight[0] /= 1 - fit.lesions
    feed = Feed(
        train.x,
        train.y,
        batch_size=fit.batch_size,
        seed=config.seed,
        augment=config.augment,
        workers=workers,
        lessons=lessons,
        mosaic_epochs=fit.mosaic_epochs,
        class_weight=class_weight,
    )
    until = fit.all_epochs if stop_after is None else stop_after

    def tell(epoch: Epoch) -> None:
        say(_line(epoch, until))
        tracker.epoch(epoch.number + 1, epoch.logs)

    keeper = Keeper(
        classifier,
        run,
        feed,
        patience=fit.patience,
        seed=config.seed,
        fold=config.fold,
        average=fit.average,
        on_epoch=tell,
    )
    if keeper.progress is not None:
        if keeper.progress.epochs > until:
            raise DatasetError(
                f"{run.path} has trained {keeper.progress.epochs} epochs already, more than the "
                f"{until} that are asked for; delete the folder to train it anew"
            )
        say(f"going on after epoch {keeper.progress.epochs}")
    classifier.fit(
        feed,
        epochs=fit.all_epochs,
        stop_after=stop_after,
        progress=keeper.progress,
        validation_data=None if validation is None else _in_order(validation, fit, lessons),
        # Lessons bring their weights along.
        class_weight=class_weight if lessons is None else None,
        callbacks=[keras.callbacks.TerminateOnNaN(), keeper],
        # Keras' bar with loss and accuracy, where somebody watches.
        verbose=1 if sys.stdout.isatty() else 0,
        told=lessons is not None,
        mosaic_epochs=fit.mosaic_epochs,
    )
    run.head.unlink(missing_ok=True)
    load_best(classifier, run)
    head = classifier.fit_head(train.x, train.y)
    if head:
        write_file(run.head, partial(_save_head, head))
    half = needs_half(classifier)
    write_file(run.graph, lambda aside: classifier.export(aside, half=half))
    if classifier.has_features_graph:
        write_file(run.features_graph, lambda aside: classifier.export_features(aside, half=half))
    return keeper.history


def load_best(classifier: NetworkClassifier, run: RunFolder) -> None:
    """Gives a classifier the weights of a run's best epoch, as its graph holds them."""
    read_weights(classifier.model, run.weights)
    if needs_half(classifier):
        classifier.round_to_float16()
    if run.head.is_file():
        with np.load(run.head, allow_pickle=False) as arrays:
            classifier.load_head(dict(arrays))


def _save_head(arrays: Mapping[str, NDArray[np.float32]], path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def needs_half(classifier: NetworkClassifier) -> bool:
    """Whether a graph in float32 would be over the size limit."""
    return classifier.count_parameters() * 4 > LARGEST_GRAPH_BYTES


def check_parity(
    classifier: Classifier, run: RunFolder, part: PartData, calibrator: Calibrator
) -> dict[str, Any]:
    """Largest difference between the graph's scores and the classifier's, and of how many images.

    Of a larger part `PARITY_IMAGES` of it are asked: a faulty export shows on most images, and
    training's own arithmetic takes long without a GPU.

    Raises:
        ModelIntegrityError: it is over the limit.
    """
    part = part.spread(PARITY_IMAGES)
    graph_scores, own_scores = (
        _scores(logits, calibrator)
        for logits in (run_all_logits(run.graphs, part.x), classifier.predict_logit(part.x))
    )
    difference = float(np.abs(own_scores - graph_scores).max())
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelIntegrityError(
            f"ONNX and the classifier's own scores differ by up to {difference:.2g}; "
            f"expected at most {LARGEST_DIFFERENCE:g}; the export is faulty"
        )
    return {"images": len(part.records), "largest_score_difference": difference}


def _scores(logits: NDArray[np.floating], calibrator: Calibrator) -> NDArray[np.float64]:
    """Calibrated scores (N, 1) of two classes, softmax (N, K) of more."""
    if logits.shape[1] == 1:
        return calibrator.score(logits)
    exponent = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponent / exponent.sum(axis=1, keepdims=True), dtype=np.float64)


def describe_fit(
    classifier: Classifier, config: TrainConfig, history: list[Epoch]
) -> dict[str, Any]:
    """What a run notes of its network and its training."""
    best = best_epoch(history)
    assert best is not None
    return {
        "title": classifier.title,
        "explanation": classifier.explanation,
        "explained_by": explained_by(config.preprocess),
        "parameters": classifier.count_parameters(),
        "macs": classifier.count_macs(),
        # Where the graphs of its members lay says nothing; they are named in its configuration.
        "start": MEMBERS if find_family(config.model)[0].begins == MEMBERS else config.init,
        "seconds": round(sum(epoch.seconds for epoch in history), 1),
        # A training may have gone on elsewhere.
        "device": join_devices(epoch.device for epoch in history) or describe_device(),
        "epochs": len(history),
        "best_epoch": best.number + 1,
        "versions": {"mammoscope": __version__, **{name: version(name) for name in VERSIONED}},
    }


def describe_dataset(dataset: Dataset) -> dict[str, Any]:
    """What a model card cites of a data set and its question."""
    task = dataset.task
    return {
        "name": dataset.name,
        "source": dataset.source,
        "license": dataset.license,
        "notes": list(dataset.notes),
        "task": task.name,
        "classes": list(task.classes),
        "positive": task.positive,
        "modality": task.modality,
    }


def _make_lessons(
    classifier: NetworkClassifier, config: TrainConfig, train: PartData
) -> Lessons | None:
    if not config.fit.tells:
        return None
    if classifier.cells is None:
        raise DatasetError(
            f"{classifier.title} has no cells that could be told where lesions are; expected two "
            "classes and a model such as densenet121.peak; give another, or no --lesions"
        )
    return Lessons(
        classifier.cells,
        probability=config.fit.lesions,
        augment=config.augment,
        outlined=train.outlined,
    )


def _in_order(part: PartData, fit: FitConfig, lessons: Lessons | None) -> Feed:
    """Images as they are; a network that is told of lesions is told of none in them."""
    quiet = None if lessons is None else lessons.hushed()
    return Feed(
        part.x,
        part.y,
        batch_size=max(fit.batch_size, PREDICT_BATCH),
        seed=0,
        augment=None,
        shuffled=False,
        lessons=quiet,
    )


def _line(epoch: Epoch, epochs: int) -> str:
    figures = " ".join(f"{name} {value:.3f}" for name, value in epoch.logs.items())
    left = duration(epoch.seconds * (epochs - epoch.number - 1))
    return f"epoch {epoch.number + 1}/{epochs} {epoch.seconds:.0f} s {figures}; at most {left} left"
