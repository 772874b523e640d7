"""A label that something beside the picture gives away is told: 20 variants of each way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.audit_looks import Look
from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.experiment.audit_shortcuts import find_shortcuts
from tests.datasets.planted import VARIANTS

WOMEN = 60
IMAGES = 2 * WOMEN
NOTHING = np.zeros((0, 2), dtype=np.float32)


class Planted:
    """Two images a woman, of which nothing tells the label until something is planted."""

    def __init__(self, variant: int, folder: Path) -> None:
        # Not the audit's own seed, by which it deals women into groups: labels would be groups.
        self.rng = np.random.default_rng(100 + variant)
        self.positive = np.repeat(self.rng.permutation(np.arange(WOMEN) % 3 == 0), 2)
        # From the plainest to the faintest hint that 60 women can show.
        self.push = np.linspace(3.0, 1.2, VARIANTS)[variant]
        self.folder = folder
        self.paths = [f"{number:04d}.png" for number in self.rng.permutation(IMAGES)]
        self.sizes = self.rng.integers(900, 1100, IMAGES)
        self.headers: dict[str, list[str]] = {}
        self.looks = [
            Look(
                digest=str(number),
                rows=int(rows),
                columns=512,
                brightness=float(brightness),
                format=str(form),
                bits=8,
                size=(8, 8),
                points=NOTHING,
                descriptors=np.zeros((0, 128), dtype=np.uint8),
            )
            for number, rows, brightness, form in zip(
                range(IMAGES),
                self.rng.integers(600, 700, IMAGES),
                self.rng.normal(0.3, 0.05, IMAGES),
                self.rng.choice(["png", "jpeg"], IMAGES),
                strict=True,
            )
        ]

    def values(self) -> np.ndarray:
        """(N,) noise that the label moves by so many standard deviations."""
        return self.rng.normal(0.0, 1.0, IMAGES) + self.push * self.positive

    def words(self, one: str, other: str) -> list[str]:
        """(N,) words of which the label likes one."""
        share = 0.1 + 0.25 * self.push * self.positive
        return np.where(self.rng.random(IMAGES) < share, one, other).tolist()

    def fields(self) -> dict[str, dict]:
        files = []
        for number, size in enumerate(self.sizes):
            files.append(self.folder / f"{number}.bin")
            files[-1].write_bytes(bytes(int(size)))
        rows = AuditRows(
            name="made",
            parts=("train", "test"),
            part=np.arange(IMAGES) // 2 % 2,
            paths=self.paths,
            keys={"same patient": [f"w{number // 2}" for number in range(IMAGES)]},
            positive=self.positive,
            file=lambda row: files[row],
        )
        found = find_shortcuts(rows, self.looks, headers=self.headers)
        assert found is not None
        return {field["field"]: field for field in found}


def plant_order(planted: Planted) -> None:
    rank = np.argsort(np.argsort(planted.values()))
    planted.paths = [f"{number:04d}.png" for number in rank]


def plant_file_size(planted: Planted) -> None:
    planted.sizes = (1000 + 50 * planted.values()).astype(int)


def plant_image_size(planted: Planted) -> None:
    rows = (650 + 30 * planted.values()).astype(int)
    planted.looks = [
        replace(look, rows=int(one)) for look, one in zip(planted.looks, rows, strict=True)
    ]


def plant_brightness(planted: Planted) -> None:
    values = 0.3 + 0.05 * planted.values()
    planted.looks = [
        replace(look, brightness=float(one))
        for look, one in zip(planted.looks, values, strict=True)
    ]


def plant_format(planted: Planted) -> None:
    words = planted.words("dicom", "png")
    planted.looks = [
        replace(look, format=one) for look, one in zip(planted.looks, words, strict=True)
    ]


def plant_number_in_header(planted: Planted) -> None:
    planted.headers["KVP"] = [f"{30 + value:.3f}" for value in planted.values()]


def plant_word_in_header(planted: Planted) -> None:
    planted.headers["Manufacturer"] = planted.words("A", "B")


PLANTS: dict[str, Callable[[Planted], None]] = {
    "order of the names": plant_order,
    "file size": plant_file_size,
    "rows": plant_image_size,
    "brightness": plant_brightness,
    "format": plant_format,
    "KVP": plant_number_in_header,
    "Manufacturer": plant_word_in_header,
}


@pytest.mark.parametrize("field", PLANTS)
def test_every_variant_of_a_planted_shortcut_is_told(field: str, tmp_path: Path) -> None:
    missed = []
    for variant in range(VARIANTS):
        planted = Planted(variant, tmp_path)
        PLANTS[field](planted)
        if not planted.fields()[field]["hint"]:
            missed.append(variant)
    assert missed == []


def test_where_nothing_was_planted_hints_are_as_rare_as_chance(tmp_path: Path) -> None:
    """A 95 % interval leaves one of twenty outside; of some 120 fields more than 15 is odd."""
    honest = [field for v in range(VARIANTS) for field in Planted(v, tmp_path).fields().values()]
    assert len(honest) >= 5 * VARIANTS
    assert sum(field["hint"] for field in honest) <= 15
