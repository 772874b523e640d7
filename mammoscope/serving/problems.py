"""Whatever goes wrong, as an RFC 9457 problem document."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from mammoscope.types import (
    DecodeError,
    MammoscopeError,
    ModelNotFoundError,
    UnsupportedFormatError,
)

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("mammoscope.serving")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a problem's `type` stands for; listed on the page that `type` points at."""

    slug: str
    status: int
    title: str

    @property
    def type(self) -> str:
        return f"/docs#{self.slug}"


BAD_REQUEST = Kind("bad-request", 400, "The request is malformed")
FOREIGN_HOST = Kind("foreign-host", 400, "The server does not go by this name")
KEY_IN_ADDRESS = Kind("key-in-address", 400, "A key stands in the address")
MIXED_MODELS = Kind("mixed-models", 400, "The models read different kinds of picture")
NO_VALID_KEY = Kind("no-valid-key", 401, "A key that is in force is needed")
OUT_OF_SCOPE = Kind("out-of-scope", 403, "The key is not for this")
CROSS_SITE = Kind("cross-site", 403, "Another site's page may not send this")
NOT_FOUND = Kind("not-found", 404, "Nothing is here")
MODEL_NOT_FOUND = Kind("model-not-found", 404, "No such model")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "The method is not allowed here")
TIMEOUT = Kind("upload-timeout", 408, "The upload took too long")
TOO_LARGE = Kind("too-large", 413, "The upload is too large")
UNSUPPORTED = Kind("unsupported-format", 415, "Not an image of a kind that is read")
NOT_MULTIPART = Kind("not-multipart", 415, "The body is not multipart/form-data")
UNDECODABLE = Kind("cannot-decode", 422, "The image cannot be decoded")
UNASSESSABLE = Kind("cannot-assess", 422, "No model could assess the image")
TOO_OFTEN = Kind("too-often", 429, "The key is used too often")
FAILED = Kind("internal-error", 500, "The server failed")
BUSY = Kind("busy", 503, "The server is busy")
KEYS_UNREADABLE = Kind("keys-unreadable", 503, "The server cannot read its keys")
UNLOGGED = Kind("unlogged", 503, "The answer cannot be logged")

KINDS = (
    BAD_REQUEST,
    FOREIGN_HOST,
    KEY_IN_ADDRESS,
    MIXED_MODELS,
    NO_VALID_KEY,
    CROSS_SITE,
    OUT_OF_SCOPE,
    NOT_FOUND,
    MODEL_NOT_FOUND,
    METHOD_NOT_ALLOWED,
    TIMEOUT,
    TOO_LARGE,
    UNSUPPORTED,
    NOT_MULTIPART,
    UNDECODABLE,
    UNASSESSABLE,
    TOO_OFTEN,
    FAILED,
    BUSY,
    KEYS_UNREADABLE,
    UNLOGGED,
)

# The first class that fits; any other MammoscopeError is a failure of the server.
_BY_ERROR: tuple[tuple[type[MammoscopeError], Kind], ...] = (
    (UnsupportedFormatError, UNSUPPORTED),
    (DecodeError, UNDECODABLE),
    (ModelNotFoundError, MODEL_NOT_FOUND),
)
_BY_STATUS = {
    404: (NOT_FOUND, "nothing is served at this address; /docs lists what is"),
    405: (METHOD_NOT_ALLOWED, "the address exists for another method; see /docs"),
}


class ProblemError(Exception):
    """A request that cannot be answered, and the problem document that says why."""

    def __init__(
        self, kind: Kind, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.headers = headers


def problem(
    kind: Kind,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """The answer that carries a problem document, with extension members if any."""
    document = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        **(members or {}),
    }
    return JSONResponse(
        document,
        status_code=kind.status,
        headers=None if headers is None else dict(headers),
        media_type=MEDIA_TYPE,
    )


def failure(error: Exception) -> Response:
    """Status 500, which tells nothing of an unforeseen error; the log gets where it arose.

    Not its message: that may quote the request, and so a person.
    """
    trace = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("unforeseen %s while answering\n%s", type(error).__qualname__, trace)
    return problem(FAILED, "this is a defect of the server; its log says where it arose")


def add_handlers(app: FastAPI) -> None:
    """Makes the app answer every error that it foresees by a problem document."""
    app.add_exception_handler(ProblemError, _of_request)
    app.add_exception_handler(MammoscopeError, _of_mammoscope)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(ClientDisconnect, _of_disconnect)


def _of_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem(error.kind, error.detail, headers=error.headers)


def _of_mammoscope(_: Request, error: Exception) -> Response:
    for kind_of_error, kind in _BY_ERROR:
        if isinstance(error, kind_of_error):
            return problem(kind, str(error))
    return failure(error)


def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    fallback = Kind(status.phrase.lower().replace(" ", "-"), status, status.phrase)
    kind, detail = _BY_STATUS.get(error.status_code, (fallback, status.description))
    return problem(kind, detail, headers=error.headers)


def _of_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    where = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
    return problem(BAD_REQUEST, f"not as expected: {where}; see /docs")


def _of_disconnect(_: Request, error: Exception) -> Response:
    # Nobody reads it; without an answer the server would log a failure.
    return problem(BAD_REQUEST, "the connection was closed before the answer was begun")
