"""The members of an ensemble: published models, or the runs of a study, found and held together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.limits import learnt_from
from mammoscope.experiment.permuted_labels import is_permuted
from mammoscope.experiment.published_start import refuse_leakage
from mammoscope.experiment.run import RunFolder
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.store import ModelStore
from mammoscope.types import DatasetError, Task

FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Member:
    """A graph that votes, and what it was made for."""

    name: str
    graphs: tuple[Path, ...]
    preprocess: PreprocessConfig
    classes: tuple[str, ...]


def open_members(
    config: TrainConfig, task: Task, *, zoo: Path, split_digest: str
) -> tuple[str, TrainConfig]:
    """The graphs of the members that `config.init` names, comma-joined, and the config pinned.

    Args:
        config: its `init` is a comma-separated list of published models or of run folders.
        task: the question.
        zoo: where published models are.
        split_digest: of the run's split.

    Raises:
        DatasetError: fewer than two members, or one of another question or preparation, or one
            that learnt from this data set by another split.
        ModelNotFoundError: no published model of that name.
    """
    names = _names(config)
    opened = [_open(name, config, zoo=zoo, split_digest=split_digest) for name in names]
    members = [member for _, member in opened]
    _refuse_unlike(members, config, task)
    graphs = ",".join(str(member.graphs[0]) for member in members)
    return graphs, replace(config, init=",".join(reference for reference, _ in opened))


def preprocess_of_first(config: TrainConfig, *, zoo: Path) -> PreprocessConfig:
    """How the first member's images are prepared, which the others must have in common with it.

    Args:
        config, zoo: as for `open_members`.

    Raises:
        DatasetError, ModelNotFoundError: as for `open_members`.
    """
    name = _names(config)[0]
    run = RunFolder(Path(name))
    if run.training.is_file():
        return PreprocessConfig.from_json(run.preprocess.read_text(encoding="utf-8"))
    return ModelStore(zoo).open(name).preprocess


def learnt_by_members(config: TrainConfig, *, zoo: Path) -> dict[str, str]:
    """What any member learnt from: see `learnt_from`; `config` is settled by `open_members`.

    The digest of a collection that members know by several splits is "": no split fits them all.
    """
    found: dict[str, str] = {}
    for name in _names(config):
        run = RunFolder(Path(name))
        if run.training.is_file():
            learnt = run.read_training().get("learnt_before", {})
        else:
            learnt = learnt_from(ModelStore(zoo).open(name).card)
        for dataset, split in learnt.items():
            found[dataset] = split if found.get(dataset, split) == split else ""
    return found


def _names(config: TrainConfig) -> list[str]:
    names = [name.strip() for name in (config.init or "").split(",") if name.strip()]
    if len(names) < FEWEST or len(set(names)) < len(names):
        raise DatasetError(
            f"an ensemble was given the members {names}; expected at least {FEWEST}, each once: "
            "give --init NAME,NAME of published models"
        )
    return names


def _open(name: str, config: TrainConfig, *, zoo: Path, split_digest: str) -> tuple[str, _Member]:
    """How the member is to be named in a config, and the member."""
    run = RunFolder(Path(name))
    if run.training.is_file():
        if not run.graph.is_file():
            raise DatasetError(f"{name} holds no graph; train it first")
        training = run.read_training()
        # A refit has no split, for it has seen everybody.
        if training.get("split_digest", "") != split_digest:
            raise DatasetError(
                f"{name} was trained by another split than the ensemble, whose test women it may "
                "have learnt from; give runs of one split"
            )
        if is_permuted(training.get("dataset", {}).get("name", "")):
            raise DatasetError(
                f"{name} learnt from permuted labels and knows nothing; give honest runs"
            )
        classes = tuple(training.get("dataset", {}).get("classes", ()))
        preprocess = PreprocessConfig.from_json(run.preprocess.read_text(encoding="utf-8"))
        return name, _Member(run.path.name, run.graphs, preprocess, classes)
    published = ModelStore(zoo).open(name)
    refuse_leakage(published, config.dataset, split_digest)
    return published.reference, _Member(
        published.reference, published.graphs, published.preprocess, published.classes
    )


def _refuse_unlike(members: Sequence[_Member], config: TrainConfig, task: Task) -> None:
    for member in members:
        if member.preprocess.extractor is not None or len(member.graphs) > 1:
            raise DatasetError(
                f"{member.name} is no single network on an image; expected networks: what eats "
                "features, or has two stages, cannot vote in one graph with them"
            )
        # A refit, which nobody is left to measure on, notes no data set.
        if member.classes and member.classes != task.classes:
            raise DatasetError(
                f"{member.name} has the classes {list(member.classes)}, task {task.name!r} "
                f"{list(task.classes)}; expected the same; give members of one question"
            )
        if member.preprocess != config.preprocess:
            raise DatasetError(
                f"{member.name} is prepared as {member.preprocess}, the ensemble as "
                f"{config.preprocess}; expected the same; give members that see one array, and "
                "--preset and --image-size as they have them"
            )
