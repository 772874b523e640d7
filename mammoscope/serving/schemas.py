"""The answers as OpenAPI describes them, for a typed client.

The answers themselves are made by `inference.answer`, for the command line as well; a test
holds them against these.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mammoscope.types import ExplanationMethod, Modality, Precision


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Estimate(_Schema):
    """A figure with its interval."""

    value: float
    low: float
    high: float
    method: str = Field(description="how the interval was made")


class OperatingPoint(_Schema):
    """A threshold on the calibrated score, and how it does on test images."""

    name: str
    threshold: float
    sensitivity: Estimate
    specificity: Estimate


class TrainedOn(BaseModel):
    """What a model has seen."""

    dataset: str
    source: str
    women: int
    images: int
    positive_share: float | None = Field(
        default=None, ge=0, le=1, description="of the training images, those of the positive class"
    )
    start: str | None = Field(default=None, description="of the weights")


class CalibratedOn(BaseModel):
    """Whom calibrator and operating points were fitted on, where they are not the training's."""

    dataset: str
    women: int
    images: int
    positive_share: float = Field(ge=0, le=1)


class Counts(BaseModel):
    """Who chose a model's settings, or tested it."""

    women: int
    images: int
    folds: int | None = Field(
        default=None, description="each was judged by a network of the other folds"
    )


class Training(BaseModel):
    """How a model's network was trained."""

    seconds: float
    epochs: int
    best_epoch: int
    seed: int


class Figure(BaseModel):
    """How a model does on women that it has not seen."""

    unit: Literal["image", "breast", "woman"]
    n: int
    n_positive: int
    n_patients: int
    metrics: dict[str, Estimate]


class ModelCard(BaseModel):
    """What a person should know of a model."""

    title: str
    architecture: str
    license: str
    trained_on: TrainedOn
    calibrated_on: CalibratedOn | None = None
    limits: list[str]
    explanation: str = Field(description="how coarse the map is")
    figures: list[Figure]
    parameters: int | None = None
    chosen_on: Counts | None = Field(
        default=None, description="whose images chose epoch, calibrator and operating points"
    )
    tested_on: Counts | None = None
    baselines: dict[str, Estimate] | None = Field(
        default=None, description="what is told without looking at a breast"
    )
    training: Training | None = None
    split_digest: str | None = None
    versions: dict[str, str] | None = None


class BreastCalibrator(_Schema):
    """score = 1 / (1 + exp(-(slope · ln(m / (1 - m)) + intercept))), m the mean of the views'."""

    slope: float = Field(gt=0)
    intercept: float


class PublishedModel(_Schema):
    """A model that this server answers with."""

    name: str
    version: str
    modality: Modality = Field(description="what it reads; one request asks models of one")
    task: str
    classes: list[str]
    positive: str = Field(description="the class whose score is the score")
    explained_by: ExplanationMethod = Field(description="the method of its map")
    precision: Precision = Field(description="of the arithmetic that it answers in here")
    calibrated_by: Literal["affine", "isotonic"] | None = Field(
        default=None, description="the form in which the logit becomes the score"
    )
    breast_calibrator: BreastCalibrator | None = Field(
        default=None,
        description="what makes a breast's score of two views or more; null: their mean is it",
    )
    digests: dict[str, str] | None = Field(default=None, description="file → SHA-256")
    card: ModelCard
    operating_points: list[OperatingPoint] = Field(description="the first is the default")


class Models(_Schema):
    """Every model that this server answers with, the default first."""

    default: str | None = Field(description="null where there is none")
    notice: str
    models: list[PublishedModel]


class Health(_Schema):
    """That the server answers, and with which models."""

    status: Literal["ok"]
    version: str
    models: list[str] = Field(description="name@version")


class ExampleExam(_Schema):
    """An exam that examples are views of."""

    name: str
    title: str


class Example(_Schema):
    """An example image to try."""

    name: str
    title: str
    url: str
    media_type: str
    exam: ExampleExam | None = Field(description="what it is a view of; null where it stands alone")


class Source(_Schema):
    """How the pixels came out of the file."""

    format: Literal["dicom", "pgm", "png", "jpeg", "tiff", "array"]
    bits: int
    transfer_syntax: str | None
    steps: list[str]


class Image(_Schema):
    """What is told of an image: nothing in it names a person or a file."""

    rows: int
    columns: int
    laterality: Literal["L", "R"] | None
    view: str | None
    spacing_mm: tuple[float, float] | None = Field(description="row, column")
    pixel_aspect: float = Field(description="height of a pixel / its width")
    modality: Modality
    source: Source


class MapGeometry(_Schema):
    """Image pixels of the grid's outer edges; left > right where the model saw it mirrored."""

    left: float
    top: float
    right: float
    bottom: float


class _Map(_Schema):
    grid: list[list[float]] = Field(description="row by row")
    scale: float = Field(description="the fixed end of the colour scale, the same for every image")
    geometry: MapGeometry


class EvidenceMap(_Map):
    """What moved the score: signed; mean(grid) + bias is the logit that gave it."""

    method: Literal["evidence"]
    unit: Literal["logit"]
    bias: float


class OcclusionMap(_Map):
    """How far the logit falls when a cell is covered: signed; the cells do not add up to it."""

    method: Literal["occlusion"]
    unit: Literal["logit"]
    bias: None


class MembershipMap(_Map):
    """How far a cell belongs to the segmented cluster, from 0 to 1.

    What was segmented, not what moved the score.
    """

    method: Literal["membership"]
    unit: Literal["membership"]
    bias: None


Heatmap = Annotated[EvidenceMap | OcclusionMap | MembershipMap, Field(discriminator="method")]


class Prediction(_Schema):
    """One model's answer."""

    model: str = Field(description="name@version")
    score: float | None = Field(ge=0, le=1, description="null for 'cannot assess'")
    scores: dict[str, float]
    verdict: Literal["suspicious", "not suspicious", "cannot assess"]
    reason: str | None
    operating_point: OperatingPoint
    warnings: list[str]
    milliseconds: dict[str, float]
    precision: Precision = Field(description="of the arithmetic that gave the score")
    heatmap: Heatmap | None


class Reading(_Schema):
    """What each model says of an image, in the order asked."""

    notice: str
    image: Image
    predictions: list[Prediction]


class Problem(_Schema):
    """RFC 9457: what went wrong."""

    type: str
    title: str
    status: int
    detail: str


class Unassessed(Problem):
    """No model could assess the image: the reading says why, model by model."""

    notice: str
    image: Image
    predictions: list[Prediction]
