"""A report's section on what the models would do in screening: fixed points, and a prevalence."""

from __future__ import annotations

from mammoscope.experiment.report_blocks import (
    Block,
    Picture,
    Section,
    Table,
    Values,
    estimate_text,
    figures_of,
    sample_text,
)

_FIXED = {
    "sensitivity_at_specificity_90": "sensitivity at 90 % specificity",
    "sensitivity_at_specificity_95": "sensitivity at 95 % specificity",
    "specificity_at_sensitivity_90": "specificity at 90 % sensitivity",
    "specificity_at_sensitivity_95": "specificity at 95 % sensitivity",
    "partial_auc_specificity_90": "partial AUC, specificity 90 % and up",
    "average_precision": "average precision",
}
DECISION = "decision-curve"


def screening_sections(values: Values) -> list[Section]:
    """Two sections: figures at fixed points and at a prevalence, and what acting is worth."""
    blocks: list[Block] = [_fixed(values), *_at_prevalence(values)]
    return [
        Section("Fixed points and prevalence", blocks),
        Section("What acting on the scores is worth", [_decision(values)]),
    ]


def _fixed(values: Values) -> Table:
    rows = [
        (
            model["name"],
            row["unit"],
            *(str(row[key]) for key in ("n", "n_positive", "n_patients")),
            *(estimate_text(row["metrics"].get(name)) for name in _FIXED),
        )
        for model in values["models"]
        for row in model["screening"]
    ]
    return Table(
        "Fixed points of the ROC curve",
        ("model", "unit", "n", "positive", "women", *_FIXED.values()),
        rows,
        f"Value (low to high): 95 % BCa interval of {values['replicates']:,} bootstrap "
        "draws of women. The point is the best one that a threshold reaches on these very women, "
        "chosen anew in each draw: that flatters a little, unlike the thresholds of the table "
        "above. The partial AUC is standardised (McClish 1989): 0.5 is guessing, 1 perfect. "
        "Average precision of guessing is the share of the positives, so it holds for this mix "
        "alone.",
    )


def _at_prevalence(values: Values) -> list[Table]:
    prevalence = f"{100 * values['prevalence']:.1f} %"
    rows = []
    for model in values["models"]:
        row = next(row for row in model["screening"] if row["unit"] == "woman")
        found = [row["metrics"].get(name) for name in ("positive_value", "negative_value")]
        if any(found):
            metrics = figures_of(model, "woman")["metrics"]
            rows.append(
                (
                    model["name"],
                    *(str(row[key]) for key in ("n", "n_positive")),
                    *(estimate_text(metrics.get(key)) for key in ("sensitivity", "specificity")),
                    *(_precise(value) for value in found),
                )
            )
    if not rows:
        return []
    header = (
        *("model", "women", "positive", "sensitivity", "specificity"),
        *(f"PPV at {prevalence}", f"NPV at {prevalence}"),
    )
    caption = (
        f"By woman, were {prevalence} of the women ill, as on a screening day: by Bayes' theorem "
        "from the sensitivity and specificity at the operating point, with their 95 % intervals "
        "from the same draws. It takes for granted that the women who are ill, and those who are "
        f"not, would look as they do here, and nobody tested that. NPV of calling nobody: "
        f"{1 - values['prevalence']:.4f}."
    )
    return [Table("Predictive values at a screening prevalence", header, rows, caption)]


def _precise(row: Values | None) -> str:
    """Four digits: at a prevalence of a few in a thousand two would be 0.01 and 0.99 of all."""
    if row is None:
        return "not defined"
    return f"{row['value']:.4f} ({row['low']:.4f} to {row['high']:.4f})"


def _decision(values: Values) -> Picture:
    decision = values["decision"]
    thresholds = decision["thresholds"]
    middle = min(range(len(thresholds)), key=lambda at: abs(thresholds[at] - 0.3))
    said = [
        f"{model['name']} {_benefit(model['net_benefit'][middle])}" for model in decision["models"]
    ]
    everyone = _benefit(decision["everyone"][middle])
    return Picture(
        "Decision curve by image",
        DECISION,
        f"Net benefit by image ({sample_text(decision)}) over the threshold. At "
        f"{thresholds[middle]:g}: {'; '.join(said)}; acting on every image {everyone}.",
        f"By image ({sample_text(decision)}), since it is by image that the scores are calibrated. "
        "Net benefit (Vickers & Elkin 2006) is in true positives an image: those found, less the "
        "false alarms at the rate of exchange that the threshold stands for. Acting on nobody "
        f"gains 0. Bands (of a few models) are 95 % intervals of {values['replicates']:,} "
        f"bootstrap draws of women. The share of positives is that of this collection "
        f"({decision['prevalence']:.2f}); in a screening population the curve is another.",
        broad=True,
    )


def _benefit(row: Values) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
