"""Fuzzy c-means: clusters that a point belongs to by degrees, as Bezdek (1981) defined them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]

# Points are worked on in blocks that stay in a processor's cache; 2 to 3 times faster at 10⁶.
BLOCK = 8192
# Below it a squared distance is none: the quotients stay finite, and the point is its centre's.
# Its square is still a normal number; what underflows is slow.
_NO_DISTANCE = 1e-150


@dataclass(frozen=True, slots=True, eq=False)
class FuzzyClusters:
    """What fuzzy c-means came to.

    Attributes:
        centers: float64 (K, D), v_i.
        memberships: float64 (K, N) in [0, 1], u_ik of the last centres; a column sums to 1.
        objective: J_m after each update of the memberships, never rising; the last one belongs
            to `centers` and `memberships`.
        iterations: how often the centres were moved.
        converged: the last move was within the tolerance.
    """

    centers: Float64Array
    memberships: Float64Array
    objective: tuple[float, ...]
    iterations: int
    converged: bool


def fuzzy_c_means(
    points: NDArray[np.floating],
    start: NDArray[np.floating],
    *,
    weights: NDArray[np.floating] | NDArray[np.integer] | None = None,
    fuzzifier: float = 2.0,
    tolerance: float = 1e-4,
    max_iterations: int = 300,
) -> FuzzyClusters:
    """A local minimum of J_m = Σ_i Σ_k w_k u_ik^m ‖x_k − v_i‖² by alternating updates.

    J. C. Bezdek, Pattern Recognition with Fuzzy Objective Function Algorithms (Plenum 1981),
    theorem 11.1: for given centres the best memberships are

        u_ik = 1 / Σ_j (d_ik / d_jk)^(2 / (m − 1)),

    for given memberships the best centres are v_i = Σ_k w_k u_ik^m x_k / Σ_k w_k u_ik^m. Neither
    update can raise J_m. A point that lies on a centre is that centre's alone (shared where
    several centres lie on it). It stops when no centre moves by more than `tolerance` times the
    widest range of a feature.

    A weight w_k stands for w_k equal points: the distinct vectors of quantised features, weighted
    by how often each occurs, give the very centres and objective of all the points.

    Args:
        points: (N, D), finite.
        start: (K, D), the first centres; the answer depends on them and on nothing random.
        weights: (N,) ≥ 0, finite, not all 0; None = 1 each.
        fuzzifier: m > 1; Bezdek's usual 2. Near 1 it becomes k-means.
        tolerance: > 0.
        max_iterations: ≥ 1.

    Raises:
        ValueError: one of these does not hold.
    """
    x = np.ascontiguousarray(np.asarray(points, dtype=np.float64).T)
    centers = np.array(start, dtype=np.float64)
    w = None if weights is None else np.asarray(weights, dtype=np.float64)
    _check(x, centers, w)
    if not (fuzzifier > 1 and tolerance > 0 and max_iterations >= 1):
        raise ValueError(
            f"fuzzifier {fuzzifier:g}, tolerance {tolerance:g}, {max_iterations} iterations; "
            "expected > 1, > 0 and at least 1"
        )
    enough = tolerance * float(np.ptp(x, axis=1).max())
    objective: list[float] = []
    converged = False
    while not converged and len(objective) < max_iterations:
        moved, value = _update(x, centers, w, fuzzifier)
        objective.append(value)
        converged = float(np.linalg.norm(moved - centers, axis=1).max()) <= enough
        centers = moved
    memberships, last = _memberships(x, centers, w, fuzzifier)
    return FuzzyClusters(
        centers=centers,
        memberships=memberships,
        objective=(*objective, last),
        iterations=len(objective),
        converged=converged,
    )


def _check(x: Float64Array, centers: Float64Array, w: Float64Array | None) -> None:
    if x.ndim != 2 or centers.ndim != 2 or 0 in (*x.shape, *centers.shape):
        raise ValueError(f"points {x.T.shape} and centres {centers.shape}; expected (N, D), (K, D)")
    if len(x) != centers.shape[1]:
        raise ValueError(f"points have {len(x)} features, centres {centers.shape[1]}")
    if not (np.isfinite(x).all() and np.isfinite(centers).all()):
        raise ValueError("points or centres are not finite")
    if w is None:
        return
    if w.shape != (x.shape[1],):
        raise ValueError(f"{w.shape} weights for {x.shape[1]} points; expected one a point")
    if not (np.isfinite(w).all() and (w >= 0).all() and w.sum() > 0):
        raise ValueError("weights must be finite, at least 0, and not all 0")


def _update(
    x: Float64Array, centers: Float64Array, w: Float64Array | None, fuzzifier: float
) -> tuple[Float64Array, float]:
    """The centres that the memberships of `centers` ask for, and J_m of those memberships."""
    sums = np.zeros_like(centers)
    mass = np.zeros(len(centers))
    value = 0.0
    for start in range(0, x.shape[1], BLOCK):
        block = x[:, start : start + BLOCK]
        squared = _squared_distances(block, centers)
        power = _shares(squared, fuzzifier)
        # u², by far the usual case, needs no power function.
        power = power * power if fuzzifier == 2 else power**fuzzifier
        if w is not None:
            power *= w[start : start + BLOCK]
        # No matrix product here: waking BLAS threads for blocks this small costs more than the sum.
        sums += np.einsum("kb,db->kd", power, block)
        mass += power.sum(axis=1)
        value += float(np.einsum("kb,kb->", power, squared))
    # A centre that no point belongs to (all of its memberships underflow) stays where it is.
    idle = mass == 0
    moved = np.where(idle[:, np.newaxis], centers, sums / np.where(idle, 1, mass)[:, np.newaxis])
    return moved, value


def _memberships(
    x: Float64Array, centers: Float64Array, w: Float64Array | None, fuzzifier: float
) -> tuple[Float64Array, float]:
    memberships = np.empty((len(centers), x.shape[1]))
    value = 0.0
    for start in range(0, x.shape[1], BLOCK):
        part = slice(start, start + BLOCK)
        squared = _squared_distances(x[:, part], centers)
        memberships[:, part] = _shares(squared, fuzzifier)
        terms = (memberships[:, part] ** fuzzifier * squared).sum(axis=0)
        value += float(terms.sum() if w is None else (terms * w[part]).sum())
    return memberships, value


def _squared_distances(block: Float64Array, centers: Float64Array) -> Float64Array:
    """(K, B); by differences, since ‖x‖² − 2xv + ‖v‖² loses the small ones to cancellation."""
    squared = np.zeros((len(centers), block.shape[1]))
    for feature, column in zip(block, centers.T, strict=True):
        difference = feature - column[:, np.newaxis]
        difference *= difference
        squared += difference
    return squared


def _shares(squared: Float64Array, fuzzifier: float) -> Float64Array:
    """Memberships (K, B) from squared distances, by quotients ≤ 1 so that no power overflows."""
    floored = np.maximum(squared, _NO_DISTANCE)
    shares: Float64Array = floored.min(axis=0) / floored
    if fuzzifier != 2:
        shares **= 1 / (fuzzifier - 1)
    shares /= shares.sum(axis=0)
    return shares
