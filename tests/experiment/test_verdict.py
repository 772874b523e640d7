"""The paragraph says what the figures say: who is ahead, whether it is noise, what it costs."""

from __future__ import annotations

import pytest

from mammoscope.experiment.verdict import (
    NO_CLINICAL_USE,
    Candidate,
    figure,
    is_noise,
    milliseconds,
    order_pair,
    write_verdict,
)
from mammoscope.types import Estimate

Row = tuple[str, tuple[float, float, float], float | None, int | None]

CNN: Row = ("cnn", (0.58, 0.54, 0.62), 3.0, 560_000)
GUESSING_CNN: Row = ("cnn", (0.52, 0.44, 0.60), 3.0, 560_000)
DENSENET: Row = ("densenet121", (0.64, 0.60, 0.68), 40.0, 14_000_000)
GUESSING_DENSENET: Row = ("densenet121", (0.54, 0.45, 0.63), 40.0, 14_000_000)
CLEAR = {("densenet121", "cnn"): (0.06, 0.01, 0.11)}
NOISY = {("densenet121", "cnn"): (0.06, -0.02, 0.13)}


NOTE = "no patients.csv: each image counts as a woman of its own"


def say(
    rows: list[Row],
    differences: dict[tuple[str, str], tuple[float, float, float]],
    *,
    seeds: dict[str, int] | None = None,
    notes: tuple[str, ...] = (),
) -> str:
    """The paragraph of models of three seeds, where `seeds` does not say otherwise."""
    return write_verdict(
        [
            Candidate(name, Estimate(*auc, "m"), (seeds or {}).get(name, 3), ms, size)
            for name, auc, ms, size in rows
        ],
        {pair: Estimate(*values, "m") for pair, values in differences.items()},
        sample="By breast (n 200, 80 positive, 100 women)",
        question="cancer from no cancer",
        notes=notes,
    )


