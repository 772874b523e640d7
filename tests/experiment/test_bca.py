"""BCa ends from scipy's replicates are scipy's BCa ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from mammoscope.experiment.bca import bca_ends, percentile_ends


def left_out(values: np.ndarray) -> np.ndarray:
    return np.array([np.delete(values, index).var() for index in range(len(values))])


def test_the_ends_agree_with_scipy() -> None:
    """A variance of skewed values: both bias and acceleration are far from 0."""
    values = np.random.default_rng(1).exponential(size=30)
    theirs = bootstrap(
        (values,),
        np.var,
        method="BCa",
        n_resamples=1500,
        rng=np.random.default_rng(2),
    )
    replicates = theirs.bootstrap_distribution
    found = bca_ends(float(values.var()), replicates, left_out(values))
    assert found == pytest.approx(tuple(theirs.confidence_interval), rel=1e-9)
    assert found[1] > percentile_ends(replicates)[1]


def test_without_bias_and_acceleration_it_is_the_percentile_interval() -> None:
    replicates = np.arange(-500.0, 501.0)
    symmetric = np.array([-1.0, 0.0, 1.0])
    assert bca_ends(0.0, replicates, symmetric) == pytest.approx(percentile_ends(replicates))


def test_a_figure_that_never_moves_has_a_point_for_an_interval() -> None:
    assert bca_ends(1.0, np.ones(50), np.ones(9)) == (1.0, 1.0)


def test_replicates_on_one_side_give_their_own_end() -> None:
    low, high = bca_ends(2.0, np.linspace(0.0, 1.0, 100), np.array([2.0, np.nan, 2.1]))
    assert 0.9 < low <= high <= 1.0
