"""What a model of images is held against: how far the files alone tell, whatever is in them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds
from mammoscope.experiment.leak import is_leaked
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import Metric, auc, patient_bootstrap
from mammoscope.experiment.units import at_unit, units_of
from mammoscope.types import Estimate, Record, Split, Task

NAME = "file statistics alone"
# Five numbers are fitted, and a decoded DICOM costs a second: of a large training part this many
# images of each class are drawn, whose mix does not move an AUC.
MOST_OF_EACH = 1000


def file_baselines(
    predictions: Predictions, dataset: Dataset, split: Split | Folds, *, seed: int
) -> dict[str, Estimate]:
    """What it is → AUC of a logistic regression on file statistics; empty where there are no files.

    The statistics are the logarithm of the file's length, rows, columns, and mean and spread of
    the decoded pixels, before any preparation. Names and their order are not among them. It is
    fitted on the training part, or fold by fold on the other folds' images, so that no woman is
    scored by what was fitted on her. By image, and by breast, or woman where there is none.

    Phantoms are drawn and have no files; copies that repeat a leak have none of their own.

    Args:
        predictions: of the split's test part, or out of fold; only truth and names are used, of
            one seed.
        dataset: holds the files.
        split: that the predictions are of.
        seed: of the bootstrap.
    """
    if dataset.size_bytes is None or is_leaked(dataset.name) or len(dataset.task.classes) != 2:
        return {}
    one_seed = predictions.take(predictions.seed == predictions.seed.min())
    pairs = _pairs(split, dataset.task, seed=seed)
    records = {record.path: record for pair in pairs for part in pair for record in part}
    measured = _measure(dataset, list(records.values()))
    logit_of: dict[str, float] = {}
    for fitted_on, scored in pairs:
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=3000))
        labels = [dataset.task.index(record.label) for record in fitted_on]
        model.fit(np.stack([measured[record.path] for record in fitted_on]), labels)
        logits = model.decision_function(np.stack([measured[record.path] for record in scored]))
        # Of two classes the decision is for the second, which need not be the positive one.
        sign = 1 if dataset.task.positive == dataset.task.classes[1] else -1
        logit_of |= {r.path: sign * float(z) for r, z in zip(scored, logits, strict=True)}
    logit = np.array([logit_of[path] for path in one_seed.path], dtype=np.float64)
    table = one_seed.scored(1 / (1 + np.exp(-logit)))
    estimates: dict[str, Estimate] = {}
    for unit in ("image", "breast" if "breast" in units_of(table) else "woman"):
        metric: dict[str, Metric] = {f"{NAME}, AUC by {unit}": auc}
        estimates |= patient_bootstrap(at_unit(table, unit), metric, seed=seed)
    return estimates


def _pairs(
    split: Split | Folds, task: Task, *, seed: int
) -> list[tuple[Sequence[Record], Sequence[Record]]]:
    """What is fitted on and what is scored by it; once, or fold by fold."""
    if isinstance(split, Split):
        return [(_draw(split.train, task, seed=seed), split.test)]
    return [
        ([record for other in split.parts if other is not part for record in other], part)
        for part in split.parts
    ]


def _draw(records: Sequence[Record], task: Task, *, seed: int) -> list[Record]:
    generator = np.random.default_rng(seed)
    drawn: list[Record] = []
    for index in range(len(task.classes)):
        of_class = [record for record in records if task.index(record.label) == index]
        kept = generator.permutation(len(of_class))[:MOST_OF_EACH]
        drawn += [of_class[position] for position in sorted(kept.tolist())]
    return drawn


def _measure(dataset: Dataset, records: Sequence[Record]) -> dict[str, NDArray[np.float64]]:
    """Path → the five statistics, of these records and maybe of others."""
    size_bytes = dataset.size_bytes
    assert size_bytes is not None

    def measure(record: Record) -> NDArray[np.float64]:
        pixels = dataset.load(record).pixels
        length = np.log(max(size_bytes(record), 1))
        rows, columns = pixels.shape[:2]
        return np.array([length, rows, columns, pixels.mean(), pixels.std()], dtype=np.float64)

    known = _known(dataset)
    new = [record for record in records if record.path not in known]
    with ThreadPoolExecutor() as pool:
        known.update(zip((record.path for record in new), pool.map(measure, new), strict=True))
    return known


@lru_cache(maxsize=1)
def _known(dataset: Dataset) -> dict[str, NDArray[np.float64]]:
    """What was measured of an open data set: a study pools each of its models on the same one."""
    return {}
