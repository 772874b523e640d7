"""The nouns that every room shares, and the errors. numpy and the standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Modality = Literal["mammogram", "histology"]
Laterality = Literal["L", "R"]
Verdict = Literal["suspicious", "not suspicious", "cannot assess"]
PartName = Literal["train", "validation", "test"]
Precision = Literal["float32", "bfloat16", "int8"]  # of a network's arithmetic
ExplanationMethod = Literal["evidence", "occlusion", "membership"]
FloatArray = NDArray[np.float32]

# True height / width of a pixel or an image; what lies outside is a slip, not a picture.
ASPECT_LIMITS = (0.1, 10.0)

RESEARCH_NOTICE = (
    "Research software, not a medical device. It must not be used to diagnose, "
    "to treat, or to delay seeing a clinician."
)


class MammoscopeError(Exception):
    """Base of every error that mammoscope raises on purpose.

    Its message says what was seen, what was expected and what to do.
    """


class DecodeError(MammoscopeError):
    """A file whose pixels cannot be read."""


class UnsupportedFormatError(DecodeError):
    """A file that is not an image of a kind we read (HTTP 415)."""


class DatasetError(MammoscopeError):
    """A folder, archive or label table that is not the data set it was said to be."""


class LeakageError(MammoscopeError):
    """One patient in two parts of a split."""


class ModelNotFoundError(MammoscopeError):
    """No published model of that name."""


class ModelIntegrityError(MammoscopeError):
    """A published model whose files are not those its card names."""


@dataclass(frozen=True, slots=True)
class Source:
    """How the pixels of a `BreastImage` came out of their file.

    Attributes:
        format: container that was recognised from the content.
        bits: bits a sample that carried information (8 … 16).
        transfer_syntax: DICOM transfer syntax UID, None for rasters.
        steps: every grayscale step that was applied, in order.
        warnings: what a reader of the answer should know about the pixels.
        for_processing: True for DICOM `FOR PROCESSING` pixels, which no model here may judge.
    """

    format: Literal["dicom", "pgm", "png", "jpeg", "tiff", "array"]
    bits: int
    transfer_syntax: str | None = None
    steps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    for_processing: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class BreastImage:
    """One decoded view. It has no field that could carry an identifier or a file name.

    Attributes:
        pixels: float32 (H, W), or (H, W, 3) for colour, in [0, 1], bright = dense.
        modality: what kind of picture the caller said it is.
        laterality: breast side if the header says so; never guessed.
        view: DICOM view code string (CC, MLO, ML, AT, …) or None.
        spacing_mm: (row, column) distance of pixel centres in mm, or None.
        pixel_aspect: true height of a pixel divided by its true width (1 = square).
        source: format, bits and the grayscale steps that were applied.
    """

    pixels: FloatArray
    modality: Modality = "mammogram"
    laterality: Laterality | None = None
    view: str | None = None
    spacing_mm: tuple[float, float] | None = None
    pixel_aspect: float = 1.0
    source: Source = Source(format="array", bits=16)

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)) or 0 in shape:
            raise DecodeError(f"pixels have shape {shape}; expected (H, W) or (H, W, 3), not empty")
        if self.pixels.dtype != np.float32:
            raise DecodeError(f"pixels are {self.pixels.dtype}; expected float32")
        low, high = float(self.pixels.min()), float(self.pixels.max())
        if not (low >= 0.0 and high <= 1.0):  # also refuses NaN
            raise DecodeError(f"pixels span [{low:g}, {high:g}]; expected [0, 1] without NaN")
        least, most = ASPECT_LIMITS
        if not least <= self.pixel_aspect <= most:  # also refuses NaN
            raise DecodeError(
                f"pixel aspect is {self.pixel_aspect:g}; "
                f"expected a height / width in [{least:g}, {most:g}]"
            )

    @property
    def rows(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def columns(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def is_color(self) -> bool:
        return self.pixels.ndim == 3


@dataclass(frozen=True, slots=True)
class Task:
    """A question put to an image.

    Attributes:
        name: `abnormal`, `cancer`, …
        classes: class names in the order of the model's outputs.
        positive: the class whose score is *the* score.
        labels: a data set's own label → class name.
        modality: what the question is asked of.
    """

    name: str
    classes: tuple[str, ...]
    positive: str
    labels: Mapping[str, str]
    modality: Modality = "mammogram"

    def __post_init__(self) -> None:
        if self.positive not in self.classes:
            raise DatasetError(f"positive class {self.positive!r} is not one of {self.classes}")
        unknown = set(self.labels.values()) - set(self.classes)
        if unknown:
            raise DatasetError(f"labels map to {sorted(unknown)}; expected one of {self.classes}")

    def index(self, label: str) -> int:
        """Position in `classes` of a data set's own label.

        Raises:
            DatasetError: the label is not one that this task knows.
        """
        if label not in self.labels:
            raise DatasetError(
                f"label {label!r} is unknown to task {self.name!r}; expected one of "
                f"{sorted(self.labels)}; mend the label table or choose another task"
            )
        return self.classes.index(self.labels[label])


@dataclass(frozen=True, slots=True)
class Lesion:
    """A marked circle: centre from the top left, radius, all in pixels; the annotator's class."""

    x: float
    y: float
    radius: float
    kind: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a data set.

    Attributes:
        path: where the image is inside the data set; unique there. No model ever sees it.
        label: the data set's own label, as written there.
        patient: the unit that a split must keep together.
        aspect: true height / width of the whole image where its file does not tell; None = true.
        attributes: anything else worth a subgroup (age, site, machine, density, …).
    """

    path: str
    label: str
    patient: str
    laterality: Laterality | None = None
    view: str | None = None
    lesions: tuple[Lesion, ...] = ()
    aspect: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def breast(self) -> str:
        """Patient and side: the unit that views are averaged over."""
        return f"{self.patient}/{self.laterality or '?'}"


@dataclass(frozen=True, slots=True)
class Split:
    """Train, validation and test records, no patient in two of them.

    Raises:
        LeakageError: a patient stands in two parts.
        DatasetError: a part is empty.
    """

    train: tuple[Record, ...]
    validation: tuple[Record, ...]
    test: tuple[Record, ...]

    def __post_init__(self) -> None:
        patients: dict[str, set[str]] = {}
        for name, part in self.parts().items():
            if not part:
                raise DatasetError(f"the {name} part is empty; give more patients or other shares")
            patients[name] = {record.patient for record in part}
        for a, b in (("train", "validation"), ("train", "test"), ("validation", "test")):
            both = sorted(patients[a] & patients[b])
            if both:
                raise LeakageError(
                    f"{len(both)} patients stand in {a} and in {b} (first: {both[0]}); "
                    "expected none; split by patient"
                )

    def parts(self) -> dict[PartName, tuple[Record, ...]]:
        return {"train": self.train, "validation": self.validation, "test": self.test}


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where a prepared array lies on its image: crop, mirror, scale, pad; invertible.

    Points are (x, y) in pixels with (0, 0) at the top left *corner* of the first pixel, so
    that a pixel's centre is at + 0.5 and scaling needs no half-pixel terms.

    Attributes:
        image_shape: (rows, columns) of the image.
        prepared_shape: (rows, columns) of the prepared array.
        crop: (top, left, bottom, right) in image pixels, end exclusive.
        mirrored: whether the crop was flipped left to right.
        scale: (vertical, horizontal) prepared pixels an image pixel.
        padding: (top, left) prepared pixels before the content.
    """

    image_shape: tuple[int, int]
    prepared_shape: tuple[int, int]
    crop: tuple[int, int, int, int]
    mirrored: bool
    scale: tuple[float, float]
    padding: tuple[int, int]

    def forward(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Image points (N, 2) → prepared points (N, 2)."""
        p = np.asarray(points, dtype=np.float64)
        _, left, _, right = self.crop
        x = right - p[:, 0] if self.mirrored else p[:, 0] - left
        y = p[:, 1] - self.crop[0]
        return np.stack(
            [x * self.scale[1] + self.padding[1], y * self.scale[0] + self.padding[0]], axis=1
        )

    def back(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Prepared points (N, 2) → image points (N, 2)."""
        p = np.asarray(points, dtype=np.float64)
        x = (p[:, 0] - self.padding[1]) / self.scale[1]
        y = (p[:, 1] - self.padding[0]) / self.scale[0]
        _, left, _, right = self.crop
        return np.stack([right - x if self.mirrored else x + left, y + self.crop[0]], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The array (H, W, C) float32 in [0, 1] that a model eats, and where it came from."""

    array: FloatArray
    geometry: Geometry

    def __post_init__(self) -> None:
        if self.array.ndim != 3 or self.array.shape[:2] != self.geometry.prepared_shape:
            raise ValueError(f"array {self.array.shape} does not fit {self.geometry}")
        rows, columns = self.geometry.prepared_shape
        corners = np.array([[0.0, 0.0], [columns, rows], [columns / 3, rows / 7]])
        there = self.geometry.forward(self.geometry.back(corners))
        if not np.allclose(there, corners, atol=1e-6):
            raise ValueError(f"{self.geometry} cannot be inverted")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval.

    Attributes:
        value: the point estimate.
        low, high: ends of the interval.
        method: how the interval was made, e.g. "95 % patient bootstrap, 2000".
    """

    value: float
    low: float
    high: float
    method: str

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A named threshold on the calibrated score, chosen on validation patients.

    Attributes:
        name: `youden`, `sensitivity_90`, `specificity_90`.
        threshold: a score at or above it is called suspicious.
        sensitivity, specificity: on test images, each with its interval.
    """

    name: str
    threshold: float
    sensitivity: Estimate
    specificity: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """What a model's answer rests on, cell by cell.

    Attributes:
        grid: float32 (h, w). evidence: signed, in logits, mean(grid) + bias = logit; occlusion:
            signed, by how many logits the cell raises the score; membership: of a cell in the
            segmented cluster, in [0, 1].
        bias: of evidence, the part of the logit that belongs to no place; else None.
        geometry: of the prepared array that the grid covers evenly.
        scale: the fixed colour scale's end, the same for every image.
        method: how it was made.
    """

    grid: FloatArray
    bias: float | None
    geometry: Geometry
    scale: float
    method: ExplanationMethod = "evidence"


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer to one image.

    Attributes:
        model: `name@version`.
        score: calibrated score of the positive class in [0, 1]; None for `cannot assess`.
        scores: class → calibrated score; empty for `cannot assess`.
        reason: why it cannot be assessed, else None.
        operating_point: the one the verdict was taken at.
        heatmap: only where it was asked for.
        warnings: what the reader should know.
        milliseconds: step → milliseconds.
        precision: of the arithmetic that gave the score.
    """

    model: str
    score: float | None
    scores: Mapping[str, float]
    verdict: Verdict
    reason: str | None
    operating_point: OperatingPoint
    heatmap: Heatmap | None = None
    warnings: tuple[str, ...] = ()
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        if (self.verdict == "cannot assess") != (self.score is None):
            raise ValueError("a score is None exactly when the verdict is 'cannot assess'")
        for score in (*self.scores.values(), self.score):
            if score is not None and not 0.0 <= score <= 1.0:
                raise ValueError(f"score {score} is outside [0, 1]")


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Figures of one model on one part of a split; a metric that is not defined is absent.

    `n` counts units, `n_patients` the women whose they are.
    """

    unit: Literal["image", "breast", "woman"]
    n: int
    n_positive: int
    n_patients: int
    metrics: Mapping[str, Estimate]
