"""`mammoscope audit`: what two parts of a data set share, and what else tells the label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def audit(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME | A B",
            help="a data set's name (with --root), cbis-ddsm (labels only), or two folders of "
            "images or two CSVs of labels (and of images, if they lie beside), each a part",
        ),
    ],
    root: Annotated[
        Path | None, typer.Option(help="folder or archive of the data set; only with a name")
    ] = None,
    split: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV of path and part, such as a run's split.csv; default: drawn"
        ),
    ] = None,
    split_seed: Annotated[int, typer.Option(min=0, help="of the split that is drawn")] = 0,
    task: Annotated[str | None, typer.Option(help="the question; default: its own")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=NAME",
            help="of CSVs: which column is patient, side, view, image, lesion, kind or label; "
            "may be repeated",
        ),
    ] = None,
    histology: Annotated[
        bool, typer.Option("--histology", help="a pair's images are stained tissue")
    ] = False,
    accept: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV of first, second and reason: pairs, named as in audit.json, that you looked "
            "at and found honest",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="write audit.html and audit.json there")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="images at the same time; default: one a core")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="all that was found")] = False,
) -> None:
    """Find leaks between parts: women, breasts, images and their copies; exit status 1 if any.

    mammoscope audit rsna --root RSNA --split runs/one/split.csv

    mammoscope audit train.csv test.csv   (or two folders)

    The page and the JSON name files and patients: mind the data's licence before passing them on.
    """
    import json

    from mammoscope.experiment.audit import audit as run_audit
    from mammoscope.experiment.audit_accept import read_accepted
    from mammoscope.experiment.audit_report import PAGE, hints, verdict, write_audit
    from mammoscope.experiment.audit_source import open_pair, open_rows

    roles = dict(_role(text) for text in column or [])
    accepted = read_accepted(accept) if accept is not None else ()
    if len(what) == 2:
        if root is not None or split is not None or task is not None:
            raise typer.BadParameter("--root, --split and --task go with one name, not with two")
        rows = open_pair(Path(what[0]), Path(what[1]), named=roles, histology=histology)
    elif len(what) == 1:
        if root is None:
            raise typer.BadParameter("a data set wants --root; or give two folders or two CSVs")
        if roles or histology:
            raise typer.BadParameter("--column and --histology go with a pair, not with a name")
        rows = open_rows(what[0], root, split=split, split_seed=split_seed, task=task)
    else:
        raise typer.BadParameter(f"{len(what)} names; expected a data set, or a pair")
    values = run_audit(
        rows,
        accepted=accepted,
        jobs=jobs,
        say=lambda line: typer.echo(line, err=True),
    )
    if out is not None:
        write_audit(rows, values, out)
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(verdict(values))
        if told := hints(values):
            typer.echo(told)
        typer.echo(values["notice"])
        if out is not None:
            typer.echo(out / PAGE)
    if values["leak"]:
        raise typer.Exit(1)


def _role(text: str) -> tuple[str, str]:
    role, equals, name = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"--column is {text!r}; expected such as patient=subject")
    return role, name
