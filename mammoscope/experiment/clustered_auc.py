"""AUC with an interval that minds patients, in closed form, for as many rows as a table has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.delong import auc_covariance, structural_components
from mammoscope.types import Estimate

_Z = 1.959963984540054
Floats = NDArray[np.float64]


def clustered_auc(
    scores: Floats,
    labels: NDArray[np.bool_],
    patients: NDArray[np.intp],
    *,
    strata: NDArray[np.intp] | None = None,
) -> Estimate | None:
    """AUC and its 95 % interval, rows of one patient being alike.

    The variance is Obuchowski's (1997), as of `auc_covariance`; the interval is symmetric in the
    logit of the AUC.
    Of several strata only rows of one stratum are compared; they must not share patients, and
    their AUCs are weighted by their pairs.

    Args:
        scores: (N,).
        labels: (N,) True = positive.
        patients: (N,) numbers of the patients, from 0.
        strata: (N,) number of the stratum; None = one.

    Returns:
        None where a class is absent of every stratum, or of several strata none holds two
        patients of each class.
    """
    strata = np.zeros(len(scores), dtype=np.intp) if strata is None else strata
    pairs, values, variances, clusters = [], [], [], 0
    for stratum in np.unique(strata):
        inside = strata == stratum
        positives = int(labels[inside].sum())
        negatives = int(inside.sum()) - positives
        if not positives or not negatives:
            continue
        components = structural_components(scores[inside], labels[inside])
        covariance = auc_covariance([components], labels[inside], patients[inside].tolist())
        value, variance = components.auc, float(covariance[0, 0])
        if np.isnan(variance) and not inside.all():
            # One patient of a label: nothing is known of how patients differ there.
            continue
        pairs.append(positives * negatives)
        values.append(value)
        variances.append(variance)
        clusters += len(np.unique(patients[inside]))
    if not pairs:
        return None
    weights = np.array(pairs, dtype=np.float64) / np.sum(pairs)
    value = float(weights @ np.array(values))
    low, high = _interval(value, float(weights**2 @ np.array(variances)), clusters)
    return Estimate(value, low, high, f"95 % Obuchowski 1997, clustered, {clusters} patients")


def _interval(value: float, variance: float, clusters: int) -> tuple[float, float]:
    if np.isnan(variance):
        return 0.0, 1.0
    # A label that is read without a slip has no variance; three in n may still be missed
    # (Hanley & Lippman-Hand, JAMA 249, 1983).
    slack = min(0.5, 3 / clusters)
    if value in (0.0, 1.0):
        return (max(0.0, value - slack), min(1.0, value + slack))
    half = _Z * np.sqrt(max(variance, 0.0)) / (value * (1 - value))
    odds = np.log(value / (1 - value))
    ends = 1 / (1 + np.exp(-(odds + np.array([-half, half]))))
    return float(ends[0]), float(ends[1])
