"""The model families. Adding one = one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from mammoscope.classifiers import cnn, densenet
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig


class _Family(Protocol):
    """What the file of a family holds."""

    TITLE: str

    def create(self, config: NetworkConfig) -> NetworkClassifier: ...


_FAMILIES: Mapping[str, _Family] = {
    "cnn": cnn,
    "densenet121": densenet,
}
CLASSIFIERS: Mapping[str, Callable[[NetworkConfig], NetworkClassifier]] = {
    name: family.create for name, family in _FAMILIES.items()
}
# What people call the architecture, as a card names it; told without building a network.
TITLES: Mapping[str, str] = {name: family.TITLE for name, family in _FAMILIES.items()}
