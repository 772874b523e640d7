"""Maps that are kept: equal to the bit when read, on the right film, and joined or refused."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.dataset import ABNORMAL, CANCER
from mammoscope.experiment.film_maps import FilmMaps, pack_geometry
from mammoscope.types import DatasetError, Geometry, Lesion, Record

GEOMETRY = Geometry(
    image_shape=(160, 80),
    prepared_shape=(80, 44),
    crop=(2, 3, 158, 79),
    mirrored=True,
    scale=(0.5, 0.51),
    padding=(1, 0),
)
RECORDS = {
    "a": Record("a", "B", "w", lesions=(Lesion(20, 40, 8, "CIRC B"),)),
    "b": Record("b", "NORM", "w"),
}


def kept(*paths: str, seed: int = 0, side: int = 4) -> FilmMaps:
    rng = np.random.default_rng(seed)
    count = len(paths)
    place, scale = pack_geometry(GEOMETRY)
    breast = np.zeros((count, 80, 44), dtype=bool)
    breast[:, 5:39, :20] = True
    return FilmMaps(
        path=np.array(paths),
        seed=np.full(count, seed, dtype=np.int64),
        grid=rng.normal(size=(count, 8, side)).astype(np.float32),
        breast=np.packbits(breast, axis=2),
        place=np.array([place] * count, dtype=np.int64),
        scale=np.array([scale] * count),
        threshold=np.full(count, np.nan),
        chosen_on=np.zeros(count, dtype=np.int64),
    )


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    maps = kept("a", "b")
    maps.write(tmp_path / "maps.npz")
    found = FilmMaps.read(tmp_path / "maps.npz")
    for field in fields(FilmMaps):
        one, other = getattr(maps, field.name), getattr(found, field.name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other, equal_nan=field.name == "threshold")
    assert found.geometry_of(1) == GEOMETRY
    assert found.breast_of(0).shape == (80, 44)
    assert found.breast_of(0).sum() == 34 * 20
    first = (tmp_path / "maps.npz").read_bytes()
    maps.write(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == first


def test_what_is_no_file_of_maps_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "maps.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(DatasetError, match="evaluate the run again"):
        FilmMaps.read(path)
    np.savez(path, grid=np.zeros(3))
    with pytest.raises(DatasetError, match="evaluate the run again"):
        FilmMaps.read(path)


def test_a_map_lies_on_its_film_and_the_cells_with_any_breast_count() -> None:
    ill, well = kept("a", "b", seed=5).films(RECORDS, ABNORMAL)
    assert (ill.name, ill.patient, ill.seed, ill.geometry) == ("a", "w", 5, GEOMETRY)
    assert ill.lesions == RECORDS["a"].lesions and well.lesions == ()
    assert ill.inside is not None
    # Rows of ten and columns of eleven pixels: 5 to 38 reaches the fourth, 0 to 19 the second.
    assert np.argwhere(ill.inside).max(axis=0).tolist() == [3, 1]
    assert ill.inside[:4, :2].all()


def test_a_benign_lesions_circle_is_none_where_cancer_is_asked_for() -> None:
    (film,) = kept("a").films(RECORDS, CANCER)
    assert film.lesions == ()


def test_a_film_without_a_breast_counts_wholly() -> None:
    maps = kept("a")
    (film,) = replace(maps, breast=np.zeros_like(maps.breast)).films(RECORDS, ABNORMAL)
    assert film.counted.all()


def test_folds_are_joined_and_maps_of_two_sizes_refused() -> None:
    joined = FilmMaps.join([kept("a"), kept("b", seed=1)])
    assert joined.path.tolist() == ["a", "b"] and joined.seed.tolist() == [0, 1]
    with pytest.raises(DatasetError, match="cannot be pooled"):
        FilmMaps.join([kept("a"), kept("b", side=2)])


def test_a_film_that_the_data_set_lacks_is_named() -> None:
    with pytest.raises(DatasetError, match="the film c,"):
        kept("a", "c").films(RECORDS, ABNORMAL)
