"""Models that differ in one thing alone: trained so, found, held together, and concluded of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mammoscope.experiment.ablation import EPOCHS, LESIONS, MOSAICS, SIZE
from mammoscope.experiment.compare import compare
from mammoscope.experiment.comparison_ablation import TITLE
from mammoscope.experiment.config import TrainConfig, preset
from mammoscope.experiment.publish import publish
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import auc, paired_difference
from mammoscope.experiment.study import study
from mammoscope.experiment.study_config import StudyConfig
from mammoscope.experiment.units import at_unit
from mammoscope.images.presets import PRESETS
from mammoscope.inference.predictor import Predictor
from mammoscope.types import DatasetError
from tests.experiment.studies import config, predictions_of
from tests.written_runs import CONFIG, write_run

REPLICATES = 20
PAPER = replace(CONFIG, preprocess=PRESETS["paper"])


def read(out: Path) -> str:
    return re.sub(r"\\(.)", r"\1", (out / "report.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(phantom_root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """One held-out part of phantoms, one epoch, with and without the preset."""
    out = tmp_path_factory.mktemp("study") / "ablation"
    asked = config(
        phantom_root, models=("cnn+paper", "cnn"), folds=0, fit=(("epochs", 1), ("batch_size", 8))
    )
    return out, study(asked, out)


@pytest.mark.slow
def test_members_share_all_but_their_preprocessing(made: tuple[Path, dict]) -> None:
    out, _ = made
    plain, paper = (RunFolder(out / "runs" / f"{m}-seed-0") for m in ("cnn", "cnn+paper"))
    assert paper.read_config().preprocess == replace(PRESETS["paper"], rows=64, columns=64)
    assert plain.split.read_bytes() == paper.split.read_bytes()
    same = replace(paper.read_config(), preprocess=plain.read_config().preprocess)
    assert same == plain.read_config() and same.model == "cnn"


@pytest.mark.slow
def test_the_study_reports_the_ablation_with_its_numbers(made: tuple[Path, dict]) -> None:
    out, values = made
    (pair,) = values["ablations"]
    assert (pair["with"], pair["without"]) == ("cnn+paper", "cnn")
    assert [row["unit"] for row in pair["rows"]] == ["image", "breast", "woman"]
    for row in pair["rows"]:
        scores = [at_unit(predictions_of(out, m), row["unit"]) for m in ("cnn+paper", "cnn")]
        found = paired_difference(*scores, auc, seed=0)
        assert found is not None
        seen = [row["difference"][key] for key in ("value", "low", "high")]
        assert seen == pytest.approx([found.value, found.low, found.high])
        gain = row["with"]["value"] - row["without"]["value"]
        assert row["difference"]["value"] == pytest.approx(gain)
    text = read(out / "report")
    assert f"## {TITLE}" in text and pair["conclusion"] in text
    assert "CLAHE (clip 2, tiles 8), pseudo-colour (viridis), 64 × 64; against breast only" in text
    assert TITLE in (out / "report" / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_finished_study_of_presets_does_nothing_when_it_is_run_again(
    made: tuple[Path, dict], phantom_root: Path
) -> None:
    out, _ = made
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.csv")}
    asked = json.loads((out / "study.json").read_text(encoding="utf-8"))
    assert asked["models"] == ["cnn+paper", "cnn"]
    again = config(
        phantom_root, models=("cnn+paper", "cnn"), folds=0, fit=(("epochs", 1), ("batch_size", 8))
    )
    study(again, out)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.csv")} == before


@pytest.mark.slow
def test_a_model_with_a_preset_is_published_and_keeps_it(
    made: tuple[Path, dict], tmp_path: Path
) -> None:
    out, _ = made
    with pytest.raises(DatasetError, match=r"'cnn\+paper' is no model name"):
        publish(RunFolder(out / "cnn+paper"), "cnn+paper", zoo=tmp_path)
    model = publish(RunFolder(out / "cnn+paper"), "cnn-paper", zoo=tmp_path)
    assert model.preprocess == replace(PRESETS["paper"], rows=64, columns=64)
    Predictor(model, threads=1).warm_up()


@pytest.mark.parametrize(
    "models",
    [("cnn+papre",), ("cnn+",), ("cnn+paper+paper",), ("net+paper",), ("cnn", "cnn+plain")],
)
def test_what_is_no_model_or_twice_the_same_is_refused(models: tuple[str, ...]) -> None:
    with pytest.raises(DatasetError, match=r"expected each once, of .*paper.*plain") as error:
        StudyConfig(dataset="phantom", root="", models=models)
    assert "\n" not in str(error.value)


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    with pytest.raises(DatasetError, match=r"'papre' is unknown; expected one of .*'paper'"):
        preset("papre")


def test_a_config_from_before_there_were_presets_is_plain() -> None:
    values = json.loads(CONFIG.to_json())
    for name in ("enhancement", "pectoral", "color"):
        del values["preprocess"][name]
    assert TrainConfig.from_json(json.dumps(values)) == CONFIG
    assert TrainConfig.from_json(PAPER.to_json()) == PAPER
    values["preprocess"]["colour"] = "gray"
    with pytest.raises(DatasetError, match="colour"):
        TrainConfig.from_json(json.dumps(values))


@pytest.mark.parametrize(
    ("signals", "seeds", "said"),
    [
        ((1.0, 1.0), (0,), "cannot be told apart, and nothing here shows that the preproc"),
        ((0.0, 9.0), (0,), "in these trainings the preprocessing helps; what another"),
        ((9.0, 0.0), (0, 1), "so the preprocessing harms here"),
    ],
)
def test_plain_run_folders_are_concluded_of_by_what_was_measured(
    tmp_path: Path, signals: tuple[float, float], seeds: tuple[int, ...], said: str
) -> None:
    """The run with the preset is given first or last: it is the one whose gain is told."""
    values: list[dict[str, Any]] = []
    for order in (1, -1):
        root = tmp_path / str(order)
        runs = [
            write_run(root / "one", signal=signals[0], seeds=seeds),
            write_run(root / "other", signal=signals[1], seeds=seeds, config=PAPER),
        ]
        values.append(compare(runs[::order], root / "out", replicates=REPLICATES))
        assert said in read(root / "out")
    (first,), (second,) = (each["ablations"] for each in values)
    assert (first["with"], first["without"]) == (second["with"], second["without"])
    assert first["with"] == "other"
    # Seeds are drawn model by model, so that the order moves an interval a little.
    words = [re.sub(r"[0-9.]+", "", pair["conclusion"]) for pair in (first, second)]
    assert words[0] == words[1]


@pytest.mark.parametrize(
    ("changed", "seeds"),
    [
        (CONFIG, (0,)),
        (replace(PAPER, init="imagenet"), (0,)),
        (replace(PAPER, model="densenet121"), (0,)),
        (replace(PAPER, fit=replace(PAPER.fit, epochs=31)), (0,)),
        (replace(PAPER, preprocess=replace(PRESETS["paper"], rows=128)), (0,)),
        (replace(CONFIG, fit=replace(CONFIG.fit, lesions=0.5, batch_size=3)), (0,)),
        (PAPER, (1,)),
    ],
)
def test_runs_that_differ_in_nothing_or_in_more_are_no_ablation(
    tmp_path: Path, changed: TrainConfig, seeds: tuple[int, ...]
) -> None:
    runs = [write_run(tmp_path / "one"), write_run(tmp_path / "two", config=changed, seeds=seeds)]
    values = compare(runs, tmp_path / "out", replicates=REPLICATES)
    assert values["ablations"] == [] and TITLE not in read(tmp_path / "out")


@pytest.mark.parametrize(
    ("changed", "aspect", "said"),
    [
        (
            replace(CONFIG, fit=replace(CONFIG.fit, lesions=0.5)),
            LESIONS,
            "lesions in 0.5 of the images without a finding; against lesions in 0 of",
        ),
        (
            replace(CONFIG, fit=replace(CONFIG.fit, epochs=99)),
            EPOCHS,
            "99 epochs of whole images; against ",
        ),
        (
            replace(CONFIG, fit=replace(CONFIG.fit, epochs=2, mosaic_epochs=7)),
            MOSAICS,
            "7 epochs of mosaics and 2 of whole images; against 0 epochs of mosaics and",
        ),
        (
            replace(CONFIG, preprocess=replace(CONFIG.preprocess, rows=448, columns=320)),
            SIZE,
            "448 × 320 pixels; against 256 × 256 pixels",
        ),
    ],
)
def test_what_a_training_has_more_of_is_what_is_asked_about(
    tmp_path: Path, changed: TrainConfig, aspect: str, said: str
) -> None:
    for order in (1, -1):
        root = tmp_path / str(order)
        runs = [
            write_run(root / "more", signal=9.0, config=changed),
            write_run(root / "less", signal=0.0),
        ]
        (pair,) = compare(runs[::order], root / "out", replicates=REPLICATES)["ablations"]
        assert (pair["with"], pair["without"], pair["aspect"]) == ("more", "less", aspect)
        text = read(root / "out")
        assert f"more and less differ in {aspect} alone: {said}" in text
        assert f"{aspect} helps" in text


def test_a_run_without_its_config_is_compared_and_says_nothing_of_preprocessing(
    tmp_path: Path,
) -> None:
    runs = [write_run(tmp_path / "one"), write_run(tmp_path / "two", config=PAPER)]
    runs[1].config.unlink()
    values = compare(runs, tmp_path / "out", replicates=REPLICATES)
    assert [model["preprocessing"] for model in values["models"]] == [
        "breast only, gray, 256 × 256",
        "not said",
    ]
    assert values["ablations"] == []
