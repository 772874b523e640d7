"""Preparation: true proportions, chest wall left, [0, 1], and a way back to the image."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.enhance import Enhancement
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.types import BreastImage, MammoscopeError, ModelIntegrityError

CONFIG = PreprocessConfig()


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("view", ["CC", "MLO"])
def test_a_lesion_lands_where_the_geometry_says(laterality: str, view: str) -> None:
    plain = PhantomConfig(label=False, noise=0.0)
    lesions = replace(plain, masses=1, contrast=2.0)
    without = make_phantom(5, laterality=laterality, view=view, config=plain)
    phantom = make_phantom(5, laterality=laterality, view=view, config=lesions)
    difference = np.abs(
        prepare(phantom.image, CONFIG).array - prepare(without.image, CONFIG).array
    )[:, :, 0]
    (lesion,) = phantom.lesions
    prepared = prepare(phantom.image, CONFIG)
    x, y = prepared.geometry.forward(np.array([[lesion.x, lesion.y]]))[0]
    radius = lesion.radius * prepared.geometry.scale[1]
    row, column = np.unravel_index(difference.argmax(), difference.shape)
    assert np.hypot(column + 0.5 - x, row + 0.5 - y) < radius


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    rows=st.integers(70, 500),
    ratio=st.floats(0.9, 1.8),
    aspect=st.floats(0.5, 2.0),
    side=st.sampled_from([32, 64, 100, 256]),
)
def test_every_prepared_array_is_in_range_and_goes_back_into_its_image(
    seed: int, rows: int, ratio: float, aspect: float, side: int
) -> None:
    columns = max(48, round(rows / ratio))
    config = PhantomConfig(rows=max(rows, 64), columns=min(columns, round(max(rows, 64) / 0.81)))
    image = replace(
        make_phantom(seed, laterality="R", view="MLO", config=config).image, pixel_aspect=aspect
    )
    prepared = prepare(image, PreprocessConfig(rows=side, columns=side))
    assert prepared.array.shape == (side, side, 1) and prepared.array.dtype == np.float32
    assert prepared.array.min() >= 0.0 and prepared.array.max() <= 1.0
    geometry = prepared.geometry
    top, left, bottom, right = geometry.crop
    corners = np.array([[left, top], [right, bottom]], dtype=float)
    assert np.allclose(geometry.back(geometry.forward(corners)), corners, atol=1e-6)
    inside = geometry.forward(corners)
    assert inside.min() >= -1e-6 and inside.max() <= side + 1e-6
    # True proportions but for rounding to whole pixels.
    assert geometry.scale[0] / geometry.scale[1] == pytest.approx(aspect, rel=4 / side + 0.1)


def test_a_stretched_export_with_its_aspect_is_prepared_like_the_original() -> None:
    image = make_phantom(6, laterality="L", view="MLO", config=PhantomConfig(label=False)).image
    square = cv2.resize(image.pixels, (500, 500), interpolation=cv2.INTER_AREA)
    stretched = BreastImage(square, pixel_aspect=640 / 512)
    a, b = prepare(image, CONFIG).array, prepare(stretched, CONFIG).array
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.98
    assert np.corrcoef(a.ravel(), prepare(BreastImage(square), CONFIG).array.ravel())[0, 1] < 0.95


def test_left_and_right_are_prepared_the_same_way_round() -> None:
    image = make_phantom(6, laterality="L", view="CC", config=PhantomConfig(label=False)).image
    mirrored = BreastImage(np.ascontiguousarray(image.pixels[:, ::-1]))
    left, right = prepare(image, CONFIG), prepare(mirrored, CONFIG)
    assert not left.geometry.mirrored and right.geometry.mirrored
    assert np.allclose(left.array, right.array, atol=0.02)


def test_a_view_marker_beside_the_breast_is_not_seen() -> None:
    with_label = make_phantom(8, laterality="L", view="CC", config=PhantomConfig()).image
    bare = make_phantom(8, laterality="L", view="CC", config=PhantomConfig(label=False)).image
    assert not np.array_equal(with_label.pixels, bare.pixels)
    assert np.allclose(prepare(with_label, CONFIG).array, prepare(bare, CONFIG).array, atol=1e-6)


def test_brightness_and_contrast_of_the_export_hardly_matter() -> None:
    image = make_phantom(8, laterality="L", view="CC", config=PhantomConfig(label=False)).image
    dim = BreastImage((0.05 + 0.5 * image.pixels).astype(np.float32))
    a, b = prepare(image, CONFIG).array, prepare(dim, CONFIG).array
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.97
    assert abs(float(a.mean()) - float(b.mean())) < 0.03


def test_a_blank_image_is_prepared_without_a_crash() -> None:
    prepared = prepare(BreastImage(np.zeros((300, 200), np.float32)), CONFIG)
    assert prepared.array.max() == 0.0


def test_a_config_is_read_back_as_it_was_written_and_no_other_is() -> None:
    config = PreprocessConfig(rows=64, margin=0.1)
    assert PreprocessConfig.from_json(config.to_json()) == config
    with pytest.raises(ModelIntegrityError, match="preprocess"):
        PreprocessConfig.from_json('{"rows": 64}')
    with pytest.raises(ModelIntegrityError, match="list"):
        PreprocessConfig.from_json("[]")


EVERY_FIELD = PreprocessConfig(
    rows=64,
    columns=48,
    margin=0.1,
    low_percentile=2.0,
    high_percentile=98.0,
    mask_dilation=0.05,
    enhancement=(Enhancement("gamma", {"gamma": 1.5}), Enhancement("median")),
    pectoral="remove",
    color="lab",
    extractor="texture@1",
)


def test_every_field_is_written_and_read_back() -> None:
    defaults = PreprocessConfig()
    assert all(getattr(EVERY_FIELD, f.name) != getattr(defaults, f.name) for f in fields(defaults))
    assert PreprocessConfig.from_json(EVERY_FIELD.to_json()) == EVERY_FIELD
    assert PreprocessConfig.from_values(asdict(EVERY_FIELD)) == EVERY_FIELD


def test_what_was_published_before_the_new_fields_loads_with_defaults_that_do_nothing() -> None:
    published = {
        "rows": 256,
        "columns": 256,
        "margin": 0.02,
        "mask_dilation": 0.02,
        "low_percentile": 1.0,
        "high_percentile": 99.8,
    }
    config = PreprocessConfig.from_json(json.dumps(published))
    assert (config.enhancement, config.pectoral, config.color) == ((), "keep", "gray")
    assert config.extractor is None and config.channels == 1
    assert published.items() <= asdict(config).items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "gray"}, "colour"),
        ({"rows": 0}, "rows and columns"),
        ({"rows": 2.5}, "rows and columns"),
        ({"columns": 100_000}, "rows and columns"),
        ({"margin": -0.1}, "margin"),
        ({"margin": float("nan")}, "margin"),
        ({"low_percentile": 99.9}, "low percentile"),
        ({"mask_dilation": True}, "mask dilation"),
        ({"color": "sepia"}, "color of gray, rgb"),
        ({"pectoral": "blur"}, "pectoral keep or remove"),
        ({"enhancement": [{"name": "sharpen"}]}, "no enhancement 'sharpen'"),
        ({"enhancement": [{"name": "gamma", "parameters": {"gamma": 99}}]}, "gamma is 99"),
        ({"enhancement": [{"name": "gamma", "strength": 1}]}, "strength"),
        ({"enhancement": ["gamma"]}, "cannot be followed"),
        ({"enhancement": 3}, "cannot be followed"),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ModelIntegrityError, match=message):
        PreprocessConfig.from_values(asdict(PreprocessConfig()) | change)


def test_a_config_made_in_code_is_checked_too() -> None:
    with pytest.raises(MammoscopeError, match="color"):
        PreprocessConfig(color="sepia")
    with pytest.raises(MammoscopeError, match="enhancements"):
        PreprocessConfig(enhancement=("gamma",))  # type: ignore[arg-type]


def test_the_steps_are_told_in_order_and_outside_stays_black_after_each() -> None:
    image = make_phantom(5, laterality="L", view="CC", config=PhantomConfig()).image
    steps = (Enhancement("negative"), Enhancement("gamma", {"gamma": 0.5}))
    config = PreprocessConfig(enhancement=steps, color="rgb")
    told: list[tuple[str, np.ndarray]] = []
    prepared = prepare(image, config, watch=lambda step, array: told.append((step, array.copy())))
    assert [step for step, _ in told] == ["normalized", "negative", "gamma", "rgb"]
    assert np.array_equal(told[-1][1], prepared.array)
    outside = ~_shown(prepare(image, CONFIG).array)
    assert outside.mean() > 0.2
    for step, array in told:
        assert not array[outside].any(), step
    assert prepared.array[100:150, 20:60].any()


def _shown(array: np.ndarray) -> np.ndarray:
    """The breast and a rim of 10 pixels, in which it may be shown although it is black."""
    kernel = np.ones((21, 21), np.uint8)
    return cv2.dilate((array[:, :, 0] > 0).astype(np.uint8), kernel) > 0


def _drawn_oblique(muscle: float) -> BreastImage:
    """A half ellipse of 0.2 to 0.5 with a triangle of muscle in its upper left corner."""
    y, x = np.mgrid[0:400, 0:300]
    breast = (x / 230) ** 2 + ((y - 170) / 220) ** 2 < 1
    tissue = 0.35 + 0.15 * np.sin(x / 17) * np.cos(y / 23)
    corner = x / 110 + y / 210 < 1
    pixels = np.where(breast, np.where(corner, muscle, tissue), 0.0)
    return BreastImage(pixels.astype(np.float32), view="MLO")


def test_a_drawn_muscle_becomes_black_and_leaves_the_normalisation() -> None:
    corner = (slice(10, 60), slice(5, 25))
    removed = PreprocessConfig(pectoral="remove")
    kept = prepare(_drawn_oblique(0.95), CONFIG).array[:, :, 0]
    without = prepare(_drawn_oblique(0.95), removed).array[:, :, 0]
    assert kept[corner].min() > 0.9
    assert not without[corner].any()
    # The muscle took the top of the range; without it the tissue has all of it.
    body = (slice(120, 180), slice(20, 100))
    assert kept[body].max() < 0.6
    assert without[body].max() > 0.9
    dimmer = prepare(_drawn_oblique(0.75), removed).array[:, :, 0]
    assert np.allclose(dimmer[body], without[body], atol=0.05)


@pytest.mark.parametrize("laterality", ["L", "R"])
def test_the_muscle_of_an_oblique_phantom_is_removed_and_a_craniocaudal_one_loses_nothing(
    laterality: str,
) -> None:
    removed = PreprocessConfig(pectoral="remove")
    oblique = make_phantom(2, laterality=laterality, view="MLO", config=PhantomConfig())
    prepared = prepare(oblique.image, removed)
    rows, columns = np.nonzero(oblique.pectoral)
    x, y = (
        np.floor(prepared.geometry.forward(np.stack([columns, rows], axis=1) + 0.5)).astype(int).T
    )
    black = prepared.array[y.clip(0, 255), x.clip(0, 255), 0] == 0.0
    assert black.mean() > 0.8
    cranial = make_phantom(2, laterality=laterality, view="CC", config=PhantomConfig()).image
    assert np.array_equal(prepare(cranial, removed).array, prepare(cranial, CONFIG).array)
