"""The published models of a zoo folder, opened by name or `name@version`."""

from __future__ import annotations

import re
from pathlib import Path

from mammoscope.inference.card import PublishedModel, read_card
from mammoscope.types import ModelIntegrityError, ModelNotFoundError

PACKAGE_ZOO = Path(__file__).parent.parent / "zoo"
PREFERRED = "densenet121-rsna"
MODEL_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_FOLDER = re.compile(rf"({MODEL_NAME.pattern})@(\d+)")


class ModelStore:
    """Finds published models; opening one verifies it."""

    def __init__(self, zoo: Path = PACKAGE_ZOO) -> None:
        self.zoo = zoo

    def versions(self) -> dict[str, list[int]]:
        """Model name → its versions, oldest first."""
        found: dict[str, list[int]] = {}
        folders = self.zoo.iterdir() if self.zoo.is_dir() else ()
        for folder in folders:
            if match := _FOLDER.fullmatch(folder.name):
                found.setdefault(match[1], []).append(int(match[2]))
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

    def open(self, name: str) -> PublishedModel:
        """The newest version of a model, or the one pinned by `name@version`.

        Raises:
            ModelNotFoundError: no such model or version.
            ModelIntegrityError: its files are not those that its card names.
        """
        versions = self.versions()
        base, at, pinned = name.partition("@")
        if base not in versions:
            raise ModelNotFoundError(
                f"no published model is named {name!r}; expected one of {sorted(versions)}"
            )
        if at and (not pinned.isdecimal() or int(pinned) not in versions[base]):
            raise ModelNotFoundError(
                f"model {base!r} has no version {pinned!r}; expected one of {versions[base]}"
            )
        version = int(pinned) if at else versions[base][-1]
        model = read_card(self.zoo / f"{base}@{version}")
        if model.reference != f"{base}@{version}":
            raise ModelIntegrityError(
                f"folder {base}@{version} holds the card of {model.reference}; "
                "a published model cannot be renamed: publish it again"
            )
        return model

    def open_all(self) -> list[PublishedModel]:
        """The newest version of every model, the default first."""
        return [self.open(name) for name in self.names()]
