"""The model families. Adding one = one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mammoscope.classifiers import cnn, densenet
from mammoscope.classifiers.network import NetworkClassifier, NetworkConfig

CLASSIFIERS: Mapping[str, Callable[[NetworkConfig], NetworkClassifier]] = {
    "cnn": cnn.create,
    "densenet121": densenet.create,
}