@pytest.mark.parametrize(
    ("rows", "differences", "said", "unsaid"),
    [
        pytest.param(
            [CNN, DENSENET],
            CLEAR,
            [
                "By breast (n 200, 80 positive, 100 women), densenet121 tells cancer from no "
                "cancer with an AUC of 0.64 (0.60 to 0.68) and cnn with 0.58 (0.54 to 0.62).",
                "The difference of 0.06 (0.01 to 0.11) is more than noise: its interval excludes 0",
                "By separation alone, densenet121 is the better choice.",
                "cnn answers in 3.0 ms against densenet121's 40 ms (13 times faster) and its file "
                "is 25 times smaller, so it is the better choice only where time or space counts",
            ],
            ["guessing", "may be noise"],
            id="a clear lead of the dearer",
        ),
        pytest.param(
            [CNN, DENSENET],
            NOISY,
            [
                "The difference of 0.06 (-0.02 to 0.13) may be noise: its interval holds 0, and "
                "nothing here shows that one is better.",
                "so it is the better choice where time or space counts.",
            ],
            ["By separation alone", "only where"],
            id="a lead that may be noise",
        ),
        pytest.param(
            [GUESSING_CNN, GUESSING_DENSENET],
            NOISY,
            [
                "Neither can be told from guessing: the interval of each holds 0.5.",
                "Neither should be chosen for reading mammograms; only cost could distinguish them",
                "13 times faster",
            ],
            ["better choice"],
            id="both guess",
        ),
        pytest.param(
            [GUESSING_CNN, DENSENET],
            NOISY,
            [
                "cnn cannot be told from guessing: its interval holds 0.5.",
                "Only densenet121 was shown to separate at all.",
                "which is no reason to choose what was not shown to separate at all.",
            ],
            ["better choice"],
            id="the cheap one guesses",
        ),
        pytest.param(
            [("cnn", (0.66, 0.61, 0.71), 3.0, 560_000), DENSENET],
            {("cnn", "densenet121"): (0.02, 0.01, 0.03)},
            ["By separation alone, cnn is the better choice", "speaks for it as well"],
            ["only where"],
            id="the cheap one leads",
        ),
        pytest.param(
            [("cnn", (0.40, 0.34, 0.46), None, None), ("densenet121", (0.5, 0.4, 0.6), None, None)],
            {("cnn", "densenet121"): (-0.10, -0.15, -0.05)},
            [
                "cnn ranks worse than guessing would",
                "densenet121 cannot be told from guessing",
                "Neither should be chosen for reading mammograms.",
                "The cost of densenet121 and cnn was not measured.",
            ],
            ["better choice", "only cost"],
            id="one below guessing and no cost",
        ),
        pytest.param(
            [DENSENET, ("cnn", (0.58, 0.54, 0.62), None, None)],
            CLEAR,
            ["The cost of cnn was not measured."],
            ["times faster"],
            id="one cost is missing",
        ),
        pytest.param(
            [("a", (0.6, 0.55, 0.65), 10.0, 1_000), ("b", (0.6, 0.55, 0.65), 10.5, 1_050)],
            {("a", "b"): (0.0, -0.01, 0.01)},
            ["a answers about as fast (10 ms against b's 10 ms): cost does not distinguish them."],
            ["better choice"],
            id="equal in all",
        ),
        pytest.param(
            [("a", (0.6, 0.55, 0.65), 10.0, 50_000), ("b", (0.6, 0.55, 0.65), 10.5, 1_000)],
            {("a", "b"): (0.0, -0.01, 0.01)},
            ["b answers about as fast", "its file is 50 times smaller", "where space counts."],
            ["larger"],
            id="as fast, and smaller",
        ),
        pytest.param(
            [("a", (0.6, 0.55, 0.65), 1.0, 50_000), ("b", (0.6, 0.55, 0.65), 10.0, 1_000)],
            {("a", "b"): (0.0, -0.01, 0.01)},
            ["(10 times faster), but its file is 50 times larger, so", "where time counts."],
            ["space"],
            id="faster, but larger",
        ),
        pytest.param(
            [CNN, DENSENET, ("third", (0.63, 0.59, 0.67), 10.0, 3_000_000)],
            CLEAR
            | {
                ("cnn", "third"): (-0.05, -0.1, -0.01),
                ("third", "densenet121"): (-0.01, -0.03, 0.02),
            },
            [
                "densenet121's lead over third of 0.01 (-0.02 to 0.03) may be noise",
                "densenet121's lead over cnn of 0.06 (0.01 to 0.11) is more than noise",
                "densenet121 and third share the first place",
                "cnn answers in 3.0 ms",
                "only where time or space counts for more than its lower AUC",
                "third answers in 10 ms against densenet121's 40 ms",
            ],
            ["By separation alone, densenet121 is"],
            id="three, two of them tied",
        ),
        pytest.param(
            [GUESSING_CNN],
            {},
            [
                "cnn cannot be told from guessing",
                "One model is no comparison",
                "It should not be chosen for reading mammograms.",
            ],
            ["better choice", "difference"],
            id="one alone",
        ),
    ],
)
def test_the_paragraph_follows_from_the_figures(
    rows: list[Row],
    differences: dict[tuple[str, str], tuple[float, float, float]],
    said: list[str],
    unsaid: list[str],
) -> None:
    text = say(rows, differences)
    for words in said:
        assert words in text
    for words in unsaid:
        assert words not in text
    assert text.endswith(NO_CLINICAL_USE)


@pytest.mark.parametrize("seeds", [{"cnn": 1, "densenet121": 1}, {"cnn": 1}, {"densenet121": 1}])
def test_one_seed_of_a_model_is_no_word_on_another_training(seeds: dict[str, int]) -> None:
    text = say([CNN, DENSENET], CLEAR, seeds=seeds)
    for words in (
        "The difference of 0.06 (0.01 to 0.11) excludes 0 and is more than the noise of drawing "
        "women; what another training seed would give was not measured.",
        "By separation alone, densenet121 is the better choice in these trainings.",
        "so in these trainings it is the better choice only where time or space counts",
    ):
        assert words in text
    assert "more than noise" not in text


def test_only_the_lead_over_a_model_of_one_seed_is_softened() -> None:
    third: Row = ("third", (0.50, 0.46, 0.54), None, None)
    differences = CLEAR | {
        ("densenet121", "third"): (0.14, 0.1, 0.18),
        ("cnn", "third"): (0.08, 0.04, 0.12),
    }
    text = say([CNN, DENSENET, third], differences, seeds={"third": 1})
    assert "lead over cnn of 0.06 (0.01 to 0.11) is more than noise" in text
    assert "lead over third of 0.14 (0.10 to 0.18) excludes 0 and is more than the noise of" in text
    assert "densenet121 is the better choice in these trainings." in text
    assert "so it is the better choice only where" in text


def test_what_may_be_noise_is_said_alike_of_one_seed_and_of_several() -> None:
    assert say([CNN, DENSENET], NOISY, seeds={"cnn": 1}) == say([CNN, DENSENET], NOISY)


