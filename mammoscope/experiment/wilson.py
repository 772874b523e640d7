"""Wilson's interval of a share, for a number of independent trials that need not be whole."""

from __future__ import annotations

from math import sqrt

from mammoscope.types import Estimate

# 97.5th percentile of the normal distribution.
_Z = 1.959963984540054


def wilson_interval(hits: float, trials: float) -> Estimate | None:
    """The share of hits with its 95 % interval, in [0, 1]; None of no trials.

    Wilson 1927, without continuity correction (Newcombe 1998, method 3). For images of the same
    women see `share`, which divides the number of trials by the design effect.

    Args:
        hits: in [0, trials].
        trials: independent ones.

    Raises:
        ValueError: more hits than trials, or fewer than none.
    """
    if not 0 <= hits <= trials:  # also refuses NaN
        raise ValueError(f"{hits:g} hits of {trials:g} trials; expected from none to all")
    if trials == 0:
        return None
    value = hits / trials
    centre = (value + _Z**2 / (2 * trials)) / (1 + _Z**2 / trials)
    half = _Z / (1 + _Z**2 / trials) * sqrt(value * (1 - value) / trials + (_Z / 2 / trials) ** 2)
    return Estimate(
        value=value,
        # Rounding must not put the value outside its own interval.
        low=max(0.0, min(value, centre - half)),
        high=min(1.0, max(value, centre + half)),
        method=f"95 % Wilson interval, {trials:g} trials",
    )
