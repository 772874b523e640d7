"""The report of a learning curve: its figure, its table and what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from mammoscope.experiment.comparison_looks import add_legend, looks_of
from mammoscope.experiment.figure_sources import csv_text
from mammoscope.experiment.learning_curve import KIND, measure_learning
from mammoscope.experiment.plots import GRAY, save_figure
from mammoscope.experiment.report_blocks import (
    Items,
    Picture,
    Prose,
    Section,
    Table,
    Values,
    auc_text,
    sample_text,
)
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.side_report import Figure, open_side_report, write_side_report
from mammoscope.experiment.statistics import REPLICATES
from mammoscope.experiment.verdict import is_noise
from mammoscope.types import Estimate

STEM = "learning-curve"
# Between two points of as many women, on the logarithmic axis.
_STEP = 1.02


def report_learning(
    runs: Sequence[RunFolder], out: Path, *, replicates: int = REPLICATES
) -> dict[str, Any]:
    """Writes the learning curve of runs that were tested on the same women.

    Args:
        runs: as for `measure_learning`.
        out: folder to write; new, empty, or with an earlier learning curve.
        replicates: of the patient bootstrap.

    Returns:
        What `figures.json` holds.

    Raises:
        DatasetError: as `measure_learning`, or `out` holds something else.
    """
    open_side_report(out, KIND, [STEM])
    values = measure_learning(runs, replicates=replicates)
    values["verdict"] = " ".join(_conclusions(values))
    data = values["data"]
    write_side_report(
        out,
        values,
        title=f"Learning curve on {data['name']}: {data['task']}",
        sections=learning_sections(values),
        figures=[Figure(STEM, partial(_draw, values), _csv(values))],
    )
    return values


def learning_sections(values: Values) -> list[Section]:
    """What it shows, the figure, every point, and the limits."""
    unit, counts = values["unit"], sample_text(values)
    said = [
        f"{curve['name']}: "
        + ", ".join(f"{auc_text(point)} of {point['women']}" for point in curve["points"])
        for curve in values["curves"]
    ]
    picture = Picture(
        "Learning curve",
        STEM,
        f"AUC by {unit} against women in training. {'; '.join(said)}.",
        f"AUC by {unit} ({counts}), with 95 % BCa intervals of {values['replicates']:,} "
        "bootstrap draws of the tested women, against the number of women in training, on a "
        "logarithmic scale. The line joins the means of the runs of as many women, whose points "
        "stand side by side. All points are of the same tested women: two intervals may overlap "
        "where the difference of the two is more than noise.",
    )
    rows = [
        (
            point["run"],
            curve["name"],
            str(point["women"]),
            "not said" if point["images"] is None else str(point["images"]),
            ", ".join(map(str, point["seeds"])),
            auc_text(point),
        )
        for curve in values["curves"]
        for point in curve["points"]
    ]
    header = ("run", "network", "women in training", "images in training", "seeds")
    table = Table(
        "Runs by the number of women in training",
        (*header, f"AUC by {unit}"),
        rows,
        f"By {unit} ({counts}); a run is named by its folder.",
    )
    return [
        Section("What it shows", [Prose(values["verdict"], weighty=True)]),
        Section("Curve", [picture, table]),
        Section("Limits", [Items(_limits(values))]),
    ]


def _conclusions(values: Values) -> list[str]:
    sentences = []
    for curve in values["curves"]:
        gained = curve["gained"]
        if gained is None:
            sentences.append(f"{curve['name']} has one number of women, which is no curve.")
            continue
        women = {point["run"]: point["women"] for point in curve["points"]}
        estimate = Estimate(*(gained[key] for key in ("value", "low", "high", "method")))
        verdict = (
            "may be noise: its interval holds 0"
            if is_noise(estimate)
            else "is more than the noise of drawing the tested women"
        )
        sentences.append(
            f"{curve['name']}: with {women[gained['to']]} women in training instead of "
            f"{women[gained['from']]} the AUC by {values['unit']} ({sample_text(values)}) changes "
            f"by {auc_text(gained)}, which {verdict}."
        )
    return sentences


def _limits(values: Values) -> list[str]:
    nested = (
        "Each smaller set of training women is part of the larger ones."
        if values["nested"]
        else "The sets of training women are not nested: a step from one number to the next also "
        "changes who is learnt from."
    )
    return [
        nested,
        "The intervals are of the tested women. What other women in training, or another seed, "
        "would give is seen only where there are several runs of as many women.",
        "A curve says nothing of what lies beyond its last point.",
    ]


def _csv(values: Values) -> str:
    keys = ("run", "women", "images", "unit", "n", "n_positive", "n_patients")
    ends = ("value", "low", "high")
    rows = [
        (curve["name"], *(point[key] for key in (*keys, *ends)))
        for curve in values["curves"]
        for point in curve["points"]
    ]
    return csv_text(("network", *keys, "auc", "auc_low", "auc_high"), rows)


def _draw(values: Values, stem: Path) -> None:
    drawing = Drawing(figsize=(6.4, 4.6), layout="constrained")
    axis = drawing.subplots()
    looks, keys = looks_of(curve["name"] for curve in values["curves"]), []
    for curve in values["curves"]:
        look, points = looks[curve["name"]], curve["points"]
        women = [point["women"] for point in points]
        apart = [_apart(values, point) for point in points]
        aucs = [point["value"] for point in points]
        spread = [
            [max(point["value"] - point["low"], 0.0) for point in points],
            [max(point["high"] - point["value"], 0.0) for point in points],
        ]
        axis.errorbar(apart, aucs, yerr=spread, fmt=look.mark, color=look.color, capsize=4)
        sizes = sorted(set(women))
        means = [_mean(points, size) for size in sizes]
        keys += axis.plot(sizes, means, look.line, color=look.color, label=curve["name"])
    axis.axhline(0.5, color=GRAY, linewidth=0.8, linestyle=":")
    keys.append(Line2D([], [], color=GRAY, linewidth=0.8, linestyle=":", label="guessing"))
    axis.set_xscale("log")
    axis.set_xticks(values["sizes"])
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set(xlabel="women in training (log scale)", ylabel=f"AUC by {values['unit']}")
    data = values["data"]
    axis.set_title(f"{data['name']}, {data['task']} (n {values['n']})", fontsize="medium")
    add_legend(drawing, keys)
    save_figure(drawing, stem)


def _apart(values: Values, point: Values) -> float:
    """Where a point is drawn: those of as many women stand side by side, or one hides another."""
    beside = [
        other["run"]
        for curve in values["curves"]
        for other in curve["points"]
        if other["women"] == point["women"]
    ]
    return float(point["women"] * _STEP ** (beside.index(point["run"]) - (len(beside) - 1) / 2))


def _mean(points: Sequence[Values], women: int) -> float:
    aucs = [point["value"] for point in points if point["women"] == women]
    return float(sum(aucs) / len(aucs))
