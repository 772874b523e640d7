"""`mammoscope serve`: the page and the API on this machine."""

from __future__ import annotations

import ipaddress
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

# Longer than the slowest reading, shorter than the patience of what stops a service.
_GRACE_S = 8
_OPEN_TO_ALL = "--allow-remote-without-authentication"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 = any free one. [8000]")
    ] = None,
    zoo: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of published models.")
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME[@VERSION]",
            help="Serve only this model; may be given several times, the first is the default. "
            "[the newest version of each]",
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Ask for a key of this file; see `mammoscope keys`."),
    ] = None,
    audit_log: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Log what was answered, without patient data: sqlite:///FILE or postgresql://… "
            "(with a password, rather by MAMMOSCOPE_AUDIT_LOG). [no log]",
        ),
    ] = None,
    audit_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Secret that seals that log; made with a new one."),
    ] = None,
    log_format: Annotated[
        str | None, typer.Option(metavar="text|json", help="Of the lines on stderr. [text]")
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="float32|bfloat16|int8",
            help="Of the networks' arithmetic; a faster one for models admitted in it. [float32]",
        ),
    ] = None,
    without_authentication: Annotated[
        bool,
        typer.Option(
            "--allow-remote-without-authentication",
            help="Let every machine that can reach the address in, without a key.",
        ),
    ] = False,
) -> None:
    """Serves the page and the API until it is stopped.

    Every limit and option but --allow-remote-without-authentication can also be set in the
    environment: MAMMOSCOPE_<NAME>.
    """
    from mammoscope.serving.settings import load_settings

    settings = load_settings(
        host=host,
        port=port,
        zoo=zoo,
        models=models or None,
        key_file=key_file,
        audit_log=audit_log,
        audit_key=audit_key,
        log_format=log_format,
        precision=precision,
    )
    if settings.key_file is not None and without_authentication:
        raise typer.BadParameter(
            "keys are asked for with --key-file; give one of the two",
            param_hint=_OPEN_TO_ALL,
        )
    if not is_loopback(settings.host):
        if settings.key_file is None and not without_authentication:
            raise typer.BadParameter(
                f"{settings.host} can be reached from other machines, and without authentication "
                "anyone there could use this server. Make a key with `mammoscope keys add` and "
                f"give --key-file, put a proxy with a login before 127.0.0.1, or give "
                f"{_OPEN_TO_ALL} if that is meant.",
                param_hint="--host",
            )
        how = "without a key" if settings.key_file is None else "with a key"
        typer.echo(
            f"mammoscope: other machines may connect, {how}; what they send travels in the clear "
            "unless a proxy adds TLS. Those that call this one by a name need it in "
            "MAMMOSCOPE_ALLOWED_HOSTS",
            err=True,
        )
        names = (*settings.allowed_hosts, settings.host.lower())
        settings = settings.model_copy(update={"allowed_hosts": names})

    import uvicorn

    from mammoscope.serving.app import create_app
    from mammoscope.serving.core_dumps import forbid_core_dumps
    from mammoscope.serving.logs import set_up_logs

    forbid_core_dumps()
    set_up_logs(settings.log_format)
    with listen(settings.host, settings.port) as listener:
        served = create_app(settings)
        typer.echo(f"mammoscope: open {_url(listener)} (stop with Ctrl+C)", err=True)
        # The address is on no log line: the app logs each answer itself, without path or query.
        config = uvicorn.Config(
            served,
            access_log=False,
            log_config=None,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE_S,
        )
        # uvicorn stops gracefully and then raises the signal again: being asked is no failure.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        uvicorn.Server(config).run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only; names other than localhost: no."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: taken before the models are opened, so that a busy port is told at once.

    Raises:
        MammoscopeError: the address is not this machine's, or the port is taken.
    """
    from mammoscope.types import MammoscopeError

    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise MammoscopeError(
            f"cannot listen on {host}, port {port}: {error.strerror}; "
            "choose another with --host or --port"
        ) from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
