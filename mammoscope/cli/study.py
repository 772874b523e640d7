"""`mammoscope study`: models compared on one data set, from the split to the report."""

from __future__ import annotations

from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mammoscope.cli.inputs import reach_cluster

if TYPE_CHECKING:
    from mammoscope.experiment.jobs import RunJobs


def study(
    dataset: Annotated[str, typer.Option(help="such as mini-mias, rsna, pcam or folder")],
    root: Annotated[Path, typer.Option(help="folder or archive of the data set")],
    models: Annotated[
        str,
        typer.Option(help="such as cnn,densenet121; with a preset: cnn,cnn+paper; or all, alone"),
    ],
    out: Annotated[Path, typer.Option(help="folder of the study, to make or to go on with")],
    task: Annotated[
        str | None, typer.Option(help="the question, such as abnormal; default: the data's own")
    ] = None,
    folds: Annotated[
        int, typer.Option(min=0, help="each woman is tested once; 0 = one held-out test part")
    ] = 0,
    seeds: Annotated[int, typer.Option(min=1, help="trainings of each model")] = 1,
    redraw_folds: Annotated[
        bool,
        typer.Option("--redraw-folds", help="folds of its own for each seed: repeated k-fold"),
    ] = False,
    split_seed: Annotated[int, typer.Option(min=0, help="of the split")] = 0,
    init: Annotated[
        str | None,
        typer.Option(metavar="WEIGHTS", help="as of `mammoscope train`; NAME=WEIGHTS of one model"),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="default: each model's own; so the next three")
    ] = None,
    patience: Annotated[int | None, typer.Option(min=1)] = None,
    batch_size: Annotated[int | None, typer.Option(min=1)] = None,
    learning_rate: Annotated[float | None, typer.Option(min=1e-7)] = None,
    lesions: Annotated[
        float | None,
        typer.Option(min=0, max=0.95, help="as of `mammoscope train`; so the next"),
    ] = None,
    mosaic_epochs: Annotated[int | None, typer.Option(min=0)] = None,
    average: Annotated[float | None, typer.Option(min=0, max=0.9999)] = None,
    image_size: Annotated[
        int | None, typer.Option(min=32, help="rows and columns; default: the preset's")
    ] = None,
    repeat_leak: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="COPIES",
            help="split by image, after each image was augmented so many times: what NOT to do, "
            "to see where too good figures come from",
        ),
    ] = 0,
    no_refit: Annotated[
        bool,
        typer.Option(
            "--no-refit", help="with --folds: train no model of all women; none to publish"
        ),
    ] = False,
    share_mosaics: Annotated[
        bool,
        typer.Option(
            "--share-mosaics",
            help="with --folds: learn epochs of mosaics twice, each time from the women of one "
            "half of the folds, for the networks tested on the other; not once a fold",
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(min=1, help="trainings side by side; more than 1 is for a GPU")
    ] = 1,
    engine: Annotated[
        str,
        typer.Option(
            metavar="local|ray",
            help="this machine, or a Ray cluster whose machines share the folders: a fold a task",
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="of a running Ray cluster; default: one made here"),
    ] = None,
    cpus: Annotated[int, typer.Option(min=1, help="with --engine ray: cores a task")] = 1,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="prepared images; default: in --out")
    ] = None,
    zoo: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where --init finds a published model")
    ] = None,
    accept_pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV of first, second and reason: pairs that the audit found and you looked at "
            "and found to be no leak; kept with the study",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the comparison")] = False,
) -> None:
    """Split, train, evaluate, compare and report; run again, it goes on where it was stopped."""
    import json
    import sys

    from mammoscope.experiment.jobs import run_jobs
    from mammoscope.experiment.study import study as run_study
    from mammoscope.experiment.study_config import StudyConfig
    from mammoscope.inference.store import PACKAGE_ZOO

    run: RunJobs = run_jobs
    if engine == "ray":
        from mammoscope.experiment.ray_jobs import run_on_ray

        run = partial(run_on_ray, address=address and reach_cluster(address), cpus=cpus)
        # As many as the cluster has room for; more than one here, so that it is asked at all.
        jobs, out = max(2, jobs), out.resolve()
        cache = None if cache is None else cache.resolve()
    elif engine != "local" or address is not None:
        raise typer.BadParameter(
            f"engine {engine!r} with address {address!r}; expected local, or ray with or without "
            "an address",
            param_hint="--engine, --address",
        )
    fit = {
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "lesions": lesions,
        "mosaic_epochs": mosaic_epochs,
        "average": average,
    }
    config = StudyConfig(
        dataset=dataset,
        root=str(root.resolve()),
        models=tuple(name.strip() for name in models.split(",")),
        task=task,
        folds=folds,
        seeds=seeds,
        split_seed=split_seed,
        init=init,
        fit=tuple((name, value) for name, value in fit.items() if value is not None),
        image_size=image_size,
        leak=repeat_leak,
        refit=not no_refit,
        redraw=redraw_folds,
        share_mosaics=share_mosaics,
    )
    # Keras draws its progress bar on stdout, where only results belong.
    with redirect_stdout(sys.stderr):
        comparison = run_study(
            config,
            out,
            jobs=jobs,
            cache=cache,
            zoo=zoo or PACKAGE_ZOO,
            accept=accept_pairs,
            run=run,
            say=lambda line: typer.echo(line, err=True),
        )
    typer.echo(json.dumps(comparison, allow_nan=False) if as_json else out / "report/report.html")
