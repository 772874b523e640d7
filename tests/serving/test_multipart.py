"""Uploads: counted while they stream, bounded in every way, never on a disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from mammoscope.serving.multipart import (
    MAX_HEADER_BYTES,
    MAX_PART_HEADERS,
    MAX_PARTS,
    MAX_VALUE_BYTES,
    Form,
    read_form,
)
from mammoscope.serving.problems import ProblemError

BOUNDARY = "edge"


def part(name: str, value: bytes, *, headers: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n{headers}\r\n'
    return head.encode() + value + b"\r\n"


def body_of(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class Sender:
    """An ASGI `receive` that hands out chunks and counts them."""

    def __init__(self, chunks: Iterable[bytes], *, stalls: bool = False) -> None:
        self._chunks = iter(chunks)
        self._stalls = stalls
        self.sent = 0

    async def receive(self) -> dict[str, Any]:
        for chunk in self._chunks:
            self.sent += 1
            return {"type": "http.request", "body": chunk, "more_body": True}
        if self._stalls:
            await anyio.sleep_forever()
        return {"type": "http.request", "body": b"", "more_body": False}


def read(
    sender: Sender,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 10**6,
    timeout_s: float = 10.0,
) -> Form:
    given_headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}", **(headers or {})}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "headers": [(name.encode(), value.encode()) for name, value in given_headers.items()],
    }

    async def run() -> Form:
        request = Request(scope, sender.receive)
        return await read_form(request, {"model"}, max_bytes=max_bytes, timeout_s=timeout_s)

    return anyio.run(run)


def refusal(sender: Sender, **options: Any) -> tuple[int, str]:
    with pytest.raises(ProblemError) as caught:
        read(sender, **options)
    return caught.value.kind.status, caught.value.detail


@given(
    data=st.binary(max_size=300)
    | st.lists(
        st.sampled_from([b"\r\n--edge", b"\r\n--edg", b"\r\n", b"--", b"\r", b"a"]), max_size=12
    ).map(b"".join),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
def test_any_file_comes_through_whole_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    if b"\r\n--edge" in b"\r\n" + data + b"\r\n":
        return  # a sender picks a boundary that is not in its data
    body = body_of(part("model", b"alpha"), part("file", data), part("model", "ß".encode()))
    chunks, at = [], 0
    for cut in cuts * (len(body) // len(cuts) + 1):
        chunks.append(body[at : at + cut])
        at += cut
    form = read(Sender(chunks))
    assert form.file == data
    assert form.values == {"model": ("alpha", "ß")}


def test_a_body_over_the_cap_is_not_read_to_its_end() -> None:
    sender = Sender([part("file", b"")[:-2]] + [bytes(1000)] * 1000)
    assert refusal(sender, max_bytes=5000)[0] == 413
    assert sender.sent <= 7


def test_a_body_that_lies_about_its_length_is_counted_all_the_same() -> None:
    sender = Sender([part("file", b"")[:-2]] + [bytes(1000)] * 1000)
    assert refusal(sender, max_bytes=5000, headers={"content-length": "10"})[0] == 413
    assert sender.sent <= 7


def test_an_announced_length_over_the_cap_is_refused_unread() -> None:
    sender = Sender([bytes(1000)] * 1000)
    assert refusal(sender, max_bytes=5000, headers={"content-length": "5001"})[0] == 413
    assert sender.sent == 0


def test_a_body_exactly_at_the_cap_is_read() -> None:
    body = body_of(part("file", bytes(5000)))
    assert read(Sender([body]), max_bytes=len(body)).file == bytes(5000)
    assert refusal(Sender([body]), max_bytes=len(body) - 1)[0] == 413


def test_a_sender_that_stalls_is_given_up() -> None:
    sender = Sender([part("file", b"abc")], stalls=True)
    assert refusal(sender, timeout_s=0.05)[0] == 408


FILE = part("file", b"abc")
MALFORMED = {
    "no file": body_of(part("model", b"alpha")),
    "two files": body_of(FILE, FILE),
    "an unknown field": body_of(FILE, part("path", b"/etc/passwd")),
    "a part without a name": body_of(FILE, f"--{BOUNDARY}\r\nX-A: b\r\n\r\nc\r\n".encode()),
    "no closing boundary": FILE,
    "no boundary at all": b"nothing of the kind",
    "an empty body": b"",
    "a long value": body_of(FILE, part("model", b"a" * (MAX_VALUE_BYTES + 1))),
    "a value that is no UTF-8": body_of(FILE, part("model", b"\xff")),
    "too many parts": body_of(FILE, *[part("model", b"a")] * MAX_PARTS),
    "too many headers": body_of(part("file", b"", headers="X-A: b\r\n" * MAX_PART_HEADERS)),
    "a long header": body_of(part("file", b"", headers=f"X-A: {'b' * (MAX_HEADER_BYTES + 1)}\r\n")),
    "a long header name": body_of(part("file", b"", headers=f"{'b' * 5000}: a\r\n")),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_form_is_refused(name: str) -> None:
    status, detail = refusal(Sender([MALFORMED[name]]))
    assert status == 400
    assert "passwd" not in detail


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
        ("multipart/form-data", 400),
        (f"multipart/form-data; boundary={'b' * 300}", 400),
    ],
)
def test_a_body_of_another_type_is_refused(content_type: str, status: int) -> None:
    assert refusal(Sender([body_of(FILE)]), headers={"content-type": content_type})[0] == status


def post(client: TestClient, receive: Any) -> list[dict[str, Any]]:
    """What the app sends for a body that is not known beforehand."""
    answers: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    async def run() -> None:
        headers = [
            (b"host", b"testserver"),
            (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode()),
            (b"transfer-encoding", b"chunked"),
        ]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/api/predictions",
            "raw_path": b"/api/predictions",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
        }
        await client.app(scope, receive, send)  # type: ignore[arg-type]

    assert client.portal is not None
    client.portal.call(run)
    return answers


def test_the_app_stops_reading_at_the_cap_too(client: TestClient) -> None:
    reads = 0

    def endless() -> Iterable[bytes]:
        nonlocal reads
        yield part("file", b"")[:-2]
        while True:
            reads += 1
            assert reads < 1000
            yield bytes(2**20)

    assert post(client, Sender(endless()).receive)[0]["status"] == 413
    assert reads == 8  # the cap is 8 MiB


def test_a_sender_that_hangs_up_is_no_failure_of_the_server(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    assert post(client, receive)[0]["status"] == 400
    assert "ERROR" not in caplog.text
    assert client.get("/api/health").status_code == 200


def test_nothing_is_left_in_the_temporary_folder(
    client: TestClient, tmp_path: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def forbidden(*_: Any, **__: Any) -> Any:
        raise AssertionError("a temporary file was made")

    # An unlinked one would not be seen in the folder afterwards.
    monkeypatch.setattr(tempfile, "TemporaryFile", forbidden)
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", forbidden)
    padded = png + bytes(3 * 2**20)
    for data in (padded, padded[: len(png) // 2], b"", bytes(2 * 2**20), bytes(9 * 2**20)):
        for path in ("/api/predictions", "/api/images"):
            client.post(path, files={"file": ("image", data)})
    assert list(tmp_path.iterdir()) == []
