"""File → answer, and the answer as the JSON object that the CLI and the server both give."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from mammoscope.images.segment import find_breast
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.decode_worker import Decode
from mammoscope.inference.explanation import place
from mammoscope.inference.predictor import Predictor
from mammoscope.types import BreastImage, Heatmap, MammoscopeError, Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A decoded image and what each model said of it, in the order asked."""

    image: BreastImage
    predictions: tuple[Prediction, ...]


def read(
    data: bytes,
    predictors: Sequence[Predictor],
    *,
    decode: Decode,
    aspect: float | None = None,
    window: int = 0,
    heatmap: bool = False,
) -> Reading:
    """Decodes once and asks every predictor.

    Args:
        data: a whole file.
        predictors: the models to ask; the first one's modality is what the file is read as.
        decode: `DecodeWorkers.decode`, or `images.decode.decode` for files that are trusted.
        aspect: true height / width of the image where its file does not tell.
        window: which of a DICOM's windows the image is shown in, from 0.
        heatmap: give each answer's map.

    Raises:
        DecodeError: the file cannot be read, or does not fit into memory.
        ModelIntegrityError: a model's graph cannot be loaded, or fails.
    """
    try:
        started = time.perf_counter()
        image = decode(data, modality=predictors[0].model.modality, aspect=aspect, window=window)
        return _read(image, predictors, started=started, heatmap=heatmap)
    except MemoryError:  # decoding is not all that takes memory
        # With it comes pydicom, which only the decoding process need load.
        from mammoscope.images.decode import out_of_memory  # noqa: PLC0415

        raise out_of_memory(data) from None


def _read(
    image: BreastImage, predictors: Sequence[Predictor], *, started: float, heatmap: bool
) -> Reading:
    breast = find_breast(image)
    decoding = round((time.perf_counter() - started) * 1000, 3)
    predictions = []
    for predictor in predictors:
        prediction = predictor.predict(image, heatmap=heatmap, breast=breast)
        steps = {"decode": decoding, **prediction.milliseconds}
        steps["total"] = round(sum(steps.values()), 3)
        predictions.append(replace(prediction, milliseconds=steps))
    return Reading(image=image, predictions=tuple(predictions))


def refuse_mixed(models: Sequence[PublishedModel]) -> None:
    """Raises `MammoscopeError` if the models read pictures of more than one modality.

    A file is decoded once, as what the models read.
    """
    reading: dict[str, list[str]] = {}
    for model in models:
        reading.setdefault(model.modality, []).append(model.reference)
    if len(reading) > 1:
        seen = "; ".join(f"{name}: {', '.join(those)}" for name, those in reading.items())
        raise MammoscopeError(
            f"the models read pictures of different kinds ({seen}); expected models of one kind; "
            "ask those of each kind about pictures of that kind, one kind at a time"
        )


def prediction_to_dict(prediction: Prediction) -> dict[str, Any]:
    """The answer as JSON values."""
    return {
        "model": prediction.model,
        "score": prediction.score,
        "scores": dict(prediction.scores),
        "verdict": prediction.verdict,
        "reason": prediction.reason,
        "operating_point": asdict(prediction.operating_point),
        "warnings": list(prediction.warnings),
        "milliseconds": dict(prediction.milliseconds),
        "precision": prediction.precision,
        "heatmap": None if prediction.heatmap is None else _heatmap_to_dict(prediction.heatmap),
    }


def image_to_dict(image: BreastImage) -> dict[str, Any]:
    """What may be told of an image: nothing in it names a person or a file."""
    source = image.source
    return {
        "rows": image.rows,
        "columns": image.columns,
        "laterality": image.laterality,
        "view": image.view,
        "spacing_mm": None if image.spacing_mm is None else list(image.spacing_mm),
        "pixel_aspect": image.pixel_aspect,
        "modality": image.modality,
        "source": {
            "format": source.format,
            "bits": source.bits,
            "transfer_syntax": source.transfer_syntax,
            "steps": list(source.steps),
        },
    }


def model_to_dict(model: PublishedModel) -> dict[str, Any]:
    """A published model as the CLI and the server list it."""
    return {
        "name": model.name,
        "version": model.version,
        "modality": model.modality,
        "task": model.task,
        "classes": list(model.classes),
        "positive": model.positive,
        "explained_by": model.explained_by,
        "precision": model.precision,
        "calibrated_by": model.calibrator.to_dict()["kind"],
        "breast_calibrator": (
            None if model.breast_calibrator is None else asdict(model.breast_calibrator)
        ),
        "digests": dict(model.digests),
        "card": dict(model.card),
        "operating_points": [asdict(point) for point in model.operating_points],
    }


def _heatmap_to_dict(heatmap: Heatmap) -> dict[str, Any]:
    return {
        "grid": heatmap.grid.tolist(),
        "bias": heatmap.bias,
        "unit": "membership" if heatmap.method == "membership" else "logit",
        "method": heatmap.method,
        "scale": heatmap.scale,
        "geometry": asdict(place(heatmap.geometry)),
    }
