"""Figures with intervals: AUC, and a bootstrap that draws patients (not images) and seeds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from mammoscope.experiment.bca import Ends, bca_ends, percentile_ends
from mammoscope.experiment.resampling import (
    Resample,
    count_draws,
    draw_patients,
    leave_one_out,
    number_patients,
    units_of_draws,
)
from mammoscope.experiment.weighted_metrics import Weighted, paired_with, weighted_form
from mammoscope.experiment.weighted_metrics import auc as weighted_auc
from mammoscope.types import Estimate

REPLICATES = 2000

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


@paired_with(weighted_auc)
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
    units: UnitScores,
    metrics: dict[str, Metric],
    *,
    seed: int,
    replicates: int = REPLICATES,
    ends: Ends = "BCa",
) -> dict[str, Estimate]:
    """Each metric, averaged over training seeds, with its 95 % interval over what was drawn.

    The patient is the unit that was sampled from the world, so all units of a drawn patient come
    along (cluster bootstrap, Field & Welsh 2007). Of several seeds as many
    are drawn with replacement, so that the noise of training is in the interval; of S seeds that
    part has (S - 1) / S of its variance, as every bootstrap of S things. One seed tells nothing
    of that noise, and the interval is of patients alone. A replicate in which a
    metric is not defined (a class is absent) is left out of that metric's interval; a metric that
    is not defined on the whole (precision where nothing was called positive) is left out of the
    answer.

    AUC, the counts and every `WeightedMetric` are measured on blocks of replicates at once;
    another function is called for each replicate.

    Args:
        units: what to measure.
        metrics: name → function.
        seed: of the draws.
        replicates: how many.
        ends: BCa (Efron 1987), whose acceleration is that of leaving out each patient in turn
            (of many, a group of them), all seeds kept; or the plain percentile interval, which of
            a sensitivity near 0.9 holds the truth too seldom (0.926 of simulated trials).
    """
    tables = _by_seed(units, metrics, seed=seed, replicates=replicates)
    (seeds,) = _all_seeds(units, seed=seed, replicates=replicates)
    method = _method(units, replicates=replicates, ends=ends)
    left_out = _left_out(units, metrics) if ends == "BCa" else {}
    estimates = {
        name: _estimate(
            units.measure(metric), _of_seeds(tables[name], seeds), method, left_out.get(name)
        )
        for name, metric in metrics.items()
    }
    return {name: estimate for name, estimate in estimates.items() if estimate is not None}


def paired_difference(
    one: UnitScores,
    other: UnitScores,
    metric: Metric,
    *,
    seed: int,
    replicates: int = REPLICATES,
    ends: Ends = "BCa",
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
        ends: as of `patient_bootstrap`.

    Returns:
        None where the metric is not defined.

    Raises:
        ValueError: the two are not of the same units.
    """
    models = {"one": one, "other": other}
    found = paired_differences(models, metric, seed=seed, replicates=replicates, ends=ends)
    return found["one", "other"]


def paired_differences(
    models: Mapping[str, UnitScores],
    metric: Metric,
    *,
    seed: int,
    replicates: int = REPLICATES,
    ends: Ends = "BCa",
) -> dict[tuple[str, str], Estimate | None]:
    """Of every two models the metric of the first minus that of the second.

    The same patients are drawn for all pairs, so a model is measured once on each draw, however
    many others it is held against.

    Args:
        models: name → scores of the same units in the same order.
        metric, seed, replicates, ends: as of `paired_difference`.

    Raises:
        ValueError: two are not of the same units.
    """
    first, *rest = models.values()
    for model in rest:
        refuse_unpaired(first, model)
    which = {"metric": metric}
    tables, left_out = {}, {}
    for name, model in models.items():
        tables[name] = _by_seed(model, which, seed=seed, replicates=replicates)["metric"]
        if ends == "BCa":
            left_out[name] = _left_out(model, which)["metric"]
    found = {}
    for one, other in combinations(models, 2):
        pair = (models[one], models[other])
        mine, theirs = (
            _of_seeds(tables[name], seeds)
            for name, seeds in zip(
                (one, other), _all_seeds(*pair, seed=seed, replicates=replicates), strict=True
            )
        )
        value = pair[0].measure(metric) - pair[1].measure(metric)
        without = left_out[one] - left_out[other] if left_out else None
        method = "paired " + _method(*pair, replicates=replicates, ends=ends)
        found[one, other] = _estimate(value, mine - theirs, method, without)
    return found


def refuse_unpaired(one: UnitScores, other: UnitScores) -> None:
    """Returns where two models were asked of the same units, in the same order.

    Raises:
        ValueError: they were not.
    """
    same = list(one.names) == list(other.names) and list(one.patients) == list(other.patients)
    if not same or not np.array_equal(one.labels, other.labels):
        raise ValueError("only scores of the same units can be paired")


