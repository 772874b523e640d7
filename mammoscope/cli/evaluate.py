"""`mammoscope evaluate`: the figures of a trained run, test women included."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    run: Annotated[Path, typer.Argument(help="run folder of `mammoscope train`")],
    root: Annotated[
        Path | None, typer.Option(help="data set, if it is not where it was in training")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the whole report")] = False,
) -> None:
    """Measure a run on train, validation and test women, with intervals, tables and plots."""
    import json

    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.config import TrainConfig
    from mammoscope.experiment.evaluate import evaluate as evaluate_run
    from mammoscope.experiment.run import RunFolder
    from mammoscope.types import DatasetError, Estimate

    folder = RunFolder(run)
    if not folder.config.is_file():
        raise DatasetError(f"{run} holds no run; train one with `mammoscope train`")
    config = TrainConfig.from_json(folder.config.read_text(encoding="utf-8"))
    dataset = open_dataset(config.dataset, root or Path(config.root), task=config.task)
    report = evaluate_run(folder, dataset, say=lambda line: typer.echo(line, err=True))
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    for part, units in report["parts"].items():
        for figures in units:
            typer.echo(
                f"{part}, by {figures['unit']}: n {figures['n']} "
                f"({figures['n_positive']} positive), {figures['n_patients']} women"
            )
            for name, estimate in figures["metrics"].items():
                typer.echo(f"  {name:12} {Estimate(**estimate)}")
    for name, estimate in report["baselines"].items():
        typer.echo(f"{name}: {Estimate(**estimate)}")
