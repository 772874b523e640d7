"""A report's section on differences of AUC; of many models, how far each is from the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mammoscope.experiment.report_blocks import Block, Prose, Table, Values, figures_of
from mammoscope.experiment.verdict import MOST_NAMED, any_single, caution
from mammoscope.types import Estimate


def difference_blocks(values: Values) -> list[Block]:
    """A row a pair and unit, and what they say; a sentence where there is no pair."""
    if not values["differences"]:
        return [Prose("One model was given: there is nothing to compare it with.")]
    data = values["data"]
    seeds = {model["name"]: len(model["seeds"]) for model in values["models"]}
    shown = _shown(values)
    rows = [
        (
            f"{row['one']} minus {row['other']}",
            row["unit"],
            str(row["n"]),
            str(row["n_positive"]),
            str(row["n_patients"]),
            str(Estimate(row["value"], row["low"], row["high"], row["method"])),
            _reading(row, seeds, data["notes"]),
        )
        for row in shown
    ]
    header = ("models", "unit", "n", "positive", "women", "difference of AUC", "reading")
    own = ", each on its own drawn seeds where it has several" if max(seeds.values()) > 1 else ""
    sentences = [
        f"AUC of the first minus that of the second, both on the same drawn women{own} "
        f"(paired bootstrap, {values['replicates']:,} draws, 95 % percentile interval).",
        "More than noise: the interval excludes 0.",
    ]
    if any_single(seeds.values()):
        sentences.append(
            "More than the noise of drawing women: so it does, but a model has one seed, and what "
            "another would give was not measured."
        )
    sentences.append("The intervals are not corrected for their number.")
    if len(shown) < len(values["differences"]):
        sentences.append(
            f"Shown are those of {shown[0]['one']}, which has the highest AUC by "
            f"{values['unit']}, from the others; all {len(values['differences'])} are in "
            "comparison.json."
        )
    return [
        Table(
            "Paired differences of AUC", header, rows, " ".join(sentences + caution(data["notes"]))
        )
    ]


def _shown(values: Values) -> list[Values]:
    """All differences of a few models; of many those of the best one from each other."""
    rows: list[Values] = list(values["differences"])
    if len(values["models"]) <= MOST_NAMED:
        return rows
    # As the paragraph ranks them.
    first = min(
        values["models"],
        key=lambda model: (
            -figures_of(model, values["unit"])["metrics"]["auc"]["value"],
            model["name"],
        ),
    )["name"]
    return [
        row if row["one"] == first else _turned(row)
        for row in rows
        if first in (row["one"], row["other"])
    ]


def _turned(row: Values) -> Values:
    """The same difference the other way round."""
    return {
        **row,
        "one": row["other"],
        "other": row["one"],
        "value": -row["value"],
        "low": -row["high"],
        "high": -row["low"],
    }


def _reading(row: Values, seeds: Mapping[str, int], notes: Sequence[str]) -> str:
    if row["may_be_noise"]:
        return "may be noise"
    single = any_single((seeds[row["one"]], seeds[row["other"]]))
    said = "more than the noise of drawing women" if single else "more than noise"
    return f"{said}, but see the note below" if notes else said
