"""From a `BreastImage` to the array a model eats, and the inverse geometry. Saved with a model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

import cv2
import numpy as np

from mammoscope.images.segment import BreastRegion, find_breast
from mammoscope.types import BreastImage, FloatArray, Geometry, ModelIntegrityError, Prepared


@dataclass(frozen=True, slots=True)
class PreprocessConfig:
    """What is done to an image before a model sees it.

    Attributes:
        rows, columns: shape of the prepared array; the paper's is 256 × 256.
        margin: border kept around the breast, as a share of its longer side.
        low_percentile, high_percentile: intensities inside the breast that become 0 and 1.
            The top is high so that microcalcifications are not clipped away.
        mask_dilation: how far the kept region reaches past the found outline, as a share of the
            prepared array's side: the skin line is dim, and found a little too far inside.
    """

    rows: int = 256
    columns: int = 256
    margin: float = 0.02
    low_percentile: float = 1.0
    high_percentile: float = 99.8
    mask_dilation: float = 0.02

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> PreprocessConfig:
        """The config that `to_json` wrote.

        Raises:
            ModelIntegrityError: a field is missing or unknown, as with another version's file.
        """
        values = json.loads(text)
        expected = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != expected:
            seen = sorted(values) if isinstance(values, dict) else type(values).__name__
            raise ModelIntegrityError(
                f"preprocess.json holds {seen}; expected {sorted(expected)}; "
                "publish the model again with this version of mammoscope"
            )
        return cls(**values)


def prepare(
    image: BreastImage, config: PreprocessConfig, *, breast: BreastRegion | None = None
) -> Prepared:
    """The breast alone, chest wall on the left, true proportions, normalised inside the breast.

    What lies outside the breast (markers, labels, the other side of the film) becomes 0.

    Args:
        image: a mammogram, or a picture taken for one; colour is read as its mean.
        config: what to do.
        breast: `find_breast(image)` if the caller has it already.

    Returns:
        array float32 (rows, columns, 1) in [0, 1] and its geometry.
    """
    breast = breast or find_breast(image)
    box = _with_margin(breast.box, config.margin, image)
    geometry = _fit(image, box, breast.chest_wall_right, config)
    gray = image.pixels if not image.is_color else image.pixels.mean(axis=2)
    content = _resample(gray, geometry, config)
    kept = _resample(upsample_mask(breast, image), geometry, config) >= 0.5
    array = np.where(_dilate(kept, config), _normalize(content, kept, config), np.float32(0.0))
    return Prepared(array=array[:, :, np.newaxis], geometry=geometry)


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
