"""Every enhancement: shape, range, constants, order of intensities, and what is refused."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mammoscope.images.enhance import ENHANCEMENTS, Enhancement
from mammoscope.types import MammoscopeError

SHARE = st.floats(0, 1, width=32)
SIDE = st.integers(1, 40)
# Those whose result keeps the order of intensities: a brighter pixel is never made the darker.
MONOTONE = {"threshold", "otsu", "stretch", "gamma", "log", "equalize"}
ON_COLOR = {"macenko", "reinhard"}


@st.composite
def steps(draw: st.DrawFn, name: str) -> Enhancement:
    """The enhancement with some of its parameters given, anywhere in their ranges."""
    given: dict[str, float] = {}
    for parameter, limits in ENHANCEMENTS[name].ranges.items():
        if draw(st.booleans()):
            least, most = limits.least, limits.most
            whole = st.integers(int(least), int(most))
            given[parameter] = draw(whole if limits.whole else st.floats(least, most))
    return Enhancement(name, given)


@st.composite
def pixels_and_mask(draw: st.DrawFn, on_color: bool) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = draw(SIDE), draw(SIDE)
    shape = (rows, columns, 3) if on_color else (rows, columns)
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    kind = draw(st.sampled_from(["noise", "few levels", "constant"]))
    if kind == "constant":
        pixels = np.full(shape, draw(SHARE), dtype=np.float32)
    elif kind == "few levels":
        pixels = (rng.integers(0, 4, shape) / 3).astype(np.float32)
    else:
        pixels = rng.random(shape, dtype=np.float32)
    inside = draw(st.sampled_from([np.ones, np.zeros, None]))
    mask = rng.random((rows, columns)) > 0.3 if inside is None else inside((rows, columns), bool)
    return pixels, mask


@pytest.mark.parametrize("name", sorted(ENHANCEMENTS))
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_shape_type_and_range_are_kept_and_the_outside_is_0(name: str, data: st.DataObject) -> None:
    step = data.draw(steps(name))
    pixels, inside = data.draw(pixels_and_mask(ENHANCEMENTS[name].on_color))
    before = pixels.copy()
    enhanced = step.apply(pixels, inside=inside)
    assert enhanced.shape == pixels.shape and enhanced.dtype == np.float32
    assert np.isfinite(enhanced).all()
    assert enhanced.min() >= 0.0 and enhanced.max() <= 1.0
    assert not enhanced[~inside].any()
    assert np.array_equal(pixels, before)  # the caller's array is not written to


@pytest.mark.parametrize("name", sorted(set(ENHANCEMENTS) - ON_COLOR))
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_a_colour_picture_is_enhanced_in_its_lightness(name: str, data: st.DataObject) -> None:
    pixels, inside = data.draw(pixels_and_mask(True))
    enhanced = data.draw(steps(name)).apply(pixels, inside=inside)
    assert enhanced.shape == pixels.shape and enhanced.dtype == np.float32
    assert enhanced.min() >= 0.0 and enhanced.max() <= 1.0
    assert not enhanced[~inside].any()


@pytest.mark.parametrize("name", sorted(MONOTONE))
@settings(deadline=None, max_examples=60)
@given(
    values=arrays(np.float32, st.tuples(st.just(1), st.integers(2, 60)), elements=SHARE),
    data=st.data(),
)
def test_the_order_of_intensities_is_kept(
    name: str, values: np.ndarray, data: st.DataObject
) -> None:
    row = np.sort(values)
    step = data.draw(steps(name))
    enhanced = step.apply(row, inside=np.ones(row.shape, dtype=bool))
    assert (np.diff(enhanced) >= -1e-6).all()


def test_the_negative_turns_the_order_over() -> None:
    row = np.linspace(0, 1, 20, dtype=np.float32).reshape(1, -1)
    turned = Enhancement("negative").apply(row, inside=np.ones(row.shape, dtype=bool))
    assert (np.diff(turned) < 0).all()


def test_every_method_is_either_for_planes_or_for_stains() -> None:
    assert {name for name, method in ENHANCEMENTS.items() if method.on_color} == ON_COLOR
    assert {"slice", "clahe", "unsharp", "wavelet", "median"} <= set(ENHANCEMENTS)


@pytest.mark.parametrize("name", sorted(ENHANCEMENTS))
def test_defaults_are_in_their_ranges_and_written_down(name: str) -> None:
    step = Enhancement(name)
    assert set(step.parameters) == set(ENHANCEMENTS[name].ranges)
    assert Enhancement(**asdict(step)) == step


def test_a_method_can_be_called_by_itself() -> None:
    plane = np.linspace(0, 1, 30, dtype=np.float32).reshape(5, 6)
    assert ENHANCEMENTS["negative"](plane)[0, 0] == 1.0
    stretched = ENHANCEMENTS["stretch"](0.5 * plane, low=0.0, high=100.0)
    assert np.allclose(stretched, plane, atol=1e-6)


@pytest.mark.parametrize("name", sorted(ON_COLOR))
def test_stains_of_a_gray_picture_are_refused(name: str) -> None:
    with pytest.raises(MammoscopeError, match="gray mammogram"):
        Enhancement(name).apply(np.zeros((4, 4), np.float32), inside=np.ones((4, 4), bool))


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("sharpen", {}, "no enhancement 'sharpen'; expected one of clahe"),
        (7, {}, "no enhancement 7"),
        ("gamma", {"exponent": 2}, "gamma has no parameter 'exponent'; expected gamma"),
        ("negative", {"gamma": 2}, "negative has no parameter 'gamma'; expected none"),
        ("gamma", [2], "no names with numbers"),
        ("gamma", {"gamma": 0}, r"gamma is 0; expected a number in \[0.1, 10\]"),
        ("gamma", {"gamma": float("nan")}, "gamma is nan"),
        ("gamma", {"gamma": float("inf")}, "gamma is inf"),
        ("gamma", {"gamma": "2"}, "gamma is '2'"),
        ("gamma", {"gamma": True}, "gamma is True"),
        ("gamma", {"gamma": None}, "gamma is None"),
        ("clahe", {"tiles": 2.5}, r"tiles .* is 2.5; expected a whole number in \[1, 32\]"),
        ("clahe", {"clip": 0.5}, "clip"),
        ("median", {"radius": 3}, "radius"),
        ("stretch", {"low": 60}, "low"),
        ("wavelet", {"levels": 0}, "levels"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(name: str, parameters: object, message: str) -> None:
    with pytest.raises(MammoscopeError, match=message):
        Enhancement(name, parameters)  # type: ignore[arg-type]
