"""The answer is one JSON object for the CLI and the server, and it names nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.decode import Limits, decode, out_of_memory
from mammoscope.inference import answer as module
from mammoscope.inference import predictor as predictor_module
from mammoscope.inference.answer import (
    Reading,
    image_to_dict,
    model_to_dict,
    prediction_to_dict,
    read,
)
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.types import BreastImage, DecodeError, UnsupportedFormatError
from tests.dicom_files import CANARY, make_dicom
from tests.published import CELLS, write_tiny_model

PIXELS = make_phantom(
    4, laterality="R", view="CC", config=PhantomConfig(rows=480, columns=400, masses=1)
).pixels


def png(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".png", np.rint(pixels * 65535).astype(np.uint16))[1].tobytes()


PNG = png(PIXELS)
BLANK = png(np.zeros((300, 240)))
DICOM = make_dicom(
    np.rint(PIXELS * 4095).astype(np.uint16),
    laterality="R",
    view="CC",
    window=(2048, 4096),
    PixelSpacing=[0.4, 0.4],
    InstitutionName=CANARY,
    PatientBirthDate="19500101",
    ImageComments=f"{CANARY} asked for this",
)


@pytest.fixture(scope="module")
def predictors(tmp_path_factory: pytest.TempPathFactory) -> list[Predictor]:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "alpha", seed=1)
    write_tiny_model(zoo, "beta", seed=2)
    return [Predictor(model, threads=1) for model in ModelStore(zoo).open_all()]


@pytest.fixture(scope="module")
def reading(predictors: list[Predictor]) -> Reading:
    return read(PNG, predictors, decode=decode, heatmap=True)


def through_json(values: dict[str, Any]) -> dict[str, Any]:
    """As a client reads it; refuses NaN, which is no JSON."""
    text = json.dumps(values, allow_nan=False)
    found: dict[str, Any] = json.loads(text)
    return found


def untimed(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != "milliseconds"}


def test_every_model_answers_in_the_order_it_was_asked(predictors: list[Predictor]) -> None:
    forward = read(PNG, predictors, decode=decode).predictions
    backward = read(PNG, predictors[::-1], decode=decode).predictions
    assert [answer.model for answer in forward] == ["alpha@1", "beta@1"]
    assert [answer.model for answer in backward] == ["beta@1", "alpha@1"]
    assert [answer.score for answer in forward] == [answer.score for answer in backward[::-1]]
    assert forward[0].score != forward[1].score


def test_a_reading_is_what_its_predictors_say_of_the_decoded_image(
    predictors: list[Predictor], reading: Reading
) -> None:
    image = decode(PNG)
    assert np.array_equal(reading.image.pixels, image.pixels)
    for predictor, answer in zip(predictors, reading.predictions, strict=True):
        alone = predictor.predict(image, heatmap=True)
        assert untimed(prediction_to_dict(alone)) == untimed(prediction_to_dict(answer))


def test_the_image_is_decoded_and_searched_once_for_all(
    predictors: list[Predictor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        predictor_module, "find_breast", lambda image: pytest.fail("searched again")
    )
    calls = []

    def counted(original: Any) -> Any:
        def call(*args: Any, **more: Any) -> Any:
            calls.append(original.__name__)
            return original(*args, **more)

        return call

    monkeypatch.setattr(module, "find_breast", counted(module.find_breast))
    read(PNG, predictors, decode=counted(decode))
    assert calls == ["decode", "find_breast"]


def test_the_same_file_twice_has_the_same_score_to_the_bit(
    predictors: list[Predictor], reading: Reading
) -> None:
    again = read(bytes(PNG), predictors, decode=decode, heatmap=True)
    for one, other in zip(reading.predictions, again.predictions, strict=True):
        assert one.score == other.score
        assert one.heatmap is not None and other.heatmap is not None
        assert one.heatmap.grid.tobytes() == other.heatmap.grid.tobytes()


def test_the_milliseconds_are_those_of_every_step_and_their_sum(reading: Reading) -> None:
    for answer in reading.predictions:
        *steps, total = answer.milliseconds.items()
        assert [name for name, _ in steps] == ["decode", "check", "prepare", "network", "explain"]
        assert total == ("total", pytest.approx(sum(value for _, value in steps), abs=0.002))
        assert min(answer.milliseconds.values()) >= 0.0


def test_a_blank_image_is_an_answer_and_not_an_error(predictors: list[Predictor]) -> None:
    for answer in read(BLANK, predictors, decode=decode, heatmap=True).predictions:
        values = through_json(prediction_to_dict(answer))
        assert values["verdict"] == "cannot assess"
        assert values["score"] is None and values["scores"] == {} and values["heatmap"] is None
        assert "blank" in values["reason"]
        assert values["operating_point"]["name"] == "youden"
        assert list(values["milliseconds"]) == ["decode", "check", "total"]


@pytest.mark.parametrize(
    ("data", "error"), [(b"", UnsupportedFormatError), (PNG[:2000], DecodeError)]
)
def test_a_file_that_cannot_be_decoded_is_an_error(
    predictors: list[Predictor], data: bytes, error: type[DecodeError]
) -> None:
    with pytest.raises(error):
        read(data, predictors, decode=decode)


@pytest.mark.parametrize("step", ["find_breast", "check", "prepare", "explain"])
def test_running_out_of_memory_after_decoding_is_our_error_in_the_decoders_words(
    predictors: list[Predictor], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    where = module if step == "find_breast" else predictor_module
    monkeypatch.setattr(where, step, exhausted)
    with pytest.raises(DecodeError) as refusal:
        read(PNG, predictors, decode=decode, heatmap=True)
    assert str(refusal.value) == str(out_of_memory(PNG))


def test_what_is_asked_of_the_decoder_is_handed_on(predictors: list[Predictor]) -> None:
    asked: dict[str, Any] = {}

    def watched(data: bytes, **given: Any) -> BreastImage:
        asked.update(given)
        return decode(data, limits=Limits(max_pixels=10**6), aspect=given["aspect"])

    image = read(PNG, predictors, decode=watched, aspect=1.0, window=3).image
    assert image.pixel_aspect == pytest.approx(400 / 480)
    assert asked == {"modality": "mammogram", "aspect": 1.0, "window": 3}


def test_the_object_holds_the_whole_prediction(reading: Reading) -> None:
    answer = reading.predictions[0]
    values = through_json(prediction_to_dict(answer))
    assert set(values) == {
        *("model", "score", "scores", "verdict", "reason", "operating_point"),
        *("warnings", "milliseconds", "precision", "heatmap"),
    }
    assert values["score"] == answer.score
    assert values["scores"] == {"no cancer": 1.0 - values["score"], "cancer": values["score"]}
    assert values["operating_point"] == {
        "name": "youden",
        "threshold": 0.5,
        "sensitivity": {
            "value": 0.7,
            "low": pytest.approx(0.6),
            "high": 0.75,
            "method": "made up",
        },
        "specificity": {
            "value": 0.6,
            "low": 0.5,
            "high": pytest.approx(0.65),
            "method": "made up",
        },
    }
    assert values["reason"] is None and values["warnings"] == []


def test_warnings_of_the_decoder_are_in_the_object(predictors: list[Predictor]) -> None:
    turned = read(png(1.0 - PIXELS), predictors, decode=decode)
    for answer in turned.predictions:
        (warning,) = through_json(prediction_to_dict(answer))["warnings"]
        assert "white surround" in warning


def test_the_map_in_the_object_gives_the_score_back(reading: Reading) -> None:
    heatmap = through_json(prediction_to_dict(reading.predictions[0]))["heatmap"]
    assert np.shape(heatmap["grid"]) == (CELLS, CELLS)
    logit = np.mean(heatmap["grid"]) + heatmap["bias"]
    # The calibrator of the tiny models.
    score = 1 / (1 + np.exp(-(0.7 * logit - 0.2)))
    assert score == pytest.approx(reading.predictions[0].score, abs=1e-6)
    assert (heatmap["unit"], heatmap["scale"]) == ("logit", 4.0)
    geometry = heatmap["geometry"]
    assert set(geometry) == {"left", "top", "right", "bottom"}
    # A right breast is seen in the mirror.
    assert geometry["left"] > geometry["right"] and geometry["top"] < geometry["bottom"]


def test_the_map_is_null_where_it_was_not_asked_for(predictors: list[Predictor]) -> None:
    assert (
        prediction_to_dict(read(PNG, predictors, decode=decode).predictions[0])["heatmap"] is None
    )


def test_what_is_told_of_an_image_is_json_and_complete() -> None:
    values = through_json(image_to_dict(decode(DICOM)))
    assert values == {
        "rows": 480,
        "columns": 400,
        "laterality": "R",
        "view": "CC",
        "spacing_mm": [0.4, 0.4],
        "pixel_aspect": 1.0,
        "modality": "mammogram",
        "source": {
            "format": "dicom",
            "bits": 12,
            "transfer_syntax": "1.2.840.10008.1.2.1",
            "steps": values["source"]["steps"],
        },
    }
    assert any("window" in step for step in values["source"]["steps"])


def test_what_a_png_does_not_tell_is_null() -> None:
    values = through_json(image_to_dict(decode(PNG)))
    assert values["spacing_mm"] is None and values["laterality"] is None
    assert values["view"] is None and values["source"]["transfer_syntax"] is None


@pytest.mark.parametrize(
    "data",
    [
        DICOM,
        make_dicom(np.zeros((300, 240), np.uint16)),
        make_dicom(np.rint(PIXELS * 4095).astype(np.uint16), view=CANARY.upper()),
    ],
)
def test_no_answer_to_a_dicom_holds_a_name(data: bytes, predictors: list[Predictor]) -> None:
    assert CANARY.lower().encode() in data.lower()
    reading = read(data, predictors, decode=decode, heatmap=True)
    told = [image_to_dict(reading.image), *map(prediction_to_dict, reading.predictions)]
    text = json.dumps(told).lower()
    assert CANARY.lower() not in text and "19500101" not in text
    assert CANARY.lower() not in repr(reading).lower()


def test_a_dicom_is_answered_like_the_same_pixels_in_a_png(predictors: list[Predictor]) -> None:
    stored = np.rint(PIXELS * 4095).astype(np.uint16)
    plain = read(make_dicom(stored), predictors[:1], decode=decode).predictions[0]
    picture = cv2.imencode(".png", stored)[1].tobytes()
    assert read(picture, predictors[:1], decode=decode).predictions[0].score == pytest.approx(
        plain.score, abs=1e-3
    )


def test_a_model_is_listed_with_all_that_a_person_should_know(
    predictors: list[Predictor],
) -> None:
    values = through_json(model_to_dict(predictors[0].model))
    card = json.loads((Path(predictors[0].model.folder) / "card.json").read_text(encoding="utf-8"))
    assert values == {
        key: card[key]
        for key in (
            *("name", "version", "modality", "task", "classes", "positive"),
            *("card", "operating_points", "explained_by"),
        )
    } | {
        "precision": "float32",
        "calibrated_by": card["calibrator"]["kind"],
        "breast_calibrator": None,
        "digests": card["files"],
    }
    mended = replace(predictors[0].model, breast_calibrator=AffineCalibrator(1.25, -0.5))
    told = through_json(model_to_dict(mended))["breast_calibrator"]
    assert told == {"slope": 1.25, "intercept": -0.5}
    assert values["classes"] == ["no cancer", "cancer"]
