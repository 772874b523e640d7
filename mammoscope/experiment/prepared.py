"""Prepared arrays on disk: an image is prepared once, and memory holds a batch of them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import asdict
from functools import cache
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

import numpy as np

import mammoscope.images
from mammoscope.datasets.dataset import Dataset
from mammoscope.images.model_input import model_input
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.quality import check
from mammoscope.images.segment import find_breast
from mammoscope.ledger.durable import write_file
from mammoscope.types import FloatArray, Record

Say = Callable[[str], None]
# How many images the pool is given at a time: enough for every core, few enough to be forgotten.
_CHUNK = 256
# Distributions whose version may change a pixel.
DECODING = (
    "PyWavelets",
    "imagecodecs",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pydicom",
    "scikit-image",
    "scipy",
)
_KEPT, _REFUSED = ".npy", ".refused.npy"


class PreparedImages:
    """A sequence of what a model eats, that lives on disk.

    `images[3]` is float32 (H, W, C), `images[2:5]` and `images[indices]` are (N, H, W, C); where
    the config has an extractor, (F,) and (N, F).
    A file of the cache is named by a digest of all that its array depends on, so that one is
    never read for an image, a config or a preparing code that it was not made for. No name of a
    patient or of an image stands in it. The folder may be deleted at any time.

    Attributes:
        refused: how many images the quality gate would not let a model judge.
    """

    def __init__(
        self,
        dataset: Dataset,
        records: Sequence[Record],
        config: PreprocessConfig,
        cache: Path,
        *,
        say: Say = lambda line: None,
    ) -> None:
        """Prepares what is not in the cache yet.

        Args:
            dataset: holds the images.
            records: which of them.
            config: as it is published with the model.
            cache: folder that may be shared by runs, also at the same time.
            say: told of progress, a line at a time.

        Raises:
            DecodeError: an image cannot be read; none is skipped.
        """
        self._dataset, self._records, self._config = dataset, records, config
        self._folder = cache / _digest(json.dumps(asdict(config)), _code_digest())
        self._files: list[str] = []
        for chunk in self._fill():
            self._files += chunk
            if len(self._files) % (8 * _CHUNK) == 0:
                say(f"{len(self._files)} of {len(records)} images prepared")
        self.refused = sum(file.endswith(_REFUSED) for file in self._files)

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, index: Any) -> FloatArray:
        if isinstance(index, int | np.integer):
            return self._read(int(index))
        chosen = range(len(self))[index] if isinstance(index, slice) else index
        return np.stack([self._read(int(one)) for one in chosen])

    def take(self, indices: Sequence[int]) -> PreparedImages:
        """The images of these indices."""
        taken = copy(self)
        taken._records = [self._records[index] for index in indices]
        taken._files = [self._files[index] for index in indices]
        taken.refused = sum(file.endswith(_REFUSED) for file in taken._files)
        return taken

    def _read(self, index: int) -> FloatArray:
        file = self._folder / self._files[index]
        try:
            return np.asarray(np.load(file), dtype=np.float32)
        except (FileNotFoundError, ValueError, EOFError):
            # Deleted or damaged since: made anew from the image.
            file.unlink(missing_ok=True)
            return np.asarray(np.load(self._folder / self._make(self._records[index])))

    def _fill(self) -> Iterator[list[str]]:
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for at in range(0, len(self._records), _CHUNK):
                yield list(pool.map(self._make, self._records[at : at + _CHUNK]))

    def _make(self, record: Record) -> str:
        """Name of the record's file in the folder; written if it is not there."""
        dataset = self._dataset
        digest = _digest(dataset.name, dataset.task.modality, dataset.stamp(record))
        stem = f"{digest[:2]}/{digest}"
        for ending in (_KEPT, _REFUSED):
            if (self._folder / (stem + ending)).is_file():
                return stem + ending
        array, refused = prepare_record(dataset, record, self._config)
        name = stem + (_REFUSED if refused else _KEPT)
        write_file(self._folder / name, lambda aside: np.save(aside, array))
        return name


def prepare_record(
    dataset: Dataset, record: Record, config: PreprocessConfig
) -> tuple[FloatArray, bool]:
    """What a model eats of an image, and whether the gate would not let a model judge it."""
    image = dataset.load(record)
    breast = find_breast(image)
    refused = check(image, breast, modality=dataset.task.modality).reason is not None
    array = prepare(image, config, breast=breast).array
    return model_input(array, config), refused


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_installed(name: str) -> bool:
    return next(iter(distributions(name=name)), None) is not None


@cache
def _code_digest() -> str:
    """Of the code that prepares: with other code the same image may give another array.

    The gate's coefficients are data beside it: they decide whom a file's name calls refused.
    """
    room = Path(next(iter(mammoscope.images.__path__)))
    files = sorted(path for ending in ("*.py", "*.json") for path in room.glob(ending))
    libraries = [f"{name} {version(name)}" for name in DECODING if _is_installed(name)]
    return _digest(*(file.read_text(encoding="utf-8") for file in files), *libraries)
