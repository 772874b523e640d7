"""A published model on anybody's data set: the figures, and the folder that holds them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import ABNORMAL, CANCER, Dataset
from mammoscope.datasets.split import choose_split, digest, to_csv
from mammoscope.experiment import external
from mammoscope.experiment.external import evaluate_published
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import auc
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.exam import score_breasts
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.types import BreastImage, DatasetError, DecodeError, MammoscopeError, Record
from tests.published import ask, write_tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PublishedModel:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "tiny", seed=1)
    ask(zoo, "tiny@1", ABNORMAL)
    return ModelStore(zoo).open("tiny")


@pytest.fixture(scope="module")
def dataset(phantom_root: Path) -> Dataset:
    return open_dataset("phantom", phantom_root)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def only(dataset: Dataset, kept: Callable[[Record], bool]) -> Dataset:
    return replace(dataset, records=tuple(filter(kept, dataset.records)))


def test_the_report_says_which_model_which_women_and_every_figure_with_its_interval(
    model: PublishedModel, dataset: Dataset, cache: Path
) -> None:
    lines: list[str] = []
    noted = replace(dataset, notes=("made up",))
    report = evaluate_published(model, noted, cache=cache, say=lines.append)
    assert report["model"] == "tiny@1"
    assert report["dataset"]["name"] == "phantom" and report["dataset"]["notes"] == ["made up"]
    assert (report["images"], report["women"]) == (64, 16)
    units = {figures["unit"]: figures for figures in report["figures"]}
    assert [units[unit]["n"] for unit in ("image", "breast", "woman")] == [64, 32, 16]
    for figures in units.values():
        assert {"auc", "sensitivity", "specificity"} <= set(figures["metrics"])
        for metric in figures["metrics"].values():
            assert metric["low"] <= metric["value"] <= metric["high"]
    for point, published in zip(report["operating_points"], model.operating_points, strict=True):
        assert (point["name"], point["threshold"]) == (published.name, published.threshold)
        assert point["card"]["sensitivity"]["value"] == published.sensitivity.value
        assert "16 patients" in point["sensitivity"]["method"]
    assert any("tiny@1" in line for line in lines)


def test_the_scores_are_those_that_the_model_answers_with(
    model: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    report = evaluate_published(model, dataset, out=tmp_path / "out", cache=cache)
    table = Predictions.read(tmp_path / "out" / "predictions.csv")
    record = dataset.records[5]
    answer = Predictor(model).predict(dataset.load(record))
    assert table.score[table.path.index(record.path)] == pytest.approx(answer.score, abs=1e-6)
    (image,) = (figures for figures in report["figures"] if figures["unit"] == "image")
    assert image["metrics"]["auc"]["value"] == pytest.approx(auc(table.score, table.positive))
    called = table.score >= model.operating_points[1].threshold
    measured = report["operating_points"][1]["sensitivity"]["value"]
    assert measured == pytest.approx(called[table.positive].mean())


def test_breasts_are_scored_by_the_models_calibrator_of_breasts(
    model: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    mended = replace(model, breast_calibrator=AffineCalibrator(slope=2.0, intercept=0.5))
    tables = {}
    for name, one in (("plain", model), ("mended", mended)):
        evaluate_published(one, dataset, out=tmp_path / name, cache=cache)
        tables[name] = Predictions.read(tmp_path / name / "predictions.csv")
    plain, table = tables["plain"], tables["mended"]
    assert table.score.tolist() == plain.score.tolist()
    expected = score_breasts(table.score, table.breast, mended.breast_calibrator)
    assert table.breast_score == pytest.approx(expected)
    assert not np.allclose(table.breast_score, plain.breast_score)


def test_the_folder_holds_table_report_and_figures(
    model: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    report = evaluate_published(model, dataset, out=tmp_path / "to" / "out", cache=cache)
    files = {path.name for path in (tmp_path / "to" / "out").iterdir()}
    assert files == {
        *("predictions.csv", "report.json"),
        *("roc.svg", "roc.png", "confusion.svg", "confusion.png"),
    }
    assert json.loads((tmp_path / "to" / "out" / "report.json").read_text()) == report
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["out"]


def test_a_folder_that_is_there_is_never_written_to(
    model: PublishedModel, dataset: Dataset, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    unread = replace(dataset, load=lambda _: pytest.fail("an image was read"))
    with pytest.raises(DatasetError, match="exists already; choose another --out"):
        evaluate_published(model, unread, out=tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_that_cannot_be_made_is_told_before_an_image_is_read(
    model: PublishedModel, dataset: Dataset, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    unread = replace(dataset, load=lambda _: pytest.fail("an image was read"))
    with pytest.raises(MammoscopeError, match="cannot be made"):
        evaluate_published(model, unread, out=tmp_path / "file" / "out")


def test_an_evaluation_that_is_stopped_leaves_no_half_folder(
    model: PublishedModel,
    dataset: Dataset,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(external, "write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        evaluate_published(model, dataset, out=tmp_path / "out", cache=cache)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("label", "defined", "absent"),
    [("normal", "specificity", "sensitivity"), ("abnormal", "sensitivity", "specificity")],
)
def test_women_of_one_class_have_the_figures_that_are_defined(
    model: PublishedModel,
    dataset: Dataset,
    cache: Path,
    tmp_path: Path,
    label: str,
    defined: str,
    absent: str,
) -> None:
    one = only(dataset, lambda record: record.label == label)
    report = evaluate_published(model, one, out=tmp_path / "out", cache=cache)
    json.dumps(report, allow_nan=False)
    for figures in report["figures"]:
        assert defined in figures["metrics"]
        assert not {"auc", absent} & set(figures["metrics"])
    for point in report["operating_points"]:
        assert defined in point and absent not in point
    assert not list((tmp_path / "out").glob("roc*"))


def test_another_question_is_refused(model: PublishedModel, dataset: Dataset) -> None:
    labels = {"normal": "no cancer", "abnormal": "cancer"}
    unread = replace(
        dataset,
        task=replace(CANCER, labels=labels),
        load=lambda _: pytest.fail("an image was read"),
    )
    with pytest.raises(DatasetError, match=r"asked 'cancer'.*tiny@1 answers 'abnormal'.*--task"):
        evaluate_published(model, unread)
    turned = replace(dataset, task=replace(ABNORMAL, positive="normal"))
    with pytest.raises(DatasetError, match="positive 'normal'"):
        evaluate_published(model, turned)


def test_age_is_the_baseline_where_it_is_known(
    model: PublishedModel, dataset: Dataset, cache: Path
) -> None:
    assert evaluate_published(model, dataset, cache=cache)["baselines"] == {}
    aged = replace(
        dataset,
        records=tuple(
            replace(record, attributes={"age": "70" if record.label == "abnormal" else "50"})
            for record in dataset.records
        ),
    )
    (baseline,) = evaluate_published(model, aged, cache=cache)["baselines"].values()
    assert baseline["value"] == 1.0


def test_images_that_the_gate_refuses_are_counted_and_kept(
    model: PublishedModel, dataset: Dataset
) -> None:
    few = only(dataset, lambda record: record.patient in ("phantom-0000", "phantom-0001"))
    blank = BreastImage(np.zeros((160, 128), np.float32))
    first = few.records[0].path
    partly = replace(few, load=lambda r: blank if r.path == first else few.load(r))
    report = evaluate_published(model, partly)
    assert (report["refused_by_the_gate"], report["images"]) == (1, 8)


def test_without_a_cache_the_figures_are_the_same_and_nothing_is_written(
    model: PublishedModel,
    dataset: Dataset,
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = evaluate_published(model, dataset, cache=cache)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no such folder"))
    assert evaluate_published(model, dataset) == kept


def test_without_a_cache_no_more_than_a_batch_is_prepared_before_it_is_scored(
    model: PublishedModel, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    run = external.Session.run

    def spy(session: external.Session, arrays: np.ndarray) -> object:
        events.append("scored")
        return run(session, arrays)

    monkeypatch.setattr(external.Session, "run", spy)
    watched = replace(dataset, load=lambda r: (events.append("loaded"), dataset.load(r))[1])
    evaluate_published(model, watched)
    assert events == [*["loaded"] * external.BATCH, "scored"] * (64 // external.BATCH)


def test_an_image_that_cannot_be_read_stops_the_evaluation(
    model: PublishedModel, dataset: Dataset
) -> None:
    def fail(record: Record) -> BreastImage:
        raise DecodeError(f"{record.path}: cut short")

    with pytest.raises(DecodeError, match="cut short"):
        evaluate_published(model, replace(dataset, load=fail))


def test_a_model_on_the_collection_it_was_trained_on_says_so_first(
    model: PublishedModel, dataset: Dataset, cache: Path
) -> None:
    own = replace(model, card={**model.card, "trained_on": {"dataset": "phantom"}})
    noted = replace(dataset, notes=("made up",))
    first, second = evaluate_published(own, noted, cache=cache)["dataset"]["notes"]
    assert first.startswith("tiny@1 was trained on this collection: women it learnt from may be")
    assert second == "made up"


def test_of_women_it_learnt_from_those_held_out_are_scored_whatever_is_asked(
    model: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    cancer = replace(
        dataset,
        task=CANCER,
        records=tuple(
            replace(r, label="cancer" if r.label == "malignant" else "no cancer")
            for r in dataset.records
        ),
    )
    split = choose_split(cancer, seed=4)
    file = tmp_path / "split.csv"
    file.write_text(to_csv(split), encoding="utf-8")
    card = {
        **model.card,
        "trained_on": {"dataset": "rsna"},
        "learnt_before": {"phantom": digest(split)},
    }
    tuned = replace(model, card=card)
    out = tmp_path / "out"
    report = evaluate_published(tuned, dataset, split=file, out=out, cache=cache)
    tested = {record.path for record in split.test}
    assert set(Predictions.read(out / "predictions.csv").path) == tested
    assert report["images"] == len(tested) < len(dataset.records)
    assert report["dataset"]["held_out"]
    (note,) = report["dataset"]["notes"]
    assert note.startswith(f"The test women of that split alone ({digest(split)[:12]})")
    whole = evaluate_published(tuned, dataset, cache=cache)["dataset"]
    assert not whole["held_out"] and "women it learnt from may be among" in whole["notes"][0]


@pytest.mark.parametrize(
    ("learnt", "said"),
    [({"phantom": "another"}, "by another; give"), ({}, "learnt from phantom by none; give")],
)
def test_a_split_that_it_did_not_learn_by_is_refused(
    model: PublishedModel, dataset: Dataset, tmp_path: Path, learnt: dict[str, str], said: str
) -> None:
    file = tmp_path / "split.csv"
    file.write_text(to_csv(choose_split(dataset, seed=4)), encoding="utf-8")
    tuned = replace(model, card={**model.card, "learnt_before": learnt})
    with pytest.raises(DatasetError, match=said):
        evaluate_published(tuned, dataset, split=file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_split_of_other_women_or_of_folds_is_refused(
    model: PublishedModel, dataset: Dataset, tmp_path: Path
) -> None:
    file = tmp_path / "split.csv"
    text = to_csv(choose_split(dataset, seed=4))
    file.write_text(text.replace(dataset.records[0].patient, "somebody"), encoding="utf-8")
    with pytest.raises(DatasetError, match="of somebody, which data set phantom does not hold so"):
        evaluate_published(model, dataset, split=file)
    file.write_text(text.replace(",test", ",fold-1"), encoding="utf-8")
    with pytest.raises(DatasetError, match="has no test part"):
        evaluate_published(model, dataset, split=file)


def test_images_without_sides_are_counted_by_image_and_by_woman(
    model: PublishedModel, dataset: Dataset, cache: Path, tmp_path: Path
) -> None:
    sideless = replace(
        dataset, records=tuple(replace(record, laterality=None) for record in dataset.records)
    )
    report = evaluate_published(model, sideless, out=tmp_path / "out", cache=cache)
    assert [figures["unit"] for figures in report["figures"]] == ["image", "woman"]
    assert [figures["n"] for figures in report["figures"]] == [64, 16]
    assert (tmp_path / "out" / "roc.svg").is_file()
