"""Models without epochs, of two stages, of members and of four classes, from images to answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL
from mammoscope.datasets.phantom import make_phantom
from mammoscope.experiment.config import FitConfig, TrainConfig, preset
from mammoscope.experiment.evaluate import evaluate
from mammoscope.experiment.publish import publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.train import train
from mammoscope.images.decode import decode
from mammoscope.inference.predictor import Predictor
from mammoscope.types import BreastImage, DatasetError, Prediction
from tests.published import ask, write_tiny_model

CLASSES = ("Normal", "Benign", "InSitu", "Invasive")


def fitted(root: Path, out: Path, model: str, preset_name: str) -> RunFolder:
    dataset = open_dataset("phantom", root)
    config = TrainConfig(
        dataset="phantom", root=str(root), model=model, preprocess=preset(preset_name)
    )
    run = train(dataset, config, out)
    evaluate(run, dataset)
    return run


def answer(run: RunFolder, zoo: Path, image: BreastImage) -> Prediction:
    return Predictor(publish(run, "made", zoo=zoo)).predict(image, heatmap=True)


@pytest.mark.parametrize(
    ("model", "preset_name", "method"),
    [
        # Texture is measured anew for each of the masks.
        pytest.param("logistic", "plain", "occlusion", marks=pytest.mark.slow),
        pytest.param("fuzzy-cmeans", "regions", "membership", marks=pytest.mark.slow),
    ],
)
def test_what_eats_features_is_trained_published_and_answers_with_its_kind_of_map(
    phantom_root: Path, tmp_path: Path, model: str, preset_name: str, method: str
) -> None:
    run = fitted(phantom_root, tmp_path / "run", model, preset_name)
    report = json.loads(run.report.read_text())
    assert report["parity"]["largest_score_difference"] < 1e-4
    # One step of fitting is one row of history, which a comparison draws beside epochs.
    assert len(run.history.read_text().splitlines()) == 2
    image = make_phantom(5, laterality="L", view="MLO").image
    prediction = answer(run, tmp_path / "zoo", image)
    assert prediction.score is not None and prediction.heatmap is not None
    assert (prediction.heatmap.method, prediction.heatmap.bias) == (method, None)


def test_what_is_fitted_on_data_alone_starts_from_nothing_else(
    phantom_root: Path, tmp_path: Path
) -> None:
    dataset = open_dataset("phantom", phantom_root)
    config = TrainConfig(dataset="phantom", root=str(phantom_root), model="knn", init="imagenet")
    with pytest.raises(DatasetError, match="fitted on the data alone"):
        train(dataset, config, tmp_path / "run")
    with pytest.raises(DatasetError, match="reads histology, task"):
        train(dataset, replace(config, model="histology-svm", init=None), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_published_models_vote_in_an_ensemble_that_is_published_like_any(
    phantom_root: Path, tmp_path: Path
) -> None:
    zoo = tmp_path / "zoo"
    for seed, name in enumerate(("alpha", "beta")):
        write_tiny_model(zoo, name, seed=seed)
        ask(zoo, f"{name}@1", ABNORMAL)
    dataset = open_dataset("phantom", phantom_root)
    config = TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model="ensemble",
        init="alpha,beta@1",
    )
    run = train(dataset, config, tmp_path / "run", zoo=zoo)
    # The versions are pinned: a newer alpha must not change what this run was.
    assert run.read_config().init == "alpha@1,beta@1"
    evaluate(run, dataset)
    image = make_phantom(5, laterality="L", view="CC").image
    prediction = answer(run, zoo, image)
    assert prediction.heatmap is not None and prediction.heatmap.method == "evidence"
    assert prediction.heatmap.bias is not None
    with pytest.raises(DatasetError, match="at least 2"):
        train(dataset, replace(config, init="alpha"), tmp_path / "other", zoo=zoo)
    with pytest.raises(DatasetError, match="expected the same; give members that see one array"):
        train(dataset, replace(config, preprocess=preset("paper")), tmp_path / "other", zoo=zoo)


def stained(rng: np.random.Generator, rows: int, columns: int, nuclei: int) -> np.ndarray:
    """H&E as far as a test needs it, BGR: pink tissue, and dark nuclei, so many a 512² patch."""
    picture = np.full((rows, columns, 3), (215, 180, 230), dtype=np.float64)
    picture += rng.normal(0, 6, picture.shape)
    for _ in range(nuclei * rows * columns // 512**2):
        center = (int(rng.integers(columns)), int(rng.integers(rows)))
        cv2.circle(picture, center, 14, (130, 55, 95), -1)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def bach_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six images a class, each of three patches; a case has one image."""
    root, rng = tmp_path_factory.mktemp("bach"), np.random.default_rng(2)
    for number, label in enumerate(CLASSES):
        (root / label).mkdir()
        for image in range(6):
            picture = stained(rng, 512, 1024, 10 + 90 * number)
            cv2.imwrite(str(root / label / f"{label}{image}.png"), picture)
    return root


