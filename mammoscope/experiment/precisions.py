"""A published network in bfloat16 and int8 held against itself in float32, as a new version."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import choose_split, digest
from mammoscope.experiment.calibrator_choice import Method, fit_calibrator
from mammoscope.experiment.data import PartData, prepare_parts, prepare_records
from mammoscope.experiment.external import refuse_other_question
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.prepared import PreparedImages, Say
from mammoscope.experiment.quantise import quantise
from mammoscope.experiment.statistics import Labels, Scores, auc
from mammoscope.experiment.units import measure_operating_points
from mammoscope.inference.calibrator import Calibrator
from mammoscope.inference.card import INT8_FILE, PublishedModel, write_card
from mammoscope.inference.openvino_runtime import OpenVinoSession, runtime_name
from mammoscope.inference.precision import FASTER, MeasuredPrecision
from mammoscope.inference.predictor import Runs, open_session
from mammoscope.inference.store import add_version
from mammoscope.types import DatasetError, PartName, Precision, Split

# Of the training part, evenly spaced; a DenseNet121 takes half a minute for them.
CALIBRATION_IMAGES = 128
# Of each network, taken in turns.
TIMED = 100
# The threads of a runtime turn idly for a while after it answered, and would hinder the next one.
_PAUSE_S = 0.02
# Of the bootstrap: the same model on the same data has the same intervals.
SEED = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Settled:
    """What validation images decided of a precision."""

    calibrator: Calibrator
    thresholds: Mapping[str, float]
    speedup: float


def measure_precisions(
    model: PublishedModel,
    dataset: Dataset,
    *,
    zoo: Path,
    precisions: Sequence[Precision] = FASTER,
    split: Split | None = None,
    split_seed: int = 0,
    cache: Path | None = None,
    say: Say = lambda line: None,
) -> PublishedModel:
    """The model with what was measured of each precision in its card, as the next version.

    Activations are quantised by training images; calibrator and operating points of a precision
    are fitted on validation images. Only then the test part is opened, and decides nothing: what
    it shows is written down, and the limits of admission stand in `inference.precision`.
    Images are run one at a time, as they are when the model answers.

    Args:
        model: one network, opened and verified.
        dataset: that it was trained on.
        zoo: folder that the new version goes to.
        precisions: to measure.
        split: of its training; None = the one that `split_seed` draws.
        split_seed: see `split`.
        cache: folder of prepared arrays, which are kept there; None = none is kept.
        say: told of progress, a line at a time.

    Raises:
        DatasetError: no network, or another data set, split or question than it was trained on.
        DecodeError: an image cannot be read.
        MammoscopeError: OpenVINO is not installed, the processor lacks an arithmetic, or the zoo
            cannot be written to.
    """
    runtime = runtime_name()
    _refuse_unmeasurable(model, dataset)
    split = split or choose_split(dataset, seed=split_seed)
    _refuse_other_split(model, split)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cache = cache or folder / "prepared"
        plain = open_session(model)
        networks: dict[Precision, Runs] = {}
        for precision in precisions:
            graph = model.graph
            if precision == "int8":
                graph = folder / INT8_FILE
                say(f"quantising by {CALIBRATION_IMAGES} training images")
                quantise(model.graph, _calibration_images(model, dataset, split, cache), graph)
            networks[precision] = OpenVinoSession(graph, precision=precision)
        part = _prepare(model, dataset, split, "validation", cache, say)
        settled = _settle(model, plain, networks, part, say)
        part = _prepare(model, dataset, split, "test", cache, say)
        reference = model.calibrator.score(_logits(plain, part.x))
        measured = {
            name: _measure(
                model,
                settled[name],
                part,
                logit=_logits(network, part.x),
                reference=reference,
                runtime=runtime,
            )
            for name, network in networks.items()
        }
        return _publish(model, measured, zoo=zoo, quantised=folder / INT8_FILE)


def match_thresholds(
    scores: Scores, reference: Scores, thresholds: Mapping[str, float]
) -> dict[str, float]:
    """For each threshold on the reference scores the one that gives most images the same verdict.

    A new search for Youden's point would not do: its index is nearly level, and the last digits
    of a score can move the largest value of it to the other end.
    It lies midway between two neighbouring scores; of several that are as good, the middle one.

    Args:
        scores: (N,) of a precision.
        reference: (N,) of float32.
        thresholds: name → threshold on `reference`.
    """
    ordered = np.unique(scores)
    middles = (ordered[1:] + ordered[:-1]) / 2 if len(ordered) > 1 else ordered
    matched = {}
    for name, threshold in thresholds.items():
        called = reference >= threshold
        flipped = [int(np.sum((scores >= middle) != called)) for middle in middles]
        best = np.flatnonzero(np.array(flipped) == min(flipped))
        matched[name] = float(middles[best[len(best) // 2]])
    return matched


def _refuse_unmeasurable(model: PublishedModel, dataset: Dataset) -> None:
    if len(model.stages) != 1 or model.preprocess.extractor is not None:
        raise DatasetError(
            f"{model.reference} is no single network; expected one, since OpenVINO runs no other; "
            "float32 is quick for such a model"
        )
    refuse_other_question(model, dataset)
    if "calibrated_on" in model.card:
        raise DatasetError(
            f"{model.reference} was calibrated on other women than it was trained with; measure "
            "the version that it was made from"
        )


def _refuse_other_split(model: PublishedModel, split: Split) -> None:
    expected = model.card.get("split_digest")
    if digest(split) != expected:
        raise DatasetError(
            f"the split has digest {digest(split)}, but {model.reference} was trained on "
            f"{expected}: test images could be ones that it learnt from; give the data set and the "
            "--split-seed or the --split of its training"
        )


def _calibration_images(
    model: PublishedModel, dataset: Dataset, split: Split, cache: Path
) -> PreparedImages:
    step = max(1, len(split.train) // CALIBRATION_IMAGES)
    records = split.train[::step][:CALIBRATION_IMAGES]
    return prepare_records(dataset, records, model.preprocess, cache).x


def _prepare(
    model: PublishedModel, dataset: Dataset, split: Split, name: PartName, cache: Path, say: Say
) -> PartData:
    part = prepare_parts(dataset, split, [name], model.preprocess, cache, say=say)[name]
    say(f"scoring {len(part.records)} images of {name} in each precision")
    return part


def _settle(
    model: PublishedModel,
    plain: Runs,
    networks: Mapping[Precision, Runs],
    part: PartData,
    say: Say,
) -> dict[Precision, _Settled]:
    labels = part.y > 0.5
    # A card that is older than the choice has Platt's line.
    method = cast(Method, model.card.get("calibration", {}).get("method", "platt"))
    reference = model.calibrator.score(_logits(plain, part.x))
    thresholds = {point.name: point.threshold for point in model.operating_points}
    speedups = _speedups(plain, networks, part.x)
    settled = {}
    for name, network in networks.items():
        logit = _logits(network, part.x)
        calibrator = fit_calibrator(method, logit, labels)
        matched = match_thresholds(calibrator.score(logit), reference, thresholds)
        settled[name] = _Settled(calibrator, matched, speedups[name])
        say(f"{name}: network {speedups[name]:.2f} times as fast as float32")
    return settled


def _measure(
    model: PublishedModel,
    settled: _Settled,
    test: PartData,
    *,
    logit: Scores,
    reference: Scores,
    runtime: str,
) -> MeasuredPrecision:
    labels: Labels = test.y > 0.5
    score = settled.calibrator.score(logit)
    rows = len(logit)
    table = Predictions(
        part=["test"] * rows,
        path=[record.path for record in test.records],
        patient=[record.patient for record in test.records],
        breast=[record.breast for record in test.records],
        positive=labels,
        logit=logit,
        score=score,
        breast_score=score,  # only images are counted
        threshold=np.full(rows, next(iter(settled.thresholds.values()))),
        seed=np.zeros(rows, dtype=np.int64),
        fold=np.zeros(rows, dtype=np.int64),
    )
    flipped = [
        np.mean((score >= settled.thresholds[point.name]) != (reference >= point.threshold))
        for point in model.operating_points
    ]
    return MeasuredPrecision(
        verdicts_flipped=float(max(flipped)),
        auc_change=auc(score, labels) - auc(reference, labels),
        score_change_max=float(np.abs(score - reference).max()),
        n_images=rows,
        calibrator=settled.calibrator,
        operating_points=measure_operating_points(table, settled.thresholds, seed=SEED),
        runtime=runtime,
        speedup=settled.speedup,
    )


def _publish(
    model: PublishedModel,
    measured: Mapping[Precision, MeasuredPrecision],
    *,
    zoo: Path,
    quantised: Path,
) -> PublishedModel:
    def write(folder: Path, version: str) -> None:
        new = replace(model, folder=folder, version=version, precisions=dict(measured))
        for name in new.files:
            source = quantised if name == INT8_FILE else model.folder / name
            shutil.copyfile(source, folder / name)
        write_card(new)

    return add_version(zoo, model.name, write)


def _logits(network: Runs, images: PreparedImages) -> NDArray[np.float64]:
    """Positive-class logits (N,), of one image at a time."""
    logits = [network.run(images[at : at + 1]).logit[0, -1] for at in range(len(images))]
    return np.array(logits, dtype=np.float64)


def _speedups(
    plain: Runs, networks: Mapping[Precision, Runs], images: PreparedImages
) -> dict[Precision, float]:
    """float32's median time / that of each, in turns, so that a busy machine slows all alike."""
    times: dict[Precision, list[float]] = {name: [] for name in ("float32", *networks)}
    for at in range(TIMED):
        image = images[[at % len(images)]]
        for name, network in {"float32": plain, **networks}.items():
            time.sleep(_PAUSE_S)
            started = time.perf_counter()
            network.run(image)
            times[name].append(time.perf_counter() - started)
    # The first one is slow everywhere.
    medians = {name: float(np.median(of_name[1:])) for name, of_name in times.items()}
    return {name: medians["float32"] / medians[name] for name in networks}
