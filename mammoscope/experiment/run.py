"""A run folder: the names of its files, and what must hold before one is written to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mammoscope.experiment.config import TrainConfig
from mammoscope.inference.card import sha256
from mammoscope.ledger.durable import sweep, write_text
from mammoscope.types import DatasetError


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where a run keeps what."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.json"

    @property
    def split(self) -> Path:
        return self.path / "split.csv"

    @property
    def history(self) -> Path:
        return self.path / "history.csv"

    @property
    def weights(self) -> Path:
        return self.path / "best.weights.h5"

    @property
    def preprocess(self) -> Path:
        return self.path / "preprocess.json"

    @property
    def graph(self) -> Path:
        return self.path / "model.onnx"

    @property
    def features_graph(self) -> Path:
        """The first stage of a model of two; not there for one of a single graph."""
        return self.path / "features.onnx"

    @property
    def graphs(self) -> tuple[Path, ...]:
        """The stages that are there, in the order they are run."""
        return (*filter(Path.is_file, [self.features_graph]), self.graph)

    def digest_graphs(self) -> str:
        """SHA-256 of the graph; of several, of their digests."""
        digests = [sha256(graph) for graph in self.graphs]
        if len(digests) == 1:
            return digests[0]
        return hashlib.sha256(" ".join(digests).encode()).hexdigest()

    @property
    def head(self) -> Path:
        """What was fitted on a network's features once its epochs were over."""
        return self.path / "head.npz"

    @property
    def predictions(self) -> Path:
        return self.path / "predictions.csv"

    @property
    def maps(self) -> Path:
        """Maps of test films; not there where no lesion has a circle, or the model has no map."""
        return self.path / "maps.npz"

    @property
    def saliency(self) -> Path:
        """What sanity checks of the maps found."""
        return self.path / "saliency.json"

    @property
    def class_scores(self) -> Path:
        """Of a run of more than two classes, in the place of its predictions."""
        return self.path / "class-scores.csv"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoint.npz"

    @property
    def prepared(self) -> Path:
        """Prepared arrays; may be deleted at any time."""
        return self.path / "prepared"

    @property
    def cost(self) -> Path:
        return self.path / "cost.json"

    @property
    def training(self) -> Path:
        return self.path / "training.json"

    @property
    def report(self) -> Path:
        return self.path / "report.json"

    @property
    def test_readings(self) -> Path:
        """Each reading of the test part, the first first."""
        return self.path / "test-readings.json"

    def figure(self, name: str) -> Path:
        """Stem of a figure: it is kept as `.svg` and `.png`."""
        return self.path / name

    def refuse_if_used(self) -> None:
        """Raises `DatasetError` if a run is here already: a run is never written over."""
        if self.config.exists():
            raise DatasetError(f"{self.path} holds a run already; choose another --out")

    def read_config(self) -> TrainConfig:
        """The config that the run was begun with.

        Raises:
            DatasetError: no run was begun here, or with another version.
        """
        if not self.config.is_file():
            raise DatasetError(f"{self.path} holds no run; train one with `mammoscope train`")
        return TrainConfig.from_json(self.config.read_text(encoding="utf-8"))

    def read_training(self) -> dict[str, Any]:
        """What training noted.

        Raises:
            DatasetError: the run is not trained, or the file is not one of this version.
        """
        if not self.training.is_file():
            raise DatasetError(f"{self.path} holds no trained run; train it first")
        try:
            values = json.loads(self.training.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DatasetError(f"{self.training} cannot be read: {error}") from error
        if not isinstance(values, dict):
            raise DatasetError(f"{self.training} holds no object; train the run again")
        return values

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps every other training out of the folder for as long as the body runs.

        Raises:
            DatasetError: another process trains here.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            # The system lets go of it when the process ends, however it ends.
            with FileLock(self.path / ".lock", timeout=0):
                sweep(self.path)
                yield
        except Timeout:
            raise DatasetError(
                f"another process trains in {self.path}; wait for it or stop it"
            ) from None

    def create(self, config: str, split: str | None, preprocess: str) -> None:
        """Makes the folder with what is settled before training; a refit has no split."""
        if split is not None:
            write_text(self.split, split)
        write_text(self.preprocess, preprocess)
        # Last: a folder with a config is a run that was begun, and can be resumed.
        write_text(self.config, config)
