"""Runs that differ in their preprocessing alone: what it gained or lost, and what that shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

from mammoscope.experiment.compared_run import ComparedRun
from mammoscope.experiment.verdict import CHANCE, any_single, caution, figure, is_noise, order_pair
from mammoscope.images.presets import PRESETS
from mammoscope.types import Estimate

_KEYS = ("value", "low", "high", "method")
_SIZE = ("rows", "columns")


def measure_ablations(
    runs: Sequence[ComparedRun],
    models: Sequence[Mapping[str, Any]],
    differences: Sequence[Mapping[str, Any]],
    unit: str,
) -> list[dict[str, Any]]:
    """Every pair that differs in preprocessing alone, as JSON values.

    Args:
        runs: that are compared.
        models: their figures, in the same order.
        differences: AUC of one minus that of another, by unit.
        unit: that decides.
    """
    by_name = {model["name"]: model for model in models}
    found = []
    for one, other in combinations(runs, 2):
        if not differ_in_preprocessing_alone(one, other):
            continue
        # The question is what the steps add, so the model without them comes second.
        without, with_ = (other, one) if _is_plain(one) < _is_plain(other) else (one, other)
        rows = _rows(by_name[without.name], by_name[with_.name], differences)
        deciding = next((row for row in rows if row["unit"] == unit), None)
        found.append(
            {
                "with": with_.name,
                "without": without.name,
                "rows": rows,
                "conclusion": _conclude(without, with_, deciding),
            }
        )
    return found


def differ_in_preprocessing_alone(one: ComparedRun, other: ComparedRun) -> bool:
    """Whether network, start, fit, augmentation, size, seeds and split are the same.

    False where a run does not say how it was made. Where the data lay is of no account.
    """
    if one.config is None or other.config is None:
        return False
    if (one.seeds, one.folds) != (other.seeds, other.folds):
        return False
    ours, theirs = one.config.preprocess, other.config.preprocess
    if ours == theirs or any(getattr(ours, side) != getattr(theirs, side) for side in _SIZE):
        return False
    settled = replace(other.config, preprocess=ours, root=one.config.root)
    return replace(settled, seed=one.config.seed, fold=one.config.fold) == one.config


def _is_plain(run: ComparedRun) -> bool:
    assert run.config is not None
    config, plain = run.config.preprocess, PRESETS["plain"]
    return config == replace(plain, rows=config.rows, columns=config.columns)


def _rows(
    without: Mapping[str, Any],
    with_: Mapping[str, Any],
    differences: Sequence[Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """By every unit: either AUC, and that of `with_` minus that of `without`."""
    names = {without["name"], with_["name"]}
    rows = []
    for row in differences:
        if {row["one"], row["other"]} != names:
            continue
        gain = order_pair(
            with_["name"], without["name"], {(row["one"], row["other"]): _estimate(row)}
        )
        rows.append(
            {
                **{key: row[key] for key in ("unit", "n", "n_positive", "n_patients")},
                "with": _auc(with_, row["unit"]),
                "without": _auc(without, row["unit"]),
                "difference": {**asdict(gain), "may_be_noise": is_noise(gain)},
            }
        )
    return rows


def _auc(model: Mapping[str, Any], unit: str) -> dict[str, Any]:
    figures = next(figures for figures in model["figures"] if figures["unit"] == unit)
    return dict(figures["metrics"]["auc"])


def _conclude(without: ComparedRun, with_: ComparedRun, row: Mapping[str, Any] | None) -> str:
    """What may be said of the preprocessing, by the deciding unit."""
    if row is None:
        return "No unit has both classes: nothing can be said of the preprocessing."
    before, after, gain = (_estimate(row[key]) for key in ("without", "with", "difference"))
    sentences = [
        f"By {row['unit']} (n {row['n']}, {row['n_positive']} positive, {row['n_patients']} "
        f"women), {with_.name} has an AUC of {figure(after)} and {without.name} of "
        f"{figure(before)}."
    ]
    effect = "helps" if gain.value > 0 else "harms"
    if is_noise(gain):
        said = (
            "may be noise: its interval holds 0. The two cannot be told apart, and nothing here "
            "shows that this preprocessing helps or harms"
        )
    elif any_single((len(without.seeds), len(with_.seeds))):
        said = (
            "excludes 0 and is more than the noise of drawing women: in these trainings the "
            f"preprocessing {effect}; what another training seed would give was not measured"
        )
    else:
        said = f"is more than noise: its interval excludes 0, so the preprocessing {effect} here"
    sentences.append(f"The difference of {figure(gain)} {said}.")
    if max(before.low, after.low) <= CHANCE:
        sentences.append("Neither was shown to separate better than guessing would.")
    return " ".join([*sentences, *caution(without.training["dataset"].get("notes", []))])


def _estimate(row: Mapping[str, Any]) -> Estimate:
    return Estimate(**{key: row[key] for key in _KEYS})
