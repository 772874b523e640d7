"""A comparative study in one command; killed anywhere, it goes on where it was.

split → learn mosaics that folds share → train each model, seed and fold → join ensembles → refit
on all women → pool → costs → images → compare
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.split import Folds, choose_split, fold_split, make_folds
from mammoscope.experiment.audit_study import audit_before
from mammoscope.experiment.compare import compare
from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.cost import Measured, measure_costs
from mammoscope.experiment.evaluate import predict_run
from mammoscope.experiment.image_report import FIGURES as IMAGE_FIGURES
from mammoscope.experiment.image_report import PAGE as IMAGE_PAGE
from mammoscope.experiment.image_report import inspect_images
from mammoscope.experiment.jobs import RunJobs, run_jobs
from mammoscope.experiment.leak import repeat_leak
from mammoscope.experiment.pool import median_best_epoch, pool
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.progress import Progress, Stage
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.stages import Work, do_all
from mammoscope.experiment.study_config import StudyConfig, is_ensemble, joined_by
from mammoscope.experiment.study_start import SPLIT_FILE, STUDY_FILE, Starts, settle
from mammoscope.experiment.train import learn_mosaics, refit, resume, train
from mammoscope.experiment.trainings import Half, Member, make_halves, other_half
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.ledger.durable import write_text
from mammoscope.types import DatasetError, Split


def study(
    config: StudyConfig,
    out: Path,
    *,
    jobs: int = 1,
    cache: Path | None = None,
    zoo: Path = PACKAGE_ZOO,
    accept: Path | None = None,
    run: RunJobs = run_jobs,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Does what is left of a study, and gives the comparison.

    In `out`: `study.json` and `split.csv`; `runs/` with every training; a run folder a model
    with its pooled predictions, ready to be compared and published; `images/`, the page on how
    the images were read and segmented, and `audit/`, the page on what parts share (neither of a
    study that repeats a leak); `report/`.

    Args:
        config: of the study; one that was begun in `out` must have had the same.
        out: its folder.
        jobs: trainings at the same time, each in its own process; worth it on a GPU.
        cache: folder of prepared arrays; None = in `out`.
        zoo: where `config.init` finds a published model.
        accept: CSV of pairs that a person found to be no leak, which the study keeps; None =
            those that it has kept.
        run: who trains more than one at the same time.
        say: told of progress, a line at a time.

    Returns:
        The comparison, as JSON values.

    Raises:
        DatasetError: another study or something else is in `out`, the women or labels changed
            since, a part of the split lacks a class, models that cannot be asked the data's
            question, or what `train` refuses.
        MammoscopeError: a training side by side was ended from outside.
        LeakageError: two parts share a picture or a copy of it, or as for `train`.
        DecodeError, ModelIntegrityError: as for `train`.
    """
    _open.cache_clear()
    work = _Study(config, out, cache or out / "prepared", zoo)
    work = replace(work, config=config.resolve(work.dataset().task))
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
            tested = [work.split_of(m.fold) for m in work.members(work.config.models[0])]
            starts = settle(work.config, out, work.dataset(), split, tested, zoo=zoo, say=say)
            audit_before(work.dataset(), split, out, accept=accept, say=say)
            return replace(work, starts=starts).run(jobs, run, say)
    except Timeout:
        raise DatasetError(f"a study is running in {out} already; wait for it or stop it") from None


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
    starts: Starts = field(default_factory=dict)

    def run(self, jobs: int, run: RunJobs, say: Say) -> dict[str, Any]:
        models = self.config.models
        mosaics = {Stage(h.name, h.model): self._showing(h) for m in models for h in self.halves(m)}
        training = {Stage(m.name, m.model): self._training(m) for m in self.members()}
        refitting = {Stage(f"{m}-refit", m): self._refitting(m) for m in models if self.refits}
        last = {Stage(f"{model}-pool", "pool"): self._pooling(model) for model in models}
        last[Stage("costs", "costs")] = self._costs()
        if not self.config.leak:
            last[Stage("images", "images")] = self._images()
        last[Stage("report", "report")] = self._report()
        # What an ensemble joins is trained before it.
        rounds = [
            part for stages in (mosaics, training, refitting) for part in _members_first(stages)
        ]
        progress = Progress(
            [stage for stages in (*rounds, last) for stage in stages],
            self.out / "progress.json",
            say=say,
            jobs=jobs,
        )
        for stages in rounds:
            do_all(progress, stages, jobs, run)
        do_all(progress, last, 1)
        comparison = (self.out / "report" / "comparison.json").read_text(encoding="utf-8")
        return dict(json.loads(comparison))

    @property
    def refits(self) -> bool:
        """Whether a network of all women is trained."""
        return self.config.folds > 0 and self.config.refit

    def members(self, model: str | None = None) -> list[Member]:
        """All trainings, or those of a model, seed by seed."""
        return [
            Member(name, seed, fold)
            for name in (self.config.models if model is None else (model,))
            for seed in range(self.config.seeds)
            for fold in self._folds(seed)
        ]

    def halves(self, model: str, seed: int | None = None) -> list[Half]:
        """Both of each seed, or of one, where a model's mosaics are shared; else none."""
        if not self.config.share_mosaics or is_ensemble(model):
            return []
        modality = self.dataset().task.modality
        config = self.config.train_config(model, seed=0, fold=0, modality=modality)
        if not config.fit.mosaic_epochs:
            return []
        seeds = range(self.config.seeds) if seed is None else (seed,)
        return [half for seed in seeds for half in make_halves(model, seed, self._folds(seed))]

    def _folds(self, seed: int) -> Sequence[int]:
        if not self.config.folds:
            return [0]
        before = seed * self.config.folds if self.config.redraw else 0
        return range(before + 1, before + self.config.folds + 1)

    def dataset(self) -> Dataset:
        config = self.config
        return _open(config.dataset, config.root, config.task, config.leak, config.split_seed)

    def split(self) -> Split | Folds:
        dataset, seed = self.dataset(), self.config.split_seed
        if not self.config.folds:
            return choose_split(dataset, seed=seed)
        if dataset.given_parts:
            raise DatasetError(
                f"{dataset.name} comes with its own parts, and {self.config.folds} folds were "
                "asked for; expected its own test part, which others have measured on too: "
                "leave --folds out"
            )
        return make_folds(
            dataset.records,
            dataset.task,
            folds=self.config.folds,
            seed=seed,
            draws=self.config.seeds if self.config.redraw else 1,
        )

    def split_of(self, fold: int) -> Split:
        split = self.split()
        if isinstance(split, Split):
            return split
        return fold_split(split, self.dataset().task, fold=fold, seed=self.config.split_seed)

    def _train_config(
        self, model: str, *, seed: int, fold: int, run_of: Callable[[str], RunFolder]
    ) -> TrainConfig:
        modality = self.dataset().task.modality
        config = self.config.train_config(model, seed=seed, fold=fold, modality=modality)
        settled = self.starts[model]
        fit = replace(config.fit, mixed_precision=settled["mixed_precision"])
        init = settled["init"]
        if is_ensemble(model):
            # Not where they were when the study was begun: its folder may have been moved.
            init = ",".join(str(run_of(one).path) for one in self._joined(model))
        return replace(config, init=init, fit=fit, preprocess=self._prepared(model))

    def _prepared(self, model: str) -> PreprocessConfig:
        asked = self.starts[model].get("preprocess")
        if asked:
            return PreprocessConfig.from_values(asked)
        # A study that was begun before there were presets did not note it.
        modality = self.dataset().task.modality
        return self.config.train_config(model, seed=0, fold=0, modality=modality).preprocess

    def _joined(self, ensemble: str) -> tuple[str, ...]:
        return joined_by(ensemble, {model: self._prepared(model) for model in self.config.models})

    def _showing(self, half: Half) -> Work:
        run = self._shown(half)
        return Work(partial(self._show, half), (), (run.training,), folder=run.path)

    def _show(self, half: Half, say: Say) -> None:
        learn_mosaics(
            self.dataset(),
            [record for fold in half.folds for record in self.split_of(fold).test],
            self._train_config(half.model, seed=half.seed, fold=0, run_of=self._refitted),
            self._shown(half).path,
            cache=self.cache,
            zoo=self.zoo,
            say=say,
        )

    def _begun(self, model: str, seed: int, fold: int) -> RunFolder | None:
        """Where a network goes on from: mosaics of no woman of its fold, if they are shared."""
        halves = self.halves(model, seed)
        return self._shown(other_half(halves, fold)) if halves else None

    def _training(self, member: Member) -> Work:
        run = self._member(member)
        begun = self._begun(member.model, member.seed, member.fold)
        return Work(
            partial(self._train, member),
            self._sources(member.model, lambda model: self._beside(member, model), begun),
            (run.predictions,),
            folder=run.path,
        )

    def _sources(
        self, model: str, run_of: Callable[[str], RunFolder], begun: RunFolder | None
    ) -> list[Path]:
        """What an ensemble is made from, or a network goes on from."""
        joined = self._joined(model) if is_ensemble(model) else ()
        return [run_of(one).training for one in joined] + ([begun.training] if begun else [])

    def _train(self, member: Member, say: Say) -> None:
        run = self._member(member)
        self._begin_anew(member.model, run)
        if run.config.is_file():
            resume(self.dataset(), run.path, cache=self.cache, zoo=self.zoo, say=say)
        else:
            train(
                self.dataset(),
                self._train_config(
                    member.model,
                    seed=member.seed,
                    fold=member.fold,
                    run_of=lambda model: self._beside(member, model),
                ),
                run.path,
                split=self.split_of(member.fold),
                begun=self._begun(member.model, member.seed, member.fold),
                cache=self.cache,
                zoo=self.zoo,
                say=say,
            )
        if not run.predictions.is_file():
            predict_run(run, self.dataset(), ("test",), cache=self.cache, say=say)

    def _begin_anew(self, model: str, run: RunFolder) -> None:
        """An ensemble that was killed has lost nothing, and may name members that were moved."""
        if is_ensemble(model) and not run.training.is_file():
            shutil.rmtree(run.path, ignore_errors=True)

    def _refitting(self, model: str) -> Work:
        run = self._refitted(model)
        sources = [self._member(member).training for member in self.members(model)]
        sources += self._sources(model, self._refitted, self._begun(model, 0, 0))
        return Work(partial(self._refit, model), sources, (run.training,), folder=run.path)

    def _refit(self, model: str, say: Say) -> None:
        self._begin_anew(model, self._refitted(model))
        refit(
            self.dataset(),
            self._train_config(model, seed=0, fold=0, run_of=self._refitted),
            self._refitted(model).path,
            epochs=median_best_epoch([self._member(member) for member in self.members(model)]),
            begun=self._begun(model, 0, 0),
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
            refitted=self._refitted(model) if self.refits else None,
            begun=[self._shown(half) for half in self.halves(model)],
        )

    def _costs(self) -> Work:
        runs = [self._pooled(model) for model in self.config.models]
        # Which graphs there are is seen only when they are there.
        graphs = [graph for run in runs for graph in (run.features_graph, run.graph)]
        return Work(self._measure_costs, graphs, [run.cost for run in runs])

    def _measure_costs(self, say: Say) -> None:
        runs = [self._pooled(model) for model in self.config.models]
        measured = [Measured(run.graphs, run.read_config().preprocess) for run in runs]
        # All in turns: on a noisy machine none may be measured alone.
        for run, cost in zip(runs, measure_costs(measured), strict=True):
            write_text(run.cost, cost.to_json())

    def _images(self) -> Work:
        # What the images show depends on the records alone, and the study's file names them.
        return Work(self._inspect, (self.out / SPLIT_FILE,), (self.out / "images" / IMAGE_PAGE,))

    def _inspect(self, say: Say) -> None:
        dataset = self.dataset()
        inspect_images(dataset, dataset.records, self.out / "images", say=say)

    def _report(self) -> Work:
        runs = [self._pooled(model) for model in self.config.models]
        sources = [p for r in runs for p in (r.training, r.predictions, r.history, r.cost)]
        if not self.config.leak:
            sources.append(self.out / "images" / IMAGE_FIGURES)
        return Work(self._compare, sources, (self.out / "report" / "report.html",))

    def _compare(self, say: Say) -> None:
        runs = [self._pooled(model) for model in self.config.models]
        images = None if self.config.leak else self.out / "images"
        compare(runs, self.out / "report", images=images, say=say)

    def _member(self, member: Member) -> RunFolder:
        return RunFolder(self.out / "runs" / member.name)

    def _beside(self, member: Member, model: str) -> RunFolder:
        """The run of another model, of the same seed and fold."""
        return self._member(replace(member, model=model))

    def _shown(self, half: Half) -> RunFolder:
        return RunFolder(self.out / "runs" / half.name)

    def _refitted(self, model: str) -> RunFolder:
        return RunFolder(self.out / "runs" / f"{model}-refit")

    def _pooled(self, model: str) -> RunFolder:
        return RunFolder(self.out / model)


@lru_cache(maxsize=1)
def _open(name: str, root: str, task: str | None, leak: int, seed: int) -> Dataset:
    dataset = open_dataset(name, Path(root), task=task)
    return repeat_leak(dataset, copies=leak, seed=seed) if leak else dataset


def _members_first(stages: Mapping[Stage, Work]) -> list[dict[Stage, Work]]:
    """The stages in two rounds: what is trained alone, and then what joins it."""
    return [
        {stage: work for stage, work in stages.items() if is_ensemble(stage.kind) == joins}
        for joins in (False, True)
    ]
