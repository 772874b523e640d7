"""`mammoscope train`: one model on one data set, into a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    dataset: Annotated[str, typer.Option(help="mini-mias, rsna or phantom")],
    root: Annotated[Path, typer.Option(help="folder (or archive) of the data set")],
    model: Annotated[str, typer.Option(help="cnn or densenet121")],
    out: Annotated[Path, typer.Option(help="run folder to make")],
    split: Annotated[Path | None, typer.Option(help="split.csv of an earlier run")] = None,
    seed: Annotated[int, typer.Option(min=0, help="of everything that is drawn")] = 0,
    epochs: Annotated[int, typer.Option(min=1)] = 30,
    patience: Annotated[int, typer.Option(min=1, help="epochs without a better validation")] = 10,
    batch_size: Annotated[int, typer.Option(min=1)] = 16,
    learning_rate: Annotated[float, typer.Option(min=1e-7)] = 1e-3,
    image_size: Annotated[int, typer.Option(min=32, help="rows and columns a model sees")] = 256,
    mixed_precision: Annotated[
        bool, typer.Option(help="train in bfloat16: faster where the CPU has it")
    ] = False,
) -> None:
    """Train a model on a patient-grouped split and measure it once on the test women."""
    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.config import TrainConfig
    from mammoscope.experiment.train import train as run_training
    from mammoscope.images.preprocess import PreprocessConfig

    config = TrainConfig(
        dataset=dataset,
        model=model,
        seed=seed,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        patience=patience,
        mixed_precision=mixed_precision,
        preprocess=PreprocessConfig(rows=image_size, columns=image_size),
    )
    run = run_training(
        open_dataset(dataset, root),
        config,
        out,
        split_file=split,
        say=lambda line: typer.echo(line, err=True),
    )
    typer.echo(run.path)
