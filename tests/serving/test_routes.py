"""What each endpoint answers, and that the command line answers the same."""

from __future__ import annotations

import json
import math
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from mammoscope import __version__
from mammoscope.cli import app as cli
from mammoscope.images.decode import decode
from mammoscope.inference.answer import model_to_dict
from mammoscope.inference.card import read_card, write_card
from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
from mammoscope.serving import routes, schemas
from mammoscope.serving.app import create_app
from mammoscope.serving.settings import Settings
from mammoscope.types import RESEARCH_NOTICE, UnsupportedFormatError
from tests.broken_files import BROKEN_FILES
from tests.dicom_files import make_dicom
from tests.published import write_tiny_model


def ask(client: TestClient, data: bytes, **fields: Any) -> Any:
    return client.post("/api/predictions", files={"file": ("image", data)}, data=fields)


def logit_of(heatmap: dict[str, Any]) -> float:
    return float(np.mean(heatmap["grid"]) + heatmap["bias"])


def test_health_names_the_version_and_the_models(client: TestClient) -> None:
    answer = client.get("/api/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "version": __version__,
        "models": ["alpha@1", "beta@1"],
    }
    schemas.Health.model_validate(answer.json())


def test_models_are_those_of_the_zoo_with_the_notice(client: TestClient, zoo: Path) -> None:
    answer = client.get("/api/models").json()
    schemas.Models.model_validate(answer)
    assert answer["default"] == "alpha"
    assert answer["notice"] == RESEARCH_NOTICE
    expected = [model_to_dict(model) for model in ModelStore(zoo).open_all()]
    assert answer["models"] == json.loads(json.dumps(expected))


def test_a_prediction_of_the_default_model_is_complete(client: TestClient, png: bytes) -> None:
    answer = ask(client, png)
    assert answer.status_code == 200
    schemas.Reading.model_validate(answer.json())
    assert answer.json()["notice"] == RESEARCH_NOTICE
    assert answer.json()["image"]["rows"] == 640
    assert answer.json()["image"]["source"]["format"] == "png"
    (prediction,) = answer.json()["predictions"]
    assert prediction["model"] == "alpha@1"
    assert prediction["scores"]["cancer"] == prediction["score"]
    assert math.isclose(sum(prediction["scores"].values()), 1.0)
    assert (prediction["verdict"] == "suspicious") == (prediction["score"] >= 0.5)
    assert prediction["operating_point"]["name"] == "youden"
    assert prediction["heatmap"] is None
    assert prediction["milliseconds"]["total"] > 0


def test_several_models_answer_in_the_order_asked(client: TestClient, png: bytes) -> None:
    predictions = ask(client, png, model=["beta", "alpha@1"]).json()["predictions"]
    assert [prediction["model"] for prediction in predictions] == ["beta@1", "alpha@1"]
    assert predictions[0]["score"] != predictions[1]["score"]
    assert predictions[1]["score"] == ask(client, png).json()["predictions"][0]["score"]


@pytest.mark.parametrize("model", ["alpha", "beta"])
def test_the_map_adds_up_to_the_score(
    client: TestClient, zoo: Path, png: bytes, model: str
) -> None:
    answer = ask(client, png, model=model, include="heatmap").json()
    schemas.Reading.model_validate(answer)
    (prediction,) = answer["predictions"]
    score = ModelStore(zoo).open(model).calibrator.score(np.array(logit_of(prediction["heatmap"])))
    assert abs(float(score) - prediction["score"]) < 1e-6
    assert np.shape(prediction["heatmap"]["grid"]) == (8, 8)
    assert prediction["heatmap"]["scale"] == 4.0
    assert prediction["heatmap"]["unit"] == "logit"
    assert prediction["heatmap"]["method"] == "evidence"


def test_the_map_lies_mirrored_where_the_model_saw_the_image_mirrored(
    client: TestClient, png: bytes, png_right: bytes
) -> None:
    left, right = (
        ask(client, data, include="heatmap").json()["predictions"][0]["heatmap"]["geometry"]
        for data in (png, png_right)
    )
    assert set(left) == {"left", "top", "right", "bottom"}
    assert left["left"] < left["right"] and left["top"] < left["bottom"]
    assert right["left"] > right["right"] and right["top"] < right["bottom"]


def test_a_lesion_moves_the_score_and_the_aspect_too(client: TestClient, png: bytes) -> None:
    plain = ask(client, png).json()
    stretched = ask(client, png, aspect="1.0").json()
    assert stretched["image"]["pixel_aspect"] == pytest.approx(512 / 640)
    assert stretched["predictions"][0]["score"] != plain["predictions"][0]["score"]


