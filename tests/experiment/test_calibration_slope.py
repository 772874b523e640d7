"""Calibration slope and intercept, against scikit-learn, planted truths and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from mammoscope.experiment.calibration_slope import calibration_line


def sample(
    count: int, seed: int, *, slope: float = 1.0, intercept: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Logits and labels whose true log odds are slope · logit + intercept."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(-0.5, 1.2, count)
    return logits, rng.random(count) < expit(slope * logits + intercept)


def test_it_agrees_with_scikit_learn_and_with_the_score_equation() -> None:
    logits, labels = sample(400, 0, slope=0.6, intercept=0.4)
    found = calibration_line(logits, labels, range(400))
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logits[:, None], labels)
    assert found is not None
    assert found.slope.value == pytest.approx(theirs.coef_[0, 0], abs=1e-5)
    assert found.intercept.value == pytest.approx(theirs.intercept_[0], abs=1e-5)
    # In the large: the moved scores must expect as many positives as there are.
    expected = brentq(lambda a: expit(logits + a).sum() - labels.sum(), -5, 5)
    assert found.in_the_large.value == pytest.approx(expected, abs=1e-8)


def test_what_was_planted_is_found() -> None:
    logits, labels = sample(100_000, 1, slope=0.5, intercept=0.8)
    found = calibration_line(logits, labels, range(100_000))
    assert found is not None
    assert found.slope.value == pytest.approx(0.5, abs=0.03)
    assert found.intercept.value == pytest.approx(0.8, abs=0.03)
    assert found.slope.low < 0.5 < found.slope.high < 1
    assert found.intercept.low < 0.8 < found.intercept.high


def test_the_intervals_hold_the_truth_where_women_have_several_images() -> None:
    """Both images of a woman share score and label: 200 images tell what 100 do."""
    hits = np.zeros(3)
    for seed in range(400):
        logits, labels = sample(150, seed)
        found = calibration_line(
            np.repeat(logits, 2), np.repeat(labels, 2), [n // 2 for n in range(300)]
        )
        assert found is not None
        truths = ((found.slope, 1.0), (found.intercept, 0.0), (found.in_the_large, 0.0))
        hits += [one.low <= truth <= one.high for one, truth in truths]
    # One standard deviation of a share of 400 is 0.011.
    assert np.all(np.abs(hits / 400 - 0.95) <= 0.03), hits / 400


def test_copies_of_a_womans_image_tell_no_more_than_one() -> None:
    logits, labels = sample(120, 3)
    single = calibration_line(logits, labels, range(120))
    copied = calibration_line(
        np.repeat(logits, 5), np.repeat(labels, 5), [n // 5 for n in range(600)]
    )
    assert single is not None and copied is not None
    assert copied.slope.low == pytest.approx(single.slope.low)
    assert copied.in_the_large.high == pytest.approx(single.in_the_large.high)


def test_logits_of_a_huge_scale_are_fitted_too() -> None:
    """Uncalibrated logits may be in the hundreds: a plain Newton step would overshoot."""
    logits, labels = sample(300, 4)
    small = calibration_line(logits, labels, range(300))
    large = calibration_line(logits * 300 + 100, labels, range(300))
    assert small is not None and large is not None
    assert large.slope.value == pytest.approx(small.slope.value / 300, rel=1e-6)


def test_where_no_line_is_finite_there_is_none() -> None:
    logits = np.array([-1.0, 0.0, 1.0, 2.0])
    apart = np.array([False, False, True, True])
    mixed = np.array([False, True, False, True])
    assert calibration_line(logits, apart, range(4)) is None
    assert calibration_line(-logits, apart, range(4)) is None
    assert calibration_line(logits, np.ones(4, bool), range(4)) is None
    assert calibration_line(np.zeros(4), mixed, range(4)) is None
    assert calibration_line(logits, mixed, "aaaa") is None
    assert calibration_line(logits, mixed, range(4)) is not None
    with pytest.raises(ValueError, match="not finite"):
        calibration_line(np.array([0.0, np.inf]), mixed[:2], "ab")
