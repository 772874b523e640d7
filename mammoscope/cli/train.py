"""`mammoscope train`: one model on one data set, into a run folder."""

from __future__ import annotations

from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mammoscope.experiment.config import TrainConfig


def train(
    out: Annotated[Path, typer.Option(help="run folder to make, or to go on with")],
    dataset: Annotated[
        str | None, typer.Option(help="such as mini-mias, rsna, pcam or folder")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="folder or archive of the data set")] = None,
    model: Annotated[str | None, typer.Option(help="such as cnn, or NAME.VARIANT")] = None,
    task: Annotated[
        str | None, typer.Option(help="the question, such as abnormal; default: the data's own")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="config.json of a run; other options override it")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="go on with the killed run in --out; takes its config")
    ] = False,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="WEIGHTS",
            help="imagenet, none, a .weights.h5 file or a published model's NAME[@VERSION]; "
            "default: imagenet if it can be had",
        ),
    ] = None,
    split: Annotated[Path | None, typer.Option(help="split.csv of an earlier run")] = None,
    women: Annotated[
        int | None,
        typer.Option(
            min=1, help="to learn from, of the training part: a point of a learning curve"
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="of everything that is drawn")] = None,
    epochs: Annotated[int | None, typer.Option(min=1)] = None,
    patience: Annotated[
        int | None, typer.Option(min=1, help="epochs without a better validation AUC")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1)] = None,
    learning_rate: Annotated[float | None, typer.Option(min=1e-7)] = None,
    lesions: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.95,
            help="share of training images without a finding that are given a painted lesion, of "
            "whose place the network is told; for densenet121.peak and its like",
        ),
    ] = None,
    mosaic_epochs: Annotated[
        int | None,
        typer.Option(min=0, help="before the others, on tiles with and without a painted lesion"),
    ] = None,
    average: Annotated[
        float | None,
        typer.Option(
            min=0, max=0.9999, help="momentum of a running average of the weights; 0 = none"
        ),
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(min=32, help="rows and columns that the model sees")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="preprocessing, such as paper; default: what the model wants"
        ),
    ] = None,
    mixed_precision: Annotated[
        bool | None, typer.Option(help="train in bfloat16; default: where the processor has it")
    ] = None,
    permute_labels: Annotated[
        bool,
        typer.Option(
            "--permute-labels",
            help="of training women: a network that learnt nothing true, for "
            "`mammoscope sanity --permuted`; it can be neither published nor compared with others",
        ),
    ] = False,
    track: Annotated[
        str | None,
        typer.Option(metavar="TRACKER", help="mlflow or tensorboard, told of each epoch"),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="prepared images, shared by runs; default: in --out"),
    ] = None,
    zoo: Annotated[
        Path | None, typer.Option(metavar="DIR", help="where --init finds a published model")
    ] = None,
) -> None:
    """Train a model on a patient-grouped split; `evaluate` measures it, `publish` publishes it."""
    import sys
    from dataclasses import replace

    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.datasets.split import choose_split, learn_from_fewer, load_split
    from mammoscope.experiment.run import RunFolder
    from mammoscope.experiment.start import preprocess_of_start
    from mammoscope.experiment.tracking import find_tracker
    from mammoscope.experiment.train import resume as resume_training
    from mammoscope.experiment.train import train as run_training
    from mammoscope.inference.store import PACKAGE_ZOO

    run = RunFolder(out)
    if init is not None and init.endswith(".weights.h5"):
        # A run is gone on with from anywhere.
        init = str(Path(init).resolve())
    given = {"dataset": dataset, "model": model, "task": task, "init": init, "seed": seed}
    fit = {
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "mixed_precision": mixed_precision,
        "lesions": lesions,
        "mosaic_epochs": mosaic_epochs,
        "average": average,
        "permute_labels": permute_labels or None,
    }
    if resume:
        others = [name for name, value in (given | fit).items() if value is not None]
        if others or config or split or image_size or preset or women:
            raise typer.BadParameter(
                "a resumed run takes its own config; give only --out, and --root if the data "
                "has moved",
                param_hint="--resume",
            )
        settled = run.read_config()
    else:
        settled = _settle(
            config,
            given=given | {"root": None if root is None else str(root.resolve())},
            fit=fit,
            preset=preset,
            size={"rows": image_size, "columns": image_size},
        )
        if config is None and image_size is None and preset is None:
            # What the weights were fitted on is what they go on with.
            found = preprocess_of_start(settled, zoo=zoo or PACKAGE_ZOO)
            settled = replace(settled, preprocess=found or settled.preprocess)
    data = open_dataset(settled.dataset, root or Path(settled.root), task=settled.task)
    common: dict[str, Any] = {
        "tracker": find_tracker(track),
        "cache": cache,
        "zoo": zoo or PACKAGE_ZOO,
        "say": lambda line: typer.echo(line, err=True),
    }
    # Keras draws its progress bar on stdout, where only results belong.
    with redirect_stdout(sys.stderr):
        if resume:
            resume_training(data, out, **common)
        else:
            chosen = load_split(split, data) if split else None
            if women is not None:
                whole = chosen or choose_split(data, seed=settled.seed)
                chosen = learn_from_fewer(whole, data.task, women=women, seed=settled.seed)
            run_training(data, settled, out, split=chosen, **common)
    typer.echo(run.path)


def _settle(
    file: Path | None,
    *,
    given: dict[str, Any],
    fit: dict[str, Any],
    preset: str | None,
    size: dict[str, Any],
) -> TrainConfig:
    """The config of the file, if there is one, with what was given on the command line."""
    from dataclasses import replace

    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.config import TrainConfig
    from mammoscope.experiment.config import preset as find_preset
    from mammoscope.experiment.study_config import wanted_by
    from mammoscope.types import DatasetError

    def known(values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if value is not None}

    if file is None:
        missing = [name for name in ("dataset", "root", "model") if given[name] is None]
        if missing:
            raise typer.BadParameter(f"give --{', --'.join(missing)}, or --config")
        task = open_dataset(given["dataset"], Path(given["root"]), task=given["task"]).task
        base = wanted_by(given["model"], task.modality)
    else:
        try:
            base = TrainConfig.from_json(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise DatasetError(f"{file} cannot be read: {error}") from error
    prepared = base.preprocess if preset is None else find_preset(preset)
    if preset is not None and file is not None:
        # A file's size was asked for too, and outlives another way of preparing.
        size = {"rows": base.preprocess.rows, "columns": base.preprocess.columns} | known(size)
    return replace(
        base,
        **known(given),
        fit=replace(base.fit, **known(fit)),
        preprocess=replace(prepared, **known(size)),
    )
