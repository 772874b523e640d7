"""A comparative study in one command; killed anywhere, it goes on where it was.

split → train each model, seed and fold → refit on all women → pool → costs → images → compare
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mammoscope import __version__
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, digest, fold_split, make_folds, make_split, to_csv
from mammoscope.experiment.compare import compare
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.cost import measure_costs
from mammoscope.experiment.durable import write_json, write_text
from mammoscope.experiment.evaluate import predict_run
from mammoscope.experiment.image_report import FIGURES as IMAGE_FIGURES
from mammoscope.experiment.image_report import PAGE as IMAGE_PAGE
from mammoscope.experiment.image_report import inspect_images
from mammoscope.experiment.pool import median_best_epoch, pool
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.progress import Progress, Stage
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.stages import Work, do_all
from mammoscope.experiment.start import start
from mammoscope.experiment.study_config import StudyConfig
from mammoscope.experiment.train import refit, refuse_one_sided, resume, train
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.types import DatasetError, Split

STUDY_FILE = "study.json"


def study(
    config: StudyConfig,
    out: Path,
    *,
    jobs: int = 1,
    cache: Path | None = None,
    zoo: Path = PACKAGE_ZOO,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Does what is left of a study, and gives the comparison.

    In `out`: `study.json` and `split.csv`; `runs/` with every training; a run folder a model
    with its pooled predictions, ready to be compared and published; `images/`, the page on how
    the images were read and segmented; `report/`.

    Args:
        config: of the study; one that was begun in `out` must have had the same.
        out: its folder.
        jobs: trainings at the same time, each in its own process; worth it on a GPU.
        cache: folder of prepared arrays; None = in `out`.
        zoo: where `config.init` finds a published model.
        say: told of progress, a line at a time.

    Returns:
        The comparison, as JSON values.

    Raises:
        DatasetError: another study or something else is in `out`, the women or labels changed
            since, a part of the split lacks a class, or what `train` refuses.
        MammoscopeError: a training side by side was ended from outside.
        LeakageError, DecodeError, ModelIntegrityError: as for `train`.
    """
    _open.cache_clear()
    work = _Study(config, out, cache or out / "prepared", zoo)
    split = work.split()
    strange = [path.name for path in out.glob("[!.]*")] if out.is_dir() else []
    if strange and not (out / STUDY_FILE).is_file():
        raise DatasetError(
            f"{out} holds {sorted(strange)[0]} and no {STUDY_FILE}; expected a new or empty "
            "folder, or a study; choose another --out"
        )
    out.mkdir(parents=True, exist_ok=True)
    try:
        # The system lets go of it when the process ends, however it ends.
        with FileLock(out / ".lock", timeout=0):
            starts = _settle(work, split, say)
            return replace(work, starts=starts).run(jobs, say)
    except Timeout:
        raise DatasetError(f"a study is running in {out} already; wait for it or stop it") from None


@dataclass(frozen=True, slots=True)
class Member:
    """One training of a study; fold 0 = there are none."""

    model: str
    seed: int
    fold: int

    @property
    def name(self) -> str:
        fold = f"-fold-{self.fold}" if self.fold else ""
        return f"{self.model}-seed-{self.seed}{fold}"


