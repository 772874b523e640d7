"""A share of images with its interval, of which one that is 0 or 1 has one too."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from mammoscope.experiment.wilson import wilson_interval
from mammoscope.types import Estimate


def share(hits: Sequence[bool], patients: Sequence[Hashable]) -> Estimate | None:
    """The share of hits with its 95 % interval; None of no images.

    Wilson's interval (1927), with the number of images divided by the design effect: images of
    one woman are alike, and n of them tell less than n of n women (modified Wilson interval of
    Dean & Pagano 2015; the variance is that of a ratio over women, Cochran 1977, eq. 6.13). Where
    all or none are hits the design effect is not defined, and the women are counted. The patient
    bootstrap would give no interval there, and too narrow a one near it.

    Args:
        hits: (N,) which images are counted.
        patients: (N,) whose they are.
    """
    count = len(hits)
    if count == 0:
        return None
    women = len(set(patients))
    size = _effective_size(hits, patients, sum(hits) / count, women)
    estimate = wilson_interval(sum(hits) / count * size, size)
    assert estimate is not None
    return replace(estimate, method=f"95 % Wilson interval, design effect of {women} women")


def _effective_size(
    hits: Sequence[bool], patients: Sequence[Hashable], value: float, women: int
) -> float:
    """How many independent images tell as much: from the number of women to that of images."""
    count = len(hits)
    if value in (0.0, 1.0) or women < 2:
        return float(women)
    number: dict[Hashable, int] = {}
    owner = np.array([number.setdefault(patient, len(number)) for patient in patients])
    found = np.bincount(owner, weights=np.asarray(hits, dtype=np.float64))
    residual = found - value * np.bincount(owner)
    variance = women / (women - 1) * float(residual @ residual) / count**2
    independent = value * (1 - value)
    return float(np.clip(independent / max(variance, independent / count), 1.0, count))
