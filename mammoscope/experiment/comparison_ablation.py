"""The section of a comparison's report on models that differ in one thing alone."""

from __future__ import annotations

from mammoscope.experiment.ablation import PREPROCESSING
from mammoscope.experiment.report_blocks import Block, Prose, Section, Table, Values, auc_text
from mammoscope.experiment.wording import duration

TITLE = "Ablations"


def ablation_sections(values: Values) -> list[Section]:
    """One section with every such pair; none where there is no pair."""
    blocks: list[Block] = []
    for pair in values["ablations"]:
        blocks += _blocks(pair, values)
    return [Section(TITLE, blocks)] if blocks else []


def _blocks(pair: Values, values: Values) -> list[Block]:
    models = {model["name"]: model for model in values["models"]}
    without, with_ = models[pair["without"]], models[pair["with"]]
    settings = pair["settings"]
    if pair["aspect"] == PREPROCESSING:
        settings = {"with": with_["preprocessing"], "without": without["preprocessing"]}
    text = (
        f"{with_['name']} and {without['name']} differ in {pair['aspect']} alone: "
        f"{settings['with']}; against {settings['without']}. All else that a training is made "
        "from is the same: network, start, women, folds, seeds, augmentation. "
        f"Fitting took {duration(with_['training_seconds'])} and "
        f"{duration(without['training_seconds'])}."
    )
    if with_["parameters"] != without["parameters"]:
        text += (
            f" The first layer reads other channels, so that {with_['name']} has "
            f"{with_['parameters']:,} weights and {without['name']} {without['parameters']:,}."
        )
    rows = [
        (
            row["unit"],
            *(str(row[key]) for key in ("n", "n_positive", "n_patients")),
            auc_text(row["without"]),
            auc_text(row["with"]),
            auc_text(row["difference"]),
            "may be noise" if row["difference"]["may_be_noise"] else "the interval excludes 0",
        )
        for row in pair["rows"]
    ]
    table = Table(
        f"AUC of {with_['name']} against {without['name']}",
        (
            *("unit", "n", "positive", "women"),
            *(f"AUC of {without['name']}", f"AUC of {with_['name']}"),
            *("difference", "reading"),
        ),
        rows,
        f"The difference is the AUC of {with_['name']} minus that of {without['name']}, both on "
        f"the same drawn women (paired bootstrap, {values['replicates']:,} draws, 95 % BCa "
        "interval).",
    )
    return [Prose(text), table, Prose(pair["conclusion"], weighty=True)]
