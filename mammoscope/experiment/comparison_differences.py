"""A report's section on differences of AUC; of many models, how far each is from the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mammoscope.experiment.report_blocks import Block, Prose, Table, Values, figures_of
from mammoscope.experiment.verdict import MOST_NAMED, any_single, caution
from mammoscope.types import Estimate

_DELONG = (
    "By DeLong (1988): the same difference with a normal interval, the images of a woman taken "
    "together (Obuchowski 1997), and a two-sided p; it holds the noise of drawing women alone. "
    "After Holm (1979): p corrected for the number of pairs of models, by each unit on its own."
)


def difference_blocks(values: Values) -> list[Block]:
    """A row a pair and unit, and what they say; a sentence where there is no pair."""
    if not values["differences"]:
        return [Prose("One model was given: there is nothing to compare it with.")]
    data = values["data"]
    seeds = {model["name"]: len(model["seeds"]) for model in values["models"]}
    shown = _shown(values, values["differences"])
    rows = [
        (
            f"{row['one']} minus {row['other']}",
            row["unit"],
            str(row["n"]),
            str(row["n_positive"]),
            str(row["n_patients"]),
            _text(row),
            *_delong_cells(row),
            _reading(row, seeds, data["notes"]),
        )
        for row in shown
    ]
    header = (
        *("models", "unit", "n", "positive", "women", "difference of AUC"),
        *("by DeLong", "p of DeLong", "p after Holm", "reading"),
    )
    own = ", each on its own drawn seeds where it has several" if max(seeds.values()) > 1 else ""
    sentences = [
        f"AUC of the first minus that of the second, both on the same drawn women{own} "
        f"(paired bootstrap, {values['replicates']:,} draws, 95 % BCa interval).",
        "More than noise: the interval excludes 0.",
    ]
    if any_single(seeds.values()):
        sentences.append(
            "More than the noise of drawing women: so it does, but a model has one seed, and what "
            "another would give was not measured."
        )
    sentences += ["The intervals are not corrected for their number.", _DELONG]
    if len(shown) < len(values["differences"]):
        sentences.append(
            f"Shown are those of {shown[0]['one']}, which has the highest AUC by "
            f"{values['unit']}, from the others; all {len(values['differences'])} are in "
            "comparison.json."
        )
    return [
        Table(
            "Paired differences of AUC", header, rows, " ".join(sentences + caution(data["notes"]))
        ),
        _verdicts(values),
    ]


def _verdicts(values: Values) -> Table:
    """A row a pair: on how many women just one of the two is right."""
    several = any(len(model["seeds"]) > 1 for model in values["models"])
    rows = [
        (
            f"{row['one']} minus {row['other']}",
            *(str(row[key]) for key in ("n", "n_positive")),
            _text(row),
            str(row["mcnemar"]["only_one"]),
            str(row["mcnemar"]["only_other"]),
            p_text(row["mcnemar"]["p"]),
            p_text(row["mcnemar"]["p_holm"]),
        )
        for row in _shown(values, values["verdicts"])
    ]
    header = (
        *("models", "women", "positive", "difference of accuracy", "only the first is right"),
        *("only the second is right", "p of McNemar", "p after Holm"),
    )
    caption = (
        "By woman, whose verdicts are independent of other women's, each held against the "
        "threshold that was chosen without her. Difference of accuracy with its 95 % interval "
        f"(paired bootstrap, {values['replicates']:,} draws); McNemar's test is exact (McNemar "
        f"1947, two-sided). All {len(values['verdicts'])} pairs are the family of Holm (1979)."
    )
    if several:
        caption += " Of several seeds a woman's verdict is what more than half of them called."
    return Table("Verdicts of two models on the same women", header, rows, caption)


def p_text(p: float) -> str:
    """`0.012`, or `< 0.001`: a p has no more digits than it is worth."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _text(row: Values) -> str:
    return str(Estimate(row["value"], row["low"], row["high"], row["method"]))


def _delong_cells(row: Values) -> tuple[str, str, str]:
    found = row["delong"]
    if found is None:
        return ("not defined", "not defined", "not defined")
    return (_text(found), p_text(found["p"]), p_text(found["p_holm"]))


def _shown(values: Values, all_rows: Sequence[Values]) -> list[Values]:
    """All pairs of a few models; of many those of the best one with each other."""
    rows = list(all_rows)
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
    turned = {**row, **_negated(row), "one": row["other"], "other": row["one"]}
    if row.get("delong"):
        turned["delong"] = {**row["delong"], **_negated(row["delong"])}
    if "mcnemar" in row:
        test = row["mcnemar"]
        turned["mcnemar"] = {
            **test,
            "only_one": test["only_other"],
            "only_other": test["only_one"],
        }
    return turned


def _negated(row: Values) -> dict[str, float]:
    return {"value": -row["value"], "low": -row["high"], "high": -row["low"]}


def _reading(row: Values, seeds: Mapping[str, int], notes: Sequence[str]) -> str:
    if row["may_be_noise"]:
        return "may be noise"
    single = any_single((seeds[row["one"]], seeds[row["other"]]))
    said = "more than the noise of drawing women" if single else "more than noise"
    return f"{said}, but see the note below" if notes else said
