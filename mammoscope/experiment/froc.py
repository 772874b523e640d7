"""FROC of maps: lesions found against false marks a film, beside marks put down by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass, label
from skimage.morphology import local_maxima

from mammoscope.experiment.bca import percentile_ends
from mammoscope.experiment.localisation import SHUFFLES, ExplainedFilm, by_seed
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
        sensitivity: in [0, 1], by lesion, with its 95 % interval over women, and over seeds where
            there are several.
        chance: that of as many marks of the same scores on cells drawn at random, on average.
        excess: sensitivity - chance, on the same draws.
    """

    rate: float
    sensitivity: Estimate
    chance: Estimate
    excess: Estimate


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
        films: with circles and without; each seed has the same.
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
    seeds = by_seed(films)
    owner = number_patients([film.patient for film in seeds[0]])
    # Seeds are drawn apart from women and chance, so that one seed draws the women as ever.
    chance_generator, seed_generator = np.random.default_rng(seed).spawn(2)
    chosen = seed_generator.integers(len(seeds), size=(replicates, len(seeds)))
    # (R, 1 + replicates) of each seed: what is, and what was drawn.
    found, guessed = [], []
    for of_seed in seeds:
        measured = _Curves(of_seed, owner, unmarked, np.array(rates), seed, replicates)
        marks = [find_marks(film, floor=floor) for film in of_seed]
        found.append(measured.measure(marks, tolerance_px=tolerance_px))
        guesses = (_scatter(of_seed, marks, chance_generator) for _ in range(shuffles))
        several = [measured.measure(guess, tolerance_px=tolerance_px) for guess in guesses]
        guessed.append(np.mean(several, axis=0))
    value, chance = (_mean_of_seeds(np.stack(each), chosen) for each in (found, guessed))
    method = f"95 % patient bootstrap, {replicates} replicates, {int(owner.max()) + 1} patients"
    if len(seeds) > 1:
        method = method.replace("patient bootstrap", "bootstrap of patients and seeds")
        method += f", mean of {len(seeds)} seeds"
    curves = (value, chance, value - chance)
    return tuple(
        FrocPoint(rate, *(_estimate(curve[number], method) for curve in curves))
        for number, rate in enumerate(rates)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Curves:
    """Measures marks on the films of one seed, as they are and as women are drawn."""

    films: Sequence[ExplainedFilm]
    owner: NDArray[np.intp]
    unmarked: frozenset[str]
    rates: Numbers
    seed: int
    replicates: int

    def measure(
        self,
        found: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
        *,
        tolerance_px: float,
    ) -> Numbers:
        """(R, 1 + replicates) sensitivities; the first column is of all films as they are."""
        counts_false = np.array([film.name not in self.unmarked for film in self.films], dtype=bool)
        marks = _judge(self.films, found, counts_false, tolerance_px=tolerance_px)
        # The same women for every set of marks.
        draws = draw_patients(
            self.owner, np.random.default_rng(self.seed), replicates=self.replicates
        )
        resamples = [weigh_alike(len(self.films))]
        resamples += [count_draws(self.owner, drawn) for drawn in draws]
        blocks = [_sensitivities(marks, counts_false, self.rates, each) for each in resamples]
        return np.concatenate(blocks, axis=1)


def _mean_of_seeds(table: Numbers, chosen: NDArray[np.intp]) -> Numbers:
    """(R, 1 + B) of (S, R, 1 + B): the mean of all seeds, and of those that each replicate drew."""
    drawn = table[chosen.T, :, 1 + np.arange(len(chosen))].mean(axis=0).T
    return np.concatenate([table[..., :1].mean(axis=0), drawn], axis=1)


def _estimate(row: Numbers, method: str) -> Estimate:
    low, high = percentile_ends(row[1:][~np.isnan(row[1:])])
    return Estimate(float(row[0]), low, high, method)


def _scatter(
    films: Sequence[ExplainedFilm],
    marks: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]],
    generator: np.random.Generator,
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The same scores on cells that are drawn from those that count."""
    scattered = []
    for film, (_, scores) in zip(films, marks, strict=True):
        cells = film.points()[film.counted]
        drawn = generator.choice(len(cells), size=len(scores), replace=False)
        scattered.append((cells[drawn], scores))
    return scattered


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
