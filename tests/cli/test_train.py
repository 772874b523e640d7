"""`mammoscope train` from end to end: a model of one's own, published, and trained on from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.cli.train import _settle
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write
from mammoscope.datasets.split import digest, load_split
from mammoscope.experiment import tracking
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.start import start
from mammoscope.images.presets import PRESETS
from mammoscope.inference.runtime import Session
from mammoscope.inference.store import ModelStore

SMALL = PhantomConfig(rows=160, columns=128)
QUICK = ("--model", "cnn", "--epochs", "1")


def mammoscope(*words: str | Path) -> tuple[int, str, str]:
    run = CliRunner().invoke(app, [str(word) for word in words])
    return run.exit_code, run.stdout, run.stderr


@pytest.fixture(scope="module")
def women(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("women")
    write(root, women=20, seed=3, config=SMALL)
    return root


@pytest.fixture(scope="module")
def work(women: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`first` is a run that was trained, evaluated and published into `zoo` as tiny@1."""
    work = tmp_path_factory.mktemp("work")
    data = ("--dataset", "phantom", "--root", women)
    for words in (
        ("train", "--out", work / "first", *data, *QUICK, "--image-size", "64", "--seed", "1"),
        ("evaluate", work / "first"),
        ("publish", work / "first", "--name", "tiny", "--zoo", work / "zoo"),
    ):
        code, stdout, stderr = mammoscope(*words)
        assert code == 0, stderr
    assert stdout == f"{work / 'zoo' / 'tiny@1'}\n"
    return work


def train_on(work: Path, out: Path, *words: str | Path) -> tuple[int, str, str]:
    """Trains from the newest tiny."""
    given = ("--out", out, *QUICK, "--init", "tiny", "--zoo", work / "zoo")
    return mammoscope("train", *given, *words)


def assert_starts_from_tiny(work: Path, run: RunFolder, root: Path) -> None:
    """A run that pins tiny@1, whose weights before training are those of its graph."""
    config = run.read_config()
    assert config.init == "tiny@1"
    published = ModelStore(work / "zoo").open("tiny@1")
    # What the weights were fitted on is what they go on with.
    assert config.preprocess == published.preprocess and config.preprocess.rows == 64
    dataset = open_dataset(config.dataset, root)
    split = digest(load_split(run.split, dataset))
    untrained, _ = start(config, dataset.task, zoo=work / "zoo", split_digest=split)
    x = np.random.default_rng(0).random((4, 64, 64, 1), dtype=np.float32)
    expected = Session(published.graph).run(x).logit
    assert np.allclose(untrained.predict_logit(x), expected, atol=1e-5)


def test_training_goes_on_from_a_published_model_on_its_own_split(
    work: Path, women: Path, tmp_path: Path
) -> None:
    split = work / "first" / "split.csv"
    words = ("--dataset", "phantom", "--root", women, "--split", split, "--seed", "9")
    code, stdout, stderr = train_on(work, tmp_path / "second", *words)
    assert code == 0, stderr
    run = RunFolder(tmp_path / "second")
    assert stdout == f"{run.path}\n" and "start: tiny@1" in stderr
    assert run.split.read_bytes() == split.read_bytes()
    assert_starts_from_tiny(work, run, women)
    before = {"phantom": hashlib.sha256(split.read_bytes()).hexdigest()}
    assert run.read_training()["learnt_before"] == before
    assert RunFolder(work / "first").read_training()["learnt_before"] == {}
    publish = ("publish", run.path, "--name", "again", "--zoo", tmp_path / "zoo")
    for words in (("evaluate", run.path), publish):
        assert mammoscope(*words)[0] == 0
    assert ModelStore(tmp_path / "zoo").open("again").card["learnt_before"] == before


