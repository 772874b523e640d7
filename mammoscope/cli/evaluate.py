"""`mammoscope evaluate`: the figures of a trained run, or of a published model on other women."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer


def evaluate(
    run: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="run folder of `mammoscope train`")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[@VERSION]", help="a published model instead of RUN, on --dataset"
        ),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="for --model: mini-mias, rsna, folder or phantom")
    ] = None,
    root: Annotated[
        Path | None, typer.Option(help="data set; for RUN if it is not where it was in training")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="for --model; default: the data set's own")
    ] = None,
    split: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="for --model: split.csv by which it, or its start, learnt from this data set; "
            "only the test women are scored",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="for --model: folder to make for its files")
    ] = None,
    zoo: Annotated[
        Path | None, typer.Option(metavar="DIR", help="for --model: folder of published models")
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="prepared images; default: in RUN, or not kept"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the whole report")] = False,
) -> None:
    """Measure a run on train, validation and test women, or a published model on any data set.

    Figures are by image, breast and woman, with 95 % intervals. A run's report, tables and plots
    go into its folder; a published model's into --out.
    """
    import json

    if (run is None) == (model is None):
        raise typer.BadParameter("give a run folder or --model, and not both")
    if run is not None:
        alien = {"dataset": dataset, "task": task, "split": split, "out": out, "zoo": zoo}
        for option, value in alien.items():
            if value is not None:
                raise typer.BadParameter("it belongs to --model", param_hint=f"--{option}")
        report = _evaluate_run(run, root, cache)
        lines = _run_lines(report)
    else:
        if dataset is None or root is None:
            raise typer.BadParameter("give --dataset and --root with it", param_hint="--model")
        report = _evaluate_published(
            str(model),
            dataset=dataset,
            root=root,
            task=task,
            split=split,
            out=out,
            zoo=zoo,
            cache=cache,
        )
        lines = _published_lines(report)
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    for line in lines:
        typer.echo(line)


def _evaluate_run(run: Path, root: Path | None, cache: Path | None) -> dict[str, Any]:
    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.evaluate import evaluate as evaluate_run
    from mammoscope.experiment.run import RunFolder

    folder = RunFolder(run)
    config = folder.read_config()
    data = open_dataset(config.dataset, root or Path(config.root), task=config.task)
    return evaluate_run(folder, data, cache=cache, say=_say)


def _evaluate_published(
    name: str,
    *,
    dataset: str,
    root: Path,
    task: str | None,
    split: Path | None,
    out: Path | None,
    zoo: Path | None,
    cache: Path | None,
) -> dict[str, Any]:
    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.external import evaluate_published
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

    model = ModelStore(zoo or PACKAGE_ZOO).open(name)
    data = open_dataset(dataset, root, task=task)
    return evaluate_published(model, data, split=split, out=out, cache=cache, say=_say)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _run_lines(report: dict[str, Any]) -> Iterator[str]:
    if "classes" in report:
        yield from _class_lines(report)
        return
    for part, units in report["parts"].items():
        for figures in units:
            yield from _figure_lines(part, figures)
    yield from _baseline_lines(report)
    for rule, figures in report.get("votes", {}).items():
        yield from _vote_lines(f"test, by image, {rule} of its patches", figures)


def _class_lines(report: dict[str, Any]) -> Iterator[str]:
    """Of a run that tells more than two classes apart."""
    for part, figures in report["parts"].items():
        yield from _vote_lines(f"{part}, by patch", figures["patches"])
        for rule, voted in figures["images"].items():
            yield from _vote_lines(f"{part}, by image, {rule} of its patches", voted)
    for note in report["notes"]:
        yield f"note: {note}"


def _vote_lines(what: str, figures: dict[str, Any]) -> Iterator[str]:
    yield f"{what}: n {figures['images']}, {figures['patients']} patients"
    yield f"  accuracy of all classes  {_interval(figures['accuracy'])}"
    for name, recall in figures["recall"].items():
        yield f"  recall of {name}  {_interval(recall)}"
    for name in ("carcinoma_accuracy", "carcinoma_sensitivity"):
        if figures[name] is not None:
            yield f"  {name.replace('_', ', ')}  {_interval(figures[name])}"


def _published_lines(report: dict[str, Any]) -> Iterator[str]:
    from mammoscope.types import RESEARCH_NOTICE

    name = report["dataset"]["name"]
    yield f"{report['model']} on {name}: {report['images']} images of {report['women']} women"
    for note in report["dataset"]["notes"]:
        yield f"note: {note}"
    for figures in report["figures"]:
        yield from _figure_lines(name, figures)
    yield from _baseline_lines(report)
    for point in report["operating_points"]:
        yield f"operating point {point['name']}, score {point['threshold']:.3f}, by image"
        for metric in ("sensitivity", "specificity"):
            if metric in point:
                card = point["card"][metric]["value"]
                yield f"  {metric:12} {_interval(point[metric])}, on its card {card:.3f}"
    yield f"refused by the quality gate, and counted all the same: {report['refused_by_the_gate']}"
    yield RESEARCH_NOTICE


def _figure_lines(part: str, figures: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{part}, by {figures['unit']}: n {figures['n']} "
        f"({figures['n_positive']} positive), {figures['n_patients']} women"
    )
    for name, estimate in figures["metrics"].items():
        yield f"  {name:12} {_interval(estimate)}"


def _baseline_lines(report: dict[str, Any]) -> Iterator[str]:
    for name, estimate in report["baselines"].items():
        yield f"{name}: {_interval(estimate)}"


def _interval(estimate: dict[str, Any]) -> str:
    from mammoscope.types import Estimate

    return str(Estimate(**estimate))
