"""Repeats a known mistake on purpose: images are copied and changed, and then split by image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.augment import AugmentConfig, apply, draw
from mammoscope.types import BreastImage, DatasetError, Record

ENDING = "-leaked"
_COPY = "#copy-"
# What papers name that augment before they split: small turns, flips and brightness. The outline
# of the breast stays whole, so that a copy is as plainly its parent's as theirs are.
_CHANGES = AugmentConfig(rotation_degrees=8.0, zoom=0.0, aspect=0.0, shift=0.0, gamma=0.25)


def repeat_leak(dataset: Dataset, *, copies: int, seed: int) -> Dataset:
    """The data set with changed copies of each image, every one of them a "patient" of its own.

    A split of it puts copies of one image, and the images of one woman, on both sides: figures
    measured so say how well a model knows an image again. Nothing of it may be published.

    Args:
        dataset: to spoil.
        copies: of each image.
        seed: of their changes, which depend on it, on the image's place and on the copy's number.

    Raises:
        DatasetError: no copy, or a data set that is spoilt already.
    """
    if copies < 1 or is_leaked(dataset.name):
        raise DatasetError(
            f"{copies} copies of the images of {dataset.name}; expected at least 1, of a data set "
            "that holds none"
        )
    # Path → whose copy, the place of that one, and which copy: 0 = the image itself.
    origins = {
        _path(record, copy): (record, index, copy)
        for index, record in enumerate(dataset.records)
        for copy in range(copies + 1)
    }

    def load(record: Record) -> BreastImage:
        parent, index, copy = origins[record.path]
        image = dataset.load(parent)
        return _change(image, seed=seed, index=index, copy=copy) if copy else image

    def stamp(record: Record) -> str:
        parent, _, copy = origins[record.path]
        return f"{dataset.stamp(parent)} copy {copy}, seed {seed}, {_CHANGES}"

    return replace(
        dataset,
        name=dataset.name + ENDING,
        records=tuple(_alone(record, copy) for record, _, copy in origins.values()),
        load=load,
        stamp=stamp,
        # Parts that were given would keep patients apart.
        given_parts=False,
        notes=(
            *dataset.notes,
            f"a leak was repeated here on purpose: augmented copies of each image ({copies}) were "
            "made and all images split as if each were another woman's; no figure may be believed",
        ),
    )


def is_leaked(dataset_name: str) -> bool:
    """Whether a data set of that name is one that `repeat_leak` spoilt."""
    return dataset_name.endswith(ENDING)


def _alone(record: Record, copy: int) -> Record:
    """An image, or a copy of it, as if it were all there is of a woman."""
    path = _path(record, copy)
    # The marks of a copy would have to be turned with it, and nothing here points at a lesion.
    return replace(record, path=path, patient=path, lesions=() if copy else record.lesions)


def _path(record: Record, copy: int) -> str:
    return f"{record.path}{_COPY}{copy}" if copy else record.path


def _change(image: BreastImage, *, seed: int, index: int, copy: int) -> BreastImage:
    parameters = draw(_CHANGES, np.random.default_rng((seed, index, copy)))
    pixels = image.pixels if image.is_color else image.pixels[..., np.newaxis]
    changed = apply(np.asarray(pixels, dtype=np.float32), parameters)
    return replace(image, pixels=changed if image.is_color else changed[..., 0])