@pytest.mark.parametrize("kind", ["png", "dicom"])
def test_the_command_line_and_the_server_give_one_score(
    client: TestClient, zoo: Path, tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    data: bytes = request.getfixturevalue(kind)
    hold_server_against_command_line(client, zoo, "beta", data=data, folder=tmp_path)


@pytest.mark.slow
def test_they_do_so_with_every_model_that_the_package_carries(
    tmp_path: Path, png: bytes, dicom: bytes
) -> None:
    models = ModelStore(PACKAGE_ZOO).open_all()
    # One of tissue cannot assess a mammogram, and then there is no score to hold.
    names = [model.name for model in models if model.modality == "mammogram"]
    if not names:
        pytest.skip("the package carries no published model yet")
    with TestClient(create_app(Settings(zoo=PACKAGE_ZOO))) as client:
        for name in names:
            for data in (png, dicom):
                hold_server_against_command_line(
                    client, PACKAGE_ZOO, name, data=data, folder=tmp_path
                )


def hold_server_against_command_line(
    client: TestClient, zoo: Path, model: str, *, data: bytes, folder: Path
) -> None:
    (folder / "image").write_bytes(data)
    by_http = ask(client, data, model=model).json()["predictions"][0]
    run = CliRunner().invoke(
        cli, ["predict", "--json", "--zoo", str(zoo), "--model", model, str(folder / "image")]
    )
    by_cli = json.loads(run.stdout)
    assert abs(by_cli["score"] - by_http["score"]) < 1e-6
    for key in ("model", "verdict", "operating_point"):
        assert by_cli[key] == by_http[key]
    assert set(by_cli) == set(by_http) - {"heatmap"} | {"file"}


def test_a_dicom_tells_its_side_and_view(client: TestClient, dicom: bytes) -> None:
    image = ask(client, dicom).json()["image"]
    assert (image["laterality"], image["view"]) == ("R", "CC")
    assert image["source"]["format"] == "dicom"


def test_a_blank_image_is_a_problem_that_carries_the_reading(
    client: TestClient, blank: bytes
) -> None:
    answer = ask(client, blank, model=["alpha", "beta"])
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    schemas.Unassessed.model_validate(document)
    assert document["type"] == "/docs#cannot-assess"
    assert [one["model"] for one in document["predictions"]] == ["alpha@1", "beta@1"]
    for prediction in document["predictions"]:
        assert prediction["score"] is None
        assert prediction["verdict"] == "cannot assess"
        assert prediction["reason"] == document["detail"]


@pytest.mark.parametrize("path", ["/api/predictions", "/api/images"])
@pytest.mark.parametrize("name", BROKEN_FILES)
def test_what_cannot_be_read_is_415_or_422(client: TestClient, path: str, name: str) -> None:
    data, error = BROKEN_FILES[name]
    status = 415 if error is UnsupportedFormatError else 422
    answer = client.post(path, files={"file": ("image", data)})
    assert answer.status_code == status
    document = answer.json()
    schemas.Problem.model_validate(document)
    assert document["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"model": "gamma"}, 404),
        ({"model": "alpha@2"}, 404),
        ({"model": "../alpha"}, 404),
        ({"model": ["alpha", "alpha@1"]}, 400),
        ({"aspect": "wide"}, 400),
        ({"aspect": "nan"}, 400),
        ({"aspect": "0.05"}, 400),
        ({"aspect": "11"}, 400),
        ({"aspect": ["1", "1"]}, 400),
        ({"window": "-1"}, 400),
        ({"window": "1.0"}, 400),
        ({"window": "first"}, 400),
        ({"window": "10000"}, 400),
        ({"window": "9" * 200}, 400),
        ({"window": ["0", "1"]}, 400),
        ({"include": "everything"}, 400),
    ],
)
def test_a_bad_parameter_is_refused(
    client: TestClient, png: bytes, fields: dict[str, Any], status: int
) -> None:
    answer = ask(client, png, **fields)
    assert answer.status_code == status
    schemas.Problem.model_validate(answer.json())


def test_an_image_body_is_the_decoded_plane(client: TestClient, dicom: bytes, png: bytes) -> None:
    for data in (dicom, png):
        answer = client.post("/api/images", files={"file": ("image", data)})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        size = int.from_bytes(answer.content[:4], "little")
        header = json.loads(answer.content[4 : 4 + size])
        plane = np.frombuffer(answer.content[4 + size :], dtype="<u2")
        image = decode(data)
        assert np.abs(plane.reshape(image.pixels.shape) / 65535 - image.pixels).max() <= 1 / 65535
        described = ask(client, data).json()["image"]
        told = {"warnings": list(image.source.warnings), "channels": 1}
        assert header == {**described, **told}


def test_the_window_that_is_asked_for_is_the_one_shown(client: TestClient) -> None:
    stored = np.linspace(0, 4095, 320 * 240).astype(np.uint16).reshape(320, 240)
    data = make_dicom(stored, window=([1000, 3000], [1000, 1000]))
    for path in ("/api/images", "/api/predictions"):
        first, same, second = (
            client.post(path, files={"file": ("image", data)}, data=asked)
            for asked in ({}, {"window": "0"}, {"window": "1"})
        )
        if path == "/api/images":
            assert first.content == same.content != second.content
        else:
            told = [answer.json()["image"]["source"]["steps"] for answer in (first, same, second)]
            assert told[0] == told[1] != told[2]


