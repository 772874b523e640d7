"""The training flow: split → prepare → fit → export → calibrate. The test part is not touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.classifiers.classifier import Classifier
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import choose_split, digest, load_split, to_csv
from mammoscope.experiment.breast_calibrator import fit_breasts
from mammoscope.experiment.calibrate import choose_thresholds
from mammoscope.experiment.calibrator_choice import choose_calibrator
from mammoscope.experiment.checkpoint import hand_over
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.data import PartData, prepare_parts, prepare_records
from mammoscope.experiment.fit import check_parity, describe_dataset, describe_fit, fit
from mammoscope.experiment.graph import run_logits
from mammoscope.experiment.heatmaps import heatmap_scale
from mammoscope.experiment.logit_scale import LogitScale
from mammoscope.experiment.outlines import outline_lesions
from mammoscope.experiment.permuted_labels import mark_permuted, permute_part
from mammoscope.experiment.plots import draw_curves
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.readings import list_readings
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.start import learnt_before, start
from mammoscope.experiment.tracking import TrackerName, track
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.ledger.durable import write_json
from mammoscope.types import DatasetError, Record, Split


def train(
    dataset: Dataset,
    config: TrainConfig,
    out: Path,
    *,
    split: Split | None = None,
    begun: RunFolder | None = None,
    tracker: TrackerName | None = None,
    cache: Path | None = None,
    zoo: Path = PACKAGE_ZOO,
    say: Say = lambda line: None,
) -> RunFolder:
    """Trains one model, exports it and fits what validation women decide.

    Args:
        dataset: opened by its reader.
        config: what to do; what it leaves open is settled and written into the run.
        out: the run folder to make.
        split: to use again, so that runs can be compared; None = drawn by the seed.
        begun: what `learn_mosaics` left, to go on from; it must have shown no test woman.
        tracker: told of settings and epochs, beside the run folder; None = nobody is.
        cache: folder of prepared arrays; None = in the run folder.
        zoo: where `config.init` finds a published model.
        say: told of progress, a line at a time.

    Raises:
        DatasetError: an unknown model, weights that do not fit, a run folder in use, a split of
            other data, or a training that diverged.
        MammoscopeError: the tracker's package is not installed.
        LeakageError: a patient in two parts.
        DecodeError: an image that cannot be read.
        ModelIntegrityError: the exported graph differs from the network.
    """
    if split is None:
        split = choose_split(dataset, seed=config.seed)
    refuse_one_sided(split, dataset)
    run = RunFolder(out)
    run.refuse_if_used()
    classifier, config = start(config, dataset.task, zoo=zoo, split_digest=digest(split), say=say)
    with run.alone():
        if begun is not None:
            hand_over(begun.checkpoint, run.checkpoint)
        run.create(config.to_json(), to_csv(split), config.preprocess.to_json())
        _train(classifier, dataset, config, run, cache or run.prepared, zoo, tracker, say)
    return run


def resume(
    dataset: Dataset,
    out: Path,
    *,
    tracker: TrackerName | None = None,
    cache: Path | None = None,
    zoo: Path = PACKAGE_ZOO,
    say: Say = lambda line: None,
) -> RunFolder:
    """Goes on with a run that was killed, from its last whole epoch; a finished one is left alone.

    Args:
        dataset: that the run was begun on.
        out: its folder.
        tracker, cache, zoo, say: as for `train`.

    Raises:
        DatasetError: no run was begun there, or its data changed since.
    """
    run = RunFolder(out)
    config = run.read_config()
    if run.training.is_file():
        say(f"{out} is trained already")
        run.checkpoint.unlink(missing_ok=True)
        return run
    with run.alone():
        split = digest(load_split(run.split, dataset))
        classifier, _ = start(config, dataset.task, zoo=zoo, split_digest=split, say=say)
        _train(classifier, dataset, config, run, cache or run.prepared, zoo, tracker, say)
    return run


def _train(
    classifier: Classifier,
    dataset: Dataset,
    config: TrainConfig,
    run: RunFolder,
    cache: Path,
    zoo: Path,
    tracker: TrackerName | None,
    say: Say,
) -> None:
    # Read back also when it was just made, so that a resumed run feeds images in the same order.
    split = load_split(run.split, dataset)
    say(f"{classifier.title}, start: {config.init}")
    for note in dataset.notes:
        say(f"note: {note}")
    data = prepare_parts(dataset, split, ("train", "validation"), config.preprocess, cache, say=say)
    learnt, chooses, described = data["train"], data["validation"], describe_dataset(dataset)
    if config.fit.tells and not config.fit.permute_labels:
        learnt = outline_lesions(dataset, learnt, config.preprocess)
    if config.fit.permute_labels:
        say("labels of training women are permuted: a network to check maps by, and nothing else")
        # The check wants the epoch that fits them best, and no true label tells that one.
        learnt = chooses = permute_part(learnt, seed=config.seed)
        described = mark_permuted(described)
    with track(tracker, run.path, config=asdict(config)) as told:
        history = fit(classifier, config, learnt, chooses, run, tracker=told, say=say)
    size = sum(graph.stat().st_size for graph in run.graphs)
    say(f"exported: {len(run.graphs)} graph(s) of {size:,} bytes")
    summary = {
        **describe_fit(classifier, config, history),
        "learnt_before": learnt_before(config, zoo=zoo),
        "seed": config.seed,
        "fold": config.fold,
        "dataset": described,
        "split_digest": digest(split),
        "women": {name: len({r.patient for r in part}) for name, part in split.parts().items()},
        "images": {name: len(part) for name, part in split.parts().items()},
        "positive_share": float(np.mean(data["train"].y)),
        "graph_sha256": run.digest_graphs(),
        **_describe_scale(run, data["train"], dataset),
        # 0, unless somebody made a run go on whose test part was read.
        "trained_after_readings": _count_readings(run, say),
        **_settle(classifier, data["validation"], run, dataset, config),
    }
    if len(history) > 1 and len(dataset.task.classes) == 2:
        draw_curves(
            run.history,
            run.figure("curves"),
            title=f"{classifier.title}, {run.path.name}",
            best_epoch=summary["best_epoch"],
        )
    write_json(run.training, summary)
    run.checkpoint.unlink(missing_ok=True)


def _count_readings(run: RunFolder, say: Say) -> int:
    readings = len(list_readings(run))
    if readings:
        say(f"note: the test part of {run.path} was read {readings} times before training ended")
    return readings


def _describe_scale(run: RunFolder, learnt: PartData, dataset: Dataset) -> dict[str, Any]:
    """Where the logits of two classes lie; of more there is no one logit."""
    if len(dataset.task.classes) > 2:
        return {}
    return {"logit_scale": LogitScale.measure(run.graphs, learnt).to_dict()}


def refit(
    dataset: Dataset,
    config: TrainConfig,
    out: Path,
    *,
    epochs: int,
    begun: RunFolder | None = None,
    cache: Path | None = None,
    zoo: Path = PACKAGE_ZOO,
    say: Say = lambda line: None,
) -> RunFolder:
    """Trains on all women for a number of epochs that others' folds decided, and exports.

    There is nobody left to choose or to measure on: epochs, calibrator, operating points and
    figures are those of the folds. One that was killed goes on where it was.

    Args:
        dataset: all of it is learnt from.
        config: as the folds'; the schedule of the learning rate stays that of all its epochs.
        out: the run folder.
        epochs: to stop after.
        begun: what `learn_mosaics` left, to go on from.
        cache, zoo, say: as for `train`.

    Raises:
        DatasetError: labels are to be permuted, or as for `train`.
        DecodeError, ModelIntegrityError: as for `train`.
    """
    if config.fit.permute_labels:
        raise DatasetError(
            "labels are to be permuted, and a network of all women was asked for; expected one "
            "training to check maps by: use `mammoscope train --permute-labels`"
        )
    run = RunFolder(out)
    if run.training.is_file():
        run.checkpoint.unlink(missing_ok=True)
        return run
    if run.config.is_file():
        # What was left open was settled when it was begun.
        config = run.read_config()
    classifier, config = start(config, dataset.task, zoo=zoo, say=say)
    with run.alone():
        if begun is not None and not run.config.is_file():
            hand_over(begun.checkpoint, run.checkpoint)
        run.create(config.to_json(), None, config.preprocess.to_json())
        data = prepare_records(
            dataset, dataset.records, config.preprocess, cache or run.prepared, say=say
        )
        if config.fit.tells:
            data = outline_lesions(dataset, data, config.preprocess)
        history = fit(classifier, config, data, None, run, stop_after=epochs, say=say)
        summary = {
            **describe_fit(classifier, config, history),
            "learnt_before": learnt_before(config, zoo=zoo),
            "heatmap_scale": heatmap_scale(run, data, dataset, config.preprocess),
            "positive_share": float(np.mean(data.y)),
            "graph_sha256": run.digest_graphs(),
            **_describe_scale(run, data, dataset),
            "parity": check_parity(classifier, run, data, AffineCalibrator()),
        }
        write_json(run.training, summary)
        run.checkpoint.unlink(missing_ok=True)
    return run


def learn_mosaics(
    dataset: Dataset,
    records: Sequence[Record],
    config: TrainConfig,
    out: Path,
    *,
    cache: Path | None = None,
    zoo: Path = PACKAGE_ZOO,
    say: Say = lambda line: None,
) -> RunFolder:
    """Trains the first epochs alone, those of mosaics, which other runs then go on from.

    One that was killed goes on where it was.

    Args:
        dataset: opened by its reader.
        records: of it, whose breasts without a finding are shown.
        config: of the runs that are to go on.
        out: the run folder; its checkpoint stays.
        cache, zoo, say: as for `train`.

    Raises:
        DatasetError, DecodeError, ModelIntegrityError: as for `train`.
    """
    run = RunFolder(out)
    if run.training.is_file():
        return run
    if run.config.is_file():
        config = run.read_config()
    classifier, config = start(config, dataset.task, zoo=zoo, say=say)
    with run.alone():
        run.create(config.to_json(), None, config.preprocess.to_json())
        shown = prepare_records(dataset, records, config.preprocess, cache or run.prepared, say=say)
        data = outline_lesions(dataset, shown, config.preprocess)
        epochs = config.fit.mosaic_epochs
        history = fit(classifier, config, data, None, run, stop_after=epochs, say=say)
        write_json(run.training, describe_fit(classifier, config, history))
    return run


def refuse_one_sided(split: Split, dataset: Dataset) -> None:
    """Raises `DatasetError` where a part lacks a class."""
    for name, part in split.parts().items():
        if len({dataset.task.index(record.label) for record in part}) < len(dataset.task.classes):
            raise DatasetError(
                f"the {name} part lacks a class of {dataset.task.classes}; "
                "nothing could be measured on it: give more patients or another seed"
            )


def _settle(
    classifier: Classifier,
    validation: PartData,
    run: RunFolder,
    dataset: Dataset,
    config: TrainConfig,
) -> dict[str, Any]:
    """What validation decides: calibrator, thresholds, colour scale; and parity on it.

    Of more than two classes there is no one score that a threshold could be held against.
    """
    scale = heatmap_scale(run, validation, dataset, config.preprocess)
    if len(dataset.task.classes) > 2:
        parity = check_parity(classifier, run, validation, AffineCalibrator())
        return {"heatmap_scale": scale, "parity": parity}
    labels = validation.y > 0.5
    logits = run_logits(run.graphs, validation.x)
    patients = [record.patient for record in validation.records]
    choice = choose_calibrator(logits, labels, patients=patients, seed=config.seed)
    calibrator = choice.calibrator
    scores = calibrator.score(logits)
    breasts = [record.breast for record in validation.records]
    of_breasts = fit_breasts(scores, labels, breasts)
    return {
        "calibrator": calibrator.to_dict(),
        "breast_calibrator": of_breasts and of_breasts.to_dict(),
        "calibration": choice.to_dict(),
        "thresholds": choose_thresholds(scores, labels),
        "heatmap_scale": scale,
        "parity": check_parity(classifier, run, validation, calibrator),
    }
