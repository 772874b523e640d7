"""The figures of a comparison, as JSON values: each with its n, its unit and its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from typing import Any

from mammoscope.experiment.ablation import measure_ablations
from mammoscope.experiment.calibration_figures import measure_calibration
from mammoscope.experiment.compared_run import ComparedRun
from mammoscope.experiment.comparison_baselines import gather_baselines
from mammoscope.experiment.comparison_plots import mean_counts
from mammoscope.experiment.difference_tests import add_delong, measure_verdicts
from mammoscope.experiment.limits import tuning_limits
from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.preparation import describe_preparation
from mammoscope.experiment.screening_figures import (
    PREVALENCE,
    measure_decisions,
    measure_screening,
)
from mammoscope.experiment.standing import measure_standing
from mammoscope.experiment.starts import name_start
from mammoscope.experiment.statistics import (
    UnitScores,
    auc,
    paired_differences,
    patient_bootstrap,
)
from mammoscope.experiment.unit_counts import count_units
from mammoscope.experiment.units import Unit, at_unit, units_of
from mammoscope.experiment.verdict import Candidate, is_noise, write_verdict
from mammoscope.types import RESEARCH_NOTICE, Estimate

KIND = "mammoscope comparison"
# Of the bootstrap: the same women are drawn for every model and every difference.
SEED = 0


def measure_runs(
    runs: Sequence[ComparedRun], *, replicates: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """What `comparison.json` holds, from runs that are alike.

    Args:
        runs: as `read_runs` gave them.
        replicates: of the patient bootstrap.
        say: told of progress, a line at a time.
    """
    # One split, so one answer to whether the sides of the breasts are known.
    known = units_of(runs[0].predictions)
    units = {run.name: {unit: at_unit(run.predictions, unit) for unit in known} for run in runs}
    deciding = choose_unit(units[runs[0].name])
    models = []
    for run in runs:
        say(f"bootstrap of {run.name}")
        models.append(_model(run, units[run.name], deciding, replicates=replicates))
    say("bootstrap of the differences")
    differences = add_delong(_differences(units, replicates=replicates), units)
    women = {name: of["woman"] for name, of in units.items()}
    images = {name: of["image"] for name, of in units.items()}
    standing = {name: of[deciding] for name, of in units.items()}
    return {
        "kind": KIND,
        "notice": RESEARCH_NOTICE,
        "data": _data(runs[0], units[runs[0].name]),
        "unit": deciding,
        "replicates": replicates,
        "prevalence": PREVALENCE,
        "verdict": _verdict(models, differences, deciding, runs[0].training["dataset"]),
        "models": models,
        "differences": differences,
        "verdicts": measure_verdicts(women, seed=SEED, replicates=replicates),
        "decision": measure_decisions(images, seed=SEED, replicates=replicates),
        **measure_standing(standing, models, deciding, seed=SEED, replicates=replicates),
        **gather_baselines(runs),
        "ablations": measure_ablations(runs, models, differences, deciding),
    }


def choose_unit(units: Mapping[Unit, UnitScores]) -> Unit:
    """The unit that decides: the breast, or the image where that is the same or not known."""
    if "breast" not in units:
        return "image"
    breasts = units["breast"].labels
    both_classes = bool(breasts.any() and not breasts.all())
    return "breast" if both_classes and len(breasts) < len(units["image"].labels) else "image"


def _data(run: ComparedRun, units: Mapping[Unit, UnitScores]) -> dict[str, Any]:
    dataset = run.training["dataset"]
    held_out = {} if run.folds else run.training
    return {
        **{key: dataset[key] for key in ("name", "source", "license", "task", "positive")},
        "classes": list(dataset["classes"]),
        "modality": dataset.get("modality", "mammogram"),
        "notes": list(dataset.get("notes", [])),
        "split_digest": run.split_digest,
        "tested": [{"unit": unit, **count_units(units[unit])} for unit in units],
        # Of a k-fold split every woman is tested, and her part is another in each fold.
        "women": held_out.get("women"),
        "images": held_out.get("images"),
    }


def _model(
    run: ComparedRun, units: Mapping[Unit, UnitScores], deciding: Unit, *, replicates: int
) -> dict[str, Any]:
    training = run.training
    modality = training["dataset"].get("modality", "mammogram")
    epochs = [history.epochs for history in run.histories]
    return {
        "name": run.name,
        "title": training["title"],
        "start": name_start(str(training.get("start", "not said"))),
        "learnt_before": list(training.get("learnt_before", {})),
        "preprocessing": (
            describe_preparation(run.config.preprocess, modality) if run.config else "not said"
        ),
        "limits": tuning_limits(
            training["dataset"]["name"], run.config.preprocess.extractor if run.config else None
        ),
        "folds": run.folds,
        "redrawn": run.redrawn,
        "seeds": run.seeds,
        "networks": len(run.histories),
        "epochs": {"least": min(epochs), "most": max(epochs)},
        "parameters": training["parameters"],
        "macs": training.get("macs"),
        "training_seconds": training["seconds"],
        "refit_seconds": training.get("refit_seconds"),
        "training_device": training["device"],
        "cost": None if run.cost is None else asdict(run.cost),
        "figures": [
            {
                "unit": unit,
                **count_units(units[unit]),
                "metrics": _estimates(units[unit], replicates=replicates),
            }
            for unit in units
        ],
        "screening": measure_screening(units, modality, seed=SEED, replicates=replicates),
        "calibration": measure_calibration(
            units["image"], _breasts(run, units["image"]), seed=SEED, replicates=replicates
        ),
        **_of_breasts(units, deciding, replicates=replicates),
        "auc_by_seed": _by_seed(run, units[deciding], deciding, replicates=replicates),
        "confusion": _confusion(units["image"]),
        **_of_maps(run),
        "versions": training.get("versions", {}),
    }


def _of_breasts(
    units: Mapping[Unit, UnitScores], deciding: Unit, *, replicates: int
) -> dict[str, Any]:
    """Whether a breast's score is a probability too, where breasts are what is counted."""
    if deciding != "breast":
        return {}
    breasts = units["breast"]
    found = measure_calibration(
        breasts, breasts.names, unit="breast", seed=SEED, replicates=replicates
    )
    return {"calibration_by_breast": found}


