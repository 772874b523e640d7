"""Pictures that were made from one another: perceptual hash first, then a look at their points.

Nothing is registered or resampled: two pictures are of one origin where a large share of the
keypoints that both should show are alike, and one affine map brings them into one place. Two
mammograms by nature share a few such points at most (the letters of a film's label, a border):
never a large share of those in sight, unless no more than the label is in sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.audit_looks import Look
from mammoscope.datasets.audit_rows import LeakedPair, Mechanism
from mammoscope.datasets.keypoint_hash import MIRRORED, hash_keypoints, vote

# Fewer keypoints than this tell no picture from another.
FEWEST_KEYPOINTS = 12
# Measured on mini-MIAS and RSNA, see `benchmarks/audit.py`.
FEWEST_MATCHES = 8
LEAST_SHARE = 0.15
# Two films lie on each other's labels with a third of either in common, at most; a copy of which
# the other shows less than this is not looked for.
LEAST_SHOWN = 0.4
# Lowe's ratio of nearest to second nearest; 0.8 there, and the map has to agree as well here.
_RATIO = 0.85
_TOLERANCE = 4.0
_TRIALS = 500
# What one picture can be of another: further stretched or scaled it is a chance agreement.
_MOST_STRETCH, _MOST_SCALE = 1.6, 8.0
_WHOLE = 0.8
_TURNED = 1.5
_STRETCHED = 1.03

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How two pictures lie on each other.

    Attributes:
        matches: points of different places that agree.
        share: of the points that both should show, of the picture that has fewer of them.
        distance: median Hellinger distance of the matching descriptors, in [0, √2].
        mirrored: whether one is seen in a mirror.
        degrees: by how much it is turned, in (-180, 180].
        scale: of its working picture.
        stretch: largest by smallest scale, ≥ 1.
        shown: how much of the first, and of the second, the other one shows, in [0, 1].
    """

    matches: int
    share: float
    distance: float
    mirrored: bool
    degrees: float
    scale: float
    stretch: float
    shown: tuple[float, float]

    @property
    def convincing(self) -> bool:
        alike = self.matches >= FEWEST_MATCHES and self.share >= LEAST_SHARE
        return alike and max(self.shown) >= LEAST_SHOWN


def find_near_duplicates(looks: Sequence[Look], part: NDArray[np.intp]) -> list[LeakedPair]:
    """Pairs of pictures of two parts that were made from one another; identical ones are not told.

    Args:
        looks: N of them.
        part: (N,) which part each stands in.
    """
    words = [hash_keypoints(look.descriptors) for look in looks]
    pairs: dict[tuple[int, int], LeakedPair] = {}
    for one, other, mirrored in vote(words, part):
        first, second = sorted((one, other), key=lambda row: (int(part[row]), row))
        if (first, second) in pairs or looks[first].digest == looks[second].digest:
            continue
        agreement = agree(looks[first], looks[second], mirrored=mirrored)
        if agreement is not None and agreement.convincing:
            pairs[first, second] = _told(first, second, agreement)
    return [pairs[key] for key in sorted(pairs)]


def agree(first: Look, second: Look, *, mirrored: bool) -> Agreement | None:
    """How the second picture (in a mirror, if asked) lies on the first; None = nowhere."""
    if min(len(first.points), len(second.points)) < FEWEST_KEYPOINTS:
        return None
    one, other = _roots(first.descriptors), _roots(second.descriptors)
    if mirrored:
        other = other[:, MIRRORED]
    rows, columns, distances = _alike(one, other)
    if len(rows) < FEWEST_MATCHES:
        return None
    here = first.points
    there = second.points.copy()
    if mirrored:
        there[:, 0] = second.size[1] - there[:, 0]
    # Its draws come from one generator of the process: seeded, an audit gives the same each time.
    cv2.setRNGSeed(0)
    found, inside = cv2.estimateAffine2D(
        here[rows],
        there[columns],
        method=cv2.RANSAC,
        ransacReprojThreshold=_TOLERANCE,
        maxIters=_TRIALS,
    )
    if found is None:
        return None
    linear = np.asarray(found[:, :2], dtype=np.float64)
    left, scales, right = np.linalg.svd(linear)
    stretch = float(scales[0] / max(scales[1], 1e-9))
    sound = stretch <= _MOST_STRETCH and 1 / _MOST_SCALE <= scales[1] <= scales[0] <= _MOST_SCALE
    if not sound or np.linalg.det(linear) <= 0:
        return None
    turn = left @ right
    agreed = inside.ravel() > 0
    matches = min(_places(here[rows][agreed]), _places(there[columns][agreed]))
    back = cv2.invertAffineTransform(found)
    visible = min(
        _visible(here, found, second.size),
        _visible(there, back, first.size),
    )
    return Agreement(
        matches=matches,
        share=matches / max(visible, 1),
        distance=float(np.median(distances[agreed])),
        mirrored=mirrored,
        degrees=float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0]))),
        scale=float(np.sqrt(scales[0] * scales[1])),
        stretch=stretch,
        shown=(_shown(first.size, found, second.size), _shown(second.size, back, first.size)),
    )


