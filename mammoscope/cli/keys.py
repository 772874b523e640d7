"""`mammoscope keys`: who may use a server that other machines can reach."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from mammoscope.serving.keys import Key

keys = typer.Typer(no_args_is_help=True, help="Makes, lists and revokes the keys of a server.")
KeyFile = Annotated[
    Path | None, typer.Option("--key-file", metavar="FILE", help="[MAMMOSCOPE_KEY_FILE]")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON.")]


@keys.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Whom or what it is for; in no log.")],
    key_file: KeyFile = None,
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", metavar="predict|metrics", help="May be given several times. [predict]"
        ),
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(min=1, help="Requests it allows a minute. [120]")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Until it expires. [never]")] = None,
    as_json: AsJson = False,
) -> None:
    """Makes a key, and shows it this once: only its hash is kept."""
    from mammoscope.serving.keys import PER_MINUTE, add_key

    path = _path(key_file)
    key, token = add_key(
        path,
        name,
        scopes=scopes or ["predict"],
        per_minute=PER_MINUTE if per_minute is None else per_minute,
        days=days,
    )
    if as_json:
        typer.echo(json.dumps({**_shown(key), "token": token}))
        return
    typer.echo(
        f"mammoscope: key {key.id} for {', '.join(key.scopes)}; keep it, since it is shown "
        "this once:",
        err=True,
    )
    typer.echo(token)


@keys.command("list")
def list_keys(key_file: KeyFile = None, as_json: AsJson = False) -> None:
    """Lists the keys, revoked ones too."""
    from mammoscope.serving.keys import read_keys

    found = list(read_keys(_path(key_file)).values())
    if as_json:
        typer.echo(json.dumps([_shown(key) for key in found], indent=2))
        return
    now = datetime.now(UTC)
    for key in found:
        state = "in force" if key.is_live(now) else "revoked" if key.revoked else "expired"
        until = "" if key.expires is None else f", until {key.expires:%Y-%m-%d}"
        typer.echo(
            f"{key.id}  {state}{until}  {','.join(key.scopes)}  {key.per_minute} a minute  "
            f"made {key.created:%Y-%m-%d}  {key.name}"
        )


@keys.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The 8 digits that list shows.")],
    key_file: KeyFile = None,
) -> None:
    """Revokes a key; a server that runs refuses it from then on."""
    from mammoscope.serving.keys import revoke_key

    key = revoke_key(_path(key_file), key_id)
    typer.echo(f"mammoscope: key {key.id} ({key.name}) is revoked", err=True)


def _path(given: Path | None) -> Path:
    from mammoscope.serving.settings import load_settings

    path = load_settings(key_file=given).key_file
    if path is None:
        raise typer.BadParameter(
            "where the keys are kept is not said; give it or set MAMMOSCOPE_KEY_FILE",
            param_hint="--key-file",
        )
    return path


def _shown(key: Key) -> dict[str, Any]:
    """A key without its salt and hash."""
    hidden = {"salt", "hash"}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(key).items()
        if name not in hidden
    }
