"""What a comparison's report says, section by section, from the figures; no format."""

from __future__ import annotations

from collections.abc import Sequence

from mammoscope.datasets.folder import NAME as FOLDER
from mammoscope.experiment.checklists import checklist_sections
from mammoscope.experiment.comparison_ablation import ablation_sections
from mammoscope.experiment.comparison_baselines import baseline_sections
from mammoscope.experiment.comparison_calibration import calibration_section
from mammoscope.experiment.comparison_cost import cost_blocks
from mammoscope.experiment.comparison_differences import difference_blocks
from mammoscope.experiment.comparison_localisation import localisation_sections
from mammoscope.experiment.comparison_sanity import sanity_sections
from mammoscope.experiment.comparison_screening import screening_sections
from mammoscope.experiment.comparison_standing import front_blocks, ranking_sections
from mammoscope.experiment.report_blocks import (
    Block,
    Items,
    Picture,
    Prose,
    Section,
    Table,
    Values,
    auc_text,
    estimate_text,
    figures_of,
    range_text,
    sample_text,
    table_of_models,
)
from mammoscope.experiment.starts import describe_start, saw_no_mammogram
from mammoscope.experiment.verdict import MOST_NAMED
from mammoscope.experiment.wording import join, plural

LIMITS = "Limits"
_METRICS = {
    "auc": "AUC",
    "accuracy": "accuracy",
    "precision": "precision",
    "sensitivity": "recall (sensitivity)",
    "specificity": "specificity",
    "f1": "F1",
}

_HISTOLOGY = "Note: a patch that no patient is given for counts as one of a woman of its own."


def title(values: Values) -> str:
    data = values["data"]
    names = [model["name"] for model in values["models"]]
    said = join(names) if len(names) <= MOST_NAMED else f"{len(names)} models"
    return f"{said} on {data['name']}: {data['task']}"


def sections(values: Values) -> list[Section]:
    """The sections in the order of the report, from what `comparison.json` holds."""
    return [
        Section("What was compared", _compared(values)),
        Section("What it shows", [Prose(values["verdict"], weighty=True)]),
        Section("Figures on the tested women", [_metrics(values)]),
        *baseline_sections(values),
        Section("Differences", difference_blocks(values)),
        *ranking_sections(values),
        *ablation_sections(values),
        *_seeds(values),
        Section("Training", [_curves(values)]),
        Section("ROC", [_roc(values)]),
        Section("Confusion", [_confusion(values)]),
        calibration_section(values),
        *screening_sections(values),
        *localisation_sections(values),
        *sanity_sections(values),
        Section("Cost", [*cost_blocks(values), *front_blocks(values)]),
        Section(LIMITS, [Items(_limits(values))]),
        Section("How it was made", _made(values)),
        *checklist_sections(values),
    ]


def _compared(values: Values) -> list[Block]:
    data, models = values["data"], values["models"]
    negative = [name for name in data["classes"] if name != data["positive"]]
    tested = ", ".join(f"{row['n']} {plural(row['unit'], row['n'])}" for row in data["tested"])
    lines = [
        f"Data: {data['name']} ({data['source']}).",
        f"Licence of the data: {data['license']}.",
        *(f"Note: {note}" for note in data["notes"]),
        *([_HISTOLOGY] if data.get("modality") == "histology" else []),
        f"Question: {data['task']}; positive is {data['positive']}, against {join(negative)}.",
        f"Tested: {tested}. {_unseen(models, data['name'])}",
        *_limits_of_models(models),
        *_parts(data),
        f"Split hash (SHA-256 of split.csv, the same for every run): {data['split_digest']}.",
    ]
    rows = [
        (
            model["name"],
            model["title"],
            describe_start(model["start"], short=True),
            model["preprocessing"],
            _design(model),
            ", ".join(map(str, model["seeds"])),
            range_text(model["epochs"]),
        )
        for model in models
    ]
    header = ("model", "network", "start", "preprocessing", "design", "seeds", "epochs")
    caption = "A model is named by its run folder. Epochs are those that a network trained."
    return [Items(lines), Table("The models", header, rows, caption)]