def test_a_note_on_the_data_stands_at_the_end() -> None:
    text = say([CNN, DENSENET], CLEAR, notes=(NOTE, "Another note."))
    assert text.endswith(
        f"The intervals may be too narrow: {NOTE}; Another note. {NO_CLINICAL_USE}"
    )
    assert "too narrow" not in say([CNN, DENSENET], CLEAR)


def test_the_order_of_the_runs_decides_nothing() -> None:
    rows: list[Row] = [CNN, DENSENET, ("twin", (0.64, 0.60, 0.68), 40.0, 14_000_000)]
    differences = CLEAR | {
        ("densenet121", "twin"): (0.0, -0.02, 0.02),
        ("cnn", "twin"): (-0.06, -0.1, -0.01),
    }
    turned = {
        (other, one): (-value, -high, -low)
        for (one, other), (value, low, high) in differences.items()
    }
    assert say(rows, differences) == say(rows[::-1], turned)


def test_a_difference_can_be_read_either_way_round() -> None:
    given = {("a", "b"): Estimate(0.1, -0.02, 0.3, "m")}
    assert order_pair("a", "b", given) == Estimate(0.1, -0.02, 0.3, "m")
    assert order_pair("b", "a", given) == Estimate(-0.1, -0.3, 0.02, "m")


@pytest.mark.parametrize(
    ("low", "high", "noise"), [(-0.1, 0.1, True), (0.0, 0.1, True), (0.001, 0.1, False)]
)
def test_noise_is_an_interval_that_holds_zero(low: float, high: float, noise: bool) -> None:
    assert is_noise(Estimate(0.05, low, high, "m")) is noise


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.64, 0.6, 0.684), "0.64 (0.60 to 0.68)"),
        ((0.6, 0.503, 0.7), "0.600 (0.503 to 0.700)"),
        ((0.06, 0.0004, 0.11), "0.0600 (0.0004 to 0.1100)"),
        ((0.5, 0.5, 0.5), "0.50 (0.50 to 0.50)"),
        ((-0.00001, -0.2, 0.2), "0.0000 (-0.2000 to 0.2000)"),
    ],
)
def test_a_figure_never_rounds_to_a_landmark_that_it_is_not(
    numbers: tuple[float, float, float], text: str
) -> None:
    assert figure(Estimate(*numbers, "m")) == text


@pytest.mark.parametrize(("value", "text"), [(40.2, "40 ms"), (3.16, "3.2 ms"), (0.351, "0.35 ms")])
def test_milliseconds_have_two_digits(value: float, text: str) -> None:
    assert milliseconds(value) == text


def many(number: int, lead: float) -> str:
    """The paragraph of models from 0.80 down in steps of 0.02, each lead with ± `lead` to it."""
    rows: list[Row] = [
        (f"m{n}", (0.8 - 0.02 * n, 0.75 - 0.02 * n, 0.85 - 0.02 * n), 1.0 + n, 1_000_000)
        for n in range(number)
    ]
    leads = {
        ("m0", f"m{n}"): (0.02 * n, 0.02 * n - lead, 0.02 * n + lead) for n in range(1, number)
    }
    return say(rows, leads)


def test_many_models_are_said_in_few_sentences() -> None:
    text = many(12, 0.05)
    assert (
        "m0 tells cancer from no cancer with an AUC of 0.80 (0.75 to 0.85); the 11 others" in text
    )
    assert "reach from 0.58 (0.53 to 0.63), m11, to 0.78 (0.73 to 0.83), m1." in text
    assert "m0's lead over m1 of 0.02 (-0.03 to 0.07) and m2 of 0.04 (-0.01 to 0.09) may be" in text
    assert "m0's lead over 9 others, from 0.06 (0.01 to 0.11) over m3 to" in text
    assert "is more than noise: its interval excludes 0." in text
    assert "m0, m1 and m2 share the first place" in text
    assert text.count("lead over") == 2


def test_many_models_that_cannot_be_told_apart_are_counted() -> None:
    text = many(12, 0.5)
    assert "m0's lead over 11 others, from" in text and "excludes" not in text
    assert "By separation alone, all 12 models share the first place" in text


def test_the_first_of_many_owes_something_to_being_picked() -> None:
    assert "the first of 12 models owes part of its lead to having been picked" in many(12, 0.05)
    assert "picked" not in many(3, 0.05)
