"""Out of fold means it: no woman has a part in her own score, threshold or kind of calibrator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mammoscope.experiment.breast_calibrator import fit_breasts
from mammoscope.experiment.calibrator_choice import LEAST_WOMEN_FOR_ISOTONIC, choose_calibrator
from mammoscope.experiment.cross_fit import fit_on_women
from mammoscope.experiment.predictions import Predictions
from mammoscope.inference.calibrator import IsotonicCalibrator
from mammoscope.inference.exam import score_breasts
from tests.experiment.tables import predictions

FOLDS = 4


def women(count: int, *, seed: int = 0, steps: bool = False) -> Predictions:
    """Two views of one breast a woman, dealt into folds."""
    rng = np.random.default_rng(seed)
    logit = np.repeat(rng.normal(0, 1.2, count), 2) + rng.normal(0, 0.6, 2 * count)
    risk = np.where(logit > 1.2, 0.9, 0.2) if steps else 1 / (1 + np.exp(-(logit - 0.8)))
    table = predictions(
        [f"w{n // 2}/L" for n in range(2 * count)],
        (rng.random(2 * count) < risk).tolist(),
        [0.0] * (2 * count),
    )
    return replace(table, logit=logit, fold=np.repeat(np.arange(count) % FOLDS + 1, 2))


def turned(table: Predictions, own: np.ndarray) -> Predictions:
    """The same images, those of a fold with the other truth."""
    return replace(table, positive=np.where(own, ~table.positive, table.positive))


@pytest.mark.parametrize("fold", range(1, FOLDS + 1))
def test_the_labels_of_a_fold_have_no_part_in_its_scores_and_thresholds(fold: int) -> None:
    table = women(80)
    own = table.fold == fold
    one, two = fit_on_women(table, seed=0), fit_on_women(turned(table, own), seed=0)
    assert np.array_equal(one.held_out.score[own], two.held_out.score[own])
    assert np.array_equal(one.held_out.threshold[own], two.held_out.threshold[own])
    assert one.choice_of_fold[fold] == two.choice_of_fold[fold]
    # Of the other folds they are a part, and of what is published.
    assert not np.array_equal(one.held_out.score[~own], two.held_out.score[~own])
    assert one.calibrator != two.calibrator


def test_each_folds_calibrator_is_chosen_by_the_other_folds_women() -> None:
    table = women(80)
    fitted = fit_on_women(table, seed=3)
    assert set(fitted.choice_of_fold) == {1, 2, 3, 4}
    others = table.take(table.fold != 2)
    chosen = choose_calibrator(others.logit, others.positive, patients=others.patient, seed=3)
    assert fitted.choice_of_fold[2] == chosen
    own = table.take(table.fold == 2)
    assert np.array_equal(
        fitted.held_out.score[table.fold == 2], chosen.calibrator.score(own.logit)
    )
    described = fitted.describe_choice()
    assert described["method"] == fitted.choice.method
    assert described["nested"]["2"]["method"] == chosen.method
    assert set(described["nested"]["2"]["log_loss"]) == {"temperature", "platt"}


def test_isotonic_steps_have_operating_points_with_verdicts_of_both_kinds() -> None:
    count = 2 * LEAST_WOMEN_FOR_ISOTONIC
    fitted = fit_on_women(women(count, steps=True), seed=0)
    assert isinstance(fitted.calibrator, IsotonicCalibrator)
    assert fitted.choice.method == "isotonic"
    assert {choice.method for choice in fitted.choice_of_fold.values()} == {"isotonic"}
    for point in fitted.operating_points:
        assert 0.0 < point.threshold < 1.0
        assert point.sensitivity.value > 0.0 and point.specificity.value > 0.0
    assert fitted.held_out.score.min() >= 0.0 and fitted.held_out.score.max() <= 1.0


@pytest.mark.parametrize("fold", range(1, FOLDS + 1))
def test_the_labels_of_a_fold_have_no_part_in_its_breasts_scores(fold: int) -> None:
    table = women(300)
    own = table.fold == fold
    one, two = fit_on_women(table, seed=0), fit_on_women(turned(table, own), seed=0)
    assert np.array_equal(one.held_out.breast_score[own], two.held_out.breast_score[own])
    assert not np.array_equal(one.held_out.breast_score[~own], two.held_out.breast_score[~own])


def test_breasts_are_calibrated_by_the_other_folds_breasts() -> None:
    table = women(300)
    fitted = fit_on_women(table, seed=0)
    others, own = table.take(table.fold != 2), table.take(table.fold == 2)
    score = fitted.choice_of_fold[2].calibrator.score
    of_breasts = fit_breasts(score(others.logit), others.positive, others.breast)
    assert of_breasts is not None
    expected = score_breasts(score(own.logit), own.breast, of_breasts)
    assert np.array_equal(fitted.held_out.breast_score[table.fold == 2], expected)
    of_all = fit_breasts(fitted.calibrator.score(table.logit), table.positive, table.breast)
    assert fitted.breast_calibrator == of_all != of_breasts


def test_another_seeds_scores_are_no_views_of_a_breast() -> None:
    table = women(300)
    single = table.take(np.arange(0, 600, 2))
    twice = Predictions.join([single, replace(single, seed=single.seed + 1)])
    fitted = fit_on_women(twice, seed=0)
    assert fitted.breast_calibrator is None
    assert np.array_equal(fitted.held_out.breast_score, fitted.held_out.score)


def test_few_breasts_keep_the_mean_of_their_views() -> None:
    fitted = fit_on_women(women(80), seed=0)
    assert fitted.breast_calibrator is None
    table = fitted.held_out
    first, second = table.score[::2], table.score[1::2]
    assert table.breast_score[::2] == pytest.approx((first + second) / 2)