def _unseen(models: Sequence[Values], dataset: str) -> str:
    """Who judges a woman; a training cannot speak for the one that its weights came from."""
    known, unknown = [], []
    for model in models:
        learnt = model["learnt_before"]
        # All folders go by one name: nobody knows whether two share women.
        if learnt and not (dataset == FOLDER and FOLDER in learnt):
            known.append(
                f" {model['name']} started from {model['start']}, which had learnt from "
                f"{join(learnt)}, but from no woman that is tested here."
            )
        elif not saw_no_mammogram(model["start"]):
            unknown.append(f"{model['name']} started from ({model['start']})")
    here = (
        f" in this training; what the weights that {join(unknown)} had seen is not known here"
        if unknown
        else ""
    )
    return f"Each woman is judged by networks that never saw her{here}.{''.join(known)}"


def _limits_of_models(models: Sequence[Values]) -> list[str]:
    """What holds of some models alone, each sentence once."""
    names: dict[str, list[str]] = {}
    for model in models:
        for limit in model["limits"]:
            names.setdefault(limit, []).append(model["name"])
    return [f"{join(of)}: {limit}" for limit, of in names.items()]


def _parts(data: Values) -> list[str]:
    """Women and images of each part, where one part was held out."""
    women, images = data["women"] or {}, data["images"] or {}
    if not women:
        return []
    parts = ", ".join(f"{name} {women[name]} ({images.get(name, '?')} images)" for name in women)
    return [f"Women: {parts}."]


def _design(model: Values) -> str:
    folds, seeds = model["folds"], len(model["seeds"])
    how = f"{folds} folds, each tested once a seed" if folds else "one held-out part"
    how += ", drawn anew for each seed" if model["redrawn"] else ""
    return how if seeds * max(folds, 1) == 1 else f"{how}; {model['networks']} networks"


def _metrics(values: Values) -> Table:
    rows = []
    for model in values["models"]:
        for figures in model["figures"]:
            metrics = figures["metrics"]
            auc = auc_text(metrics["auc"]) if "auc" in metrics else "not defined"
            cells = [auc, *(estimate_text(metrics.get(name)) for name in list(_METRICS)[1:])]
            counts = [str(figures[key]) for key in ("n", "n_positive", "n_patients")]
            rows.append([model["name"], figures["unit"], *counts, *cells])
    header = ("model", "unit", "n", "positive", "women", *_METRICS.values())
    seeds = any(len(model["seeds"]) > 1 for model in values["models"])
    return Table(
        "Metrics by image, breast and woman",
        header,
        rows,
        "Value (low to high): 95 % BCa interval of "
        f"{values['replicates']:,} bootstrap draws of women, all images of a drawn woman together"
        + (", and of seeds, where a model has several. " if seeds else ". ")
        + "A breast's score is the mean of its views', calibrated by breast where that was fitted, "
        "a woman's the maximum of her breasts'; "
        "either is positive if one of its images is. All but the AUC are at the operating point: "
        "each score is held against the threshold that was chosen without its woman."
        + (" Of several seeds every figure is the mean." if seeds else ""),
    )


def _seeds(values: Values) -> list[Section]:
    rows = [
        (
            model["name"],
            str(row["seed"]),
            row["unit"],
            str(row["n"]),
            str(row["n_positive"]),
            str(row["n_patients"]),
            auc_text(row),
        )
        for model in values["models"]
        for row in model["auc_by_seed"]
    ]
    if not rows:
        return []
    header = ("model", "seed", "unit", "n", "positive", "women", "AUC")
    caption = (
        "The same networks trained from other random numbers. What differs from seed to seed is "
        "chance of training; the interval is that of drawing women alone."
    )
    return [Section("Seed by seed", [Table("AUC of each seed", header, rows, caption)])]


def _curves(values: Values) -> Picture:
    said = [
        f"{model['name']}: {model['networks']} {plural('network', model['networks'])} of "
        f"{range_text(model['epochs'])} epochs"
        for model in values["models"]
    ]
    return Picture(
        "Loss, accuracy and AUC over epochs",
        "curves",
        f"Loss, accuracy and AUC over the epochs of training, by image. {'; '.join(said)}.",
        "By image; colour is the model, solid the validation images, dashed the training images "
        "as they were met in training, the loss weighted by class (that of validation is not). "
        "Of several networks (folds, seeds) the line is the mean of those that have that epoch, "
        "the band (of a few models) reaches from the least to the most. Epochs that early stopping "
        "skipped have no point; a model that is fitted in one step is a point left of the lines, "
        "filled of the validation images, hollow of the training images. An epoch has no interval, "
        "since its scores are not kept: these curves tell how training went, not how good a model "
        "is.",
        broad=True,
    )


