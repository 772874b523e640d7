"""`mammoscope calibrate`: a published model, calibrated on one's own women, as a new version."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    model: Annotated[str, typer.Option(metavar="NAME[@VERSION]", help="a published model")],
    dataset: Annotated[str, typer.Option(help="mini-mias, rsna, folder or phantom")],
    root: Annotated[Path, typer.Option(help="folder or archive of the data set")],
    task: Annotated[str | None, typer.Option(help="default: the data set's own")] = None,
    name: Annotated[
        str | None, typer.Option(help="of the new version; default: the model's own")
    ] = None,
    zoo: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="folder of published models; default: the package's"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="of the folds and the intervals")] = 0,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="prepared images; default: not kept")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the new model")] = False,
) -> None:
    """Fit calibrator and operating points on your own women, and publish them as a new version.

    Graph and preparation stay to the byte; no version is written over. What the card says of the
    operating points is measured on women who had no part in them. 20 women are the least, 5 of
    them with and 5 without a positive image.
    """
    import json

    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.limits import leakage_limits
    from mammoscope.experiment.local_calibration import calibrate_published
    from mammoscope.inference.answer import model_to_dict
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

    folder = zoo or PACKAGE_ZOO
    source = ModelStore(folder).open(model)
    data = open_dataset(dataset, root, task=task)
    published = calibrate_published(
        source,
        data,
        zoo=folder,
        name=name,
        seed=seed,
        cache=cache,
        say=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        typer.echo(json.dumps(model_to_dict(published), ensure_ascii=False, allow_nan=False))
        return
    for note in (*leakage_limits(source, data.name), *data.notes):
        typer.echo(f"note: {note}")
    for point in published.operating_points:
        typer.echo(f"operating point {point.name}, score {point.threshold:.3f}, by image")
        typer.echo(f"  sensitivity  {point.sensitivity}")
        typer.echo(f"  specificity  {point.specificity}")
    typer.echo(published.folder)
