"""The unfitted classifier that a run begins with, and the config with nothing left open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from mammoscope.classifiers.catalog import find_family, survey_models
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.limits import learnt_from
from mammoscope.experiment.members import learnt_by_members, open_members, preprocess_of_first
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.published_start import IMAGENET, RANDOM, open_start, refuse_unfit
from mammoscope.experiment.starts import DATA
from mammoscope.images.model_input import input_shape
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.types import DatasetError, Task


def start(
    config: TrainConfig,
    task: Task,
    *,
    zoo: Path = PACKAGE_ZOO,
    split_digest: str = "",
    say: Say = lambda line: None,
) -> tuple[Any, TrainConfig]:
    """An unfitted classifier and the config with nothing left open.

    Args:
        config: of the run.
        task: of its data set.
        zoo: where `config.init` finds a published model.
        split_digest: of the split; a published model that learnt from the same collection may
            have seen the women of any other.
        say: told why a start is random.

    Raises:
        DatasetError: an unknown model, or weights that do not fit it.
        ModelNotFoundError: no published model of the name in `config.init`.
    """
    family, variant = find_family(config.model)
    if task.modality not in family.modalities:
        raise DatasetError(
            f"model {config.model!r} reads {' or '.join(family.modalities)}, task {task.name!r} "
            f"asks of {task.modality}; expected one of {list(survey_models(task.modality))}"
        )
    prepared = replace(config.preprocess, extractor=family.extractor)
    config = replace(config, preprocess=prepared)
    bare = ClassifierConfig(
        input_shape=input_shape(prepared), classes=task.classes, seed=config.seed, variant=variant
    )
    if family.begins == "data":
        return family.create(bare), _begin_with_data(config)
    if family.begins == "members":
        folders, config = open_members(config, task, zoo=zoo, split_digest=split_digest)
        return family.create(replace(bare, weights=folders)), config
    mixed = config.fit.mixed_precision
    if mixed is None:
        mixed = torch.cuda.is_available() or bool(
            torch.cpu.get_capabilities().get("avx512_bf16", False)
        )
    config = replace(config, fit=replace(config.fit, mixed_precision=mixed))
    network = replace(bare, learning_rate=config.fit.learning_rate, mixed_precision=mixed)
    create = family.create
    if config.init is None:
        try:
            classifier = create(replace(network, weights=IMAGENET))
            return classifier, replace(config, init=IMAGENET)
        except DatasetError as error:
            say(f"random start: {error}")
            config = replace(config, init=RANDOM)
    weights = None if config.init == RANDOM else config.init
    published = open_start(config.init, zoo=zoo)
    if published is not None:
        refuse_unfit(
            published,
            title=family.title_of(variant),
            preprocess=config.preprocess,
            task=task,
            dataset=config.dataset,
            split_digest=split_digest,
        )
        # The version is pinned, so that a run that is resumed or repeated starts alike.
        weights, config = str(published.graph), replace(config, init=published.reference)
    return create(replace(network, weights=weights)), config


def preprocess_of_start(config: TrainConfig, *, zoo: Path = PACKAGE_ZOO) -> PreprocessConfig | None:
    """What the images of the weights, or of the first member, were prepared by; None of no such.

    Raises:
        DatasetError, ModelNotFoundError: as for `start`.
    """
    begins = find_family(config.model)[0].begins
    if begins == "members":
        return preprocess_of_first(config, zoo=zoo)
    published = open_start(config.init, zoo=zoo) if begins == "weights" else None
    return None if published is None else published.preprocess


def learnt_before(config: TrainConfig, *, zoo: Path = PACKAGE_ZOO) -> dict[str, str]:
    """Data sets that the weights knew before the run, and by which split: see `learnt_from`.

    Raises:
        DatasetError, ModelNotFoundError: as for `start`.
    """
    begins = find_family(config.model)[0].begins
    if begins == "members":
        return learnt_by_members(config, zoo=zoo)
    published = open_start(config.init, zoo=zoo) if begins == "weights" else None
    return {} if published is None else learnt_from(published.card)


def _begin_with_data(config: TrainConfig) -> TrainConfig:
    if config.init not in (None, RANDOM, DATA):
        raise DatasetError(
            f"model {config.model!r} is fitted on the data alone and cannot start from "
            f"{config.init!r}; leave --init out"
        )
    # There is nothing to be rounded either.
    return replace(config, init=DATA, fit=replace(config.fit, mixed_precision=False))
