"""A metric of many weightings is the plain metric of each, drawn out unit by unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.resampling import (
    Resample,
    count_draws,
    draw_patients,
    units_of_draws,
    weigh_alike,
)
from mammoscope.experiment.statistics import Metric
from mammoscope.experiment.weighted_metrics import (
    MeanScore,
    WeightedMetric,
    counts_from_the_top,
    weighted_form,
)


def test_every_metric_of_the_house_has_its_own_form_for_many_weightings() -> None:
    """One without would be slow, and nobody would see it."""
    forms = {name: weighted_form(metric) for name, metric in METRICS.items()}
    assert all(form is not None and form.__name__ == name for name, form in forms.items())


def test_a_plain_function_has_none() -> None:
    def accuracy(scores: np.ndarray, labels: np.ndarray, called: np.ndarray) -> float:
        return 0.0

    assert weighted_form(accuracy) is None
    assert isinstance(MeanScore(), WeightedMetric)


@pytest.mark.parametrize("name", [*METRICS, "mean"])
@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_it_is_the_plain_metric_of_what_was_drawn(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 40))
    owner = np.unique(rng.integers(0, 12, count), return_inverse=True)[1]
    # Few values, so that there are ties; and draws that lack a class.
    scores, labels = rng.integers(0, 6, count) / 5, rng.random(count) < 0.3
    called = scores > 0.5
    plain: Metric = MeanScore() if name == "mean" else METRICS[name]
    form = weighted_form(plain)
    assert form is not None
    (drawn,) = draw_patients(owner, rng, replicates=20)
    found = form(scores, labels, called, count_draws(owner, drawn))
    with np.errstate(invalid="ignore"):
        expected = [
            plain(scores[units], labels[units], called[units])
            for units in units_of_draws(owner, drawn)
        ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_weight_need_not_be_whole() -> None:
    """Half a unit is what two halves of a doubled table are."""
    rng = np.random.default_rng(0)
    scores, labels = rng.random(10), np.arange(10) % 3 == 0
    halves = Resample(np.arange(10), np.full((10, 1), 0.5))
    for metric in METRICS.values():
        form = weighted_form(metric)
        assert form is not None
        whole = metric(scores, labels, scores > 0.4)
        assert form(scores, labels, scores > 0.4, halves)[0] == pytest.approx(whole)


def test_counts_from_the_top_step_where_the_score_changes() -> None:
    scores = np.array([0.2, 0.9, 0.5, 0.5, 0.2])
    labels = np.array([False, True, True, False, True])
    found, wrong = counts_from_the_top(scores, labels, weigh_alike(5))
    assert found[:, 0].tolist() == [0, 1, 2, 3]
    assert wrong[:, 0].tolist() == [0, 0, 1, 2]
