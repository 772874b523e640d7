"""The table of a run: what a graph said of each image, and the truth."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mammoscope.ledger.durable import write_text
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
    "breast_score",
    "threshold",
)
# As tables were before a breast of several views had a calibrator of its own.
_OLDER_COLUMNS = tuple(name for name in _COLUMNS if name != "breast_score")


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Scores of images, column by column; all of length N.

    Attributes:
        part: of the split; "test" for what is out of fold.
        path, patient, breast: whose image it is.
        positive: bool, the truth.
        logit, score: what the exported graph and its calibrator said; pooled over folds, on the
            scale of the network that is published.
        breast_score: of the image's breast, by all its views (`score_breasts`); where each
            image's own score stands, a breast has the mean of its views'.
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
    breast_score: NDArray[np.float64]
    threshold: NDArray[np.float64]
    seed: NDArray[np.int64]
    fold: NDArray[np.int64]

    def scored(self, score: NDArray[np.float64]) -> Predictions:
        """The same images with these scores (N,), a breast by the mean of its views'."""
        return replace(self, score=score, breast_score=score)

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
            breast_score=self.breast_score[chosen],
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
            breast_score=np.concatenate([table.breast_score for table in tables]),
            threshold=np.concatenate([table.threshold for table in tables]),
            seed=np.concatenate([table.seed for table in tables]),
            fold=np.concatenate([table.fold for table in tables]),
        )

    def write(self, path: Path) -> None:
        """A row an image, numbers in full: what `read` gives back is equal to the bit."""
        write_text(path, self.to_csv())

    def to_csv(self) -> str:
        """What `write` writes."""
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
                    repr(float(self.breast_score[i])),
                    repr(float(self.threshold[i])),
                )
            )
        return text.getvalue()

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
            if header not in (_COLUMNS, _OLDER_COLUMNS) or not rows:
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
                breast_score=np.array(
                    [float(row.get("breast_score", row["score"])) for row in rows]
                ),
                threshold=np.array([float(row["threshold"]) for row in rows]),
                seed=np.array([int(row["seed"]) for row in rows], dtype=np.int64),
                fold=np.array([int(row["fold"]) for row in rows], dtype=np.int64),
            )
        except (OSError, UnicodeDecodeError, csv.Error, TypeError, ValueError) as error:
            raise DatasetError(f"{path} cannot be read as predictions: {error}") from error
