"""The pictures of a comparison: which there are, and each with its source CSV beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mammoscope.experiment.calibration_plots import draw_decisions, draw_reliability
from mammoscope.experiment.compared_run import ComparedRun
from mammoscope.experiment.comparison_calibration import RELIABILITY
from mammoscope.experiment.comparison_localisation import FROC, mapped_models
from mammoscope.experiment.comparison_looks import Look, looks_of
from mammoscope.experiment.comparison_plots import (
    Point,
    draw_confusions,
    draw_histories,
    draw_rocs,
    draw_trade_off,
    find_front,
)
from mammoscope.experiment.comparison_screening import DECISION
from mammoscope.experiment.figure_sources import (
    confusions_csv,
    decisions_csv,
    froc_csv,
    histories_csv,
    reliability_csv,
    rocs_csv,
    trade_off_csv,
)
from mammoscope.experiment.localisation_plots import draw_froc
from mammoscope.experiment.report_blocks import estimate_text, figures_of
from mammoscope.experiment.units import UNITS, at_unit
from mammoscope.ledger.durable import write_text
from mammoscope.types import Estimate

ENDINGS = ("svg", "png", "csv")
# All that a comparison may hold, of any unit and of earlier versions too.
STEMS = (
    *("curves", "confusion", "trade-off", RELIABILITY, DECISION, FROC),
    *(f"roc-{unit}" for unit in UNITS),
)


def stems_of(values: dict[str, Any]) -> list[str]:
    """The figures of a comparison: no trade-off without a cost, no FROC without maps."""
    stems = ["curves", f"roc-{values['unit']}", "confusion", RELIABILITY, DECISION]
    stems += [FROC] * any(model["localisation"]["froc"] for model in mapped_models(values))
    return stems + ["trade-off"] * any(model["cost"] for model in values["models"])


def draw_all(runs: Sequence[ComparedRun], values: dict[str, Any], out: Path) -> None:
    """Writes each of `stems_of` as SVG, PNG and the CSV that it was drawn from.

    Args:
        runs: that are compared.
        values: what `comparison.json` holds of them.
        out: the folder.
    """
    title = f"{values['data']['name']}, {values['data']['task']}"
    _draw_histories(runs, values, out, title)
    _draw_rocs(runs, values, out, title)
    _draw_confusions(runs, values, out, title)
    looks = looks_of(run.name for run in runs)
    _draw_reliability(values, out, title, looks)
    _draw_decisions(values, out, title, looks)
    if FROC in stems_of(values):
        _draw_froc(values, out, title, looks)
    if "trade-off" in stems_of(values):
        _draw_trade_off(values, out, title, looks)


def _draw_histories(
    runs: Sequence[ComparedRun], values: dict[str, Any], out: Path, title: str
) -> None:
    histories = {run.name: run.histories for run in runs}
    draw_histories(histories, out / "curves", title=f"{title}, by image{_learnt_from(values)}")
    write_text(out / "curves.csv", histories_csv(histories))


def _learnt_from(values: dict[str, Any]) -> str:
    """How many images a curve is of."""
    images, folds = values["data"]["images"], values["models"][0]["folds"]
    if images and {"train", "validation"} <= set(images):
        return f" (n train {images['train']}, validation {images['validation']})"
    tested = next(row for row in values["data"]["tested"] if row["unit"] == "image")
    return f" (n {tested['n']} in {folds} folds)" if folds else ""


def _draw_rocs(runs: Sequence[ComparedRun], values: dict[str, Any], out: Path, title: str) -> None:
    unit = values["unit"]
    aucs = {model["name"]: _auc(model, unit) for model in values["models"]}
    models = {run.name: (at_unit(run.predictions, unit), aucs[run.name]) for run in runs}
    draw_rocs(models, out / f"roc-{unit}", title=f"{title}, by {unit}")
    write_text(out / f"roc-{unit}.csv", rocs_csv(models, unit=unit))


def _draw_confusions(
    runs: Sequence[ComparedRun], values: dict[str, Any], out: Path, title: str
) -> None:
    data = values["data"]
    negative = next(name for name in data["classes"] if name != data["positive"])
    images = {run.name: at_unit(run.predictions, "image") for run in runs}
    draw_confusions(
        images,
        out / "confusion",
        classes=(negative, data["positive"]),
        title=f"{title}: {len(next(iter(images.values())).labels)} test images",
        notes={model["name"]: _shares(model) for model in values["models"]},
    )
    write_text(out / "confusion.csv", confusions_csv(values["models"]))


def _shares(model: dict[str, Any]) -> str:
    metrics = figures_of(model, "image")["metrics"]
    return "\n".join(
        f"{name} {estimate_text(metrics.get(name))}" for name in ("sensitivity", "specificity")
    )


def _draw_reliability(
    values: dict[str, Any], out: Path, title: str, looks: Mapping[str, Look]
) -> None:
    models = {model["name"]: model["calibration"] for model in values["models"]}
    said = f"{title}, by image (n {values['models'][0]['calibration']['n']})"
    draw_reliability(models, out / RELIABILITY, looks=looks, title=said)
    write_text(out / f"{RELIABILITY}.csv", reliability_csv(models))


def _draw_decisions(
    values: dict[str, Any], out: Path, title: str, looks: Mapping[str, Look]
) -> None:
    said = f"{title}, by image (n {values['decision']['n']})"
    draw_decisions(values["decision"], out / DECISION, looks=looks, title=said)
    write_text(out / f"{DECISION}.csv", decisions_csv(values["decision"]))


def _draw_froc(values: dict[str, Any], out: Path, title: str, looks: Mapping[str, Look]) -> None:
    models = {
        model["name"]: model["localisation"]
        for model in mapped_models(values)
        if model["localisation"]["froc"]
    }
    said = f"{title}, by lesion (n {next(iter(models.values()))['n_lesions']})"
    curves = {name: found["froc"] for name, found in models.items()}
    draw_froc(curves, out / FROC, looks=looks, title=said)
    write_text(out / f"{FROC}.csv", froc_csv(models))


def _draw_trade_off(
    values: dict[str, Any], out: Path, title: str, looks: Mapping[str, Look]
) -> None:
    unit, models = values["unit"], values["models"]
    points = [
        Point(model["name"], _auc(model, unit), model["cost"]["latency_p50_ms"])
        for model in models
        if model["cost"]
    ]
    said = f"{title}, by {unit} (n {figures_of(models[0], unit)['n']})"
    draw_trade_off(points, out / "trade-off", looks=looks, title=said)
    source = trade_off_csv(models, unit=unit, front=find_front(points))
    write_text(out / "trade-off.csv", source)


def _auc(model: dict[str, Any], unit: str) -> Estimate:
    return Estimate(**figures_of(model, unit)["metrics"]["auc"])