def _of_maps(run: ComparedRun) -> dict[str, Any]:
    """As evaluation and sanity checks wrote them: no map is looked at again."""
    found = {"localisation": run.report.get("localisation"), "saliency": run.saliency}
    return {name: values for name, values in found.items() if values}


def _breasts(run: ComparedRun, images: UnitScores) -> list[str]:
    """Whose each image is; of a side that is not known, whose woman's."""
    breast_of = dict(zip(run.predictions.path, run.predictions.breast, strict=True))
    return [breast_of[path] for path in images.names]


def _estimates(units: UnitScores, *, replicates: int) -> dict[str, Any]:
    estimates = patient_bootstrap(units, dict(METRICS), seed=SEED, replicates=replicates)
    return {name: asdict(estimate) for name, estimate in estimates.items()}


def _by_seed(
    run: ComparedRun, units: UnitScores, unit: Unit, *, replicates: int
) -> list[dict[str, Any]]:
    """The AUC of each training seed alone; nothing where there is but one."""
    if len(run.seeds) == 1:
        return []
    rows = []
    for index, seed in enumerate(run.seeds):
        alone = replace(
            units,
            scores=units.scores[index : index + 1],
            called=units.called[index : index + 1],
        )
        found = patient_bootstrap(alone, {"auc": auc}, seed=SEED, replicates=replicates)
        rows.append({"seed": seed, "unit": unit, **count_units(units), **asdict(found["auc"])})
    return rows


def _confusion(images: UnitScores) -> dict[str, Any]:
    (true_negative, false_positive), (false_negative, true_positive) = mean_counts(images).tolist()
    return {
        "unit": "image",
        **count_units(images),
        "mean_of_seeds": len(images.scores),
        "true_negative": true_negative,
        "false_positive": false_positive,
        "false_negative": false_negative,
        "true_positive": true_positive,
    }


def _differences(
    units: Mapping[str, Mapping[Unit, UnitScores]], *, replicates: int
) -> list[dict[str, Any]]:
    """AUC of one model minus that of another, by every unit that has both classes."""
    known = next(iter(units.values()))
    found = {
        unit: paired_differences(
            {name: of[unit] for name, of in units.items()}, auc, seed=SEED, replicates=replicates
        )
        for unit in known
    }
    rows = []
    for one, other in combinations(units, 2):
        for unit in known:
            difference = found[unit][one, other]
            if difference is not None:
                counts = count_units(units[one][unit])
                names = {"one": one, "other": other, "metric": "auc", "unit": unit}
                noise = {"may_be_noise": is_noise(difference)}
                rows.append({**names, **counts, **asdict(difference), **noise})
    return rows


def _verdict(
    models: Sequence[Mapping[str, Any]],
    differences: Sequence[Mapping[str, Any]],
    unit: Unit,
    dataset: Mapping[str, Any],
) -> str:
    candidates = []
    for model in models:
        figures = next(figures for figures in model["figures"] if figures["unit"] == unit)
        cost = model["cost"] or {}
        candidates.append(
            Candidate(
                name=model["name"],
                auc=Estimate(**figures["metrics"]["auc"]),
                seeds=len(model["seeds"]),
                latency_p50_ms=cost.get("latency_p50_ms"),
                graph_bytes=cost.get("graph_bytes"),
            )
        )
    others = [name for name in dataset["classes"] if name != dataset["positive"]]
    keys = ("value", "low", "high", "method")
    return write_verdict(
        candidates,
        {
            (row["one"], row["other"]): Estimate(**{key: row[key] for key in keys})
            for row in differences
            if row["unit"] == unit
        },
        sample=f"By {unit} (n {figures['n']}, {figures['n_positive']} positive, "
        f"{figures['n_patients']} women)",
        question=f"{dataset['positive']} from {' and '.join(others)}",
        notes=dataset.get("notes", []),
    )
