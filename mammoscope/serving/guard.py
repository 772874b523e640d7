"""The outermost layer: who may call, which headers leave, what is logged, what an error tells."""

from __future__ import annotations

import logging
import re
import time

from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mammoscope.ledger.entry import NO_KEY
from mammoscope.serving.access import METRICS_PATH, Access, key_id
from mammoscope.serving.logs import FIELDS
from mammoscope.serving.metrics import Metrics
from mammoscope.serving.problems import CROSS_SITE, FOREIGN_HOST, failure, problem

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = _SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}
# RFC 9110 7.2: host, or an IPv6 address in brackets, and perhaps a port.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?")
_ACCESS = logging.getLogger("mammoscope.access")


class Guard:
    """Refuses whom it should, adds the headers, hides what fails, counts and logs the answers."""

    def __init__(
        self, app: ASGIApp, *, allowed_hosts: tuple[str, ...], access: Access, metrics: Metrics
    ) -> None:
        self.app = app
        self._allowed_hosts = frozenset(allowed_hosts)
        self._access = access
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status: int | None = None

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(MutableHeaders(scope=message), path=scope["path"], status=status)
            await send(message)

        try:
            await (self._refusal(scope) or self.app)(scope, receive, send_guarded)
        # The last resort: uvicorn would log the error's message, which may quote the request.
        except Exception as error:  # noqa: BLE001
            answer = failure(error)
            if status is None:
                await answer(scope, receive, send_guarded)
        self._note(scope, status, time.perf_counter() - started)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not self._knows(headers.get("host", "")):
            return problem(
                FOREIGN_HOST,
                "the Host header is none of the names allowed; "
                "set MAMMOSCOPE_ALLOWED_HOSTS to serve under another name",
            )
        if scope["method"] not in _SAFE_METHODS and _comes_from_elsewhere(headers):
            return problem(
                CROSS_SITE, "a browser sent this for a page of another origin; use this server's"
            )
        return self._access.refusal(scope)

    def _note(self, scope: Scope, status: int | None, seconds: float) -> None:
        """Nothing that a client could have put a name into: no path, no query."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "-")
        self._metrics.observe(method=method, route=route, status=status, seconds=seconds)
        milliseconds = round(seconds * 1000)
        caller = key_id(scope)
        fields = {
            "method": method,
            "route": route,
            "status": status,
            "milliseconds": milliseconds,
            "key": caller,
        }
        whose = "" if caller == NO_KEY else f", key {caller}"
        line = ("%s %s %s %d ms%s", method, route, status, milliseconds, whose)
        _ACCESS.info(*line, extra={FIELDS: fields})

    def _knows(self, host: str) -> bool:
        match = _HOST.fullmatch(host.lower())
        if match is None:
            return False
        return "*" in self._allowed_hosts or (match[1] or match[2]) in self._allowed_hosts


def _comes_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that another origin's page is the sender.

    Programs that are no browsers send neither header.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")  # browsers of before 2023
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _add_headers(headers: MutableHeaders, *, path: str, status: int) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if path.startswith("/api/") or path == METRICS_PATH or status >= 400:
        headers["Cache-Control"] = "no-store"
    elif path.startswith("/assets/"):
        # The build puts a hash of the content into these names.
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        headers["Cache-Control"] = "no-cache"
