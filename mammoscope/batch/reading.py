"""One file of a batch → its row. Nothing about a file stops a batch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mammoscope.batch.source import read_bytes
from mammoscope.batch.table import Row
from mammoscope.inference.answer import read
from mammoscope.inference.card import PublishedModel, at_precision
from mammoscope.inference.decode_worker import Decode
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.types import DecodeError, Precision


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the rows, but for the files. Can be sent to another machine.

    Attributes:
        zoo: folder of published models.
        model: `name@version`.
        precision: of the network's arithmetic.
        aspect: true height / width of images whose files do not tell; None = square pixels.
        window: which of a DICOM's windows, from 0.
    """

    zoo: str
    model: str
    precision: Precision = "float32"
    aspect: float | None = None
    window: int = 0

    def open(self) -> PublishedModel:
        """The model, verified.

        Raises:
            ModelNotFoundError, ModelIntegrityError: it is not there as it was published.
        """
        return at_precision(ModelStore(Path(self.zoo)).open(self.model), self.precision)

    def describe(self, model: PublishedModel) -> dict[str, Any]:
        """As JSON values, with what the model is by its files: where they lie is of no account."""
        values = asdict(self)
        del values["zoo"]
        return {**values, "digests": dict(model.digests)}


def answer(file: str, predictor: Predictor, settings: Settings, *, decode: Decode) -> Row:
    """The row of a file: an answer, or why there is none.

    Args:
        file: path or URL.
        predictor: of the settings' model.
        settings: of the batch.
        decode: `DecodeWorkers.decode`: files come from anywhere.

    Raises:
        ModelIntegrityError: the graph fails.
        MammoscopeError: decoding processes do not start.
    """
    model = predictor.model
    try:
        reading = read(
            read_bytes(file),
            [predictor],
            decode=decode,
            aspect=settings.aspect,
            window=settings.window,
        )
    except DecodeError as error:
        return Row(file=file, model=model.reference, precision=model.precision, error=str(error))
    (prediction,) = reading.predictions
    point = prediction.operating_point
    return Row(
        file=file,
        model=prediction.model,
        precision=prediction.precision,
        score=prediction.score,
        verdict=prediction.verdict,
        reason=prediction.reason,
        operating_point=point.name,
        threshold=point.threshold,
        laterality=reading.image.laterality,
        view=reading.image.view,
        warnings=prediction.warnings,
    )
