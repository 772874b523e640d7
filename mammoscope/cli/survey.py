"""`mammoscope survey`: what papers claim, what is measured by patient, what a leak would give."""

from __future__ import annotations

from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer


def survey(
    dataset: Annotated[str, typer.Option(help="as of `mammoscope study`")],
    root: Annotated[Path, typer.Option(help="folder or archive of the data set")],
    out: Annotated[Path, typer.Option(help="folder of the survey, to make or to go on with")],
    models: Annotated[
        str, typer.Option(help="as of `mammoscope study`: all, or names with commas")
    ] = "all",
    task: Annotated[str | None, typer.Option(help="the question; default: its own")] = None,
    folds: Annotated[int, typer.Option(min=0, help="by patient; 0 = one held-out test part")] = 5,
    copies: Annotated[
        int, typer.Option(min=1, help="augmented copies of each image, where the leak is repeated")
    ] = 4,
    leak_models: Annotated[
        str | None,
        typer.Option(metavar="MODELS", help="that the leak is repeated with; default: all of them"),
    ] = None,
    no_refit: Annotated[
        bool, typer.Option("--no-refit", help="train no model of all women; none to publish")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, help="trainings of each model")] = 1,
    split_seed: Annotated[int, typer.Option(min=0, help="of the splits")] = 0,
    init: Annotated[
        str | None, typer.Option(metavar="WEIGHTS", help="as of `mammoscope study`")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="default: each model's own; so the next three")
    ] = None,
    patience: Annotated[int | None, typer.Option(min=1)] = None,
    batch_size: Annotated[int | None, typer.Option(min=1)] = None,
    learning_rate: Annotated[float | None, typer.Option(min=1e-7)] = None,
    image_size: Annotated[
        int | None, typer.Option(min=32, help="rows and columns; default: the preset's")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="trainings side by side; more than 1 is for a GPU")
    ] = 1,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="prepared images; default: in --out")
    ] = None,
    zoo: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where --init finds a published model")
    ] = None,
    accept_pairs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="as of `mammoscope study`")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the table")] = False,
) -> None:
    """Two studies of the same models, by patient and with a leak repeated, and one table of both.

    Run again, it goes on where it was stopped.
    """
    import json
    import sys

    from mammoscope.experiment.study_config import StudyConfig
    from mammoscope.experiment.survey import TABLE, SurveyConfig
    from mammoscope.experiment.survey import survey as run_survey
    from mammoscope.inference.store import PACKAGE_ZOO

    fit = {
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    config = SurveyConfig(
        study=StudyConfig(
            dataset=dataset,
            root=str(root.resolve()),
            models=_names(models),
            task=task,
            folds=folds,
            seeds=seeds,
            split_seed=split_seed,
            init=init,
            fit=tuple((name, value) for name, value in fit.items() if value is not None),
            image_size=image_size,
            refit=not no_refit,
        ),
        copies=copies,
        leak_models=_names(leak_models) if leak_models else (),
    )
    # Keras draws its progress bar on stdout, where only results belong.
    with redirect_stdout(sys.stderr):
        values = run_survey(
            config,
            out,
            jobs=jobs,
            cache=cache,
            zoo=zoo or PACKAGE_ZOO,
            accept=accept_pairs,
            say=lambda line: typer.echo(line, err=True),
        )
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(out / f"{TABLE}.md")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))
