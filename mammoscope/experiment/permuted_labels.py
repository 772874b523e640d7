"""Training on labels that mean nothing, for the check of maps; such a run is marked for good."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.data import PartData
from mammoscope.experiment.resampling import number_patients

ENDING = "-permuted-labels"
_NOTE = (
    "labels of the training women were permuted on purpose, to check the maps; the epoch is the "
    "one that fits these labels best, and what the history calls validation is how well it does; "
    "no figure says anything of a model"
)
_Label = TypeVar("_Label", bound=np.generic)


def permute_labels(
    labels: NDArray[_Label], patients: Sequence[Hashable], *, seed: int
) -> NDArray[_Label]:
    """The same labels (N,) on other patients, for the check of a network that learnt nothing true.

    Adebayo et al. 2018 (Sanity Checks for Saliency Maps): train a network of the same
    architecture on these, until it fits them, and hold its maps against those of the real one by
    `compare_maps`. Maps that stay alike show the image, and not what was learnt. A patient's
    labels go together to another one, as far as both have as many images.

    Args:
        labels: of N images.
        patients: (N,) whose each image is.
        seed: of the permutation.

    Raises:
        ValueError: a class is absent, so that nothing can change, or another number of patients.
    """
    if len(labels) != len(patients):
        raise ValueError(f"{len(labels)} labels of {len(patients)} patients; expected as many")
    if len(np.unique(labels)) < 2:
        raise ValueError("labels of one class cannot be permuted; expected both")
    owner = number_patients(patients)
    images = [np.flatnonzero(owner == number) for number in range(int(owner.max()) + 1)]
    shuffled = np.random.default_rng(seed).permutation(len(images))
    permuted = np.empty_like(labels)
    # From each in turn, in both orders: of unlike patients the images of one may serve two.
    taken = np.concatenate([images[number] for number in shuffled])
    permuted[np.concatenate(images)] = labels[taken]
    return permuted


def permute_part(part: PartData, *, seed: int) -> PartData:
    """The same images with labels of other women."""
    patients = [record.patient for record in part.records]
    return replace(part, y=permute_labels(part.y, patients, seed=seed))


def mark_permuted(described: Mapping[str, Any]) -> dict[str, Any]:
    """What a run notes of its data set, marked: never published, never beside an honest run."""
    return {
        **described,
        "name": described["name"] + ENDING,
        "notes": [*described["notes"], _NOTE],
    }


def is_permuted(dataset_name: str) -> bool:
    """Whether a run that names its data set so learnt from permuted labels."""
    return dataset_name.endswith(ENDING)
