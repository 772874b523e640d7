"""From a `BreastImage` to the array a model eats, and the inverse geometry. Saved with a model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.images.color import COLORS
from mammoscope.images.enhance import Enhancement
from mammoscope.images.pectoral import find_pectoral
from mammoscope.images.segment import BreastRegion, find_breast
from mammoscope.types import (
    BreastImage,
    FloatArray,
    Geometry,
    MammoscopeError,
    ModelIntegrityError,
    Prepared,
)

Mask = NDArray[np.bool_]
Pectoral = Literal["keep", "remove"]
# Told the name of each step and the array (H, W) or (H, W, C) after it.
Watch = Callable[[str, FloatArray], None]

# Larger than any network eats; ends a config that asks for more memory than there is.
_LARGEST_SIDE = 8192
# What every preprocess.json has held; a field that is younger may be absent from an older file.
_FIRST_FIELDS = frozenset(
    {"rows", "columns", "margin", "low_percentile", "high_percentile", "mask_dilation"}
)


@dataclass(frozen=True, slots=True)
class PreprocessConfig:
    """What is done to an image before a model sees it.

    Attributes:
        rows, columns: shape of the prepared array; the paper's is 256 × 256.
        margin: border kept around the breast, as a share of its longer side.
        low_percentile, high_percentile: intensities inside the breast that become 0 and 1.
            The top is high so that microcalcifications are not clipped away. Histology, whose
            colours mean something, is not normalised by them.
        mask_dilation: how far the kept region reaches past the found outline, as a share of the
            prepared array's side: the skin line is dim, and found a little too far inside.
        enhancement: steps, in order, on the normalised prepared array; none by default, since
            a network learns its own from the data.
        pectoral: "remove" makes the pectoral muscle of an MLO view black where one is found, and
            leaves it out of the percentiles; it is as bright as a mass, but kept by default,
            since what is taken for muscle may be tissue.
        color: name in `COLORS`, what the channels hold.
        extractor: name in `EXTRACTORS` of the features that are measured on the prepared array
            and that the model eats in its place; None = it eats the array.

    Raises:
        MammoscopeError: a value of the wrong kind or out of its range.
    """

    rows: int = 256
    columns: int = 256
    margin: float = 0.02
    low_percentile: float = 1.0
    high_percentile: float = 99.8
    mask_dilation: float = 0.02
    enhancement: tuple[Enhancement, ...] = ()
    pectoral: Pectoral = "keep"
    color: str = "gray"
    extractor: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "enhancement", tuple(self.enhancement))
        low, high = self.low_percentile, self.high_percentile
        for what, holds in (
            (f"rows and columns from 1 to {_LARGEST_SIDE}", _are_sides(self.rows, self.columns)),
            ("a margin in [0, 1]", _is_in(self.margin, 0.0, 1.0)),
            (
                "a low percentile below a high one, both in [0, 100]",
                _is_in(low, 0, 100) and _is_in(high, 0, 100) and low < high,
            ),
            ("a mask dilation in [0, 0.5]", _is_in(self.mask_dilation, 0.0, 0.5)),
            ("enhancements", all(isinstance(step, Enhancement) for step in self.enhancement)),
            (f"pectoral {' or '.join(get_args(Pectoral))}", self.pectoral in get_args(Pectoral)),
            (f"a color of {', '.join(COLORS)}", self.color in COLORS),
            ("an extractor that this version has", _is_extractor(self.extractor)),
        ):
            if not holds:
                raise MammoscopeError(f"a preprocess config lacks {what}; mend it: {self}")

    @property
    def channels(self) -> int:
        """Channels of the prepared array: 1 or 3."""
        return COLORS[self.color].channels

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> PreprocessConfig:
        """The config that `to_json` wrote.

        Raises:
            ModelIntegrityError: as `from_values`.
        """
        return cls.from_values(json.loads(text))

    @classmethod
    def from_values(cls, values: Any) -> PreprocessConfig:
        """The config that `dataclasses.asdict` took apart, also by an older version.

        Fields that are younger than the file take their defaults, which do nothing.

        Raises:
            ModelIntegrityError: a field is missing or unknown, as with another version's file, or
                its value makes no sense.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(values, Mapping) or not _FIRST_FIELDS <= set(values) <= known:
            seen = sorted(values) if isinstance(values, Mapping) else type(values).__name__
            raise ModelIntegrityError(
                f"preprocess.json holds {seen}; expected {sorted(known)}; "
                "publish the model again with this version of mammoscope"
            )
        try:
            steps = tuple(Enhancement(**step) for step in values.get("enhancement", ()))
            return cls(**(dict(values) | {"enhancement": steps}))
        except (MammoscopeError, TypeError) as error:
            raise ModelIntegrityError(f"preprocess.json cannot be followed: {error}") from error


