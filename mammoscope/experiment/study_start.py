"""What a study settles before anything is trained, and how it knows itself again after a kill."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from mammoscope import __version__
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, digest, to_csv
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.start import start
from mammoscope.experiment.starts import MEMBERS
from mammoscope.experiment.study_config import StudyConfig, is_ensemble
from mammoscope.experiment.train import refuse_one_sided
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.ledger.durable import write_json, write_text
from mammoscope.types import DatasetError, Split

STUDY_FILE, SPLIT_FILE = "study.json", "split.csv"
# Model → fields of its `TrainConfig`.
Starts = Mapping[str, Mapping[str, Any]]


def settle(
    config: StudyConfig,
    out: Path,
    dataset: Dataset,
    split: Split | Folds,
    tested: Sequence[Split],
    *,
    zoo: Path,
    say: Say,
) -> Starts:
    """Writes what the study is, or makes sure that it is the one that was begun.

    What each model starts from is settled here, before anything is trained: were it left to each
    training, one failed download would make one fold unlike the others.

    Args:
        config: resolved.
        out: the study's folder.
        dataset: that it is on.
        split: of its images.
        tested: the splits that the split makes, one a fold.
        zoo: where `config.init` finds a published model.
        say: told of progress, a line at a time.

    Raises:
        DatasetError: another study is there, a part lacks a class, or what `start` refuses.
    """
    file = out / STUDY_FILE
    values = json.loads(json.dumps(asdict(config)))
    values |= {"split_digest": digest(split), "mammoscope": __version__}
    if file.is_file():
        begun = json.loads(file.read_text(encoding="utf-8"))
        _refuse_other(out, values, begun)
        if not (out / SPLIT_FILE).is_file():
            write_text(out / SPLIT_FILE, to_csv(split))
        return dict(begun["starts"])
    for part in tested:
        refuse_one_sided(part, dataset)
    starts = _settle_starts(config, dataset, split, zoo=zoo, say=say)
    # First: a folder without it is not taken for a study that was killed.
    write_json(file, {**values, "starts": starts})
    write_text(out / SPLIT_FILE, to_csv(split))
    return starts


def _settle_starts(
    config: StudyConfig, dataset: Dataset, split: Split | Folds, *, zoo: Path, say: Say
) -> Starts:
    starts: dict[str, dict[str, Any]] = {}
    # A published model that was refitted on all women of these folds has seen each of them.
    whole = "" if config.folds else digest(split)
    for model in config.models:
        settled = config.train_config(model, seed=0, fold=0, modality=dataset.task.modality)
        if is_ensemble(model):
            # Its members are not trained yet; whose votes it joins is found when they are.
            exact = replace(settled.fit, mixed_precision=False)
            settled = replace(settled, init=MEMBERS, fit=exact)
        else:
            _, settled = start(settled, dataset.task, zoo=zoo, split_digest=whole, say=say)
        starts[model] = {
            "init": settled.init,
            "mixed_precision": settled.fit.mixed_precision,
            "preprocess": asdict(settled.preprocess),
        }
    return starts


def _refuse_other(out: Path, values: dict[str, Any], begun: dict[str, Any]) -> None:
    # A study that was begun before a field was there had what is now its default.
    known = {field.name: field.default for field in fields(StudyConfig)} | begun
    # The data may lie elsewhere by now; the digest says whether they are the same women.
    # None is the preset's own size, which was written as a number when all presets had that one.
    if values["image_size"] is None and known["image_size"] == PreprocessConfig().rows:
        known["image_size"] = None
    changed = [name for name in values if name != "root" and values[name] != known.get(name)]
    if changed:
        raise DatasetError(
            f"{out} holds a study with another "
            + ", ".join(f"{name} ({known.get(name)}, now {values[name]})" for name in changed)
            + "; choose another --out, or give what it was begun with"
        )
