"""A tiny model that finds every breast suspicious, or none, and what it says of a phantom."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mammoscope.images.decode import decode
from mammoscope.inference.answer import read
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.interop.finding import Finding
from mammoscope.interop.instance import read_header
from mammoscope.interop.region import outline
from tests.interop.mammograms import mammogram
from tests.ledger.conftest import postgres  # noqa: F401 - a fixture
from tests.published import write_tiny_model

MakePredictor = Callable[..., Predictor]
MakeFinding = Callable[..., Finding]


@pytest.fixture
def collected() -> Iterator[None]:
    """Meets what a test leaves to the garbage collector here, and not in another test."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    write_tiny_model(folder, "tiny", seed=0)
    return folder


@pytest.fixture(scope="session")
def make_predictor(zoo: Path) -> MakePredictor:
    """Of the tiny model, with a threshold of one's own."""

    def make(threshold: float = 0.0) -> Predictor:
        model = ModelStore(zoo).open("tiny")
        point = replace(model.operating_points[0], threshold=threshold)
        return Predictor(replace(model, operating_points=(point,)))

    return make


@pytest.fixture(scope="session")
def make_finding(make_predictor: MakePredictor) -> MakeFinding:
    """What the tiny model says of a file."""

    def make(data: bytes | None = None, *, threshold: float = 0.0) -> Finding:
        data = mammogram() if data is None else data
        predictor = make_predictor(threshold)
        reading = read(data, [predictor], decode=decode, heatmap=True)
        (prediction,) = reading.predictions
        found = prediction.verdict == "suspicious"
        assert not found or prediction.heatmap is not None
        return Finding(
            header=read_header(data),
            image=reading.image,
            model=predictor.model,
            prediction=prediction,
            region=outline(prediction.heatmap) if found and prediction.heatmap else None,
        )

    return make
