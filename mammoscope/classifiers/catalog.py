"""The model families. Adding one = one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mammoscope.classifiers import (
    backbone,
    bpnn,
    cnn,
    ensemble,
    fuzzy_cmeans,
    histology,
    kmeans,
    knn,
    logistic,
    nine_layer,
)
from mammoscope.classifiers.classifier import ClassifierConfig, Family
from mammoscope.types import DatasetError, Modality

FAMILIES: Mapping[str, Family] = {
    "cnn": cnn.FAMILY,
    "densenet121": backbone.family("densenet121"),
    "mobilenetv2": backbone.family("mobilenetv2"),
    "knn": knn.FAMILY,
    "logistic": logistic.FAMILY,
    "bpnn": bpnn.FAMILY,
    "kmeans": kmeans.FAMILY,
    "fuzzy-cmeans": fuzzy_cmeans.FAMILY,
    "nine-layer-cnn": nine_layer.FAMILY,
    "histology-svm": histology.FAMILY,
    "ensemble": ensemble.FAMILY,
    "efficientnetb0": backbone.family("efficientnetb0"),
    "resnet50": backbone.family("resnet50"),
}
CLASSIFIERS: Mapping[str, Callable[[ClassifierConfig], Any]] = {
    name: family.create for name, family in FAMILIES.items()
}
# Too large or too slow to be part of a comparison that nobody asked by name.
_BY_NAME_ONLY = ("efficientnetb0", "resnet50")


def find_family(model: str) -> tuple[Family, str]:
    """The family and the variant ("" = its default) that `NAME` or `NAME.VARIANT` says.

    Raises:
        DatasetError: no family of that name, or no such variant of it.
    """
    name, dot, variant = model.partition(".")
    if name not in FAMILIES:
        raise DatasetError(f"model {model!r} is unknown; expected one of {sorted(FAMILIES)}")
    family = FAMILIES[name]
    if dot and variant not in family.variants:
        raise DatasetError(
            f"model {name!r} has no variant {variant!r}; expected one of {list(family.variants)}"
        )
    return family, variant


def survey_models(modality: Modality) -> tuple[str, ...]:
    """Every family that can be asked of such a picture, but those that must be asked by name."""
    return tuple(
        name
        for name, family in FAMILIES.items()
        if modality in family.modalities and name not in _BY_NAME_ONLY
    )