def _roots(descriptors: NDArray[np.uint8]) -> Float32:
    """RootSIFT: unit vectors whose products are Bhattacharyya coefficients."""
    roots = np.sqrt(descriptors.astype(np.float32))
    return np.asarray(roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-6))


def _alike(one: Float32, other: Float32) -> tuple[NDArray[np.intp], NDArray[np.intp], Float32]:
    """Points that are each other's nearest, and clearly nearer than the second nearest."""
    likeness = one @ other.T
    rows = np.arange(len(one))
    top = np.argpartition(-likeness, 1, axis=1)[:, :2]
    values = likeness[rows[:, None], top]
    swapped = values[:, 1] > values[:, 0]
    columns = np.where(swapped, top[:, 1], top[:, 0])
    distances = np.sqrt(np.maximum(2 - 2 * np.sort(values, axis=1)[:, ::-1], 0.0))
    kept = distances[:, 0] < _RATIO * distances[:, 1]
    kept &= likeness.argmax(axis=0)[columns] == rows
    return rows[kept], columns[kept], distances[kept, 0]


def _places(points: Float32) -> int:
    """How many different places points lie at; SIFT may set several into one."""
    return len(np.unique(np.round(points / 2), axis=0))


def _visible(points: Float32, matrix: NDArray[np.float64], size: tuple[int, int]) -> int:
    """How many different places lie inside the other picture."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    inside = ((moved >= 0) & (moved < (size[1], size[0]))).all(axis=1)
    return _places(points[inside])


def _shown(size: tuple[int, int], matrix: NDArray[np.float64], other: tuple[int, int]) -> float:
    """Share of a picture that the other one shows."""
    moved = _corners(size) @ matrix[:, :2].T + matrix[:, 2]
    common, _ = cv2.intersectConvexConvex(moved.astype(np.float32), _corners(other))
    area = abs(float(np.linalg.det(matrix[:, :2]))) * size[0] * size[1]
    return min(1.0, float(common) / max(area, 1e-9))


def _corners(size: tuple[int, int]) -> Float32:
    rows, columns = size
    return np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], dtype=np.float32)


def _told(first: int, second: int, agreement: Agreement) -> LeakedPair:
    quarter = abs((agreement.degrees + 45) % 90 - 45)
    mechanism: Mechanism = "near-duplicate"
    if max(agreement.shown) < _WHOLE:
        mechanism = "crops of one region"
    elif quarter > _TURNED or agreement.stretch > _STRETCHED:
        mechanism = "augmented copy"
    # Half a turn has no direction, whichever side of it was measured.
    degrees = abs(turn) if abs(turn := round(agreement.degrees)) == 180 else turn
    changes = [
        *(["mirrored"] if agreement.mirrored else []),
        *([f"turned by {degrees}°"] if abs(agreement.degrees) > _TURNED else []),
        f"{agreement.matches} points match, {agreement.share:.0%} of those in sight of both",
        f"{agreement.shown[0]:.0%} of the first and {agreement.shown[1]:.0%} of the second "
        "in common",
    ]
    return LeakedPair(
        first, second, mechanism, "; ".join(changes), agreement.distance, agreement.matches
    )
