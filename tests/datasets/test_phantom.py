"""Phantoms are what they say they are: same seed same image, lesions where they are marked."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.datasets.phantom import (
    Phantom,
    PhantomConfig,
    make_phantom,
    make_records,
    render,
)
from mammoscope.types import DatasetError, Lesion

SMALL = PhantomConfig(rows=128, columns=96)
SEEDS = st.integers(0, 2**63)
SIDES: Any = st.sampled_from(["L", "R"])
VIEWS: Any = st.sampled_from(["CC", "MLO"])


def small(seed: int, laterality: Any = "L", view: Any = "CC", **changes: Any) -> Phantom:
    config = PhantomConfig(**{"rows": 128, "columns": 96, **changes})
    return make_phantom(seed, laterality=laterality, view=view, config=config)


def digest(phantom: Phantom) -> str:
    planes = phantom.pixels.tobytes() + phantom.mask.tobytes() + phantom.pectoral.tobytes()
    return hashlib.sha256(planes + repr(phantom.lesions).encode()).hexdigest()


def disc(lesion: Lesion, shape: tuple[int, ...]) -> np.ndarray:
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(x + 0.5 - lesion.x, y + 0.5 - lesion.y) <= lesion.radius


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, laterality=SIDES, view=VIEWS)
def test_one_seed_gives_one_image(seed, laterality, view):
    first = small(seed, laterality, view, masses=1, calcifications=1)
    second = small(seed, laterality, view, masses=1, calcifications=1)
    assert digest(first) == digest(second)


def test_other_seeds_sides_and_views_give_other_images():
    made = [small(s, side, v) for s in range(4) for side in ("L", "R") for v in ("CC", "MLO")]
    assert len({digest(phantom) for phantom in made}) == 16


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, laterality=SIDES, view=VIEWS, density=st.sampled_from([None, *"ABCD"]))
def test_pixels_are_float32_between_0_and_1_and_the_surround_is_black(
    seed, laterality, view, density
):
    phantom = small(seed, laterality, view, masses=1, density=density, label=False)
    assert phantom.pixels.dtype == np.float32
    assert phantom.pixels.shape == phantom.mask.shape == phantom.pectoral.shape == (128, 96)
    assert phantom.pixels.min() >= 0.0
    assert phantom.pixels.max() <= 1.0
    assert not phantom.pixels[~phantom.mask].any()
    assert phantom.pixels[phantom.mask].mean() > 0.1
    assert 0.1 < phantom.mask.mean() < 0.8


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, laterality=SIDES, view=VIEWS)
def test_lesions_lie_wholly_in_the_breast_and_not_before_the_muscle(seed, laterality, view):
    phantom = small(seed, laterality, view, masses=2, calcifications=1)
    assert [lesion.kind == "calcification cluster" for lesion in phantom.lesions] == [0, 0, 1]
    for lesion in phantom.lesions:
        inside = disc(lesion, phantom.mask.shape)
        assert inside.any()
        assert phantom.mask[inside].all()
        assert not phantom.pectoral[inside].any()


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, laterality=SIDES, view=VIEWS, masses=st.integers(0, 1))
def test_the_same_breast_without_lesions_differs_only_inside_the_circles(
    seed, laterality, view, masses
):
    config = {"rows": 320, "columns": 256}
    found = small(seed, laterality, view, masses=masses, calcifications=1, **config)
    clear = small(seed, laterality, view, **config)
    assert clear.lesions == ()
    assert np.array_equal(found.mask, clear.mask)
    change = found.pixels - clear.pixels
    marked = np.zeros(found.mask.shape, dtype=bool)
    for lesion in found.lesions:
        inside = disc(lesion, found.mask.shape)
        marked |= inside
        # A mass fills its circle; specks are few, but bright.
        assert change[inside].mean() > (0.005 if "cluster" in lesion.kind else 0.04)
        assert change[inside].max() > 0.1
    assert not change[~marked].any()


def test_contrast_scales_what_lesions_add():
    clear, faint, plain = (
        small(5, masses=masses, contrast=contrast, noise=0.0)
        for masses, contrast in ((0, 1.0), (1, 0.5), (1, 1.0))
    )
    half, whole = faint.pixels - clear.pixels, plain.pixels - clear.pixels
    assert np.allclose(2 * half, whole, atol=1e-5)


@pytest.mark.parametrize("view", ["CC", "MLO"])
@pytest.mark.parametrize("seed", range(5))
def test_sides_are_mirrored_but_not_copied(seed, view):
    left, right = (small(seed, side, view, label=False) for side in ("L", "R"))
    assert np.array_equal(left.mask, right.mask[:, ::-1])
    assert np.array_equal(left.pectoral, right.pectoral[:, ::-1])
    assert left.mask[:, 0].sum() > 40
    assert right.mask[:, -1].sum() > 40
    assert not left.mask[:, -1].any()
    assert not right.mask[:, 0].any()
    mirrored = right.pixels[:, ::-1]
    assert not np.array_equal(left.pixels, mirrored)
    assert np.corrcoef(left.pixels[left.mask], mirrored[left.mask])[0, 1] > 0.25


def test_a_lesion_keeps_its_kind_in_both_views():
    for seed in range(8):
        cc, mlo = (small(seed, "R", view, masses=1).lesions[0] for view in ("CC", "MLO"))
        assert cc.kind == mlo.kind


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, laterality=SIDES)
def test_only_mlo_shows_the_pectoral_muscle_bright_in_the_upper_corner(seed, laterality):
    assert not small(seed, laterality, "CC").pectoral.any()
    phantom = small(seed, laterality, "MLO", density="A")
    wall = 0 if laterality == "L" else -1
    assert phantom.pectoral[0, wall]
    assert not phantom.pectoral[-1].any()
    assert phantom.mask[phantom.pectoral].all()
    fat = phantom.mask & ~phantom.pectoral
    assert phantom.pixels[phantom.pectoral].mean() > 1.3 * phantom.pixels[fat].mean()


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, laterality=SIDES, view=VIEWS)
def test_the_label_is_bright_and_outside_the_breast(seed, laterality, view):
    phantom = small(seed, laterality, view)
    bare = small(seed, laterality, view, label=False)
    written = phantom.pixels != bare.pixels
    assert written.any()
    assert not (written & phantom.mask).any()
    assert phantom.pixels[written].max() > 0.3
    # Away from the chest wall: in the outer half of the image.
    columns = np.flatnonzero(written.any(axis=0))
    assert (columns >= 48).all() if laterality == "L" else (columns < 48).all()


def test_density_classes_order_the_brightness_of_the_gland():
    means = []
    for density in "ABCD":
        made = [small(seed, "L", "CC", density=density) for seed in range(6)]
        means.append(np.mean([phantom.pixels[phantom.mask].mean() for phantom in made]))
        assert {phantom.density for phantom in made} == {density}
    assert means == sorted(means)
    assert means[3] > 1.3 * means[0]


@pytest.mark.parametrize(("rows", "columns"), [(128, 96), (640, 512), (1024, 832), (64, 48)])
def test_every_size_shows_the_same_breast(rows, columns):
    config = PhantomConfig(rows=rows, columns=columns, masses=1, calcifications=1)
    phantom = make_phantom(3, laterality="R", view="MLO", config=config)
    usual = make_phantom(3, laterality="R", view="MLO", config=PhantomConfig())
    assert phantom.pixels.shape == (rows, columns)
    assert len(phantom.lesions) == 2
    assert phantom.mask.mean() == pytest.approx(usual.mask.mean(), abs=0.02)
    image = phantom.image
    assert (image.laterality, image.view, image.rows) == ("R", "MLO", rows)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rows": 32, "columns": 32},
        {"rows": 640, "columns": 100},
        {"density": "E"},
        {"masses": -1},
        {"calcifications": 9},
        {"contrast": 0.0},
        {"noise": 1.0},
    ],
)
def test_a_config_that_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(DatasetError, match="expected"):
        PhantomConfig(**wrong)


def test_records_are_abnormal_exactly_where_they_hold_lesions():
    records = make_records(12, seed=1, config=SMALL)
    assert len(records) == 48
    assert len({record.path for record in records}) == 48
    for record in records:
        assert (record.label == "abnormal") == bool(record.lesions)
        assert record.label in ("abnormal", "normal")
        assert record.attributes["density"] in "ABCD"
        assert record.path.startswith(record.patient + "/")


def test_half_of_the_women_have_exactly_one_abnormal_breast():
    records = make_records(12, seed=2, config=SMALL)
    women = {record.patient for record in records}
    abnormal = {record.breast for record in records if record.label == "abnormal"}
    assert women == {f"phantom-{number:04d}" for number in range(12)}
    assert len(abnormal) == 6
    assert len({breast.split("/")[0] for breast in abnormal}) == 6
    for breast in abnormal:  # both of its views say so
        assert {r.label for r in records if r.breast == breast} == {"abnormal"}


def test_a_longer_list_begins_with_the_shorter_and_another_seed_is_another_set():
    assert make_records(6, seed=4, config=SMALL)[:8] == make_records(2, seed=4, config=SMALL)
    assert make_records(6, seed=4, config=SMALL) != make_records(6, seed=5, config=SMALL)


def test_a_rendered_record_is_the_image_that_the_record_describes():
    for record in make_records(4, seed=6, config=SMALL):
        phantom = render(record.path, seed=6, config=SMALL)
        assert phantom.lesions == record.lesions
        assert (phantom.laterality, phantom.view) == (record.laterality, record.view)
        assert phantom.density == record.attributes["density"]
        assert digest(phantom) == digest(render(record.path, seed=6, config=SMALL))


@pytest.mark.parametrize("path", ["phantom-0007", "phantom-0007/L-LM", "../phantom-0007/L-MLO", ""])
def test_a_path_of_another_data_set_is_refused(path):
    with pytest.raises(DatasetError, match="phantom-0007/L-MLO"):
        render(path, seed=0, config=SMALL)


def test_no_records_of_no_women():
    with pytest.raises(DatasetError, match="at least 1"):
        make_records(0, seed=0)
