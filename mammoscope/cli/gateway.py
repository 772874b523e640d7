"""`mammoscope gateway`: reads what an archive sends, and sends reports back."""

from __future__ import annotations

import logging
import signal
import socket
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mammoscope.cli.inputs import ModelName, PrecisionName, Zoo, parse_precision
from mammoscope.cli.serve import is_loopback

if TYPE_CHECKING:
    from mammoscope.inference.predictor import Predictor
    from mammoscope.interop.gateway import Gateway
    from mammoscope.interop.peer import Tls
    from mammoscope.interop.reader import Log
    from mammoscope.ledger.queue import Queue

_REPORT_S = 60.0
# What was done is known for so long; what comes again later is reported again, as the same report.
_FORGET_DAYS = 90.0
_TITLE = "MAMMOSCOPE"
# In the audit log, where a server would name a key.
_KEY_ID = "gateway"
_LOG = logging.getLogger("mammoscope.gateway")


def gateway(
    send: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TITLE@HOST:PORT|URL",
            help="Where reports go: a DICOM node, or a DICOMweb service. May be given several "
            "times; a report is done once all have it.",
        ),
    ] = None,
    fhir: Annotated[
        str | None,
        typer.Option(
            metavar="URL|DIR", help="Where they go as FHIR: a server, or a folder. [nowhere]"
        ),
    ] = None,
    title: Annotated[str, typer.Option(metavar="AET", help="AE title of this side.")] = _TITLE,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 = any free one.")] = 11112,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AET",
            help="AE title that may send images. May be given several times. [on this machine: "
            "every one]",
        ),
    ] = None,
    fetch: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A DICOMweb service to look for mammograms in. [none]"),
    ] = None,
    every: Annotated[
        float, typer.Option(min=1.0, metavar="SECONDS", help="Between two looks there.")
    ] = 30.0,
    days: Annotated[
        int, typer.Option(min=0, help="How old a study there may be, by its date.")
    ] = 7,
    headers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Lines `Name: value`, such as Authorization, to send to every URL that is given; "
            "mode 600.",
        ),
    ] = None,
    queue: Annotated[
        str,
        typer.Option(
            metavar="URL|memory",
            help="Where pending work is kept: sqlite:///FILE, postgresql://… (its password in "
            "~/.pgpass), or memory, which a crash empties.",
        ),
    ] = "sqlite:///mammoscope-queue.db",
    queue_key: Annotated[
        Path,
        typer.Option(metavar="FILE", help="Secret that encrypts it; made with a new queue."),
    ] = Path("mammoscope-queue.key"),
    name: Annotated[
        str | None,
        typer.Option(help="Of this gateway among those on one queue. [the machine's]"),
    ] = None,
    model: ModelName = None,
    precision: PrecisionName = "float32",
    zoo: Zoo = None,
    pictures: Annotated[
        bool, typer.Option(help="Send the region outlined on the image, too.")
    ] = True,
    tls_certificate: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Of this side; with it, peers need theirs.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="PEM", help="Its key.")] = None,
    tls_authority: Annotated[
        Path | None, typer.Option(metavar="PEM", help="Who signed the peers' certificates.")
    ] = None,
    audit_log: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Log what was answered, as `serve` does. [no log]"),
    ] = None,
    audit_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Secret that seals that log.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Images read at a time.")] = 2,
    log_format: Annotated[
        str, typer.Option(metavar="text|json", help="Of the lines on stderr.")
    ] = "text",
) -> None:
    """Takes mammograms from an archive, reads them, and sends structured reports back.

    An image that was accepted is not lost by a crash: the same command goes on with it. It is
    deleted once its reports have arrived. What cannot be read is parked: see `mammoscope queue`.
    """
    from mammoscope.interop.peer import parse_title
    from mammoscope.types import MammoscopeError

    if not send and fhir is None:
        raise typer.BadParameter(
            "reports need somewhere to go: give --send or --fhir", param_hint="--send"
        )
    if not accept and not is_loopback(host):
        raise typer.BadParameter(
            f"{host} can be reached from other machines; name those that may send with --accept",
            param_hint="--host",
        )
    if log_format not in ("text", "json"):
        raise typer.BadParameter(f"{log_format!r} is neither text nor json")
    from mammoscope.serving.core_dumps import forbid_core_dumps
    from mammoscope.serving.logs import set_up_logs

    forbid_core_dumps()
    set_up_logs("json" if log_format == "json" else "text")
    # Those of libraries quote headers.
    warnings.simplefilter("ignore")
    try:
        from mammoscope.interop.destinations import (
            parse_destination,
            parse_fhir,
            refuse_password,
        )
        from mammoscope.interop.dicomweb import DicomWeb
        from mammoscope.interop.fetcher import Fetcher
        from mammoscope.interop.gateway import Gateway, GatewayConfig
        from mammoscope.interop.headers import read_headers
        from mammoscope.interop.node import Node, NodeConfig
        from mammoscope.interop.reader import Reader
        from mammoscope.ledger.cipher import open_cipher, passing_cipher
        from mammoscope.ledger.queue import IN_MEMORY, Queue
    except ModuleNotFoundError as error:
        raise MammoscopeError(
            f"this needs {error.name}, which is not installed; pip install 'mammoscope[gateway]'"
        ) from error
    from mammoscope.inference.decode_worker import DecodeWorkers

    node_config = NodeConfig(
        title=parse_title(title),
        host=host,
        port=port,
        peers=[parse_title(each) for each in accept or ()],
        tls=_tls(tls_certificate, tls_key, tls_authority),
    )
    sent_along = read_headers(headers) if headers else {}
    destinations = [
        parse_destination(each, title=title, tls=node_config.tls, headers=sent_along)
        for each in send or ()
    ]
    if fhir is not None:
        destinations.append(parse_fhir(fhir, headers=sent_along))
    predictor = _predictor(model, zoo, precision)
    in_memory = queue == "memory"
    with ExitStack() as stack:
        log = _audit_log(audit_log, audit_key, stack)
        kept = Queue(
            IN_MEMORY if in_memory else queue,
            passing_cipher() if in_memory else open_cipher(queue_key, create=True),
            owner=name or socket.gethostname(),
        )
        stack.callback(kept.close)
        decoders = stack.enter_context(DecodeWorkers(workers))
        decoders.warm_up()
        reader = Reader(
            predictor, decoders.decode, pictures=pictures, fhir=fhir is not None, log=log
        )
        running = stack.enter_context(
            Gateway(kept, reader, destinations, config=GatewayConfig(readers=workers))
        )
        node = stack.enter_context(Node(node_config, running.keep))
        if fetch is not None:
            archive = DicomWeb(refuse_password(fetch), headers=sent_along)
            stack.enter_context(Fetcher(archive, running, every_s=every, days=days))
        typer.echo(
            f"mammoscope: {title} listens on {host}:{node.port} and reads with "
            f"{predictor.model.reference} (stop with Ctrl+C)",
            err=True,
        )
        _run(running, kept)
    if running.failure is not None:
        raise running.failure


