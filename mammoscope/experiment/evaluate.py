"""The first figures of a trained run: on train, validation and test, from its exported graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import digest, load_split
from mammoscope.experiment.baselines import color_baselines
from mammoscope.experiment.classes import evaluate_classes, measure_image_votes
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.cost import Measured, measure_costs
from mammoscope.experiment.data import PartData, prepare_parts
from mammoscope.experiment.file_baselines import file_baselines
from mammoscope.experiment.film_maps import FilmMaps
from mammoscope.experiment.fit import check_parity, load_best
from mammoscope.experiment.graph import run_logits, run_logits_and_evidence
from mammoscope.experiment.map_figures import measure_localisation
from mammoscope.experiment.map_places import films_of_figures, keep_maps
from mammoscope.experiment.plots import draw_confusion, draw_roc
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.readings import (
    Reader,
    describe_readings,
    digest_predictions,
    list_readings,
    record_reading,
)
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.start import start
from mammoscope.experiment.subgroups import report_subgroups
from mammoscope.experiment.units import (
    age_baselines,
    at_unit,
    measure_operating_points,
    report_units,
    units_of,
)
from mammoscope.inference.calibrator import parse_breasts, parse_calibrator
from mammoscope.inference.card import sha256
from mammoscope.inference.exam import score_breasts
from mammoscope.ledger.durable import write_json, write_text
from mammoscope.types import DatasetError, FloatArray, PartName

PARTS: tuple[PartName, ...] = ("train", "validation", "test")


def evaluate(
    run: RunFolder, dataset: Dataset, *, cache: Path | None = None, say: Say = lambda line: None
) -> dict[str, Any]:
    """Writes `predictions.csv`, `cost.json`, `report.json`, ROC and confusion plots into the run.

    Nothing is chosen here: calibrator and thresholds are those that training fitted on
    validation women. That the test part was read is added to `test-readings.json`.

    Args:
        run: trained.
        dataset: that it was trained on.
        cache: folder of prepared arrays; None = in the run folder.
        say: told of progress, a line at a time.

    Returns:
        The report, as JSON values.

    Raises:
        DatasetError: the run is not trained, or of other data.
    """
    training, config = run.read_training(), run.read_config()
    if "folds" in training:
        raise DatasetError(
            f"{run.path} holds what a study has pooled; expected the run of one training. It is "
            "evaluated already: see its report.json"
        )
    if len(dataset.task.classes) > 2:
        return _evaluate_classes(run, dataset, cache=cache, say=say)
    data = predict_run(run, dataset, PARTS, by="evaluate", cache=cache, say=say)
    table = Predictions.read(run.predictions)
    test = table.of("test")
    say("latency and memory")
    (cost,) = measure_costs([Measured(run.graphs, config.preprocess)])
    write_text(run.cost, cost.to_json())
    say("bootstrap")
    baselines = age_baselines(test, data["test"].records, seed=config.seed)
    split = load_split(run.split, dataset)
    baselines |= color_baselines(test, dataset, split, seed=config.seed)
    baselines |= file_baselines(test, dataset, split, seed=config.seed)
    points = measure_operating_points(test, training["thresholds"], seed=config.seed)
    votes = measure_image_votes(data["test"], test.score, dataset.task, seed=config.seed)
    localisation = localisation_of(run, dataset, seed=config.seed)
    report = {
        "parts": {
            name: [asdict(unit) for unit in report_units(table.of(name), seed=config.seed)]
            for name in PARTS
        },
        "operating_points": [asdict(point) for point in points],
        "subgroups": report_subgroups(
            test, data["test"].records, seed=config.seed, point=next(iter(training["thresholds"]))
        ),
        "baselines": {name: asdict(estimate) for name, estimate in baselines.items()},
        "calibration": training.get("calibration"),
        "test_readings": _describe_readings(run),
        **({"votes": votes} if votes else {}),
        **({"localisation": localisation} if localisation else {}),
        "refused_by_the_gate": {name: part.refused for name, part in data.items()},
        "parity": _parity(run, config, dataset, data["test"]),
        "split_digest": training["split_digest"],
    }
    draw_figures(run, {name: table.of(name) for name in PARTS}, dataset.task.classes)
    write_json(run.report, report)
    return report


def localisation_of(run: RunFolder, dataset: Dataset, *, seed: int) -> dict[str, Any]:
    """Figures of the maps that are kept in the run; empty where there are none."""
    if not run.maps.is_file():
        return {}
    return measure_localisation(FilmMaps.read(run.maps), dataset.records, dataset.task, seed=seed)


def _evaluate_classes(
    run: RunFolder, dataset: Dataset, *, cache: Path | None, say: Say
) -> dict[str, Any]:
    report = evaluate_classes(run, dataset, cache=cache, say=say)
    _record_reading(run, by="evaluate", predictions=sha256(run.class_scores), say=say)
    report["test_readings"] = _describe_readings(run)
    write_json(run.report, report)
    return report


def _record_reading(run: RunFolder, *, by: Reader, predictions: str, say: Say) -> None:
    readings = record_reading(
        run,
        by=by,
        graph=run.digest_graphs(),
        training=run.read_training(),
        predictions=predictions,
    )
    last = readings[-1]
    if last.number > 1:
        other = f"{', '.join(last.changed)} changed" if last.changed else "of the same model"
        say(f"the test part was read before: this is reading {last.number}, {other}")


def _describe_readings(run: RunFolder) -> dict[str, Any]:
    trained_after = run.read_training().get("trained_after_readings", 0)
    return describe_readings(list_readings(run), trained_after=trained_after)


def _parity(
    run: RunFolder, config: TrainConfig, dataset: Dataset, test: PartData
) -> dict[str, Any]:
    """Of graph and network on test images; what keeps no weights was held together in training."""
    training = run.read_training()
    if not run.weights.is_file():
        return dict(training["parity"])
    # The run's own weights come next: nothing need be downloaded for the start.
    classifier, _ = start(replace(config, init="none"), dataset.task)
    load_best(classifier, run)
    return check_parity(classifier, run, test, parse_calibrator(training["calibrator"]))


def predict_run(
    run: RunFolder,
    dataset: Dataset,
    parts: Sequence[PartName],
    *,
    by: Reader = "study",
    cache: Path | None = None,
    say: Say = lambda line: None,
) -> dict[PartName, PartData]:
    """Writes `predictions.csv` of these parts, from the exported graph.

    Where the test part is among them, its reading is recorded in the run, and the maps of that
    reading are kept in `maps.npz` if the model has some and a lesion's place is known.

    Args:
        run: trained.
        dataset: that it was trained on.
        parts: of its split.
        by: who reads.
        cache, say: as for `evaluate`.

    Returns:
        The parts, prepared.

    Raises:
        DatasetError: the run is not trained, or of other data.
    """
    training, config = run.read_training(), run.read_config()
    split = load_split(run.split, dataset)
    if digest(split) != training["split_digest"]:
        raise DatasetError(f"{run.split} is not the split that the run was trained on")
    data = prepare_parts(dataset, split, parts, config.preprocess, cache or run.prepared, say=say)
    calibrator = parse_calibrator(training["calibrator"])
    of_breasts = parse_breasts(training.get("breast_calibrator"))
    threshold = next(iter(training["thresholds"].values()))
    run.maps.unlink(missing_ok=True)
    tables = []
    grids: FloatArray | None = None
    for name, part in data.items():
        say(f"scoring {len(part.records)} images of {name}")
        if name == "test" and films_of_figures(part.records, dataset.task):
            logit, grids = run_logits_and_evidence(run.graphs, part.x)
        else:
            logit = run_logits(run.graphs, part.x)
        rows, score = len(logit), calibrator.score(logit)
        breasts = [record.breast for record in part.records]
        tables.append(
            Predictions(
                part=[name] * rows,
                path=[record.path for record in part.records],
                patient=[record.patient for record in part.records],
                breast=breasts,
                positive=part.y > 0.5,
                logit=logit,
                score=score,
                breast_score=score_breasts(score, breasts, of_breasts),
                threshold=np.full(rows, threshold),
                seed=np.full(rows, config.seed),
                fold=np.full(rows, config.fold),
            )
        )
    table = Predictions.join(tables)
    if "test" in parts:
        # First: whoever is killed in between reads again, and is recorded again.
        _record_reading(run, by=by, predictions=digest_predictions(table), say=say)
    if grids is not None:
        keep_maps(
            run,
            dataset,
            split,
            grids,
            config=config.preprocess,
            seed=config.seed,
            cache=cache or run.prepared,
            say=say,
        )
    # Last: where the table is, whoever was killed in between has kept the maps as well.
    table.write(run.predictions)
    return data


def draw_figures(
    run: RunFolder, tables: Mapping[PartName, Predictions], classes: Sequence[str]
) -> None:
    """ROC curves by image and breast, and the confusion of test images, of the first seed."""
    first = {name: table.take(table.seed == table.seed.min()) for name, table in tables.items()}
    several = len(set(tables["test"].seed.tolist())) > 1
    which = ", first seed" if several else ""
    shared = set.intersection(*(set(units_of(table)) for table in first.values()))
    for unit in sorted(shared - {"woman"}):
        curves = {}
        for name, table in first.items():
            scores = at_unit(table, unit)
            curves[str(name)] = (scores.scores[0], scores.labels)
        draw_roc(curves, run.figure(f"roc-{unit}"), title=f"{run.path.name}, by {unit}{which}")
    test = at_unit(first["test"], "image")
    draw_confusion(
        test.scores[0],
        test.labels,
        test.called[0],
        run.figure("confusion"),
        classes=(classes[0], classes[1]),
        title=f"test images at the operating point{which}",
    )
