"""Features of segmented regions, and the map of the segmentation: phantoms and drawn discs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images import region_features
from mammoscope.images.features import described, measure, membership
from mammoscope.images.masses import METHODS, densest_membership, find_masses
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.segment import find_breast

KMEANS, FUZZY = "kmeans-regions@1", "fuzzy-c-means-regions@1"
BOTH = pytest.mark.parametrize("extractor", [KMEANS, FUZZY])
SIDE = 256


def phantom(seed: int = 3, **values: object) -> NDArray[np.float32]:
    """A prepared phantom with a mass."""
    config = PhantomConfig(masses=1, density="B")
    view = make_phantom(seed, laterality="R", view="MLO", config=config)
    return prepare(view.image, PreprocessConfig(pectoral="remove", **values)).array  # type: ignore[arg-type]


def disc(x: float = 0.6, y: float = 0.3, radius: float = 0.08) -> NDArray[np.float32]:
    """A bright disc on a gray breast in the left three quarters of the array; shares of its side.

    The ground rises slowly and has a little noise, as in the tests of `find_masses`.
    """
    down, across = (np.mgrid[0:SIDE, 0:SIDE] + 0.5) / SIDE
    inside = np.hypot(across - x, down - y) < radius
    noise = np.random.default_rng(1).normal(0, 0.01, (SIDE, SIDE))
    plane = np.clip(0.3 + 0.1 * across + 0.3 * inside + noise, 0.05, 1)
    return np.where(across < 0.75, plane, 0).astype(np.float32)


@BOTH
def test_a_disc_has_its_place_area_and_brightness(extractor: str) -> None:
    found = measure(disc(), extractor=extractor)
    assert found["region_first_across"] == pytest.approx(0.6 / 0.75, abs=0.02)
    assert found["region_first_down"] == pytest.approx(0.3, abs=0.02)
    assert found["region_first_share"] == pytest.approx(np.pi * 0.08**2 / 0.75, rel=0.15)
    assert found["region_first_intensity"] == pytest.approx(0.66, abs=0.03)
    assert found["region_first_deviation"] < 0.06
    assert found["region_first_compactness"] > 0.8
    expected = found["region_first_contrast"] * found["region_first_compactness"]
    assert found["region_first_score"] == pytest.approx(expected, rel=1e-5)


@BOTH
def test_summaries_are_those_of_the_regions_that_are_found(extractor: str) -> None:
    array = phantom()
    plane = array[..., 0]
    breast = plane > 0
    found = region_features.measure(plane, breast, method=_method(extractor))
    image, region = region_features._as_image(plane, breast)
    regions = find_masses(image, region, method=_method(extractor)).regions
    assert found["region_count"] == len(regions) > 1
    shares = [one.area_px / breast.sum() for one in regions]
    assert found["region_total_share"] == pytest.approx(sum(shares))
    assert (found["region_max_share"], found["region_mean_share"]) == pytest.approx(
        (max(shares), sum(shares) / len(shares))
    )
    scores = [one.score for one in regions]
    assert found["region_first_score"] == max(scores)
    assert found["region_mean_score"] == pytest.approx(np.mean(scores))


@BOTH
def test_a_mass_makes_its_breast_more_suspicious(extractor: str) -> None:
    plane = disc()
    without = measure(np.where(plane > 0.5, np.float32(0.35), plane), extractor=extractor)
    assert measure(plane, extractor=extractor)["region_first_score"] > (
        without["region_first_score"] + 0.1
    )


@BOTH
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_without_a_region_all_features_are_zero(extractor: str, level: float) -> None:
    array = np.full((64, 64, 1), level, dtype=np.float32)
    assert not measure(array, extractor=extractor).values.any()
    assert not membership(array, extractor=extractor).any()


@BOTH
def test_a_breast_of_one_pixel_has_no_region(extractor: str) -> None:
    array = np.zeros((64, 64), dtype=np.float32)
    array[10, 10] = 0.7
    assert not measure(array, extractor=extractor).values.any()
    assert not membership(array, extractor=extractor).any()


@given(
    plane=arrays(
        np.float32,
        st.tuples(st.integers(32, 48), st.integers(32, 48)),
        elements=st.floats(0, 1, width=32),
    ),
    extractor=st.sampled_from([KMEANS, FUZZY]),
)
@settings(max_examples=25, deadline=None)
def test_every_feature_lies_in_its_range(plane: NDArray[np.float32], extractor: str) -> None:
    found = measure(plane, extractor=extractor)
    for one in described(extractor):
        assert one.low - 1e-5 <= found[one.name] <= one.high + 1e-5, one.name
    grid = membership(plane, extractor=extractor)
    assert grid.min() >= 0 and grid.max() <= 1


@BOTH
def test_threads_and_runs_agree_to_the_bit(extractor: str) -> None:
    array = phantom(5)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(measure, array.copy(), extractor=extractor) for _ in range(8)]
        vectors = [job.result().values for job in jobs]
    assert all(np.array_equal(one, vectors[0]) for one in vectors)
    maps = [membership(array, extractor=extractor) for _ in range(2)]
    assert np.array_equal(*maps)


@BOTH
def test_the_map_shows_the_disc_and_nothing_outside_the_breast(extractor: str) -> None:
    grid = membership(disc(), extractor=extractor)
    assert grid.shape == (64, 64) and grid.dtype == np.float32
    down, across = (np.mgrid[0:64, 0:64] + 0.5) / 64
    middle = np.hypot(across - 0.6, down - 0.3) < 0.05
    assert grid[middle].mean() > 0.5
    assert (grid[across > 0.77] == 0).all()
    assert grid[middle].mean() > 3 * grid[~middle].mean()


def test_the_map_of_kmeans_is_hard_and_of_fuzzy_c_means_soft() -> None:
    hard, soft = (membership(phantom(), extractor=extractor) for extractor in (KMEANS, FUZZY))
    assert set(np.unique(hard)) == {0.0, 1.0}
    assert ((soft > 0.1) & (soft < 0.9)).any() and soft.max() > 0.5


@BOTH
def test_the_map_keeps_the_shape_of_an_array_that_is_not_square(extractor: str) -> None:
    array = phantom(rows=256, columns=128)
    assert membership(array, extractor=extractor).shape == (64, 32)
    small = membership(array[:40, :48], extractor=extractor)
    assert small.shape == (40, 48)


@BOTH
def test_a_larger_array_has_nearly_the_same_features(extractor: str) -> None:
    small = measure(phantom(), extractor=extractor)
    large = measure(phantom(rows=512, columns=512), extractor=extractor)
    assert large["region_first_across"] == pytest.approx(small["region_first_across"], abs=0.05)
    assert large["region_first_share"] == pytest.approx(small["region_first_share"], rel=0.4)


@pytest.mark.parametrize("method", METHODS)
def test_the_membership_is_largest_where_the_regions_lie(method: str) -> None:
    image = make_phantom(2, laterality="L", view="CC", config=PhantomConfig(masses=1)).image
    breast = find_breast(image)
    cells = densest_membership(image, breast, method=method)  # type: ignore[arg-type]
    found = find_masses(image, breast, method=method)  # type: ignore[arg-type]
    assert cells.shape == found.mask.shape and cells.min() >= 0 and cells.max() <= 1
    # An opening takes cells away and adds none.
    assert cells[found.mask].min() > 0
    if method != "fuzzy_c_means":
        assert (cells[found.mask] == 1).all() and set(np.unique(cells)) <= {0, 1}


def test_an_extractor_that_segments_nothing_has_no_map() -> None:
    with pytest.raises(ValueError, match="segments nothing"):
        membership(disc(), extractor="texture@1")
    with pytest.raises(ValueError, match="no extractor"):
        membership(disc(), extractor="regions@0")
    with pytest.raises(ValueError, match="expected"):
        membership(disc()[:16], extractor=KMEANS)


def _method(extractor: str) -> region_features.Clustering:
    return "kmeans" if extractor == KMEANS else "fuzzy_c_means"
