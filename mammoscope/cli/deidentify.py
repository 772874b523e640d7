"""`mammoscope deidentify`: DICOM files without what tells whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer


def deidentify(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="DICOM files, and folders of them.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder that the new files go to.")],
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            envvar="MAMMOSCOPE_KEY_FILE",
            help="Secret key of new UIDs and pseudonyms: the same key gives the same ones.",
        ),
    ] = None,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going",
            help="Write a file whose pixels cannot be called clean too, and say so in it.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Writes DICOM files without what tells whose they are (PS3.15 Annex E).

    Basic profile with the options Clean Pixel Data and Clean Descriptors:
    attributes that are not on a list of what a reader needs are removed, UIDs and
    the patient's number are replaced by keyed ones, text beside the breast is
    blanked. The report says what was removed, emptied, replaced and blanked, by
    tag and never by value; it numbers the files, since a name may be a person's.

    Make a key with: openssl rand -hex 32 > KEY. Without one, a new key is made and
    thrown away: what belongs together in this run cannot be found again.

    Text on the breast is not blanked: such a file is an error unless --keep-going.
    Exit status 1 if one of the files failed; the others are written all the same.
    """
    from mammoscope.cli.deidentified_files import Worker, find_files, read_key, write_new
    from mammoscope.images.pseudonyms import Pseudonyms
    from mammoscope.types import MammoscopeError

    if key_file is None:
        _say("no --key-file: a new key was made, and the mapping is lost when this run ends")
        pseudonyms = Pseudonyms.random()
    else:
        pseudonyms = Pseudonyms(read_key(key_file))
    files = find_files(paths, out=out)
    written: dict[str, bytes] = {}
    failed = 0
    with Worker(pseudonyms, keep_going=keep_going) as worker:
        for number, file in enumerate(files, start=1):
            try:
                result = worker.deidentify(file)
                name = write_new(result, out, sources=files, written=written)
            except MammoscopeError as error:
                failed += 1
                reason = " ".join(str(error).split())
                _say(f"{file}: {reason}")
                report: dict[str, Any] = {"file": number, "written": None, "error": reason}
            else:
                report = {"file": number, "written": name, "error": None, **_described(result)}
            lines = [json.dumps(report, allow_nan=False)] if as_json else _as_text(report)
            for line in lines:
                typer.echo(line)
    if failed:
        _say(f"{failed} of {len(files)} files failed and were not written")
        raise typer.Exit(1)


def _say(line: str) -> None:
    # Bytes of a name that are no UTF-8 would stop the output.
    typer.echo(f"mammoscope: {line}".encode("utf-8", "replace").decode(), err=True)


def _described(result: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "options": [{"code": code, "meaning": meaning} for code, meaning in result.options],
        "pixels": result.pixels,
        "blanked": [list(box) for box in result.blanked],
        "warnings": list(result.warnings),
        "changes": [asdict(change) for change in result.changes],
    }


def _as_text(report: Mapping[str, Any]) -> Iterator[str]:
    if report["error"]:
        yield f"file {report['file']}: not written: {report['error']}"
        return
    yield f"file {report['file']}: {report['written']}"
    for option in report["options"]:
        yield f"  applied   {option['code']} {option['meaning']}"
    for warning in report["warnings"]:
        yield f"  warning   {warning}"
    yield f"  pixels    {report['pixels']}"
    for top, left, bottom, right in report["blanked"]:
        yield f"  blanked   rows {top} to {bottom}, columns {left} to {right}"
    for change in report["changes"]:
        place = f" in {change['within']}" if change["within"] else ""
        name = " ".join(filter(None, (change["tag"], change["keyword"])))
        yield f"  {change['action']:<9} {name}{place}: {change['reason']}"
