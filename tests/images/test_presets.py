"""The named presets from end to end: channels, range, and nothing outside the breast."""

from __future__ import annotations

import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.color import gray_to_viridis
from mammoscope.images.pectoral import find_pectoral
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.presets import PRESETS
from mammoscope.images.segment import find_breast
from mammoscope.images.stain import REFERENCE_STAINS, WHITE
from mammoscope.types import BreastImage, FloatArray, Laterality, MammoscopeError

PHANTOM = PhantomConfig(rows=400, columns=320)
MAMMOGRAM_PRESETS = sorted(set(PRESETS) - {"histology"})


def phantom(laterality: Laterality = "L") -> BreastImage:
    return make_phantom(2, laterality=laterality, view="MLO", config=PHANTOM).image


def stained(rows: int, columns: int) -> BreastImage:
    """Nuclei in fibres, a third of it glass."""
    rng = np.random.default_rng(5)
    amounts = np.stack([rng.random((rows, columns)) < 0.3, rng.random((rows, columns)) < 0.7], 2)
    density = (amounts * [1.2, 1.0]) @ (REFERENCE_STAINS * [1.0, 0.8, 1.2])
    pixels = np.clip((WHITE * np.exp(-density) - 1.0) / 255.0, 0.0, 1.0)
    pixels[:, : columns // 3] = 0.95
    return BreastImage(pixels.astype(np.float32), modality="histology")


def walked(image: BreastImage, config: PreprocessConfig) -> dict[str, FloatArray]:
    """Each stage's array by its name, the last one "result"."""
    seen: dict[str, FloatArray] = {}
    result = prepare(image, config, watch=lambda step, array: seen.update({step: array.copy()}))
    return {**seen, "result": result.array}


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_is_read_back_as_it_was_written(name: str) -> None:
    config = PRESETS[name]
    assert PreprocessConfig.from_json(config.to_json()) == config


def test_the_plain_preset_is_what_every_model_had_before_there_were_presets() -> None:
    assert PRESETS["plain"] == PreprocessConfig()


@pytest.mark.parametrize("laterality", ["L", "R"])
@pytest.mark.parametrize("name", MAMMOGRAM_PRESETS)
def test_a_preset_gives_its_channels_and_black_outside_the_breast(
    name: str, laterality: Laterality
) -> None:
    config = PRESETS[name]
    stages = walked(phantom(laterality), config)
    array = stages["result"]
    assert array.shape == (config.rows, config.columns, config.channels)
    assert array.dtype == np.float32 and np.isfinite(array).all()
    assert array.min() >= 0.0 and array.max() <= 1.0
    # Viridis of 0 is no black: what is black in all channels is the outside alone.
    outside = ~array.any(axis=2)
    assert 0.2 < outside.mean() < 0.8
    assert not stages["normalized"][outside].any()
    assert not array[:, -1].any()  # the chest wall is left, so that the last column is air


def test_the_paper_s_preset_enhances_contrast_removes_the_muscle_and_colours() -> None:
    image = phantom()
    stages = walked(image, PRESETS["paper"])
    assert list(stages) == ["normalized", "clahe", "viridis", "result"]
    kept = stages["result"].any(axis=2)
    assert np.array_equal(stages["result"][kept], gray_to_viridis(stages["clahe"])[kept])
    assert stages["clahe"][kept].std() > stages["normalized"][kept].std()
    muscle = find_pectoral(image, find_breast(image))
    assert muscle is not None
    prepared = prepare(image, PRESETS["paper"])
    rows, columns = np.nonzero(muscle.mask)
    cell = np.array([image.columns / muscle.mask.shape[1], image.rows / muscle.mask.shape[0]])
    points = prepared.geometry.forward((np.stack([columns, rows], axis=1) + 0.5) * cell)
    x, y = np.floor(points).astype(int).T
    shown = prepared.array[y.clip(0, 255), x.clip(0, 255)].any(axis=1)
    assert shown.mean() < 0.05  # but for its edge


def test_the_three_windows_show_the_same_breast() -> None:
    stages = walked(phantom(), PRESETS["three-window"])
    array, plane = stages["result"], stages["normalized"]
    assert np.allclose((array[:, :, 0] + array[:, :, 2]) / 2, plane, atol=1e-6)


@pytest.mark.parametrize("shape", [(96, 96), (200, 96), (96, 300)])
def test_the_histology_preset_keeps_colours_glass_and_black_padding(
    shape: tuple[int, int],
) -> None:
    image = stained(*shape)
    array = prepare(image, PRESETS["histology"]).array
    assert array.shape == (96, 96, 3)
    assert array.min() >= 0.0 and array.max() <= 1.0
    covered = array.any(axis=2)
    assert covered.mean() == pytest.approx(min(shape) / max(shape), abs=0.02)
    rows, columns = np.nonzero(covered)
    picture = array[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    width = picture.shape[1]
    assert picture[:, : width // 3 - 2].min() > 0.9  # glass stays white
    tissue = picture[:, width // 3 + 2 :]
    assert np.ptp(tissue.mean(axis=(0, 1))) > 0.05  # and tissue has a colour
    assert tissue[:, :, 1].mean() < tissue[:, :, 0].mean()  # that of haematoxylin and eosin


def test_histology_is_not_mirrored_and_not_searched_for_a_breast() -> None:
    geometry = prepare(stained(96, 96), PRESETS["histology"]).geometry
    assert geometry.crop == (0, 0, 96, 96) and not geometry.mirrored


def test_a_mammogram_has_no_stains_to_normalise() -> None:
    with pytest.raises(MammoscopeError, match=r"reinhard.*gray mammogram"):
        prepare(phantom(), PRESETS["histology"])
