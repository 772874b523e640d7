"""What somebody could try against a server with keys and a log: one attack a test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from mammoscope.ledger.audit_log import AuditLog
from mammoscope.serving import keys as keys_module
from mammoscope.serving.app import create_app
from mammoscope.serving.keys import TOKEN, add_key, find_key, read_keys, revoke_key
from mammoscope.serving.logs import set_up_logs
from mammoscope.serving.settings import Settings
from mammoscope.types import MammoscopeError
from tests.dicom_files import CANARY
from tests.ledger.entries import tamper
from tests.serving.test_privacy import files_with_names

Bearer = Callable[..., dict[str, str]]
CHALLENGE = 'Bearer realm="mammoscope"'


def refused(answer: Any, status: int, kind: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def changed(token: str) -> str:
    """The same id with another secret."""
    return token[:-2] + ("AA" if token[-2:] != "AA" else "BB")


# -- Without a key ---------------------------------------------------------------------------


def test_every_route_but_the_page_and_the_health_check_wants_a_key(
    keyed_client: TestClient,
) -> None:
    paths = keyed_client.get("/openapi.json").json()["paths"]
    asked = [(method, path) for path, methods in paths.items() for method in methods]
    assert ("post", "/api/predictions") in asked and ("get", "/api/models") in asked
    for method, path in [*asked, ("get", "/metrics")]:
        answer = keyed_client.request(method, path.replace("{", "").replace("}", ""))
        if path == "/api/health":
            assert answer.status_code == 200
        else:
            refused(answer, 401, "no-valid-key")
            assert answer.headers["www-authenticate"] == CHALLENGE
    assert keyed_client.get("/").status_code == keyed_client.get("/docs").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("//api/models", "/api//models", "/API/models", "/api/models/", "/api/./models"),
        *("/api/%6dodels", "/api/models%00", "/x/../api/models", "/docs/../api/models"),
        *("/api/health/../models", "/api/models;/docs", "/metrics/", "//metrics", "/nothing"),
    ],
)
def test_no_other_spelling_of_a_path_is_open(keyed_client: TestClient, path: str) -> None:
    # Sent as it is: the client would tidy it.
    url = keyed_client.base_url.copy_with(raw_path=path.encode())
    refused(keyed_client.get(url), 401, "no-valid-key")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "X"])
def test_no_other_method_gets_round_the_key(keyed_client: TestClient, method: str) -> None:
    answer = keyed_client.request(method, "/api/models")
    assert answer.status_code == 401
    if method != "HEAD":
        assert keyed_client.request(method, "/api/health").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1"},
        {"x-original-url": "/docs", "x-rewrite-url": "/docs"},
        {"x-http-method-override": "GET"},
        {"forwarded": "for=127.0.0.1;host=localhost"},
        {"host": "localhost"},
    ],
)
def test_a_header_that_claims_to_be_local_opens_nothing(
    keyed_client: TestClient, headers: dict[str, str]
) -> None:
    refused(keyed_client.get("/api/models", headers=headers), 401, "no-valid-key")


def test_an_upload_without_a_key_is_refused_before_a_byte_of_it_is_read(
    keyed_client: TestClient,
) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was asked for")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        **{"type": "http", "method": "POST", "path": "/api/predictions", "query_string": b""},
        "headers": [(b"host", b"localhost"), (b"content-length", b"100000000")],
    }
    anyio.run(keyed_client.app, scope, receive, send)
    assert sent[0]["status"] == 401


# -- With a wrong key ------------------------------------------------------------------------


def test_wrong_unknown_revoked_and_expired_keys_look_the_same(
    keyed_client: TestClient, bearer: Bearer, key_file: Path
) -> None:
    right = bearer()["authorization"]
    match = TOKEN.search(right)
    assert match is not None
    revoked = bearer()["authorization"]
    revoke_key(key_file, revoked.split("_")[1])
    expired = bearer(days=1)["authorization"]
    expire(key_file, expired.split("_")[1])
    wrong = [
        changed(right),
        right.replace(match[1], f"{int(match[1], 16) ^ 1:08x}"),
        revoked,
        expired,
    ]
    assert keyed_client.get("/api/models", headers={"authorization": right}).status_code == 200
    answers = [keyed_client.get("/api/models", headers={"authorization": one}) for one in wrong]
    for answer in answers:
        refused(answer, 401, "no-valid-key")
        assert answer.headers["www-authenticate"] == f'{CHALLENGE}, error="invalid_token"'
    assert len({answer.content for answer in answers}) == 1


def expire(key_file: Path, key_id: str) -> None:
    keys = json.loads(key_file.read_text())
    for key in keys:
        if key["id"] == key_id:
            key["expires"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    key_file.write_text(json.dumps(keys))


def test_a_key_that_is_revoked_is_refused_by_the_server_that_runs(
    keyed_client: TestClient, bearer: Bearer, key_file: Path
) -> None:
    headers = bearer()
    assert keyed_client.get("/api/models", headers=headers).status_code == 200
    revoke_key(key_file, headers["authorization"].split("_")[1])
    refused(keyed_client.get("/api/models", headers=headers), 401, "no-valid-key")


def test_a_key_of_another_server_opens_nothing(keyed_client: TestClient, tmp_path: Path) -> None:
    _, token = add_key(tmp_path / "k", "x", scopes=["predict"], per_minute=9, days=None)
    answer = keyed_client.get("/api/models", headers={"authorization": f"Bearer {token}"})
    refused(answer, 401, "no-valid-key")


def test_what_the_key_file_holds_is_no_key(
    keyed_client: TestClient, bearer: Bearer, key_file: Path
) -> None:
    token = bearer()["authorization"].removeprefix("Bearer ")
    assert token.rpartition("_")[2] not in key_file.read_text()
    key = read_keys(key_file)[token.split("_")[1]]
    for stolen in (key.hash, key.salt, key.hash[:43], f"{key.hash[:42]}="):
        for form in (stolen, f"mammoscope_{key.id}_{stolen}"):
            answer = keyed_client.get("/api/models", headers={"authorization": f"Bearer {form}"})
            refused(answer, 401, "no-valid-key")


def test_secrets_are_compared_in_constant_time_whatever_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    key, token = add_key(path, "x", scopes=["predict"], per_minute=9, days=None)
    compared: list[tuple[int, int]] = []

    def compare(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return hmac_compare(one, other)

    hmac_compare = hmac.compare_digest
    monkeypatch.setattr(keys_module.hmac, "compare_digest", compare)
    now = datetime.now(UTC)
    unknown = token.replace(key.id, f"{int(key.id, 16) ^ 1:08x}")
    assert find_key(read_keys(path), token, now=now) == key
    assert find_key(read_keys(path), changed(token), now=now) is None
    assert find_key(read_keys(path), unknown, now=now) is None
    # Once each, and always of whole digests: nothing ends at the first wrong character.
    assert compared == [(64, 64)] * 3


@pytest.mark.parametrize(
    "value",
    [
        *("", "Bearer", "Bearer ", "Bearer null", "bearer undefined", "Token {}", "{}"),
        *("Bearer {} {}", "Bearer {}x", "Bearer {}\x00", "Bearer {}, Bearer {}", "Bearer\t{}"),
        *("Bearer mammoscope_00000000_", "Bearer mammoscope_________________", "Bearer ../{}"),
        *("Bearer ' OR '1'='1", "Bearer {}\u2028", "Digest username={}", "Bearer " + "A" * 9000),
    ],
)
def test_a_malformed_header_is_refused_and_not_repeated(
    keyed_client: TestClient, bearer: Bearer, value: str
) -> None:
    token = bearer()["authorization"].removeprefix("Bearer ")
    raw = value.replace("{}", token).encode()
    answer = keyed_client.get("/api/models", headers=[(b"authorization", raw)])
    refused(answer, 401, "no-valid-key")
    shown = answer.text + repr(answer.headers)
    assert token not in shown and "OR '1'" not in shown


def test_a_second_authorization_header_is_refused(keyed_client: TestClient, bearer: Bearer) -> None:
    right = bearer()["authorization"]
    for pair in ((right, "Bearer x"), ("Bearer x", right), (right, right)):
        headers = [("authorization", value) for value in pair]
        refused(keyed_client.get("/api/models", headers=headers), 401, "no-valid-key")


# -- A key in the wrong place ----------------------------------------------------------------


@pytest.mark.parametrize("place", ["?key={}", "?access_token={}", "?{}", "?a=1&b=x{}y", "/{}"])
def test_a_key_in_an_address_is_refused_even_beside_a_good_header(
    keyed_client: TestClient, bearer: Bearer, place: str
) -> None:
    headers = bearer()
    token = headers["authorization"].removeprefix("Bearer ")
    for text in (token, token.replace("_", "%5F")):
        for path in ("/api/models", "/api/health", "/docs", "/metrics"):
            answer = keyed_client.get(path + place.format(text), headers=headers)
            refused(answer, 400, "key-in-address")
            assert token not in answer.text and "revoke" in answer.json()["detail"]


def test_a_key_as_cookie_form_field_or_password_opens_nothing(
    keyed_client: TestClient, bearer: Bearer, png: bytes
) -> None:
    token = bearer()["authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"key:{token}".encode()).decode()
    for headers in (
        {"cookie": f"key={token}; authorization=Bearer {token}"},
        {"authorization": f"Basic {basic}"},
        {"x-api-key": token},
        {"proxy-authorization": f"Bearer {token}"},
    ):
        answer = keyed_client.post(
            "/api/predictions",
            headers=headers,
            files={"file": ("a", png)},
            data={"key": token, "access_token": token},
        )
        refused(answer, 401, "no-valid-key")


def test_a_good_key_does_not_let_another_sites_page_send(
    keyed_client: TestClient, bearer: Bearer, png: bytes
) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = keyed_client.post(
            "/api/predictions", headers={**bearer(), **headers}, files={"file": ("a", png)}
        )
        refused(answer, 403, "cross-site")
        assert "access-control-allow-origin" not in answer.headers


def test_a_good_key_does_not_open_a_rebound_name(keyed_client: TestClient, bearer: Bearer) -> None:
    for path in ("/api/models", "/metrics"):
        headers = {**bearer("predict", "metrics"), "host": "evil.example"}
        refused(keyed_client.get(path, headers=headers), 400, "foreign-host")


# -- A key that is for less ------------------------------------------------------------------


def test_a_key_is_for_its_scopes_only(keyed_client: TestClient, bearer: Bearer) -> None:
    for own, path, other in (
        ("predict", "/metrics", "metrics"),
        ("metrics", "/api/models", "predict"),
    ):
        answer = keyed_client.get(path, headers=bearer(own))
        refused(answer, 403, "out-of-scope")
        assert answer.headers["www-authenticate"] == (
            f'{CHALLENGE}, error="insufficient_scope", scope="{other}"'
        )
        assert keyed_client.get(path, headers=bearer(other)).status_code == 200
        assert keyed_client.get(path, headers=bearer(own, other)).status_code == 200


def test_a_key_cannot_be_used_more_often_than_it_allows(
    keyed_client: TestClient, bearer: Bearer
) -> None:
    greedy, other = bearer(per_minute=3), bearer(per_minute=3)
    got = [keyed_client.get("/api/models", headers=greedy) for _ in range(5)]
    assert [answer.status_code for answer in got] == [200, 200, 200, 429, 429]
    refused(got[-1], 429, "too-often")
    assert 1 <= int(got[-1].headers["retry-after"]) <= 20
    # A reload of the key file is no way to begin anew, and other keys have their own count.
    assert keyed_client.get("/api/models", headers=other).status_code == 200
    assert keyed_client.get("/api/models", headers=greedy).status_code == 429


def test_looking_for_a_scope_counts_as_use(keyed_client: TestClient, bearer: Bearer) -> None:
    headers = bearer("metrics", per_minute=2)
    got = [keyed_client.get("/api/models", headers=headers).status_code for _ in range(3)]
    assert got == [403, 403, 429]


# -- The key file ----------------------------------------------------------------------------


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
    with TestClient(create_app(settings.model_copy(update={"key_file": path}))) as client:
        assert client.get("/api/models", headers=headers).status_code == 200
        for bad in (b"", b"[]x", b'[{"id": "x"}]', good[:-9], good.replace(b"predict", b"admin")):
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
    key = json.loads(good)[0]
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


def test_a_server_without_a_log_does_not_load_sqlalchemy() -> None:
    import subprocess
    import sys

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
