"""Runs that differ in one thing alone: what it gained or lost, and what that shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

from mammoscope.experiment.compared_run import ComparedRun
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.verdict import CHANCE, any_single, caution, figure, is_noise, order_pair
from mammoscope.images.presets import PRESETS
from mammoscope.types import Estimate

_KEYS = ("value", "low", "high", "method")
PREPROCESSING, SIZE, LESIONS, EPOCHS, MOSAICS = (
    "the preprocessing",
    "the larger image",
    "painting lesions into training images",
    "training for more epochs",
    "beginning with mosaics",
)
# What two runs may differ in alone → the second's config, with that of the first.
_ASPECTS: Mapping[str, Callable[[TrainConfig, TrainConfig], TrainConfig]] = {
    PREPROCESSING: lambda one, other: replace(
        other,
        preprocess=replace(
            one.preprocess, rows=other.preprocess.rows, columns=other.preprocess.columns
        ),
    ),
    SIZE: lambda one, other: replace(
        other,
        preprocess=replace(
            other.preprocess, rows=one.preprocess.rows, columns=one.preprocess.columns
        ),
    ),
    LESIONS: lambda one, other: replace(other, fit=replace(other.fit, lesions=one.fit.lesions)),
    EPOCHS: lambda one, other: replace(other, fit=replace(other.fit, epochs=one.fit.epochs)),
    # In place of as many epochs of whole images, or before them.
    MOSAICS: lambda one, other: replace(
        other,
        fit=replace(other.fit, mosaic_epochs=one.fit.mosaic_epochs, epochs=one.fit.epochs),
    ),
}
# Of what is a matter of more and less, how much of it a run has.
_AMOUNTS: Mapping[str, Callable[[TrainConfig], float]] = {
    SIZE: lambda config: config.preprocess.rows * config.preprocess.columns,
    LESIONS: lambda config: config.fit.lesions,
    EPOCHS: lambda config: config.fit.epochs,
    MOSAICS: lambda config: config.fit.mosaic_epochs,
}


def measure_ablations(
    runs: Sequence[ComparedRun],
    models: Sequence[Mapping[str, Any]],
    differences: Sequence[Mapping[str, Any]],
    unit: str,
) -> list[dict[str, Any]]:
    """Every pair that differs in one thing alone, as JSON values.

    Args:
        runs: that are compared.
        models: their figures, in the same order.
        differences: AUC of one minus that of another, by unit.
        unit: that decides.
    """
    by_name = {model["name"]: model for model in models}
    found = []
    for one, other in combinations(runs, 2):
        aspect = find_difference(one, other)
        if aspect is None:
            continue
        # The question is what it adds, so the model with less of it comes second.
        without, with_ = sorted((one, other), key=lambda run: _amount(run, aspect))
        rows = _rows(by_name[without.name], by_name[with_.name], differences)
        deciding = next((row for row in rows if row["unit"] == unit), None)
        found.append(
            {
                "with": with_.name,
                "without": without.name,
                "aspect": aspect,
                "settings": {"with": _setting(with_, aspect), "without": _setting(without, aspect)},
                "rows": rows,
                "conclusion": _conclude(without, with_, deciding, aspect),
            }
        )
    return found


def find_difference(one: ComparedRun, other: ComparedRun) -> str | None:
    """The one thing that two runs differ in; None of equal ones, and of more than one.

    Network, start, seeds, folds and split are always the same, and all else that their configs
    hold. None where a run does not say how it was made. Where the data lay is of no account.
    """
    if one.config is None or other.config is None:
        return None
    if (one.seeds, one.folds) != (other.seeds, other.folds):
        return None
    ours = one.config
    theirs = replace(other.config, root=ours.root, seed=ours.seed, fold=ours.fold)
    if ours == theirs:
        return None
    return next((name for name, settle in _ASPECTS.items() if settle(ours, theirs) == ours), None)


def _amount(run: ComparedRun, aspect: str) -> float:
    assert run.config is not None
    if aspect in _AMOUNTS:
        return _AMOUNTS[aspect](run.config)
    config, plain = run.config.preprocess, PRESETS["plain"]
    return 0 if config == replace(plain, rows=config.rows, columns=config.columns) else 1


def _setting(run: ComparedRun, aspect: str) -> str:
    """What a run has of it, in words."""
    assert run.config is not None
    config, fit = run.config.preprocess, run.config.fit
    return {
        SIZE: f"{config.rows} × {config.columns} pixels",
        LESIONS: f"lesions in {fit.lesions:g} of the images without a finding",
        EPOCHS: f"{fit.epochs} epochs of whole images",
        MOSAICS: f"{fit.mosaic_epochs} epochs of mosaics and {fit.epochs} of whole images",
    }.get(aspect, "")


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


def _conclude(
    without: ComparedRun, with_: ComparedRun, row: Mapping[str, Any] | None, aspect: str
) -> str:
    """What may be said of it, by the deciding unit."""
    if row is None:
        return f"No unit has both classes: nothing can be said of {aspect}."
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
            f"shows that {aspect} helps or harms"
        )
    elif any_single((len(without.seeds), len(with_.seeds))):
        said = (
            "excludes 0 and is more than the noise of drawing women: in these trainings "
            f"{aspect} {effect}; what another training seed would give was not measured"
        )
    else:
        said = f"is more than noise: its interval excludes 0, so {aspect} {effect} here"
    sentences.append(f"The difference of {figure(gain)} {said}.")
    if max(before.low, after.low) <= CHANCE:
        sentences.append("Neither was shown to separate better than guessing would.")
    return " ".join([*sentences, *caution(without.training["dataset"].get("notes", []))])


def _estimate(row: Mapping[str, Any]) -> Estimate:
    return Estimate(**{key: row[key] for key in _KEYS})
