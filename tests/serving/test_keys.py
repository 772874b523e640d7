"""The key file: who may read it, what it holds, and what is no use in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mammoscope.serving.app import create_app
from mammoscope.serving.keys import add_key, read_keys
from mammoscope.serving.settings import Settings
from mammoscope.types import MammoscopeError
from tests.serving.refusals import refused


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o620])
def test_a_key_file_that_others_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    add_key(path, "x", scopes=["predict"], per_minute=9, days=None)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(mode)
    with pytest.raises(MammoscopeError, match="chmod 600"):
        create_app(Settings(zoo=tmp_path, key_file=path))


def test_a_key_file_that_is_broken_or_gone_lets_nobody_in(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "keys.json"
    _, token = add_key(path, "x", scopes=["predict"], per_minute=999, days=None)
    headers = {"authorization": f"Bearer {token}"}
    good = path.read_bytes()
    key = json.loads(good)[0]
    renamed = good.replace(b"predict", b"admin")
    spoilt = good.replace(key["hash"].encode(), "ä".encode() * 32)
    with TestClient(create_app(settings.model_copy(update={"key_file": path}))) as client:
        assert client.get("/api/models", headers=headers).status_code == 200
        for bad in (b"", b"[]x", b'[{"id": "x"}]', good[:-9], renamed, spoilt):
            path.write_bytes(bad)
            for _ in range(2):
                refused(client.get("/api/models", headers=headers), 503, "keys-unreadable")
        path.write_bytes(b"[]")
        refused(client.get("/api/models", headers=headers), 401, "no-valid-key")
        path.unlink()
        refused(client.get("/api/models", headers=headers), 503, "keys-unreadable")
        path.touch(0o600)
        path.write_bytes(good)
        assert client.get("/api/models", headers=headers).status_code == 200
        path.chmod(0o644)
        refused(client.get("/api/models", headers=headers), 503, "keys-unreadable")
    assert key["hash"] not in caplog.text and key["salt"] not in caplog.text


def test_keys_that_are_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"

    def make() -> None:
        for _ in range(5):
            add_key(path, "x", scopes=["predict"], per_minute=9, days=None)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_keys(path)) == 20
    assert {file.name for file in tmp_path.iterdir()} == {"keys.json", ".keys.json.lock"}


@pytest.mark.parametrize(
    "name",
    [
        *("", "-rf", "a\nb", "a\r\nSet-Cookie: x", "\x1b[2J", "a\x00", "=HYPERLINK(1)", "a" * 65),
        *(
            "'); DROP TABLE mammoscope_audit; --",
            "x' OR '1'='1",
            "../../etc/passwd",
            "<b>",
            "a\u2028",
        ),
    ],
)
def test_a_key_cannot_be_named_by_what_another_program_would_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(MammoscopeError, match="expected at most 64"):
        add_key(tmp_path / "k", name, scopes=["predict"], per_minute=9, days=None)
    assert not (tmp_path / "k").exists()


def test_a_key_is_256_random_bits_under_a_salt_of_its_own(tmp_path: Path) -> None:
    made = [
        add_key(tmp_path / "k", "x", scopes=["predict"], per_minute=9, days=None) for _ in range(8)
    ]
    secrets = {token.split("_", 2)[2] for _, token in made}
    assert (
        len(secrets) == len({key.salt for key, _ in made}) == len({key.id for key, _ in made}) == 8
    )
    for key, token in made:
        secret = token.split("_", 2)[2]
        assert len(base64.urlsafe_b64decode(secret + "=")) == 32
        expected = hmac.new(bytes.fromhex(key.salt), secret.encode(), hashlib.sha256).hexdigest()
        assert key.hash == expected and key.hash not in repr(key)
