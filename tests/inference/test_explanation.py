"""The map adds up to the logit, and lies on the image where the model looked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mammoscope.datasets.phantom import make_phantom
from mammoscope.images.model_input import model_input
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.inference.card import PublishedModel, read_card
from mammoscope.inference.explanation import Placement, explain, place
from mammoscope.inference.runtime import Outputs, Session
from mammoscope.types import FloatArray, Geometry, Heatmap
from tests.published import write_features_model, write_tiny_model

GEOMETRY = Geometry(
    image_shape=(600, 400),
    prepared_shape=(256, 256),
    crop=(100, 50, 500, 250),
    mirrored=False,
    scale=(0.64, 0.64),
    padding=(0, 0),
)


def outputs(classes: int = 1) -> Outputs:
    rng = np.random.default_rng(3)
    evidence = rng.normal(size=(1, 8, 6, classes)).astype(np.float32)
    bias = rng.normal(size=(1, classes)).astype(np.float32)
    return Outputs(logit=evidence.mean(axis=(1, 2)) + bias, evidence=evidence, bias=bias)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> PublishedModel:
    zoo = tmp_path_factory.mktemp("zoo")
    write_tiny_model(zoo, "alpha", seed=1)
    return read_card(zoo / "alpha@1")


def of_evidence(model: PublishedModel, made: Outputs) -> Heatmap:
    def ask(inputs: FloatArray) -> FloatArray:
        raise AssertionError("evidence needs no second pass")

    return explain(model, np.zeros((256, 256, 1), np.float32), GEOMETRY, made, ask=ask)


@pytest.mark.parametrize("classes", [1, 2])
def test_the_mean_of_the_map_and_the_bias_are_the_logit_of_the_positive_class(
    model: PublishedModel, classes: int
) -> None:
    made = outputs(classes)
    heatmap = of_evidence(model, made)
    assert heatmap.grid.mean() + heatmap.bias == pytest.approx(made.logit[0, -1], abs=1e-6)


def test_the_map_is_the_evidence_itself_signed_and_unstretched(model: PublishedModel) -> None:
    made = outputs()
    heatmap = of_evidence(replace(model, heatmap_scale=2.5), made)
    assert heatmap.method == "evidence"
    assert np.array_equal(heatmap.grid, made.evidence[0, :, :, 0])
    assert heatmap.grid.min() < 0 < heatmap.grid.max()
    assert (heatmap.scale, heatmap.geometry) == (2.5, GEOMETRY)
    assert type(heatmap.bias) is float


def test_a_model_on_features_is_explained_by_covering_cells(tmp_path: Path) -> None:
    write_features_model(tmp_path, "texture", extractor="texture@1", explained_by="occlusion")
    model = read_card(tmp_path / "texture@1")
    prepared = prepare(make_phantom(3, laterality="R", view="MLO").image, model.preprocess)
    session = Session(model.graphs)
    eaten = model_input(prepared.array, model.preprocess)[np.newaxis]

    def ask(inputs: FloatArray) -> FloatArray:
        return session.run(inputs).logit[:, -1]

    heatmap = explain(model, prepared.array, prepared.geometry, session.run(eaten), ask=ask)
    assert (heatmap.method, heatmap.bias) == ("occlusion", None)
    # Each cell is the logit less that of the picture without it, asked here once more by hand.
    down, across = np.unravel_index(np.abs(heatmap.grid).argmax(), heatmap.grid.shape)
    rows, columns = (slice(32 * at, 32 * at + 32) for at in (down, across))
    covered = prepared.array.copy()
    shown = prepared.array[..., 0] > 0
    covered[rows, columns][shown[rows, columns]] = prepared.array[shown].mean(dtype=np.float64)
    without = ask(model_input(covered, model.preprocess)[np.newaxis])[0]
    assert heatmap.grid[down, across] == pytest.approx(ask(eaten)[0] - without, abs=1e-4)
    assert (heatmap.grid[~cells_shown(shown)] == 0).all()


def cells_shown(shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return shown.reshape(8, 32, 8, 32).any(axis=(1, 3))


@pytest.mark.parametrize("extractor", ["kmeans-regions@1", "fuzzy-c-means-regions@1"])
def test_a_model_on_regions_shows_what_was_segmented(tmp_path: Path, extractor: str) -> None:
    write_features_model(tmp_path, "regions", extractor=extractor, explained_by="membership")
    model = read_card(tmp_path / "regions@1")
    prepared = prepare(make_phantom(3, laterality="R", view="MLO").image, model.preprocess)
    eaten = model_input(prepared.array, model.preprocess)[np.newaxis]
    outputs = Session(model.graphs).run(eaten)
    heatmap = explain(model, prepared.array, prepared.geometry, outputs, ask=lambda inputs: inputs)
    assert (heatmap.method, heatmap.bias, heatmap.scale) == ("membership", None, 1.0)
    assert heatmap.grid.dtype == np.float32 and heatmap.grid.min() >= 0
    assert 0.5 < heatmap.grid.max() <= 1


def test_a_grid_that_fills_its_crop_has_the_edges_of_the_crop() -> None:
    # 256 prepared pixels at 0.64 are 400 rows, and 400 columns: 200 of them beside the crop.
    assert place(GEOMETRY) == Placement(left=50.0, top=100.0, right=450.0, bottom=500.0)


def test_a_mirrored_grid_runs_from_right_to_left() -> None:
    placement = place(replace(GEOMETRY, mirrored=True))
    assert placement == Placement(left=250.0, top=100.0, right=-150.0, bottom=500.0)
    assert placement.left > placement.right and placement.top < placement.bottom


def test_padding_reaches_outside_the_image() -> None:
    geometry = replace(GEOMETRY, crop=(0, 0, 200, 200), scale=(0.64, 1.28), padding=(64, 0))
    assert place(geometry) == Placement(left=0.0, top=-100.0, right=200.0, bottom=300.0)


@settings(deadline=None)
@given(
    mirrored=st.booleans(),
    vertical=st.floats(0.05, 4),
    horizontal=st.floats(0.05, 4),
    top=st.integers(0, 100),
    left=st.integers(0, 100),
)
def test_the_corners_go_forward_to_the_corners_of_the_prepared_array(
    mirrored: bool, vertical: float, horizontal: float, top: int, left: int
) -> None:
    geometry = replace(
        GEOMETRY, mirrored=mirrored, scale=(vertical, horizontal), padding=(top, left)
    )
    placement = place(geometry)
    corners = np.array([[placement.left, placement.top], [placement.right, placement.bottom]])
    assert np.allclose(geometry.forward(corners), [[0, 0], [256, 256]], atol=1e-6)
    assert (placement.left > placement.right) == mirrored


@pytest.mark.parametrize("side", ["L", "R"])
def test_the_map_of_a_phantom_begins_at_its_chest_wall(side: str) -> None:
    phantom = make_phantom(4, laterality=side, view="CC")  # type: ignore[arg-type]
    placement = place(prepare(phantom.image, PreprocessConfig()).geometry)
    columns = phantom.pixels.shape[1]
    wall = 0.0 if side == "L" else float(columns)
    assert placement.left == pytest.approx(wall, abs=0.02 * columns)
    assert (placement.left > placement.right) == (side == "R")
