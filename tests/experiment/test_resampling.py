"""Blocks of draws are the draws one by one, and a weighting is what it weighs."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.experiment import resampling
from mammoscope.experiment.resampling import (
    count_draws,
    draw_patients,
    leave_one_out,
    number_patients,
    units_of_draws,
    weigh_alike,
)

PATIENTS = ["b", "a", "b", "c", "a", "b"]


def test_patients_are_numbered_as_they_come() -> None:
    assert number_patients(PATIENTS).tolist() == [0, 1, 0, 2, 1, 0]


@pytest.mark.parametrize("women", [1, 2, 7, 154])
def test_the_size_of_a_block_decides_nothing(women: int, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = np.arange(women)
    generator = np.random.default_rng(3)
    one_by_one = np.stack([generator.integers(women, size=women) for _ in range(50)])
    for block in (1, 11 * women, 1 << 20):
        monkeypatch.setattr(resampling, "BLOCK", block)
        blocks = list(draw_patients(owner, np.random.default_rng(3), replicates=50))
        assert np.array_equal(np.concatenate(blocks), one_by_one)
        assert max(map(len, blocks)) <= max(1, block // women)


def test_counts_and_indices_of_a_draw_say_the_same() -> None:
    owner = number_patients(PATIENTS)
    values = np.array([1.0, 10.0, 100.0, 1e3, 1e4, 1e5])
    (drawn,) = draw_patients(owner, np.random.default_rng(0), replicates=20)
    resample = count_draws(owner, drawn)
    by_index = [values[units].sum() for units in units_of_draws(owner, drawn)]
    assert resample.total(values) == pytest.approx(by_index)
    assert resample.counts.sum(axis=0).tolist() == [3.0] * 20
    chosen = np.array([5, 1])
    assert np.array_equal(resample.weights(chosen), resample.counts[[0, 1]])


def test_each_patient_is_left_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = number_patients(PATIENTS)
    monkeypatch.setattr(resampling, "BLOCK", 2 * len(owner))
    counts = np.concatenate([one.counts for one in leave_one_out(owner)], axis=1)
    assert np.array_equal(counts, 1 - np.eye(3))


def test_of_many_patients_groups_are_left_out_and_tell_the_same_acceleration() -> None:
    women = 4000
    owner = np.repeat(np.arange(women), 2)
    values = np.random.default_rng(0).exponential(size=len(owner))
    accelerations = []
    for most in (women, 400):
        blocks = list(leave_one_out(owner, most=most))
        counts = np.concatenate([one.counts for one in blocks], axis=1)
        assert counts.shape == (women, most)
        assert np.array_equal((counts == 0).sum(axis=1), np.ones(women))
        means = np.concatenate(
            [one.total(values) / one.total(np.ones_like(values)) for one in blocks]
        )
        lag = means.mean() - means
        accelerations.append(np.sum(lag**3) / (6 * np.sum(lag**2) ** 1.5))
    assert accelerations[0] > 0
    assert accelerations[1] == pytest.approx(accelerations[0], rel=0.3)


def test_alike_weighs_every_unit_once() -> None:
    assert weigh_alike(4).total(np.array([1.0, 2.0, 3.0, 4.0])).tolist() == [10.0]
