"""The search for masses: phantoms with a known mass, resolution, areas, and empty answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import Phantom, PhantomConfig, make_phantom
from mammoscope.images.masses import (
    METHODS,
    MassConfig,
    Method,
    SuspiciousRegions,
    find_masses,
    first_centers,
)
from mammoscope.images.pectoral import PectoralMuscle
from mammoscope.images.segment import BreastRegion, find_breast
from mammoscope.types import BreastImage

CLUSTERINGS: tuple[Method, ...] = ("kmeans", "fuzzy_c_means")


def phantom(seed: int, **values: object) -> Phantom:
    config = PhantomConfig(masses=1, density="B", **values)  # type: ignore[arg-type]
    return make_phantom(seed, laterality="L", view="CC", config=config)


def search(image: BreastImage, method: Method, **values: object) -> SuspiciousRegions:
    return find_masses(image, find_breast(image), method=method, **values)  # type: ignore[arg-type]


def whole(image: BreastImage) -> BreastRegion:
    """All of the image, as if it were breast."""
    mask = np.ones((min(image.rows, 64), min(image.columns, 64)), dtype=bool)
    box = (0, 0, image.rows, image.columns)
    return replace(find_breast(image), mask=mask, area=1.0, box=box)


def disc(rows: int, columns: int, *, x: float, y: float, radius: float) -> np.ndarray:
    """A bright disc on a gray ground that rises slowly, with a little noise; x, y, radius are
    shares of the width."""
    down, across = np.mgrid[0:rows, 0:columns]
    inside = np.hypot((across + 0.5) / columns - x, (down + 0.5) / rows - y) < radius
    noise = np.random.default_rng(1).normal(0, 0.01, (rows, columns))
    return np.clip(0.3 + 0.1 * across / columns + 0.3 * inside + noise, 0, 1).astype(np.float32)


@pytest.mark.parametrize("method", CLUSTERINGS)
def test_most_phantoms_masses_are_among_the_regions(method: Method) -> None:
    hits = 0
    for seed in range(10):
        view = phantom(seed)
        (lesion,) = view.lesions
        hits += any(
            np.hypot(region.centroid[0] - lesion.x, region.centroid[1] - lesion.y) <= lesion.radius
            for region in search(view.image, method).regions
        )
    assert hits >= 8


@pytest.mark.parametrize("method", CLUSTERINGS)
def test_a_disc_is_found_with_its_place_and_area(method: Method) -> None:
    image = BreastImage(disc(400, 400, x=0.6, y=0.3, radius=0.08))
    found = find_masses(image, whole(image), method=method)
    first = found.regions[0]
    assert first.centroid == pytest.approx((240, 120), abs=3)
    assert first.area_px == pytest.approx(np.pi * 32**2, rel=0.15)
    assert first.box == pytest.approx((88, 208, 152, 272), abs=6)
    assert first.compactness > 0.8 and first.score == first.contrast * first.compactness
    assert found.area_px == pytest.approx(sum(region.area_px for region in found.regions))
    assert found.area_mm2 is None and first.area_mm2 is None


def test_regions_come_in_order_of_their_score_and_their_cells_are_the_mask() -> None:
    found = search(phantom(3).image, "fuzzy_c_means")
    scores = [region.score for region in found.regions]
    assert len(scores) > 1 and scores == sorted(scores, reverse=True) and scores[-1] > 0
    assert np.array_equal(found.mask, found.labels > 0)
    assert [region.label for region in found.regions] == list(range(1, len(scores) + 1))
    cells = np.bincount(found.labels.ravel())[1:]
    areas = np.array([region.area_px for region in found.regions])
    assert np.allclose(areas / areas[0], cells / cells[0])


def test_areas_are_in_square_millimetres_where_the_spacing_is_known() -> None:
    plain = phantom(1).image
    known = search(replace(plain, spacing_mm=(0.3, 0.2)), "kmeans")
    unknown = search(plain, "kmeans")
    assert known.area_px == unknown.area_px > 0
    assert known.area_mm2 == pytest.approx(known.area_px * 0.06)
    assert known.regions[0].area_mm2 == pytest.approx(known.regions[0].area_px * 0.06)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_same_regions_are_found_at_another_resolution(factor: float) -> None:
    pixels = disc(400, 400, x=0.6, y=0.3, radius=0.08)
    resized = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    image = BreastImage(np.asarray(resized, dtype=np.float32))
    first = find_masses(image, whole(image), method="fuzzy_c_means").regions[0]
    assert np.array(first.centroid) / factor == pytest.approx((240, 120), abs=4)
    assert first.area_px / factor**2 == pytest.approx(np.pi * 32**2, rel=0.2)


def test_a_disc_behind_oblong_pixels_is_as_round_as_it_was() -> None:
    # Every second row: pixels are twice as high as wide.
    pixels = disc(400, 400, x=0.6, y=0.3, radius=0.08)[::2].copy()
    image = BreastImage(pixels, pixel_aspect=2.0)
    found = find_masses(image, whole(image), method="kmeans")
    first = found.regions[0]
    assert first.centroid == pytest.approx((240, 60), abs=3)
    assert first.area_px == pytest.approx(np.pi * 32**2 / 2, rel=0.15)
    assert first.compactness > 0.8 and found.mask.shape[0] == found.mask.shape[1]


def test_what_lies_in_the_pectoral_muscle_is_left_out() -> None:
    image = BreastImage(disc(400, 400, x=0.6, y=0.3, radius=0.08))
    breast = whole(image)
    mask = np.zeros_like(breast.mask)
    mask[: round(0.45 * len(mask))] = True
    corners = np.array([[0.0, 0.0], [400.0, 0.0], [400.0, 180.0], [0.0, 180.0]])
    muscle = PectoralMuscle(mask=mask, polygon=corners, quality=1.0)
    found = find_masses(image, breast, method="kmeans", pectoral=muscle)
    assert all(region.box[0] >= 175 for region in found.regions)


@pytest.mark.parametrize("method", METHODS)
def test_threads_and_runs_agree(method: Method) -> None:
    image = phantom(5).image
    breast = find_breast(image)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(find_masses, image, breast, method=method) for _ in range(8)]
        found = [job.result() for job in jobs]
    assert all(one.regions == found[0].regions for one in found)
    assert all(np.array_equal(one.labels, found[0].labels) for one in found)


def test_otsu_finds_a_disc_on_an_even_ground() -> None:
    pixels = disc(400, 400, x=0.6, y=0.3, radius=0.08)
    image = BreastImage(np.where(pixels > 0.55, pixels, np.float32(0.3)))
    (region,) = find_masses(image, whole(image), method="otsu").regions
    assert region.area_px == pytest.approx(np.pi * 32**2, rel=0.1)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_blank_image_and_a_constant_breast_have_no_regions(method: Method, level: float) -> None:
    image = BreastImage(np.full((300, 200), level, dtype=np.float32))
    assert search(image, method).regions == ()
    found = find_masses(image, whole(image), method=method)
    assert found.regions == () and found.area_px == 0.0 and not found.mask.any()


@pytest.mark.parametrize("method", METHODS)
def test_a_breast_of_one_pixel_has_no_regions(method: Method) -> None:
    image = BreastImage(np.random.default_rng(0).random((120, 90), dtype=np.float32))
    breast = find_breast(image)
    mask = np.zeros((120, 90), dtype=bool)
    mask[60, 40] = True
    found = find_masses(image, replace(breast, mask=mask, area=1 / mask.size), method=method)
    assert found.regions == () and found.area_mm2 is None
    one = BreastImage(np.full((1, 1), 0.5, dtype=np.float32))
    assert find_masses(one, whole(one), method=method).regions == ()


@pytest.mark.parametrize("method", METHODS)
def test_fewer_values_than_clusters_are_as_many_clusters(method: Method) -> None:
    pixels = np.full((200, 200), 0.2, dtype=np.float32)
    pixels[90:110, 90:110] = 0.8
    image = BreastImage(pixels)
    config = MassConfig(clusters=64, texture=0.0)
    found = find_masses(image, whole(image), method=method, config=config)
    assert all(0.0 < region.contrast <= 1.0 for region in found.regions)


def test_a_colour_image_is_read_as_its_mean() -> None:
    gray = phantom(2).image
    colour = BreastImage(np.repeat(gray.pixels[:, :, np.newaxis], 3, axis=2))
    breast = find_breast(gray)
    ours, theirs = (find_masses(one, breast, method="kmeans") for one in (gray, colour))
    assert len(ours.regions) == len(theirs.regions) > 0
    assert theirs.area_px == pytest.approx(ours.area_px, rel=0.05)


def test_histology_and_senseless_values_are_refused() -> None:
    image = BreastImage(np.zeros((96, 96, 3), dtype=np.float32), modality="histology")
    with pytest.raises(ValueError, match="this image is histology"):
        search(image, "kmeans")
    for values in ({"clusters": 1}, {"texture": -1.0}, {"fuzzifier": 1.0}):
        with pytest.raises(ValueError, match="expected 2 to 64"):
            MassConfig(**values)  # type: ignore[arg-type]


def test_first_centres_are_distinct_also_where_one_value_fills_most_of_the_breast() -> None:
    points = np.arange(6.0)[:, np.newaxis]
    counts = np.array([1, 1, 1, 1, 1, 1000])
    for clusters in range(1, 7):
        centers = first_centers(points, counts, clusters)
        assert len(np.unique(centers)) == clusters
    even = first_centers(np.arange(100.0)[:, np.newaxis], np.ones(100, dtype=np.intp), 4)
    assert even[:, 0] == pytest.approx([12, 37, 62, 87], abs=1)
