"""`mammoscope log`: looks whether an audit log is what was written, and gives its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mammoscope.ledger.audit_log import AuditLog

log = typer.Typer(no_args_is_help=True, help="Verifies and exports a server's audit log.")
Url = Annotated[
    str | None,
    typer.Option(
        "--audit-log", metavar="URL", help="sqlite:///FILE or postgresql://… [MAMMOSCOPE_AUDIT_LOG]"
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--audit-key", metavar="FILE", help="The secret that seals it. [MAMMOSCOPE_AUDIT_KEY]"
    ),
]


@log.command("verify")
def verify_log(
    audit_log: Url = None,
    audit_key: KeyFile = None,
    head: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBER:DIGEST",
            help="An end that this command printed before and that was kept elsewhere; may be "
            "given several times.",
        ),
    ] = None,
    keep_head: Annotated[
        bool,
        typer.Option(
            "--keep-head", help="Where no head is kept beside the key, keep the one found."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Looks at every row: none changed, removed, inserted or moved, and the end not cut.

    Prints where the log ends. Whoever notes that down elsewhere can prove later, with --head, that
    nothing before it was touched, even by one who had the key. Exit status 1 if anything was.
    """
    from mammoscope.ledger.entry import parse_head
    from mammoscope.ledger.verify import verify
    from mammoscope.types import MammoscopeError

    given = [parse_head(text) for text in head or ()]
    with _opened(audit_log, audit_key) as opened:
        # Before the rows are read: a log that is being written to goes on behind it.
        kept = opened.kept_head()
        heads = given if kept is None else [*given, kept]
        found = verify(opened.rows(), opened.seal, heads=heads)
        if kept is None and keep_head and not found.findings:
            opened.keep_head(found.end)
    if as_json:
        findings = [str(finding) for finding in found.findings]
        typer.echo(json.dumps({"head": str(found.end), "findings": findings}, indent=2))
    else:
        for finding in found.findings:
            typer.echo(str(finding))
        typer.echo(f"head {found.end}")
    if not heads and not keep_head:
        typer.echo(
            "mammoscope: no head is kept beside the key, and none was given: rows that were cut "
            "from the end cannot be seen",
            err=True,
        )
    if found.findings:
        raise MammoscopeError(
            f"the audit log is not what was written: {len(found.findings)} findings, "
            f"first: {found.findings[0]}"
        )


@log.command("export")
def export(
    audit_log: Url = None,
    audit_key: KeyFile = None,
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Only rows whose upload was this very file."),
    ] = None,
) -> None:
    """Gives the rows, one JSON object a line; see verify for whether to believe them."""
    with _opened(audit_log, audit_key) as opened:
        wanted = None if file is None else opened.seal.input_digest(_content(file))
        for row in opened.rows():
            if wanted is None or row.input == wanted:
                # Escapes whatever somebody may have put into the database for a terminal.
                typer.echo(json.dumps(asdict(row), default=repr))


@contextmanager
def _opened(url: str | None, key: Path | None) -> Iterator[AuditLog]:
    from mammoscope.serving.settings import load_settings

    settings = load_settings(audit_log=url, audit_key=key)
    if settings.audit_log is None or settings.audit_key is None:
        raise typer.BadParameter(
            "the log and its key are not both said; give them or set MAMMOSCOPE_AUDIT_LOG and "
            "MAMMOSCOPE_AUDIT_KEY",
            param_hint="--audit-log, --audit-key",
        )
    from mammoscope.ledger.audit_log import AuditLog

    opened = AuditLog(
        settings.audit_log.get_secret_value(), secret_file=settings.audit_key, create=False
    )
    try:
        yield opened
    finally:
        opened.close()


def _content(path: Path) -> bytes:
    from mammoscope.types import MammoscopeError

    try:
        return path.read_bytes()
    except OSError as error:
        # Without its path, as everywhere: it is often a name.
        raise MammoscopeError(f"cannot read the file: {error.strerror}") from None