def test_training_goes_on_from_a_published_model_on_other_women(work: Path, tmp_path: Path) -> None:
    write(tmp_path / "phantoms", women=12, seed=77, config=SMALL)
    dataset = open_dataset("phantom", tmp_path / "phantoms")
    rows = ["path,patient,laterality,view"]
    for record in dataset.records:
        path = f"{record.label}/{record.path.replace('/', '-')}.png"
        rows.append(f"{path},{record.patient},{record.laterality},{record.view}")
        file = tmp_path / "own" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.rint(dataset.load(record).pixels * 255).astype(np.uint8))
    (tmp_path / "own" / "patients.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    words = ("--dataset", "folder", "--root", tmp_path / "own", "--task", "abnormal")
    code, _, stderr = train_on(work, tmp_path / "second", *words)
    assert code == 0, stderr
    assert_starts_from_tiny(work, RunFolder(tmp_path / "second"), tmp_path / "own")


def test_a_published_model_is_refused_where_its_training_women_would_be_tested_on(
    work: Path, women: Path, tmp_path: Path
) -> None:
    words = ("--dataset", "phantom", "--root", women, "--seed", "2")
    code, stdout, stderr = train_on(work, tmp_path / "second", *words)
    assert (code, stdout) == (1, "")
    (line,) = stderr.splitlines()
    assert "tiny@1 was trained on phantom by the split" in line and "--split" in line
    assert not (tmp_path / "second" / "config.json").exists()


def test_the_card_says_what_the_model_was_trained_on(work: Path) -> None:
    card = ModelStore(work / "zoo").open("tiny").card
    training = json.loads((work / "first" / "training.json").read_text(encoding="utf-8"))
    assert card["trained_on"]["dataset"] == "phantom"
    assert card["split_digest"] == training["split_digest"]


def test_the_published_model_on_its_own_collection_says_so(work: Path, women: Path) -> None:
    words = ("--model", "tiny", "--zoo", work / "zoo", "--dataset", "phantom", "--root", women)
    code, stdout, stderr = mammoscope("evaluate", *words)
    assert code == 0, stderr
    assert "note: tiny@1 was trained on this collection" in stdout


@pytest.mark.slow
def test_a_preset_is_how_the_images_are_prepared_at_the_size_that_is_asked(
    women: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    data = ("--dataset", "phantom", "--root", women, "--init", "none", "--image-size", "64")
    code, _, stderr = mammoscope("train", "--out", out, *data, *QUICK, "--preset", "paper")
    assert code == 0, stderr
    expected = replace(PRESETS["paper"], rows=64, columns=64)
    assert RunFolder(out).read_config().preprocess == expected
    # A preset says how and not how large: a config keeps its size.
    again = ("--config", out / "config.json", "--preset", "plain", "--epochs", "1")
    code, _, stderr = mammoscope("train", "--out", tmp_path / "again", *again)
    assert code == 0, stderr
    expected = replace(PRESETS["plain"], rows=64, columns=64)
    assert RunFolder(tmp_path / "again").read_config().preprocess == expected


def test_a_preset_has_its_own_size_where_no_file_has_another(women: Path) -> None:
    given = {"dataset": "phantom", "root": str(women), "model": "cnn", "task": None}
    size = {"rows": None, "columns": None}
    settled = _settle(None, given=given, fit={}, preset="detail", size=size)
    assert settled.preprocess == PRESETS["detail"]


def test_an_unknown_preset_is_one_line_and_a_resumed_run_takes_none(
    work: Path, women: Path, tmp_path: Path
) -> None:
    data = ("--dataset", "phantom", "--root", women)
    code, stdout, stderr = mammoscope(
        "train", "--out", tmp_path / "run", *data, *QUICK, "--preset", "papre"
    )
    assert (code, stdout) == (1, "")
    (line,) = stderr.splitlines()
    assert "preset 'papre' is unknown" in line and "paper" in line
    words = ("--out", work / "first", "--resume", "--preset", "paper")
    assert mammoscope("train", *words)[0] == 2


def test_a_published_start_of_other_channels_is_one_line(
    work: Path, women: Path, tmp_path: Path
) -> None:
    split = work / "first" / "split.csv"
    words = ("--dataset", "phantom", "--root", women, "--split", split)
    code, stdout, stderr = train_on(
        work, tmp_path / "run", *words, "--preset", "paper", "--image-size", "64"
    )
    assert (code, stdout) == (1, "")
    (line,) = stderr.splitlines()
    assert "tiny@1 has the number of channels 1, this run 3" in line


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("kmeans", {"pectoral": "remove", "extractor": "kmeans-regions@1", "color": "gray"}),
        ("histology-svm.softmax", {"color": "rgb", "rows": 96, "pectoral": "keep"}),
    ],
)
def test_images_are_prepared_as_the_family_wants_it(
    tmp_path: Path, women: Path, model: str, fields: dict[str, object]
) -> None:
    data = tissue(tmp_path) if model.startswith("histology") else ("phantom", women)
    words = ("--dataset", data[0], "--root", data[1], "--model", model, "--epochs", "1")
    code, _, stderr = mammoscope("train", "--out", tmp_path / "run", *words)
    assert code == 0, stderr
    config = RunFolder(tmp_path / "run").read_config()
    values = asdict(config.preprocess)
    assert {name: values[name] for name in fields} == fields
    if data[0] == "pcam":
        assert [step.name for step in config.preprocess.enhancement] == ["reinhard"]
        assert config.augment.quarter_turns and config.fit.batch_size == 64


