"""FROC of maps: lesions found against false marks a film, beside marks put down by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass, label
from skimage.morphology import local_maxima

from mammoscope.experiment.bca import percentile_ends
from mammoscope.experiment.localisation import SHUFFLES, ExplainedFilm
from mammoscope.experiment.resampling import (
    Numbers,
    Resample,
    count_draws,
    draw_patients,
    number_patients,
    weigh_alike,
)
from mammoscope.experiment.statistics import REPLICATES
from mammoscope.experiment.weighted_metrics import ratio
from mammoscope.types import Estimate

# False marks a film, as in LUNA16 (Setio et al. 2017) but for its highest.
RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class FrocPoint:
    """Share of the circles that are marked where so many marks a film are false.

    Attributes:
        rate: false marks a film, at most.
        sensitivity: in [0, 1], by lesion, with its 95 % interval over women.
        chance: that of as many marks of the same scores on cells drawn at random.
    """

    rate: float
    sensitivity: Estimate
    chance: float


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    """What was marked, over all films: scores, and the number of the film of each."""

    lesion_scores: Numbers
    lesion_films: NDArray[np.intp]
    false_scores: Numbers
    false_films: NDArray[np.intp]


def find_marks(
    film: ExplainedFilm, *, floor: float = 0.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The peaks of a map: cells that none of their eight neighbours exceeds.

    A plateau is one peak, at its middle; a map of one value has none. Cells that do not count are
    lower than all others.

    Args:
        film: with its map.
        floor: peaks at or below it are no marks; 0 on a signed map = what speaks for a lesion.

    Returns:
        Places (M, 2), x and y in pixels of the film, and scores (M,), both float64.
    """
    grid = film.grid.astype(np.float64)
    lowest = grid.min() - 1.0
    grid = np.where(film.counted, grid, lowest)
    peaks = local_maxima(grid, connectivity=2) & (grid > floor) & film.counted
    places, count = label(peaks, structure=np.ones((3, 3)))
    if count == 0:
        return np.empty((0, 2)), np.empty(0)
    numbers = np.arange(1, count + 1)
    middles = np.array(center_of_mass(peaks, places, numbers))
    first = [np.flatnonzero(places.ravel() == number)[0] for number in numbers]
    rows, columns = film.geometry.prepared_shape
    prepared = (middles[:, ::-1] + 0.5) * (columns / grid.shape[1], rows / grid.shape[0])
    return film.geometry.back(prepared), grid.ravel()[first]


def froc(
    films: Sequence[ExplainedFilm],
    *,
    unmarked: frozenset[str] = frozenset(),
    rates: Sequence[float] = RATES,
    tolerance_px: float = 0.0,
    floor: float = 0.0,
    seed: int,
    shuffles: int = SHUFFLES,
    replicates: int = REPLICATES,
) -> tuple[FrocPoint, ...]:
    """Free-response ROC (Bunch et al. 1978; Chakraborty 1989) of the peaks of the maps.

    A circle is found where a mark lies in it, and has the highest score of those; a mark in no
    circle is false. The figure at a rate is the best that a threshold reaches without more false
    marks a film; nothing is interpolated.

    Args:
        films: with circles and without.
        unmarked: names of films that hold a lesion without a circle: their marks may be right, so
            neither they nor these films count for the rate.
        rates: false marks a film.
        tolerance_px: how far outside a circle a mark still counts.
        floor: as of `find_marks`.
        seed: of chance and of the bootstrap, which draws women; the threshold is chosen anew in
            each replicate.
        shuffles: how often chance is drawn.
        replicates: of the bootstrap.

    Returns:
        A point a rate; none where no film has a circle, or none counts for the rate.
    """
    counts_false = np.array([film.name not in unmarked for film in films], dtype=bool)
    if not any(film.lesions for film in films) or not counts_false.any():
        return ()
    owner = number_patients([film.patient for film in films])
    found = [find_marks(film, floor=floor) for film in films]
    marks = _judge(films, found, counts_false, tolerance_px=tolerance_px)
    limits = np.array(rates)
    once = weigh_alike(len(films))
    values = _sensitivities(marks, counts_false, limits, once)[:, 0]
    blocks = [
        _sensitivities(marks, counts_false, limits, count_draws(owner, drawn))
        for drawn in draw_patients(owner, np.random.default_rng(seed), replicates=replicates)
    ]
    drawn_values = np.concatenate(blocks, axis=1)
    (generator,) = np.random.default_rng(seed).spawn(1)
    guessed = []
    for _ in range(shuffles):
        scattered = [
            (_scatter(film, len(scores), generator), scores)
            for film, (_, scores) in zip(films, found, strict=True)
        ]
        guess = _judge(films, scattered, counts_false, tolerance_px=tolerance_px)
        guessed.append(_sensitivities(guess, counts_false, limits, once)[:, 0])
    chance = np.mean(guessed, axis=0)
    method = f"95 % patient bootstrap, {replicates} replicates, {int(owner.max()) + 1} patients"
    points = []
    for number, rate in enumerate(rates):
        row = drawn_values[number]
        low, high = percentile_ends(row[~np.isnan(row)])
        estimate = Estimate(float(values[number]), low, high, method)
        points.append(FrocPoint(rate, estimate, float(chance[number])))
    return tuple(points)


