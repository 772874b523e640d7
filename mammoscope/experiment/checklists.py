"""TRIPOD+AI and CLAIM 2024 filled from a comparison: what the runs know, and what they do not."""

from __future__ import annotations

from collections.abc import Mapping

from mammoscope.experiment.checklist_items import CLAIM, TRIPOD, Item
from mammoscope.experiment.leak import is_leaked
from mammoscope.experiment.report_blocks import (
    Prose,
    Section,
    Table,
    Values,
    auc_text,
    estimate_text,
    figures_of,
    range_text,
    sample_text,
)
from mammoscope.experiment.starts import describe_start
from mammoscope.experiment.wording import join, plural

EMPTY = "not said by the run"
_LEAKED = (
    "Images were split after copies were made of each, so that copies of one image stand in "
    "several parts: a leak repeated on purpose."
)
_TITLES = ("Annex: TRIPOD+AI", "Annex: CLAIM 2024")
_SOURCES = (
    "Items of TRIPOD+AI (Collins et al. 2024, BMJ 385:e078378) by number, titles in our words.",
    "Items of CLAIM 2024 (Tejani et al. 2024, Radiology: Artificial Intelligence 6(4):e240300) by "
    "number, titles in our words.",
)


def checklist_sections(values: Values) -> list[Section]:
    """Both checklists as annexes, from what `comparison.json` holds.

    An item that no file of a run answers is there, marked empty: its authors must fill it.
    """
    facts = _facts(values)
    return [
        _section(title, source, items, facts)
        for title, source, items in zip(_TITLES, _SOURCES, (TRIPOD, CLAIM), strict=True)
    ]


def _section(
    title: str, source: str, items: tuple[Item, ...], facts: Mapping[str, str | None]
) -> Section:
    rows = [
        (number, said, (facts[fact] if fact is not None else None) or EMPTY)
        for number, said, fact in items
    ]
    filled = sum(answer != EMPTY for *_, answer in rows)
    text = (
        f"{filled} of {len(rows)} items and parts of items are answered by what the runs wrote. "
        "The others are marked empty; only the authors of a study can answer them. That an item "
        "is answered does not mean that a reader of the checklist would call it complete."
    )
    return Section(
        title, [Prose(text), Table(title, ("item", "what it asks", "answer"), rows, source)]
    )


def _facts(values: Values) -> dict[str, str | None]:
    """Fact → sentence; None where these runs do not know it."""
    data, models = values["data"], values["models"]
    names = join([model["name"] for model in models])
    negative = join([name for name in data["classes"] if name != data["positive"]])
    what = "histology patches" if data.get("modality") == "histology" else "mammograms"
    versions = _versions(values)
    tested = ", ".join(f"{row['n']} {plural(row['unit'], row['n'])}" for row in data["tested"])
    return {
        "title": f"Classifiers of {what} on {data['name']}, {data['task']}: "
        f"{_each(values, 'title')}. The population is {EMPTY}.",
        "use": f"No use in care. {values['notice']}",
        "objective": f"To tell {data['positive']} from {negative}"
        + (f", and to compare {names}." if len(models) > 1 else f" with {names}."),
        "data": f"{data['name']}: {data['source']}.",
        "licence": f"Data: {data['license']}.",
        "code": _code(versions),
        "availability": f"Data: {data['license']}. {_code(versions) or ''}".strip(),
        "preparation": f"{_each(values, 'preprocessing')}.",
        "predictors": "The pixels of one prepared image and no other variable of a woman: "
        f"{_each(values, 'preprocessing')}.",
        "outcome": f"The label of the data set: {data['positive']}, against {negative}. How it "
        f"was established is {EMPTY}.",
        "partition": _partition(values),
        "disjoint": _disjoint(data),
        "training": f"Networks: {_each(values, 'title')}. Start: {_starts(values)}. Epochs: "
        + "; ".join(f"{model['name']} {range_text(model['epochs'])}" for model in models)
        + f". Seeds: {_seeds(values)}.",
        "start": f"{_starts(values)}.",
        "chosen": "Of a network the epoch with the highest AUC on validation women, who are not "
        "tested" + ("; with folds each fold's own." if models[0]["folds"] else "."),
        "ensembling": _ensembling(values),
        "imbalance": "In training what is rare costs as much as what is frequent (the loss of a "
        "network is weighted by class); the score is calibrated afterwards. "
        f"Positive by image: {_positive(values)}.",
        "metrics": "AUC, accuracy, precision, sensitivity, specificity, F1 and average precision; "
        "sensitivity and specificity at fixed values of the other, PPV and NPV at a stated "
        "prevalence, calibration and decision curves: see the sections of this report.",
        "uncertainty": f"95 % intervals of {values['replicates']:,} bootstrap draws of women, all "
        "images of a drawn woman together; paired tests corrected by Holm: see Differences.",
        "robustness": _robustness(values),
        "output": "A calibrated score in [0, 1], and a verdict at a threshold that was chosen on "
        "the validation part or on the other folds.",
        "predictions": "By the exported graph on each image; a breast has the mean of its views, "
        "calibrated by breast where that was fitted, a woman the maximum of her breasts.",
        "difference": _difference(data),
        "numbers": f"Tested: {tested}.{_parts(data)} Who was left out is {EMPTY}.",
        "specification": "; ".join(
            f"{model['name']}: {model['title']}, {model['parameters']:,} parameters"
            for model in models
        )
        + ". The exported graph lies in each run folder.",
        "software": versions,
        "performance": _performance(values),
        "groups": _groups(values, "AUC"),
        "ages": _groups(values, "AUC", only="age"),
        "sizes": _groups(values, "Numbers of the tested"),
        "input": "A file that cannot be decoded is an error; an image that a gate or the quality "
        "of its breast refuses is answered 'cannot assess', with the reason and no score.",
        "maps": _maps(values),
        "operating": _operating(values),
        "interpretation": "See the section What it shows.",
        "limits": "See the section Limits.",
        "made": f"Split hash {data['split_digest']}; config.json and training.json of each run.",
    }


