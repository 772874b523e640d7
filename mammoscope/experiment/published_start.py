"""A published model as the start of a training: found by its name, and held against the config."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from mammoscope.experiment.limits import is_trained_on, learnt_from
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.store import ModelStore
from mammoscope.types import DatasetError, ModelNotFoundError, Task

RANDOM, IMAGENET = "none", "imagenet"
WEIGHTS_ENDING = ".weights.h5"


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
    published: PublishedModel,
    *,
    title: str,
    preprocess: PreprocessConfig,
    task: Task,
    dataset: str,
    split_digest: str,
) -> None:
    """Sees that a run of the config can go on from the published model's weights.

    The question may be another one, as long as it has as many classes: that is fine-tuning. So may
    the size of the image; where weights hang on it, they are found not to fit when they are read.

    Args:
        published: to start from.
        title: of the run's architecture.
        preprocess: of the config.
        task: of the data set.
        dataset: its name in the catalog.
        split_digest: of the run's split.

    Raises:
        DatasetError: architecture, preparation or number of classes differ, or the model learnt
            from this data set by another split.
    """
    if len(published.stages) > 1:
        raise DatasetError(
            f"{published.reference} is published in {len(published.stages)} stages; expected a "
            "single network to start from; give --init none or another model"
        )
    theirs, ours = _differing(published.preprocess, preprocess)
    for what, seen, expected, remedy in (
        (
            "architecture",
            published.card.get("architecture"),
            title,
            "give --model that architecture's name",
        ),
        (
            "number of channels",
            published.preprocess.channels,
            preprocess.channels,
            "give --preset one with as many, or start from another model",
        ),
        (
            "preparation",
            theirs,
            ours,
            "leave --preset out and mend the preprocess of --config, or start "
            "from a model prepared so",
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
    refuse_leakage(published, dataset, split_digest)


def _differing(theirs: PreprocessConfig, ours: PreprocessConfig) -> tuple[str, str]:
    """What differs but for the size, as either has it: "pectoral keep, margin 0.02"."""
    names = [
        field.name
        for field in fields(PreprocessConfig)
        if field.name not in ("rows", "columns")
        and getattr(theirs, field.name) != getattr(ours, field.name)
    ]
    one, other = (
        ", ".join(f"{name} {getattr(config, name)}" for name in names) for config in (theirs, ours)
    )
    return one, other


def refuse_leakage(published: PublishedModel, dataset: str, split_digest: str) -> None:
    """Women whom the weights were fitted on could else be validation or test women of the run."""
    theirs = learnt_from(published.card).get(dataset)
    # No split fits a model whose own is not known, not even that of a network of all women ("").
    if is_trained_on(published, dataset) and (not theirs or theirs != split_digest):
        raise DatasetError(
            f"{published.reference} was trained on {dataset} by the split {_short(theirs)}, this "
            f"run splits {dataset} by {_short(split_digest)}; expected the same, since women it "
            "learnt from would be tested on; give --split the split.csv of the model's own run, "
            "or start from another model"
        )


def _short(digest: str | None) -> str:
    return digest[:12] if digest else "(none)"