def _scatter(
    film: ExplainedFilm, count: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    cells = film.points()[film.counted]
    return cells[generator.choice(len(cells), size=count, replace=False)]


def _judge(
    films: Sequence[ExplainedFilm],
    found: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    counts_false: NDArray[np.bool_],
    *,
    tolerance_px: float,
) -> _Marks:
    lesion_scores, lesion_films, false_scores, false_films = [], [], [], []
    for number, (film, (places, scores)) in enumerate(zip(films, found, strict=True)):
        hits = film.in_circles(places, tolerance_px=tolerance_px)
        # A circle without a mark is below every threshold.
        best = np.where(hits, scores[:, np.newaxis], -np.inf).max(axis=0, initial=-np.inf)
        lesion_scores.append(best)
        lesion_films.append(np.full(len(best), number))
        wrong = scores[~hits.any(axis=1)] if counts_false[number] else scores[:0]
        false_scores.append(wrong)
        false_films.append(np.full(len(wrong), number))
    return _Marks(
        np.concatenate(lesion_scores),
        np.concatenate(lesion_films).astype(np.intp),
        np.concatenate(false_scores),
        np.concatenate(false_films).astype(np.intp),
    )


def _sensitivities(
    marks: _Marks, counts_false: NDArray[np.bool_], rates: Numbers, resample: Resample
) -> Numbers:
    """(len(rates), B) the best sensitivity at each rate; NaN where none of its parts is drawn."""
    order = np.argsort(-marks.lesion_scores, kind="stable")
    scores = marks.lesion_scores[order]
    weights = resample.weights(marks.lesion_films[order])
    sensitivity = ratio(np.cumsum(weights, axis=0), weights.sum(axis=0))
    falling = np.argsort(-marks.false_scores, kind="stable")
    wrong = np.zeros((len(falling) + 1, weights.shape[1]))
    np.cumsum(resample.weights(marks.false_films[falling]), axis=0, out=wrong[1:])
    films = resample.weights(counts_false).sum(axis=0)
    # A threshold at a lesion's score calls every mark at or above it.
    passed = np.searchsorted(-marks.false_scores[falling], -scores, side="right")
    rate = ratio(wrong[passed], films)
    # What the same threshold finds is found together: of equal scores the last one counts.
    last = np.append(scores[1:] != scores[:-1], True) & np.isfinite(scores)
    best = [
        np.where((rate <= limit + 1e-9) & last[:, np.newaxis], sensitivity, 0.0).max(axis=0)
        for limit in rates
    ]
    undefined = (weights.sum(axis=0) == 0) | (films == 0)
    return np.where(undefined, np.nan, np.stack(best))