def _by_seed(
    model: UnitScores, metrics: Mapping[str, Metric], *, seed: int, replicates: int
) -> dict[str, Scores]:
    """(R, S) of each metric: that of each seed on each draw of units."""
    owner = number_patients(model.patients)
    generator = np.random.default_rng(seed)
    tables = {name: np.empty((replicates, len(model.scores))) for name in metrics}
    at = 0
    for drawn in draw_patients(owner, generator, replicates=replicates):
        resample = count_draws(owner, drawn)
        for name, metric in metrics.items():
            form = weighted_form(metric)
            if form is None:
                values = _one_by_one(model, metric, owner, drawn)
            else:
                values = _at_once(model, form, resample)
            tables[name][at : at + len(drawn)] = values
        at += len(drawn)
    return tables


def _at_once(model: UnitScores, form: Weighted, resample: Resample) -> Scores:
    """(B, S) the metric of each seed on each weighting."""
    rows = zip(model.scores, model.called, strict=True)
    return np.stack(
        [form(scores, model.labels, called, resample) for scores, called in rows], axis=1
    )


def _one_by_one(
    model: UnitScores, metric: Metric, owner: NDArray[np.intp], drawn: NDArray[np.intp]
) -> Scores:
    """(B, S) the same of a function that knows no weights."""
    table = np.empty((len(drawn), len(model.scores)))
    for row, units in zip(table, units_of_draws(owner, drawn), strict=True):
        labels = model.labels[units]
        for number, (scores, called) in enumerate(zip(model.scores, model.called, strict=True)):
            row[number] = metric(scores[units], labels, called[units])
    return table


def _left_out(model: UnitScores, metrics: Mapping[str, Metric]) -> dict[str, Scores]:
    """(G,) of each metric, mean of the seeds: that of all units but a patient's or group's."""
    owner = number_patients(model.patients)
    blocks: dict[str, list[Scores]] = {name: [] for name in metrics}
    for resample in leave_one_out(owner):
        for name, metric in metrics.items():
            form = weighted_form(metric)
            if form is not None:
                blocks[name].append(_at_once(model, form, resample).mean(axis=1))
                continue
            kept = [np.flatnonzero(column[owner]) for column in resample.counts.T]
            every = np.arange(len(model.scores))
            # Without the only patient there is nothing to measure.
            values = [
                model.measure(metric, Draw(units, every)) if len(units) else np.nan
                for units in kept
            ]
            blocks[name].append(np.array(values))
    return {name: np.concatenate(of_metric) for name, of_metric in blocks.items()}


def _of_seeds(table: Scores, seeds: NDArray[np.intp]) -> Scores:
    """(R,) means over the seeds (R, S) that each replicate drew."""
    return np.asarray(np.take_along_axis(table, seeds, axis=1).mean(axis=1))


def _all_seeds(*models: UnitScores, seed: int, replicates: int) -> tuple[NDArray[np.intp], ...]:
    """For each model (R, S): as many of its seeds as there are, drawn with replacement."""
    counts = [len(model.scores) for model in models]
    # Seeds come from a child of the patients' generator, which spawning does not move: the same
    # women are drawn however many seeds a model has.
    (generator,) = np.random.default_rng(seed).spawn(1)
    if len(set(counts)) == 1:
        drawn = generator.integers(counts[0], size=(replicates, len(models), counts[0]))
        return tuple(drawn[:, number] for number in range(len(models)))
    # Of unlike models the numbers come in turns, a replicate after the other.
    turns = [[generator.integers(n, size=n) for n in counts] for _ in range(replicates)]
    return tuple(np.stack(of_model) for of_model in zip(*turns, strict=True))


def _method(*models: UnitScores, replicates: int, ends: Ends) -> str:
    size = f"{replicates} replicates, {len(set(models[0].patients))} patients"
    kind = "95 %" if ends == "percentile" else f"95 % {ends}"
    seeds = [len(model.scores) for model in models]
    if max(seeds) == 1:
        return f"{kind} patient bootstrap, {size}"
    # Of two models with as many seeds the number is said once.
    counts = " and of ".join(f"{n} seed{'s' * (n > 1)}" for n in dict.fromkeys(seeds))
    return f"{kind} bootstrap of patients and seeds, {size}, mean of {counts}"


def _estimate(
    value: float, replicates: Scores, method: str, left_out: Scores | None
) -> Estimate | None:
    defined = replicates[~np.isnan(replicates)]
    if np.isnan(value) or not len(defined):
        return None
    if left_out is None:
        low, high = percentile_ends(defined)
    else:
        low, high = bca_ends(value, defined, left_out)
    return Estimate(value=value, low=low, high=high, method=method)
