"""What is shipped: the wheel, the published models, and how little an answer loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mammoscope.inference.answer import model_to_dict
from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
from mammoscope.serving.schemas import PublishedModel
from tests.conftest import REPOSITORY

LARGEST_MODEL = 15_000_000
PUBLISHED = ("cnn-rsna", "densenet121-rsna")


def test_no_two_published_models_have_one_title() -> None:
    cards = [json.loads(file.read_text("utf-8")) for file in PACKAGE_ZOO.glob("*@*/card.json")]
    titles = [card["card"]["title"] for card in cards]
    assert len(cards) >= 9 and len(set(titles)) == len(titles), titles


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (REPOSITORY / "mammoscope" / "serving" / "static" / "index.html").is_file():
        pytest.skip("the page is not built; `make frontend` builds it")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    return path


def test_a_wheel_carries_the_models_the_examples_and_the_page(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in PACKAGE_ZOO.glob("*@*"):
        for file in ("card.json", "preprocess.json", "model.onnx"):
            assert f"mammoscope/zoo/{folder.name}/{file}" in names
    assert "mammoscope/examples/examples.json" in names
    assert "mammoscope/serving/static/index.html" in names
    assert any(name.startswith("mammoscope/serving/static/assets/") for name in names)
    assert not any("node_modules" in name or name.startswith("tests/") for name in names)


def test_an_unpacked_wheel_predicts_without_the_repository(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    example = tmp_path / "mammoscope" / "examples" / "left-mlo.png"
    result = subprocess.run(
        [sys.executable, "-m", "mammoscope", "predict", str(example), "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert 0 <= json.loads(result.stdout)["score"] <= 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_model_opens_is_small_and_says_what_it_must(name: str) -> None:
    model = ModelStore().open(name)
    assert model.graph.stat().st_size <= LARGEST_MODEL
    PublishedModel.model_validate(model_to_dict(model))
    card = model.card
    assert "research" in card["license"] and "medical device" in card["notice"]
    assert card["trained_on"]["women"] > 0 and card["trained_on"]["source"]
    assert card["parity"]["largest_score_difference"] <= 1e-3
    for report in card["figures"]:
        assert report["n"] > 0 and report["n_patients"] > 0
        for metric in report["metrics"].values():
            assert metric["low"] <= metric["value"] <= metric["high"]
    assert {point.name for point in model.operating_points} == {
        "youden",
        "sensitivity_90",
        "specificity_90",
    }


def test_the_command_line_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from mammoscope.cli import app\n"
        "print(sorted({'keras', 'torch', 'sklearn', 'cv2', 'onnxruntime', 'fastapi', 'pydicom'}"
        " & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]"