def prepare(
    image: BreastImage,
    config: PreprocessConfig,
    *,
    breast: BreastRegion | None = None,
    watch: Watch = lambda step, array: None,
) -> Prepared:
    """The breast alone, chest wall on the left, true proportions, normalised inside the breast.

    What lies outside the breast (markers, labels, the other side of the film) becomes 0, in every
    channel and after every step. Enhancements work on the normalised array at its own scale:
    their radii mean the same for every detector, and nothing outside the breast moves them.

    Histology is taken whole, in its own colours, neither searched for a breast nor mirrored.

    Args:
        image: a mammogram, or a picture taken for one (colour is read as its mean); histology.
        config: what to do.
        breast: `find_breast(image)` if the caller has it already.
        watch: told of every array on the way: "normalized", each enhancement, the colour.

    Returns:
        array float32 (rows, columns, channels) in [0, 1] and its geometry.

    Raises:
        MammoscopeError: a step of the config does not fit the image's modality.
    """
    if image.modality == "histology":
        array, kept, geometry = _whole_picture(image, config)
    else:
        array, kept, geometry = _breast_alone(image, config, breast or find_breast(image))
    watch("normalized", array)
    for step in config.enhancement:
        array = step.apply(array, inside=kept)
        watch(step.name, array)
    array = COLORS[config.color].convert(array)
    if config.channels == 3:
        array[~kept] = 0.0
        watch(config.color, array)
    return Prepared(array=array, geometry=geometry)


def _breast_alone(
    image: BreastImage, config: PreprocessConfig, breast: BreastRegion
) -> tuple[FloatArray, Mask, Geometry]:
    """The normalised plane (H, W), 0 outside; where it shows the breast; its geometry."""
    box = _with_margin(breast.box, config.margin, image)
    geometry = _fit(image, box, breast.chest_wall_right, config)
    gray = image.pixels if not image.is_color else image.pixels.mean(axis=2)
    content = _resample(gray, geometry, config)
    kept = _resample(upsample_mask(breast, image), geometry, config) >= 0.5
    shown = _dilate(kept, config)
    if config.pectoral == "remove":
        # Grown likewise: the edge of the muscle is a slope, and what is left of it the brightest.
        muscle = _dilate(_muscle(image, breast, geometry, config), config)
        kept, shown = kept & ~muscle, shown & ~muscle
    return np.where(shown, _normalize(content, kept, config), np.float32(0.0)), shown, geometry


