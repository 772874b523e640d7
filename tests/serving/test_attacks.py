"""What somebody could try to get into a server with keys: one attack a test."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from mammoscope.serving import keys as keys_module
from mammoscope.serving.keys import TOKEN, add_key, find_key, read_keys, revoke_key
from tests.serving.refusals import CHALLENGE, changed, refused

Bearer = Callable[..., dict[str, str]]


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
