"""The mean of calibrated views is too moderate; what mends it is fitted on breasts alone."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.experiment.breast_calibrator import LEAST_BREASTS, LEAST_OF_A_KIND, fit_breasts
from mammoscope.experiment.calibration_slope import calibration_line
from mammoscope.inference.exam import aggregate, log_odds, score_breasts


def views(
    breasts: int, *, each: int = 2, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Calibrated scores, truth and breasts of views that err apart.

    The log-odds of normals of variance 2 about 1 and -1, at even odds, are the value itself.
    """
    rng = np.random.default_rng(seed)
    positive = np.repeat(rng.random(breasts) < 0.5, each)
    logit = np.where(positive, 1.0, -1.0) + rng.normal(0, np.sqrt(2), breasts * each)
    return 1 / (1 + np.exp(-logit)), positive, [f"w{n // each}/L" for n in range(breasts * each)]


def slope(scores: np.ndarray, positive: np.ndarray, breasts: list[str]) -> float:
    names, found = aggregate(scores, breasts, how="mean")
    _, worst = aggregate(positive.astype(float), breasts, how="max")
    line = calibration_line(log_odds(found), worst > 0.5, names)
    assert line is not None
    return line.slope.value


def test_the_mean_of_two_calibrated_views_is_too_moderate_and_is_mended() -> None:
    fitted = fit_breasts(*views(2000))
    assert fitted is not None and fitted.slope > 1.3
    scores, positive, breasts = views(2000, seed=1)
    assert slope(scores, positive, breasts) > 1.3
    mended = score_breasts(scores, breasts, fitted)
    assert slope(mended, positive, breasts) == pytest.approx(1.0, abs=0.12)


def test_one_view_has_its_own_calibrator() -> None:
    assert fit_breasts(*views(2000, each=1)) is None


def test_single_views_have_no_part_in_what_is_fitted() -> None:
    scores, positive, breasts = views(300)
    alone, wrong = np.full(500, 0.9), np.zeros(500, dtype=bool)
    assert fit_breasts(
        np.concatenate([scores, alone]),
        np.concatenate([positive, wrong]),
        [*breasts, *(f"alone{n}/R" for n in range(500))],
    ) == fit_breasts(scores, positive, breasts)


def test_a_side_that_is_not_known_makes_no_breast() -> None:
    scores, positive, _ = views(300)
    assert fit_breasts(scores, positive, [f"w{n // 2}/?" for n in range(600)]) is None


def test_too_few_breasts_settle_nothing() -> None:
    assert fit_breasts(*views(LEAST_BREASTS - 1)) is None
    assert fit_breasts(*views(LEAST_BREASTS)) is not None


def test_too_few_of_a_kind_settle_nothing() -> None:
    scores, positive, breasts = views(400)
    enough = np.flatnonzero(positive)[: 2 * LEAST_OF_A_KIND]
    for kept, settles in ((enough, True), (enough[:-2], False)):
        rare = np.zeros(800, dtype=bool)
        rare[kept] = True
        assert (fit_breasts(scores, rare, breasts) is not None) == settles


def test_an_order_that_is_wrong_is_not_turned_round() -> None:
    scores, positive, breasts = views(400)
    assert fit_breasts(scores, ~positive, breasts) is None
