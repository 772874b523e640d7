"""Measures of the suspicious regions that a clustering of the breast leaves, and its map."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.description import INFINITY, Description
from mammoscope.images.mass_regions import Region
from mammoscope.images.masses import densest_membership, find_masses
from mammoscope.images.segment import BreastRegion
from mammoscope.types import BreastImage, FloatArray

Mask = NDArray[np.bool_]
Values = dict[str, float]
Clustering = Literal["kmeans", "fuzzy_c_means"]

# Cells of the map on its longer side; a mass of 5 mm in a breast of 130 mm is two of them.
MAP_SIDE = 64


def measure(plane: FloatArray, breast: Mask, *, method: Clustering) -> Values:
    """Name → value of every region feature; all 0 where no region is found.

    The regions are those of `find_masses` on the plane itself. What the plane does not show (a
    pectoral muscle that was made black) is outside the breast and never searched.

    Args:
        plane: float32 (H, W) in [0, 1].
        breast: bool (H, W), not empty.
        method: of the clustering.
    """
    image, region = _as_image(plane, breast)
    found = find_masses(image, region, method=method)
    if not found.regions:
        return dict.fromkeys((one.name for one in DESCRIPTIONS), 0.0)
    size = (image.columns, image.rows)
    labels = np.asarray(cv2.resize(found.labels, size, interpolation=cv2.INTER_NEAREST))
    pixels = [plane[labels == one.label] for one in found.regions]
    means = [float(x.mean(dtype=np.float64)) for x in pixels]
    area = float(np.count_nonzero(breast))
    shares = [one.area_px / area for one in found.regions]
    first = found.regions[0]
    across, down = _place(first, region)
    return {
        "region_count": float(len(found.regions)),
        "region_total_share": sum(shares),
        "region_first_share": shares[0],
        "region_first_contrast": first.contrast,
        "region_first_compactness": first.compactness,
        "region_first_score": first.score,
        "region_first_intensity": means[0],
        "region_first_deviation": float(pixels[0].std(dtype=np.float64)),
        "region_first_across": across,
        "region_first_down": down,
        **_summary("share", shares),
        **_summary("contrast", [one.contrast for one in found.regions]),
        **_summary("compactness", [one.compactness for one in found.regions]),
        **_summary("intensity", means),
        # The largest score is the first region's.
        "region_mean_score": float(np.mean([one.score for one in found.regions])),
    }


def membership(plane: FloatArray, breast: Mask, *, method: Clustering) -> FloatArray:
    """How far each cell belongs to the densest cluster, which the regions come from.

    Of fuzzy c-means it is the mean of u over the cell; of k-means 1 where the cluster has at least
    half of the cell, else 0. No region filter is applied: what is 1 need not be of a region.

    Args:
        plane: float32 (H, W) in [0, 1].
        breast: bool (H, W), not empty.
        method: of the clustering.

    Returns:
        float32 (h, w) in [0, 1], evenly over the plane, at most `MAP_SIDE` a side; 0 outside.
    """
    image, region = _as_image(plane, breast)
    cells = densest_membership(image, region, method=method)
    shrink = min(1.0, MAP_SIDE / max(cells.shape))
    size = (max(1, round(cells.shape[1] * shrink)), max(1, round(cells.shape[0] * shrink)))
    grid = np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    if method == "kmeans":
        return (grid >= 0.5).astype(np.float32)
    # A mean of ones may round to a little more.
    return np.clip(grid, 0, 1)


def _as_image(plane: FloatArray, breast: Mask) -> tuple[BreastImage, BreastRegion]:
    rows, columns = (np.flatnonzero(breast.any(axis=axis)) for axis in (1, 0))
    region = BreastRegion(
        mask=breast,
        area=float(breast.mean()),
        surround_spread=0.0,
        box=(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1),
        chest_wall_right=False,
    )
    return BreastImage(np.clip(plane, 0, 1)), region


def _place(one: Region, breast: BreastRegion) -> tuple[float, float]:
    """The centroid as shares of the width and height of the breast's box."""
    top, left, bottom, right = breast.box
    x, y = one.centroid
    return (x - left) / (right - left), (y - top) / (bottom - top)


def _summary(name: str, values: list[float]) -> Values:
    return {f"region_max_{name}": max(values), f"region_mean_{name}": float(np.mean(values))}


_NONE = "; 0 without a region"
_SHARE = "area of {} / area of the breast" + _NONE
_CONTRAST = (
    "{} mean smoothed intensity less that of the ring around it, in the range of the breast" + _NONE
)
_COMPACTNESS = "{} 4π area / perimeter², at most 1" + _NONE

DESCRIPTIONS: tuple[Description, ...] = (
    Description(
        "region_count", "compact pieces of the densest cluster, at most 5 kept", 0.0, INFINITY
    ),
    Description("region_total_share", _SHARE.format("all regions"), 0.0, 1.0),
    Description("region_first_share", _SHARE.format("the most suspicious region"), 0.0, 1.0),
    Description("region_first_contrast", _CONTRAST.format("the first's"), 0.0, 1.0),
    Description("region_first_compactness", _COMPACTNESS.format("the first's"), 0.0, 1.0),
    Description("region_first_score", f"the first's contrast × compactness{_NONE}", 0.0, 1.0),
    Description("region_first_intensity", f"mean of x over the first{_NONE}", 0.0, 1.0),
    Description("region_first_deviation", f"√ mean of (x − μ)² over the first{_NONE}", 0.0, 0.5),
    Description(
        "region_first_across",
        f"centroid of the first from the left edge / width of the breast's box{_NONE}",
        0.0,
        1.0,
    ),
    Description(
        "region_first_down",
        f"centroid of the first from the top edge / height of the breast's box{_NONE}",
        0.0,
        1.0,
    ),
    Description("region_max_share", _SHARE.format("the largest region"), 0.0, 1.0),
    Description("region_mean_share", f"mean over regions of area / breast{_NONE}", 0.0, 1.0),
    Description("region_max_contrast", _CONTRAST.format("largest"), 0.0, 1.0),
    Description("region_mean_contrast", f"mean over regions of the contrast{_NONE}", 0.0, 1.0),
    Description("region_max_compactness", _COMPACTNESS.format("largest"), 0.0, 1.0),
    Description(
        "region_mean_compactness", f"mean over regions of the compactness{_NONE}", 0.0, 1.0
    ),
    Description("region_max_intensity", f"largest mean of x over a region{_NONE}", 0.0, 1.0),
    Description("region_mean_intensity", f"mean over regions of their mean of x{_NONE}", 0.0, 1.0),
    Description(
        "region_mean_score", f"mean over regions of contrast × compactness{_NONE}", 0.0, 1.0
    ),
)
