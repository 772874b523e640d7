"""A published model that answers: image → check → prepare → network → score, verdict and map."""

from __future__ import annotations

import threading
import time
from typing import Protocol

import numpy as np

from mammoscope.images.model_input import model_input
from mammoscope.images.preprocess import prepare
from mammoscope.images.quality import check
from mammoscope.images.segment import BreastRegion, find_breast
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.explanation import explain
from mammoscope.inference.runtime import Outputs, Session
from mammoscope.types import (
    BreastImage,
    FloatArray,
    ModelIntegrityError,
    Precision,
    Prediction,
)


class Runs(Protocol):
    """The loaded graphs of one model, on whichever runtime."""

    explains: bool

    def run(self, inputs: FloatArray) -> Outputs: ...


class Predictor:
    """Loads its graph on first use and keeps it; safe to call from several threads."""

    def __init__(self, model: PublishedModel, *, threads: int = 0) -> None:
        self.model = model
        self._threads = threads
        self._session: Runs | None = None
        self._loading = threading.Lock()

    def warm_up(self) -> None:
        """Loads the graph and runs it once, so that the first answer is as fast as the next."""
        config = self.model.preprocess
        array = np.zeros((config.rows, config.columns, config.channels), dtype=np.float32)
        self._run(model_input(array, config)[np.newaxis])

    def predict(
        self, image: BreastImage, *, heatmap: bool = False, breast: BreastRegion | None = None
    ) -> Prediction:
        """The model's answer; `cannot assess` with a reason where it should not judge.

        Args:
            image: as decoded.
            heatmap: give the map that explains the score.
            breast: `find_breast(image)` if the caller has it already.
        """
        model = self.model
        point = model.operating_points[0]
        started = time.perf_counter()
        breast = breast or find_breast(image)
        quality = check(image, breast, modality=model.modality)
        checked = time.perf_counter()
        if quality.reason is not None:
            return Prediction(
                model=model.reference,
                score=None,
                scores={},
                verdict="cannot assess",
                reason=quality.reason,
                operating_point=point,
                warnings=quality.warnings,
                milliseconds={"check": _milliseconds(started, checked)},
                precision=model.precision,
            )
        prepared = prepare(image, model.preprocess, breast=breast)
        eaten = model_input(prepared.array, model.preprocess)
        ready = time.perf_counter()
        outputs = self._run(eaten[np.newaxis])
        answered = time.perf_counter()
        score = float(model.calibrator.score(outputs.logit[0])[-1])
        other = next(name for name in model.classes if name != model.positive)
        explanation, steps = None, {}
        if heatmap:
            begun = time.perf_counter()
            explanation = explain(
                model,
                prepared.array,
                prepared.geometry,
                outputs,
                ask=lambda inputs: self._run(inputs).logit[:, -1],
            )
            steps = {"explain": _milliseconds(begun, time.perf_counter())}
        return Prediction(
            model=model.reference,
            score=score,
            scores={other: 1.0 - score, model.positive: score},
            verdict="suspicious" if score >= point.threshold else "not suspicious",
            reason=None,
            operating_point=point,
            heatmap=explanation,
            warnings=quality.warnings,
            milliseconds={
                "check": _milliseconds(started, checked),
                "prepare": _milliseconds(checked, ready),
                "network": _milliseconds(ready, answered),
                **steps,
            },
            precision=model.precision,
        )

    def _run(self, inputs: np.ndarray) -> Outputs:
        if self._session is None:
            with self._loading:
                if self._session is None:
                    self._session = self._load()
        return self._session.run(inputs)

    def _load(self) -> Runs:
        model = self.model
        session = open_session(model, threads=self._threads)
        if model.explained_by == "evidence" and not session.explains:
            raise ModelIntegrityError(
                f"{model.reference} says that it is explained by evidence, which its graph does "
                "not give; publish it again"
            )
        return session


def refuse_missing_runtime(precision: Precision) -> None:
    """Raises `MammoscopeError` if what runs networks in this precision is not installed."""
    if precision != "float32":
        from mammoscope.inference.openvino_runtime import runtime_name  # noqa: PLC0415

        runtime_name()


def open_session(model: PublishedModel, *, threads: int = 0) -> Runs:
    """The model's graphs on the runtime of its precision.

    Raises:
        MammoscopeError: that runtime is not installed, or the processor lacks the arithmetic.
        ModelIntegrityError: it refuses a graph.
    """
    if model.precision == "float32":
        return Session(model.graphs, threads=threads)
    # Whoever asks for float32 need not have it, nor wait for it.
    from mammoscope.inference.openvino_runtime import OpenVinoSession  # noqa: PLC0415

    return OpenVinoSession(model.graphs[-1], precision=model.precision, threads=threads)


def _milliseconds(start: float, end: float) -> float:
    return round((end - start) * 1000, 3)
