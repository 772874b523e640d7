"""`mammoscope serve`: the page and the API on this machine."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

# Longer than the slowest reading, shorter than the patience of what stops a service.
_GRACE_S = 8


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
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines in, without a password.")
    ] = False,
) -> None:
    """Serves the page and the API until it is stopped.

    Every limit and option but --allow-remote can also be set in the environment: MAMMOSCOPE_<NAME>.
    """
    from mammoscope.serving.settings import load_settings

    settings = load_settings(host=host, port=port, zoo=zoo, models=models or None)
    if not is_loopback(settings.host):
        if not allow_remote:
            raise typer.BadParameter(
                f"{settings.host} can be reached from other machines, and there is no "
                "authentication yet: anyone there could use this server. Give --allow-remote "
                "if that is meant, or put a proxy with a login before 127.0.0.1.",
                param_hint="--host",
            )
        typer.echo(
            "mammoscope: other machines may connect, without a password; those that call this "
            "one by a name need it in MAMMOSCOPE_ALLOWED_HOSTS",
            err=True,
        )
        names = (*settings.allowed_hosts, settings.host.lower())
        settings = settings.model_copy(update={"allowed_hosts": names})

    import uvicorn

    from mammoscope.serving.app import create_app

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
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
