"""The closed form agrees with the patient bootstrap, and covers what it should."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.experiment.clustered_auc import clustered_auc
from mammoscope.experiment.statistics import UnitScores, auc, patient_bootstrap


def drawn(
    seed: int, *, women: int = 150, shift: float = 0.7
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, labels and patients: four images each, alike within a woman, a third positive."""
    generator = np.random.default_rng(seed)
    patients = np.repeat(np.arange(women), 4)
    labels = np.repeat(generator.random(2 * women) < 1 / 3, 2)
    scores = generator.normal(size=women)[patients] + generator.normal(size=4 * women)
    return np.round(scores + shift * labels, 1), labels, patients


def test_the_value_is_the_auc_and_the_interval_the_bootstraps() -> None:
    scores, labels, patients = drawn(0)
    estimate = clustered_auc(scores, labels, patients)
    assert estimate is not None and estimate.value == pytest.approx(auc(scores, labels), abs=1e-12)
    units = UnitScores(
        scores[np.newaxis], scores[np.newaxis] > 9, labels, list(map(str, patients)), list(patients)
    )
    other = patient_bootstrap(units, {"auc": auc}, seed=0, replicates=1000)["auc"]
    assert (estimate.low, estimate.high) == pytest.approx((other.low, other.high), abs=0.01)


def test_rows_of_one_patient_widen_it() -> None:
    scores, labels, patients = drawn(1)
    together = clustered_auc(scores, labels, patients)
    apart = clustered_auc(scores, labels, np.arange(len(scores)))
    assert together is not None and apart is not None and together.value == apart.value
    repeated = clustered_auc(np.tile(scores, 3), np.tile(labels, 3), np.tile(patients, 3))
    assert repeated is not None
    assert (repeated.low, repeated.high) == pytest.approx((together.low, together.high), abs=1e-3)


def test_it_holds_the_truth_nineteen_times_of_twenty() -> None:
    """No difference: the truth is 0.5."""
    held = 0
    for seed in range(400):
        estimate = clustered_auc(*drawn(seed, women=60, shift=0.0))
        assert estimate is not None
        held += estimate.low <= 0.5 <= estimate.high
    assert 0.92 <= held / 400 <= 0.98


def test_a_label_that_is_read_without_a_slip_still_has_an_interval() -> None:
    labels = np.arange(40) % 2 == 1
    estimate = clustered_auc(labels.astype(float), labels, np.arange(40))
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == (1.0, pytest.approx(0.925), 1.0)


def test_strata_are_compared_within_themselves() -> None:
    # The second stratum is scored higher throughout; the third has one positive patient.
    scores = np.array([1.0, 1.0, 0.0, 0.0, 9.0, 9.0, 8.0, 8.0, 2.0, 3.0])
    labels = np.array([True, True, False, False] * 2 + [True, False])
    strata = np.repeat([0, 1, 2], [4, 4, 2])
    estimate = clustered_auc(scores, labels, np.arange(10), strata=strata)
    assert estimate is not None and estimate.value == 1.0


def test_one_class_has_no_auc() -> None:
    assert clustered_auc(np.arange(3.0), np.zeros(3, dtype=bool), np.arange(3)) is None
