"""Whether a map points at lesions: pointing game, overlap and FROC, each beside what chance hits.

A map is asked at its cells' centres, carried back to the film: a map whose cells are larger than a
lesion can miss it wherever it points, and so can its chance. What of a circle lies outside the map
is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.statistics import REPLICATES, UnitScores, patient_bootstrap
from mammoscope.experiment.weighted_metrics import MeanScore
from mammoscope.types import Estimate, Geometry, Lesion

# Points a side of a cell, at which it is asked how much of it a circle covers.
SUBDIVISION = 8
SHUFFLES = 50


@dataclass(frozen=True, slots=True, eq=False)
class ExplainedFilm:
    """A map and the circles of the film that it belongs to.

    Attributes:
        name, patient: of the film.
        grid: (h, w) float, more = more suspicious; covers the prepared array evenly.
        geometry: of the prepared array.
        lesions: circles in pixels of the film.
        inside: (h, w) cells that count, such as those over the breast; None = all.
        seed: of the training whose map it is; each seed has the same films.
    """

    name: str
    patient: str
    grid: NDArray[np.floating]
    geometry: Geometry
    lesions: tuple[Lesion, ...]
    inside: NDArray[np.bool_] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.grid.ndim != 2 or not np.isfinite(self.grid).all():
            raise ValueError(
                f"the map of {self.name} has shape {self.grid.shape} and "
                f"{int(np.sum(~np.isfinite(self.grid)))} cells that are not finite; expected (h, w)"
            )
        if self.counted.shape != self.grid.shape or not self.counted.any():
            raise ValueError(
                f"{int(self.counted.sum())} cells of shape {self.counted.shape} count on the map "
                f"of {self.name}; expected at least one of {self.grid.shape}"
            )

    @property
    def counted(self) -> NDArray[np.bool_]:
        """(h, w) the cells that count."""
        return np.ones(self.grid.shape, dtype=bool) if self.inside is None else self.inside

    def points(self, *, subdivision: int = 1) -> NDArray[np.float64]:
        """(h · s, w · s, 2) float64: x and y in pixels of the film of evenly spread points."""
        h, w = (side * subdivision for side in self.grid.shape)
        rows, columns = self.geometry.prepared_shape
        y, x = np.mgrid[0:h, 0:w] + 0.5
        flat = np.stack([x.ravel() * columns / w, y.ravel() * rows / h], axis=1)
        return self.geometry.back(flat).reshape(h, w, 2)

    def in_circles(
        self, points: NDArray[np.float64], *, tolerance_px: float = 0.0
    ) -> NDArray[np.bool_]:
        """(…, L) which points (…, 2) of the film lie in which circle, or so near to it."""
        centres = np.array([(one.x, one.y) for one in self.lesions]).reshape(-1, 2)
        radii = np.array([one.radius for one in self.lesions]) + tolerance_px
        offset = points[..., np.newaxis, :] - centres
        return np.asarray(np.hypot(offset[..., 0], offset[..., 1]) <= radii)


@dataclass(frozen=True, slots=True)
class Localisation:
    """A figure of maps with 95 % intervals over women, and over seeds where there are several.

    Attributes:
        films: how many have a circle, and were measured.
        women: whose they are.
        value: mean over these films and the seeds, in [0, 1].
        chance: the mean that maps of the same size, filled with chance, would give on them.
        excess: value - chance, film by film: what the maps know of the place.
    """

    films: int
    women: int
    value: Estimate
    chance: Estimate
    excess: Estimate


def pointing_game(
    films: Sequence[ExplainedFilm],
    *,
    tolerance_px: float = 0.0,
    seed: int,
    replicates: int = REPLICATES,
) -> Localisation | None:
    """In what share of the films the highest cell lies in a circle.

    Zhang et al. 2018 (Excitation Backprop), who allow 15 pixels. Of several highest
    cells each counts for its share, so that a map of one value plays as well as chance, which is
    the share of the cells that would be hits.

    Args:
        films: those without a circle are not measured.
        tolerance_px: how far outside a circle still counts, in pixels of the film.
        seed, replicates: of the bootstrap, which draws women.

    Returns:
        None where no film has a circle.
    """

    def measure(film: ExplainedFilm) -> tuple[float, float]:
        points = film.points()[film.counted]
        hits = np.any(film.in_circles(points, tolerance_px=tolerance_px), axis=1)
        cells = film.grid[film.counted]
        return float(hits[cells == cells.max()].mean()), float(hits.mean())

    return _localisation(films, measure, seed=seed, replicates=replicates)


def overlap(
    films: Sequence[ExplainedFilm],
    *,
    threshold: float,
    seed: int,
    shuffles: int = SHUFFLES,
    replicates: int = REPLICATES,
) -> Localisation | None:
    """Intersection over union of the cells at or above a threshold and the circles of a film.

    Areas are counted at 64 points a cell. Chance has as many cells, anywhere among those that
    count. A map that marks nothing overlaps by 0.

    Args:
        films: those without a circle are not measured.
        threshold: in the units of the map; chosen on other women.
        seed: of chance and of the bootstrap, which draws women.
        shuffles: how often chance is drawn for each film.
        replicates: of the bootstrap.

    Returns:
        None where no film has a circle.
    """
    generator = np.random.default_rng(seed)

    def measure(film: ExplainedFilm) -> tuple[float, float]:
        covered = _covered(film)
        lesion = covered.sum()
        covered = covered[film.counted]
        marked = film.grid[film.counted] >= threshold
        drawn = np.vstack([marked, generator.permuted(np.tile(marked, (shuffles, 1)), axis=1)])
        shared = drawn @ covered
        union = marked.sum() + lesion - shared
        values = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
        return float(values[0]), float(values[1:].mean())

    return _localisation(films, measure, seed=seed, replicates=replicates)


def choose_threshold(films: Sequence[ExplainedFilm], *, candidates: int = 100) -> float | None:
    """The threshold of the highest mean overlap with the circles; of equal ones the lowest.

    Args:
        films: of other women than those that it is used on.
        candidates: how many quantiles of the cells that count are tried.

    Returns:
        None where no film has a circle.
    """
    shown = [film for film in films if film.lesions]
    if not shown:
        return None
    cells = np.concatenate([film.grid[film.counted] for film in shown]).astype(np.float64)
    tried = np.unique(np.quantile(cells, np.arange(candidates) / candidates, method="nearest"))
    sums = np.zeros(len(tried))
    for film in shown:
        covered = _covered(film)
        inside, marked = covered[film.counted], film.grid[film.counted] >= tried[:, np.newaxis]
        shared = marked @ inside
        union = marked.sum(axis=1) + covered.sum() - shared
        sums += np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return float(tried[np.argmax(sums)])


def _covered(film: ExplainedFilm) -> NDArray[np.float64]:
    """(h, w) the share of each cell that a circle covers."""
    fine = film.in_circles(film.points(subdivision=SUBDIVISION)).any(axis=-1)
    h, w = film.grid.shape
    shares = fine.reshape(h, SUBDIVISION, w, SUBDIVISION).mean(axis=(1, 3))
    return np.asarray(shares, dtype=np.float64)


def by_seed(films: Sequence[ExplainedFilm]) -> list[list[ExplainedFilm]]:
    """The films of each seed, in the order of the first seed's.

    Raises:
        ValueError: the seeds do not have the same films.
    """
    found: dict[int, dict[str, ExplainedFilm]] = {}
    for film in films:
        found.setdefault(film.seed, {})[film.name] = film
    order = list(next(iter(found.values()), {}))
    if len(order) * len(found) != len(films) or any(set(of) != set(order) for of in found.values()):
        raise ValueError(
            f"maps of {[len(of) for of in found.values()]} films a seed, {len(films)} together; "
            "expected the same films of each seed, each once"
        )
    return [[of[name] for name in order] for of in found.values()]


def _localisation(
    films: Sequence[ExplainedFilm],
    measure: Callable[[ExplainedFilm], tuple[float, float]],
    *,
    seed: int,
    replicates: int,
) -> Localisation | None:
    seeds = by_seed([film for film in films if film.lesions])
    if not seeds:
        return None
    table = np.array([[measure(film) for film in shown] for shown in seeds])
    every = np.ones(table.shape[:2], dtype=bool)
    names, patients = [film.name for film in seeds[0]], [film.patient for film in seeds[0]]

    def estimate(values: NDArray[np.float64]) -> Estimate:
        units = UnitScores(values, every, every[0], names, patients)
        return patient_bootstrap(units, {"mean": MeanScore()}, seed=seed, replicates=replicates)[
            "mean"
        ]

    return Localisation(
        films=len(names),
        women=len(set(patients)),
        value=estimate(table[..., 0]),
        chance=estimate(table[..., 1]),
        excess=estimate(table[..., 0] - table[..., 1]),
    )
