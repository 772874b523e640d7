"""Each error of ours has its status; none tells more than it should."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mammoscope.serving.problems import KINDS, add_handlers
from mammoscope.types import (
    DecodeError,
    LeakageError,
    MammoscopeError,
    ModelIntegrityError,
    ModelNotFoundError,
    UnsupportedFormatError,
)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (UnsupportedFormatError("seen"), 415, True),
        (DecodeError("seen"), 422, True),
        (ModelNotFoundError("seen"), 404, True),
        (ModelIntegrityError("seen"), 500, False),
        (LeakageError("seen"), 500, False),
    ],
)
def test_an_error_becomes_its_problem(error: MammoscopeError, status: int, told: bool) -> None:
    app = FastAPI()
    add_handlers(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    answer = TestClient(app).get("/")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert set(document) == {"type", "title", "status", "detail"}
    assert document["status"] == status
    assert ("seen" in json.dumps(document)) == told


def test_what_fastapi_refuses_is_a_problem_without_the_value() -> None:
    app = FastAPI()
    add_handlers(app)

    @app.get("/{number}")
    async def take(number: int) -> int:
        return number

    answer = TestClient(app).get("/CANARY")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "path.number" in answer.json()["detail"]
    assert "CANARY" not in answer.text


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len({kind.slug for kind in KINDS}) == len(KINDS)
