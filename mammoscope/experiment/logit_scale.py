"""The scale of a network's logits, which is its own: one fold's may say 1.5 more of every image.

Networks of several folds are trained alike, and what one says of women that it never saw is ranked
among what the others say of theirs. Where what they say differs by more than what each tells apart,
as DenseNet121's does on 258 films, such a ranking is of networks as much as of women (Forman &
Scholz 2010, "Apples-to-apples in cross-validation studies"). So each network is asked of images
that it learnt from, and their mean and deviation, for which no label is needed, are laid over those
of the network that is published, as z-norm does in speaker verification (Auckenthaler et al. 2000).
That these images are no news to a network is alike in all of them; the calibrator, which is fitted
on women that the networks never saw, takes care of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.data import PartData
from mammoscope.experiment.graph import Graphs, run_logits

# The mean of so many is known to a seventeenth of their deviation.
IMAGES = 300
# What a network that says the same of all deviates by is rounding, which must not be stretched.
LEAST_DEVIATION = 1e-6


@dataclass(frozen=True, slots=True)
class LogitScale:
    """Where a network's logits lie on images that it learnt from.

    Attributes:
        mean: of them.
        deviation: standard, 0 or more.
        images: how many were asked of.
    """

    mean: float
    deviation: float
    images: int

    @classmethod
    def measure(cls, graphs: Graphs, learnt: PartData) -> Self:
        """Asks an exported network of two classes of at most `IMAGES` of what it learnt from."""
        logits = run_logits(graphs, learnt.spread(IMAGES).x)
        return cls(float(logits.mean()), float(logits.std()), len(logits))

    @classmethod
    def of(cls, training: Mapping[str, Any]) -> Self | None:
        """What a run notes; None of one from before it did, and of more than two classes."""
        noted = training.get("logit_scale")
        return None if noted is None else cls(**noted)

    def to_dict(self) -> dict[str, float]:
        """What `of` reads."""
        return asdict(self)

    def onto(self, other: LogitScale, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits (N,) of this network as the other one would say them.

        A network that says the same of every image has no deviation to stretch, and is only moved.
        """
        own = self.deviation
        stretch = other.deviation / own if own > LEAST_DEVIATION else 1.0
        return (logits - self.mean) * stretch + other.mean
