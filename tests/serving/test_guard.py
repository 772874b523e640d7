"""Who may call, which headers leave, and what the log holds."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mammoscope.serving.access import Access
from mammoscope.serving.guard import SECURITY_HEADERS, Guard
from mammoscope.serving.metrics import Metrics

PATHS = ["/", "/docs", "/openapi.json", "/api/health", "/api/nothing", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert {name.lower() for name in SECURITY_HEADERS} <= set(headers)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert "access-control-allow-origin" not in headers


def test_the_page_may_load_from_its_own_server_only(client: TestClient) -> None:
    assert client.get("/").headers["content-security-policy"] == (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    )


def test_answers_of_the_api_are_kept_in_no_cache(client: TestClient, png: bytes) -> None:
    files = {"file": ("image", png)}
    for answer in (
        client.get("/api/health"),
        client.get("/metrics"),
        client.get("/api/models"),
        client.get("/api/examples"),
        client.post("/api/predictions", files=files),
        client.post("/api/predictions", files={"file": ("image", b"text")}),
        client.post("/api/images", files=files),
    ):
        assert answer.headers["cache-control"] == "no-store"
    assert client.get("/").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("LocalHost:1", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("evil.example:8000", 400),
        ("127.0.0.1.evil.example", 400),
        ("evil@127.0.0.1", 400),
        ("127.0.0.1/evil", 400),
        ("[::1", 400),
        ("", 400),
    ],
)
def test_only_known_names_of_the_server_are_answered(
    client: TestClient, host: str, status: int
) -> None:
    answer = client.get("/api/health", headers={"host": host})
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    if status == 400:
        assert answer.json()["type"] == "/docs#foreign-host"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://testserver:81"}, 403),
        ({"origin": "http://testserver"}, 415),
        ({"sec-fetch-site": "same-origin", "origin": "http://testserver"}, 415),
        ({"sec-fetch-site": "none"}, 415),
        ({}, 415),
    ],
)
def test_uploads_from_another_site_are_refused(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/api/predictions", headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_reading_from_another_site_is_left_to_the_browser(client: TestClient) -> None:
    assert client.get("/api/health", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def test_the_access_log_holds_neither_path_nor_query(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="mammoscope")
    client.get("/api/health?patient=CANARY")
    client.get("/CANARY.dcm")
    client.get("/api/examples/CANARY")
    client.request("CANARY", "/api/health")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("mammo")]
    assert len(lines) == 4
    assert lines[0].startswith("GET /api/health 200")
    assert "CANARY" not in "".join(lines)


def test_an_error_after_the_answer_began_is_only_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("CANARY".lower())

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def run() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}
        guard = Guard(
            app,
            allowed_hosts=("localhost",),
            access=Access(None, static=Path("nowhere")),
            metrics=Metrics(version="1"),
        )
        await guard(scope, receive, send)

    import anyio

    anyio.run(run)
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert "RuntimeError" in caplog.text and "canary" not in caplog.text
