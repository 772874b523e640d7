"""A folder of the user's own: one subfolder a class, and `patients.csv` if women are known."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from mammoscope.datasets.dataset import TASKS, Dataset
from mammoscope.datasets.patients import PATIENTS_FILE, read_patients
from mammoscope.datasets.stamp import file_stamp
from mammoscope.images.decode import decode
from mammoscope.types import BreastImage, DatasetError, DecodeError, Record, Task

# Every folder goes by it: of two of that name nobody can know whether they share women.
NAME = "folder"
SOURCE = "a folder of the user's own"
LICENSE = "as of the images' owner"
EACH_ITS_OWN = (
    f"no {PATIENTS_FILE}: each image counts as a woman of its own; where a woman has several "
    "images, the figures are too good and their intervals too narrow"
)
# What file managers leave behind.
_LITTER = frozenset({"thumbs.db", "desktop.ini"})


def read(root: Path, task: Task | None = None) -> Dataset:
    """Every file below a class folder, labelled with that folder's name; none is opened.

    Args:
        root: folder with a subfolder a class, in which images lie at any depth, and maybe
            `patients.csv`. Links are followed.
        task: the question; None = the only one that the class folders' names fit.

    Raises:
        DatasetError: fewer than two class folders, an empty one, a file beside them, names
            that fit no task or several, or a `patients.csv` that does not fit the images.
    """
    if not root.is_dir():
        seen = "is not a folder" if root.exists() else "does not exist"
        raise DatasetError(f"{root} {seen}; expected a folder with one subfolder a class")
    classes, has_table = _class_folders(root)
    labels = {path: label for label in classes for path in _images(root, label)}
    settled = _fitting(classes) if task is None else _checked(task, classes)
    if has_table:
        records = read_patients(root / PATIENTS_FILE, labels)
    else:
        records = tuple(Record(path, label, path) for path, label in sorted(labels.items()))

    def load(record: Record) -> BreastImage:
        data = (root / record.path).read_bytes()
        try:
            return decode(data, modality=settled.modality, aspect=record.aspect)
        except DecodeError as error:
            # One of thousands that nobody has looked through: say which.
            raise DecodeError(f"{record.path}: {error}") from error

    return Dataset(
        name=NAME,
        source=SOURCE,
        license=LICENSE,
        task=settled,
        records=records,
        load=load,
        stamp=lambda record: file_stamp(root / record.path, aspect=record.aspect),
        size_bytes=lambda record: (root / record.path).stat().st_size,
        notes=() if has_table else (EACH_ITS_OWN,),
    )


def _class_folders(root: Path) -> tuple[list[str], bool]:
    """Names of the class folders, sorted, and whether `patients.csv` stands beside them."""
    entries = _entries(root)
    classes = [name for name, is_folder in entries if is_folder]
    files = [name for name, is_folder in entries if not is_folder]
    others = [name for name in files if name != PATIENTS_FILE]
    if others:
        raise DatasetError(
            f"{root} holds {len(others)} files beside its class folders (first: {others[0]}); "
            f"expected none but {PATIENTS_FILE}; put images into the folder of their class"
        )
    if len(classes) < 2:
        raise DatasetError(
            f"{root} holds the class folders {classes}; expected at least two, "
            "one a class, with the images below them"
        )
    return classes, PATIENTS_FILE in files


def _images(root: Path, label: str) -> list[str]:
    """Paths, relative to `root`, of the files below one class folder.

    Raises:
        DatasetError: there are none, or a name that is not text in UTF-8.
    """
    paths = list(_walk(root / label, label, ()))
    if not paths:
        raise DatasetError(
            f"class folder {label!r} of {root} holds no images; put some there or remove it"
        )
    for path in paths:
        try:
            path.encode()
        except UnicodeEncodeError:
            raise DatasetError(
                f"{path!r} of {root} is not a name in UTF-8; rename it, since it is written "
                "into each run"
            ) from None
    return paths


def _walk(folder: Path, name: str, above: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Files of a folder and of those below it, as `name`/…; `above` are the folders around."""
    found = folder.stat()
    here = (found.st_dev, found.st_ino)
    if here in above:
        raise DatasetError(f"{folder} is a link to a folder that it lies in; remove it")
    for entry, is_folder in _entries(folder):
        if is_folder:
            yield from _walk(folder / entry, f"{name}/{entry}", (*above, here))
        else:
            yield f"{name}/{entry}"


def _entries(folder: Path) -> list[tuple[str, bool]]:
    """(name, whether it is a folder) of what a folder holds, sorted, but for hidden and litter.

    `os.scandir` tells files from folders without a look at each, which counts at 100,000.
    """
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.casefold() in _LITTER:
                    continue
                is_folder = entry.is_dir()
                if not is_folder and not entry.is_file():
                    raise DatasetError(
                        f"{folder / entry.name} is neither a file nor a folder, or a link to "
                        "nothing; remove it"
                    )
                found.append((entry.name, is_folder))
    except OSError as error:
        raise DatasetError(f"{folder} cannot be read: {error.strerror}") from error
    return sorted(found)


def _fitting(labels: Collection[str]) -> Task:
    """The only task that knows all labels and tells some of them apart."""
    fitting = [
        task for task in TASKS.values() if set(labels) <= set(task.labels) and _differ(task, labels)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DatasetError(
            f"the class folders {sorted(labels)} fit the tasks {[task.name for task in fitting]}; "
            "say which is asked with --task"
        )
    known = "; ".join(f"{task.name}: {_known(task.labels)}" for task in TASKS.values())
    raise DatasetError(
        f"the class folders are {sorted(labels)}; expected names of which one task knows each, "
        f"in two classes at least ({known}); rename the folders"
    )


def _checked(task: Task, labels: Collection[str]) -> Task:
    unknown = sorted(set(labels) - set(task.labels))
    if unknown:
        raise DatasetError(
            f"the class folders {unknown} are unknown to task {task.name!r}; expected names of "
            f"{_known(task.labels)}; rename the folders or choose another task"
        )
    if not _differ(task, labels):
        raise DatasetError(
            f"the class folders {sorted(labels)} are all {task.labels[min(labels)]!r} to task "
            f"{task.name!r}; expected images of {list(task.classes)}; choose another task"
        )
    return task


def _differ(task: Task, labels: Collection[str]) -> bool:
    return len({task.labels[label] for label in labels}) > 1


def _known(labels: Mapping[str, str]) -> str:
    """Each class of a task with the names that mean it."""
    names: dict[str, list[str]] = {}
    for label, name in labels.items():
        names.setdefault(name, []).append(label)
    return ", ".join(f"{', '.join(found)} = {name}" for name, found in names.items())
