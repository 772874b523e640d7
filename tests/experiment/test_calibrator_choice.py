"""Which calibrator is picked: the one that made the labels, and the simpler one in doubt."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from mammoscope.experiment.calibrate import fit_isotonic, fit_platt
from mammoscope.experiment.calibrator_choice import (
    LEAST_WOMEN_FOR_ISOTONIC,
    TIE,
    choose_calibrator,
)
from mammoscope.inference.calibrator import IsotonicCalibrator

Risk = Callable[[np.ndarray], np.ndarray]
VIEWS = 4


def women(count: int, risk: Risk, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Logits, labels and whose they are: the images of a woman are alike."""
    rng = np.random.default_rng(seed)
    logits = np.repeat(rng.normal(0, 1.2, count), VIEWS) + rng.normal(0, 0.8, VIEWS * count)
    labels = rng.random(VIEWS * count) < risk(logits)
    return logits, labels, [f"w{n}" for n in range(count) for _ in range(VIEWS)]


def logistic(slope: float, intercept: float) -> Risk:
    return lambda logits: 1 / (1 + np.exp(-(slope * logits + intercept)))


def step(logits: np.ndarray) -> np.ndarray:
    return np.where(logits > 1.5, 0.9, 0.2)


@pytest.mark.parametrize(
    ("risk", "count", "method"),
    [
        (logistic(0.6, 0.0), 1000, "temperature"),
        (logistic(0.6, -1.2), 300, "platt"),
        (logistic(0.6, -1.2), LEAST_WOMEN_FOR_ISOTONIC, "platt"),
        (step, LEAST_WOMEN_FOR_ISOTONIC, "isotonic"),
    ],
)
def test_the_method_that_made_the_labels_is_picked(risk: Risk, count: int, method: str) -> None:
    logits, labels, patients = women(count, risk)
    chosen = choose_calibrator(logits, labels, patients=patients, seed=0)
    assert chosen.method == method
    assert chosen.log_loss[method] <= min(chosen.log_loss.values()) + TIE
    assert (chosen.women, chosen.images, chosen.folds) == (count, VIEWS * count, 5)
    # It is fitted on everybody, and the choice can be written down.
    assert chosen.calibrator.score(logits).mean() == pytest.approx(labels.mean(), abs=0.05)
    assert json.loads(json.dumps(chosen.to_dict()))["method"] == method


def test_isotonic_is_not_tried_on_few_women_however_many_images_they_have() -> None:
    logits, labels, patients = women(LEAST_WOMEN_FOR_ISOTONIC - 1, step)
    chosen = choose_calibrator(logits, labels, patients=patients, seed=0)
    assert set(chosen.log_loss) == {"temperature", "platt"}
    assert len(labels) > 1000


def test_on_few_women_isotonic_steps_overfit_where_platts_line_is_right() -> None:
    """Why there is a least number: their loss is several times Platt's excess over the truth."""
    risk = logistic(1.0, -0.5)
    probe = np.random.default_rng(9).normal(0, 1.2, 20_000)
    excess: dict[str, list[float]] = {"platt": [], "isotonic": []}
    for seed in range(20):
        logits, labels, _ = women(100, risk, seed=seed)
        for name, fit in (("platt", fit_platt), ("isotonic", fit_isotonic)):
            score, truth = fit(logits, labels).score(probe), risk(probe)
            loss = truth * np.log(truth / score) + (1 - truth) * np.log((1 - truth) / (1 - score))
            excess[name].append(float(loss.mean()))
    assert np.mean(excess["isotonic"]) > 4 * np.mean(excess["platt"])


def test_women_are_not_cut_across_folds() -> None:
    """A woman whose images are all alike would else betray her fold to the steps."""
    rng = np.random.default_rng(0)
    logits = np.repeat(rng.normal(0, 1, 600), 8)
    labels = np.repeat(rng.random(600) < 0.4, 8)  # says nothing but whose image it is
    grouped = choose_calibrator(
        logits, labels, patients=np.repeat(np.arange(600), 8).astype(str).tolist(), seed=0
    )
    alone = choose_calibrator(logits, labels, patients=np.arange(4800).astype(str).tolist(), seed=0)
    assert grouped.method != "isotonic"
    if grouped.method != "base rate":
        assert grouped.log_loss["isotonic"] > alone.log_loss["isotonic"]


def test_too_few_women_of_a_kind_have_the_simplest() -> None:
    logits, labels, patients = women(40, logistic(1.0, 0.0))
    labels = labels & np.isin(patients, ["w1", "w2", "w3"])
    labels[4:8], labels[8:12], labels[12:16] = True, True, True
    logits = logits + 3.0 * labels
    chosen = choose_calibrator(logits, labels, patients=patients, seed=0)
    assert (chosen.method, chosen.log_loss, chosen.folds) == ("temperature", {}, 0)
    assert "fewer than 4 women" in chosen.reason


def test_worse_than_chance_there_is_nothing_to_choose() -> None:
    logits, labels, patients = women(500, logistic(-0.8, 0.3))
    chosen = choose_calibrator(logits, labels, patients=patients, seed=0)
    assert (chosen.method, chosen.log_loss) == ("base rate", {})
    scores = chosen.calibrator.score(np.sort(logits))
    assert (np.diff(scores) > 0).all()


def test_a_temperature_that_would_turn_the_order_is_not_admitted() -> None:
    """All logits above 0 and few positives: through ½ at 0 the line can only fall."""
    logits, labels, patients = women(300, logistic(1.0, -1.0))
    chosen = choose_calibrator(logits + 9.0, labels, patients=patients, seed=0)
    assert (chosen.method, set(chosen.log_loss)) == ("platt", {"platt"})


def test_the_same_women_give_the_same_choice_whatever_their_order() -> None:
    logits, labels, patients = women(LEAST_WOMEN_FOR_ISOTONIC, step)
    order = np.random.default_rng(3).permutation(len(labels))
    one = choose_calibrator(logits, labels, patients=patients, seed=1)
    other = choose_calibrator(
        logits[order], labels[order], patients=[patients[n] for n in order], seed=1
    )
    assert isinstance(one.calibrator, IsotonicCalibrator)
    assert one.method == other.method
    assert one.log_loss == pytest.approx(other.log_loss)
    probe = np.linspace(-4, 4, 50)
    assert one.calibrator.score(probe) == pytest.approx(other.calibrator.score(probe))