@pytest.mark.parametrize(
    "model", ["histology-svm", pytest.param("histology-svm.softmax", marks=pytest.mark.slow)]
)
def test_four_classes_of_tissue_are_told_apart_by_patch_and_by_every_vote(
    bach_root: Path, tmp_path: Path, model: str
) -> None:
    dataset = open_dataset("bach", bach_root)
    config = TrainConfig(
        dataset="bach",
        root=str(bach_root),
        model=model,
        init="none",
        fit=FitConfig(epochs=12, batch_size=8, learning_rate=3e-3, mixed_precision=False),
        preprocess=replace(preset("histology"), rows=64, columns=64),
    )
    run = train(dataset, config, tmp_path / "run")
    report = evaluate(run, dataset)
    test = report["parts"]["test"]
    assert test["patches"]["images"] == 3 * test["images"]["sum"]["images"]
    assert set(test["images"]) == {"majority", "maximum", "sum"}
    for figures in (test["patches"], *test["images"].values()):
        assert 0 <= figures["accuracy"]["low"] <= figures["accuracy"]["high"] <= 1
        assert sum(map(sum, figures["confusion"])) == figures["images"]
        assert figures["carcinoma_sensitivity"] is not None
    # Learnable by counting nuclei: chance is a quarter.
    assert report["parts"]["train"]["patches"]["accuracy"]["value"] > 0.5
    assert report["parity"]["largest_score_difference"] < 1e-3
    said = CliRunner().invoke(app, ["evaluate", str(run.path)])
    assert said.exit_code == 0 and "majority of its patches" in said.stdout
    with pytest.raises(DatasetError, match="4 classes"):
        publish(run, "four", zoo=tmp_path / "zoo")


@pytest.mark.slow
def test_carcinoma_or_not_is_voted_on_too_and_published_in_two_stages(
    bach_root: Path, tmp_path: Path
) -> None:
    dataset = open_dataset("bach", bach_root, task="carcinoma")
    config = TrainConfig(
        dataset="bach",
        root=str(bach_root),
        model="histology-svm",
        task="carcinoma",
        init="none",
        fit=FitConfig(epochs=2, batch_size=8, learning_rate=3e-3, mixed_precision=False),
        preprocess=replace(preset("histology"), rows=64, columns=64),
    )
    run = train(dataset, config, tmp_path / "run")
    report = evaluate(run, dataset)
    assert set(report["votes"]) == {"majority", "maximum", "sum"}
    assert "colour alone, AUC by image" in report["baselines"]
    model = publish(run, "tissue", zoo=tmp_path / "zoo")
    assert model.stages == ("features.onnx", "model.onnx")
    png = cv2.imencode(".png", stained(np.random.default_rng(9), 96, 96, 3000))[1].tobytes()
    prediction = Predictor(model).predict(decode(png, modality="histology"), heatmap=True)
    assert prediction.model == "tissue@1"
    # A stage that was changed on disk is refused, whichever of the two it is.
    (model.folder / "features.onnx").write_bytes(b"changed")
    listed = CliRunner().invoke(app, ["models", "--zoo", str(tmp_path / "zoo")])
    assert listed.exit_code == 1 and "features.onnx" in listed.stderr


@pytest.mark.slow
def test_a_leaked_run_is_not_published(phantom_root: Path, tmp_path: Path) -> None:
    run = fitted(phantom_root, tmp_path / "run", "kmeans", "regions")
    training = json.loads(run.training.read_text())
    training["dataset"]["name"] += "-leaked"
    run.training.write_text(json.dumps(training))
    with pytest.raises(DatasetError, match="repeats a leak on purpose"):
        publish(run, "spoilt", zoo=tmp_path / "zoo")
    training["dataset"]["name"] = "phantom"
    run.training.write_text(json.dumps(training | {"whole": False}))
    with pytest.raises(DatasetError, match="without a network of all women"):
        publish(run, "part", zoo=tmp_path / "zoo")
