"""What a study may ask of which models, and how each of them is prepared and fitted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mammoscope.classifiers.catalog import FAMILIES, survey_models
from mammoscope.datasets.dataset import ABNORMAL, CARCINOMA, HISTOLOGY4
from mammoscope.experiment.config import FITS, FitConfig, TrainConfig
from mammoscope.experiment.study_config import (
    ALL,
    StudyConfig,
    init_for,
    is_ensemble,
    joined_by,
    split_model,
)
from mammoscope.images.presets import PRESETS
from mammoscope.types import DatasetError, Modality

VARIANT = "nine-layer-cnn.relu.max"


def study(*models: str, **changes: object) -> StudyConfig:
    return StudyConfig(dataset="phantom", root="", models=models, **changes)  # type: ignore[arg-type]


def trained(model: str, modality: Modality = "mammogram", **changes: object) -> TrainConfig:
    return study(model, **changes).train_config(model, seed=0, fold=0, modality=modality)


def test_a_variant_and_a_preset_are_named_together() -> None:
    config = trained(f"{VARIANT}+paper")
    assert config.model == VARIANT
    assert config.preprocess == PRESETS["paper"]


def test_the_preset_is_what_the_family_wants_or_that_of_stained_tissue() -> None:
    assert trained("cnn").preprocess == PRESETS["plain"]
    assert trained("cnn", "histology").preprocess == PRESETS["histology"]
    assert trained("cnn+plain", "histology").preprocess == PRESETS["plain"]
    assert split_model("cnn", "mammogram") == ("cnn", "plain")


def test_the_regions_preset_removes_the_muscle_and_does_nothing_else() -> None:
    assert PRESETS["regions"] == replace(PRESETS["plain"], pectoral="remove")


def test_the_size_is_the_presets_unless_one_is_given() -> None:
    assert trained("cnn", "histology").preprocess.rows == 96
    assert trained("cnn", "histology", image_size=64).preprocess.columns == 64


def test_a_variant_is_fitted_as_its_family() -> None:
    assert trained("cnn+paper").fit == FITS["cnn"]
    assert trained(VARIANT).fit == FITS.get("nine-layer-cnn", FitConfig())
    assert trained(VARIANT, fit=(("epochs", 2),)).fit.epochs == 2


def test_a_variant_that_judges_cell_by_cell_is_told_where_lesions_are() -> None:
    for model in ("cnn.peak", "cnn.mean", "densenet121.peak+detail"):
        fit = trained(model).fit
        assert fit.tells
        assert fit.all_epochs == fit.mosaic_epochs + fit.epochs > fit.epochs
    assert not trained("cnn").fit.tells
    assert trained("cnn.peak", fit=(("lesions", 0.0), ("mosaic_epochs", 0))).fit.tells is False
    assert trained("densenet121.peak+detail").preprocess == PRESETS["detail"]


@pytest.mark.parametrize(
    "values", [{"lesions": 1.0}, {"lesions": -0.1}, {"mosaic_epochs": -1}, {"average": 1.0}]
)
def test_what_no_network_can_be_fitted_by_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(DatasetError, match=r"expected shares in \[0, 1\) and 0 or more epochs"):
        FitConfig(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (("cnn.deep",), "'cnn' has no variant 'deep'"),
        (("nine-layer-cnn.relu",), "has no variant 'relu'; expected one of"),
        (("net.relu",), "expected each once, of"),
        (("all", "cnn"), "or all, alone"),
    ],
)
def test_what_is_no_model_is_refused(models: tuple[str, ...], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        study(*models)


def test_a_variant_that_is_the_familys_first_is_the_family() -> None:
    first = FAMILIES["nine-layer-cnn"].variants[0]
    with pytest.raises(DatasetError, match="expected each once"):
        study("nine-layer-cnn", f"nine-layer-cnn.{first}")


def test_the_same_preparation_under_two_names_is_refused_once_the_data_is_known() -> None:
    both = study("cnn", "cnn+histology")
    with pytest.raises(DatasetError, match="expected each once"):
        both.resolve(CARCINOMA)
    assert both.resolve(ABNORMAL) == both


def test_all_are_those_that_can_be_asked() -> None:
    for task in (ABNORMAL, CARCINOMA):
        resolved = StudyConfig(dataset="phantom", root="", models=ALL).resolve(task)
        assert resolved.models == survey_models(task.modality)


def test_a_model_that_cannot_be_asked_is_refused() -> None:
    with pytest.raises(DatasetError, match="'histology-svm' cannot be asked of a mammogram"):
        study("cnn", "histology-svm").resolve(ABNORMAL)


def test_more_than_two_classes_are_refused() -> None:
    with pytest.raises(DatasetError, match="tells 4 classes apart; expected two"):
        study("cnn").resolve(HISTOLOGY4)


def test_an_ensemble_joins_what_sees_the_same_array() -> None:
    models = ("ensemble", "cnn", "cnn+paper", VARIANT)
    config = study(*models)
    prepared = {
        model: config.train_config(model, seed=0, fold=0, modality="mammogram").preprocess
        for model in models
    }
    assert joined_by("ensemble", prepared) == ("cnn", VARIANT)
    assert config.resolve(ABNORMAL) == config
    assert is_ensemble("ensemble+paper") and not is_ensemble("cnn")


@pytest.mark.parametrize("beside", [("cnn",), ("cnn", "densenet121+paper")])
def test_an_ensemble_without_two_members_is_refused(beside: tuple[str, ...]) -> None:
    with pytest.raises(DatasetError, match="give at least two networks beside the ensemble"):
        study("ensemble", *beside).resolve(ABNORMAL)


def test_a_model_of_two_stages_joins_no_ensemble() -> None:
    with pytest.raises(DatasetError, match="give at least two networks"):
        study("ensemble", "cnn", "histology-svm").resolve(CARCINOMA)


def test_fewer_copies_than_none_are_refused() -> None:
    with pytest.raises(DatasetError, match="-1 copies"):
        study("cnn", leak=-1)


@pytest.mark.parametrize("init", ["none,mobilnetv2=imagenet", "cnn=none,knn=none", "none,imagenet"])
def test_a_start_of_no_model_of_the_study_is_refused(init: str) -> None:
    with pytest.raises(DatasetError, match="NAME=WEIGHTS with a name of"):
        study("cnn", "mobilenetv2", init=init).resolve(ABNORMAL)


def test_some_models_keep_what_of_the_starts_is_theirs() -> None:
    init = "none,mobilenetv2=imagenet"
    assert init_for(init, ("cnn", "mobilenetv2+paper")) == init
    assert init_for(init, ("cnn",)) == "none"
    assert init_for("mobilenetv2=imagenet", ("cnn",)) is None and init_for(None, ("cnn",)) is None
