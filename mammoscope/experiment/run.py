"""A run folder: the names of its files, and the table of predictions in it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoscope.types import DatasetError, PartName

_COLUMNS = ("part", "path", "patient", "breast", "positive", "logit", "score")


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
    def predictions(self) -> Path:
        return self.path / "predictions.csv"

    @property
    def training(self) -> Path:
        return self.path / "training.json"

    @property
    def report(self) -> Path:
        return self.path / "report.json"

    def figure(self, name: str) -> Path:
        """Stem of a figure: it is kept as `.svg` and `.png`."""
        return self.path / name

    def refuse_if_used(self) -> None:
        """Raises `DatasetError` if a run is here already: a run is never written over."""
        if self.config.exists():
            raise DatasetError(f"{self.path} holds a run already; choose another --out")

    def create(self, config: str, split: str, preprocess: str) -> None:
        """Makes the folder with what is settled before training."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.config.write_text(config, encoding="utf-8")
        self.split.write_text(split, encoding="utf-8")
        self.preprocess.write_text(preprocess, encoding="utf-8")


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Scores of images, column by column; all of length N.

    Attributes:
        part: of the split.
        path, patient, breast: whose image it is.
        positive: bool, the truth.
        logit, score: what the exported graph and its calibrator said.
    """

    part: Sequence[PartName]
    path: Sequence[str]
    patient: Sequence[str]
    breast: Sequence[str]
    positive: NDArray[np.bool_]
    logit: NDArray[np.float64]
    score: NDArray[np.float64]

    def of(self, part: PartName) -> Predictions:
        """The rows of one part."""
        rows = [index for index, name in enumerate(self.part) if name == part]
        return Predictions(
            part=[part] * len(rows),
            path=[self.path[i] for i in rows],
            patient=[self.patient[i] for i in rows],
            breast=[self.breast[i] for i in rows],
            positive=self.positive[rows],
            logit=self.logit[rows],
            score=self.score[rows],
        )

    def joined(self, other: Predictions) -> Predictions:
        """These rows and then the other's."""
        return Predictions(
            part=[*self.part, *other.part],
            path=[*self.path, *other.path],
            patient=[*self.patient, *other.patient],
            breast=[*self.breast, *other.breast],
            positive=np.concatenate([self.positive, other.positive]),
            logit=np.concatenate([self.logit, other.logit]),
            score=np.concatenate([self.score, other.score]),
        )

    def write(self, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_COLUMNS)
            for i in range(len(self.path)):
                writer.writerow(
                    (
                        self.part[i],
                        self.path[i],
                        self.patient[i],
                        self.breast[i],
                        int(self.positive[i]),
                        repr(float(self.logit[i])),
                        repr(float(self.score[i])),
                    )
                )

    @classmethod
    def read(cls, path: Path) -> Predictions:
        """The table that `write` wrote."""
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return cls(
            part=[cast(PartName, row["part"]) for row in rows],
            path=[row["path"] for row in rows],
            patient=[row["patient"] for row in rows],
            breast=[row["breast"] for row in rows],
            positive=np.array([row["positive"] == "1" for row in rows]),
            logit=np.array([float(row["logit"]) for row in rows]),
            score=np.array([float(row["score"]) for row in rows]),
        )
