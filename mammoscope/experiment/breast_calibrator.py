"""What makes a breast's score of several views': fitted as a calibrator is, on breasts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np

from mammoscope.experiment.calibrate import fit_base_rate, fit_platt
from mammoscope.experiment.statistics import Labels, Scores
from mammoscope.experiment.units import NO_SIDE
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.exam import aggregate, log_odds

# Two numbers cost some 0.003 nats on 100 women (see `calibrator_choice`): no less than they mend.
LEAST_BREASTS = 100
LEAST_OF_A_KIND = 20


def fit_breasts(scores: Scores, labels: Labels, breasts: Sequence[str]) -> AffineCalibrator | None:
    """Platt's line of a breast's label on the log-odds of the mean of its views' scores.

    Fitted on breasts of two views or more: one view has its own calibrated score. None where
    fewer than `LEAST_BREASTS` are such, or fewer than `LEAST_OF_A_KIND` with or without a finding,
    and where the line would turn the order round; then the mean stands as it is.

    Args:
        scores: (N,) calibrated scores of images.
        labels: (N,) True = positive; a breast is positive if one of its images is.
        breasts: (N,) whose each image is, as `Record.breast` names it.
    """
    sided = np.array([not breast.endswith(NO_SIDE) for breast in breasts], dtype=bool)
    keys = [breast for breast in breasts if not breast.endswith(NO_SIDE)]
    if not keys:
        return None
    names, means = aggregate(scores[sided], keys, how="mean")
    _, worst = aggregate(labels[sided].astype(np.float64), keys, how="max")
    views = Counter[Hashable](keys)
    several = np.array([views[name] > 1 for name in names], dtype=bool)
    odds, positive = log_odds(means[several]), worst[several] > 0.5
    rarer = min(int(positive.sum()), int((~positive).sum()))
    if len(odds) < LEAST_BREASTS or rarer < LEAST_OF_A_KIND:
        return None
    fitted = fit_platt(odds, positive)
    return None if fitted == fit_base_rate(odds, positive) else fitted
