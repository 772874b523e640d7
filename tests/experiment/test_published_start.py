"""A training starts from a published model only if that fits the run."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.classifiers.catalog import CLASSIFIERS, FAMILIES
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.datasets.dataset import ABNORMAL, CANCER
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.members import learnt_by_members
from mammoscope.experiment.published_start import open_start, refuse_unfit
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.card import PublishedModel, read_card, write_card
from mammoscope.inference.store import ModelStore
from mammoscope.types import DatasetError, ModelNotFoundError
from tests.published import copy_version, write_tiny_model

SIZE = PreprocessConfig(rows=64, columns=64)
FITTING = {
    **{"title": "Custom CNN", "preprocess": SIZE, "task": CANCER},
    **{"dataset": "rsna", "split_digest": "another"},
}


def create(**changes: object) -> NetworkClassifier:
    values = {"input_shape": (64, 64, 1), "classes": ("no", "yes"), **changes}
    return CLASSIFIERS["cnn"](ClassifierConfig(**values))


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`own@1` is a real CNN at 64 × 64, `own@2` a copy of it."""
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "own", seed=1)
    folder = zoo / "own@1"
    create(seed=4).export(folder / "model.onnx")
    (folder / "preprocess.json").write_text(SIZE.to_json(), encoding="utf-8")
    card = {
        "title": "CNN",
        "architecture": "Custom CNN",
        "trained_on": {"dataset": "phantom"},
        "split_digest": "its own",
    }
    # Its old card does not fit the new graph any more, so another model's is taken over.
    write_tiny_model(zoo / "aside", "own", seed=1)
    model = read_card(zoo / "aside" / "own@1")
    write_card(replace(model, folder=folder, preprocess=SIZE, card=card))
    copy_version(zoo, "own", 2)
    return zoo


@pytest.fixture(scope="module")
def published(zoo: Path) -> PublishedModel:
    return ModelStore(zoo).open("own@1")


@pytest.mark.parametrize("init", [None, "none", "imagenet", "/somewhere/best.weights.h5"])
def test_another_start_is_no_published_one(zoo: Path, init: str | None) -> None:
    assert open_start(init, zoo=zoo) is None


@pytest.mark.parametrize(("init", "reference"), [("own", "own@2"), ("own@1", "own@1")])
def test_a_name_is_the_newest_version_or_the_pinned_one(
    zoo: Path, init: str, reference: str
) -> None:
    model = open_start(init, zoo=zoo)
    assert model is not None and model.reference == reference


@pytest.mark.parametrize("init", ["imagenett", "own@9", "some/weights.h5"])
def test_a_start_that_is_nothing_is_refused_with_what_could_be_given(zoo: Path, init: str) -> None:
    with pytest.raises(ModelNotFoundError, match=r"expected one of .*imagenet, none or a \.weight"):
        open_start(init, zoo=zoo)


