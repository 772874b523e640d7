"""Whether scores are probabilities: reliability curve, calibration error, Brier score in parts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.resampling import BLOCK, number_patients
from mammoscope.experiment.share import share
from mammoscope.experiment.statistics import REPLICATES, Labels, Scores
from mammoscope.types import Estimate

BINS = 10


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Units of like scores.

    Attributes:
        n: how many.
        score: their mean score, in [0, 1].
        positives: share of them that is positive, with Wilson's 95 % interval by patient.
    """

    n: int
    score: float
    positives: Estimate


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """Expected calibration error (ECE) beside that of a perfect model.

    Attributes:
        value: of the scores, in [0, 1].
        perfect: mean and 95 % range of what these scores would show were each of them the true
            probability of its unit; it is not 0, and falls with n.
        p: share of the perfect ones that show as much, in (0, 1].
    """

    value: float
    perfect: Estimate
    p: float


@dataclass(frozen=True, slots=True)
class BrierParts:
    """The Brier score and what it is made of.

    `score` = `reliability` - `resolution` + `uncertainty` + `within_bins`, exactly.

    Attributes:
        score: mean squared distance of score and label, in [0, 1]; 0 is best.
        reliability: ≥ 0: squared distance of the mean score of a bin and its share of positives.
        resolution: ≥ 0: squared distance of the shares of positives of the bins and of all.
        uncertainty: in [0, 0.25]: variance of the labels, which no model moves.
        within_bins: what binning leaves: variance of the scores inside the bins, less twice their
            covariance with the labels there.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


def reliability_curve(
    scores: Scores, labels: Labels, patients: Sequence[Hashable], *, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Bins of about as many units each, by rising score (equal mass).

    Equal scores are in one bin, so that there may be fewer bins than asked for.

    Args:
        scores: float64 (N,) in [0, 1].
        labels: (N,) True = positive; a class may be absent.
        patients: (N,) whose each unit is.
        bins: at most how many.

    Raises:
        ValueError: no units, a score outside [0, 1], or fewer bins than one.
    """
    order, starts = _equal_mass(scores, bins)
    found = []
    for members in np.split(order, starts[1:]):
        positives = share(labels[members].tolist(), [patients[index] for index in members])
        assert positives is not None  # no bin is empty
        found.append(ReliabilityBin(len(members), float(scores[members].mean()), positives))
    return tuple(found)


def calibration_error(
    scores: Scores,
    labels: Labels,
    *,
    seed: int,
    bins: int = BINS,
    replicates: int = REPLICATES,
    groups: Sequence[Hashable] | None = None,
) -> CalibrationError:
    """Mean distance of mean score and share of positives, over bins of equal mass.

    Naeini, Cooper & Hauskrecht 2015, with bins of equal mass (Nguyen & O'Connor 2015). What a
    perfect model shows is simulated, as in the consistency bars of Bröcker & Smith 2007: labels
    are drawn with the scores as their probabilities.

    Args:
        scores: float64 (N,) in [0, 1].
        labels: (N,) True = positive; a class may be absent.
        seed: of the simulation.
        bins: at most how many.
        replicates: how many sets of labels.
        groups: (N,) units of one group are drawn by one random number, so that they are positive
            together as far as their scores allow: the images of a breast. None = each on its own,
            which makes a perfect model look better than it could where labels go together.

    Raises:
        ValueError: no units, a score outside [0, 1], or fewer bins than one.
    """
    order, starts = _equal_mass(scores, bins)
    ordered = scores[order]
    value = float(_errors(ordered, labels[order][:, np.newaxis], starts)[0])
    owner = np.arange(len(order)) if groups is None else number_patients(groups)
    owner = owner[order]
    generator = np.random.default_rng(seed)
    size = max(1, BLOCK // len(order))
    blocks = []
    for at in range(0, replicates, size):
        drawn = generator.random((int(owner.max()) + 1, min(size, replicates - at)))
        blocks.append(_errors(ordered, drawn[owner] < ordered[:, np.newaxis], starts))
    perfect = np.concatenate(blocks)
    low, high = np.percentile(perfect, (2.5, 97.5))
    method = f"mean and 95 % range of {replicates} simulated sets of labels"
    return CalibrationError(
        value=value,
        perfect=Estimate(float(perfect.mean()), float(low), float(high), method),
        p=(1 + int(np.sum(perfect >= value - 1e-12))) / (1 + replicates),
    )


def brier_parts(scores: Scores, labels: Labels, *, bins: int = BINS) -> BrierParts:
    """The Brier score taken apart over bins of equal mass.

    Murphy 1973 for scores that are alike in a bin; what is left where they are not is that of
    Stephenson, Coelho & Jolliffe 2008.

    Args:
        scores: float64 (N,) in [0, 1].
        labels: (N,) True = positive; where a class is absent resolution and uncertainty are 0.
        bins: at most how many.

    Raises:
        ValueError: no units, a score outside [0, 1], or fewer bins than one.
    """
    order, starts = _equal_mass(scores, bins)
    forecast, truth = scores[order], labels[order].astype(np.float64)
    sizes = np.diff(np.append(starts, len(order)))
    mean_forecast = np.add.reduceat(forecast, starts) / sizes
    mean_truth = np.add.reduceat(truth, starts) / sizes
    base = float(truth.mean())
    off = forecast - np.repeat(mean_forecast, sizes)
    return BrierParts(
        score=float(np.mean((forecast - truth) ** 2)),
        reliability=float(sizes @ (mean_forecast - mean_truth) ** 2 / len(order)),
        resolution=float(sizes @ (mean_truth - base) ** 2 / len(order)),
        uncertainty=base * (1 - base),
        within_bins=float(np.mean(off**2) - 2 * np.mean(off * truth)),
    )


def _equal_mass(scores: Scores, bins: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order (N,) by rising score, and where in it each bin starts; equal scores stay together."""
    if not len(scores) or bins < 1:
        raise ValueError(f"{len(scores)} units in {bins} bins; expected at least one of each")
    if not (scores.min() >= 0.0 and scores.max() <= 1.0):  # also refuses NaN
        raise ValueError(
            f"scores span [{scores.min():g}, {scores.max():g}]; expected probabilities in [0, 1]: "
            "calibrate them first"
        )
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    wanted = np.arange(bins) * len(scores) // bins
    # A cut inside a run of equal scores moves to where the run starts.
    return order, np.unique(np.searchsorted(ordered, ordered[wanted], side="left"))


def _errors(
    ordered: Scores, labels: NDArray[np.bool_], starts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(B,) ECE of scores (N,) in the order of the bins, with labels (N, B)."""
    gaps = np.add.reduceat(labels - ordered[:, np.newaxis], starts, axis=0)
    return np.asarray(np.abs(gaps).sum(axis=0) / len(ordered))
