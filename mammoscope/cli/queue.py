"""`mammoscope queue`: what a gateway has pending, and what it parked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mammoscope.ledger.queue import Queue

queue = typer.Typer(no_args_is_help=True, help="Shows and settles what a gateway has pending.")
Url = Annotated[str, typer.Option("--queue", metavar="URL", help="As the gateway's.")]
Key = Annotated[Path, typer.Option("--queue-key", metavar="FILE", help="As the gateway's.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON.")]
Ids = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="Of `queue list`; beginnings will do.")
]
All = Annotated[bool, typer.Option("--all", help="Everything that is parked.")]
_URL, _KEY = "sqlite:///mammoscope-queue.db", Path("mammoscope-queue.key")
_SHOWN = 12


@queue.command("status")
def status(url: Url = _URL, key: Key = _KEY, as_json: AsJson = False) -> None:
    """Counts what is to be read, to be sent, parked and done."""
    with _opened(url, key) as opened:
        counts = opened.counts()
    if as_json:
        typer.echo(json.dumps(counts))
        return
    for what, count in counts.items():
        typer.echo(f"{count:>8,} {what}")


@queue.command("list")
def list_parked(url: Url = _URL, key: Key = _KEY, as_json: AsJson = False) -> None:
    """Lists what was parked, with the image's SOP Instance UID and the reason."""
    with _opened(url, key) as opened:
        parked = opened.parked()
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in parked]))
        return
    for each in parked:
        image = "of an unknown image" if each.name is None else each.name.split()[0]
        typer.echo(f"{each.id[:_SHOWN]}  {image}\n    {each.reason}")


@queue.command("retry")
def retry(ids: Ids = None, every: All = False, url: Url = _URL, key: Key = _KEY) -> None:
    """Makes parked work due again."""
    with _opened(url, key) as opened:
        chosen = _chosen(opened, ids, every)
        typer.echo(f"{sum(map(opened.retry, chosen))} due again")


@queue.command("discard")
def discard(ids: Ids = None, every: All = False, url: Url = _URL, key: Key = _KEY) -> None:
    """Takes parked work away for good; the archive still has the image."""
    with _opened(url, key) as opened:
        chosen = _chosen(opened, ids, every)
        typer.echo(f"{sum(map(opened.discard, chosen))} discarded")


def _chosen(opened: Queue, ids: list[str] | None, every: bool) -> list[str]:
    from mammoscope.types import MammoscopeError

    if bool(ids) == every:
        raise typer.BadParameter("give ids of `mammoscope queue list`, or --all")
    parked = [each.id for each in opened.parked()]
    chosen = list(parked) if every else []
    for begun in ids or ():
        found = [each for each in parked if each.startswith(begun)]
        if len(found) != 1:
            raise MammoscopeError(
                f"{len(found)} parked pieces of work begin with {begun!r}; expected one; see "
                "`mammoscope queue list`"
            )
        chosen += found
    return chosen


@contextmanager
def _opened(url: str, key: Path) -> Iterator[Queue]:
    from mammoscope.ledger.cipher import open_cipher
    from mammoscope.ledger.queue import Queue

    opened = Queue(url, open_cipher(key, create=False), owner="mammoscope queue", create=False)
    try:
        yield opened
    finally:
        opened.close()
