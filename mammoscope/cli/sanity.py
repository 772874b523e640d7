"""`mammoscope sanity`: saliency sanity checks of a run's maps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer


def sanity(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="an evaluated run with a map")],
    permuted: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="the same training with --permute-labels: do the maps hang on the labels too?",
        ),
    ] = None,
    root: Annotated[
        Path | None, typer.Option(help="of the data set, if it has moved since the training")
    ] = None,
    images: Annotated[int, typer.Option(min=2, help="of the test part, at most")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="of the shuffles and the intervals")] = 0,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="prepared images; default: in RUN")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="all figures")] = False,
) -> None:
    """Shuffle what a network learnt, layer by layer: its maps must change (Adebayo et al. 2018).

    Writes saliency.json into the run, which `compare` shows. No label of a test image is read.
    """
    import json

    from mammoscope.datasets.catalog import open_dataset
    from mammoscope.experiment.run import RunFolder
    from mammoscope.experiment.sanity import check_run

    folder = RunFolder(run)
    config = folder.read_config()
    data = open_dataset(config.dataset, root or Path(config.root), task=config.task)
    values = check_run(
        folder,
        data,
        permuted=None if permuted is None else RunFolder(permuted),
        images=images,
        cache=cache,
        seed=seed,
        say=lambda line: typer.echo(line, err=True),
    )
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False, allow_nan=False))
        return
    _tell(values)
    typer.echo(folder.saliency)


def _tell(values: dict[str, Any]) -> None:
    counts = f"{values['n']} images of {values['n_patients']} women"
    typer.echo(f"rank correlation of maps, {counts}, 95 % intervals by woman")
    typer.echo(f"  of different images         {_rank(values['between_images'])}")
    for step in values["weights"]["steps"]:
        shuffled = f"{step['shuffled']} of {values['weights']['layers']}"
        typer.echo(f"  {shuffled:>10} layers shuffled  {_rank(step['likeness'])}")
    limit = values["passes_below"]
    below = "" if limit is None else f" (passes where the interval is below {limit:.2f})"
    typer.echo(f"weights: {values['weights']['verdict']}{below}")
    labels = values.get("labels")
    if labels:
        typer.echo(f"  of permuted labels          {_rank(labels['likeness'])}")
        typer.echo(
            f"labels: {labels['verdict']} (that network fits its labels with an AUC of "
            f"{labels['fitted_auc']:.2f}; {labels['least_fitted_auc']:g} is needed)"
        )


def _rank(likeness: dict[str, Any]) -> str:
    row = likeness.get("rank")
    if row is None:
        return "not defined"
    return f"{row['value']:z.2f} ({row['low']:z.2f} to {row['high']:z.2f})"