def _each(values: Values, key: str) -> str:
    """What each model says; once where all say the same."""
    said = {model["name"]: model.get(key, EMPTY) for model in values["models"]}
    if len(set(said.values())) == 1:
        return str(next(iter(said.values())))
    return "; ".join(f"{name}: {text}" for name, text in said.items())


def _starts(values: Values) -> str:
    return "; ".join(
        f"{model['name']} from {describe_start(model['start'], short=True)}"
        for model in values["models"]
    )


def _seeds(values: Values) -> str:
    return "; ".join(
        f"{model['name']} {', '.join(map(str, model['seeds']))}" for model in values["models"]
    )


def _versions(values: Values) -> str | None:
    found: dict[str, None] = {}
    for model in values["models"]:
        found |= {f"{name} {number}": None for name, number in model["versions"].items()}
    return f"{join(list(found))}." if found else None


def _code(versions: str | None) -> str | None:
    return None if versions is None else f"Code: mammoscope, Apache-2.0; {versions}"


def _partition(values: Values) -> str:
    folds = values["models"][0]["folds"]
    if is_leaked(values["data"]["name"]):
        return f"{_LEAKED} One held-out part."
    if folds:
        anew = ", drawn anew for each seed" if values["models"][0]["redrawn"] else ""
        return f"{folds} folds of women{anew}; each woman is tested by networks of the other folds."
    return f"Training, validation and test women; one held-out part.{_parts(values['data'])}"


def _disjoint(data: Values) -> str:
    if is_leaked(data["name"]):
        return _LEAKED
    notes = "".join(f" Note: {note.rstrip('.')}." for note in data["notes"])
    return f"Woman: a split with one woman in two parts is refused.{notes}"


def _difference(data: Values) -> str:
    if is_leaked(data["name"]):
        return _LEAKED
    return (
        "None is known but that the women are others: the tested women are of the collection that "
        "the models were trained on."
    )


def _parts(data: Values) -> str:
    women = data["women"] or {}
    if not women:
        return ""
    return f" Women: {', '.join(f'{name} {number}' for name, number in women.items())}."


def _positive(values: Values) -> str:
    row = next(row for row in values["data"]["tested"] if row["unit"] == "image")
    return f"{row['n_positive']} of {row['n']} tested images"


def _ensembling(values: Values) -> str | None:
    joined = [model["name"] for model in values["models"] if model["start"] == "members"]
    return f"{join(joined)}: a vote of the other networks." if joined else None


def _robustness(values: Values) -> str | None:
    several = [model["name"] for model in values["models"] if len(model["seeds"]) > 1]
    return f"{join(several)} trained from several seeds: see Seed by seed." if several else None


def _performance(values: Values) -> str:
    unit = values["unit"]
    rows = [(model["name"], figures_of(model, unit)) for model in values["models"]]
    said = "; ".join(f"{name} {auc_text(row['metrics']['auc'])}" for name, row in rows)
    groups = _groups(values, "Subgroups") or f"Subgroups are {EMPTY}."
    return f"AUC by {unit} ({sample_text(rows[0][1])}): {said}. {groups}"


def _groups(values: Values, what: str, *, only: str | None = None) -> str | None:
    """What is said by group, where a group (of this one grouping) has a row in the report."""
    names = [
        by["grouping"]
        for of_model in values["subgroups"].values()
        for by in of_model["by"]
        if by["unit"] == values["unit"] and by["known_of"] == "everybody"
        if only in (None, by["grouping"])
    ]
    by = join(list(dict.fromkeys(names)))
    return f"{what} by {by}: see the section For whom." if by else None


def _maps(values: Values) -> str | None:
    models = values["models"]
    pointing = any(model.get("localisation") for model in models)
    checked = any(model.get("saliency") for model in models)
    seen = ["whether the maps point at lesions"] * pointing
    seen += ["what becomes of them without the weights"] * checked
    return f"Measured: {join(seen)}; see their sections." if seen else None


def _operating(values: Values) -> str:
    said = []
    for model in values["models"]:
        metrics = figures_of(model, "image")["metrics"]
        sensitivity, specificity = (
            estimate_text(metrics.get(name)) for name in ("sensitivity", "specificity")
        )
        said.append(f"{model['name']}: sensitivity {sensitivity}, specificity {specificity}")
    return f"By image: {'; '.join(said)}."