def _run(running: Gateway, queue: Queue) -> None:
    """Until a signal, or until the gateway stops by itself; says now and then how it goes."""
    from mammoscope.types import MammoscopeError

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    said = ""
    while not running.wait(_REPORT_S):
        try:
            queue.forget(days=_FORGET_DAYS)
            queue.tidy()
            counts = ", ".join(f"{count} {what}" for what, count in queue.counts().items())
        except MammoscopeError as error:
            _LOG.error("%s", error)
            continue
        rate, seconds = running.rate()
        line = f"{counts}; {rate:.2f} reports a second, {seconds:.1f} s from arrival to delivery"
        if line != said:
            _LOG.info("%s", line)
        said = line


def _tls(certificate: Path | None, key: Path | None, authority: Path | None) -> Tls | None:
    from mammoscope.interop.peer import Tls

    if certificate is None and key is None and authority is None:
        return None
    if certificate is None or key is None or authority is None:
        raise typer.BadParameter(
            "TLS needs all three: --tls-certificate, --tls-key and --tls-authority",
            param_hint="--tls-certificate",
        )
    return Tls(certificate, key, authority)


def _predictor(model: str | None, zoo: Path | None, precision: str) -> Predictor:
    from mammoscope.inference.card import at_precision
    from mammoscope.inference.predictor import Predictor
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
    from mammoscope.types import MammoscopeError

    store = ModelStore(zoo or PACKAGE_ZOO)
    opened = at_precision(store.open(model or store.default()), parse_precision(precision))
    if opened.modality != "mammogram":
        raise MammoscopeError(
            f"{opened.reference} reads {opened.modality}; expected a model that reads mammograms, "
            "which is all that an archive sends here"
        )
    # One image a core: a score must not hang on how many are read at a time.
    predictor = Predictor(opened, threads=1)
    predictor.warm_up()
    return predictor


def _audit_log(url: str | None, key: Path | None, stack: ExitStack) -> Log:
    from mammoscope.types import MammoscopeError, Prediction

    if url is None and key is None:
        return lambda data, prediction: None
    if url is None or key is None:
        raise MammoscopeError(
            "an audit log needs both: --audit-log URL, where its rows go, and --audit-key FILE, "
            "the secret that seals them, kept elsewhere"
        )
    from mammoscope.ledger.audit_log import AuditLog
    from mammoscope.ledger.entry import NO_MODEL, Entry

    log = AuditLog(url, secret_file=key)
    stack.callback(log.close)
    log.check_end()

    def record(data: bytes, prediction: Prediction | None) -> None:
        model = prediction.model if prediction else NO_MODEL
        verdict = prediction.verdict if prediction else "not read"
        digest = log.seal.input_digest(data)
        log.append([Entry(key_id=_KEY_ID, model=model, input=digest, verdict=verdict)])

    return record
