"""What a model of stained tissue is held against: how far colour alone tells."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
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

BINS = 16


def color_baselines(
    predictions: Predictions, dataset: Dataset, split: Split, *, seed: int
) -> dict[str, Estimate]:
    """What it is → AUC of a logistic regression on colour alone; empty for mammograms.

    It is fitted on the training part, on histograms of the picture as it came, before any stain
    is normalised: √ share of the pixels in each of 16 bins, of red, green, blue, hue, saturation
    and value. No form is in them.

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
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=3000))
    model.fit(_colors(dataset, split.train), labels)
    scores = model.predict_proba(_colors(dataset, [of[path] for path in one_seed.path]))[:, 1]
    units = at_unit(one_seed.scored(scores.astype(np.float64)), "image")
    return patient_bootstrap(units, {"colour alone, AUC by image": auc}, seed=seed)


def _colors(dataset: Dataset, records: Sequence[Record]) -> NDArray[np.float64]:
    """(N, 6 · BINS)."""

    def color(record: Record) -> NDArray[np.float64]:
        pixels = dataset.load(record).pixels
        if pixels.ndim == 2:
            pixels = np.repeat(pixels[..., np.newaxis], 3, axis=2)
        # OpenCV gives the hue of floats in degrees.
        hue = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV) / np.array([360.0, 1.0, 1.0])
        planes = np.concatenate([pixels, hue], axis=2).reshape(-1, 6)
        counts = [np.histogram(plane, BINS, (0.0, 1.0))[0] for plane in planes.T]
        return np.sqrt(np.concatenate(counts) / len(planes))

    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(color, records)))
