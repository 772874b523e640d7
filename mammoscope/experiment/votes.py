"""One class for an image from those of its patches, after Araújo et al. 2017, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.metrics import accuracy, sensitivity
from mammoscope.experiment.statistics import (
    REPLICATES,
    Labels,
    Metric,
    UnitScores,
    patient_bootstrap,
)
from mammoscope.types import Estimate

Rule = Literal["majority", "maximum", "sum"]
RULES: tuple[Rule, ...] = get_args(Rule)
# Probabilities are float32 at their origin, and sums depend on the order of the patches: figures
# this near to each other are a tie.
_TIE = 1e-6

Classes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class VoteFigures:
    """What one rule makes of N images.

    Attributes:
        images: N.
        patients: whose they are.
        accuracy: share of the images that got their class.
        recall: class → share of its images that got it; a class without images is absent.
        carcinoma_accuracy: share of the images on the right side, carcinoma or not; None where
            the classes were not grouped.
        carcinoma_sensitivity: share of the carcinomas that got a class of carcinoma; None as
            above, or without one.
        confusion: images of class (row) that got class (column), (K, K).
    """

    images: int
    patients: int
    accuracy: Estimate
    recall: Mapping[int, Estimate]
    carcinoma_accuracy: Estimate | None
    carcinoma_sensitivity: Estimate | None
    confusion: tuple[tuple[int, ...], ...]


def vote(scores: NDArray[np.floating[Any]], rule: Rule) -> int:
    """The class that the patches of one image give it (Araújo et al. 2017, image-wise).

    `majority`: the class of most patches; `maximum`: that of the single highest probability;
    `sum`: the one whose probabilities have the highest sum. Ties, also those within a patch, go
    to the later class, which is the more severe one where classes are ordered so: a carcinoma
    that is missed does more harm than one that is looked at twice.

    Args:
        scores: (P, K) class probabilities of P patches, P ≥ 1.
        rule: one of `RULES`.

    Returns:
        Index of the class, 0 … K - 1.

    Raises:
        ValueError: another shape, no patch, a score that is not finite, or an unknown rule.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape or not np.isfinite(table).all():
        raise ValueError(f"scores have shape {table.shape}; expected finite (P, K), P and K ≥ 1")
    match rule:
        case "majority":
            # Row by row the last class that reaches the patch's highest probability.
            classes = [_last_highest(patch) for patch in table]
            return _last_highest(np.bincount(classes, minlength=table.shape[1]))
        case "maximum":
            return _last_highest(table.max(axis=0))
        case "sum":
            return _last_highest(table.sum(axis=0))
    raise ValueError(f"rule {rule!r} is unknown; expected one of {RULES}")


def measure_votes(
    images: Sequence[str],
    patients: Sequence[str],
    truth: Sequence[int] | Classes,
    scores: NDArray[np.floating[Any]],
    *,
    carcinoma: Sequence[bool] | None = None,
    seed: int,
    replicates: int = REPLICATES,
) -> dict[Rule, VoteFigures]:
    """The figures of each rule, with 95 % intervals of the bootstrap that draws patients.

    Args:
        images: (P,) which image each patch is of, in any order.
        patients: (P,) whose it is; the same for all patches of an image.
        truth: (P,) class of its image, 0 … K - 1; the same for all patches of an image.
        scores: (P, K) class probabilities.
        carcinoma: (K,) which classes are carcinomas, for figures of two classes; None = none of
            these figures.
        seed: of the draws; the same patients are drawn for every figure.
        replicates: how many.

    Raises:
        ValueError: lengths that differ, a class that is not one of K, an image of two patients or
            of two classes, or scores that `vote` refuses.
    """
    rows, owners, real = _joined(images, patients, truth, scores)
    count = scores.shape[1]
    if carcinoma is not None and len(carcinoma) != count:
        raise ValueError(f"{len(carcinoma)} classes are carcinoma or not; expected {count}")

    def estimates(called: Labels, labels: Labels) -> dict[str, Estimate]:
        units = UnitScores(called[None].astype(np.float64), called[None], labels, [*rows], owners)
        metrics: dict[str, Metric] = {"accuracy": accuracy, "sensitivity": sensitivity}
        return patient_bootstrap(units, metrics, seed=seed, replicates=replicates)

    def figures(rule: Rule) -> VoteFigures:
        voted = np.array([vote(scores[of_image], rule) for of_image in rows.values()])
        # Being right is what is called, and always should be: so accuracy is that of K classes.
        whole = estimates(voted == real, np.ones(len(real), dtype=bool))
        classes = {int(k): estimates(voted == k, real == k) for k in np.unique(real)}
        sides: dict[str, Estimate] = {}
        if carcinoma is not None:
            severe = np.asarray(carcinoma, dtype=bool)
            sides = estimates(severe[voted], severe[real])
        return VoteFigures(
            images=len(real),
            patients=len(set(owners)),
            accuracy=whole["accuracy"],
            recall={k: own["sensitivity"] for k, own in classes.items() if "sensitivity" in own},
            carcinoma_accuracy=sides.get("accuracy"),
            carcinoma_sensitivity=sides.get("sensitivity"),
            confusion=_confusion(real, voted, count),
        )

    return {rule: figures(rule) for rule in RULES}


def _joined(
    images: Sequence[str],
    patients: Sequence[str],
    truth: Sequence[int] | Classes,
    scores: NDArray[np.floating[Any]],
) -> tuple[dict[str, list[int]], list[str], Classes]:
    """Rows of each image, in the order in which images first come, its patient and its class."""
    if not len(images) == len(patients) == len(truth) == len(scores) > 0:
        raise ValueError(
            f"{len(images)} images, {len(patients)} patients, {len(truth)} classes and "
            f"{len(scores)} scores; expected as many of each, one a patch"
        )
    rows: dict[str, list[int]] = {}
    for row, image in enumerate(images):
        rows.setdefault(image, []).append(row)
    for image, of_image in rows.items():
        if len({(patients[row], int(truth[row])) for row in of_image}) > 1:
            raise ValueError(
                f"the patches of {image} name several patients or classes; expected one of each"
            )
    firsts = [of_image[0] for of_image in rows.values()]
    real = np.array([truth[row] for row in firsts], dtype=np.intp)
    if real.min() < 0 or real.max() >= scores.shape[1]:
        raise ValueError(
            f"classes go from {real.min()} to {real.max()}; expected 0 to {scores.shape[1] - 1}"
        )
    return rows, [patients[row] for row in firsts], real


def _confusion(real: Classes, voted: Classes, count: int) -> tuple[tuple[int, ...], ...]:
    table = np.zeros((count, count), dtype=np.intp)
    np.add.at(table, (real, voted), 1)
    return tuple(tuple(map(int, row)) for row in table)


def _last_highest(values: NDArray[Any]) -> int:
    """Index of the last of the highest values."""
    return int(np.flatnonzero(values >= values.max() - _TIE)[-1])
