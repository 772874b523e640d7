"""FROC by hand, on maps whose peaks, hits and false marks can be counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoscope.experiment.froc import find_marks, froc
from mammoscope.experiment.localisation import ExplainedFilm
from mammoscope.types import Geometry, Lesion

SIDE = 8
GEOMETRY = Geometry(
    image_shape=(80, 80),
    prepared_shape=(80, 80),
    crop=(0, 0, 80, 80),
    mirrored=False,
    scale=(1.0, 1.0),
    padding=(0, 0),
)


def film(
    name: str,
    peaks: dict[tuple[int, int], float],
    *cells: tuple[int, int],
    inside: np.ndarray | None = None,
) -> ExplainedFilm:
    """Peaks at (row, column) over a floor of -1, and a circle in each of the cells."""
    grid = np.full((SIDE, SIDE), -1.0)
    for place, score in peaks.items():
        grid[place] = score
    circles = tuple(Lesion(10 * c + 5, 10 * r + 5, 4.0, "MASS") for r, c in cells)
    return ExplainedFilm(name, name, grid, GEOMETRY, circles, inside)


def test_peaks_are_marks_in_the_films_pixels() -> None:
    places, scores = find_marks(film("a", {(1, 2): 3.0, (6, 6): 1.0, (4, 0): -0.5}))
    assert places.tolist() == [[25.0, 15.0], [65.0, 65.0]]
    assert scores.tolist() == [3.0, 1.0]
    places, scores = find_marks(film("a", {(1, 2): 3.0, (6, 6): 1.0}), floor=2.0)
    assert scores.tolist() == [3.0]


def test_a_plateau_is_one_mark_and_a_slope_none() -> None:
    places, scores = find_marks(film("a", {(2, 2): 1.0, (2, 3): 1.0}))
    assert places.tolist() == [[30.0, 25.0]] and scores.tolist() == [1.0]
    places, _ = find_marks(film("a", {(2, 2): 1.0, (3, 3): 1.5}))
    assert places.tolist() == [[35.0, 35.0]]
    assert len(find_marks(film("a", {}))[1]) == 0


def test_what_does_not_count_is_no_mark_and_hides_none() -> None:
    inside = np.ones((SIDE, SIDE), dtype=bool)
    inside[2, 2] = False
    places, scores = find_marks(film("a", {(2, 2): 9.0, (3, 3): 1.0}, inside=inside))
    assert places.tolist() == [[35.0, 35.0]] and scores.tolist() == [1.0]


def test_the_curve_by_hand() -> None:
    films = [
        film("a", {(1, 1): 5.0, (6, 6): 3.0}, (1, 1)),  # found at 5, false at 3
        film("b", {(2, 2): 2.0, (6, 1): 4.0}, (2, 2), (5, 5)),  # one at 2, one never; false at 4
        film("c", {(4, 4): 1.0}),  # false at 1
        film("d", {}),
    ]
    found = froc(films, rates=(0.0, 0.25, 0.5, 1.0), seed=0, shuffles=5, replicates=200)
    assert [point.rate for point in found] == [0.0, 0.25, 0.5, 1.0]
    values = [point.sensitivity.value for point in found]
    # At 2 both false marks of 3 and 4 are called: 2 of 4 films.
    assert values == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert all(point.sensitivity.low <= point.sensitivity.value for point in found)
    assert "4 patients" in found[0].sensitivity.method


def test_two_marks_in_a_lesion_are_one_and_none_of_them_is_false() -> None:
    grid = film("a", {(1, 1): 1.0, (1, 3): 2.0, (6, 6): 3.0})
    wide = ExplainedFilm("a", "a", grid.grid, GEOMETRY, (Lesion(25, 15, 12, "MASS"),))
    (none, one) = froc([wide], rates=(0.5, 1.0), seed=0, shuffles=2, replicates=20)
    assert (none.sensitivity.value, one.sensitivity.value) == (0.0, 1.0)


def test_a_tie_of_a_lesion_and_a_false_mark_is_called_together() -> None:
    films = [film("a", {(1, 1): 2.0, (6, 6): 2.0}, (1, 1))]
    (none, one) = froc(films, rates=(0.9, 1.0), seed=0, shuffles=2, replicates=20)
    assert (none.sensitivity.value, one.sensitivity.value) == (0.0, 1.0)


def test_films_whose_lesion_has_no_circle_count_for_no_false_marks() -> None:
    films = [film("a", {(1, 1): 1.0}, (1, 1)), film("b", {(6, 6): 3.0})]
    (counted,) = froc(films, rates=(0.1,), seed=0, shuffles=2, replicates=20)
    (ignored,) = froc(
        films, unmarked=frozenset("b"), rates=(0.1,), seed=0, shuffles=2, replicates=20
    )
    assert counted.sensitivity.value == 0.0 and ignored.sensitivity.value == 1.0
    assert froc(films, unmarked=frozenset("ab"), seed=0) == ()
    assert froc(films[1:], seed=0) == ()


def test_noise_finds_what_chance_finds_and_a_map_of_the_lesions_finds_more() -> None:
    rng = np.random.default_rng(0)
    noise, knowing = [], []
    for number in range(150):
        row, column = rng.integers(1, 7, 2)
        grid = rng.normal(size=(SIDE, SIDE))
        circle = (Lesion(10 * column + 5, 10 * row + 5, 12, "MASS"),)
        noise.append(ExplainedFilm(str(number), str(number), grid, GEOMETRY, circle))
        better = grid.copy()
        better[row, column] += 2.0
        knowing.append(ExplainedFilm(str(number), str(number), better, GEOMETRY, circle))
    for films, knows in ((noise, False), (knowing, True)):
        for point in froc(films, rates=(0.5, 1.0), seed=0, shuffles=10, replicates=200):
            # Peaks keep a distance from each other that chance does not: nearly, not just, alike.
            if knows:
                assert point.excess.low > 0.15
            else:
                assert point.sensitivity.value == pytest.approx(point.chance.value, abs=0.06)


def test_of_several_seeds_the_curve_is_their_mean_and_the_women_are_counted_once() -> None:
    found_it, missed = {(1, 1): 5.0, (6, 6): 3.0}, {(1, 1): 2.0, (6, 6): 3.0}
    films = [film("a", found_it, (1, 1)), film("b", {})]
    films += [replace(film("b", {}), seed=1), replace(film("a", missed, (1, 1)), seed=1)]
    (point,) = froc(films, rates=(0.0,), seed=0, shuffles=2, replicates=200)
    assert point.sensitivity.value == 0.5
    assert (point.sensitivity.low, point.sensitivity.high) == (0.0, 1.0)
    assert "2 patients, mean of 2 seeds" in point.sensitivity.method
    with pytest.raises(ValueError, match="the same films of each seed"):
        froc(films[:3], rates=(0.0,), seed=0)


def test_the_bootstrap_agrees_with_drawing_films_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    films = []
    for number in range(12):
        cells = [tuple(cell) for cell in rng.integers(0, 8, (int(rng.integers(0, 3)), 2))]
        grid = rng.normal(size=(SIDE, SIDE)).round(1)
        base = film(str(number), {}, *cells)
        patient = f"w{number // 2}"
        films.append(ExplainedFilm(str(number), patient, grid, GEOMETRY, base.lesions))
    (point,) = froc(films, rates=(1.0,), seed=5, shuffles=1, replicates=60)
    generator = np.random.default_rng(5)
    expected = []
    for _ in range(60):
        women = generator.integers(6, size=6)
        indices = [index for woman in women for index in (2 * woman, 2 * woman + 1)]
        drawn = [replace(films[index], name=f"{place}") for place, index in enumerate(indices)]
        for one in froc(drawn, rates=(1.0,), seed=0, shuffles=1, replicates=1):
            expected.append(one.sensitivity.value)
    low, high = np.percentile(expected, (2.5, 97.5))
    assert (point.sensitivity.low, point.sensitivity.high) == pytest.approx((low, high))
