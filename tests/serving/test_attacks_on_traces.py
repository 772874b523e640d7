"""What somebody could try on what a server leaves behind: logs, metrics, the audit log."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from mammoscope.ledger.audit_log import AuditLog
from mammoscope.serving.app import create_app
from mammoscope.serving.logs import set_up_logs
from mammoscope.serving.settings import Settings
from mammoscope.types import MammoscopeError
from tests.dicom_files import CANARY
from tests.ledger.entries import tamper
from tests.serving.refusals import changed, refused
from tests.serving.test_privacy import files_with_names

Bearer = Callable[..., dict[str, str]]


# -- What is left behind ---------------------------------------------------------------------


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What a server writes to stderr, as JSON, with everything that any library would say."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    root.handlers = []
    set_up_logs("json")
    root.setLevel(logging.DEBUG)
    handler: Any = root.handlers[0]
    handler.setStream(stream)
    yield stream
    root.handlers, root.level = before, level
    logging.getLogger("uvicorn").setLevel(logging.NOTSET)


def test_a_key_is_in_no_log(
    keyed_client: TestClient, bearer: Bearer, png: bytes, lines: io.StringIO
) -> None:
    headers = bearer(per_minute=2)
    token = headers["authorization"].removeprefix("Bearer ")
    secret = token.split("_", 2)[2]
    keyed_client.post("/api/predictions", headers=headers, files={"file": ("a", png)})
    keyed_client.get(f"/api/models?key={token}", headers=headers)
    keyed_client.get("/api/models", headers={"authorization": f"Bearer {changed(token)}"})
    for _ in range(3):
        keyed_client.get("/metrics", headers=headers)
    # The client's own lines are the attacker's to keep.
    text = "".join(line for line in lines.getvalue().splitlines() if '"httpx"' not in line)
    assert text.count('"route": "/api/predictions"') == 1
    # The public part tells whose request it was.
    assert token.split("_")[1] in text
    assert secret not in text and secret[:20] not in text


def test_a_request_cannot_write_a_log_line_of_its_own(
    keyed_client: TestClient, bearer: Bearer, lines: io.StringIO
) -> None:
    forged = '\n{"level": "info", "message": "FORGED"}'
    scope = {
        **{"type": "http", "method": f"GET{forged}", "path": f"/api/models{forged}"},
        "query_string": forged.encode(),
        "headers": [
            (b"host", b"localhost"),
            (b"authorization", bearer()["authorization"].encode()),
            (b"user-agent", forged.encode()),
        ],
    }

    async def call(scope: Any) -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            pass

        await keyed_client.app(scope, receive, send)

    anyio.run(call, scope)
    logging.getLogger("mammoscope.serving").error("it said %s", forged)
    written = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["level"] for line in written if "FORGED" not in line["message"]]
    assert not any(line["message"] == "FORGED" for line in written)
    assert any(line.get("method") == "other" and line["route"] == "-" for line in written)


def test_an_errors_message_is_in_no_log_line(lines: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
    (line,) = map(json.loads, lines.getvalue().splitlines())
    assert line["message"] == "it failed" and line["error"].startswith("ValueError")
    assert CANARY not in lines.getvalue()


def test_addresses_that_are_made_up_make_no_new_metrics(
    keyed_client: TestClient, bearer: Bearer
) -> None:
    headers = bearer("predict", "metrics")

    def names() -> set[str]:
        text = keyed_client.get("/metrics", headers=headers).text
        return {line.rpartition(" ")[0] for line in text.splitlines() if line[0] != "#"}

    keyed_client.get("/api/examples/x", headers=headers)
    keyed_client.get("/api/x", headers=headers)
    keyed_client.request("XA", "/api/x", headers=headers)
    names()
    before = names()
    for i in range(50):
        keyed_client.get(f"/api/{CANARY}{i}", headers=headers)
        keyed_client.get(f"/api/examples/{CANARY}{i}", headers=headers)
        keyed_client.request(f"X{chr(65 + i % 26)}", "/api/x", headers=headers)
    assert names() == before
    assert not any(CANARY in name for name in before)


# -- The audit log ---------------------------------------------------------------------------


@pytest.fixture
def audited(settings: Settings, tmp_path: Path) -> Iterator[tuple[TestClient, Path]]:
    update = Settings(
        audit_log=f"sqlite:///{tmp_path / 'audit.db'}", audit_key=tmp_path / "audit.key"
    )
    fields = {"audit_log": update.audit_log, "audit_key": update.audit_key}
    with TestClient(create_app(settings.model_copy(update=fields))) as client:
        yield client, tmp_path


def rows(folder: Path) -> list[Any]:
    url = f"sqlite:///{folder / 'audit.db'}"
    log = AuditLog(url, secret_file=folder / "audit.key", create=False)
    with closing(log):
        return list(log.rows())


def test_an_answer_that_cannot_be_logged_is_not_given(
    audited: tuple[TestClient, Path], png: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    client, folder = audited
    files = {"file": ("a", png)}
    assert client.post("/api/predictions", files=files).status_code == 200
    tamper(f"sqlite:///{folder / 'audit.db'}", "ALTER TABLE mammoscope_audit RENAME TO hidden")
    for content in (png, b"no image"):
        answer = client.post("/api/predictions", files={"file": ("a", content)})
        refused(answer, 503, "unlogged")
        assert int(answer.headers["retry-after"]) > 0
        assert "score" not in answer.text and "suspicious" not in answer.text
    assert "could not be logged" in caplog.text
    tamper(f"sqlite:///{folder / 'audit.db'}", "ALTER TABLE hidden RENAME TO mammoscope_audit")
    assert client.post("/api/predictions", files=files).status_code == 200
    assert len(rows(folder)) == 2


def test_an_answer_is_not_given_over_a_log_that_was_cut(
    audited: tuple[TestClient, Path], png: bytes
) -> None:
    client, folder = audited
    files = {"file": ("a", png)}
    for _ in range(2):
        assert client.post("/api/predictions", files=files).status_code == 200
    tamper(f"sqlite:///{folder / 'audit.db'}", "DELETE FROM mammoscope_audit WHERE number = 2")
    refused(client.post("/api/predictions", files=files), 503, "unlogged")
    url = f"sqlite:///{folder / 'audit.db'}"
    with pytest.raises(MammoscopeError, match="taken away"):
        create_app(Settings(audit_log=url, audit_key=folder / "audit.key", zoo=folder))


def test_the_log_holds_nothing_of_whom_an_image_is_of(
    audited: tuple[TestClient, Path], png: bytes
) -> None:
    client, folder = audited
    for data in (*files_with_names().values(), png):
        client.post("/api/predictions", files={"file": (f"{CANARY}^Anna.dcm", data)})
    written = rows(folder)
    assert len(written) == len(files_with_names()) + 1
    assert {row.verdict for row in written} >= {"not read", "cannot assess"}
    for file in folder.iterdir():
        assert CANARY.encode() not in file.read_bytes()
    for row in written:
        values = [row.at, row.key_id, row.model, row.input, row.verdict, row.previous, row.digest]
        assert row.key_id == "none" and row.model in ("alpha@1", "none")
        assert all(isinstance(value, str) for value in values)


def test_whoever_has_an_image_and_the_database_cannot_tell_that_it_was_here(
    audited: tuple[TestClient, Path], png: bytes
) -> None:
    client, folder = audited
    client.post("/api/predictions", files={"file": ("a", png)})
    (row,) = rows(folder)
    tried = {hashlib.new(name, png).hexdigest() for name in ("sha256", "sha3_256", "blake2s")}
    assert row.input not in tried
    log = AuditLog("sqlite:///" + str(folder / "audit.db"), secret_file=folder / "audit.key")
    with closing(log):
        assert row.input == log.seal.input_digest(png)


def test_many_answers_at_once_are_each_logged_once(
    audited: tuple[TestClient, Path], png: bytes
) -> None:
    client, folder = audited
    statuses: list[int] = []

    def ask() -> None:
        for _ in range(3):
            form = {"model": ["alpha", "beta"]}
            answer = client.post("/api/predictions", files={"file": ("a", png)}, data=form)
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = statuses.count(200)
    assert answered >= 8 and set(statuses) <= {200, 503}
    written = rows(folder)
    assert [row.number for row in written] == list(range(1, 2 * answered + 1))
    # A request's rows stand together, in the order that its models were asked.
    assert [row.model for row in written] == ["alpha@1", "beta@1"] * answered


def test_a_logs_password_is_in_no_message(tmp_path: Path) -> None:
    url = f"postgresql://user:{CANARY}@/db?host=/nowhere"
    settings = Settings(audit_log=url, audit_key=tmp_path / "k", zoo=tmp_path)
    assert CANARY not in repr(settings) + settings.model_dump_json()
    with pytest.raises(MammoscopeError) as caught:
        create_app(settings)
    assert CANARY not in str(caught.value)
