"""The calibrator: right by hand, never falling, never overflowing, the same after a round trip."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.inference.calibrator import (
    MOST_KNOTS,
    AffineCalibrator,
    IsotonicCalibrator,
    parse_calibrator,
)
from mammoscope.types import ModelIntegrityError

SLOPES = st.floats(1e-3, 1e3)
INTERCEPTS = st.floats(-1e3, 1e3)
LOGITS = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("slope", "intercept", "logit", "score"),
    [
        (1.0, 0.0, 0.0, 0.5),
        (1.0, 0.0, math.log(3), 0.75),
        (1.0, 0.0, -math.log(3), 0.25),
        (2.0, 0.0, math.log(3), 0.9),
        (1.0, math.log(4), 0.0, 0.8),
        (0.5, -1.0, 2.0, 0.5),
        (0.5, math.log(9), math.log(9), 27 / 28),
    ],
)
def test_scores_are_those_of_the_formula(
    slope: float, intercept: float, logit: float, score: float
) -> None:
    found = AffineCalibrator(slope, intercept).score(np.array([logit]))
    assert found == pytest.approx([score], rel=1e-12)


def test_the_default_is_the_logistic_function() -> None:
    logits = np.linspace(-8, 8, 33)
    assert AffineCalibrator().score(logits) == pytest.approx(1 / (1 + np.exp(-logits)), rel=1e-12)


@settings(deadline=None)
@given(
    slope=SLOPES, intercept=INTERCEPTS, logits=st.lists(LOGITS, min_size=2, max_size=20).map(sorted)
)
def test_a_higher_logit_is_never_a_lower_score(
    slope: float, intercept: float, logits: list[float]
) -> None:
    scores = AffineCalibrator(slope, intercept).score(np.array(logits))
    assert (np.diff(scores) >= 0).all()
    assert scores.min() >= 0.0 and scores.max() <= 1.0


def test_two_different_logits_of_the_usual_size_have_different_scores() -> None:
    scores = AffineCalibrator(0.7, -0.2).score(np.linspace(-10, 10, 201))
    assert (np.diff(scores) > 0).all()


@pytest.mark.parametrize(("logit", "score"), [(1e6, 1.0), (-1e6, 0.0), (1e300, 1.0), (-1e300, 0.0)])
def test_huge_logits_do_not_overflow(logit: float, score: float) -> None:
    # Warnings are errors here, so that an overflow cannot pass unseen.
    assert AffineCalibrator(3.0, -2.0).score(np.array([logit]))[0] == score


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
def test_scores_have_the_shape_of_the_logits_in_double_precision(shape: tuple[int, ...]) -> None:
    scores = AffineCalibrator().score(np.zeros(shape, dtype=np.float32))
    assert scores.shape == shape and scores.dtype == np.float64


@pytest.mark.parametrize("slope", [0.0, -0.0, -1.0, float("nan"), float("-inf")])
def test_a_slope_that_is_not_positive_is_refused(slope: float) -> None:
    with pytest.raises(ModelIntegrityError, match=r"slope .*positive"):
        AffineCalibrator(slope=slope)
    with pytest.raises(ModelIntegrityError, match="slope"):
        AffineCalibrator.from_dict({"kind": "affine", "slope": slope, "intercept": 0.0})


@pytest.mark.parametrize("values", [{"kind": "isotonic", "slope": 1, "intercept": 0}, {}])
def test_another_kind_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ModelIntegrityError, match="expected 'affine'"):
        AffineCalibrator.from_dict(values)


@settings(deadline=None)
@given(slope=SLOPES, intercept=INTERCEPTS)
def test_a_calibrator_comes_back_from_json_as_it_was(slope: float, intercept: float) -> None:
    calibrator = AffineCalibrator(slope, intercept)
    values = json.loads(json.dumps(calibrator.to_dict()))
    assert values == {"kind": "affine", "slope": slope, "intercept": intercept}
    assert AffineCalibrator.from_dict(values) == calibrator


STEPS = IsotonicCalibrator(logits=(-2.0, -1.0, 0.5, 1.0), scores=(0.1, 0.3, 0.3, 0.9))


@pytest.mark.parametrize(
    ("logit", "score"),
    [
        *[(-2.0, 0.1), (-1.0, 0.3), (0.5, 0.3), (1.0, 0.9)],  # knots
        *[(-1.5, 0.2), (0.0, 0.3), (0.75, 0.6)],  # between them
        *[(-9.0, 0.1), (9.0, 0.9), (-math.inf, 0.1), (math.inf, 0.9), (1e300, 0.9)],  # outside
    ],
)
def test_isotonic_scores_lie_on_straight_lines_between_knots(logit: float, score: float) -> None:
    assert STEPS.score(np.array([logit])) == pytest.approx([score], rel=1e-12)


def test_between_knots_of_one_score_all_scores_are_equal_to_the_bit() -> None:
    assert set(STEPS.score(np.linspace(-1.0, 0.5, 1001)).tolist()) == {0.3}


KNOTS = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12, unique=True).map(sorted)


@settings(deadline=None)
@given(
    knots=KNOTS,
    heights=st.lists(st.floats(0, 1), min_size=12, max_size=12).map(sorted),
    logits=st.lists(LOGITS, min_size=2, max_size=20).map(sorted),
)
def test_isotonic_scores_never_fall_and_never_leave_0_to_1(
    knots: list[float], heights: list[float], logits: list[float]
) -> None:
    # Two neighbours that no number lies between are where rounding would show.
    tight = sorted({*knots, math.nextafter(knots[0], math.inf)})[: len(heights)]
    scores = (0.0, *heights[1 : len(tight) - 1], 1.0)
    calibrator = IsotonicCalibrator(logits=tuple(tight), scores=scores)
    found = calibrator.score(np.array(sorted([*logits, *tight])))
    assert (np.diff(found) >= 0).all()
    assert found.min() >= 0.0 and found.max() <= 1.0
    values = json.loads(json.dumps(calibrator.to_dict()))
    assert parse_calibrator(values) == calibrator


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
def test_isotonic_scores_have_the_shape_of_the_logits(shape: tuple[int, ...]) -> None:
    scores = STEPS.score(np.zeros(shape, dtype=np.float32))
    assert scores.shape == shape and scores.dtype == np.float64


@pytest.mark.parametrize(
    ("logits", "scores"),
    [
        ([], []),
        ([0.0], [0.5]),
        ([0.0, 1.0], [0.5]),
        ([1.0, 0.0], [0.1, 0.9]),
        ([0.0, 0.0], [0.1, 0.9]),
        ([0.0, 1.0], [0.9, 0.1]),
        ([0.0, 1.0], [0.4, 0.4]),
        ([0.0, 1.0], [-0.1, 0.9]),
        ([0.0, 1.0], [0.1, 1.1]),
        ([0.0, 1.0, 2.0], [0.1, 1.2, 0.9]),
        ([-1e308, 1e308], [0.1, 0.9]),
        (list(range(MOST_KNOTS + 1)), [0.0] * MOST_KNOTS + [1.0]),
    ],
)
def test_knots_without_sense_are_refused(logits: list[float], scores: list[float]) -> None:
    with pytest.raises(ModelIntegrityError, match="logits that rise and scores in"):
        parse_calibrator({"kind": "isotonic", "logits": logits, "scores": scores})


@pytest.mark.parametrize("bad", [math.nan, math.inf, "0", True, None, [0.0]])
def test_knots_that_are_no_numbers_are_refused(bad: object) -> None:
    for name, other in (("logits", "scores"), ("scores", "logits")):
        with pytest.raises(ModelIntegrityError, match="lists of numbers"):
            parse_calibrator({"kind": "isotonic", name: [0.0, bad], other: [0.0, 1.0]})


@pytest.mark.parametrize("bad", [None, 0.5, "01", {"0": 1}])
def test_knots_that_are_no_list_are_refused(bad: object) -> None:
    with pytest.raises(ModelIntegrityError, match="lists of numbers"):
        parse_calibrator({"kind": "isotonic", "logits": bad, "scores": [0.0, 1.0]})


@pytest.mark.parametrize("values", [{"kind": "splines"}, {}, {"kind": ["affine"]}, None, []])
def test_a_kind_that_nobody_knows_is_refused(values: object) -> None:
    with pytest.raises(ModelIntegrityError, match=r"expected one of \['affine', 'isotonic'\]"):
        parse_calibrator(values)  # type: ignore[arg-type]


def test_a_cards_affine_calibrator_is_read_as_it_always_was() -> None:
    values = {"kind": "affine", "slope": 0.7, "intercept": -0.2}
    assert parse_calibrator(values) == AffineCalibrator(0.7, -0.2)
