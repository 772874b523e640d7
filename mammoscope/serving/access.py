"""Who may ask for what, where keys are in force: everything is shut but what is named open."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import unquote

from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.types import Scope

from mammoscope.ledger.entry import NO_KEY
from mammoscope.serving.key_ring import KeyRing
from mammoscope.serving.keys import TOKEN, Key
from mammoscope.serving.problems import (
    KEY_IN_ADDRESS,
    KEYS_UNREADABLE,
    NO_VALID_KEY,
    OUT_OF_SCOPE,
    TOO_OFTEN,
    problem,
)
from mammoscope.serving.rate import RateLimit
from mammoscope.types import MammoscopeError

METRICS_PATH = "/metrics"
# The page must load before it can ask for a key, and a health check has none. None of these
# tells anything of an image.
OPEN_PATHS = frozenset({"/", "/docs", "/openapi.json", "/api/health"})
_KEY_ID = "mammoscope.key_id"
_CHALLENGE = 'Bearer realm="mammoscope"'
_RETRY_S = 5
_LOG = logging.getLogger("mammoscope.serving")


class Access:
    """Refuses what no key in force is for. Without a key ring it lets everybody in."""

    def __init__(
        self, ring: KeyRing | None, *, static: Path, rate: RateLimit | None = None
    ) -> None:
        """Makes it.

        Args:
            ring: the keys; None = none is asked for.
            static: folder of the page's files, which are open.
            rate: how often a key may be used.
        """
        self._ring = ring
        self._rate = rate or RateLimit()
        files = (path.relative_to(static) for path in static.rglob("*") if path.is_file())
        self._open = OPEN_PATHS | {f"/{file.as_posix()}" for file in files}

    def refusal(self, scope: Scope) -> Response | None:
        """Why a request is not let in; None if it is, and then `key_id` tells whose it is."""
        if self._ring is None:
            return None
        # Logs, histories and proxies keep addresses, so a key that was in one is lost.
        address = f"{scope['path']}?{unquote(scope.get('query_string', b'').decode('latin-1'))}"
        if TOKEN.search(address):
            return problem(
                KEY_IN_ADDRESS,
                "a key belongs into the Authorization header; revoke this one with "
                "`mammoscope keys revoke`, since addresses are kept in many places",
            )
        # Only what the router is asked for counts: no other spelling of a path is open.
        if scope["method"] in ("GET", "HEAD") and scope["path"] in self._open:
            return None
        try:
            key = self._key_of(Headers(scope=scope))
        except MammoscopeError as error:
            _LOG.error("nobody is let in: %s", error)
            return problem(
                KEYS_UNREADABLE,
                "the server cannot read its keys, so nobody is let in; its log says why",
                headers={"Retry-After": str(_RETRY_S)},
            )
        if isinstance(key, Response):
            return key
        scope[_KEY_ID] = key.id
        return self._too_often(key) or _out_of_scope(key, scope["path"])

    def _key_of(self, headers: Headers) -> Key | Response:
        assert self._ring is not None
        given = headers.getlist("authorization")
        if not given:
            return problem(
                NO_VALID_KEY,
                "this server wants a key: Authorization: Bearer mammoscope_…; "
                "whoever runs it makes one with `mammoscope keys add`",
                headers={"WWW-Authenticate": _CHALLENGE},
            )
        scheme, _, token = given[0].partition(" ")
        key = self._ring.find(token.strip()) if scheme.lower() == "bearer" else None
        if key is None or len(given) > 1:
            # One answer for all of them: unknown, wrong, revoked and expired look the same.
            return problem(
                NO_VALID_KEY,
                "the Authorization header holds no key that is in force; expected one: "
                "Authorization: Bearer mammoscope_…",
                headers={"WWW-Authenticate": f'{_CHALLENGE}, error="invalid_token"'},
            )
        return key

    def _too_often(self, key: Key) -> Response | None:
        wait_s = self._rate.wait_s(key.id, per_minute=key.per_minute)
        if not wait_s:
            return None
        return problem(
            TOO_OFTEN,
            f"this key allows {key.per_minute} requests a minute; wait {wait_s} s",
            headers={"Retry-After": str(wait_s)},
        )


def key_id(scope: Scope) -> str:
    """The id of the key that a request came with; `NO_KEY` where none was asked for."""
    return str(scope.get(_KEY_ID, NO_KEY))


def _out_of_scope(key: Key, path: str) -> Response | None:
    wanted = "metrics" if path == METRICS_PATH else "predict"
    if wanted in key.scopes:
        return None
    return problem(
        OUT_OF_SCOPE,
        f"this needs a key with the scope {wanted}; this one has: {', '.join(key.scopes)}",
        headers={"WWW-Authenticate": f'{_CHALLENGE}, error="insufficient_scope", scope="{wanted}"'},
    )
