"""From the folds and seeds of one model to one run: pooled predictions, and what they decide."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, digest, to_csv
from mammoscope.experiment.calibrate import choose_thresholds, fit_calibrator
from mammoscope.experiment.durable import write_file, write_json, write_text
from mammoscope.experiment.evaluate import draw_figures
from mammoscope.experiment.fit import describe_dataset
from mammoscope.experiment.run import Predictions, RunFolder
from mammoscope.experiment.statistics import Scores
from mammoscope.experiment.units import age_baseline, measure_operating_points, report_units
from mammoscope.types import Split


def median_best_epoch(members: Sequence[RunFolder]) -> int:
    """The epoch that a refit on all women stops after: the folds' middle choice, rounded up."""
    return int(np.ceil(median(_training(member)["best_epoch"] for member in members)))


def pool(
    out: RunFolder,
    members: Sequence[RunFolder],
    dataset: Dataset,
    split: Split | Folds,
    *,
    refitted: RunFolder | None = None,
) -> None:
    """Writes a run folder that can be compared and published like any other.

    With folds, each woman is judged by networks that never saw her; the graph is the refitted
    one's, whose calibrator and operating points are fitted on the out-of-fold logits. Without
    folds, the graph is that of the first seed.

    Args:
        out: to make; one that holds a report is made anew.
        members: runs of one model with predictions of their test parts, seed by seed.
        dataset: that they were trained on.
        split: what the members were made from.
        refitted: the network of all women; None without folds.
    """
    trained = [_training(member) for member in members]
    table = Predictions.join(Predictions.read(member.predictions).of("test") for member in members)
    chosen = refitted or members[0]
    out.path.mkdir(parents=True, exist_ok=True)
    for source, target in ((chosen.graph, out.graph), (members[0].preprocess, out.preprocess)):
        write_file(target, partial(shutil.copyfile, source))
    write_text(out.split, to_csv(split))
    write_text(out.config, members[0].config.read_text(encoding="utf-8"))
    write_text(out.history, _joined_history(members))
    table.write(out.predictions)
    settled = _settle(table, trained, _training(chosen), cross_fitted=refitted is not None)
    summary = {
        **_training(chosen),
        "fold": 0,
        "folds": len(split.parts) if isinstance(split, Folds) else 0,
        "seeds": sorted(set(table.seed.tolist())),
        "seconds": round(sum(training["seconds"] for training in trained), 1),
        "best_epoch": median_best_epoch(members),
        "dataset": describe_dataset(dataset),
        "split_digest": digest(split),
        **_count(split, dataset),
        **{name: settled[name] for name in ("calibrator", "thresholds")},
    }
    if refitted is not None:
        summary["refit_seconds"] = _training(refitted)["seconds"]
    seed = int(table.seed.min())
    age = age_baseline(table, dataset.records, seed=seed)
    points = measure_operating_points(
        table, settled["thresholds"], seed=seed, held_against=settled["held_against"]
    )
    report = {
        "parts": {"test": [asdict(unit) for unit in report_units(table, seed=seed)]},
        "operating_points": [asdict(point) for point in points],
        "baselines": {} if age is None else {"age alone, AUC by breast": asdict(age)},
        "parity": summary.get("parity")
        or {
            "images": summary["images"]["validation"],
            "largest_score_difference": summary["largest_score_difference"],
        },
        "split_digest": summary["split_digest"],
    }
    draw_figures(out, {"test": table}, dataset.task.classes)
    write_json(out.training, summary)
    write_json(out.report, report)


def _settle(
    table: Predictions,
    trained: Sequence[dict[str, Any]],
    chosen: dict[str, Any],
    *,
    cross_fitted: bool,
) -> dict[str, Any]:
    """Calibrator, thresholds, and the threshold that each row was held against, a name each."""
    held = _held_against(table, trained)
    if not cross_fitted:
        return {
            "calibrator": chosen["calibrator"],
            "thresholds": chosen["thresholds"],
            "held_against": held,
        }
    calibrator = fit_calibrator(table.logit, table.positive)
    return {
        "calibrator": calibrator.to_dict(),
        "thresholds": choose_thresholds(calibrator.score(table.logit), table.positive),
        # What is said of an operating point was measured with each fold's own threshold, which
        # the fold's women had no part in.
        "held_against": held,
    }


def _held_against(table: Predictions, trained: Sequence[dict[str, Any]]) -> dict[str, Scores]:
    by_member = {(training["seed"], training["fold"]): training for training in trained}
    rows = [by_member[int(s), int(f)] for s, f in zip(table.seed, table.fold, strict=True)]
    return {
        name: np.array([row["thresholds"][name] for row in rows])
        for name in trained[0]["thresholds"]
    }


def _count(split: Split | Folds, dataset: Dataset) -> dict[str, dict[str, int]]:
    parts = {"train": dataset.records, "validation": (), "test": dataset.records}
    if isinstance(split, Split):
        parts = {str(name): part for name, part in split.parts().items()}
    return {
        "women": {name: len({r.patient for r in part}) for name, part in parts.items()},
        "images": {name: len(part) for name, part in parts.items()},
    }


def _joined_history(members: Sequence[RunFolder]) -> str:
    rows: list[list[str]] = []
    for member in members:
        with member.history.open(newline="", encoding="utf-8") as file:
            header, *body = list(csv.reader(file))
        rows += [header, *body] if not rows else body
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _training(run: RunFolder) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(run.training.read_text(encoding="utf-8"))
    return values
