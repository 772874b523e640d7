"""What stands beside the models: how far age, file or colour alone tell, and for whom they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mammoscope.experiment.compared_run import ComparedRun
from mammoscope.experiment.report_blocks import (
    Section,
    Table,
    Values,
    auc_text,
    sample_text,
    table_of_models,
)


def gather_baselines(runs: Sequence[ComparedRun]) -> dict[str, Any]:
    """Baselines and subgroups that the runs' reports hold, as JSON values.

    A baseline is of the women and not of a model: the first run that has one of a name gives it.

    Args:
        runs: of the same tested women.
    """
    baselines: dict[str, Any] = {}
    for run in runs:
        for name, estimate in run.report.get("baselines", {}).items():
            baselines.setdefault(name, estimate)
    return {
        "baselines": [{"name": name, **estimate} for name, estimate in baselines.items()],
        "subgroups": {run.name: run.report.get("subgroups", {"by": []}) for run in runs},
    }


def baseline_sections(values: Values) -> list[Section]:
    """The baselines, and the AUC of every model by group; neither where no run wrote any."""
    found = []
    if values["baselines"]:
        found.append(Section("Beside the models", [_baselines(values)]))
    groups = _groups(values)
    if groups:
        found.append(Section("For whom", [_subgroups(values, groups)]))
    return found


def _baselines(values: Values) -> Table:
    counts = {row["unit"]: row for row in values["data"]["tested"]}
    rows = []
    for row in values["baselines"]:
        name, _, unit = row["name"].partition(", AUC by ")
        rows.append((name, unit, sample_text(counts[unit]), auc_text(row)))
    caption = (
        "AUC of what is no model of the picture's content, on the same women. A model that does "
        "not reach it tells nothing that could not be had without it; one that reaches it may "
        "have learnt the same. Value (low to high): 95 % of bootstrap draws of women."
    )
    return Table("Baselines", ("what", "unit", "tested", "AUC"), rows, caption)


# Grouping and group → model → its figures of that group.
_Groups = dict[tuple[str, str], dict[str, Mapping[str, Any]]]


def _groups(values: Values) -> _Groups:
    found: _Groups = {}
    for model, subgroups in values["subgroups"].items():
        for by in subgroups["by"]:
            if by["unit"] == values["unit"] and by["known_of"] == "everybody":
                for group in by["groups"]:
                    found.setdefault((by["grouping"], group["group"]), {})[model] = group
    return found


def _subgroups(values: Values, groups: _Groups) -> Table:
    models = [model["name"] for model in values["models"]]
    rows = []
    for (grouping, group), of_model in groups.items():
        first = next(iter(of_model.values()))
        cells = (_cell(of_model.get(model)) for model in models)
        rows.append((f"{grouping} {group}: {sample_text(first)}", *cells))
    caption = (
        f"AUC by {values['unit']} in each group of the tested women; sensitivity and specificity "
        "at the operating point, the other units, and the kinds of lesion stand in each run's "
        "report.json. 95 % of bootstrap draws of women, not corrected for the number of groups: "
        "of twenty groups one is odd by chance."
    )
    return table_of_models("The AUC by group", ("", *models), rows, caption)


def _cell(group: Mapping[str, Any] | None) -> str:
    if group is None:
        return "not known"
    if "auc" not in group["metrics"]:
        return group["left_out"] or "not defined"
    return auc_text(group["metrics"]["auc"])
