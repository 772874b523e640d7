"""A published model: card, preprocess config and ONNX graph, each file pinned by SHA-256."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast, get_args

from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.calibrator import (
    AffineCalibrator,
    Calibrator,
    parse_breasts,
    parse_calibrator,
)
from mammoscope.inference.operating_point import has_finite_figures, parse_operating_point
from mammoscope.inference.precision import (
    MOST_AUC_CHANGE,
    MOST_FLIPPED,
    MeasuredPrecision,
    parse_precisions,
)
from mammoscope.types import (
    ExplanationMethod,
    MammoscopeError,
    Modality,
    ModelIntegrityError,
    OperatingPoint,
    Precision,
)

CARD_FILE = "card.json"
PREPROCESS_FILE = "preprocess.json"
GRAPH_FILE = "model.onnx"
# What a model of two stages runs first: image → features.
FEATURES_FILE = "features.onnx"
# The same network, quantised; only where it is admitted.
INT8_FILE = "model.int8.onnx"
SCHEMA = 1
_STAGES = ((GRAPH_FILE,), (FEATURES_FILE, GRAPH_FILE))


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """`name@version`, opened and verified.

    Attributes:
        folder: where its files are.
        name, version: `version` counts from 1.
        modality, task, classes, positive: the question it answers.
        preprocess: what is done to an image before its graph sees it.
        calibrator: logit → score.
        breast_calibrator: log-odds of the mean of a breast's views → its score, where it has
            two or more; None = that mean.
        operating_points: the first is the default.
        heatmap_scale: ± logits at which the colour scale ends, the same for every image.
        card: what a person should know: source, licence, women, figures, limits.
        stages: file names of its graphs, in the order they are run.
        explained_by: how its map is made.
        precisions: what was measured of it in another arithmetic than float32.
        precision: that it answers in; `at_precision` gives it another, with the calibrator and
            the operating points of that one.
        digests: file name → SHA-256, as they were verified; empty before it is written.
    """

    folder: Path
    name: str
    version: str
    modality: Modality
    task: str
    classes: tuple[str, ...]
    positive: str
    preprocess: PreprocessConfig
    calibrator: Calibrator
    operating_points: tuple[OperatingPoint, ...]
    heatmap_scale: float
    card: Mapping[str, Any]
    breast_calibrator: AffineCalibrator | None = None
    stages: tuple[str, ...] = (GRAPH_FILE,)
    explained_by: ExplanationMethod = "evidence"
    precisions: Mapping[Precision, MeasuredPrecision] = field(default_factory=dict)
    precision: Precision = "float32"
    digests: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for what, holds in (
            ("a name and a version", all(isinstance(v, str) for v in (self.name, self.version))),
            ("a known modality", self.modality in get_args(Modality)),
            # The predictor answers with one logit and the score of "the other" class.
            ("exactly two classes", len(self.classes) == len(set(self.classes)) == 2),
            ("a positive class that is one of its classes", self.positive in self.classes),
            ("an operating point", bool(self.operating_points)),
            ("thresholds in [0, 1]", all(0 <= p.threshold <= 1 for p in self.operating_points)),
            (
                "finite figures at its operating points",
                all(map(has_finite_figures, self.operating_points)),
            ),
            ("a positive heatmap scale", 0 < self.heatmap_scale < math.inf),
            ("a card that is an object", isinstance(self.card, Mapping)),
            ("stages that end in its graph", self.stages in _STAGES),
            ("one stage, if it has other precisions", len(self.stages) == 1 or not self.precisions),
            ("a known way to explain itself", self.explained_by in get_args(ExplanationMethod)),
        ):
            if not holds:
                raise ModelIntegrityError(
                    f"published model {self.name} lacks {what}; publish it again"
                )

    @property
    def reference(self) -> str:
        """`name@version`, as answers and reports name it."""
        return f"{self.name}@{self.version}"

    @property
    def graph(self) -> Path:
        """The last stage, or the only one."""
        return self.folder / GRAPH_FILE

    @property
    def graphs(self) -> tuple[Path, ...]:
        """Every stage, in the order they are run."""
        names = (INT8_FILE,) if self.precision == "int8" else self.stages
        return tuple(self.folder / name for name in names)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that its card pins."""
        int8 = self.precisions.get("int8")
        quantised = (INT8_FILE,) if int8 is not None and int8.admitted else ()
        return (*self.stages, *quantised, PREPROCESS_FILE)


