"""Saliency sanity checks of a run: do its maps change with its weights, and with its labels?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.data import PartData, prepare_records
from mammoscope.experiment.graph import run_evidence
from mammoscope.experiment.history import read_histories
from mammoscope.experiment.permuted_labels import is_permuted
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.saliency_checks import check_weights, compare_maps
from mammoscope.experiment.shuffled_weights import list_layers
from mammoscope.experiment.statistics import REPLICATES
from mammoscope.inference.runtime import Session
from mammoscope.ledger.durable import write_json
from mammoscope.types import DatasetError, Estimate, Record

KIND = "mammoscope saliency sanity checks"
# A step is a pass of all of them.
IMAGES = 64
STEPS = 10
# A network that has not learnt its permuted labels says nothing of one that has learnt true ones.
LEAST_FITTED_AUC = 0.9
# Signs and all: a map says what speaks for a lesion and what against it.
DECIDES = "rank"

Verdict: TypeAlias = Literal["passed", "failed", "not decided"]


def check_run(
    run: RunFolder,
    dataset: Dataset,
    *,
    permuted: RunFolder | None = None,
    images: int = IMAGES,
    cache: Path | None = None,
    seed: int = 0,
    replicates: int = REPLICATES,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Writes `saliency.json`: the checks of Adebayo et al. 2018 on test images of the run.

    No label of a test image is looked at, so this is no reading of the test part.

    Args:
        run: evaluated.
        dataset: that it was trained on.
        permuted: trained by the same config and split on permuted labels; None = that check is
            left out.
        images: of the test part, spread over it, at most.
        cache: folder of prepared arrays; None = in the run folder.
        seed: of the shuffles and of the bootstrap, which draws women.
        replicates: of the bootstrap.
        say: told of progress, a line at a time.

    Returns:
        What the file holds.

    Raises:
        DatasetError: the run is not evaluated, has no map of its own, or is of other data; the
            other run did not learn from permuted labels, or is another model's.
        DecodeError: an image cannot be read.
    """
    training, config = run.read_training(), run.read_config()
    if is_permuted(training["dataset"]["name"]):
        raise DatasetError(
            f"{run.path} learnt from permuted labels; expected the honest run, and this one as "
            "--permuted"
        )
    _refuse_mapless(run)
    if permuted is not None:
        _refuse_other(run, permuted, training)
    part = prepare_records(
        dataset,
        _spread(run, dataset, images),
        config.preprocess,
        cache or run.prepared,
        say=say,
    )
    patients = [record.patient for record in part.records]
    say(f"shuffling the weights, and asking {len(patients)} images each time")
    found = check_weights(
        run.graph, part.x, patients, seed=seed, steps=STEPS, replicates=replicates
    )
    limit = halfway(found.between)
    last = found.steps[-1].likeness
    values = {
        "kind": KIND,
        "unit": "image",
        "n": len(patients),
        "n_patients": len(set(patients)),
        "seed": seed,
        "replicates": replicates,
        "graph_sha256": training["graph_sha256"],
        "decides": DECIDES,
        "passes_below": limit,
        "between_images": _values(found.between),
        "weights": {
            "layers": len(list_layers(run.graph)),
            "steps": [
                {
                    "shuffled": len(step.layers),
                    "last": step.layers[-1],
                    "likeness": _values(step.likeness),
                }
                for step in found.steps
            ],
            "verdict": judge(last, limit),
        },
        **_of_labels(run, permuted, part, limit, seed=seed, replicates=replicates),
    }
    write_json(run.saliency, values)
    return values


def halfway(between: Mapping[str, Estimate]) -> float | None:
    """What likeness must stay below: halfway from that of maps of different images to that of a
    map to itself.

    Adebayo et al. name no limit. The outline of a breast makes maps of different images alike, so
    none can be asked to be less alike than those. None where it is not defined.
    """
    return (1.0 + between[DECIDES].value) / 2 if DECIDES in between else None


