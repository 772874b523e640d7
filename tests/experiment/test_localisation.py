"""The pointing game and the overlap of maps that are known to point, to miss, or to guess."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoscope.experiment.localisation import (
    ExplainedFilm,
    choose_threshold,
    overlap,
    pointing_game,
)
from mammoscope.types import Geometry, Lesion

# Half the film's size, mirrored: what is left on the map is right on the film.
GEOMETRY = Geometry(
    image_shape=(160, 80),
    prepared_shape=(80, 40),
    crop=(0, 0, 160, 80),
    mirrored=True,
    scale=(0.5, 0.5),
    padding=(0, 0),
)


def film(
    grid: np.ndarray,
    *lesions: tuple[float, float, float],
    name: str = "a",
    inside: np.ndarray | None = None,
) -> ExplainedFilm:
    circles = tuple(Lesion(x, y, radius, "MASS") for x, y, radius in lesions)
    return ExplainedFilm(name, name, grid, GEOMETRY, circles, inside)


def peak(row: int, column: int) -> np.ndarray:
    grid = np.zeros((8, 4))
    grid[row, column] = 1.0
    return grid


def test_a_cell_is_where_the_geometry_puts_it() -> None:
    """Cells are 20 × 20 pixels of the film; the last column of the map is its left edge."""
    points = film(peak(0, 0)).points()
    assert points.shape == (8, 4, 2)
    assert points[0, 3].tolist() == [10.0, 10.0]
    assert points[7, 0].tolist() == [70.0, 150.0]
    assert film(peak(0, 0)).points(subdivision=2)[0, 7].tolist() == [5.0, 5.0]


def test_pointing_is_to_have_the_highest_cell_in_the_circle() -> None:
    hit, miss = film(peak(2, 3), (12, 52, 8)), film(peak(2, 0), (12, 52, 8), name="b")
    found = pointing_game([hit, miss, film(peak(0, 0), name="c")], seed=0, replicates=100)
    assert found is not None and found.films == 2
    assert found.value.value == 0.5
    # One cell's centre of 32 lies in the circle.
    assert found.chance.value == pytest.approx(1 / 32)
    assert found.excess.value == pytest.approx(0.5 - 1 / 32)
    assert (found.value.low, found.value.high) == (0.0, 1.0)
    assert "2 patients" in found.value.method


def test_a_tolerance_reaches_further_for_the_map_and_for_chance() -> None:
    near = film(peak(2, 2), (12, 52, 8))
    strict, wide = (
        pointing_game([near], tolerance_px=tolerance, seed=0, replicates=20)
        for tolerance in (0, 15)
    )
    assert strict is not None and strict.value.value == 0.0
    assert wide is not None and wide.value.value == 1.0
    assert wide.chance.value == pytest.approx(4 / 32)


def test_a_map_of_one_value_plays_as_well_as_chance() -> None:
    found = pointing_game([film(np.ones((8, 4)), (30, 60, 25))], seed=0, replicates=20)
    assert found is not None and found.value.value == found.chance.value > 0
    assert found.excess.value == 0.0


def test_cells_that_do_not_count_are_not_looked_at() -> None:
    inside = np.zeros((8, 4), dtype=bool)
    inside[:, 3] = True
    grid = peak(0, 0) * 9 + peak(2, 3)
    found = pointing_game([film(grid, (12, 52, 8), inside=inside)], seed=0, replicates=20)
    assert found is not None and found.value.value == 1.0
    assert found.chance.value == pytest.approx(1 / 8)


def test_noise_hits_as_often_as_chance_says() -> None:
    rng = np.random.default_rng(0)
    films = [
        film(rng.normal(size=(8, 4)), (rng.uniform(10, 70), rng.uniform(10, 150), 25), name=str(n))
        for n in range(400)
    ]
    game = pointing_game(films, seed=0, replicates=200)
    area = overlap(films, threshold=0.5, seed=0, shuffles=20, replicates=200)
    assert game is not None and area is not None
    assert game.excess.low <= 0 <= game.excess.high
    assert area.excess.low <= 0 <= area.excess.high
    assert game.chance.value == pytest.approx(game.value.value, abs=0.06)


def test_the_overlap_by_hand() -> None:
    """A circle of a cell's area within four cells, all of which are marked: its area over four."""
    radius = 20 / np.sqrt(np.pi)
    grid = np.zeros((8, 4))
    grid[2:4, 1:3] = 2.0
    found = overlap([film(grid, (40, 60, radius))], threshold=1.5, seed=0, replicates=20)
    assert found is not None
    assert found.value.value == pytest.approx(1 / 4, abs=0.02)
    # Four cells of 32 anywhere share 1/8 of it: 0.125 / 4.875, and a little more for the spread.
    assert found.chance.value == pytest.approx(0.0256, abs=0.01)
    nothing = overlap([film(grid, (40, 60, radius))], threshold=2.5, seed=0, replicates=20)
    assert nothing is not None and nothing.value.value == nothing.chance.value == 0.0


def test_the_lesions_own_cells_overlap_wholly() -> None:
    large = film(np.zeros((8, 4)), (40, 80, 300))
    found = overlap([large], threshold=0.0, seed=0, replicates=20)
    assert found is not None and found.value.value == 1.0


def test_several_seeds_are_averaged_and_drawn_and_films_counted_once() -> None:
    hit, miss = film(peak(2, 3), (12, 52, 8)), film(peak(2, 0), (12, 52, 8))
    found = pointing_game([hit, replace(miss, seed=1)], seed=0, replicates=200)
    assert found is not None
    assert (found.films, found.women, found.value.value) == (1, 1, 0.5)
    assert (found.value.low, found.value.high) == (0.0, 1.0)
    assert found.chance.low == pytest.approx(found.chance.high)
    with pytest.raises(ValueError, match="the same films of each seed"):
        pointing_game([hit, replace(miss, seed=1, name="b")], seed=0)


def test_the_threshold_is_that_of_the_highest_overlap() -> None:
    """The brightest cell is off the lesion: to mark the next four as well overlaps most."""
    grid = np.zeros((8, 4))
    grid[2:4, 1:3], grid[7, 3], grid[0, 0:3] = 2.0, 5.0, 1.0
    shown = film(grid, (40, 60, 20))
    assert choose_threshold([shown, film(grid, name="none")]) == 2.0
    values = {}
    for threshold in (0.0, 1.0, 2.0, 5.0):
        found = overlap([shown], threshold=threshold, seed=0, shuffles=1, replicates=1)
        assert found is not None
        values[threshold] = found.value.value
    assert max(values, key=lambda threshold: values[threshold]) == 2.0
    assert choose_threshold([film(grid)]) is None


def test_without_a_circle_there_is_no_figure() -> None:
    assert pointing_game([film(peak(0, 0))], seed=0) is None
    assert overlap([], threshold=0.0, seed=0) is None


def test_a_map_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="1 cells that are not finite"):
        film(np.array([[np.nan, 1.0]]))
    with pytest.raises(ValueError, match=r"expected \(h, w\)"):
        film(np.zeros((2, 2, 1)))
    with pytest.raises(ValueError, match="expected at least one"):
        film(np.zeros((2, 2)), inside=np.zeros((2, 2), dtype=bool))
    with pytest.raises(ValueError, match="expected at least one"):
        film(np.zeros((2, 2)), inside=np.ones((2, 3), dtype=bool))
