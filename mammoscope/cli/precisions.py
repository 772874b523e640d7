"""`mammoscope precisions`: whether a published network may answer in bfloat16 or int8."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mammoscope.cli.inputs import parse_precision


def precisions(
    model: Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="a published network")],
    dataset: Annotated[str, typer.Option(help="that it was trained on, such as rsna")],
    root: Annotated[Path, typer.Option(help="folder or archive of the data set")],
    task: Annotated[str | None, typer.Option(help="default: the data set's own")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--precision",
            metavar="bfloat16|int8",
            help="measure this one; may be given twice; default: both",
        ),
    ] = None,
    split: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="split.csv of its training; default: that of the seed"),
    ] = None,
    split_seed: Annotated[int, typer.Option(min=0, help="of the split of its training")] = 0,
    zoo: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="folder of published models; default: the package's"),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="prepared images; default: not kept")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the figures of each precision")] = False,
) -> None:
    """Hold a network in bfloat16 and int8 against float32, and publish the figures with it.

    On test images at most 0.5 % of the verdicts may flip and the AUC may move by at most 0.002;
    else the precision is refused to whoever asks for it. The graph stays to the byte. OpenVINO is
    needed: pip install 'mammoscope[fast]'.
    """
    import json

    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.datasets.split import load_split
    from mammoscope.experiment.precisions import measure_precisions
    from mammoscope.inference.precision import FASTER
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

    chosen = [parse_precision(name) for name in only or FASTER]
    if "float32" in chosen:
        raise typer.BadParameter(
            "float32 is what the others are held against", param_hint="--precision"
        )
    folder = zoo or PACKAGE_ZOO
    source = ModelStore(folder).open(model)
    opened = open_dataset(dataset, root, task=task)
    published = measure_precisions(
        source,
        opened,
        zoo=folder,
        precisions=tuple(dict.fromkeys(chosen)),
        split=None if split is None else load_split(split, opened),
        split_seed=split_seed,
        cache=cache,
        say=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        figures = {name: one.to_dict() for name, one in published.precisions.items()}
        typer.echo(json.dumps(figures, allow_nan=False))
        return
    for name, measured in published.precisions.items():
        word = "admitted" if measured.admitted else "not admitted"
        typer.echo(f"{name}: {word}: {measured.figures}; {measured.speedup:.2f} times as fast")
    typer.echo(published.folder)
