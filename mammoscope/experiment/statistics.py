"""Figures with intervals: AUC, and a bootstrap that draws patients (not images) and seeds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from mammoscope.types import Estimate

REPLICATES = 2000
_ENDS = (2.5, 97.5)

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]
# (scores, labels, called), each (N,); called = the score reached its threshold.
Metric = Callable[[Scores, Labels, Labels], float]


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """One replicate of the bootstrap, as indices.

    Attributes:
        units: those of the drawn patients.
        seeds: as many as there are, drawn with replacement.
    """

    units: NDArray[np.intp]
    seeds: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class UnitScores:
    """What one model said of N images, breasts or women, once a training seed.

    Attributes:
        scores: (S, N) calibrated, one row a seed.
        called: (S, N) True where a score reached the threshold it was held against.
        labels: (N,) True = positive.
        names: (N,) which image, breast or woman.
        patients: (N,) whose it is.
    """

    scores: Scores
    called: Labels
    labels: Labels
    names: Sequence[str]
    patients: Sequence[Hashable]

    def measure(self, metric: Metric, draw: Draw | None = None) -> float:
        """The metric of the drawn units and seeds (of all, if None), averaged over the seeds."""
        rows = slice(None) if draw is None else draw.units
        seeds = range(len(self.scores)) if draw is None else draw.seeds
        labels = self.labels[rows]
        return float(
            np.mean([metric(self.scores[s][rows], labels, self.called[s][rows]) for s in seeds])
        )


def auc(scores: Scores, labels: Labels, called: Labels | None = None) -> float:
    """Area under the ROC curve: P(score of a positive > of a negative) + ½ P(equal).

    Mann & Whitney 1947, by mid-ranks; NaN where a class is absent. `called` is not used.
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = rankdata(scores)
    return float((ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def patient_bootstrap(
    units: UnitScores, metrics: dict[str, Metric], *, seed: int, replicates: int = REPLICATES
) -> dict[str, Estimate]:
    """Each metric, averaged over training seeds, with its 95 % interval over what was drawn.

    The patient is the unit that was sampled from the world, so all units of a drawn patient come
    along (cluster bootstrap, Field & Welsh 2007; percentile interval). Of several seeds as many
    are drawn with replacement, so that the noise of training is in the interval; of S seeds that
    part has (S - 1) / S of its variance, as every bootstrap of S things. One seed tells nothing
    of that noise, and the interval is of patients alone. A replicate in which a
    metric is not defined (a class is absent) is left out of that metric's interval; a metric that
    is not defined on the whole (precision where nothing was called positive) is left out of the
    answer.

    Args:
        units: what to measure.
        metrics: name → function.
        seed: of the draws.
        replicates: how many.
    """
    values: dict[str, list[float]] = {name: [] for name in metrics}
    for (draw,) in _draws(units, seed=seed, replicates=replicates):
        for name, metric in metrics.items():
            values[name].append(units.measure(metric, draw))
    method = _method(units, replicates=replicates)
    estimates = {
        name: _estimate(units.measure(metric), values[name], method)
        for name, metric in metrics.items()
    }
    return {name: estimate for name, estimate in estimates.items() if estimate is not None}


def paired_difference(
    one: UnitScores, other: UnitScores, metric: Metric, *, seed: int, replicates: int = REPLICATES
) -> Estimate | None:
    """The metric of one minus that of the other, both on the same drawn patients.

    What the two share (hard patients, easy patients) falls out of the difference, so its
    interval is narrower than the two intervals side by side would make believe. Seeds are not
    shared: they are drawn for each of the two on its own.

    Args:
        one, other: of the same units in the same order.
        metric: averaged over each one's seeds.
        seed: of the draws.
        replicates: how many.

    Returns:
        None where the metric is not defined.

    Raises:
        ValueError: the two are not of the same units.
    """
    models = {"one": one, "other": other}
    return paired_differences(models, metric, seed=seed, replicates=replicates)["one", "other"]


def paired_differences(
    models: Mapping[str, UnitScores], metric: Metric, *, seed: int, replicates: int = REPLICATES
) -> dict[tuple[str, str], Estimate | None]:
    """Of every two models the metric of the first minus that of the second.

    The same patients are drawn for all pairs, so a model is measured once on each draw, however
    many others it is held against.

    Args:
        models: name → scores of the same units in the same order.
        metric, seed, replicates: as of `paired_difference`.

    Raises:
        ValueError: two are not of the same units.
    """
    first, *rest = models.values()
    for model in rest:
        _refuse_unpaired(first, model)
    tables = {
        name: _by_seed(model, metric, seed=seed, replicates=replicates)
        for name, model in models.items()
    }
    found = {}
    for one, other in combinations(models, 2):
        pair = (models[one], models[other])
        mine, theirs = (
            np.take_along_axis(tables[name], seeds, axis=1).mean(axis=1)
            for name, seeds in zip(
                (one, other), _all_seeds(*pair, seed=seed, replicates=replicates), strict=True
            )
        )
        value = pair[0].measure(metric) - pair[1].measure(metric)
        method = "paired " + _method(*pair, replicates=replicates)
        found[one, other] = _estimate(value, (mine - theirs).tolist(), method)
    return found


def _refuse_unpaired(one: UnitScores, other: UnitScores) -> None:
    same = list(one.names) == list(other.names) and list(one.patients) == list(other.patients)
    if not same or not np.array_equal(one.labels, other.labels):
        raise ValueError("only scores of the same units can be paired")


def _by_seed(model: UnitScores, metric: Metric, *, seed: int, replicates: int) -> Scores:
    """(R, S) the metric of each seed on each draw of units."""
    generator = np.random.default_rng(seed)
    table = np.empty((replicates, len(model.scores)))
    draws = _units_of_patients(model.patients, generator, replicates=replicates)
    for row, drawn in zip(table, draws, strict=True):
        labels = model.labels[drawn]
        for number, (scores, called) in enumerate(zip(model.scores, model.called, strict=True)):
            row[number] = metric(scores[drawn], labels, called[drawn])
    return table


def _all_seeds(*models: UnitScores, seed: int, replicates: int) -> tuple[NDArray[np.intp], ...]:
    """For each model (R, S) the seeds that are drawn in each replicate."""
    if all(len(model.scores) == 1 for model in models):
        return tuple(np.zeros((replicates, 1), dtype=np.intp) for _ in models)
    drawn = zip(*_draw_seeds(*models, seed=seed, replicates=replicates), strict=True)
    return tuple(np.stack(of_model) for of_model in drawn)


def _draws(*models: UnitScores, seed: int, replicates: int) -> Iterator[tuple[Draw, ...]]:
    """Replicates: a draw for each model, of the same patients, and of its own seeds."""
    generator = np.random.default_rng(seed)
    units = _units_of_patients(models[0].patients, generator, replicates=replicates)
    seeds = _draw_seeds(*models, seed=seed, replicates=replicates)
    for drawn, each in zip(units, seeds, strict=True):
        yield tuple(Draw(drawn, of_model) for of_model in each)


def _draw_seeds(
    *models: UnitScores, seed: int, replicates: int
) -> Iterator[tuple[NDArray[np.intp], ...]]:
    """Replicates: for each model as many of its seeds as there are, drawn with replacement."""
    # Seeds come from a child of the patients' generator, which spawning does not move: the same
    # women are drawn however many seeds a model has.
    (generator,) = np.random.default_rng(seed).spawn(1)
    for _ in range(replicates):
        yield tuple(
            generator.integers(len(model.scores), size=len(model.scores)) for model in models
        )


def _units_of_patients(
    patients: Sequence[Hashable], generator: np.random.Generator, *, replicates: int
) -> Iterator[NDArray[np.intp]]:
    """Indices of the units of as many patients as there are, drawn with replacement."""
    number: dict[Hashable, int] = {}
    owner = np.array([number.setdefault(patient, len(number)) for patient in patients])
    # The units of each patient, one after the other: a draw is then a few array operations,
    # also of 100,000 patients.
    order = np.argsort(owner, kind="stable")
    counts = np.bincount(owner)
    starts = np.cumsum(counts) - counts
    for _ in range(replicates):
        drawn = generator.integers(len(counts), size=len(counts))
        lengths = counts[drawn]
        ends = np.cumsum(lengths)
        within = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        yield order[np.repeat(starts[drawn], lengths) + within]


def _method(*models: UnitScores, replicates: int) -> str:
    size = f"{replicates} replicates, {len(set(models[0].patients))} patients"
    seeds = [len(model.scores) for model in models]
    if max(seeds) == 1:
        return f"95 % patient bootstrap, {size}"
    # Of two models with as many seeds the number is said once.
    counts = " and of ".join(f"{n} seed{'s' * (n > 1)}" for n in dict.fromkeys(seeds))
    return f"95 % bootstrap of patients and seeds, {size}, mean of {counts}"


def _estimate(value: float, replicates: list[float], method: str) -> Estimate | None:
    defined = np.array([value for value in replicates if not np.isnan(value)])
    if np.isnan(value) or not len(defined):
        return None
    low, high = np.percentile(defined, _ENDS)
    return Estimate(value=value, low=float(low), high=float(high), method=method)