def tissue(root: Path) -> tuple[str, Path]:
    """Patches in PatchCamelyon's layout, two of each class in each part."""
    rng = np.random.default_rng(0)
    for part in ("train", "valid", "test"):
        for label in ("0", "1"):
            folder = root / "pcam" / part / label
            folder.mkdir(parents=True)
            for number in range(2):
                patch = rng.integers(60, 255, (96, 96, 3), dtype=np.uint8)
                cv2.imwrite(str(folder / f"{number}.jpg"), patch)
    return "pcam", root / "pcam"


@pytest.mark.slow
def test_a_variant_is_fitted_as_its_family(tmp_path: Path, women: Path) -> None:
    words = ("--dataset", "phantom", "--root", women, "--model", "nine-layer-cnn.relu.max")
    code, _, stderr = mammoscope(
        "train", "--out", tmp_path / "run", *words, "--epochs", "1", "--image-size", "32"
    )
    assert code == 0, stderr
    run = RunFolder(tmp_path / "run")
    assert (run.read_config().fit.learning_rate, run.read_config().fit.patience) == (5e-4, 20)
    assert run.read_training()["title"] == "Nine-layer CNN (relu.max)"


@pytest.mark.slow
def test_an_ensemble_takes_its_members_preparation_and_refuses_those_of_another_split(
    work: Path, women: Path, tmp_path: Path
) -> None:
    data = ("--dataset", "phantom", "--root", women)
    words = (*data, "--model", "ensemble", "--zoo", work / "zoo")
    same = ("--split", work / "first" / "split.csv")
    for name in ("one", "other"):
        options = ("--image-size", "64", "--seed", "7" if name == "one" else "8")
        split = same if name == "one" else ()
        assert (
            mammoscope("train", "--out", tmp_path / name, *data, *QUICK, *options, *split)[0] == 0
        )
    members = f"{work / 'first'},{tmp_path / 'one'}"
    code, _, stderr = mammoscope(
        "train", "--out", tmp_path / "vote", *words, *same, "--init", members
    )
    assert code == 0, stderr
    assert RunFolder(tmp_path / "vote").read_config().preprocess.rows == 64
    strangers = f"{work / 'first'},{tmp_path / 'other'}"
    code, _, stderr = mammoscope(
        "train", "--out", tmp_path / "no", *words, *same, "--init", strangers
    )
    assert code == 1 and "trained by another split" in stderr and not (tmp_path / "no").exists()


@pytest.mark.slow
def test_a_tracker_is_told_of_each_epoch_and_an_unknown_one_refused(
    women: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, list[str]]] = []

    class Board(tracking.Silence):
        def __init__(self, folder: Path) -> None:
            assert folder == tmp_path / "run"

        def epoch(self, number: int, figures: tracking.Figures) -> None:
            told.append((number, sorted(figures)))

    monkeypatch.setattr(tracking, "_TRACKERS", {"tensorboard": Board})
    words = ("--dataset", "phantom", "--root", women, "--model", "cnn", "--image-size", "32")
    out = ("--out", tmp_path / "run", "--epochs", "2", "--track", "tensorboard")
    code, _, stderr = mammoscope("train", *words, *out)
    assert code == 0, stderr
    assert [number for number, _ in told] == [1, 2] and "val_auc" in told[0][1]
    code, _, stderr = mammoscope("train", *words, "--out", tmp_path / "no", "--track", "comet")
    assert code == 1 and "--track comet is unknown" in stderr and not (tmp_path / "no").exists()
