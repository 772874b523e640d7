"""Sentences on a model's limits that several cards and reports share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mammoscope.datasets.folder import NAME as FOLDER
from mammoscope.datasets.mini_mias import NAME as MINI_MIAS
from mammoscope.inference.card import PublishedModel

# Whose clusters were chosen on the women of odd number (`images/masses.py`).
_SEGMENTED = ("kmeans-regions@1", "fuzzy-c-means-regions@1")
_MIX = "Scores are calibrated for a mix in which"


def mix_limit(share: float) -> str:
    """That a score holds for a population with this share of positive images."""
    return (
        f"{_MIX} {share:.0%} of the images are positive; "
        "a screening population has far fewer, and there the same score means less."
    )


def is_mix_limit(line: str) -> bool:
    """Whether a card's sentence is one that `mix_limit` wrote."""
    return line.startswith(_MIX)


def chance_limits(figures: Sequence[Mapping[str, Any]], *, women: str) -> list[str]:
    """By which units a model cannot be told from guessing; empty if by none.

    Args:
        figures: of each unit, as JSON values.
        women: whose figures they are, such as "its test women".
    """
    units = [
        figure["unit"]
        for figure in figures
        if "auc" in figure["metrics"] and figure["metrics"]["auc"]["low"] <= 0.5
    ]
    if not units:
        return []
    return [
        f"By {', '.join(units)} the AUC on {women} cannot be told from guessing (0.5): "
        "the 95 % interval holds it."
    ]


def tuning_limits(dataset: str, extractor: str | None) -> list[str]:
    """That a model's features were tuned on women of the collection; empty where they were not.

    Args:
        dataset: name in the catalog.
        extractor: of the model's features.
    """
    if dataset != MINI_MIAS or extractor not in _SEGMENTED:
        return []
    return [
        "The segmentation behind its features was tuned on the lesions of every other woman of "
        "this collection, so figures on all of its women may be too good; those on the women it "
        "was not tuned on stand in its report, by the grouping segmentation."
    ]


def is_trained_on(model: PublishedModel, dataset: str) -> bool:
    """Whether a model, or what it started from, learnt from the collection of that name.

    False for a folder of the user's own: all folders go by one name, so nobody can know.
    """
    return dataset in learnt_from(model.card) and dataset != FOLDER


def learnt_from(card: Mapping[str, Any]) -> dict[str, str]:
    """Data sets that the weights of a card were fitted on, those of its start among them.

    Returns:
        Name in the catalog → digest of the split, "" where the card has none.
    """
    before, trained = card.get("learnt_before"), card.get("trained_on")
    found = {str(k): str(v) for k, v in before.items()} if isinstance(before, Mapping) else {}
    if isinstance(trained, Mapping) and "dataset" in trained:
        found[str(trained["dataset"])] = str(card.get("split_digest") or "")
    return found


def leakage_limits(
    model: PublishedModel, dataset: str, *, collection: str = "this collection"
) -> list[str]:
    """That figures on this data set may be too good for the model; empty if nothing says so.

    Args:
        model: whose card says what it was trained on.
        dataset: name in the catalog of what it is measured on.
        collection: what the reader knows that data set as.
    """
    if not is_trained_on(model, dataset):
        return []
    return [
        f"{model.reference} was trained on {collection}: women it learnt from may be among "
        "these, and the figures would then be too good"
    ]
