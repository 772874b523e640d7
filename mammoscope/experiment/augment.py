"""Random changes of prepared training images: parameters are drawn here, and applied there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.types import FloatArray, Modality


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """How far a training image may be changed.

    Attributes:
        rotation_degrees: either way; positioning varies by about that much.
        zoom: either way, as a share.
        aspect: either way, so that a square export and a true DICOM both look like training.
        shift: of the image's side, either way.
        flip_probability: upside down (left to right is settled by preparation).
        gamma: either way in log2: display curves differ between vendors. A colour keeps its hue,
            which in pseudo-colour says the intensity: its brightest channel takes the curve, and
            the others follow.
        quarter_turns: also by quarters of a turn, and left to right: tissue has no way up.
    """

    rotation_degrees: float = 12.0
    zoom: float = 0.12
    aspect: float = 0.15
    shift: float = 0.06
    flip_probability: float = 0.5
    gamma: float = 0.4
    quarter_turns: bool = False


# Changes nothing.
STILL = AugmentConfig(
    rotation_degrees=0.0, zoom=0.0, aspect=0.0, shift=0.0, flip_probability=0.0, gamma=0.0
)
# What a training image may become, by what it shows. A patch of tissue is turned by quarters alone:
# other turns would bring in corners of no tissue.
AUGMENTS: Mapping[Modality, AugmentConfig] = {
    "mammogram": AugmentConfig(),
    "histology": AugmentConfig(
        rotation_degrees=0.0, zoom=0.0, aspect=0.0, shift=0.0, gamma=0.2, quarter_turns=True
    ),
}


@dataclass(frozen=True, slots=True)
class AugmentParameters:
    """One drawn change."""

    rotation_degrees: float
    zoom: float
    aspect: float
    shift: tuple[float, float]
    flipped: bool
    gamma: float
    quarters: int = 0
    mirrored: bool = False


def draw(config: AugmentConfig, generator: np.random.Generator) -> AugmentParameters:
    """Parameters of one change."""
    turn, zoom, aspect, across, down, gamma = generator.uniform(-1.0, 1.0, size=6)
    flipped = bool(generator.random() < config.flip_probability)
    # Drawn last, and only where it is asked for: what is drawn without it stays what it was.
    quarters = int(generator.integers(8)) if config.quarter_turns else 0
    return AugmentParameters(
        quarters=quarters % 4,
        mirrored=quarters >= 4,
        rotation_degrees=turn * config.rotation_degrees,
        zoom=float((1 + config.zoom) ** zoom),
        aspect=float((1 + config.aspect) ** aspect),
        shift=(across * config.shift, down * config.shift),
        flipped=flipped,
        gamma=float(2.0 ** (gamma * config.gamma)),
    )


def apply(array: FloatArray, parameters: AugmentParameters) -> FloatArray:
    """The changed prepared array (H, W, C), float32 in [0, 1]."""
    array = turn(array, parameters)
    warped = warp(array, moving(parameters, array.shape), array.shape)
    return np.asarray(brighten(warped, parameters.gamma), dtype=np.float32)


def turn(array: FloatArray, parameters: AugmentParameters) -> FloatArray:
    """The array (H, W, ...) after the quarters of a turn and the mirroring alone."""
    if parameters.mirrored:
        array = array[:, ::-1]
    # A quarter of a turn of what is not square would be of another shape.
    quarters = parameters.quarters if array.shape[0] == array.shape[1] else 0
    return np.ascontiguousarray(np.rot90(array, quarters))


def moving(parameters: AugmentParameters, shape: Sequence[int]) -> NDArray[np.float64]:
    """(2, 3), x and y of a turned array of that shape (H, W, ...) → where the change puts them."""
    rows, columns = shape[:2]
    center = (columns / 2, rows / 2)
    matrix = cv2.getRotationMatrix2D(center, parameters.rotation_degrees, parameters.zoom)
    stretch = np.array([1 / np.sqrt(parameters.aspect), np.sqrt(parameters.aspect)])
    if parameters.flipped:
        stretch[1] = -stretch[1]
    linear = np.diag(stretch) @ matrix[:, :2]
    offset = np.array(center) - linear @ np.array(center)
    offset += np.array(parameters.shift) * (columns, rows)
    return np.column_stack([linear, offset])


def warp(array: FloatArray, matrix: NDArray[np.float64], shape: Sequence[int]) -> FloatArray:
    """The array (H, W, ...) moved into one of that height and width.

    What comes in from outside is 0, as all around the breast is.
    """
    rows, columns = shape[:2]
    warped = cv2.warpAffine(array, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
    # cv2 drops a single channel axis.
    warped = warped.reshape(rows, columns, *array.shape[2:])
    return np.asarray(np.clip(warped, 0.0, 1.0))


def brighten(array: FloatArray, gamma: float) -> FloatArray:
    """The array (H, W, C) in [0, 1] along a display curve; a colour keeps its hue."""
    if gamma == 1:
        return array
    if array.shape[2] == 1:
        return np.asarray(np.power(array, np.float32(gamma)))
    brightest = array.max(axis=2, keepdims=True)
    # v ** gamma / v, and 1 where all channels are 0.
    factor = np.power(np.where(brightest > 0, brightest, 1), np.float32(gamma - 1))
    return np.asarray(np.minimum(array * factor, np.float32(1.0)))