def judge(likeness: Mapping[str, Estimate], limit: float | None) -> Verdict:
    """Passed where the interval of the likeness lies below the limit, failed where above."""
    if limit is None or DECIDES not in likeness:
        return "not decided"
    if likeness[DECIDES].high < limit:
        return "passed"
    return "failed" if likeness[DECIDES].low > limit else "not decided"


def _of_labels(
    run: RunFolder,
    permuted: RunFolder | None,
    part: PartData,
    limit: float | None,
    *,
    seed: int,
    replicates: int,
) -> dict[str, Any]:
    if permuted is None:
        return {}
    one, other = (run_evidence(each.graphs, part.x) for each in (run, permuted))
    if one.shape != other.shape:
        raise DatasetError(
            f"{run.path} gives maps of {one.shape[1:]}, {permuted.path} of {other.shape[1:]}; "
            "expected the same; train both with one config"
        )
    patients = [record.patient for record in part.records]
    likeness = compare_maps(one, other).estimate(patients, seed=seed, replicates=replicates)
    fitted = fitted_auc(permuted)
    verdict = judge(likeness, limit) if fitted >= LEAST_FITTED_AUC else "not decided"
    return {
        "labels": {
            "run": permuted.path.resolve().name,
            "graph_sha256": permuted.digest_graphs(),
            "fitted_auc": fitted,
            "least_fitted_auc": LEAST_FITTED_AUC,
            "likeness": _values(likeness),
            "verdict": verdict,
        }
    }


def fitted_auc(permuted: RunFolder) -> float:
    """AUC of a network that learnt from permuted labels on just these, by training image.

    Its history holds that in the place of the validation women's.
    """
    (history,) = read_histories(permuted.history)
    kept = history.numbers == permuted.read_training()["best_epoch"] - 1
    return float(history.values["val_auc"][kept][0])


def _spread(run: RunFolder, dataset: Dataset, most: int) -> Sequence[Record]:
    if not run.predictions.is_file():
        raise DatasetError(
            f"{run.path} holds no predictions.csv; expected an evaluated run; "
            f"run `mammoscope evaluate {run.path}`"
        )
    paths = list(dict.fromkeys(Predictions.read(run.predictions).of("test").path))
    records = {record.path: record for record in dataset.records}
    missing = [path for path in paths if path not in records]
    if missing:
        raise DatasetError(
            f"{run.path} was tested on {missing[0]}, which data set {dataset.name} does not hold; "
            "give --root of the data that it was trained on"
        )
    chosen = paths[:: max(1, -(-len(paths) // most))]
    if len(chosen) < 2:
        raise DatasetError(
            f"{len(chosen)} test images of {run.path} were asked for; expected at least 2"
        )
    return [records[path] for path in chosen]


def _refuse_mapless(run: RunFolder) -> None:
    if len(run.graphs) > 1 or not Session(run.graphs).explains:
        raise DatasetError(
            f"{run.path} has no map that comes with its score from one graph; expected a network "
            "such as cnn or densenet121: only what is learnt there can be shuffled"
        )


def _refuse_other(run: RunFolder, permuted: RunFolder, training: Mapping[str, Any]) -> None:
    other = permuted.read_training()
    if not is_permuted(other["dataset"]["name"]):
        raise DatasetError(
            f"{permuted.path} learnt from true labels; expected a run of "
            "`mammoscope train --permute-labels`"
        )
    mine, theirs = run.read_config(), permuted.read_config()
    unlike = [
        name
        for name, same in (
            ("split", other["split_digest"] == training["split_digest"]),
            ("model", theirs.model == mine.model),
            ("preprocessing", theirs.preprocess == mine.preprocess),
        )
        if not same
    ]
    if unlike:
        raise DatasetError(
            f"{permuted.path} has another {' and '.join(unlike)} than {run.path}; expected one "
            f"that differs in its labels alone: train it with --config {run.config} --split "
            f"{run.split} --permute-labels"
        )


def _values(likeness: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: asdict(estimate) for name, estimate in likeness.items()}
