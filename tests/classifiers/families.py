"""What the contract tests need of every family: its inputs, a fitted one, and its graphs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mammoscope.classifiers.catalog import CLASSIFIERS, FAMILIES
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.images.model_input import input_shape
from mammoscope.images.preprocess import PreprocessConfig

CLASSES = ("no", "yes")
# Cheap for a network, and as large as the smallest that the deepest backbone takes.
SIDE = 64
IMAGES = 6
# As many as a nearest-neighbours model needs of women for its prototypes.
WOMEN = 60


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Inputs of a family (N, …) and their labels (N,)."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]


def shape_of(name: str) -> tuple[int, ...]:
    family = FAMILIES[name]
    if family.extractor is not None:
        return input_shape(PreprocessConfig(extractor=family.extractor))
    channels = 1 if "mammogram" in family.modalities else 3
    return (SIDE, SIDE, channels)


def sample_of(name: str) -> Sample:
    shape = shape_of(name)
    count = IMAGES if len(shape) == 3 else WOMEN
    x = np.random.default_rng(0).random((count, *shape), dtype=np.float32)
    return Sample(x, np.arange(count, dtype=np.float32) % 2)


def create(name: str, folder: Path, **changes: object) -> Any:
    """An unfitted classifier; an ensemble's members are written into the folder."""
    config = ClassifierConfig(input_shape=shape_of(name), classes=CLASSES)
    if FAMILIES[name].begins == "members":
        changes = {"weights": _members(folder), **changes}
    values = {name: getattr(config, name) for name in config.__slots__} | changes
    return CLASSIFIERS[name](ClassifierConfig(**values))


def fit(name: str, folder: Path, **changes: object) -> Any:
    """A classifier that was fitted a little on its sample."""
    sample = sample_of(name)
    if FAMILIES[name].begins == "weights":
        changes = {"learning_rate": 1e-4, **changes}
    classifier = create(name, folder, **changes)
    if isinstance(classifier, NetworkClassifier):
        classifier.fit(sample.x, sample.y, epochs=1)
        classifier.fit_head(sample.x, sample.y)
        return classifier
    return classifier.fit(sample.x, sample.y, groups=[str(i) for i in range(len(sample.x))])


def export(classifier: Any, folder: Path) -> tuple[Path, ...]:
    """Its graphs, in the order they are run."""
    graph = folder / "model.onnx"
    classifier.export(graph)
    if getattr(classifier, "has_features_graph", False):
        classifier.export_features(folder / "features.onnx")
        return (folder / "features.onnx", graph)
    return (graph,)


def _members(folder: Path) -> str:
    paths = []
    for seed in (0, 1):
        path = folder / f"member-{seed}" / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            config = ClassifierConfig(input_shape=(SIDE, SIDE, 1), classes=CLASSES, seed=seed)
            CLASSIFIERS["cnn"](config).export(path)
        paths.append(str(path))
    return ",".join(paths)
