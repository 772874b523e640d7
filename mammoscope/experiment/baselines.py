"""What a model of stained tissue is held against: how far colour alone tells."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import auc, patient_bootstrap
from mammoscope.experiment.units import at_unit
from mammoscope.types import Estimate, Record, Split

PERCENTILES = (5, 25, 50, 75, 95)


def color_baselines(
    predictions: Predictions, dataset: Dataset, split: Split, *, seed: int
) -> dict[str, Estimate]:
    """What it is → AUC of a logistic regression on colour alone; empty for mammograms.

    Seven numbers a channel (mean, deviation, five percentiles) of the picture as it came, before
    any stain is normalised, are fitted on the training part. No form is in them.

    Args:
        predictions: of the split's test part; only the truth in them is used, of one seed.
        dataset: holds the pictures.
        split: of them.
        seed: of the bootstrap.
    """
    if dataset.task.modality != "histology" or len(dataset.task.classes) != 2:
        return {}
    of = {record.path: record for record in split.test}
    one_seed = predictions.take(predictions.seed == predictions.seed.min())
    labels = [dataset.task.index(record.label) for record in split.train]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(_colors(dataset, split.train), labels)
    scores = model.predict_proba(_colors(dataset, [of[path] for path in one_seed.path]))[:, 1]
    units = at_unit(replace(one_seed, score=scores.astype(np.float64)), "image")
    return patient_bootstrap(units, {"colour alone, AUC by image": auc}, seed=seed)


def _colors(dataset: Dataset, records: Sequence[Record]) -> NDArray[np.float64]:
    """(N, 21)."""

    def color(record: Record) -> NDArray[np.float64]:
        pixels = dataset.load(record).pixels
        flat = pixels.reshape(-1, pixels.shape[2] if pixels.ndim == 3 else 1).astype(np.float64)
        flat = np.broadcast_to(flat, (len(flat), 3))
        rows = [flat.mean(axis=0), flat.std(axis=0), *np.percentile(flat, PERCENTILES, axis=0)]
        return np.concatenate(rows)

    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(color, records)))
