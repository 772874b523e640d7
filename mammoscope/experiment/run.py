"""A run folder: the names of its files, and the table of predictions in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.durable import sweep, write_text
from mammoscope.types import DatasetError, PartName

_COLUMNS = (
    "part",
    "seed",
    "fold",
    "path",
    "patient",
    "breast",
    "positive",
    "logit",
    "score",
    "threshold",
)


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


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Scores of images, column by column; all of length N.

    Attributes:
        part: of the split; "test" for what is out of fold.
        path, patient, breast: whose image it is.
        positive: bool, the truth.
        logit, score: what the exported graph and its calibrator said.
        threshold: on the score, of the first operating point; of test rows chosen without the
            image's woman.
        seed: of the training that made the graph.
        fold: that the graph was not fitted on, from 1; 0 = there are no folds.
    """

    part: Sequence[PartName]
    path: Sequence[str]
    patient: Sequence[str]
    breast: Sequence[str]
    positive: NDArray[np.bool_]
    logit: NDArray[np.float64]
    score: NDArray[np.float64]
    threshold: NDArray[np.float64]
    seed: NDArray[np.int64]
    fold: NDArray[np.int64]

    def of(self, part: PartName) -> Predictions:
        """The rows of one part."""
        return self.take(np.array([name == part for name in self.part], dtype=bool))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Predictions:
        """The rows that a mask or indices name."""
        chosen = np.arange(len(self.path))[rows]
        return Predictions(
            part=[self.part[i] for i in chosen],
            path=[self.path[i] for i in chosen],
            patient=[self.patient[i] for i in chosen],
            breast=[self.breast[i] for i in chosen],
            positive=self.positive[chosen],
            logit=self.logit[chosen],
            score=self.score[chosen],
            threshold=self.threshold[chosen],
            seed=self.seed[chosen],
            fold=self.fold[chosen],
        )

    @classmethod
    def join(cls, tables: Iterable[Predictions]) -> Predictions:
        """The rows of all tables, one after the other."""
        tables = list(tables)
        return cls(
            part=[part for table in tables for part in table.part],
            path=[path for table in tables for path in table.path],
            patient=[patient for table in tables for patient in table.patient],
            breast=[breast for table in tables for breast in table.breast],
            positive=np.concatenate([table.positive for table in tables]),
            logit=np.concatenate([table.logit for table in tables]),
            score=np.concatenate([table.score for table in tables]),
            threshold=np.concatenate([table.threshold for table in tables]),
            seed=np.concatenate([table.seed for table in tables]),
            fold=np.concatenate([table.fold for table in tables]),
        )

    def write(self, path: Path) -> None:
        """A row an image, numbers in full: what `read` gives back is equal to the bit."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for i in range(len(self.path)):
            writer.writerow(
                (
                    self.part[i],
                    int(self.seed[i]),
                    int(self.fold[i]),
                    self.path[i],
                    self.patient[i],
                    self.breast[i],
                    int(self.positive[i]),
                    repr(float(self.logit[i])),
                    repr(float(self.score[i])),
                    repr(float(self.threshold[i])),
                )
            )
        write_text(path, text.getvalue())

    @classmethod
    def read(cls, path: Path) -> Predictions:
        """The table that `write` wrote.

        Raises:
            DatasetError: no such file, or another version's.
        """
        try:
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                rows = list(reader)
                header = tuple(reader.fieldnames or ())
            if header != _COLUMNS or not rows:
                raise DatasetError(
                    f"{path} has {len(rows)} rows and the columns {list(header)}; expected "
                    f"{list(_COLUMNS)}; evaluate the run again with this version"
                )
            return cls(
                part=[cast(PartName, row["part"]) for row in rows],
                path=[row["path"] for row in rows],
                patient=[row["patient"] for row in rows],
                breast=[row["breast"] for row in rows],
                positive=np.array([row["positive"] == "1" for row in rows]),
                logit=np.array([float(row["logit"]) for row in rows]),
                score=np.array([float(row["score"]) for row in rows]),
                threshold=np.array([float(row["threshold"]) for row in rows]),
                seed=np.array([int(row["seed"]) for row in rows], dtype=np.int64),
                fold=np.array([int(row["fold"]) for row in rows], dtype=np.int64),
            )
        except (OSError, UnicodeDecodeError, csv.Error, TypeError, ValueError) as error:
            raise DatasetError(f"{path} cannot be read as predictions: {error}") from error
