"""`mammoscope predict`: what a published model says of image files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mammoscope.cli.inputs import (
    Aspect,
    ModelName,
    PrecisionName,
    Window,
    Zoo,
    parse_precision,
    read_image_file,
)

if TYPE_CHECKING:
    from mammoscope.inference.decode_worker import Decode
    from mammoscope.inference.predictor import Predictor
    from mammoscope.types import Estimate, Precision, Prediction


def predict(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="DICOM, PNG, JPEG, TIFF or PGM.")
    ],
    model: ModelName = None,
    aspect: Aspect = None,
    window: Window = 0,
    precision: PrecisionName = "float32",
    zoo: Zoo = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Says of each image what a model thinks of it.

    Exit status 1 if one of the files could not be read; the others are answered all the same.
    An image that the model should not judge is answered "cannot assess", with the reason.
    """
    from mammoscope.inference.decode_worker import DecodeWorkers

    chosen = parse_precision(precision)
    with DecodeWorkers() as workers:
        # It loads its decoders while this process loads the model.
        workers.start()
        reader = _Reader(workers.decode, aspect, window)
        all_read = _predict(
            files,
            model,
            zoo=zoo,
            precision=chosen,
            reader=reader,
            as_json=as_json,
        )
    if not all_read:
        raise typer.Exit(1)


def _predict(
    files: list[Path],
    model: str | None,
    *,
    zoo: Path | None,
    precision: Precision,
    reader: _Reader,
    as_json: bool,
) -> bool:
    """Answers file by file; whether all could be read."""
    from mammoscope.inference.card import at_precision
    from mammoscope.inference.predictor import Predictor
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
    from mammoscope.types import RESEARCH_NOTICE

    store = ModelStore(zoo or PACKAGE_ZOO)
    predictor = Predictor(at_precision(store.open(model or store.default()), precision))
    predictor.warm_up()
    all_read = True
    for file in files:
        answer = reader.answer(file, predictor)
        all_read = all_read and not isinstance(answer, str)
        if as_json:
            typer.echo(json.dumps({"file": str(file), **_as_json(answer)}, allow_nan=False))
        else:
            # Bytes of a name that are no UTF-8 would stop the output.
            name = str(file).encode("utf-8", "replace").decode()
            for line in _as_text(name, answer, positive=predictor.model.positive):
                typer.echo(line)
    if not as_json:
        # On stdout: where the answers are kept or sent on, the notice belongs with them.
        typer.echo(RESEARCH_NOTICE)
    return all_read


@dataclass(frozen=True, slots=True)
class _Reader:
    """How files are read."""

    decode: Decode
    aspect: float | None
    window: int

    def answer(self, file: Path, predictor: Predictor) -> Prediction | str:
        """The prediction, or why there is none."""
        from mammoscope.inference.answer import read
        from mammoscope.types import DecodeError

        try:
            reading = read(
                read_image_file(file),
                [predictor],
                decode=self.decode,
                aspect=self.aspect,
                window=self.window,
            )
        except DecodeError as error:
            return str(error)
        return reading.predictions[0]


def _as_json(answer: Prediction | str) -> dict[str, Any]:
    from mammoscope.inference.answer import prediction_to_dict

    if isinstance(answer, str):
        return {"error": answer}
    values = prediction_to_dict(answer)
    del values["heatmap"]  # for a screen, not for a table
    return values


def _as_text(name: str, answer: Prediction | str, *, positive: str) -> Iterator[str]:
    if isinstance(answer, str):
        yield f"{name}: not read: {answer}"
        return
    point = answer.operating_point
    yield f"{name}: {_verdict(answer)}"
    if answer.score is not None:
        yield f"  score            {answer.score:.3f} for {positive!r}"
    yield (
        f"  operating point  {point.name}, score {point.threshold:.3f}: on test images "
        f"sensitivity {_interval(point.sensitivity)}, specificity {_interval(point.specificity)}"
    )
    for warning in answer.warnings:
        yield f"  warning          {warning}"
    precision = "" if answer.precision == "float32" else f" in {answer.precision}"
    yield f"  model            {answer.model}{precision}"
    yield f"  time             {answer.milliseconds['total']:.0f} ms"


def _verdict(answer: Prediction) -> str:
    """The sentence of the screen, with the paper's word behind it."""
    if answer.verdict == "cannot assess":
        return f"Cannot assess: {answer.reason}"
    if answer.verdict == "suspicious":
        return "Suspicious: above the operating point (detected)"
    return "Not suspicious by this model (not detected)"


def _interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
