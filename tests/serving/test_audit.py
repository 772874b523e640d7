"""The server writes a row an answer, with the caller's key, and holds up nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mammoscope.ledger.audit_log import AuditLog
from mammoscope.ledger.audit_table import open_table
from mammoscope.ledger.verify import verify
from mammoscope.serving.app import create_app
from mammoscope.serving.keys import add_key
from mammoscope.serving.settings import Settings


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'audit.db'}"


@pytest.fixture
def client_of_key(settings: Settings, tmp_path: Path, url: str) -> Iterator[tuple[TestClient, str]]:
    """A server with keys and a log; its client sends a key, whose id stands beside it."""
    keys = tmp_path / "keys.json"
    key, token = add_key(keys, "reader", scopes=["predict"], per_minute=999, days=None)
    asked = Settings(audit_log=url, audit_key=tmp_path / "audit.key")
    changes = {"key_file": keys, "audit_log": asked.audit_log, "audit_key": asked.audit_key}
    with TestClient(create_app(settings.model_copy(update=changes))) as client:
        client.headers["authorization"] = f"Bearer {token}"
        yield client, key.id


def rows(url: str, folder: Path) -> list[Any]:
    log = AuditLog(url, secret_file=folder / "audit.key", create=False)
    with closing(log):
        found = list(log.rows())
        head = log.kept_head()
        assert head is not None
        assert verify(found, log.seal, heads=[head]).findings == ()
    return found


def test_a_row_a_model_tells_who_asked_and_what_was_answered(
    client_of_key: tuple[TestClient, str], url: str, tmp_path: Path, png: bytes, blank: bytes
) -> None:
    client, key_id = client_of_key
    form = {"model": ["beta", "alpha@1"]}
    answer = client.post("/api/predictions", files={"file": ("a", png)}, data=form)
    assert answer.status_code == 200
    assert client.post("/api/predictions", files={"file": ("a", blank)}).status_code == 422
    assert client.post("/api/predictions", files={"file": ("a", b"text")}).status_code == 415
    written = rows(url, tmp_path)
    given = [(each["model"], each["verdict"]) for each in answer.json()["predictions"]]
    assert [(row.model, row.verdict) for row in written] == [
        *given,
        ("alpha@1", "cannot assess"),
        ("none", "not read"),
    ]
    assert {row.key_id for row in written} == {key_id}
    assert written[0].input == written[1].input != written[2].input != written[3].input
    # The same file again is the same input: that is what the digest is for.
    client.post("/api/predictions", files={"file": ("another name", png)})
    assert rows(url, tmp_path)[4].input == written[0].input


def test_what_answers_nothing_of_an_image_is_not_logged(
    client_of_key: tuple[TestClient, str], url: str, tmp_path: Path, png: bytes
) -> None:
    client, _ = client_of_key
    client.get("/api/models")
    client.post("/api/images", files={"file": ("a", png)})
    client.post("/api/predictions", files={"file": ("a", png)}, data={"model": "gamma"})
    client.post("/api/predictions", files={"file": ("a", png)}, headers={"authorization": "x"})
    assert rows(url, tmp_path) == []


def test_a_log_that_has_to_wait_holds_up_nobody_else(
    client_of_key: tuple[TestClient, str], url: str, tmp_path: Path, png: bytes
) -> None:
    client, _ = client_of_key
    statuses: list[int] = []

    def ask() -> None:
        files = {"file": ("a", png)}
        statuses.append(client.post("/api/predictions", files=files).status_code)

    asking = threading.Thread(target=ask)
    with closing(open_table(url, create=False)) as other, other.writing():
        asking.start()
        time.sleep(1)
        started = time.monotonic()
        assert client.get("/api/health").status_code == 200
        assert time.monotonic() - started < 3
        assert statuses == []
    asking.join()
    assert statuses == [200] and len(rows(url, tmp_path)) == 1


def test_a_log_goes_on_where_the_last_server_stopped(
    settings: Settings, url: str, tmp_path: Path, png: bytes
) -> None:
    asked = Settings(audit_log=url, audit_key=tmp_path / "audit.key")
    changes = {"audit_log": asked.audit_log, "audit_key": asked.audit_key}
    for _ in range(2):
        with TestClient(create_app(settings.model_copy(update=changes))) as client:
            assert client.post("/api/predictions", files={"file": ("a", png)}).status_code == 200
    assert [row.number for row in rows(url, tmp_path)] == [1, 2]
    # Nothing of SQLite's is left open, and nothing else is left lying about.
    names = {path.name for path in tmp_path.iterdir()}
    assert names <= {
        *("audit.db", ".audit.db.lock", "audit.key", "audit.key.head", ".audit.key.head.lock")
    }


def test_a_server_without_a_log_does_not_load_sqlalchemy() -> None:
    code = (
        "import sys; from mammoscope.serving.app import create_app; create_app()\n"
        "import mammoscope.cli.predict\n"
        "print([name for name in ('sqlalchemy', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAMMO")},
    )
    assert done.stdout.strip() == "[]"
