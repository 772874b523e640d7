"""From the folds and seeds of one model to one run: pooled predictions, and what they decide."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from statistics import median
from typing import Any

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, digest, to_csv
from mammoscope.experiment.baselines import color_baselines
from mammoscope.experiment.checkpoint import join_devices
from mammoscope.experiment.cross_fit import fit_on_women
from mammoscope.experiment.evaluate import draw_figures, localisation_of
from mammoscope.experiment.file_baselines import file_baselines
from mammoscope.experiment.film_maps import FilmMaps
from mammoscope.experiment.fit import describe_dataset
from mammoscope.experiment.logit_scale import LogitScale
from mammoscope.experiment.permuted_labels import is_permuted
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.readings import (
    describe_readings,
    digest_predictions,
    join_digests,
    record_reading,
)
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.subgroups import report_subgroups
from mammoscope.experiment.units import (
    age_baselines,
    measure_operating_points,
    report_folds,
    report_units,
)
from mammoscope.ledger.durable import write_file, write_json, write_text
from mammoscope.types import DatasetError, OperatingPoint, Split


def median_best_epoch(members: Sequence[RunFolder]) -> int:
    """The epoch that a refit on all women stops after: the folds' middle choice, rounded up.

    It is a place on the schedule: a stage that ended early in a fold is run whole in the refit.
    """
    return int(np.ceil(median(member.read_training()["best_epoch"] for member in members)))


def pool(
    out: RunFolder,
    members: Sequence[RunFolder],
    dataset: Dataset,
    split: Split | Folds,
    *,
    refitted: RunFolder | None = None,
    begun: Sequence[RunFolder] = (),
) -> None:
    """Writes a run folder that can be compared and published like any other.

    With folds, each woman is judged by networks that never saw her; the graph is the refitted
    one's, with a calibrator and operating points fitted on the out-of-fold logits, once they are on
    its scale (`LogitScale`; where a run of an older version noted none, as they are). Their figures
    are cross-fitted: a fold is scored and called by what the other folds' women decided. Where
    nothing was refitted the graph is that of the first fold: good for its cost, not to be
    published. Without folds, graph, calibrator and operating points are those of the first seed.

    Args:
        out: to make; one that is there is made anew.
        members: runs of one model with predictions of their test parts, seed by seed.
        dataset: that they were trained on.
        split: what the members were made from.
        refitted: the network of all women; None without folds, or where there is none.
        begun: runs of the first epochs that members went on from, whose seconds count too.

    Raises:
        DatasetError: a member learnt from permuted labels, or maps of unlike members.
    """
    # Until the new one is written, what is here is no evaluated run.
    out.report.unlink(missing_ok=True)
    trained = [member.read_training() for member in members]
    first = [run.read_training() for run in begun]
    if any(is_permuted(training["dataset"]["name"]) for training in trained):
        raise DatasetError(
            f"{members[0].path} learnt from permuted labels; expected honest runs, since a pool "
            "is to be compared: train once with `mammoscope train --permute-labels` instead"
        )
    trained_after = sum(training.get("trained_after_readings", 0) for training in trained)
    tables = [Predictions.read(member.predictions).of("test") for member in members]
    chosen = refitted or members[0]
    described = chosen.read_training()
    aligned = _align(tables, trained, described) if isinstance(split, Folds) else None
    table = Predictions.join(aligned or tables)
    seed = int(table.seed.min())
    points: tuple[OperatingPoint, ...]
    if isinstance(split, Split):
        points = measure_operating_points(table, described["thresholds"], seed=seed)
    else:
        fitted = fit_on_women(table, seed=seed)
        table, points = fitted.held_out, fitted.operating_points
        described |= {
            "calibrator": fitted.calibrator.to_dict(),
            "breast_calibrator": fitted.breast_calibrator and fitted.breast_calibrator.to_dict(),
            "calibration": fitted.describe_choice(),
            "thresholds": fitted.thresholds,
        }
        if refitted is not None:
            described["refit_seconds"] = described["seconds"]
    for source in (*chosen.graphs, members[0].preprocess):
        write_file(out.path / source.name, partial(shutil.copyfile, source))
    write_text(out.split, to_csv(split))
    write_text(out.config, members[0].config.read_text(encoding="utf-8"))
    write_text(out.history, _joined_history(members))
    table.write(out.predictions)
    _join_maps(out, members)
    summary = {
        **described,
        "fold": 0,
        "folds": len(split.parts) if isinstance(split, Folds) else 0,
        "redrawn": isinstance(split, Folds) and bool(split.repeats),
        "seeds": sorted(set(table.seed.tolist())),
        "aligned": aligned is not None,
        "seconds": round(sum(training["seconds"] for training in (*trained, *first)), 1),
        "device": join_devices(training["device"] for training in (*trained, *first, described)),
        # What is published says where it stopped itself.
        "best_epoch": described["best_epoch"] if refitted else median_best_epoch(members),
        "dataset": describe_dataset(dataset),
        "split_digest": digest(split),
        "graph_sha256": out.digest_graphs(),
        "trained_after_readings": trained_after,
        # Whether the graph has learnt from all that it may.
        "whole": isinstance(split, Split) or refitted is not None,
        **_count(split, dataset),
    }
    readings = record_reading(
        out,
        by="pool",
        graph=join_digests([training["graph_sha256"] for training in trained]),
        training=summary,
        predictions=digest_predictions(table),
    )
    baselines = age_baselines(table, dataset.records, seed=seed)
    baselines |= file_baselines(table, dataset, split, seed=seed)
    if isinstance(split, Split):
        baselines |= color_baselines(table, dataset, split, seed=seed)
    localisation = localisation_of(out, dataset, seed=seed)
    report = {
        "parts": {"test": [asdict(unit) for unit in report_units(table, seed=seed)]},
        "folds": list(report_folds(table, seed=seed)),
        "subgroups": report_subgroups(
            table, dataset.records, seed=seed, point=next(iter(described["thresholds"]))
        ),
        "operating_points": [asdict(point) for point in points],
        "baselines": {name: asdict(estimate) for name, estimate in baselines.items()},
        "calibration": described.get("calibration"),
        "test_readings": describe_readings(readings, trained_after=trained_after),
        **({"localisation": localisation} if localisation else {}),
        "parity": described["parity"],
        "split_digest": summary["split_digest"],
    }
    draw_figures(out, {"test": table}, dataset.task.classes)
    write_json(out.training, summary)
    write_json(out.report, report)


def _align(
    tables: Sequence[Predictions],
    trained: Sequence[Mapping[str, Any]],
    published: Mapping[str, Any],
) -> list[Predictions] | None:
    """The tables with the logits that the published network would say; None where none is known."""
    scale = LogitScale.of(published)
    scales = [own for training in trained if (own := LogitScale.of(training)) is not None]
    if scale is None or len(scales) < len(trained):
        return None
    return [
        replace(table, logit=own.onto(scale, table.logit))
        for table, own in zip(tables, scales, strict=True)
    ]


def _join_maps(out: RunFolder, members: Sequence[RunFolder]) -> None:
    """All maps or none: those of some folds alone would be figures of some women alone."""
    out.maps.unlink(missing_ok=True)
    kept = [member.maps for member in members if member.maps.is_file()]
    if len(kept) == len(members):
        FilmMaps.join([FilmMaps.read(path) for path in kept]).write(out.maps)


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
