"""A study as OpenAPI describes it: what `publish --study` wrote, for the page to draw."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mammoscope.serving.schemas import Estimate, Figure
from mammoscope.types import Modality


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Tested(_Schema):
    """How many were tested; every model of a study on the same."""

    unit: Literal["image", "breast", "woman"]
    n: int
    n_positive: int
    n_patients: int


class StudySummary(_Schema):
    """One line on a study."""

    name: str
    dataset: str
    positive: str
    unit: Literal["image", "breast", "woman"] = Field(description="by which it judges")
    models: list[str]


class StudyData(_Schema):
    """What the women of a study were asked about."""

    name: str
    source: str
    license: str
    task: str
    positive: str
    classes: list[str]
    modality: Modality
    split_digest: str


class Epochs(_Schema):
    """How long the shortest and the longest training of a model took."""

    least: int
    most: int


class Cost(_Schema):
    """What an answer costs on the machine that is named."""

    graph_bytes: int
    latency_p50_ms: float
    latency_p95_ms: float
    latency_runs: int
    threads: int
    peak_memory_bytes: int
    cold_start_s: float
    machine: str


class Confusion(Tested):
    """Truth against verdict; of several seeds the mean counts."""

    mean_of_seeds: int
    true_negative: float
    false_positive: float
    false_negative: float
    true_positive: float


class ReliabilityBin(_Schema):
    """Test images of like score."""

    n_of_bin: int
    score: float = Field(description="the mean of the bin")
    positives: Estimate = Field(description="the share of positives")


class Calibration(Tested):
    """Whether scores are shares."""

    ece: float = Field(description="expected calibration error")
    perfect_ece: Estimate = Field(description="what a perfect calibration would have")
    p: float
    brier: Estimate
    slope: Estimate | None
    intercept: Estimate | None
    bins: list[ReliabilityBin]


class StudyModel(_Schema):
    """One model of a study."""

    name: str
    title: str
    start: str = Field(description="of its weights")
    preprocessing: str | None
    folds: int
    networks: int
    epochs: Epochs | None
    parameters: int | None
    training_seconds: float | None
    training_device: str | None
    cost: Cost | None = Field(description="null where none was measured")
    figures: list[Figure]
    confusion: Confusion
    limits: list[str] | None
    calibration: Calibration | None = Field(description="null where the report holds none")


class Difference(Estimate):
    """The AUC of one model minus that of the other, on the same women."""

    one: str
    other: str
    may_be_noise: bool


class Baseline(Estimate):
    """What can be told without looking at a breast."""

    name: str


class Course(_Schema):
    """A measure over the epochs, of a model's networks; null where none has it."""

    mean: list[float | None]
    least: list[float | None]
    most: list[float | None]


class TrainingCurves(_Schema):
    """Loss and accuracy of a model's networks over the epochs."""

    model: str
    networks: int
    epochs: list[int]
    loss: Course
    accuracy: Course
    val_loss: Course
    val_accuracy: Course


class Roc(_Schema):
    """A curve a model and seed, from (0, 0) to (1, 1)."""

    model: str
    one_minus_specificity: list[float]
    sensitivity: list[float]


class Study(_Schema):
    """The figures of one comparison; nothing in it is of a single woman."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    # `schema` is a method of every pydantic model.
    form: Literal[1] = Field(alias="schema")
    name: str
    notice: str
    data: StudyData
    unit: Literal["image", "breast", "woman"] = Field(description="by which it judges")
    tested: list[Tested]
    verdict: str = Field(description="what the comparison says, in English")
    models: list[StudyModel]
    differences: list[Difference]
    baselines: list[Baseline]
    curves: list[TrainingCurves] = Field(description="empty where the report holds none")
    roc: list[Roc] = Field(description="empty where the report holds none")
