"""Votes over patches by hand, their ties, and the figures of images with those of patients."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.experiment.votes import RULES, Rule, measure_votes, vote

CARCINOMA = (False, False, True, True)


def test_each_rule_by_hand_where_they_disagree() -> None:
    # Two patches lean to 0, one is sure of 1; class 2 is always near and gathers the most.
    scores = np.array([[0.48, 0.05, 0.47], [0.46, 0.09, 0.45], [0.00, 0.60, 0.40]])
    assert vote(scores, "majority") == 0
    assert vote(scores, "maximum") == 1
    assert vote(scores, "sum") == 2


def test_one_patch_decides_alone() -> None:
    for rule in RULES:
        assert vote(np.array([[0.2, 0.7, 0.1]]), rule) == 1


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "scores",
    [
        [[0.6, 0.1, 0.0, 0.3], [0.3, 0.1, 0.0, 0.6]],
        [[0.25, 0.25, 0.25, 0.25]],
        [[0.5, 0.0, 0.0, 0.5]],
    ],
)
def test_a_tie_goes_to_the_more_severe_class(scores: list[list[float]], rule: Rule) -> None:
    assert vote(np.array(scores), rule) == 3


def test_a_tie_that_rounding_hides_is_a_tie() -> None:
    # 0.1 + 0.2 > 0.3 in floating point, and only so.
    scores = np.array([[0.1, 0.3], [0.2, 0.0]])
    assert scores[:, 0].sum() > scores[:, 1].sum()
    assert vote(scores, "sum") == 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), patches=st.integers(1, 12), classes=st.integers(1, 5))
def test_the_order_of_the_patches_decides_nothing_and_doubling_them_neither(
    seed: int, patches: int, classes: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet(np.ones(classes), patches).astype(np.float32)
    for rule in RULES:
        chosen = vote(scores, rule)
        assert vote(rng.permutation(scores), rule) == chosen
        assert vote(np.concatenate([scores, scores]), rule) == chosen


@pytest.mark.parametrize(
    "scores", [np.zeros((0, 4)), np.zeros((3, 0)), np.zeros(4), np.array([[0.5, np.nan]])]
)
def test_scores_of_another_form_are_refused(scores: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected finite"):
        vote(scores, "sum")


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="'median' is unknown"):
        vote(np.array([[0.5, 0.5]]), "median")  # type: ignore[arg-type]


def one_hot(classes: list[int], count: int = 4) -> np.ndarray:
    return np.eye(count, dtype=np.float32)[classes]


def table(rows: list[tuple[str, str, int, list[int]]]) -> dict[str, object]:
    """Arguments of `measure_votes` from (image, patient, class, class of each patch)."""
    spread = [(i, p, t, c) for i, p, t, classes in rows for c in classes]
    images, patients, truth, classes = (list(column) for column in zip(*spread, strict=True))
    return {"images": images, "patients": patients, "truth": truth, "scores": one_hot(classes)}


IMAGES = [
    ("n1", "A", 0, [0, 0, 1]),  # right
    ("b1", "A", 1, [0, 0, 1]),  # benign taken for normal: right of two classes
    ("s1", "B", 2, [3, 3, 2]),  # in situ taken for invasive: right of two classes
    ("s2", "C", 2, [2, 2, 1]),  # right
    ("v1", "C", 3, [0, 0, 3]),  # missed
]


def test_the_figures_of_the_majority_by_hand() -> None:
    found = measure_votes(**table(IMAGES), carcinoma=CARCINOMA, seed=0, replicates=50)  # type: ignore[arg-type]
    assert list(found) == list(RULES)
    majority = found["majority"]
    assert (majority.images, majority.patients) == (5, 3)
    assert majority.accuracy.value == pytest.approx(2 / 5)
    assert {k: e.value for k, e in majority.recall.items()} == {0: 1.0, 1: 0.0, 2: 0.5, 3: 0.0}
    assert majority.carcinoma_accuracy is not None
    assert majority.carcinoma_accuracy.value == pytest.approx(4 / 5)
    assert majority.carcinoma_sensitivity is not None
    assert majority.carcinoma_sensitivity.value == pytest.approx(2 / 3)
    assert majority.confusion == ((1, 0, 0, 0), (1, 0, 0, 0), (0, 0, 1, 1), (1, 0, 0, 0))
    # Every patch is sure of itself, so the highest probability is a tie: the severest class.
    assert found["maximum"].confusion[3] == (0, 0, 0, 1)


def test_the_patches_of_an_image_may_stand_anywhere() -> None:
    arguments = table(IMAGES)
    order = np.random.default_rng(1).permutation(15)
    shuffled = {
        name: values[order] if name == "scores" else [values[i] for i in order]  # type: ignore[index,call-overload]
        for name, values in arguments.items()
    }
    one = measure_votes(**arguments, seed=0, replicates=20)  # type: ignore[arg-type]
    other = measure_votes(**shuffled, seed=0, replicates=20)  # type: ignore[arg-type]
    for rule in RULES:
        assert one[rule].confusion == other[rule].confusion
        assert one[rule].accuracy.value == other[rule].accuracy.value


def test_without_groups_there_are_no_figures_of_carcinoma_and_absent_classes_have_no_recall() -> (
    None
):
    found = measure_votes(**table(IMAGES[:2]), seed=0, replicates=20)["sum"]  # type: ignore[arg-type]
    assert found.carcinoma_accuracy is found.carcinoma_sensitivity is None
    assert set(found.recall) == {0, 1}


def test_the_interval_draws_patients_and_comes_again_with_its_seed() -> None:
    # Forty images, all right or all wrong by patient: of four patients the interval is far wider
    # than of forty.
    rows = [(f"i{n}", f"p{n % 4}", n % 4, [n % 4 if n % 2 else 0]) for n in range(40)]
    alone = [(image, image, truth, classes) for image, _, truth, classes in rows]
    found = measure_votes(**table(rows), seed=5, replicates=200)["majority"]  # type: ignore[arg-type]
    again = measure_votes(**table(rows), seed=5, replicates=200)["majority"]  # type: ignore[arg-type]
    narrow = measure_votes(**table(alone), seed=5, replicates=200)["majority"]  # type: ignore[arg-type]
    assert asdict(found) == asdict(again)
    assert "4 patients" in found.accuracy.method and "200 replicates" in found.accuracy.method
    assert found.accuracy.value == narrow.accuracy.value == pytest.approx(0.75)
    assert found.accuracy.low <= 0.75 <= found.accuracy.high
    wide = found.accuracy.high - found.accuracy.low
    assert wide > 1.5 * (narrow.accuracy.high - narrow.accuracy.low)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": ["a"]}, "expected as many of each"),
        ({"truth": [0, 1]}, "several patients or classes"),
        ({"patients": ["p", "q"]}, "several patients or classes"),
        ({"truth": [4, 4]}, "expected 0 to 3"),
        ({"truth": [-1, -1]}, "expected 0 to 3"),
        ({"carcinoma": (False, True)}, "2 classes are carcinoma or not; expected 4"),
        ({"images": [], "patients": [], "truth": [], "scores": np.zeros((0, 4))}, "one a patch"),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, object], words: str) -> None:
    arguments = {**table([("a", "p", 0, [0, 1])]), **change}
    with pytest.raises(ValueError, match=words):
        measure_votes(**arguments, seed=0, replicates=5)  # type: ignore[arg-type]
