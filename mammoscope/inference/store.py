"""The published models of a zoo folder, opened by name or `name@version`, and added to."""

from __future__ import annotations

import errno
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from mammoscope.inference.card import PublishedModel, read_card
from mammoscope.types import DatasetError, MammoscopeError, ModelIntegrityError, ModelNotFoundError

PACKAGE_ZOO = Path(__file__).parent.parent / "zoo"
PREFERRED = "densenet121-rsna"
MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
# A number has one spelling: of `x@01` the card would say `x@1`.
_FOLDER = re.compile(rf"({MODEL_NAME.pattern})@([1-9][0-9]*)")


class ModelStore:
    """Finds published models; opening one verifies it."""

    def __init__(self, zoo: Path = PACKAGE_ZOO) -> None:
        self.zoo = zoo

    def versions(self) -> dict[str, list[int]]:
        """Model name → its versions, oldest first."""
        found: dict[str, list[int]] = {}
        for name, number, path in _numbered(self.zoo):
            if path.is_dir():
                found.setdefault(name, []).append(number)
        return {name: sorted(found[name]) for name in sorted(found)}

    def names(self) -> list[str]:
        """Model names, the default first."""
        return sorted(self.versions(), key=lambda name: (name != PREFERRED, name))

    def default(self) -> str:
        """The name that is used when none is given.

        Raises:
            ModelNotFoundError: the zoo is empty.
        """
        names = self.names()
        if not names:
            raise ModelNotFoundError(
                f"{self.zoo} holds no published model; publish one with `mammoscope publish`"
            )
        return names[0]

    def references(self) -> list[str]:
        """Every `name@version`, the default's first, each model's newest first."""
        versions = self.versions()
        return [f"{name}@{number}" for name in self.names() for number in versions[name][::-1]]

    def resolve(self, name: str) -> str:
        """The reference of a model: `name` is its newest version, `name@version` itself.

        Raises:
            ModelNotFoundError: no such model or version.
        """
        versions = self.versions()
        base, at, pinned = name.partition("@")
        if base not in versions:
            raise ModelNotFoundError(
                f"no published model is named {name!r}; expected one of {sorted(versions)}"
            )
        if at and pinned not in map(str, versions[base]):
            raise ModelNotFoundError(
                f"model {base!r} has no version {pinned!r}; expected one of {versions[base]}"
            )
        return f"{base}@{pinned if at else versions[base][-1]}"

    def open(self, name: str) -> PublishedModel:
        """The newest version of a model, or the one pinned by `name@version`.

        Raises:
            ModelNotFoundError: no such model or version.
            ModelIntegrityError: its files are not those that its card names.
        """
        return _read(self.zoo / self.resolve(name))

    def open_all(self) -> list[PublishedModel]:
        """The newest version of every model, the default first."""
        return [self.open(name) for name in self.names()]


def add_version(zoo: Path, name: str, write: Callable[[Path, str], None]) -> PublishedModel:
    """Publishes what `write` makes as the next version of `name`; an older one is never touched.

    The folder is written aside and moved into place whole, so that a half-written model can never
    be opened. Where another process takes the version in the meantime, the next one is tried.

    A limit: the number is one more than the highest there is, so that of the newest version is
    given again once its folder was deleted, and a reference to it then names another model.

    Args:
        zoo: folder of published models; made if it is not there.
        name: lower case letters, digits and hyphens.
        write: (empty folder, version) → None; puts graph, preprocess config and card there. It
            is called again if the version was taken.

    Raises:
        DatasetError: no name for a model.
        MammoscopeError: the zoo cannot be written to.
        ModelIntegrityError: what was written cannot be opened.
    """
    refuse_name(name)
    try:
        zoo.mkdir(parents=True, exist_ok=True)
        while True:
            # A file of such a name is no version, but nothing can be moved there either.
            taken = [number for known, number, _ in _numbered(zoo) if known == name]
            version = max(taken, default=0) + 1
            with tempfile.TemporaryDirectory(dir=zoo, prefix=".publishing-") as aside:
                folder = Path(aside) / f"{name}@{version}"
                folder.mkdir()
                write(folder, str(version))
                _read(folder)
                if _move(folder, zoo / folder.name):
                    return _read(zoo / folder.name)
    except OSError as error:
        raise MammoscopeError(
            f"{name} cannot be published in {zoo}: {error.strerror or error}; "
            "give a folder that can be written with --zoo"
        ) from error


def refuse_name(name: str) -> None:
    """Raises `DatasetError` if a model cannot be called so: it could leave the zoo."""
    if not MODEL_NAME.fullmatch(name):
        raise DatasetError(
            f"{name!r} is no model name; expected lower case letters, digits and hyphens"
        )


def _numbered(zoo: Path) -> Iterator[tuple[str, int, Path]]:
    """(model name, version, path) of what is named like a published model; files too."""
    for path in zoo.iterdir() if zoo.is_dir() else ():
        if match := _FOLDER.fullmatch(path.name):
            yield match[1], int(match[2]), path


def _read(folder: Path) -> PublishedModel:
    model = read_card(folder)
    if model.reference != folder.name:
        raise ModelIntegrityError(
            f"folder {folder.name} holds the card of {model.reference}; "
            "a published model cannot be renamed: publish it again"
        )
    return model


def _move(folder: Path, target: Path) -> bool:
    """Whether the folder could be moved there: not where something is already."""
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            return False
        raise
    return True
