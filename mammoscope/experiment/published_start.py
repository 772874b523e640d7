"""A published model as the start of a training: found by its name, and held against the config."""

from __future__ import annotations

from pathlib import Path

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.network import NetworkConfig
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.store import ModelStore
from mammoscope.types import DatasetError, ModelNotFoundError, Task

RANDOM, IMAGENET = "none", "imagenet"
WEIGHTS_ENDING = ".weights.h5"
# The least side that every family can be built at; a network is built for its title alone.
SMALLEST_SIDE = 32


def open_start(init: str | None, *, zoo: Path) -> PublishedModel | None:
    """The published model that `init` names; None where it names another start, or none.

    Args:
        init: of a config: None, "none", "imagenet", a `.weights.h5` file, a name or a
            `name@version`.
        zoo: folder of published models.

    Raises:
        ModelNotFoundError: it names nothing that a training can start from.
        ModelIntegrityError: the model's files are not those that its card names.
    """
    if init is None or init in (RANDOM, IMAGENET) or init.endswith(WEIGHTS_ENDING):
        return None
    try:
        return ModelStore(zoo).open(init)
    except ModelNotFoundError as error:
        raise ModelNotFoundError(
            f"training cannot start from {init!r}: {error}; or give imagenet, none or a "
            f"{WEIGHTS_ENDING} file"
        ) from error


def refuse_unfit(
    published: PublishedModel, *, model: str, preprocess: PreprocessConfig, task: Task
) -> None:
    """Sees that a network of the config can take over the published model's weights.

    The question may be another one, as long as it has as many classes: that is fine-tuning.

    Args:
        published: to start from.
        model: name in the classifier catalog.
        preprocess: of the config.
        task: of the data set.

    Raises:
        DatasetError: the architecture, the image size or the number of classes differs.
    """
    title = _title(model)
    theirs, ours = published.preprocess, preprocess
    for what, seen, expected, remedy in (
        (
            "architecture",
            published.card.get("architecture"),
            title,
            "give --model that architecture's name",
        ),
        (
            "image size",
            f"{theirs.rows} × {theirs.columns}",
            f"{ours.rows} × {ours.columns}",
            "leave --image-size out, or train from a model of that size",
        ),
        (
            "number of classes",
            len(published.classes),
            len(task.classes),
            "give --task a question with as many",
        ),
    ):
        if seen != expected:
            raise DatasetError(
                f"{published.reference} has the {what} {seen}, this run {expected}; {remedy}"
            )


def _title(model: str) -> str:
    """What people call the architecture."""
    config = NetworkConfig(
        input_shape=(SMALLEST_SIDE, SMALLEST_SIDE, 1), classes=("negative", "positive")
    )
    return CLASSIFIERS[model](config).title
