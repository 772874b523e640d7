"""The studies of a zoo are listed and given by name; a broken one is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.inference.studies import find_studies
from mammoscope.serving import study_schemas
from mammoscope.serving.app import create_app
from mammoscope.serving.settings import Settings

STUDIES = find_studies(PACKAGE_ZOO)
LARGEST_BYTES = 300_000


def test_a_zoo_without_studies_has_an_empty_list(client: TestClient) -> None:
    assert client.get("/api/studies").json() == []
    answer = client.get("/api/studies/mini-mias")
    assert answer.status_code == 404
    assert "GET /api/studies lists them" in answer.json()["detail"]


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_of_the_package_is_as_described_and_small(name: str) -> None:
    study_schemas.Study.model_validate(STUDIES[name])
    size = (PACKAGE_ZOO / "studies" / f"{name}.json").stat().st_size
    assert size <= LARGEST_BYTES


def test_a_study_is_listed_and_given_by_name_and_a_broken_one_is_not(zoo: Path) -> None:
    name = next(iter(STUDIES))
    folder = zoo / "studies"
    folder.mkdir()
    try:
        (folder / f"{name}.json").write_text(json.dumps(STUDIES[name]), encoding="utf-8")
        (folder / "cut.json").write_text('{"schema": 1', encoding="utf-8")
        (folder / "later.json").write_text('{"schema": 2, "name": "later"}', encoding="utf-8")
        (folder / "other.json").write_text('{"schema": 1, "name": "else"}', encoding="utf-8")
        with TestClient(create_app(Settings(zoo=zoo))) as client:
            (row,) = client.get("/api/studies").json()
            study_schemas.StudySummary.model_validate(row)
            assert row["name"] == name
            assert client.get(f"/api/studies/{name}").json() == STUDIES[name]
            assert client.get("/api/studies/cut").status_code == 404
            assert client.get("/api/studies/..%2fcnn-rsna").status_code == 404
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
