"""Calibrating on one's own women: a new version whose figures are out of fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL, CANCER, Dataset
from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write
from mammoscope.experiment.cross_fit import fit_on_women
from mammoscope.experiment.limits import is_mix_limit, mix_limit
from mammoscope.experiment.local_calibration import FOLDS, calibrate_published
from mammoscope.experiment.predictions import Predictions
from mammoscope.inference.card import GRAPH_FILE, PREPROCESS_FILE, PublishedModel
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.serving.schemas import ModelCard
from mammoscope.types import DatasetError
from tests.published import ask, write_tiny_model


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("women")
    write(root, women=24, seed=5, config=PhantomConfig(rows=160, columns=128))
    return replace(open_dataset("phantom", root), notes=("made up",))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "tiny", seed=1)
    ask(zoo, "tiny@1", ABNORMAL)
    return zoo


@pytest.fixture(scope="module")
def source(zoo: Path) -> PublishedModel:
    return ModelStore(zoo).open("tiny@1")


@pytest.fixture(scope="module")
def calibrated(source: PublishedModel, dataset: Dataset, zoo: Path, cache: Path) -> PublishedModel:
    return calibrate_published(source, dataset, zoo=zoo, cache=cache)


def test_the_network_and_the_preparation_are_the_same_to_the_byte(
    source: PublishedModel, calibrated: PublishedModel, zoo: Path
) -> None:
    assert calibrated.reference == "tiny@2" and calibrated.folder == zoo / "tiny@2"
    for name in (GRAPH_FILE, PREPROCESS_FILE):
        assert (calibrated.folder / name).read_bytes() == (source.folder / name).read_bytes()
    assert calibrated.calibrator != source.calibrator
    assert ModelStore(zoo).open("tiny@1").calibrator == source.calibrator


def test_a_calibrated_score_says_how_often_women_here_are_positive(
    calibrated: PublishedModel, dataset: Dataset, cache: Path
) -> None:
    predictor = Predictor(calibrated)
    scores = [predictor.predict(dataset.load(record)).score for record in dataset.records]
    share = np.mean([record.label == "abnormal" for record in dataset.records])
    assert np.mean([score for score in scores if score is not None]) == pytest.approx(
        share, abs=0.05
    )


def test_the_card_says_on_whom_and_from_what_and_keeps_what_was_tested(
    source: PublishedModel, calibrated: PublishedModel, dataset: Dataset
) -> None:
    facts = calibrated.card["calibrated_on"]
    share = np.mean([record.label == "abnormal" for record in dataset.records])
    assert (facts["dataset"], facts["from"]) == ("phantom", "tiny@1")
    assert (facts["women"], facts["images"], facts["notes"]) == (24, 96, ["made up"])
    assert facts["positive_share"] == pytest.approx(share)
    assert "cross-fitted by woman in 5 folds" in facts["method"]
    assert [figures["unit"] for figures in facts["figures"]] == ["image", "breast", "woman"]
    for key in ("trained_on", "figures", "license", "explanation", "architecture"):
        assert calibrated.card[key] == source.card[key]
    assert mix_limit(share) in calibrated.card["limits"]
    assert set(source.card["limits"]) <= set(calibrated.card["limits"])
    assert calibrated.card["title"] == "Tiny tiny, calibrated on phantom"
    ModelCard.model_validate(calibrated.card)


def test_every_operating_point_has_out_of_fold_figures_with_intervals(
    calibrated: PublishedModel,
) -> None:
    names = [point.name for point in calibrated.operating_points]
    assert names == ["youden", "sensitivity_90", "specificity_90"]
    for point in calibrated.operating_points:
        for estimate in (point.sensitivity, point.specificity):
            assert estimate.low <= estimate.value <= estimate.high
            assert estimate.method.endswith("24 patients, cross-fitted by woman")


def predictions(positive: np.ndarray) -> Predictions:
    """40 women, an image each, whose truth has some part in the logit."""
    rng = np.random.default_rng(1)
    names = [f"woman-{number:02}" for number in range(40)]
    return Predictions(
        part=["test"] * 40,
        path=names,
        patient=names,
        breast=names,
        positive=positive,
        logit=rng.normal(0.0, 1.0, 40) + (np.arange(40) % 2),
        score=np.zeros(40),
        breast_score=np.zeros(40),
        threshold=np.zeros(40),
        seed=np.zeros(40, dtype=np.int64),
        fold=1 + np.arange(40) // 2 % FOLDS,
    )


def test_a_woman_is_called_by_what_her_own_truth_had_no_part_in() -> None:
    truth = np.arange(40) % 2 == 1
    first = fit_on_women(predictions(truth), seed=0)
    fold = first.held_out.fold
    turned = np.where(fold == 1, ~truth, truth)
    second = fit_on_women(predictions(turned), seed=0)
    mine, others = fold == 1, fold != 1
    for name in ("score", "threshold"):
        before, after = getattr(first.held_out, name), getattr(second.held_out, name)
        assert np.array_equal(before[mine], after[mine])
        assert not np.array_equal(before[others], after[others])
    assert first.calibrator != second.calibrator


def told(model: PublishedModel, start: str) -> str:
    """The one limit of a card that starts so."""
    (line,) = (line for line in model.card["limits"] if line.startswith(start))
    return str(line)


def test_what_is_known_of_the_women_stands_in_the_limits(
    source: PublishedModel,
    calibrated: PublishedModel,
    dataset: Dataset,
    cache: Path,
    tmp_path: Path,
) -> None:
    line = told(calibrated, "Calibrated on")
    assert line.startswith("Calibrated on 24 women as counted of phantom, ")
    assert line.endswith("those of the original test, of other women.")
    assert told(calibrated, "Of the women it was calibrated on: ").endswith(": made up")
    plain = replace(dataset, notes=())
    again = calibrate_published(calibrated, plain, zoo=tmp_path, cache=cache)
    assert told(again, "Calibrated on").startswith("Calibrated on 24 women of phantom, ")
    assert not any("made up" in line for line in again.card["limits"])


def test_a_model_calibrated_on_the_collection_it_was_trained_on_says_so(
    source: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    own = replace(source, card={**source.card, "trained_on": {"dataset": "phantom"}})
    for number in (1, 2):  # calibrated twice, it is said once
        own = calibrate_published(own, dataset, zoo=tmp_path, cache=cache)
        line = told(own, "tiny@")
        assert "was trained on the collection of the women it was calibrated on: women it" in line
        line = told(own, "Calibrated on")
        assert line.endswith("those of the original test, whose women may be among these.")
        assert own.version == str(number)


def test_of_a_folder_nobody_knows_whether_the_model_learnt_from_it(
    source: PublishedModel, dataset: Dataset, tmp_path: Path
) -> None:
    own = replace(source, card={**source.card, "trained_on": {"dataset": "folder"}})
    folder = replace(dataset, name="folder")
    model = calibrate_published(own, folder, zoo=tmp_path)
    assert told(model, "Calibrated on").endswith(
        "The other figures are those of the original test."
    )
    assert not any("was trained on" in line for line in model.card["limits"])


def test_a_version_can_be_calibrated_again_and_go_by_another_name(
    calibrated: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    fewer = tuple(r for r in dataset.records if r.patient != "phantom-0000")
    again = calibrate_published(
        calibrated, replace(dataset, records=fewer), zoo=tmp_path, name="clinic", cache=cache
    )
    assert again.reference == "clinic@1"
    assert again.card["calibrated_on"]["from"] == "tiny@2"
    assert again.card["title"] == calibrated.card["title"]
    assert sum(map(is_mix_limit, again.card["limits"])) == 1
    assert sum(line.startswith("Calibrated on") for line in again.card["limits"]) == 1


def test_an_older_version_is_never_written_over(
    source: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    write_tiny_model(tmp_path, "tiny", seed=9)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    assert calibrate_published(source, dataset, zoo=tmp_path, cache=cache).reference == "tiny@2"
    assert all(path.read_bytes() == content for path, content in before.items())


def unread(dataset: Dataset) -> Dataset:
    return replace(dataset, load=lambda _: pytest.fail("an image was read"))


@pytest.mark.parametrize(
    ("women", "positive", "message"),
    [(19, 9, "19 women, 9 with"), (40, 4, "40 women, 4 with"), (40, 36, "40 women, 36 with")],
)
def test_too_few_women_are_refused_before_an_image_is_read(
    source: PublishedModel,
    dataset: Dataset,
    tmp_path: Path,
    women: int,
    positive: int,
    message: str,
) -> None:
    records = tuple(
        replace(
            dataset.records[0],
            path=str(number),
            patient=str(number),
            label="abnormal" if number < positive else "normal",
        )
        for number in range(women)
    )
    with pytest.raises(DatasetError, match=rf"{message}.*at least 20, 5 with and 5 without"):
        calibrate_published(source, replace(unread(dataset), records=records), zoo=tmp_path)
    assert not list(tmp_path.iterdir())


def test_another_question_or_a_name_that_is_none_is_refused_before_an_image_is_read(
    source: PublishedModel, dataset: Dataset, tmp_path: Path
) -> None:
    labels = {"normal": "no cancer", "abnormal": "cancer"}
    other = replace(unread(dataset), task=replace(CANCER, labels=labels))
    with pytest.raises(DatasetError, match="answers 'abnormal'"):
        calibrate_published(source, other, zoo=tmp_path)
    with pytest.raises(DatasetError, match="model name"):
        calibrate_published(source, unread(dataset), zoo=tmp_path, name="../out")