def at_precision(model: PublishedModel, precision: Precision) -> PublishedModel:
    """The model as it answers in this arithmetic: with its own calibrator and operating points.

    Raises:
        MammoscopeError: it was not measured in that, or not admitted.
    """
    if precision == model.precision:
        return model
    measured = model.precisions.get(precision)
    if measured is None:
        raise MammoscopeError(
            f"{model.reference} was not measured in {precision}; it answers in {_answers(model)}; "
            "ask for one of these, or measure it with `mammoscope precisions`"
        )
    if not measured.admitted:
        raise MammoscopeError(
            f"{model.reference} is not admitted in {precision}: {measured.figures}; expected at "
            f"most {MOST_FLIPPED:.1%} of the verdicts and {MOST_AUC_CHANGE} of AUC; it answers in "
            f"{_answers(model)}"
        )
    # That of breasts takes calibrated scores, whatever they were computed in: it stays.
    return replace(
        model,
        precision=precision,
        calibrator=measured.calibrator,
        operating_points=measured.operating_points,
    )


def _answers(model: PublishedModel) -> str:
    admitted = [name for name, measured in model.precisions.items() if measured.admitted]
    return ", ".join(["float32", *admitted])


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_card(model: PublishedModel) -> None:
    """Writes `card.json` beside the graph and the preprocess config, with their digests.

    Raises:
        ModelIntegrityError: a number in the card is not finite, or the model is one that answers
            in another precision: its card has float32's calibrator.
    """
    if model.precision != "float32":
        raise ModelIntegrityError(
            f"{model.reference} in {model.precision} cannot be published; expected float32, "
            "with what was measured of the others in its card"
        )
    values = {
        "schema": SCHEMA,
        "name": model.name,
        "version": model.version,
        "modality": model.modality,
        "task": model.task,
        "classes": list(model.classes),
        "positive": model.positive,
        "calibrator": model.calibrator.to_dict(),
        **(
            {"breast_calibrator": model.breast_calibrator.to_dict()}
            if model.breast_calibrator
            else {}
        ),
        "operating_points": [asdict(point) for point in model.operating_points],
        "heatmap_scale": model.heatmap_scale,
        "stages": list(model.stages),
        "explained_by": model.explained_by,
        **(
            {"precisions": {name: one.to_dict() for name, one in model.precisions.items()}}
            if model.precisions
            else {}
        ),
        "card": dict(model.card),
        "files": {name: sha256(model.folder / name) for name in model.files},
    }
    try:
        text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise ModelIntegrityError(
            f"the card of {model.reference} holds a number that is not finite ({error}); "
            "leave a metric out where it is undefined"
        ) from error
    (model.folder / CARD_FILE).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> PublishedModel:
    """The published model in a folder, every file held against its digest.

    Raises:
        ModelIntegrityError: a file is missing, differs from its digest, or makes no sense.
    """
    try:
        values = json.loads(
            (folder / CARD_FILE).read_text(encoding="utf-8"),
            parse_float=_finite,
            parse_constant=_finite,
        )
        if values["schema"] != SCHEMA:
            raise ModelIntegrityError(
                f"{folder.name}/card.json has schema {values['schema']}; expected {SCHEMA}"
            )
        # A card that is older than stages has one.
        stages = tuple(values.get("stages", (GRAPH_FILE,)))
        precisions = parse_precisions(values.get("precisions", {}))
        quantised = "int8" in precisions and precisions["int8"].admitted
        names = (
            *(name for name in stages if name in _STAGES[-1]),
            *((INT8_FILE,) if quantised else ()),
            PREPROCESS_FILE,
        )
        for name in names:
            _verify(folder / name, values["files"][name])
        preprocess = (folder / PREPROCESS_FILE).read_text(encoding="utf-8")
        return PublishedModel(
            folder=folder,
            name=values["name"],
            version=values["version"],
            modality=cast(Modality, values["modality"]),
            task=values["task"],
            classes=tuple(values["classes"]),
            positive=values["positive"],
            preprocess=PreprocessConfig.from_json(preprocess),
            calibrator=parse_calibrator(values["calibrator"]),
            breast_calibrator=parse_breasts(values.get("breast_calibrator")),
            operating_points=tuple(
                parse_operating_point(point) for point in values["operating_points"]
            ),
            heatmap_scale=float(values["heatmap_scale"]),
            card=values["card"],
            stages=stages,
            explained_by=values.get("explained_by", "evidence"),
            precisions=precisions,
            digests={name: values["files"][name] for name in names},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ModelIntegrityError(
            f"published model {folder.name} cannot be opened ({type(error).__name__}: {error}); "
            "publish it again or reinstall mammoscope"
        ) from error


def _finite(text: str) -> float:
    """A number of a JSON text; Python reads NaN, Infinity and 1e999 as well, which are none."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no finite number")
    return value


def _verify(path: Path, expected: str) -> None:
    seen = sha256(path)
    if seen != expected:
        raise ModelIntegrityError(
            f"{path.parent.name}/{path.name} has SHA-256 {seen}, its card names {expected}; "
            "the file was changed or cut short: reinstall or publish again"
        )