def _roc(values: Values) -> Picture:
    unit = values["unit"]
    rows = [(model["name"], figures_of(model, unit)) for model in values["models"]]
    aucs = [f"{name} {auc_text(row['metrics']['auc'])}" for name, row in rows]
    counts = sample_text(rows[0][1])
    return Picture(
        f"ROC by {unit}",
        f"roc-{unit}",
        f"ROC curves by {unit} ({counts}). AUC: {'; '.join(aucs)}.",
        f"By {unit} ({counts}). Of several seeds each is drawn thinly (of a few models); the "
        "thick line is their mean sensitivity at each specificity, and the area under it is the "
        "AUC in the legend.",
    )


def _confusion(values: Values) -> Picture:
    said, seeds = [], False
    for model in values["models"]:
        table = model["confusion"]
        seeds = seeds or table["mean_of_seeds"] > 1
        counts = ", ".join(
            f"{table[key]:.4g} {key.replace('_', ' ')}s"
            for key in ("true_positive", "false_negative", "false_positive", "true_negative")
        )
        said.append(f"{model['name']}: {counts}")
    mean = " Counts are means of a model's seeds." if seeds else ""
    return Picture(
        "Confusion matrices by image",
        "confusion",
        f"Confusion matrices by image, n {values['models'][0]['confusion']['n']}. "
        f"{'; '.join(said)}.",
        f"By image, n {values['models'][0]['confusion']['n']}; each score held against the "
        "threshold that was chosen without its woman. Under a count stands its share of the row, "
        "so that sensitivity is at the lower right and specificity at the upper left; both stand "
        f"above with their 95 % intervals.{mean}",
        broad=len(values["models"]) > 1,
    )


def _limits(values: Values) -> list[str]:
    models = values["models"]
    lines = [
        "The intervals say what other women of the same collection could have given. They do not "
        "cover another hospital, another machine or another year: expect worse there.",
        "A threshold fits the mix of positives in this collection; in a screening population, "
        "where far fewer women are ill, precision is far lower.",
    ]
    if any(len(model["seeds"]) == 1 for model in models):
        lines.append(
            "A model of one seed is one throw of its training: another seed gives other figures."
        )
    if any(len(model["seeds"]) > 1 for model in models):
        lines.append(
            "The noise of training is in the interval of a model of several seeds, as far as so "
            "few show it: rather too little of it than too much."
        )
    if any(model["folds"] for model in models):
        lines.append(
            "Scores out of fold come from several networks, each calibrated by what the other "
            "folds decided; pooling them assumes that equal scores mean the same, and the folds "
            "share training women."
        )
    if len({(len(model["seeds"]), model["networks"]) for model in models}) > 1:
        lines.append("The models were not trained equally often: see the table of models.")
    if len({model["training_device"] for model in models}) > 1:
        lines.append("The models were trained on different devices: the times do not compare.")
    if len({model["cost"]["machine"] for model in models if model["cost"]}) > 1:
        lines.append("Costs were measured on different machines: latencies do not compare.")
    return lines


def _made(values: Values) -> list[Block]:
    models = values["models"]
    text = (
        f"By mammoscope compare {' '.join(model['name'] for model in models)}, from config.json, "
        "split.csv, history.csv, training.json, cost.json, predictions.csv, and report.json and "
        "saliency.json where they are, of each run; no image, weight or graph was opened. Every "
        "number stands with its n, unit and interval in comparison.json, every table in "
        "tables.tex, and beside every figure a PNG and the CSV that it was drawn from."
    )
    names = list(dict.fromkeys(name for model in models for name in model["versions"]))
    if not names:
        return [Prose(text)]
    rows = [
        (name, *(str(model["versions"].get(name, "not said")) for model in models))
        for name in names
    ]
    header = ("", *(model["name"] for model in models))
    caption = "Versions that trained each model."
    return [Prose(text), table_of_models("Versions", header, rows, caption)]
