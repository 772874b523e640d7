"""Fuzzy c-means: its objective, its centres, weights, another implementation, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.images.fuzzy_c_means import BLOCK, FuzzyClusters, fuzzy_c_means

START = np.array([[0.1, 0.3], [0.5, 0.4], [0.8, 0.9]])


def clouds(each: int = 400) -> np.ndarray:
    rng = np.random.default_rng(4)
    middles = np.array([[0.2, 0.2], [0.5, 0.7], [0.9, 0.4]])
    return np.concatenate([rng.normal(middle, 0.06, (each, 2)) for middle in middles])


def objective(points: np.ndarray, found: FuzzyClusters, fuzzifier: float) -> float:
    """J_m term by term, as it is written in the book."""
    return sum(
        found.memberships[i, k] ** fuzzifier * float(((point - center) ** 2).sum())
        for i, center in enumerate(found.centers)
        for k, point in enumerate(points)
    )


@pytest.mark.parametrize("fuzzifier", [1.2, 2.0, 3.5])
def test_the_objective_never_rises_and_the_last_one_is_that_of_the_answer(
    fuzzifier: float,
) -> None:
    points = clouds(60)
    found = fuzzy_c_means(points, START, fuzzifier=fuzzifier, tolerance=1e-6)
    steps = np.diff(found.objective)
    assert found.converged and len(found.objective) == found.iterations + 1 > 3
    assert np.all(steps <= 1e-12 * found.objective[0])
    assert found.objective[0] > 1.05 * found.objective[-1]
    assert found.objective[-1] == pytest.approx(objective(points, found, fuzzifier), rel=1e-12)


def test_three_clouds_are_found_where_they_were_drawn() -> None:
    found = fuzzy_c_means(clouds(), START)
    # The first centres lie so that the second and third change places.
    assert np.allclose(found.centers, [[0.2, 0.2], [0.9, 0.4], [0.5, 0.7]], atol=0.03)
    right = found.memberships.argmax(axis=0) == np.repeat([0, 2, 1], 400)
    assert np.count_nonzero(~right) <= 6


@pytest.mark.parametrize("fuzzifier", [1.5, 2.0])
def test_at_the_end_both_of_bezdeks_equations_hold(fuzzifier: float) -> None:
    points = clouds(100)
    found = fuzzy_c_means(points, START, fuzzifier=fuzzifier, tolerance=1e-9)
    distance = np.linalg.norm(points[np.newaxis] - found.centers[:, np.newaxis], axis=2)
    power = 2 / (fuzzifier - 1)
    shares = 1 / ((distance[:, np.newaxis] / distance[np.newaxis]) ** power).sum(axis=1)
    assert np.allclose(found.memberships, shares, atol=1e-12)
    weight = found.memberships**fuzzifier
    centers = weight @ points / weight.sum(axis=1, keepdims=True)
    assert np.allclose(found.centers, centers, atol=1e-7)


def test_weights_stand_for_equal_points() -> None:
    rng = np.random.default_rng(2)
    distinct = np.unique(np.round(clouds(60), 1), axis=0)
    counts = rng.integers(1, 9, len(distinct))
    weighted = fuzzy_c_means(distinct, START, weights=counts, tolerance=1e-8)
    every = fuzzy_c_means(np.repeat(distinct, counts, axis=0), START, tolerance=1e-8)
    assert np.allclose(weighted.centers, every.centers, atol=1e-10)
    assert weighted.objective == pytest.approx(every.objective, rel=1e-10)
    assert np.allclose(np.repeat(weighted.memberships, counts, axis=1), every.memberships)
    plain = fuzzy_c_means(distinct, START, tolerance=1e-8)
    assert not np.allclose(plain.centers, every.centers, atol=1e-3)


def test_more_points_than_a_block_holds_are_all_counted() -> None:
    points = clouds(each=BLOCK // 2)
    assert len(points) > BLOCK and len(points) % BLOCK
    once = fuzzy_c_means(points, START, tolerance=1e-8)
    # The order of the points decides in which block each one is, and nothing else.
    turned = fuzzy_c_means(points[::-1], START, tolerance=1e-8)
    assert np.allclose(once.centers, turned.centers, atol=1e-9)
    assert np.allclose(once.memberships, turned.memberships[:, ::-1], atol=1e-7)


def test_the_objective_and_centres_are_those_of_scikit_fuzzy() -> None:
    skfuzzy = pytest.importorskip("skfuzzy", reason="scikit-fuzzy is not installed")
    points = clouds()
    found = fuzzy_c_means(points, START, tolerance=1e-9)
    first = 1 / ((points[np.newaxis] - START[:, np.newaxis]) ** 2).sum(axis=2)
    first /= first.sum(axis=0)
    centers, _, _, _, history, *_ = skfuzzy.cmeans(points.T, 3, 2.0, 1e-9, 500, init=first)
    assert np.allclose(found.centers, centers, atol=1e-6)
    assert found.objective[-1] == pytest.approx(history[-1], rel=1e-6)


def test_a_point_on_a_centre_is_that_centres_alone_and_a_shared_one_is_halved() -> None:
    alone = fuzzy_c_means(np.array([[0.0], [1.0]]), np.array([[0.0], [1.0]]))
    assert np.allclose(alone.memberships, np.eye(2), rtol=0, atol=1e-100)
    assert alone.objective[-1] == pytest.approx(0.0, abs=1e-100)
    shared = fuzzy_c_means(np.array([[3.0], [3.0]]), np.array([[3.0], [3.0]]))
    assert np.allclose(shared.memberships, 0.5) and shared.converged


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    clusters=st.integers(1, 5),
    fuzzifier=st.floats(1.05, 6),
)
def test_memberships_are_shares_whatever_the_points(
    values: list[float], clusters: int, fuzzifier: float
) -> None:
    points = np.array(values)[:, np.newaxis]
    start = np.linspace(-1, 1, clusters)[:, np.newaxis]
    found = fuzzy_c_means(points, start, fuzzifier=fuzzifier, max_iterations=40)
    assert np.isfinite(found.centers).all() and np.isfinite(found.objective).all()
    assert found.memberships.min() >= 0 and np.allclose(found.memberships.sum(axis=0), 1)


def test_it_says_so_when_it_was_stopped_before_it_settled() -> None:
    found = fuzzy_c_means(clouds(), START, tolerance=1e-12, max_iterations=2)
    assert not found.converged and found.iterations == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"points": np.empty((0, 2))}, "expected"),
        ({"points": np.zeros((5, 3))}, "3 features, centres 2"),
        ({"points": np.full((5, 2), np.nan)}, "not finite"),
        ({"weights": np.ones(4)}, "one a point"),
        ({"weights": -np.ones(5)}, "at least 0"),
        ({"weights": np.zeros(5)}, "not all 0"),
        ({"fuzzifier": 1.0}, "expected > 1"),
        ({"tolerance": 0.0}, "expected > 1"),
        ({"max_iterations": 0}, "at least 1"),
    ],
)
def test_what_cannot_be_clustered_is_refused(change: dict[str, object], says: str) -> None:
    asked = {"points": np.zeros((5, 2)), "start": START, **change}
    with pytest.raises(ValueError, match=says):
        fuzzy_c_means(**asked)  # type: ignore[arg-type]
