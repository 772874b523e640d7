"""Sanity checks of maps: do they change when the weights, or the labels, are made meaningless?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata
from skimage.metrics import structural_similarity

from mammoscope.experiment.graph import run_evidence
from mammoscope.experiment.prepared import PreparedImages
from mammoscope.experiment.shuffled_weights import list_layers, shuffle_weights
from mammoscope.experiment.statistics import REPLICATES, UnitScores, patient_bootstrap
from mammoscope.experiment.weighted_metrics import MeanScore
from mammoscope.inference.runtime import Session
from mammoscope.types import Estimate, FloatArray

Mode: TypeAlias = Literal["cascading", "independent"]
_WINDOW = 7


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """How alike two maps of each of N images are; NaN where it is not defined.

    Attributes:
        rank: float64 (N,) in [-1, 1], Spearman's correlation of the cells; NaN of a map of one
            value.
        absolute_rank: (N,) the same of the cells without their signs.
        ssim: (N,) in [-1, 1], structural similarity of the maps, each divided by its largest
            absolute cell and moved to [0, 1]; NaN of maps with a side below 3 cells.
    """

    rank: NDArray[np.float64]
    absolute_rank: NDArray[np.float64]
    ssim: NDArray[np.float64]

    def estimate(
        self, patients: Sequence[Hashable], *, seed: int, replicates: int = REPLICATES
    ) -> dict[str, Estimate]:
        """Name of a measure → its mean over the images where it is defined, by patient.

        A measure that is defined of no image is absent. 95 % intervals of the patient bootstrap.
        """
        found: dict[str, Estimate] = {}
        for name in ("rank", "absolute_rank", "ssim"):
            values = getattr(self, name)
            known = np.flatnonzero(~np.isnan(values)).tolist()
            every = np.ones(len(known), dtype=bool)
            if not len(known):
                continue
            units = UnitScores(
                scores=values[known][np.newaxis],
                called=every[np.newaxis],
                labels=every,
                names=[str(index) for index in known],
                patients=[patients[index] for index in known],
            )
            found |= patient_bootstrap(units, {name: MeanScore()}, seed=seed, replicates=replicates)
        return found


@dataclass(frozen=True, slots=True)
class Randomised:
    """What became of the maps once these layers were shuffled.

    Attributes:
        layers: shuffled, the one nearest to the answer first.
        likeness: of the maps to those of the graph as it is: measure → estimate.
    """

    layers: tuple[str, ...]
    likeness: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class WeightCheck:
    """The whole check.

    Attributes:
        between: likeness of the maps of different images of the graph as it is: what the outline
            of a breast alone makes alike. Maps that hang on the weights fall towards it, or below.
        steps: the shuffled graphs, in the order they were asked.
    """

    between: dict[str, Estimate]
    steps: tuple[Randomised, ...]


def compare_maps(maps: NDArray[np.floating], others: NDArray[np.floating]) -> Likeness:
    """How alike two sets of maps are, image by image.

    Adebayo et al. 2018 (Sanity Checks for Saliency Maps): rank correlation with and
    without signs, and SSIM (Wang et al. 2004).

    Args:
        maps, others: (N, h, w), signed, of the same images in the same order.

    Raises:
        ValueError: shapes that differ or are not of three sides.
    """
    if maps.ndim != 3 or maps.shape != others.shape:
        raise ValueError(
            f"maps of shapes {maps.shape} and {others.shape} cannot be compared; expected twice "
            "the same (N, h, w)"
        )
    pairs = [
        (one.astype(np.float64), other.astype(np.float64))
        for one, other in zip(maps, others, strict=True)
    ]
    return Likeness(
        rank=np.array([_rank_correlation(*pair) for pair in pairs]),
        absolute_rank=np.array([_rank_correlation(*map(np.abs, pair)) for pair in pairs]),
        ssim=np.array([_ssim(*pair) for pair in pairs]),
    )


def check_weights(
    graph: Path,
    images: PreparedImages | FloatArray,
    patients: Sequence[Hashable],
    *,
    seed: int,
    mode: Mode = "cascading",
    steps: int = 10,
    replicates: int = REPLICATES,
) -> WeightCheck:
    """Compares a graph's evidence maps with those of the graph with shuffled layers.

    Adebayo et al. 2018. Cascading shuffles from the answer down, more layers at each
    step, and ends with all of them; independent shuffles one part at a time.

    Args:
        graph: with an output `evidence`, written by `export_graph`.
        images: (N, H, W, C) float32 as the graph eats them, N ≥ 2.
        patients: (N,) whose each image is.
        seed: of the shuffles and of the bootstrap.
        mode: which layers are shuffled together.
        steps: at most how many times; layers are taken in so many even parts.
        replicates: of the bootstrap.

    Raises:
        ValueError: a graph without evidence or named weights, fewer than two images, or another
            number of patients.
    """
    if len(images) < 2 or len(images) != len(patients):
        raise ValueError(
            f"{len(images)} images of {len(patients)} patients; expected at least 2, and as many"
        )
    if not Session(graph).explains:
        raise ValueError(f"{graph.parent.name}/{graph.name} has no evidence map to check")
    layers = list_layers(graph)[::-1]
    ends = np.unique(np.linspace(0, len(layers), min(steps, len(layers)) + 1).round().astype(int))
    maps = run_evidence(graph, images)
    found = []
    with TemporaryDirectory() as folder:
        target = Path(folder) / graph.name
        for start, end in pairwise(ends.tolist()):
            chosen = layers[:end] if mode == "cascading" else layers[start:end]
            shuffle_weights(graph, target, layers=chosen, seed=seed)
            likeness = compare_maps(maps, run_evidence(target, images))
            figures = likeness.estimate(patients, seed=seed, replicates=replicates)
            found.append(Randomised(chosen, figures))
    between = compare_maps(maps, np.roll(maps, 1, axis=0))
    return WeightCheck(
        between=between.estimate(patients, seed=seed, replicates=replicates), steps=tuple(found)
    )


def _rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    a, b = rankdata(one) - (one.size + 1) / 2, rankdata(other) - (other.size + 1) / 2
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread > 0 else float("nan")


def _ssim(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    side = min(_WINDOW, *one.shape)
    if side < 3:
        return float("nan")
    # Brightness must not be negative: two wrong signs, of mean and of structure, would make a map
    # and its negative alike. So a cell of 0 is half bright.
    one, other = ((each / max(float(np.abs(each).max()), 1e-12) + 1) / 2 for each in (one, other))
    window = side if side % 2 else side - 1
    return float(structural_similarity(one, other, win_size=window, data_range=1.0))
