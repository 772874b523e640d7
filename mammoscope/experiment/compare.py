"""The comparison flow: read what runs wrote → measure → draw → write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mammoscope.experiment.compared_run import ComparedRun, read_runs
from mammoscope.experiment.comparison import KIND, measure_runs
from mammoscope.experiment.comparison_looks import looks_of
from mammoscope.experiment.comparison_plots import (
    Point,
    draw_confusions,
    draw_histories,
    draw_rocs,
    draw_trade_off,
)
from mammoscope.experiment.comparison_report import HTML, MARKDOWN, render
from mammoscope.experiment.durable import write_json, write_text
from mammoscope.experiment.image_report import FIGURES as IMAGE_FIGURES
from mammoscope.experiment.image_report import PAGE as IMAGE_PAGE
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import REPLICATES
from mammoscope.experiment.units import UNITS, at_unit
from mammoscope.types import DatasetError, Estimate

FIGURES = "comparison.json"
_STEMS = ("curves", "confusion", "trade-off", *(f"roc-{unit}" for unit in UNITS))
_OURS = {FIGURES, MARKDOWN, HTML, *(f"{stem}.{end}" for stem in _STEMS for end in ("svg", "png"))}
# What `durable` leaves if it is killed while it writes.
_UNFINISHED = ".writing-"


def compare(
    runs: Sequence[RunFolder],
    out: Path,
    *,
    images: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """Writes one report of all runs, from what is written in their folders and nothing else.

    `report.html` is written last: where it is, the comparison is whole.

    Args:
        runs: trained and evaluated on one split.
        out: folder to write; it is new, empty, or holds an earlier comparison.
        images: folder beside `out` with the page that `inspect_images` wrote; the report says the
            least of it and leads there.
        say: told of progress, a line at a time.
        replicates: of the patient bootstrap.

    Returns:
        What `comparison.json` holds.

    Raises:
        DatasetError: the runs cannot be compared, or `out` holds something else.
    """
    refuse_other(out)
    compared = read_runs(runs)
    values = measure_runs(compared, replicates=replicates, say=say)
    if images is not None:
        found = json.loads((images / IMAGE_FIGURES).read_text(encoding="utf-8"))
        values["images"] = found | {"page": f"../{images.name}/{IMAGE_PAGE}"}
    say(f"writing {out}")
    (out / HTML).unlink(missing_ok=True)
    stems = _stems(values)
    values["pictures"] = [f"{stem}.{end}" for stem in stems for end in ("svg", "png")]
    write_json(out / FIGURES, values)
    _sweep(out, keep={FIGURES, MARKDOWN, *values["pictures"]})
    _draw(compared, values, out)
    pictures = {stem: (out / f"{stem}.svg").read_bytes() for stem in stems}
    write_text(out / MARKDOWN, render(values, pictures, MARKDOWN))
    write_text(out / HTML, render(values, pictures, HTML))
    return values


def refuse_other(out: Path) -> None:
    """Raises `DatasetError` if a folder holds something else than a comparison."""
    if not out.exists():
        return
    if not out.is_dir():
        raise DatasetError(f"{out} is a file; expected a folder; choose another --out")
    names = {path.name for path in out.iterdir() if not path.name.startswith(_UNFINISHED)}
    if not names:
        return
    strange = sorted(names - _OURS)
    if strange or not _is_comparison(out / FIGURES):
        first = strange[0] if strange else sorted(names)[0]
        raise DatasetError(
            f"{out} holds {first}, which is no part of a comparison; expected a new or empty "
            "folder, or an earlier comparison; choose another --out"
        )


def _is_comparison(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["kind"] == KIND)
    except (OSError, ValueError, TypeError, KeyError):
        return False


def _sweep(out: Path, *, keep: set[str]) -> None:
    """Takes away what an earlier comparison left and this one will not write."""
    for path in out.iterdir():
        if path.name not in keep:
            path.unlink()


def _stems(values: dict[str, Any]) -> list[str]:
    """The figures of a comparison; without a cost there is nothing to trade."""
    stems = ["curves", f"roc-{values['unit']}", "confusion"]
    return stems + ["trade-off"] * any(model["cost"] for model in values["models"])


def _draw(runs: Sequence[ComparedRun], values: dict[str, Any], out: Path) -> None:
    data, unit = values["data"], values["unit"]
    negative = next(name for name in data["classes"] if name != data["positive"])
    title = f"{data['name']}, {data['task']}"
    deciding = {run.name: at_unit(run.predictions, unit) for run in runs}
    aucs = {model["name"]: _auc(model, unit) for model in values["models"]}
    draw_histories(
        {run.name: run.histories for run in runs}, out / "curves", title=f"{title}, by image"
    )
    draw_rocs(
        {name: (units, aucs[name]) for name, units in deciding.items()},
        out / f"roc-{unit}",
        title=f"{title}, by {unit}",
    )
    images = {run.name: at_unit(run.predictions, "image") for run in runs}
    draw_confusions(
        images,
        out / "confusion",
        classes=(negative, data["positive"]),
        title=f"{title}: {len(next(iter(images.values())).labels)} test images",
    )
    points = [Point(run.name, aucs[run.name], run.cost.latency_p50_ms) for run in runs if run.cost]
    if points:
        looks = looks_of(deciding)
        draw_trade_off(points, out / "trade-off", looks=looks, title=f"{title}, by {unit}")


def _auc(model: dict[str, Any], unit: str) -> Estimate:
    figures = next(figures for figures in model["figures"] if figures["unit"] == unit)
    return Estimate(**figures["metrics"]["auc"])
