"""The unfitted network that a run begins with, and the config with nothing left open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.published_start import IMAGENET, RANDOM, open_start, refuse_unfit
from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.types import DatasetError, Task


def start(
    config: TrainConfig,
    task: Task,
    *,
    zoo: Path = PACKAGE_ZOO,
    split_digest: str = "",
    say: Say = lambda line: None,
) -> tuple[NetworkClassifier, TrainConfig]:
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
    if config.model not in CLASSIFIERS:
        raise DatasetError(f"model {config.model!r} is unknown; expected {sorted(CLASSIFIERS)}")
    mixed = config.fit.mixed_precision
    if mixed is None:
        mixed = torch.cuda.is_available() or bool(
            torch.cpu.get_capabilities().get("avx512_bf16", False)
        )
    config = replace(config, fit=replace(config.fit, mixed_precision=mixed))
    prepared = config.preprocess
    network = ClassifierConfig(
        input_shape=(prepared.rows, prepared.columns, prepared.channels),
        classes=task.classes,
        learning_rate=config.fit.learning_rate,
        mixed_precision=mixed,
        seed=config.seed,
    )
    create = CLASSIFIERS[config.model]
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
            model=config.model,
            preprocess=config.preprocess,
            task=task,
            dataset=config.dataset,
            split_digest=split_digest,
        )
        # The version is pinned, so that a run that is resumed or repeated starts alike.
        weights, config = str(published.graph), replace(config, init=published.reference)
    return create(replace(network, weights=weights)), config
