"""Example images: found by name, never by path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mammoscope.serving import app as app_module
from mammoscope.serving import schemas
from mammoscope.serving.app import create_app
from mammoscope.serving.examples import find_examples
from mammoscope.serving.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "one.png").write_bytes(b"png bytes")
    rows = [
        {"name": "one", "title": "One", "file": "one.png", "media_type": "image/png"},
        {
            "name": "two",
            "title": "Two",
            "file": "one.png",
            "media_type": "image/png",
            "exam": {"name": "whole", "title": "Whole"},
        },
        {"name": "gone", "title": "Gone", "file": "gone.dcm", "media_type": "application/dicom"},
    ]
    (folder / "examples.json").write_text(json.dumps(rows))
    return folder


def test_an_absent_index_is_an_empty_list(tmp_path: Path) -> None:
    assert find_examples(tmp_path) == {}


def test_an_absent_file_is_left_out(folder: Path) -> None:
    assert list(find_examples(folder)) == ["one", "two"]


def test_an_example_is_listed_and_sent_by_name(
    zoo: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = find_examples(folder)
    monkeypatch.setattr(app_module, "find_examples", lambda: examples)
    with TestClient(create_app(Settings(zoo=zoo))) as client:
        listed = client.get("/api/examples").json()
        assert listed == [
            {
                "name": "one",
                "title": "One",
                "url": "/api/examples/one",
                "media_type": "image/png",
                "exam": None,
            },
            {
                "name": "two",
                "title": "Two",
                "url": "/api/examples/two",
                "media_type": "image/png",
                "exam": {"name": "whole", "title": "Whole"},
            },
        ]
        for row in listed:
            schemas.Example.model_validate(row)
        answer = client.get(listed[0]["url"])
        assert answer.content == b"png bytes"
        assert answer.headers["content-type"] == "image/png"
        for name in ("gone", "one.png", "examples.json", "..%2fone", "%2e%2e/one"):
            assert client.get(f"/api/examples/{name}").status_code == 404


def test_the_exam_of_the_package_has_its_four_views_in_their_headers(client: TestClient) -> None:
    views = [row for row in client.get("/api/examples").json() if row["exam"] is not None]
    assert len({row["exam"]["name"] for row in views}) == 1
    seen = []
    for row in views:
        data = client.get(row["url"]).content
        answer = client.post("/api/predictions", files={"file": ("image", data)})
        image = answer.json()["image"]
        seen.append((image["laterality"], image["view"]))
    assert seen == [("R", "CC"), ("L", "CC"), ("R", "MLO"), ("L", "MLO")]


def test_the_examples_of_the_package_can_all_be_read(client: TestClient) -> None:
    for example in client.get("/api/examples").json():
        data = client.get(example["url"]).content
        answer = client.post("/api/predictions", files={"file": ("image", data)})
        assert answer.status_code == 200, example["name"]