def test_a_patch_is_decoded_as_histology_where_that_is_asked_for(
    client: TestClient, patch: bytes
) -> None:
    answer = client.post(
        "/api/images", files={"file": ("image", patch)}, data={"modality": "histology"}
    )
    size = int.from_bytes(answer.content[:4], "little")
    header = json.loads(answer.content[4 : 4 + size])
    assert (header["modality"], header["channels"]) == ("histology", 3)
    plane = np.frombuffer(answer.content[4 + size :], dtype="<u2").reshape(256, 256, 3)
    pixels = decode(patch, modality="histology").pixels
    assert np.abs(plane / 65535 - pixels).max() <= 1 / 65535


@pytest.mark.parametrize("modality", ["Histology", "", ["histology", "mammogram"]])
def test_an_unknown_modality_is_refused(client: TestClient, png: bytes, modality: Any) -> None:
    answer = client.post("/api/images", files={"file": ("image", png)}, data={"modality": modality})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "expected one modality: mammogram or histology"


def test_a_patch_is_read_as_what_its_model_reads(mixed_client: TestClient, patch: bytes) -> None:
    answer = ask(mixed_client, patch, model="slides", include="heatmap")
    assert answer.status_code == 200
    schemas.Reading.model_validate(answer.json())
    assert answer.json()["image"]["modality"] == "histology"
    (prediction,) = answer.json()["predictions"]
    assert set(prediction["scores"]) == {"no metastasis", "metastasis"}
    refused = ask(mixed_client, patch, model="alpha")
    assert refused.status_code == 422
    assert "use a histology model" in refused.json()["detail"]


def test_models_of_two_modalities_are_refused_before_the_file_is_decoded(
    mixed_client: TestClient,
) -> None:
    answer = ask(mixed_client, b"no image", model=["alpha", "slides"])
    assert answer.status_code == 400
    document = answer.json()
    assert document["type"] == "/docs#mixed-models"
    assert "mammogram: alpha@1; histology: slides@1" in document["detail"]
    assert "expected models of one kind" in document["detail"]


def test_a_map_by_occlusion_has_no_bias(tmp_path: Path, png: bytes) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    write_card(replace(read_card(tmp_path / "alpha@1"), explained_by="occlusion"))
    with TestClient(create_app(Settings(zoo=tmp_path))) as client:
        models = client.get("/api/models").json()
        schemas.Models.model_validate(models)
        assert models["models"][0]["explained_by"] == "occlusion"
        answer = ask(client, png, include="heatmap").json()
    schemas.Reading.model_validate(answer)
    heatmap = answer["predictions"][0]["heatmap"]
    assert heatmap["bias"] is None
    assert (heatmap["method"], heatmap["unit"]) == ("occlusion", "logit")
    assert np.std(heatmap["grid"]) > 0


def test_an_image_takes_its_own_fields_and_nothing_else(client: TestClient, png: bytes) -> None:
    files = {"file": ("image", png)}
    answer = client.post("/api/images", files=files, data={"aspect": "2"})
    size = int.from_bytes(answer.content[:4], "little")
    assert json.loads(answer.content[4 : 4 + size])["pixel_aspect"] == pytest.approx(1.6)
    assert client.post("/api/images", files=files, data={"model": "alpha"}).status_code == 400


def test_a_full_line_is_refused_while_the_server_still_answers(
    zoo: Path, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, released = threading.Event(), threading.Event()
    real = routes.read

    def slow(*arguments: Any, **options: Any) -> Any:
        started.set()
        assert released.wait(20)
        return real(*arguments, **options)

    monkeypatch.setattr(routes, "read", slow)
    app = create_app(Settings(zoo=zoo, concurrency=1, queue=0))
    with TestClient(app) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, client, png)
        assert started.wait(20)
        try:
            refused = ask(client, png)
            healthy = client.get("/api/health")
        finally:
            released.set()
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["content-type"] == "application/problem+json"
        assert healthy.status_code == 200
        assert first.result(20).status_code == 200
        assert ask(client, png).status_code == 200


def test_a_server_without_models_says_so(tmp_path: Path, png: bytes) -> None:
    with TestClient(create_app(Settings(zoo=tmp_path))) as client:
        models = client.get("/api/models").json()
        assert models["default"] is None and models["models"] == []
        schemas.Models.model_validate(models)
        refused = ask(client, png)
        assert refused.status_code == 404
        assert "mammoscope publish" in refused.json()["detail"]


def test_the_size_guard_is_the_one_that_was_set(zoo: Path, png: bytes) -> None:
    with TestClient(create_app(Settings(zoo=zoo, max_pixels=640 * 512 - 1))) as client:
        for path in ("/api/predictions", "/api/images"):
            assert client.post(path, files={"file": ("image", png)}).status_code == 422
    with TestClient(create_app(Settings(zoo=zoo, max_pixels=640 * 512))) as client:
        assert ask(client, png).status_code == 200


def test_an_unforeseen_error_tells_nothing(
    client: TestClient,
    png: bytes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("CANARY".lower())

    monkeypatch.setattr(routes, "read", fail)
    answer = ask(client, png)
    assert answer.status_code == 500
    assert answer.json()["type"] == "/docs#internal-error"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "RuntimeError" in caplog.text and "_answer_reading" in caplog.text
    assert "canary" not in answer.text + caplog.text
