"""Features for classical models: known values of drawn textures and shapes, and their ranges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from mammoscope.images.features import EXTRACTORS, Features, described, measure

SIDE = 64


def _disc(radius: float, side: int = SIDE) -> NDArray[np.bool_]:
    y, x = np.ogrid[:side, :side]
    return (y - side / 2) ** 2 + (x - side / 2) ** 2 <= radius**2


def _gray(plane: NDArray[np.floating]) -> NDArray[np.float32]:
    return plane.astype(np.float32)


def _stripes(period: int) -> NDArray[np.float32]:
    columns = 0.5 + 0.4 * np.sin(2 * np.pi * np.arange(128) / period)
    return _gray(np.tile(columns, (128, 1)))


def test_every_feature_is_named_once_and_says_its_formula():
    for extractor in EXTRACTORS:
        names = [one.name for one in described(extractor)]
        assert len(set(names)) == len(names)
        assert all(one.formula and one.low < one.high for one in described(extractor))


def test_an_extractor_has_the_families_of_its_name():
    families = {
        extractor: {one.name.split("_")[0] for one in described(extractor)}
        for extractor in EXTRACTORS
    }
    texture = families.pop("texture@1")
    assert texture == {"first", "glcm", "lbp", "hog", "gabor", "wavelet", "shape"}
    assert len(described("texture@1")) > 200
    assert set(families) == {"kmeans-regions@1", "fuzzy-c-means-regions@1"}
    assert all(family == {"region"} for family in families.values())


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_constant_array_has_features(value):
    features = measure(np.full((SIDE, SIDE), value, np.float32))
    assert features["first_order_mean"] == pytest.approx(value)
    assert features["first_order_deviation"] == 0.0
    assert features["first_order_entropy"] == 0.0
    assert features["glcm_contrast_mean_1"] == 0.0
    assert features["shape_dense_share"] == 0.0


@given(
    plane=arrays(
        np.float32,
        st.tuples(st.integers(32, 48), st.integers(32, 48)),
        elements=st.floats(0, 1, width=32),
    )
)
@settings(max_examples=25, deadline=None)
def test_every_feature_lies_in_its_range(plane):
    features = measure(plane)
    for one in described(features.extractor):
        slack = 1e-5 * max(1.0, abs(one.high)) if np.isfinite(one.high) else 1e-5
        assert one.low - slack <= features[one.name] <= one.high + slack, one.name


def test_a_breast_of_one_pixel_has_features():
    plane = np.zeros((SIDE, SIDE), np.float32)
    plane[10, 10] = 0.7
    features = measure(plane)
    assert features["first_order_mean"] == pytest.approx(0.7)
    assert features["shape_breast_share"] == pytest.approx(1 / SIDE**2)


def test_first_order_features_are_those_of_the_breast_alone():
    rng = np.random.default_rng(0)
    plane = np.where(_disc(20), rng.uniform(0.2, 0.8, (SIDE, SIDE)), 0.0)
    x = plane[_disc(20)]
    features = measure(_gray(plane))
    assert features["first_order_mean"] == pytest.approx(x.mean(), rel=1e-5)
    assert features["first_order_deviation"] == pytest.approx(x.std(), rel=1e-4)
    z = (x - x.mean()) / x.std()
    assert features["first_order_skewness"] == pytest.approx((z**3).mean(), abs=1e-4)
    assert features["first_order_kurtosis"] == pytest.approx((z**4).mean(), rel=1e-4)
    assert features["first_order_percentile_25"] == pytest.approx(np.percentile(x, 25), rel=1e-5)


def test_a_fair_coin_has_one_bit():
    plane = np.where(np.arange(SIDE * SIDE).reshape(SIDE, SIDE) % 2, 0.25, 0.75)
    features = measure(_gray(plane))
    assert features["first_order_entropy"] == pytest.approx(1.0)
    assert features["first_order_uniformity"] == pytest.approx(0.5)


def test_cooccurrence_of_a_checkerboard_is_known():
    plane = np.where(np.indices((SIDE, SIDE)).sum(axis=0) % 2, 8.5 / 32, 12.5 / 32)
    features = measure(_gray(plane))
    # At one pixel: levels 4 apart across and down, equal along both diagonals.
    assert features["glcm_contrast_mean_1"] == pytest.approx((16 + 0 + 16 + 0) / 4)
    assert features["glcm_contrast_range_1"] == pytest.approx(16)
    assert features["glcm_dissimilarity_mean_1"] == pytest.approx(2)
    assert features["glcm_correlation_range_1"] == pytest.approx(2, abs=1e-3)
    # At two pixels across and down all are equal; diagonals are two along each axis as well.
    assert features["glcm_contrast_mean_2"] == 0.0
    assert features["glcm_energy_mean_2"] == pytest.approx(np.sqrt(0.5), abs=1e-3)


def test_cooccurrence_does_not_see_the_surround():
    inside = measure(_gray(np.where(_disc(24), 0.5, 0.0)))
    assert inside["glcm_contrast_mean_4"] == 0.0
    assert inside["glcm_energy_mean_1"] == pytest.approx(1.0)


@pytest.mark.parametrize("period", [4, 8, 16])
def test_gabor_answers_most_at_the_wavelength_of_the_stripes(period):
    features = measure(_stripes(period))
    means = {w: features[f"gabor_mean_wavelength_{w}"] for w in (4, 8, 16)}
    assert max(means, key=lambda wavelength: means[wavelength]) == period
    assert features[f"gabor_anisotropy_wavelength_{period}"] > 0.8


def test_wavelet_energy_goes_to_the_band_of_the_stripes():
    # Columns differ, rows do not: detail across, at the finest level for the finest stripes.
    fine, coarse = measure(_stripes(3)), measure(_stripes(12))
    assert fine["wavelet_vertical_level_1"] > 0.5
    assert coarse["wavelet_vertical_level_3"] > coarse["wavelet_vertical_level_1"]
    total = sum(fine[one.name] for one in described("texture@1") if one.name.startswith("wavelet"))
    assert total == pytest.approx(1.0, abs=1e-5)
    assert fine["wavelet_horizontal_level_1"] < 1e-6


def test_binary_patterns_of_a_flat_breast_are_all_flat():
    features = measure(_gray(np.where(_disc(24), 0.5, 0.0)))
    assert features["lbp_8_radius_1"] == pytest.approx(1.0)
    assert sum(features[f"lbp_{code}_radius_3"] for code in range(10)) == pytest.approx(1.0)


def test_gradients_of_stripes_have_one_orientation():
    features = measure(_stripes(32))
    by_angle = [
        sum(features[f"hog_row_{r}_column_{c}_orientation_{angle}"] for r, c in np.ndindex(4, 4))
        for angle in range(8)
    ]
    assert by_angle[0] > 0.9 * sum(by_angle)  # gradients across: 0°


def test_a_disc_is_round_and_a_bar_is_not():
    disc = measure(_gray(np.where(_disc(24), 0.5, 0.0)))
    bar_plane = np.zeros((SIDE, SIDE))
    bar_plane[30:34, 4:60] = 0.5
    bar = measure(_gray(bar_plane))
    assert disc["shape_breast_circularity"] == pytest.approx(1.0, abs=0.15)
    assert disc["shape_breast_eccentricity"] < 0.1
    assert bar["shape_breast_circularity"] < 0.4
    assert bar["shape_breast_eccentricity"] > 0.99
    assert bar["shape_breast_extent"] == pytest.approx(1.0)


def test_the_dense_region_is_what_is_brighter():
    plane = np.where(_disc(28), 0.3, 0.0) + np.where(_disc(10), 0.5, 0.0)
    features = measure(_gray(plane))
    share = _disc(10).sum() / _disc(28).sum()
    assert features["shape_dense_share"] == pytest.approx(share, rel=1e-5)
    assert features["shape_dense_pieces"] == 1
    assert features["shape_dense_contrast"] == pytest.approx(0.5, abs=1e-5)


def test_channels_are_averaged():
    rng = np.random.default_rng(1)
    plane = _gray(rng.uniform(0, 1, (SIDE, SIDE)))
    stacked = np.stack([plane] * 3, axis=2)
    np.testing.assert_allclose(measure(stacked).values, measure(plane).values, rtol=1e-4, atol=1e-5)


def test_the_same_array_gives_the_same_features():
    plane = _gray(np.random.default_rng(2).uniform(0, 1, (SIDE, SIDE)))
    assert np.array_equal(measure(plane).values, measure(plane.copy()).values)


@pytest.mark.parametrize("shape", [(16, 64), (64,), (2, 64, 64, 1)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match="expected"):
        measure(np.zeros(shape, np.float32))


def test_an_unknown_extractor_is_refused():
    with pytest.raises(ValueError, match="texture@1"):
        measure(np.zeros((64, 64), np.float32), extractor="texture@0")


def test_a_vector_that_is_not_the_extractors_is_refused():
    features = measure(np.zeros((64, 64), np.float32))
    with pytest.raises(ValueError, match="in its order"):
        Features("texture@1", features.names[::-1], features.values)
    unsound = features.values.copy()
    unsound[0] = np.nan
    with pytest.raises(ValueError, match="first_order_mean"):
        Features("texture@1", features.names, unsound)
