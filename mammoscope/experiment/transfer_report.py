"""The report of a transfer: the matrix of data sets, each cell in full, and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mammoscope.experiment.figure_sources import csv_text
from mammoscope.experiment.report_blocks import (
    Items,
    Prose,
    Section,
    Table,
    Values,
    auc_text,
    estimate_text,
)
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.side_report import Figure, open_side_report, write_side_report
from mammoscope.experiment.statistics import REPLICATES
from mammoscope.experiment.transfer import KIND, measure_transfer
from mammoscope.experiment.verdict import CHANCE
from mammoscope.inference.store import PACKAGE_ZOO

STEM = "transfer"
_NOT_TESTED = "not tested"


def report_transfer(
    folders: Sequence[RunFolder],
    out: Path,
    *,
    zoo: Path = PACKAGE_ZOO,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """Writes the matrix of what was trained on one data set and tested on another.

    Args:
        folders, zoo: as for `measure_transfer`.
        out: folder to write; new, empty, or with an earlier transfer.
        replicates: of the patient bootstrap.

    Returns:
        What `figures.json` holds.

    Raises:
        DatasetError, ModelNotFoundError, ModelIntegrityError: as `measure_transfer`, or `out`
            holds something else.
    """
    open_side_report(out, KIND, [STEM])
    values = measure_transfer(folders, zoo=zoo, replicates=replicates)
    values["verdict"] = _conclusion(values)
    write_side_report(
        out,
        values,
        title=f"Train on one, test on another: {values['task']}",
        sections=transfer_sections(values),
        figures=[Figure(STEM, None, _csv(values))],
    )
    return values


def transfer_sections(values: Values) -> list[Section]:
    """What it shows, the matrix, its cells, and the limits."""
    return [
        Section("What it shows", [Prose(values["verdict"], weighty=True)]),
        Section("Matrix", [_matrix(values), _cells(values)]),
        Section("Limits", [Items(_LIMITS)]),
    ]


_LIMITS = (
    "A cell at home is of the test women of its own split; a cell elsewhere is of a published "
    "model, which may have learnt from all women of its data set.",
    "Labels, views, machines and the share of positives differ between data sets. A lower AUC "
    "elsewhere may be due to any of these, or to harder women.",
    "The difference from home is of other women, so both are drawn on their own; the noise of "
    "training is in it only as far as a cell has several seeds.",
)


def _matrix(values: Values) -> Table:
    columns = list(dict.fromkeys(cell["tested_on"] for cell in values["cells"]))
    found: dict[tuple[str, str], dict[str, Values]] = {}
    for cell in values["cells"]:
        row = found.setdefault((cell["network"], cell["trained_on"]), {})
        row[cell["tested_on"]] = cell
    rows = [
        (network, trained, *(_cell(row.get(column)) for column in columns))
        for (network, trained), row in found.items()
    ]
    return Table(
        "AUC by what was trained on and what was tested on",
        ("network", "trained on", *(f"tested on {column}" for column in columns)),
        rows,
        f"AUC with its 95 % BCa interval of {values['replicates']:,} bootstrap draws of "
        "the tested women, its unit and n.",
    )


def _cell(cell: Values | None) -> str:
    if cell is None:
        return _NOT_TESTED
    known = "; may know these women" if cell["may_know_the_women"] else ""
    return f"{auc_text(cell)}, by {cell['unit']}, n {cell['n']}{known}"


def _cells(values: Values) -> Table:
    rows = [
        (
            cell["folder"],
            cell["network"],
            cell["trained_on"],
            cell["tested_on"],
            cell["unit"],
            *(str(cell[key]) for key in ("n", "n_positive", "n_patients")),
            auc_text(cell),
            estimate_text(cell["lost"]) if cell["lost"] else "",
        )
        for cell in values["cells"]
    ]
    header = ("folder", "network", "trained on", "tested on", "unit", "n", "positive", "women")
    return Table(
        "Each cell of the matrix",
        (*header, "AUC", "minus AUC at home"),
        rows,
        "Minus AUC at home: of the same network and training data on its own test women, where "
        "that was given; the two are of other women (unpaired bootstrap, 95 % percentile "
        "interval).",
    )


def _conclusion(values: Values) -> str:
    sentences = []
    for cell in values["cells"]:
        if cell["home"] or cell["may_know_the_women"]:
            continue
        said = (
            f"{cell['network']}, trained on {cell['trained_on']}, has an AUC by {cell['unit']} of "
            f"{auc_text(cell)} on {cell['tested_on']} (n {cell['n']})"
        )
        if cell["low"] <= CHANCE <= cell["high"]:
            said += ", which cannot be told from guessing"
        if cell["lost"]:
            lost = cell["lost"]
            noise = "may be noise" if lost["low"] <= 0 <= lost["high"] else "excludes 0"
            said += f"; the difference from home of {estimate_text(lost)} {noise}"
        sentences.append(f"{said}.")
    return " ".join(sentences) or (
        "No network was tested on a data set that it was not trained on: nothing is shown of "
        "other collections."
    )


def _csv(values: Values) -> str:
    keys = ("network", "trained_on", "tested_on", "home", "may_know_the_women", "folder")
    counts = ("unit", "n", "n_positive", "n_patients")
    ends = ("value", "low", "high")
    rows = [
        (
            *(cell[key] for key in (*keys, *counts, *ends)),
            *((cell["lost"] or {}).get(end, "") for end in ends),
        )
        for cell in values["cells"]
    ]
    header = (*keys, *counts, "auc", "auc_low", "auc_high", "lost", "lost_low", "lost_high")
    return csv_text(header, rows)
