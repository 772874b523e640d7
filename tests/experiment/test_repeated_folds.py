"""Repeated k-fold: each seed deals the women anew, and no woman ever judges herself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.audit_dataset import read_parts
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.split import Folds, digest, fold_split, load_split, make_folds, parts_of
from mammoscope.experiment.cross_fit import fit_on_women
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.study import study
from mammoscope.experiment.study_config import StudyConfig
from mammoscope.types import DatasetError
from tests.experiment.studies import config
from tests.experiment.test_cross_fit import women

FOLDS = 2


def asked(root: Path) -> StudyConfig:
    return replace(
        config(root, seeds=2), models=("logistic",), folds=FOLDS, redraw=True, refit=False
    )


@pytest.fixture(scope="module")
def done(phantom_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("repeated") / "study"
    study(asked(phantom_root), out)
    return out


@pytest.mark.slow
def test_each_seed_tests_every_woman_once_in_folds_of_its_own(
    done: Path, phantom_root: Path
) -> None:
    dataset = open_dataset("phantom", phantom_root)
    table = Predictions.read(RunFolder(done / "logistic").predictions)
    dealt = []
    for seed, numbers in ((0, {1, 2}), (1, {3, 4})):
        rows = table.take(table.seed == seed)
        assert sorted(rows.path) == sorted(record.path for record in dataset.records)
        assert set(rows.fold.tolist()) == numbers
        dealt.append({frozenset(rows.take(rows.fold == fold).patient) for fold in numbers})
        for fold in numbers:
            run = RunFolder(done / "runs" / f"logistic-seed-{seed}-fold-{fold}")
            split = load_split(run.split, dataset)
            seen = {r.patient for part in (split.train, split.validation) for r in part}
            assert not seen & set(rows.take(rows.fold == fold).patient)
    assert dealt[0] != dealt[1]


@pytest.mark.slow
def test_the_report_says_so_and_has_the_figures_of_every_fold(done: Path) -> None:
    report = json.loads(RunFolder(done / "logistic").report.read_text())
    assert [of["fold"] for of in report["folds"]] == [1, 2, 3, 4]
    (model,) = json.loads((done / "report" / "comparison.json").read_text())["models"]
    assert (model["folds"], model["redrawn"]) == (FOLDS, True)
    text = (done / "report" / "report.md").read_text(encoding="utf-8")
    assert "2 folds, each tested once a seed, drawn anew for each seed; 4 networks" in text


@pytest.mark.slow
def test_the_split_names_an_images_fold_in_every_draw(done: Path, phantom_root: Path) -> None:
    parts = read_parts(done / "split.csv")
    assert {tuple(part.split()) for part in parts.values()} <= {
        (f"fold-{one}", f"fold-{two}") for one in (1, 2) for two in (3, 4)
    }
    dataset = open_dataset("phantom", phantom_root)
    once = make_folds(dataset.records, dataset.task, folds=FOLDS, seed=0)
    again = make_folds(dataset.records, dataset.task, folds=FOLDS, seed=0, draws=2)
    assert parts == parts_of(again)
    assert again.parts == once.parts and digest(again) != digest(once)
    # Anyone can draw a repeat by itself: it is the folds of the next seed.
    alone = make_folds(dataset.records, dataset.task, folds=FOLDS, seed=1)
    assert again.repeats[0].parts == alone.parts
    assert fold_split(again, dataset.task, fold=4, seed=0).test == alone.parts[1]
    with pytest.raises(DatasetError, match="fold 5 was asked for; expected 1 to 4"):
        fold_split(again, dataset.task, fold=5, seed=0)


@pytest.mark.slow
def test_run_again_it_repeats_nothing(done: Path, phantom_root: Path) -> None:
    lines: list[str] = []
    study(asked(phantom_root), done, say=lines.append)
    assert not any("training" in line for line in lines)


def test_no_logit_of_a_woman_reaches_her_own_score_from_another_draw() -> None:
    once = women(80)
    number = np.array([int(name[1:]) for name in once.patient])
    twice = Predictions.join(
        [once, replace(once, seed=np.ones_like(once.seed), fold=number // 2 % 4 + 5)]
    )
    own = twice.fold == 2
    hers = np.isin(twice.patient, np.array(twice.patient)[own])
    assert hers.sum() == 2 * own.sum()
    other = replace(twice, positive=np.where(hers, ~twice.positive, twice.positive))
    one, two = (fit_on_women(table, seed=0) for table in (twice, other))
    assert np.array_equal(one.held_out.score[own], two.held_out.score[own])
    assert np.array_equal(one.held_out.threshold[own], two.held_out.threshold[own])
    assert one.calibrator != two.calibrator


def test_a_repeat_of_other_images_is_refused(phantom_root: Path) -> None:
    dataset = open_dataset("phantom", phantom_root)
    folds = make_folds(dataset.records, dataset.task, folds=2, seed=0)
    fewer = make_folds(dataset.records[:-2], dataset.task, folds=2, seed=1)
    with pytest.raises(DatasetError, match="a repeat deals"):
        Folds(parts=folds.parts, repeats=(fewer,))


@pytest.mark.parametrize("changes", [{"folds": 0}, {"seeds": 1}])
def test_there_is_nothing_to_draw_anew_without_folds_and_seeds(
    phantom_root: Path, changes: dict[str, int]
) -> None:
    with pytest.raises(DatasetError, match="drawn anew"):
        replace(asked(phantom_root), **changes)
