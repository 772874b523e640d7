"""Patient-grouped splits, drawn or given; saved with a digest, so that runs can be compared."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.types import DatasetError, LeakageError, PartName, Record, Split, Task

SHARES: Mapping[PartName, float] = {"train": 0.65, "validation": 0.15, "test": 0.20}
_HEADER = ("path", "patient", "label", "part")


@dataclass(frozen=True, slots=True)
class Folds:
    """K parts of a data set's records, no patient in two of them; each is the test part once.

    Attributes:
        parts: fold 1 to K.
        repeats: the same records dealt anew, for repeated k-fold: folds K + 1 to 2K, and so on.

    Raises:
        LeakageError: a patient stands in two folds.
        DatasetError: fewer than two folds, an empty one, or a repeat of other images.
    """

    parts: tuple[tuple[Record, ...], ...]
    repeats: tuple[Folds, ...] = ()

    def __post_init__(self) -> None:
        if len(self.parts) < 2 or not all(self.parts):
            sizes = [len(part) for part in self.parts]
            raise DatasetError(f"folds hold {sizes} images; expected two or more, none empty")
        fold_of: dict[str, int] = {}
        for number, part in enumerate(self.parts, start=1):
            for record in part:
                if fold_of.setdefault(record.patient, number) != number:
                    raise LeakageError(
                        f"patient {record.patient} stands in fold {fold_of[record.patient]} and "
                        f"in fold {number}; expected one; split by patient"
                    )
        ours = {record.path for part in self.parts for record in part}
        for again in self.repeats:
            theirs = {record.path for part in again.parts for record in part}
            if theirs != ours or len(again.parts) != len(self.parts) or again.repeats:
                raise DatasetError(
                    f"a repeat deals {len(theirs)} images into {len(again.parts)} folds; expected "
                    f"the same {len(ours)} images in {len(self.parts)}, and no repeats of its own"
                )

    def holding(self, fold: int) -> tuple[Folds, int]:
        """The draw of folds that a fold is of, and its index there.

        Raises:
            DatasetError: there is no such fold, counted from 1 through all repeats.
        """
        draw, index = divmod(fold - 1, len(self.parts))
        draws = (self, *self.repeats)
        if not 0 <= draw < len(draws):
            count = len(self.parts) * len(draws)
            raise DatasetError(f"fold {fold} was asked for; expected 1 to {count}")
        return draws[draw], index


def make_split(
    records: Sequence[Record],
    task: Task,
    *,
    seed: int,
    shares: Mapping[PartName, float] = SHARES,
) -> Split:
    """Each patient whole in one part, patients with and without a positive image shared alike.

    Args:
        records: images of one data set.
        task: says which labels are positive.
        seed: of the shuffle.
        shares: part → share of the patients; they sum to 1.

    Raises:
        DatasetError: too few patients for three parts.
    """
    sound = set(shares) == set(SHARES) and min(shares.values()) > 0
    if not sound or abs(sum(shares.values()) - 1) > 1e-9:
        raise DatasetError(
            f"shares are {dict(shares)}; expected positive ones of {list(SHARES)} that sum to 1"
        )
    part_of = _assign(records, task, list(shares.values()), seed=seed)
    names = list(shares)
    parts: dict[PartName, list[Record]] = {name: [] for name in names}
    for record in records:
        parts[names[part_of[record.patient]]].append(record)
    return Split(**{name: tuple(part) for name, part in parts.items()})


def given_split(dataset: Dataset) -> Split:
    """The split that the data set comes with: each record in the part that it names.

    Raises:
        DatasetError: a record names no part, or one that is unknown; or a part is empty.
        LeakageError: a patient stands in two parts.
    """
    parts: dict[str, list[Record]] = {name: [] for name in SHARES}
    for record in dataset.records:
        part = record.attributes.get("part")
        if part not in parts:
            raise DatasetError(
                f"{record.path} of data set {dataset.name} names part {part!r}; expected one of "
                f"{list(parts)} for each image of a data set that comes in parts"
            )
        parts[part].append(record)
    return Split(**{name: tuple(part) for name, part in parts.items()})


def choose_split(dataset: Dataset, *, seed: int) -> Split:
    """The split that the data set comes with, where it has one, else one drawn by the seed.

    Args:
        dataset: its records and its question.
        seed: of the draw; a split that is given does not depend on it.

    Raises:
        DatasetError: a part would be empty, or a record names no part of a split that is given.
        LeakageError: a patient stands in two of the given parts.
    """
    if dataset.given_parts:
        return given_split(dataset)
    return make_split(dataset.records, dataset.task, seed=seed)


def learn_from_fewer(split: Split, task: Task, *, women: int, seed: int) -> Split:
    """The same validation and test part, and of the training part so many women.

    Of each class the same share. Fewer women of the same seed are among the more, so that runs of
    several numbers make one learning curve.

    Args:
        split: of one data set.
        task: says which labels are positive.
        women: how many are left to learn from.
        seed: of the draw.

    Raises:
        DatasetError: fewer than one, or more than there are.
    """
    there = len({record.patient for record in split.train})
    if not 1 <= women <= there:
        raise DatasetError(
            f"{women} women were asked for to learn from; expected 1 to {there}, which the "
            "training part has"
        )
    part_of = _assign(split.train, task, [women / there, 1 - women / there], seed=seed)
    kept = tuple(record for record in split.train if part_of[record.patient] == 0)
    return Split(train=kept, validation=split.validation, test=split.test)


def make_folds(
    records: Sequence[Record], task: Task, *, folds: int, seed: int, draws: int = 1
) -> Folds:
    """K folds of equal shares of the patients, with and without a positive image shared alike.

    Args:
        records: images of one data set.
        task: says which labels are positive.
        folds: how many, at least 2.
        seed: of the shuffle; each further draw has the next one.
        draws: how often the patients are dealt; more than once is repeated k-fold.

    Raises:
        DatasetError: fewer than two folds, or too few patients for them.
    """
    if folds < 2:
        raise DatasetError(f"{folds} folds were asked for; expected at least 2")
    part_of = _assign(records, task, [1 / folds] * folds, seed=seed)
    parts: list[list[Record]] = [[] for _ in range(folds)]
    for record in records:
        parts[part_of[record.patient]].append(record)
    others = range(seed + 1, seed + draws)
    return Folds(
        parts=tuple(map(tuple, parts)),
        repeats=tuple(make_folds(records, task, folds=folds, seed=other) for other in others),
    )


def fold_split(folds: Folds, task: Task, *, fold: int, seed: int) -> Split:
    """The split that tests on one fold and chooses the epoch on a part of the others.

    Validation women are drawn from the other folds, in the proportion of a plain split, so that
    the tested fold decides nothing.

    Args:
        folds: of all records.
        task: says which labels are positive.
        fold: which one is tested, from 1, counted through all repeats.
        seed: of the draw of validation women.

    Raises:
        DatasetError: there is no such fold.
    """
    draw, tested = folds.holding(fold)
    others = [record for index, part in enumerate(draw.parts) for record in part if index != tested]
    share = SHARES["validation"] / (SHARES["train"] + SHARES["validation"])
    part_of = _assign(others, task, [1 - share, share], seed=seed + fold)
    return Split(
        train=tuple(record for record in others if part_of[record.patient] == 0),
        validation=tuple(record for record in others if part_of[record.patient] == 1),
        test=draw.parts[tested],
    )


def _assign(
    records: Sequence[Record], task: Task, shares: Sequence[float], *, seed: int
) -> dict[str, int]:
    """Patient → index of a part; patients of each class shared alike.

    A patient is of the last class that one of her images has: of two classes the positive one.
    """
    patients: dict[str, int] = {}
    for record in records:
        label = task.index(record.label)
        patients[record.patient] = max(patients.get(record.patient, label), label)
    generator = np.random.default_rng(seed)
    part_of: dict[str, int] = {}
    for stratum in range(len(task.classes)):
        members = sorted(patient for patient, found in patients.items() if found == stratum)
        order = generator.permutation(len(members))
        ends = np.round(np.cumsum(shares) * len(members))
        for rank, index in enumerate(order):
            part_of[members[index]] = int(np.searchsorted(ends, rank, side="right"))
    return part_of


def parts_of(split: Split | Folds) -> dict[str, str]:
    """Path → name of its part; folds are named `fold-1` …, and `fold-1 fold-7` where repeated."""
    if isinstance(split, Split):
        return {r.path: str(name) for name, part in split.parts().items() for r in part}
    names: dict[str, list[str]] = {}
    parts = [part for draw in (split, *split.repeats) for part in draw.parts]
    for number, part in enumerate(parts, start=1):
        for record in part:
            names.setdefault(record.path, []).append(f"fold-{number}")
    return {path: " ".join(of_path) for path, of_path in names.items()}


def to_csv(split: Split | Folds) -> str:
    """The split as canonical CSV: a row an image, sorted by path; `part` as in `parts_of`."""
    part_of = parts_of(split)
    parts = split.parts if isinstance(split, Folds) else split.parts().values()
    rows = [
        (record.path, record.patient, record.label, part_of[record.path])
        for part in parts
        for record in part
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(sorted(rows))
    return text.getvalue()


def digest(split: Split | Folds) -> str:
    """SHA-256 of the canonical CSV: two runs are comparable if and only if theirs are equal."""
    return hashlib.sha256(to_csv(split).encode()).hexdigest()


def load_test_part(path: Path, dataset: Dataset) -> tuple[tuple[Record, ...], str]:
    """The test images of a split of these women, whatever question it was made for.

    Returns:
        Records in the data set's order, and the split's digest.

    Raises:
        DatasetError: another format, an image or a patient that the data set does not hold so, or
            no test part.
    """
    rows = _read_rows(path)
    known = {record.path: record.patient for record in dataset.records}
    for row in rows.values():
        if known.get(row["path"]) != row["patient"]:
            raise DatasetError(
                f"{path} names {row['path']} of {row['patient']}, which data set {dataset.name} "
                "does not hold so; use a split made for this data"
            )
    tested = {name for name, row in rows.items() if row["part"] == "test"}
    if not tested:
        raise DatasetError(f"{path} has no test part; expected the split.csv of one training")
    records = tuple(record for record in dataset.records if record.path in tested)
    return records, hashlib.sha256(path.read_bytes()).hexdigest()


def load_split(path: Path, dataset: Dataset) -> Split:
    """The split that `to_csv` wrote, of the images that are in the data set now.

    Raises:
        DatasetError: another format, an unknown image, or one whose label or patient changed.
        LeakageError: a patient in two parts.
    """
    rows = _read_rows(path)
    known = {record.path: record for record in dataset.records}
    for row in rows.values():
        record = known.get(row["path"])
        if record is None or (record.patient, record.label) != (row["patient"], row["label"]):
            raise DatasetError(
                f"{path} names {row['path']} of {row['patient']} as {row['label']!r}, which "
                f"data set {dataset.name} does not hold so; use the split made for this data"
            )
        if row["part"] not in SHARES:
            raise DatasetError(f"{path} has part {row['part']!r}; expected {list(SHARES)}")
    # In the data set's order, so that a split read back feeds training as the one first made.
    chosen = [record for record in dataset.records if record.path in rows]
    return Split(
        **{
            name: tuple(record for record in chosen if rows[record.path]["part"] == name)
            for name in SHARES
        }
    )


def _read_rows(path: Path) -> dict[str, dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            header = tuple(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path} cannot be read as a split: {error}") from error
    if header != _HEADER:
        raise DatasetError(f"{path} has columns {list(header)}; expected {list(_HEADER)}")
    by_path = {row["path"]: row for row in rows}
    if len(by_path) != len(rows):
        raise DatasetError(f"{path} names an image twice; expected each once")
    return by_path
