"""The table of a survey: a row a model, as JSON values, CSV and Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from mammoscope.experiment.report_blocks import estimate_text
from mammoscope.experiment.study_config import split_name
from mammoscope.experiment.survey_claims import CLAIMS, NONE_FOUND
from mammoscope.types import RESEARCH_NOTICE

KIND = "mammoscope survey"
NOT_REPEATED = "not repeated"
# Key of a row → unit, metric and heading.
_MEASURED = {
    "auc_by_image": ("image", "auc", "AUC by image"),
    "auc_by_woman": ("woman", "auc", "AUC by woman"),
    "accuracy": ("image", "accuracy", "accuracy"),
    "sensitivity": ("image", "sensitivity", "sensitivity"),
    "specificity": ("image", "specificity", "specificity"),
}
_LEAKED = {key: _MEASURED[key] for key in ("auc_by_image", "accuracy")}


def survey_values(
    models: Sequence[str],
    honest: Mapping[str, Any],
    leaked: Mapping[str, Any],
    *,
    copies: int,
) -> dict[str, Any]:
    """What `table.json` holds.

    Args:
        models: of the honest study, in the order of the rows.
        honest, leaked: what `comparison.json` of either study holds.
        copies: of each image in the leaked one.
    """
    by_name, spoilt = ({row["name"]: row for row in of["models"]} for of in (honest, leaked))
    rows = [_row(model, by_name[model], spoilt.get(model)) for model in models]
    return {
        "kind": KIND,
        "notice": RESEARCH_NOTICE,
        "data": honest["data"],
        "copies": copies,
        "sentences": _sentences(rows, honest, copies),
        "rows": rows,
    }


def _row(model: str, honest: Mapping[str, Any], leaked: Mapping[str, Any] | None) -> dict[str, Any]:
    measured = _figures(honest, _MEASURED)
    row: dict[str, Any] = {
        "model": model,
        "title": honest["title"],
        "claims": [asdict(claim) for claim in CLAIMS.get(split_name(model)[0], ())],
        "by_patient": measured,
        "leaked": None,
        "auc_gained_by_the_leak": None,
    }
    if leaked is not None:
        row["leaked"] = _figures(leaked, _LEAKED)
        gained = row["leaked"]["auc_by_image"]["value"] - measured["auc_by_image"]["value"]
        row["auc_gained_by_the_leak"] = gained
    return row


def _figures(model: Mapping[str, Any], asked: Mapping[str, tuple[str, str, str]]) -> dict[str, Any]:
    """The figures asked for, None where one is not defined, and what they were measured on."""
    by_unit = {figures["unit"]: figures for figures in model["figures"]}
    image = by_unit["image"]
    counts = {"images": image["n"], "positive": image["n_positive"], "women": image["n_patients"]}
    return counts | {key: by_unit[unit]["metrics"].get(of) for key, (unit, of, _) in asked.items()}


def _sentences(
    rows: Sequence[Mapping[str, Any]], honest: Mapping[str, Any], copies: int
) -> list[str]:
    tested = rows[0]["by_patient"]
    larger = max(tested["positive"], tested["images"] - tested["positive"]) / tested["images"]
    design = "in folds" if honest["models"][0]["folds"] else "in one held-out part"
    return [
        f"By patient: women are kept whole and tested {design} ({tested['images']} images, "
        f"{tested['positive']} positive, {tested['women']} women); figures are by image but where "
        "a column says woman, whose score is the highest of her breasts'. Intervals are 95 % of "
        f"{honest['replicates']:,} bootstrap draws of women, all images of a drawn woman together. "
        "Accuracy, sensitivity and specificity are at a threshold that was chosen without the "
        f"woman; calling every image the commoner class has an accuracy of {larger:.2f}.",
        f"With the leak repeated: augmented copies were made of each image ({copies}) and all "
        "split at random, as if each were another woman's. Its unit is the image or copy and its "
        "intervals are of drawn images, since the leak pretends that they are independent; they "
        "are too narrow, and no leaked figure may be believed. The last column is leaked AUC "
        "minus AUC by patient, both by image; it has no interval, since the tested images are not "
        "the same.",
        "A claim is of its own data, question and design, and was not checked by us.",
    ]


def survey_csv(values: Mapping[str, Any]) -> str:
    """A line a model; an estimate is three columns: value, low and high."""
    text = io.StringIO()
    ends = ("value", "low", "high")
    header = ["model", "title", "claimed", "claimed_metric", "claimed_setting", "claimed_source"]
    for part, asked in (("by_patient", _MEASURED), ("leaked", _LEAKED)):
        header += [f"{part}_images", f"{part}_positive", f"{part}_women"]
        header += [f"{part}_{key}_{end}" for key in asked for end in ends]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*header, "auc_gained_by_the_leak"])
    for row in values["rows"]:
        cells = [row["model"], row["title"], *_claim_cells(row)]
        for part, asked in (("by_patient", _MEASURED), ("leaked", _LEAKED)):
            found = row[part] or {}
            cells += [found.get(count, "") for count in ("images", "positive", "women")]
            cells += [(found.get(key) or {}).get(end, "") for key in asked for end in ends]
        gained = row["auc_gained_by_the_leak"]
        writer.writerow([*cells, "" if gained is None else gained])
    return text.getvalue()


def survey_markdown(values: Mapping[str, Any]) -> str:
    """The table, and under it what its units are and whom its leaked figures may convince."""
    data = values["data"]
    measured = [heading for _, _, heading in _MEASURED.values()]
    leaked = [f"leaked: {heading}" for _, _, heading in _LEAKED.values()]
    header = [
        *("model", "claimed", "metric", "claimed on", "source"),
        *(*measured, "images", "women"),
        *(*leaked, "leaked: images", "AUC gained by the leak"),
    ]
    lines = [
        f"# Claimed, measured, and leaked: {data['name']}, {data['task']}",
        values["notice"],
        "\n".join(
            _line(cells) for cells in (header, ["---"] * len(header), *map(_cells, values["rows"]))
        ),
        *values["sentences"],
        *(f"Note on the data: {note.rstrip('.')}." for note in data["notes"]),
    ]
    return "\n\n".join(lines) + "\n"


def _cells(row: Mapping[str, Any]) -> list[str]:
    honest, leaked = row["by_patient"], row["leaked"]
    cells = [row["model"], *_claim_cells(row)]
    cells += [estimate_text(honest[key]) for key in _MEASURED]
    cells += [str(honest["images"]), str(honest["women"])]
    if leaked is None:
        return [*cells, NOT_REPEATED, NOT_REPEATED, "", ""]
    cells += [estimate_text(leaked[key]) for key in _LEAKED]
    return [*cells, str(leaked["images"]), f"{row['auc_gained_by_the_leak']:+.2f}"]


def _claim_cells(row: Mapping[str, Any]) -> list[str]:
    """Value, metric, setting and source of a row's claims."""
    if not row["claims"]:
        return [NONE_FOUND, "", "", ""]
    keys = ("value", "metric", "setting", "source")
    return ["; ".join(claim[key] for claim in row["claims"]) for key in keys]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
