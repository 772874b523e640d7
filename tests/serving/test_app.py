"""The app as a whole: page, description, examples, and what it must never load or write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mammoscope.inference import store
from mammoscope.serving import app as app_module
from mammoscope.serving import problems
from mammoscope.serving.app import create_app
from mammoscope.serving.settings import Settings

# Makes real predictions, and says what was loaded and which files were opened for writing.
PROGRAM = """
import json, os, sys
from pathlib import Path
import warnings
warnings.simplefilter("ignore")
from starlette.testclient import TestClient
from mammoscope.serving.app import create_app
from mammoscope.serving.settings import Settings

zoo, image = map(Path, sys.argv[1:])
data = image.read_bytes()
written = []

def hear(event, arguments):
    if event == "open" and isinstance(arguments[2], int):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(str(arguments[0]))

with TestClient(create_app(Settings(zoo=zoo))) as client:
    sys.addaudithook(hear)
    form = {"model": ["alpha", "beta"], "include": "heatmap"}
    files = {"file": ("image", data + bytes(3 * 2**20))}
    answers = [
        client.post("/api/predictions", files=files, data=form),
        client.post("/api/images", files=files),
        client.get("/docs"),
    ]
    statuses = [answer.status_code for answer in answers]
print(json.dumps({"statuses": statuses, "modules": sorted(sys.modules), "written": written}))
"""
FORBIDDEN = {"keras", "torch", "tensorflow", "jax", "sklearn", "matplotlib", "scipy", "onnx"}


def test_predictions_load_no_training_library_and_write_no_file(
    zoo: Path, png: bytes, tmp_path: Path
) -> None:
    (tmp_path / "image").write_bytes(png)
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(zoo), str(tmp_path / "image")],
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["statuses"] == [200, 200, 200]
    assert not FORBIDDEN & set(found["modules"])
    assert "mammoscope.datasets" not in found["modules"]
    assert found["written"] == []


def test_an_unknown_address_is_a_problem(client: TestClient) -> None:
    for method, path in (
        ("GET", "/api/nothing"),
        ("POST", "/api/nothing"),
        ("GET", "/api/models/"),
        ("GET", "/api/examples/../examples.json"),
        ("GET", "/nothing"),
        ("GET", "/..%2f..%2fpyproject.toml"),
    ):
        answer = client.request(method, path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/docs#not-found"


def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    for method, path, allowed in (
        ("GET", "/api/predictions", "POST"),
        ("DELETE", "/api/models", "GET"),
        ("OPTIONS", "/api/images", "POST"),
    ):
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == allowed
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_named_model_is_opened_and_its_files_hashed_once(
    zoo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    read = store.read_card
    monkeypatch.setattr(store, "read_card", lambda f: (opened.append(f.name), read(f))[1])
    with TestClient(create_app(Settings(zoo=zoo, models=("beta",)))) as client:
        assert client.get("/api/health").json()["models"] == ["beta@1"]
    assert opened == ["beta@1"]


def test_without_a_built_page_the_root_says_how_to_build_it(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "STATIC", tmp_path)
    with TestClient(create_app(Settings(zoo=zoo))) as client:
        assert "make frontend" in client.get("/").text
        assert client.get("/elsewhere").status_code == 404


def test_the_built_page_is_served_and_its_hashed_files_are_kept(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<h1>page</h1>")
    (tmp_path / "assets" / "index-1.js").write_text("let a;")
    monkeypatch.setattr(app_module, "STATIC", tmp_path)
    with TestClient(create_app(Settings(zoo=zoo))) as client:
        page = client.get("/")
        assert page.text == "<h1>page</h1>"
        assert page.headers["content-type"].startswith("text/html")
        script = client.get("/assets/index-1.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert "immutable" in script.headers["cache-control"]
        assert client.get("/assets/gone.js").headers["cache-control"] == "no-store"
        assert client.post("/").status_code == 405


def test_the_description_is_complete(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert set(schema["paths"]) == {
        "/api/health",
        "/api/models",
        "/api/examples",
        "/api/examples/{name}",
        "/api/studies",
        "/api/studies/{name}",
        "/api/predictions",
        "/api/images",
    }
    predict = schema["paths"]["/api/predictions"]["post"]
    form = predict["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"file", "model", "include", "aspect", "window"}
    images = schema["paths"]["/api/images"]["post"]
    fields = images["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert set(fields) == {"file", "modality", "aspect", "window"}
    assert fields["modality"]["enum"] == ["mammogram", "histology"]
    assert set(predict["responses"]) == {
        *("200", "400", "401", "403", "404", "408", "413", "415", "422", "429", "503")
    }
    assert predict["security"] == [{}, {"key": []}]
    assert schema["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert "security" not in schema["paths"]["/api/health"]["get"]
    assert list(predict["responses"]["413"]["content"]) == ["application/problem+json"]
    assert "Unassessed" in json.dumps(predict["responses"]["422"])
    assert _references(schema) <= {
        f"#/components/schemas/{name}" for name in schema["components"]["schemas"]
    }


def _references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*map(_references, value.values()))
    if isinstance(value, list):
        return set().union(*map(_references, value))
    return set()


def test_the_description_page_runs_no_script_and_explains_every_problem(
    client: TestClient,
) -> None:
    answer = client.get("/docs")
    assert answer.status_code == 200
    assert "<script" not in answer.text and "http://" not in answer.text
    assert "https://" not in answer.text
    for kind in problems.KINDS:
        assert f'id="{kind.slug}"' in answer.text
    assert "/api/predictions" in answer.text
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
