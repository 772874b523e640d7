"""Finds what may be masses: clusters the cells of the breast and takes the densest cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.fuzzy_c_means import fuzzy_c_means
from mammoscope.images.mass_features import LEVELS, TEXTURE_LEVELS, MassFeatures, measure
from mammoscope.images.mass_regions import Region, RegionFilter, find_regions
from mammoscope.images.pectoral import PectoralMuscle
from mammoscope.images.segment import BreastRegion
from mammoscope.types import BreastImage, FloatArray

Method = Literal["kmeans", "fuzzy_c_means", "otsu"]
METHODS: tuple[Method, ...] = ("kmeans", "fuzzy_c_means", "otsu")
# Both in the features' own range; a hundred rounds settle what eight clusters can.
_TOLERANCE, _MOST_ITERATIONS = 1e-4, 100

Float64Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MassConfig:
    """How the breast is clustered. Clusters and texture were chosen on half of mini-MIAS' women.

    Attributes:
        clusters: of k-means and fuzzy c-means. With three the densest cluster is the gland, with
            eight it is what stands out of it.
        texture: weight of the texture beside the elevation, both in [0, 1].
        fuzzifier: m of fuzzy c-means; Bezdek's usual 2.
        keep: which pieces of the densest cluster.
    """

    clusters: int = 8
    texture: float = 0.25
    fuzzifier: float = 2.0
    keep: RegionFilter = field(default_factory=RegionFilter)

    def __post_init__(self) -> None:
        if not (2 <= self.clusters <= 64 and self.texture >= 0 and self.fuzzifier > 1):
            raise ValueError(
                f"{self.clusters} clusters, texture {self.texture:g}, fuzzifier "
                f"{self.fuzzifier:g}; expected 2 to 64, at least 0 and above 1"
            )


@dataclass(frozen=True, slots=True, eq=False)
class SuspiciousRegions:
    """What may be masses in one image; a hint to look at, no finding.

    Attributes:
        mask: bool (h, w), the cells of all regions; the grid covers the whole image evenly.
        labels: uint8 (h, w), which region a cell is of, 0 = none.
        regions: most suspicious first.
        area_px: total suspicious area in image pixels.
        area_mm2: the same in mm²; None where the spacing is unknown.
    """

    mask: NDArray[np.bool_]
    labels: NDArray[np.uint8]
    regions: tuple[Region, ...]
    area_px: float
    area_mm2: float | None


_DEFAULT = MassConfig()


def find_masses(
    image: BreastImage,
    breast: BreastRegion,
    *,
    method: Method,
    pectoral: PectoralMuscle | None = None,
    config: MassConfig = _DEFAULT,
) -> SuspiciousRegions:
    """Compact pieces of the densest cluster inside the breast, most suspicious first.

    `kmeans` (OpenCV's, Lloyd 1982) and `fuzzy_c_means` (Bezdek 1981) cluster elevation and
    texture (see `mass_features.measure`) from the same first centres, the middles of equally
    large groups in order of elevation: nothing is random, so threads and runs agree. A cell is of
    the cluster to which its membership is largest; the densest has the highest elevation.
    `otsu` is the plain baseline: cells above Otsu's threshold of the smoothed intensity.

    There are no regions where there is no breast, where it is constant, or too small for one.

    Args:
        image: a mammogram, at any resolution.
        breast: `find_breast(image)`.
        method: how cells become dense or not.
        pectoral: is left out.
        config: how, in detail.

    Raises:
        ValueError: the image is H&E, which has neither breast nor mass.
    """
    if image.modality != "mammogram":
        raise ValueError(f"masses are searched in mammograms; this image is {image.modality}")
    features = measure(image, breast, without=None if pectoral is None else pectoral.mask)
    dense = _dense(features, method, config) if breast.area else np.zeros_like(features.inside)
    regions, labels = find_regions(
        dense, features.intensity, features.inside, side=features.side, image=image,
        keep=config.keep,
    )  # fmt: skip
    area = sum((region.area_px for region in regions), start=0.0)
    spacing = image.spacing_mm
    return SuspiciousRegions(
        mask=labels > 0,
        labels=labels,
        regions=regions,
        area_px=area,
        area_mm2=None if spacing is None else area * spacing[0] * spacing[1],
    )


def densest_membership(
    image: BreastImage,
    breast: BreastRegion,
    *,
    method: Method,
    config: MassConfig = _DEFAULT,
) -> FloatArray:
    """How far each cell belongs to the densest cluster, which `find_masses` takes its regions from.

    Of fuzzy c-means it is u of that cluster in [0, 1]; of the others 1 for a dense cell, else 0.
    It is 0 outside the breast, and everywhere where `find_masses` has nothing to cluster.

    Args:
        image: a mammogram, at any resolution.
        breast: `find_breast(image)`.
        method: as of `find_masses`.
        config: as of `find_masses`.

    Returns:
        float32 (h, w), on the grid of `SuspiciousRegions.mask`.
    """
    features = measure(image, breast)
    membership = np.zeros(features.inside.shape, dtype=np.float32)
    clusters = _clusters(features, method, config) if breast.area else None
    if clusters is not None:
        membership[features.inside] = clusters.membership
    return membership


@dataclass(frozen=True, slots=True, eq=False)
class _Clusters:
    """The n cells inside: which are of the densest cluster, bool (n,), and how far, (n,)."""

    dense: NDArray[np.bool_]
    membership: Float64Array


def _dense(features: MassFeatures, method: Method, config: MassConfig) -> NDArray[np.bool_]:
    dense = np.zeros_like(features.inside)
    clusters = _clusters(features, method, config)
    if clusters is not None:
        dense[features.inside] = clusters.dense
    return dense


def _clusters(features: MassFeatures, method: Method, config: MassConfig) -> _Clusters | None:
    """None where there is nothing to tell apart."""
    pairs, counts, place = features.distinct()
    # What is the same everywhere has no dense part; what has few values has as few clusters.
    clusters = min(config.clusters, len(pairs))
    if clusters < 2:
        return None
    if method == "otsu":
        return _hard(_above_otsu(features))
    points = pairs / np.array([LEVELS - 1, TEXTURE_LEVELS - 1]) * [1.0, config.texture]
    start = first_centers(points, counts, clusters)
    if method == "kmeans":
        return _hard(_densest_of_kmeans(points[place], start))
    found = fuzzy_c_means(
        points,
        start,
        weights=counts,
        fuzzifier=config.fuzzifier,
        tolerance=_TOLERANCE,
        max_iterations=_MOST_ITERATIONS,
    )
    densest = int(found.centers[:, 0].argmax())
    return _Clusters(
        dense=(found.memberships.argmax(axis=0) == densest)[place],
        membership=found.memberships[densest][place],
    )


def _hard(dense: NDArray[np.bool_]) -> _Clusters:
    return _Clusters(dense=dense, membership=dense.astype(np.float64))


def first_centers(points: Float64Array, counts: NDArray[np.intp], clusters: int) -> Float64Array:
    """The points in the middle of `clusters` equally large groups, in order of the first feature.

    Args:
        points: (N, D), distinct.
        counts: (N,), how often each occurs.
        clusters: K, at most N.

    Returns:
        (K, D), distinct.
    """
    order = np.argsort(points[:, 0], kind="stable")
    reached = np.cumsum(counts[order])
    middles = (np.arange(clusters) + 0.5) / clusters * reached[-1]
    ranks = np.searchsorted(reached, middles)
    # One value may fill several groups: each next centre is then the next point, so that no two
    # are the same (they would stay so for ever), and as many are left as are still needed.
    for i in range(clusters):
        least = ranks[i - 1] + 1 if i else 0
        ranks[i] = min(max(ranks[i], least), len(points) - clusters + i)
    return np.asarray(points[order[ranks]], dtype=np.float64)


def _above_otsu(features: MassFeatures) -> NDArray[np.bool_]:
    levels = np.rint(features.intensity[features.inside] * 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return np.asarray(levels > threshold, dtype=bool)


def _densest_of_kmeans(cells: Float64Array, start: Float64Array) -> NDArray[np.bool_]:
    distance = np.stack([((cells - center) ** 2).sum(axis=1) for center in start])
    # With labels to start from, OpenCV draws nothing at random: its generator belongs to a
    # thread, and a seed that one request sets would not hold for another.
    labels = distance.argmin(axis=0).astype(np.int32)[:, np.newaxis]
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, _MOST_ITERATIONS, _TOLERANCE)
    _, labels, centers = cv2.kmeans(
        cells.astype(np.float32), len(start), labels, criteria, 1, cv2.KMEANS_USE_INITIAL_LABELS
    )
    return np.asarray(labels[:, 0] == int(centers[:, 0].argmax()), dtype=bool)
