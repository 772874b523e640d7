"""Ends of a 95 % interval from bootstrap replicates: percentile, and bias-corrected (BCa)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Ends: TypeAlias = Literal["percentile", "BCa"]
ENDS = (2.5, 97.5)


def percentile_ends(replicates: NDArray[np.float64]) -> tuple[float, float]:
    """2.5th and 97.5th percentile of replicates (R,), none of them NaN (Efron 1979)."""
    low, high = np.percentile(replicates, ENDS)
    return float(low), float(high)


def bca_ends(
    value: float, replicates: NDArray[np.float64], left_out: NDArray[np.float64]
) -> tuple[float, float]:
    """Percentiles that are moved by the bias and the acceleration of the figure.

    Efron 1987: bias z₀ = Φ⁻¹(share of replicates below the value, equal
    ones half), acceleration a = Σ d³ / 6 (Σ d²)^1.5 with d = mean of the jackknife - its values.

    Args:
        value: the figure of the whole.
        replicates: (R,) none of them NaN, R ≥ 1.
        left_out: (P,) the figure without each patient, or group of them, in turn; NaN where it is
            not defined then, which is left out.

    Returns:
        (low, high). All replicates on one side of the value leave z₀ at the end that R can tell.
    """
    count = len(replicates)
    below = (np.sum(replicates < value) + np.sum(replicates <= value)) / 2
    bias = float(ndtri(np.clip(below / count, 0.5 / count, 1 - 0.5 / count)))
    known = left_out[~np.isnan(left_out)]
    lag = known.mean() - known if len(known) else known
    spread = float(lag @ lag) ** 1.5
    acceleration = float(np.sum(lag**3)) / (6 * spread) if spread > 0 else 0.0
    moved = bias + ndtri(np.array(ENDS) / 100)
    # Past its pole the formula turns round; such an acceleration has only the outermost replicate.
    slowed = 1 - acceleration * moved
    safe = np.where(slowed > 0, slowed, 1.0)
    shares = np.where(slowed > 0, ndtr(bias + moved / safe), (moved > 0).astype(np.float64))
    low, high = np.quantile(replicates, shares)
    return float(low), float(high)
