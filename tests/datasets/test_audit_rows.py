"""What keys and digests show: women, breasts, lesions and pixels in two parts, and no more."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mammoscope.datasets.audit_looks import look_at
from mammoscope.datasets.audit_names import film_of, mias_keys, parent_keys, parent_of
from mammoscope.datasets.audit_rows import AuditRows, identical_pixels, shared_keys
from mammoscope.images.decode import decode
from mammoscope.types import DatasetError
from tests.datasets.planted import VARIANTS, woman


def rows(keys: list[str], part: list[int], mechanism: str = "same patient") -> AuditRows:
    return AuditRows(
        name="made",
        parts=("train", "validation", "test"),
        part=np.array(part),
        paths=[f"{number}.png" for number in range(len(keys))],
        keys={mechanism: keys},
    )


@pytest.mark.parametrize("mechanism", ["same patient", "same breast", "same image", "same lesion"])
def test_twenty_keys_in_two_parts_are_twenty_and_their_first_rows_are_named(
    mechanism: str,
) -> None:
    shared = [f"p{number}" for number in range(VARIANTS)]
    keys = [*shared, "alone", *shared, "other", ""]
    part = [0] * (VARIANTS + 1) + [2] * VARIANTS + [1, 1]
    found = shared_keys(rows(keys, part, mechanism), mechanism)
    assert found.count == VARIANTS
    assert {(pair.first, pair.second) for pair in found.pairs} == {
        (number, VARIANTS + 1 + number) for number in range(VARIANTS)
    }
    assert all(pair.mechanism == mechanism for pair in found.pairs)


def test_what_is_not_known_and_what_stays_in_one_part_is_shared_by_none() -> None:
    found = shared_keys(rows(["", "", "", "a", "a"], [0, 1, 2, 1, 1]), "same patient")
    assert (found.count, found.pairs) == (0, ())


def test_a_woman_in_three_parts_counts_once_and_has_a_pair_for_each_two() -> None:
    found = shared_keys(rows(["a", "b", "a", "a", "a"], [2, 0, 1, 0, 0]), "same patient")
    assert found.count == 1
    assert [(pair.first, pair.second) for pair in found.pairs] == [(3, 2), (3, 0), (2, 0)]
    assert "2 and 1 rows" in found.pairs[0].evidence


def test_a_part_without_rows_is_refused() -> None:
    with pytest.raises(DatasetError, match="none empty"):
        rows(["a", "b"], [0, 0])


def test_the_same_pixels_have_one_digest_in_every_format() -> None:
    formats = [".png", ".pgm", ".tif"]
    digests, part = [], []
    for seed in range(VARIANTS):
        levels = np.rint(woman(seed).pixels * 255).astype(np.uint8)
        first = cv2.imencode(".png", levels)[1].tobytes()
        wide = levels.astype(np.uint16) * 257 if seed % 2 else levels
        second = cv2.imencode(formats[seed % 3], wide)[1].tobytes()
        digests += [look_at(decode(data)).digest for data in (first, second)]
        part += [0, 2]
    keys = [""] * (2 * VARIANTS + 1)
    found = identical_pixels(rows(keys, [*part, 1]), [*digests, ""])
    assert found.count == VARIANTS
    assert [(p.first, p.second) for p in found.pairs] == [(2 * n, 2 * n + 1) for n in range(20)]


def test_a_films_name_tells_its_woman_and_breast() -> None:
    assert film_of("a/MDB012_crop.png") == 12 and film_of("mdb0123.png") is None
    assert mias_keys(["mdb001.pgm", "x/mdb002.png", "mdb003"]) == (
        ["mias-001", "mias-001", "mias-002"],
        ["mias-001/R", "mias-001/L", "mias-002/R"],
    )
    assert mias_keys(["mdb001.pgm", "other.pgm"]) is None and mias_keys([]) is None


@pytest.mark.parametrize(
    ("path", "parent"),
    [
        ("a/x_aug3.png", "a/x"),
        ("a/x-rot90.jpg", "a/x"),
        ("x_flip_lr.png", "x"),
        ("x (1).png", "x"),
        ("a/x.png#copy-2", "a/x"),
        ("phantom-0001/L-CC#copy-1", "phantom-0001/L-CC"),
        ("a/x.png", None),
        ("a/L-CC", None),
        ("5_1633417959.jpg", None),
    ],
)
def test_a_name_tells_of_what_it_is_a_copy(path: str, parent: str | None) -> None:
    assert parent_of(path) == parent


def test_a_copy_and_its_parent_share_a_key_and_others_have_none() -> None:
    paths = ["a/x.png", "a/x_aug1.png", "b/x.png", "a/y.png"]
    assert parent_keys(paths) == ["a/x", "a/x", "", ""]
