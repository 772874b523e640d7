"""Fits a network on prepared images, from its start or from where it was killed."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import Any

import keras
import numpy as np
import torch

from mammoscope import __version__
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.checkpoint import Epoch, Keeper, best_epoch, read_weights
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.data import PartData
from mammoscope.experiment.durable import write_file
from mammoscope.experiment.feed import Feed
from mammoscope.experiment.graph import run_logits
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.wording import duration
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.types import DatasetError, ModelIntegrityError

LARGEST_GRAPH_BYTES = 15_000_000
LARGEST_DIFFERENCE = 1e-3
VERSIONED = ("keras", "torch", "onnxruntime", "numpy")
# Threads that augment for a GPU, which else waits for its batches.
GPU_WORKERS = 4


def fit_network(
    classifier: NetworkClassifier,
    config: TrainConfig,
    train: PartData,
    validation: PartData | None,
    run: RunFolder,
    *,
    stop_after: int | None = None,
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
        say: told of each epoch.

    Raises:
        DatasetError: training diverged, or the run's checkpoint is another network's.
    """
    fit, workers = config.fit, GPU_WORKERS if torch.cuda.is_available() else 1
    feed = Feed(
        train.x,
        train.y,
        batch_size=fit.batch_size,
        seed=config.seed,
        augment=config.augment,
        workers=workers,
    )
    until = fit.epochs if stop_after is None else stop_after
    keeper = Keeper(
        classifier,
        run,
        feed,
        patience=fit.patience,
        seed=config.seed,
        fold=config.fold,
        on_epoch=lambda epoch: say(_line(epoch, until)),
    )
    if keeper.progress is not None:
        if keeper.progress.epochs > until:
            raise DatasetError(
                f"{run.path} has trained {keeper.progress.epochs} epochs already, more than the "
                f"{until} that are asked for; delete the folder to train it anew"
            )
        say(f"going on after epoch {keeper.progress.epochs}")
    counts = np.bincount(train.y.astype(int), minlength=len(classifier.classes_))
    classifier.fit(
        feed,
        epochs=fit.epochs,
        stop_after=stop_after,
        progress=keeper.progress,
        validation_data=None if validation is None else _in_order(validation, fit.batch_size),
        class_weight={index: len(train.y) / (2 * count) for index, count in enumerate(counts)},
        callbacks=[keras.callbacks.TerminateOnNaN(), keeper],
        # Keras' bar with loss and accuracy, where somebody watches.
        verbose=1 if sys.stdout.isatty() else 0,
    )
    load_best(classifier, run)
    write_file(run.graph, lambda aside: classifier.export(aside, half=needs_half(classifier)))
    return keeper.history


def load_best(classifier: NetworkClassifier, run: RunFolder) -> None:
    """Gives a classifier the weights of a run's best epoch, as its graph holds them."""
    read_weights(classifier.model, run.weights)
    if needs_half(classifier):
        classifier.round_to_float16()


def needs_half(classifier: NetworkClassifier) -> bool:
    """Whether a graph in float32 would be over the size limit."""
    return classifier.count_parameters() * 4 > LARGEST_GRAPH_BYTES


def check_parity(
    classifier: NetworkClassifier, run: RunFolder, part: PartData, calibrator: AffineCalibrator
) -> dict[str, Any]:
    """Largest difference between the graph's scores and the network's, and of how many images.

    Raises:
        ModelIntegrityError: it is over the limit.
    """
    graph_scores = calibrator.score(run_logits(run.graph, part.x))
    keras_scores = calibrator.score(classifier.predict_logit(part.x)[:, -1])
    difference = float(np.abs(keras_scores - graph_scores).max())
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelIntegrityError(
            f"ONNX and Keras scores differ by up to {difference:.2g}; "
            f"expected at most {LARGEST_DIFFERENCE:g}; the export is faulty"
        )
    return {"images": len(part.records), "largest_score_difference": difference}


def describe_fit(
    classifier: NetworkClassifier, config: TrainConfig, history: list[Epoch]
) -> dict[str, Any]:
    """What a run notes of its network and its training."""
    best = best_epoch(history)
    assert best is not None
    return {
        "title": classifier.title,
        "explanation": classifier.explanation,
        "parameters": classifier.count_parameters(),
        "macs": classifier.count_macs(),
        "start": config.init,
        "seconds": round(sum(epoch.seconds for epoch in history), 1),
        "device": _device(),
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


def _in_order(part: PartData, batch_size: int) -> Feed:
    return Feed(part.x, part.y, batch_size=batch_size, seed=0, augment=None, shuffled=False)


def _line(epoch: Epoch, epochs: int) -> str:
    figures = " ".join(f"{name} {value:.3f}" for name, value in epoch.logs.items())
    left = duration(epoch.seconds * (epochs - epoch.number - 1))
    return f"epoch {epoch.number + 1}/{epochs} {epoch.seconds:.0f} s {figures}; at most {left} left"


def _device() -> str:
    if torch.cuda.is_available():
        return str(torch.cuda.get_device_name())
    return f"{platform.machine()} processor, {torch.get_num_threads()} threads"