def _muscle(
    image: BreastImage, breast: BreastRegion, geometry: Geometry, config: PreprocessConfig
) -> Mask:
    """Where the pectoral muscle is in the prepared array; nowhere if none was found."""
    muscle = find_pectoral(image, breast)
    if muscle is None:
        return np.zeros((config.rows, config.columns), dtype=bool)
    size = (image.columns, image.rows)
    whole = cv2.resize(muscle.mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return _resample(whole, geometry, config) >= 0.5


def _whole_picture(
    image: BreastImage, config: PreprocessConfig
) -> tuple[FloatArray, Mask, Geometry]:
    """The picture in colour (H, W, 3); where it is, and not padding; its geometry."""
    geometry = _fit(image, (0, 0, image.rows, image.columns), False, config)
    planes = image.pixels if image.is_color else image.pixels[:, :, np.newaxis].repeat(3, axis=2)
    channels = [
        _resample(np.ascontiguousarray(planes[:, :, one]), geometry, config) for one in range(3)
    ]
    covered = np.ones((image.rows, image.columns), dtype=np.float32)
    return np.stack(channels, axis=2), _resample(covered, geometry, config) > 0.0, geometry


def upsample_mask(breast: BreastRegion, image: BreastImage) -> FloatArray:
    """The breast on the image's own pixels, (H, W) in [0, 1]; 0.5 is its outline.

    All of the image if no breast was found.
    """
    mask = breast.mask.astype(np.float32) if breast.area else np.ones((1, 1), dtype=np.float32)
    size = (image.columns, image.rows)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _with_margin(
    box: tuple[int, int, int, int], margin: float, image: BreastImage
) -> tuple[int, int, int, int]:
    top, left, bottom, right = box
    extra = round(margin * max(bottom - top, right - left))
    return (
        max(0, top - extra),
        max(0, left - extra),
        min(image.rows, bottom + extra),
        min(image.columns, right + extra),
    )


def _fit(
    image: BreastImage,
    crop: tuple[int, int, int, int],
    mirrored: bool,
    config: PreprocessConfig,
) -> Geometry:
    """The largest undistorted placement: chest wall at the left edge, centred vertically."""
    top, left, bottom, right = crop
    height, width = (bottom - top) * image.pixel_aspect, float(right - left)
    scale = min(config.rows / height, config.columns / width)
    rows = min(config.rows, max(1, round(height * scale)))
    columns = min(config.columns, max(1, round(width * scale)))
    return Geometry(
        image_shape=(image.rows, image.columns),
        prepared_shape=(config.rows, config.columns),
        crop=crop,
        mirrored=mirrored,
        scale=(rows / (bottom - top), columns / (right - left)),
        padding=((config.rows - rows) // 2, 0),
    )


def _resample(plane: FloatArray, geometry: Geometry, config: PreprocessConfig) -> FloatArray:
    top, left, bottom, right = geometry.crop
    rows = round((bottom - top) * geometry.scale[0])
    columns = round((right - left) * geometry.scale[1])
    # Area averaging does not alias when it shrinks; it is nearest-neighbour when it enlarges.
    shrinks = geometry.scale[0] < 1 and geometry.scale[1] < 1
    content = cv2.resize(
        plane[top:bottom, left:right],
        (columns, rows),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    if geometry.mirrored:
        content = content[:, ::-1]
    array = np.zeros((config.rows, config.columns), dtype=np.float32)
    down, across = geometry.padding
    array[down : down + rows, across : across + columns] = content
    return array


def _dilate(kept: np.ndarray, config: PreprocessConfig) -> np.ndarray:
    radius = round(config.mask_dilation * max(config.rows, config.columns))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(kept.astype(np.uint8), kernel), dtype=bool)


def _normalize(content: FloatArray, kept: np.ndarray, config: PreprocessConfig) -> FloatArray:
    inside = content[kept]
    if inside.size == 0:
        return content
    low, high = np.percentile(inside, [config.low_percentile, config.high_percentile])
    spread = max(float(high - low), 1e-3)
    scaled = (content - np.float32(low)) / np.float32(spread)
    return np.asarray(np.clip(scaled, 0.0, 1.0), dtype=np.float32)


def _is_extractor(name: object) -> bool:
    if name is None:
        return True
    # With it comes scikit-image, which a network's answer can do without.
    from mammoscope.images.features import EXTRACTORS  # noqa: PLC0415

    return name in EXTRACTORS


def _are_sides(*sides: object) -> bool:
    return all(
        isinstance(side, int) and not isinstance(side, bool) and 1 <= side <= _LARGEST_SIDE
        for side in sides
    )


def _is_in(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
