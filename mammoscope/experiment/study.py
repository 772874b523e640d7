"""A comparative study in one command; killed anywhere, it goes on where it was.

split → train each model, seed and fold → refit on all women → pool → costs → compare
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, digest, fold_split, make_folds, make_split, to_csv
from mammoscope.experiment.compare import compare
from mammoscope.experiment.cost import measure_costs
from mammoscope.experiment.durable import write_json, write_text
from mammoscope.experiment.evaluate import predict_run
from mammoscope.experiment.jobs import run_jobs
from mammoscope.experiment.pool import median_best_epoch, pool
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.progress import Progress, Stage
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.study_config import StudyConfig
from mammoscope.experiment.train import refit, resume, train
from mammoscope.types import DatasetError, Split


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


def study(
    config: StudyConfig,
    out: Path,
    *,
    jobs: int = 1,
    cache: Path | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Does what is left of a study, and gives the comparison.

    In `out`: `study.json` and `split.csv`; `runs/` with every training; a run folder a model
    with its pooled predictions, ready to be compared and published; `report/`.

    Args:
        config: of the study; one that was begun in `out` must have had the same.
        out: its folder.
        jobs: trainings at the same time, each in its own process; worth it on a GPU.
        cache: folder of prepared arrays; None = in `out`.
        say: told of progress, a line at a time.

    Returns:
        The comparison, as JSON values.

    Raises:
        DatasetError: another study is in `out`, the data changed since, or what `train` refuses.
        LeakageError, DecodeError, ModelIntegrityError: as for `train`.
    """
    work = _Study(config, out, cache or out / "prepared")
    split = work.split()
    out.mkdir(parents=True, exist_ok=True)
    try:
        # The system lets go of it when the process ends, however it ends.
        with FileLock(out / ".lock", timeout=0):
            _settle(config, out, split)
            return work.run(jobs, say)
    except Timeout:
        raise DatasetError(f"a study is running in {out} already; wait for it or stop it") from None


