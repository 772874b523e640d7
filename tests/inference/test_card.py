"""A published model is opened only if every file is the one that its card names."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.calibrator import AffineCalibrator, IsotonicCalibrator
from mammoscope.inference.card import (
    CARD_FILE,
    GRAPH_FILE,
    PREPROCESS_FILE,
    PublishedModel,
    read_card,
    sha256,
    write_card,
)
from mammoscope.inference.operating_point import parse_operating_point
from mammoscope.types import Estimate, ModelIntegrityError, OperatingPoint
from tests.published import write_tiny_model

FILES = [GRAPH_FILE, PREPROCESS_FILE]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path, "alpha", seed=1)
    return tmp_path / "alpha@1"


def change_card(folder: Path, **values: Any) -> None:
    """Overwrites keys of the card; None takes one out."""
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8")) | values
    kept = {key: value for key, value in card.items() if value is not None}
    (folder / CARD_FILE).write_text(json.dumps(kept), encoding="utf-8")


def flip_byte(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_what_is_read_is_what_was_written(folder: Path) -> None:
    estimate = Estimate(0.8, 0.7, 0.9, "95 % bootstrap")
    config = PreprocessConfig(rows=448, columns=320, margin=0.05)
    (folder / PREPROCESS_FILE).write_text(config.to_json(), encoding="utf-8")
    model = PublishedModel(
        folder=folder,
        name="beta",
        version="12",
        modality="histology",
        task="metastasis",
        classes=("normal", "tumor"),
        positive="tumor",
        preprocess=config,
        calibrator=AffineCalibrator(slope=0.1 + 0.2, intercept=-1 / 3),
        breast_calibrator=AffineCalibrator(slope=4 / 3, intercept=0.1),
        operating_points=(
            OperatingPoint("youden", 0.41, estimate, replace(estimate, value=0.75)),
            OperatingPoint("sensitivity_90", 1 / 7, estimate, estimate),
        ),
        heatmap_scale=3.5,
        card={"title": "Größe", "limits": ["a", "b"], "trained_on": {"women": 3}},
    )
    write_card(model)
    assert read_card(folder) == model
    assert (model.reference, model.graph) == ("beta@12", folder / GRAPH_FILE)


def test_isotonic_knots_are_read_to_the_bit_as_they_were_written(folder: Path) -> None:
    knots = IsotonicCalibrator(logits=(-1 / 3, 0.1 + 0.2, 7.0), scores=(0.0, 1 / 7, 1.0))
    model = replace(read_card(folder), calibrator=knots)
    write_card(model)
    assert read_card(folder) == model


def test_the_card_names_the_digest_of_each_file(folder: Path) -> None:
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    assert card["files"] == {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES
    }


def test_sha256_is_that_of_the_standard(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    assert sha256(tmp_path / "abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_changed_byte_is_refused_with_the_file_and_both_hashes(
    folder: Path, name: str, at: int
) -> None:
    expected = sha256(folder / name)
    flip_byte(folder / name, at)
    with pytest.raises(ModelIntegrityError) as refusal:
        read_card(folder)
    message = str(refusal.value)
    assert f"alpha@1/{name}" in message
    assert expected in message and sha256(folder / name) in message


def test_a_file_cut_short_is_refused(folder: Path) -> None:
    data = (folder / GRAPH_FILE).read_bytes()
    (folder / GRAPH_FILE).write_bytes(data[:-1])
    with pytest.raises(ModelIntegrityError, match=r"model\.onnx has SHA-256"):
        read_card(folder)


@pytest.mark.parametrize("name", [*FILES, CARD_FILE])
def test_a_missing_file_is_refused_by_its_name(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelIntegrityError, match=rf"alpha@1 cannot be opened .*{name}"):
        read_card(folder)


@pytest.mark.parametrize("schema", [0, 2, "1"])
def test_another_schema_is_refused(folder: Path, schema: object) -> None:
    change_card(folder, schema=schema)
    with pytest.raises(ModelIntegrityError, match=f"schema {schema}; expected 1"):
        read_card(folder)


@pytest.mark.parametrize(
    "key",
    [
        *("schema", "name", "version", "modality", "task", "classes", "positive"),
        *("calibrator", "operating_points", "heatmap_scale", "card", "files"),
    ],
)
def test_a_card_without_one_of_its_keys_is_refused_by_that_key(folder: Path, key: str) -> None:
    change_card(folder, **{key: None})
    with pytest.raises(ModelIntegrityError, match=f"KeyError: '{key}'"):
        read_card(folder)


@pytest.mark.parametrize(
    "values",
    [
        {"calibrator": {"kind": "isotonic"}},
        {"calibrator": {"kind": "affine", "slope": -1.0, "intercept": 0.0}},
        {"calibrator": {"kind": "affine", "slope": 1.0}},
        {"calibrator": {"kind": "affine", "slope": "steep", "intercept": 0.0}},
        {"calibrator": {"kind": "isotonic", "logits": [0, 1], "scores": [0.1, 1.1]}},
        {"calibrator": {"kind": "isotonic", "logits": [1, 0], "scores": [0.1, 0.9]}},
        {"calibrator": {"kind": "isotonic", "logits": [0, 10**400], "scores": [0.1, 0.9]}},
        {"operating_points": [{"name": "youden"}]},
        {"operating_points": [3]},
        {"heatmap_scale": "wide"},
        {"files": {}},
        {"files": {GRAPH_FILE: "00", PREPROCESS_FILE: "00"}},
        {"classes": 2},
        {"classes": ["cancer"]},
        {"classes": ["no cancer", "cancer", "unsure"]},
        {"classes": ["cancer", "cancer"]},
        {"positive": "unsure"},
    ],
)
def test_a_card_without_sense_is_refused(folder: Path, values: dict[str, Any]) -> None:
    change_card(folder, **values)
    with pytest.raises(ModelIntegrityError):
        read_card(folder)


def test_a_model_has_two_classes_since_its_predictor_answers_with_one_score(folder: Path) -> None:
    with pytest.raises(ModelIntegrityError, match="lacks exactly two classes"):
        replace(read_card(folder), classes=("no cancer", "cancer", "unsure"))


# Python reads each of these as a number, and no other language does.
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("old", ['"heatmap_scale": 4.0', '"n_positive": 3', '"threshold": 0.3'])
def test_a_number_that_is_not_finite_is_refused_wherever_it_stands(
    folder: Path, old: str, number: str
) -> None:
    text = (folder / CARD_FILE).read_text(encoding="utf-8")
    assert text.count(old) == 1
    key, _, _ = old.rpartition(" ")
    (folder / CARD_FILE).write_text(text.replace(old, f"{key} {number}"), encoding="utf-8")
    with pytest.raises(ModelIntegrityError, match=f"{number} is no finite number"):
        read_card(folder)


@pytest.mark.parametrize("figure", [float("nan"), float("inf"), None, "0.7", 10**400])
@pytest.mark.parametrize("key", ["value", "low", "high"])
def test_an_operating_point_without_finite_figures_is_refused(
    folder: Path, key: str, figure: Any
) -> None:
    card = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    card["operating_points"][1]["specificity"][key] = figure
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelIntegrityError):
        read_card(folder)


def test_a_point_made_of_figures_that_are_not_finite_is_refused_before_it_is_written(
    folder: Path,
) -> None:
    model = read_card(folder)
    point = replace(model.operating_points[0], sensitivity=Estimate(0.5, float("nan"), 1, "made"))
    with pytest.raises(ModelIntegrityError, match="lacks finite figures"):
        replace(model, operating_points=(point,))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_card_with_a_number_that_is_not_finite_is_not_written(
    folder: Path, number: float
) -> None:
    before = (folder / CARD_FILE).read_bytes()
    model = replace(read_card(folder), card={"figures": [{"metrics": {"precision": number}}]})
    with pytest.raises(ModelIntegrityError, match=r"alpha@1 .* not finite .* leave a metric out"):
        write_card(model)
    assert (folder / CARD_FILE).read_bytes() == before


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_card_that_is_no_json_object_is_refused(folder: Path, text: str) -> None:
    (folder / CARD_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ModelIntegrityError, match="publish it again or reinstall"):
        read_card(folder)


def test_a_preprocess_config_of_another_version_is_refused_though_its_digest_fits(
    folder: Path,
) -> None:
    model = read_card(folder)
    values = asdict(model.preprocess) | {"equalise": True}
    (folder / PREPROCESS_FILE).write_text(json.dumps(values), encoding="utf-8")
    write_card(model)
    with pytest.raises(ModelIntegrityError, match="equalise"):
        read_card(folder)


def test_an_operating_point_comes_back_from_its_dict() -> None:
    sensitivity = Estimate(0.9, 0.8, 0.95, "bootstrap")
    point = OperatingPoint("youden", 0.25, sensitivity, Estimate(0.5, 0.4, 0.6, "bootstrap"))
    assert parse_operating_point(json.loads(json.dumps(asdict(point)))) == point
