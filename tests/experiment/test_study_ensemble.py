"""An ensemble of a study joins the runs beside it, and follows them when the folder is moved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.study import study
from mammoscope.experiment.study_config import StudyConfig
from mammoscope.types import DatasetError
from tests.experiment.studies import config, predictions_of

JOINED = ("cnn", "nine-layer-cnn")


def asked(root: Path, **changes: object) -> StudyConfig:
    return config(root, models=("ensemble", *JOINED), fit=(("epochs", 1),), **changes)


@pytest.fixture(scope="module")
def done(phantom_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ensemble") / "study"
    study(asked(phantom_root), out)
    return out


@pytest.mark.slow
def test_the_vote_is_the_mean_of_the_members_of_its_fold(done: Path) -> None:
    for fold in (1, 2):
        tables = [
            Predictions.read(RunFolder(done / "runs" / f"{name}-seed-0-fold-{fold}").predictions)
            for name in ("ensemble", *JOINED)
        ]
        assert tables[0].path == tables[1].path == tables[2].path
        votes, *members = (1 / (1 + np.exp(-table.logit)) for table in tables)
        assert np.allclose(votes, np.mean(members, axis=0), atol=1e-4)


@pytest.mark.slow
def test_the_refitted_ensemble_joins_the_refitted_members(done: Path) -> None:
    refitted = RunFolder(done / "runs" / "ensemble-refit")
    members = [done / "runs" / f"{name}-refit" for name in JOINED]
    assert refitted.read_config().init == ",".join(map(str, members))
    pooled = RunFolder(done / "ensemble")
    assert pooled.graph.read_bytes() == refitted.graph.read_bytes()
    assert len(predictions_of(done, "ensemble").path) == 64


@pytest.mark.slow
def test_where_the_members_lie_is_not_settled_when_the_study_is_begun(done: Path) -> None:
    begun = json.loads((done / "study.json").read_text())
    assert begun["starts"]["ensemble"]["init"] == "members"
    assert begun["models"] == ["ensemble", *JOINED]


@pytest.mark.slow
def test_a_moved_study_joins_its_members_where_they_are_now(
    done: Path, phantom_root: Path, tmp_path: Path
) -> None:
    """An ensemble whose training was killed names members of the old place, and begins anew."""
    moved = tmp_path / "moved"
    shutil.copytree(done, moved)
    run = RunFolder(moved / "runs" / "ensemble-seed-0-fold-1")
    before = Predictions.read(run.predictions)
    for file in (run.training, run.predictions):
        file.unlink()
    lines: list[str] = []
    study(asked(phantom_root), moved, say=lines.append)
    begun = [line.split(" ")[1].rstrip(":") for line in lines if "begins" in line]
    assert begun[0] == "ensemble-seed-0-fold-1" and "cnn-refit" not in begun
    assert str(moved) in (run.read_config().init or "")
    assert np.allclose(Predictions.read(run.predictions).logit, before.logit)


def test_a_lone_member_is_refused_before_anything_is_trained(
    phantom_root: Path, tmp_path: Path
) -> None:
    lone = config(phantom_root, models=("ensemble", "cnn"))
    with pytest.raises(DatasetError, match="at least two networks beside the ensemble"):
        study(lone, tmp_path / "study")
    assert not (tmp_path / "study").exists()