@dataclass(frozen=True, slots=True)
class _Study:
    """Can be pickled: a process of its own opens the data anew."""

    config: StudyConfig
    out: Path
    cache: Path

    def run(self, jobs: int, say: Say) -> dict[str, Any]:
        folds = range(1, self.config.folds + 1) if self.config.folds else [0]
        members = [
            Member(model, seed, fold)
            for model in self.config.models
            for seed in range(self.config.seeds)
            for fold in folds
        ]
        training = {Stage(member.name, member.model): member for member in members}
        refitting = {
            Stage(f"{model}-refit", model): model
            for model in self.config.models
            if self.config.folds
        }
        pooling = {Stage(f"{model}-pool", "pool"): model for model in self.config.models}
        costs, report = Stage("costs", "costs"), Stage("report", "report")
        progress = Progress(
            [*training, *refitting, *pooling, costs, report],
            self.out / "progress.json",
            say=say,
            jobs=jobs,
        )
        self._all(
            jobs,
            progress,
            {stage: partial(self._train, member) for stage, member in training.items()},
            {stage: self._member(member).predictions for stage, member in training.items()},
        )
        self._all(
            jobs,
            progress,
            {
                stage: partial(self._refit, model, [m for m in members if m.model == model])
                for stage, model in refitting.items()
            },
            {stage: self._refitted(model).training for stage, model in refitting.items()},
        )
        for stage, model in pooling.items():
            self._one(
                progress,
                stage,
                self._pooled(model).report,
                partial(self._pool, model, [m for m in members if m.model == model]),
            )
        self._one(progress, costs, self.out / "costs.json", self._measure_costs)
        self._one(progress, report, self.out / "report" / "report.html", self._compare)
        comparison = json.loads((self.out / "report" / "comparison.json").read_text("utf-8"))
        return dict(comparison)

    def _one(
        self, progress: Progress, stage: Stage, result: Path, work: Callable[[Say], None]
    ) -> None:
        if result.is_file():
            progress.keep(stage)
            return
        with progress.running(stage) as say:
            work(say)

    def _all(
        self,
        jobs: int,
        progress: Progress,
        work: dict[Stage, Callable[[Say], None]],
        results: dict[Stage, Path],
    ) -> None:
        """Stages that do not need each other."""
        if jobs == 1:
            for stage in work:
                self._one(progress, stage, results[stage], work[stage])
            return
        left = {}
        for stage in work:
            if results[stage].is_file():
                progress.keep(stage)
            else:
                left[stage] = work[stage]
        run_jobs(left, jobs=jobs, progress=progress)

    def _train(self, member: Member, say: Say) -> None:
        run = self._member(member)
        if run.config.is_file():
            resume(self.dataset(), run.path, cache=self.cache, say=say)
        else:
            config = self.config.train_config(member.model, seed=member.seed, fold=member.fold)
            train(
                self.dataset(),
                config,
                run.path,
                split=self._split_of(member.fold),
                cache=self.cache,
                say=say,
            )
        predict_run(run, self.dataset(), ("test",), cache=self.cache, say=say)

    def _refit(self, model: str, members: list[Member], say: Say) -> None:
        refit(
            self.dataset(),
            self.config.train_config(model, seed=0, fold=0),
            self._refitted(model).path,
            epochs=median_best_epoch([self._member(member) for member in members]),
            cache=self.cache,
            say=say,
        )

    def _pool(self, model: str, members: list[Member], say: Say) -> None:
        pool(
            self._pooled(model),
            [self._member(member) for member in members],
            self.dataset(),
            self.split(),
            refitted=self._refitted(model) if self.config.folds else None,
        )

    def _measure_costs(self, say: Say) -> None:
        runs = [self._pooled(model) for model in self.config.models]
        costs = measure_costs([run.graph for run in runs])
        for run, cost in zip(runs, costs, strict=True):
            write_text(run.cost, cost.to_json())
        # All were measured in turns, so none of them may be measured again alone.
        write_json(self.out / "costs.json", [asdict(cost) for cost in costs])

    def _compare(self, say: Say) -> None:
        runs = [self._pooled(model) for model in self.config.models]
        compare(runs, self.out / "report", say=say)

    def dataset(self) -> Dataset:
        return _open(self.config.dataset, self.config.root, self.config.task)

    def split(self) -> Split | Folds:
        records, task, seed = self.dataset().records, self.dataset().task, self.config.split_seed
        if self.config.folds:
            return make_folds(records, task, folds=self.config.folds, seed=seed)
        return make_split(records, task, seed=seed)

    def _split_of(self, fold: int) -> Split:
        split = self.split()
        if isinstance(split, Split):
            return split
        return fold_split(split, self.dataset().task, fold=fold, seed=self.config.split_seed)

    def _member(self, member: Member) -> RunFolder:
        return RunFolder(self.out / "runs" / member.name)

    def _refitted(self, model: str) -> RunFolder:
        return RunFolder(self.out / "runs" / f"{model}-refit")

    def _pooled(self, model: str) -> RunFolder:
        return RunFolder(self.out / model)


@lru_cache(maxsize=1)
def _open(name: str, root: str, task: str | None) -> Dataset:
    return open_dataset(name, Path(root), task=task)


def _settle(config: StudyConfig, out: Path, split: Split | Folds) -> None:
    """Writes what the study is, or makes sure that it is the one that was begun."""
    file = out / "study.json"
    values = json.loads(json.dumps({**asdict(config), "split_digest": digest(split)}))
    if not file.is_file():
        write_text(out / "split.csv", to_csv(split))
        write_json(file, values)
        return
    begun = json.loads(file.read_text(encoding="utf-8"))
    # The data may lie elsewhere by now; the digest says whether it is the same.
    different = [name for name in values if name != "root" and values[name] != begun.get(name)]
    if different:
        raise DatasetError(
            f"{out} holds a study with another "
            + ", ".join(f"{name} ({begun.get(name)}, now {values[name]})" for name in different)
            + "; choose another --out, or give what it was begun with"
        )
