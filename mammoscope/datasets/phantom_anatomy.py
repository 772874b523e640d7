"""The breast of a phantom: outline, pectoral muscle and tissue, drawn as a left breast.

Shapes are in fractions of the image, textures on grids of a fixed number of cells, so that
one seed gives the same breast at every size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import FloatArray

Density = Literal["A", "B", "C", "D"]
View = Literal["CC", "MLO"]
BoolArray = NDArray[np.bool_]
Points = NDArray[np.float64]
Generator = np.random.Generator

# Curves start beyond the image, so that no rim is drawn along its edge.
_CORNER = np.array([[-0.01, -0.02]])

# ACR BI-RADS 5th edition names the classes without percentages; these shares of the projected
# breast follow the quartiles of the 4th, lowered because a mostly dense film keeps its fat rim.
_DENSE_SHARE: dict[Density, tuple[float, float]] = {
    "A": (0.02, 0.06),
    "B": (0.13, 0.22),
    "C": (0.32, 0.44),
    "D": (0.55, 0.68),
}
# How far the classes occur among screened women, rounded.
_DENSITIES: tuple[Density, ...] = ("A", "B", "C", "D")
_DENSITY_FREQUENCIES = (0.10, 0.40, 0.40, 0.10)
# Cells across the fan, width of a strand in noise units, weight as strand, weight as fibre.
_FIBRE_LAYERS = (
    (24, 0.10, 0.45, 0.75),
    (52, 0.16, 0.45, 0.55),
    (96, 0.26, 0.45, 0.45),
    (170, 0.40, 0.40, 0.30),
)


@dataclass(frozen=True, slots=True)
class Woman:
    """What both breasts of one woman share.

    Attributes:
        density: BI-RADS class.
        size: 0 (small) … 1 (large).
        dense_share: part of the projected breast that is fibroglandular, by density class.
        strands: how fibrous the breast is, 1 = usual.
    """

    density: Density
    size: float
    dense_share: float
    strands: float


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """Where things are in one view of a left breast, before any tissue is drawn.

    Attributes:
        mask: bool (rows, columns), the breast with its nipple and the pectoral muscle.
        pectoral: bool (rows, columns), empty on CC.
        muscle: float32 (rows, columns) in [0, 1], `pectoral` with its soft edge.
        skin_distance: float32 (rows, columns), pixels to the skin; 0 outside the breast.
        gland_prior: float32 (rows, columns) in [0, 1], how likely a place is to hold gland.
        nipple: (x, y) in pixels from the top left corner.
        unit: pixels that one pixel of a 640 × 512 image becomes here.
    """

    mask: BoolArray
    pectoral: BoolArray
    muscle: FloatArray
    skin_distance: FloatArray
    gland_prior: FloatArray
    nipple: tuple[float, float]
    unit: float


def draw_woman(rng: Generator, *, density: Density | None) -> Woman:
    """Traits of a woman; a given density replaces the drawn one and changes no other draw."""
    drawn = _DENSITIES[int(rng.choice(4, p=_DENSITY_FREQUENCIES))]
    size, share, strands = rng.uniform(size=3)
    low, high = _DENSE_SHARE[density or drawn]
    return Woman(
        density=density or drawn,
        size=float(size),
        dense_share=float(low + (high - low) * share),
        strands=float(0.75 + 0.5 * strands),
    )


def draw_outline(rng: Generator, shape: tuple[int, int], *, view: View, woman: Woman) -> Outline:
    """Outline of a left breast, chest wall at x = 0, in an image of (rows, columns)."""
    rows, columns = shape
    unit = min(rows / 640, columns / 512)
    curve, nipple = (_mlo_curve if view == "MLO" else _cc_curve)(rng, woman.size)
    size = np.array([columns, rows], dtype=np.float64)
    center = nipple * size
    radius = rng.uniform(7.5, 10.5) * unit
    mask = _filled(curve * size, shape)
    angles = np.linspace(0.0, 2 * np.pi, 40)
    bump = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
    mask = np.maximum(mask, _filled(center - [0.2 * radius, 0.0] + bump, shape))
    # The blur rounds the corner between nipple and areola.
    mask = (cv2.GaussianBlur(mask, (0, 0), max(2.5 * unit, 0.5)) > 0.5).astype(np.float32)
    muscle = np.zeros(shape, dtype=np.float32)
    if view == "MLO":
        muscle = _filled(_pectoral_curve(rng, float(curve[1, 0])) * size, shape)
    pectoral = (muscle > 0.5) & (mask > 0.5)
    soft_muscle = cv2.GaussianBlur(muscle, (0, 0), max(5.5 * unit, 0.5))
    skin_distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    at_nipple = (float(center[0]), float(center[1]))
    return Outline(
        mask=mask > 0.5,
        pectoral=pectoral,
        muscle=soft_muscle,
        skin_distance=skin_distance,
        gland_prior=_gland_prior(skin_distance, soft_muscle, nipple=at_nipple, unit=unit),
        nipple=at_nipple,
        unit=unit,
    )


def draw_tissue(shared: Generator, own: Generator, outline: Outline, *, woman: Woman) -> FloatArray:
    """Noiseless attenuation of a left breast, float32 (rows, columns), 0 outside the breast.

    Args:
        shared: coarse structure, the same for both sides of a woman.
        own: fine structure of this side.
        outline: of this view.
        woman: her traits.
    """
    unit = outline.unit
    coarse = _fractal(shared, outline.mask.shape, cells=3, octaves=4, falloff=0.62)
    fine = _fractal(own, outline.mask.shape, cells=10, octaves=5, falloff=0.72)
    strands, fibres = _fibrous(own, outline, coarse)
    prior = outline.gland_prior
    gland = _gland(
        outline, 2.8 * prior + 0.34 * coarse + 0.10 * fine + 0.26 * fibres, woman.dense_share
    )

    # A compressed breast is flat in the middle and round at its rim (a half circle in section).
    rim = np.clip(outline.skin_distance / (58 * unit), 0.0, 1.0)
    thickness = np.sqrt(1.0 - (1.0 - rim) ** 2)
    fat = 0.08 + thickness * (0.135 + 0.010 * coarse + 0.016 * fine + 0.012 * fibres)
    dense = gland * (0.23 + 0.03 * coarse + 0.05 * fine + 0.04 * fibres)
    lines = woman.strands * strands * (0.085 + 0.08 * gland + 0.07 * prior)
    # The muscle lies behind the gland: its light adds to a part of what is before it.
    picture = fat + thickness * (dense + lines) * (1 - 0.65 * outline.muscle)
    picture += _muscle(shared, outline, coarse, fine)
    width = max(2.3 * unit, 0.7)
    skin = np.exp(-(((outline.skin_distance - 1.2 * width) / width) ** 2))
    picture += 0.11 * skin * (1 + 0.15 * coarse) * (1 - outline.muscle)
    picture += _nipple(outline)
    picture *= outline.mask
    return np.asarray(np.clip(picture, 0.0, 0.93), dtype=np.float32)


def _cc_curve(rng: Generator, size: float) -> tuple[Points, Points]:
    depth = 0.44 + 0.34 * size + rng.uniform(-0.03, 0.03)
    half = 0.30 + 0.12 * size + rng.uniform(-0.02, 0.02)
    middle = 0.5 + rng.uniform(-0.03, 0.03)
    nipple = _point(depth, middle + rng.uniform(-0.04, 0.04))
    flat = rng.uniform(0.52, 0.68, size=2)  # above 0.55 the sides run straighter than an ellipse
    blunt = half * rng.uniform(0.46, 0.60)
    top, bottom = _point(-0.01, middle - half), _point(-0.01, middle + half)
    tip = _point(0.0, blunt)
    upper = _bezier(top, top + _point(depth * flat[0], 0.0), nipple - tip, nipple)
    lower = _bezier(nipple, nipple + tip, bottom + _point(depth * flat[1], 0.0), bottom)
    return np.concatenate([upper, lower]), nipple


def _mlo_curve(rng: Generator, size: float) -> tuple[Points, Points]:
    depth = 0.50 + 0.28 * size + rng.uniform(-0.03, 0.03)
    axilla = 0.33 + 0.10 * size + rng.uniform(-0.03, 0.03)
    nipple = _point(depth, 0.60 + 0.04 * size + rng.uniform(-0.03, 0.03))
    fold = _point(-0.01, 0.86 + 0.06 * size + rng.uniform(-0.02, 0.02))
    armpit = _point(axilla, -0.02)
    # The tangents: down from the armpit, into and out of the nipple, into the fold.
    down = _point(rng.uniform(0.0, 0.06), 0.20)
    into = _point(-0.02, -rng.uniform(0.17, 0.24))
    out = _point(0.015, 0.16 + 0.03 * size)
    along = _point(depth * rng.uniform(0.55, 0.75), 0.05)
    upper = _bezier(armpit, armpit + down, nipple + into, nipple)
    lower = _bezier(nipple, nipple + out, fold + along, fold)
    return np.concatenate([_CORNER, upper, lower]), nipple


def _pectoral_curve(rng: Generator, axilla: float) -> Points:
    top = _point(axilla * rng.uniform(0.62, 0.82), -0.02)
    tip = _point(-0.01, rng.uniform(0.52, 0.72))
    # Convex towards the breast: the edge is pushed outwards a little.
    bulge = _point(rng.uniform(0.01, 0.04), 0.0)
    edge = _bezier(top, 0.67 * top + 0.33 * tip + bulge, 0.33 * top + 0.67 * tip + bulge, tip)
    return np.concatenate([_CORNER, edge])


def _point(x: float, y: float) -> Points:
    return np.array([x, y], dtype=np.float64)


def _bezier(a: Points, b: Points, c: Points, d: Points) -> Points:
    """60 points of the cubic curve from a to d, tangent to a-b and to c-d."""
    t = np.linspace(0.0, 1.0, 60)[:, None]
    s = 1 - t
    return np.asarray(s**3 * a + 3 * s * s * t * b + 3 * s * t * t * c + t**3 * d)


def _filled(points: Points, shape: tuple[int, ...]) -> FloatArray:
    canvas = np.zeros(shape, dtype=np.uint8)
    # fillPoly counts from pixel centres, in 1/16 pixel here; our points from the corner.
    fixed = np.round((points - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(canvas, [fixed], 1, shift=4)
    return canvas.astype(np.float32)


def _centers(shape: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    rows, columns = shape
    x = np.arange(columns, dtype=np.float32)[None, :] + np.float32(0.5)
    y = np.arange(rows, dtype=np.float32)[:, None] + np.float32(0.5)
    return x, y


def _fractal(
    rng: Generator, shape: tuple[int, ...], *, cells: int, octaves: int, falloff: float
) -> FloatArray:
    rows, columns = shape
    total = np.zeros(shape, dtype=np.float32)
    for octave in range(octaves):
        n = cells * 2**octave
        # Drawn even where it is too fine to be seen, so that later draws stay in step.
        grid = rng.standard_normal((n * 5 // 4, n), dtype=np.float32)
        if octave == 0 or 2 * n <= columns:
            total += falloff**octave * cv2.resize(
                grid, (columns, rows), interpolation=cv2.INTER_CUBIC
            )
    return np.asarray((total - total.mean()) / total.std(), dtype=np.float32)


def _gland_prior(
    skin_distance: FloatArray, muscle: FloatArray, *, nipple: tuple[float, float], unit: float
) -> FloatArray:
    """Highest behind the nipple, fading into the fat under the skin and before the chest wall."""
    x, y = _centers(skin_distance.shape)
    # The upper outer quadrant holds most of the gland, hence the lift with the distance.
    behind = (nipple[0] - x) / nipple[0]
    aside = (y - nipple[1] + 0.18 * (nipple[0] - x)) / nipple[0]
    cone = np.exp(-(((behind - 0.40) / 0.36) ** 2) - (aside / 0.52) ** 2)
    rim = np.clip(skin_distance / (62 * unit), 0.0, 1.0)
    prior = cone * rim * rim * (3 - 2 * rim) * (1 - 0.85 * muscle)
    return np.asarray(prior, dtype=np.float32)


def _gland(outline: Outline, field: FloatArray, share: float) -> FloatArray:
    field = field - 1.5 * outline.muscle
    # A quarter of the rows and columns is plenty for a quantile.
    inside = (outline.mask & ~outline.pectoral)[::4, ::4]
    threshold = float(np.quantile(field[::4, ::4][inside], 1 - share))
    return np.asarray(1 / (1 + np.exp((threshold - field) / 0.24)), dtype=np.float32)


def _fibrous(rng: Generator, outline: Outline, coarse: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Strands (thin lines, about 0 … 1) and fibres (noise, standard deviation about 1).

    Both run from the nipple to the chest wall: they are drawn in polar coordinates about the
    nipple, long along the radius, and then bent. Strands are the zero lines of smooth noise.
    """
    shape = outline.mask.shape
    across, along = int(1.5 * shape[1]), shape[1] // 2
    polar = np.zeros((across, along, 2), dtype=np.float32)
    for cells, width, strand, fibre in _FIBRE_LAYERS:
        grid = rng.standard_normal((2, cells, cells // 5), dtype=np.float32)
        noise, strength = (
            cv2.resize(g, (along, across), interpolation=cv2.INTER_CUBIC) for g in grid
        )
        # Strands end and begin: without a strength of their own they would close into loops.
        polar[..., 0] += strand * np.exp(-((noise / width) ** 2)) * np.clip(0.4 + strength, 0, 1.5)
        polar[..., 1] += fibre * strength
    x, y = _centers(shape)
    nipple_x, nipple_y = outline.nipple
    reach = 1.12 * nipple_x  # the fan starts a little before the nipple, where ducts gather
    dx = np.ascontiguousarray(np.broadcast_to(reach - x, shape), dtype=np.float32)
    dy = np.ascontiguousarray(np.broadcast_to(y - nipple_y, shape), dtype=np.float32)
    radius, angle = cv2.cartToPolar(dx, dy)
    angle = np.where(angle > np.pi, angle - 2 * np.pi, angle)
    # 1.6 × the reach and ± 0.6 π cover the axilla of an MLO view too.
    u = (radius / (1.6 * reach) + 0.009 * coarse) * along
    v = (angle / (1.2 * np.pi) + 0.5 + 0.009 * coarse) * across
    bent = cv2.remap(
        polar,
        u.astype(np.float32),
        v.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    return bent[..., 0], bent[..., 1]


def _muscle(rng: Generator, outline: Outline, coarse: FloatArray, fine: FloatArray) -> FloatArray:
    rows = outline.mask.shape[0]
    _, y = _centers(outline.mask.shape)
    brightness = np.float32(rng.uniform(0.30, 0.42))
    fading = 1 - np.float32(0.45) * y / np.float32(rows)  # thinner towards its lower tip
    return np.asarray(
        outline.muscle * (brightness * fading + 0.018 * coarse + 0.014 * fine), dtype=np.float32
    )


def _nipple(outline: Outline) -> FloatArray:
    x, y = _centers(outline.mask.shape)
    radius = 8.0 * outline.unit
    squared = (x - outline.nipple[0]) ** 2 + (y - outline.nipple[1]) ** 2
    return np.asarray(0.14 * np.exp(-squared / (radius * radius)), dtype=np.float32)