@dataclass(frozen=True, slots=True)
class _Study:
    """Can be pickled: a process of its own opens the data anew.

    `starts` is what was settled when the study was begun: model → fields of its `TrainConfig`.
    Preprocessing is among them: a preset that changes since must not make folds unlike.
    """

    config: StudyConfig
    out: Path
    cache: Path
    zoo: Path
    starts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def run(self, jobs: int, say: Say) -> dict[str, Any]:
        members, models = self.members(), self.config.models
        training = {Stage(member.name, member.model): self._training(member) for member in members}
        folds = self.config.folds
        refitting = {Stage(f"{m}-refit", m): self._refitting(m) for m in models if folds}
        last = {Stage(f"{model}-pool", "pool"): self._pooling(model) for model in models}
        last[Stage("costs", "costs")] = self._costs()
        last[Stage("images", "images")] = self._images()
        last[Stage("report", "report")] = self._report()
        progress = Progress(
            [*training, *refitting, *last], self.out / "progress.json", say=say, jobs=jobs
        )
        for stages in (training, refitting):
            do_all(progress, stages, jobs)
        do_all(progress, last, 1)
        comparison = (self.out / "report" / "comparison.json").read_text(encoding="utf-8")
        return dict(json.loads(comparison))

    def members(self, model: str | None = None) -> list[Member]:
        """All trainings, or those of a model, seed by seed."""
        return [
            Member(name, seed, fold)
            for name in (self.config.models if model is None else (model,))
            for seed in range(self.config.seeds)
            for fold in (range(1, self.config.folds + 1) if self.config.folds else [0])
        ]

    def dataset(self) -> Dataset:
        return _open(self.config.dataset, self.config.root, self.config.task)

    def split(self) -> Split | Folds:
        records, task, seed = self.dataset().records, self.dataset().task, self.config.split_seed
        if self.config.folds:
            return make_folds(records, task, folds=self.config.folds, seed=seed)
        return make_split(records, task, seed=seed)

    def split_of(self, fold: int) -> Split:
        split = self.split()
        if isinstance(split, Split):
            return split
        return fold_split(split, self.dataset().task, fold=fold, seed=self.config.split_seed)

    def _train_config(self, model: str, *, seed: int, fold: int) -> TrainConfig:
        config = self.config.train_config(model, seed=seed, fold=fold)
        settled = self.starts[model]
        fit = replace(config.fit, mixed_precision=settled["mixed_precision"])
        # A study that was begun before there were presets did not note it.
        asked = settled.get("preprocess")
        prepared = PreprocessConfig.from_values(asked) if asked else config.preprocess
        return replace(config, init=settled["init"], fit=fit, preprocess=prepared)

    def _training(self, member: Member) -> Work:
        return Work(partial(self._train, member), (), (self._member(member).predictions,))

    def _train(self, member: Member, say: Say) -> None:
        run = self._member(member)
        if run.config.is_file():
            resume(self.dataset(), run.path, cache=self.cache, zoo=self.zoo, say=say)
        else:
            train(
                self.dataset(),
                self._train_config(member.model, seed=member.seed, fold=member.fold),
                run.path,
                split=self.split_of(member.fold),
                cache=self.cache,
                zoo=self.zoo,
                say=say,
            )
        if not run.predictions.is_file():
            predict_run(run, self.dataset(), ("test",), cache=self.cache, say=say)

    def _refitting(self, model: str) -> Work:
        run = self._refitted(model)
        sources = [self._member(member).training for member in self.members(model)]
        return Work(partial(self._refit, model), sources, (run.training,), folder=run.path)

    def _refit(self, model: str, say: Say) -> None:
        refit(
            self.dataset(),
            self._train_config(model, seed=0, fold=0),
            self._refitted(model).path,
            epochs=median_best_epoch([self._member(member) for member in self.members(model)]),
            cache=self.cache,
            zoo=self.zoo,
            say=say,
        )

    def _pooling(self, model: str) -> Work:
        runs = [self._member(member) for member in self.members(model)]
        sources = [path for run in runs for path in (run.training, run.predictions)]
        sources.append(self._refitted(model).training)
        return Work(partial(self._pool, model), sources, (self._pooled(model).report,))

    def _pool(self, model: str, say: Say) -> None:
        pool(
            self._pooled(model),
            [self._member(member) for member in self.members(model)],
            self.dataset(),
            self.split(),
            refitted=self._refitted(model) if self.config.folds else None,
        )

    def _costs(self) -> Work:
        runs = [self._pooled(model) for model in self.config.models]
        return Work(self._measure_costs, [run.graph for run in runs], [run.cost for run in runs])

    def _measure_costs(self, say: Say) -> None:
        runs = [self._pooled(model) for model in self.config.models]
        # All in turns: on a noisy machine none may be measured alone.
        for run, cost in zip(runs, measure_costs([run.graph for run in runs]), strict=True):
            write_text(run.cost, cost.to_json())

    def _images(self) -> Work:
        # What the images show depends on the records alone, and the study's file names them.
        return Work(self._inspect, (self.out / "split.csv",), (self.out / "images" / IMAGE_PAGE,))

    def _inspect(self, say: Say) -> None:
        dataset = self.dataset()
        inspect_images(dataset, dataset.records, self.out / "images", say=say)

    def _report(self) -> Work:
        runs = [self._pooled(model) for model in self.config.models]
        sources = [p for r in runs for p in (r.training, r.predictions, r.history, r.cost)]
        sources.append(self.out / "images" / IMAGE_FIGURES)
        return Work(self._compare, sources, (self.out / "report" / "report.html",))

    def _compare(self, say: Say) -> None:
        runs = [self._pooled(model) for model in self.config.models]
        compare(runs, self.out / "report", images=self.out / "images", say=say)

    def _member(self, member: Member) -> RunFolder:
        return RunFolder(self.out / "runs" / member.name)

    def _refitted(self, model: str) -> RunFolder:
        return RunFolder(self.out / "runs" / f"{model}-refit")

    def _pooled(self, model: str) -> RunFolder:
        return RunFolder(self.out / model)


@lru_cache(maxsize=1)
def _open(name: str, root: str, task: str | None) -> Dataset:
    return open_dataset(name, Path(root), task=task)


def _settle(work: _Study, split: Split | Folds, say: Say) -> Mapping[str, Mapping[str, Any]]:
    """Writes what the study is, or makes sure that it is the one that was begun.

    What each model starts from is settled here, before anything is trained: were it left to each
    training, one failed download would make one fold unlike the others.
    """
    config, file = work.config, work.out / STUDY_FILE
    values = json.loads(json.dumps(asdict(config)))
    values |= {"split_digest": digest(split), "mammoscope": __version__}
    if file.is_file():
        begun = json.loads(file.read_text(encoding="utf-8"))
        # The data may lie elsewhere by now; the digest says whether they are the same women.
        changed = [name for name in values if name != "root" and values[name] != begun.get(name)]
        if changed:
            raise DatasetError(
                f"{work.out} holds a study with another "
                + ", ".join(f"{name} ({begun.get(name)}, now {values[name]})" for name in changed)
                + "; choose another --out, or give what it was begun with"
            )
        if not (work.out / "split.csv").is_file():
            write_text(work.out / "split.csv", to_csv(split))
        return dict(begun["starts"])
    for member in work.members(config.models[0]):
        refuse_one_sided(work.split_of(member.fold), work.dataset())
    starts: dict[str, dict[str, Any]] = {}
    for model in config.models:
        asked = config.train_config(model, seed=0, fold=0)
        # A published model that was refitted on all women of these folds has seen each of them.
        whole = "" if config.folds else digest(split)
        task = work.dataset().task
        _, settled = start(asked, task, zoo=work.zoo, split_digest=whole, say=say)
        starts[model] = {
            "init": settled.init,
            "mixed_precision": settled.fit.mixed_precision,
            "preprocess": asdict(settled.preprocess),
        }
    # First: a folder without it is not taken for a study that was killed.
    write_json(file, {**values, "starts": starts})
    write_text(work.out / "split.csv", to_csv(split))
    return starts