def test_a_model_that_fits_gives_its_weights(published: PublishedModel) -> None:
    for task in (CANCER, ABNORMAL):
        refuse_unfit(published, **{**FITTING, "task": task})
    started = create(seed=9, weights=str(published.graph))
    x = np.random.default_rng(0).random((2, 64, 64, 1), dtype=np.float32)
    assert np.allclose(started.predict_logit(x), create(seed=4).predict_logit(x), atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": "DenseNet121"}, r"own@1 has the architecture Custom CNN, this run DenseNet121"),
        (
            {"preprocess": replace(SIZE, color="viridis")},
            r"own@1 has the number of channels 1, this run 3; give --preset",
        ),
        (
            {"preprocess": replace(SIZE, pectoral="remove")},
            r"own@1 has the preparation pectoral keep, this run pectoral remove; .*--preset",
        ),
        (
            {"preprocess": replace(SIZE, margin=0.1)},
            r"own@1 has the preparation margin 0\.02, this run margin 0\.1;",
        ),
        (
            {"preprocess": replace(SIZE, low_percentile=2.0, high_percentile=99.0)},
            r"low_percentile 1\.0, high_percentile 99\.8, this run low_percentile 2\.0, high_p",
        ),
        (
            {"preprocess": replace(SIZE, mask_dilation=0.0)},
            r"has the preparation mask_dilation 0\.02, this run mask_dilation 0\.0; .*--config",
        ),
        (
            {"task": replace(CANCER, classes=("no cancer", "cancer", "unsure"))},
            r"own@1 has the number of classes 2, this run 3",
        ),
    ],
)
def test_a_model_that_does_not_fit_is_refused_with_what_differs(
    published: PublishedModel, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        refuse_unfit(published, **{**FITTING, **changes})


@pytest.mark.slow
def test_a_larger_image_is_refused_only_where_weights_hang_on_its_size(
    published: PublishedModel, tmp_path: Path
) -> None:
    refuse_unfit(published, **{**FITTING, "preprocess": PreprocessConfig(rows=96, columns=64)})
    with pytest.raises(DatasetError, match="give the image size"):
        create(input_shape=(96, 64, 1), weights=str(published.graph))
    graph = tmp_path / "model.onnx"
    cells = create(variant="peak", seed=4)
    cells.export(graph)
    larger = create(variant="peak", seed=9, input_shape=(96, 64, 1), weights=str(graph))
    assert larger.cells == (6, 4)
    for name, value in {v.path: v for v in larger.model.weights}.items():
        (same,) = [v for v in cells.model.weights if v.path == name]
        assert np.allclose(value, same), name


def test_a_model_of_two_stages_is_no_start(published: PublishedModel) -> None:
    staged = replace(published, stages=("features.onnx", "model.onnx"))
    with pytest.raises(DatasetError, match="published in 2 stages; expected a single network"):
        refuse_unfit(staged, **FITTING)


def test_a_model_that_learnt_from_the_collection_by_another_split_is_refused(
    published: PublishedModel,
) -> None:
    same = {**FITTING, "dataset": "phantom"}
    refuse_unfit(published, **{**same, "split_digest": "its own"})
    for other, seen in (("another", "another"), ("", r"\(none\)")):
        message = rf"own@1 was trained on phantom by the split its own, .* by {seen}; .*--split"
        with pytest.raises(DatasetError, match=message):
            refuse_unfit(published, **{**same, "split_digest": other})
    unnamed = replace(published, card={**published.card, "split_digest": ""})
    with pytest.raises(DatasetError, match="learnt from would be tested on"):
        refuse_unfit(unnamed, **same)
    # A study by folds has no split of its own to hold against it.
    with pytest.raises(DatasetError, match=r"by the split \(none\), .* by \(none\)"):
        refuse_unfit(unnamed, **{**same, "split_digest": ""})


def test_what_its_own_start_learnt_from_counts_as_well(published: PublishedModel) -> None:
    card = {**published.card, "learnt_before": {"rsna": "of its start"}}
    fine_tuned = replace(published, card=card)
    refuse_unfit(fine_tuned, **{**FITTING, "dataset": "rsna", "split_digest": "of its start"})
    with pytest.raises(DatasetError, match="trained on rsna by the split of its start"):
        refuse_unfit(fine_tuned, **{**FITTING, "dataset": "rsna", "split_digest": "another"})


def test_members_that_know_a_collection_by_several_splits_fit_none(
    zoo: Path, tmp_path: Path
) -> None:
    zoo = shutil.copytree(zoo, tmp_path / "zoo")
    for version, rsna in ((3, "one"), (4, "another")):
        copy_version(zoo, "own", version)
        model = read_card(zoo / f"own@{version}")
        write_card(replace(model, card={**model.card, "learnt_before": {"rsna": rsna}}))
    for members, rsna in (("own@3,own@1", "one"), ("own@3,own@4", ""), ("own@4,own@3,own@1", "")):
        config = TrainConfig(dataset="phantom", root="", model="ensemble", init=members)
        assert learnt_by_members(config, zoo=zoo) == {"phantom": "its own", "rsna": rsna}


def test_of_two_folders_nobody_knows_whether_they_share_women(published: PublishedModel) -> None:
    card = {**published.card, "trained_on": {"dataset": "folder"}}
    refuse_unfit(replace(published, card=card), **{**FITTING, "dataset": "folder"})


@pytest.mark.parametrize("name", ["cnn", "densenet121"])
def test_a_title_is_told_without_building_and_is_the_networks_own(name: str) -> None:
    config = ClassifierConfig(input_shape=(32, 32, 1), classes=("no", "yes"))
    assert CLASSIFIERS[name](config).title == FAMILIES[name].title
