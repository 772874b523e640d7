"""What a run's report says of its maps: whether they point at lesions, each beside chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import cv2
import numpy as np

from mammoscope.experiment.film_maps import FilmMaps
from mammoscope.experiment.froc import froc
from mammoscope.experiment.localisation import (
    ExplainedFilm,
    Localisation,
    overlap,
    pointing_game,
)
from mammoscope.experiment.statistics import REPLICATES
from mammoscope.types import Record, Task

# False marks a film, half an octave apart: the curve, and among them the rates of the table.
CURVE = tuple(float(2 ** (step / 2)) for step in range(-6, 7))
# Chance is measured on as many draws of women as the maps: its mean over these is exact enough.
_SHUFFLES = 20


def measure_localisation(
    maps: FilmMaps,
    records: Sequence[Record],
    task: Task,
    *,
    seed: int,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """Pointing game, overlap and FROC, as JSON values.

    Args:
        maps: of the test films, of one seed or several.
        records: of the data set.
        task: the question.
        seed: of chance and of the bootstrap, which draws women.
        replicates: of the bootstrap.

    Returns:
        Counts of films, women and circles; `pointing`, by the cell of the highest value and by
        the highest pixel of the map once it is enlarged to the prepared array; `overlap`, absent
        where no validation woman has a circle; `froc`, a row a rate.
    """
    films = maps.films({record.path: record for record in records}, task)
    enlarged = [enlarge(film, maps, number) for number, film in enumerate(films) if film.lesions]
    seeds = sorted(set(maps.seed.tolist()))
    once = [film for film in films if film.seed == seeds[0]]
    shown = [film for film in once if film.lesions]
    how: dict[str, Any] = {"seed": seed, "replicates": replicates}
    points = froc(films, rates=CURVE, shuffles=_SHUFFLES, **how)
    return {
        "unit": "image",
        "n": len(shown),
        "n_patients": len({film.patient for film in shown}),
        "n_lesions": sum(len(film.lesions) for film in shown),
        "n_of_froc": len(once),
        "n_patients_of_froc": len({film.patient for film in once}),
        "seeds": len(seeds),
        "replicates": replicates,
        "grid": list(maps.grid.shape[1:]),
        "prepared": list(maps.geometry_of(0).prepared_shape),
        "pointing": {
            "cell": _values(pointing_game(films, **how)),
            "interpolated": _values(pointing_game(enlarged, **how)),
        },
        **_overlap(films, maps, how),
        "froc": [asdict(point) for point in points],
    }


def enlarge(film: ExplainedFilm, maps: FilmMaps, number: int) -> ExplainedFilm:
    """The film with its map enlarged to the prepared array; the breast alone counts.

    Cubic convolution (Keys 1981): a bilinear surface is highest at the middle of a cell, so that it
    would point no finer than the cells do.
    """
    breast = maps.breast_of(number)
    height, width = breast.shape
    grid = cv2.resize(film.grid.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return replace(film, grid=grid, inside=breast if breast.any() else None)


def _overlap(films: Sequence[ExplainedFilm], maps: FilmMaps, how: dict[str, Any]) -> dict[str, Any]:
    if np.isnan(maps.threshold).any():
        return {}
    # Each network has a threshold of its own: what is above it is above 0.
    moved = [
        replace(film, grid=film.grid.astype(np.float64) - threshold)
        for film, threshold in zip(films, maps.threshold.tolist(), strict=True)
    ]
    found = _values(overlap(moved, threshold=0.0, **how))
    ends = {"least": float(maps.threshold.min()), "most": float(maps.threshold.max())}
    chosen = {"least": int(maps.chosen_on.min()), "most": int(maps.chosen_on.max())}
    return {"overlap": {**found, "threshold": ends, "chosen_on_films": chosen}}


def _values(found: Localisation | None) -> dict[str, Any]:
    # Maps are kept only where a film has a circle.
    assert found is not None
    return {name: asdict(getattr(found, name)) for name in ("value", "chance", "excess")}
