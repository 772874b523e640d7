"""The nouns refuse what makes no sense."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoscope.types import (
    BreastImage,
    DatasetError,
    DecodeError,
    Estimate,
    Geometry,
    LeakageError,
    OperatingPoint,
    Prediction,
    Prepared,
    Record,
    Split,
    Task,
)


def record(patient: str, path: str = "x") -> Record:
    return Record(path=f"{patient}/{path}", label="0", patient=patient)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4, 2), np.float32),
        np.zeros((4,), np.float32),
        np.zeros((0, 4), np.float32),
        np.zeros((4, 4), np.float64),
        np.full((4, 4), 1.5, np.float32),
        np.full((4, 4), -0.1, np.float32),
        np.full((4, 4), np.nan, np.float32),
    ],
)
def test_an_image_refuses_other_ranks_types_and_ranges(pixels: np.ndarray) -> None:
    with pytest.raises(DecodeError):
        BreastImage(pixels)


@pytest.mark.parametrize("aspect", [0.0, -1.0, 0.09, 11.0, float("nan")])
def test_an_image_refuses_a_senseless_pixel_aspect(aspect: float) -> None:
    with pytest.raises(DecodeError, match="aspect"):
        BreastImage(np.zeros((4, 4), np.float32), pixel_aspect=aspect)


def test_an_image_has_no_field_that_could_carry_an_identifier() -> None:
    assert {field.name for field in dataclasses.fields(BreastImage)} == {
        "pixels",
        "modality",
        "laterality",
        "view",
        "spacing_mm",
        "pixel_aspect",
        "source",
    }


def test_a_woman_in_two_parts_cannot_be_constructed() -> None:
    with pytest.raises(LeakageError, match="1 patients stand in train and in test"):
        Split(
            train=(record("a", "left"),),
            validation=(record("b"),),
            test=(record("c"), record("a", "right")),
        )


def test_an_empty_part_cannot_be_constructed() -> None:
    with pytest.raises(DatasetError, match="validation"):
        Split(train=(record("a"),), validation=(), test=(record("c"),))


def test_a_task_refuses_an_unknown_label_and_a_positive_class_it_does_not_have() -> None:
    task = Task("t", ("no", "yes"), "yes", {"0": "no", "1": "yes"})
    assert task.index("1") == 1
    with pytest.raises(DatasetError, match="'2'"):
        task.index("2")
    with pytest.raises(DatasetError):
        Task("t", ("no", "yes"), "maybe", {})
    with pytest.raises(DatasetError):
        Task("t", ("no", "yes"), "yes", {"0": "perhaps"})


@given(
    crop=st.tuples(
        st.integers(0, 50), st.integers(0, 50), st.integers(51, 300), st.integers(51, 300)
    ),
    mirrored=st.booleans(),
    scale=st.tuples(st.floats(0.05, 4.0), st.floats(0.05, 4.0)),
    padding=st.tuples(st.integers(0, 100), st.integers(0, 100)),
    points=st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=1, max_size=5),
)
def test_geometry_goes_back_where_it_came_from(
    crop: tuple[int, int, int, int],
    mirrored: bool,
    scale: tuple[float, float],
    padding: tuple[int, int],
    points: list[tuple[float, float]],
) -> None:
    geometry = Geometry((300, 300), (256, 256), crop, mirrored, scale, padding)
    given_points = np.array(points)
    assert np.allclose(geometry.back(geometry.forward(given_points)), given_points, atol=1e-6)
    assert np.allclose(geometry.forward(geometry.back(given_points)), given_points, atol=1e-6)


def test_a_mirrored_geometry_puts_the_right_edge_of_the_crop_at_the_left() -> None:
    geometry = Geometry((100, 80), (50, 40), (10, 20, 90, 60), True, (0.5, 0.5), (5, 0))
    assert geometry.forward(np.array([[60.0, 10.0]])).tolist() == [[0.0, 5.0]]
    assert geometry.forward(np.array([[20.0, 90.0]])).tolist() == [[20.0, 45.0]]


def test_a_prepared_array_must_fit_its_geometry() -> None:
    geometry = Geometry((10, 10), (8, 8), (0, 0, 10, 10), False, (0.8, 0.8), (0, 0))
    with pytest.raises(ValueError, match="does not fit"):
        Prepared(np.zeros((9, 8, 1), np.float32), geometry)


def test_a_prediction_has_a_score_exactly_when_it_could_assess() -> None:
    sure = Estimate(1.0, 1.0, 1.0, "-")
    point = OperatingPoint("youden", 0.5, sure, sure)
    with pytest.raises(ValueError, match="None exactly"):
        Prediction("m@1", None, {}, "suspicious", None, point)
    with pytest.raises(ValueError, match="None exactly"):
        Prediction("m@1", 0.2, {}, "cannot assess", "blank", point)
    with pytest.raises(ValueError, match="outside"):
        Prediction("m@1", 1.2, {}, "suspicious", None, point)
