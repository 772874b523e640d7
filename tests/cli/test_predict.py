"""`mammoscope predict`: answers in order, errors told file by file, exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.cli.inputs import parse_aspect
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.decode import decode
from mammoscope.types import RESEARCH_NOTICE
from tests.broken_files import BROKEN_FILES
from tests.dicom_files import make_dicom
from tests.published import measure, write_tiny_model

COMMAND = [sys.executable, "-c", "from mammoscope.cli import app; app()", "predict"]
KEYS = {
    *("file", "model", "score", "scores", "verdict", "reason"),
    *("operating_point", "warnings", "milliseconds", "precision"),
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    write_tiny_model(folder, "alpha", seed=1)
    write_tiny_model(folder, "beta", seed=2)
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for masses in (0, 1):
        config = PhantomConfig(masses=masses)
        pixels = make_phantom(5, laterality="L", view="MLO", config=config).pixels
        cv2.imwrite(str(folder / f"{masses}.png"), np.rint(pixels * 65535).astype(np.uint16))
    cv2.imwrite(str(folder / "blank.png"), np.zeros((300, 300), dtype=np.uint8))
    (folder / "broken.png").write_bytes((folder / "0.png").read_bytes()[:5000])
    return folder


def predict(zoo: Path, *arguments: object) -> Any:
    return CliRunner().invoke(app, ["predict", "--zoo", str(zoo), *map(str, arguments)])


def test_a_broken_file_in_the_middle_stops_no_other(zoo: Path, images: Path) -> None:
    files = [images / name for name in ("1.png", "broken.png", "0.png", "gone.png", "")]
    run = predict(zoo, "--json", *files)
    assert run.exit_code == 1
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [row["file"] for row in rows] == list(map(str, files))
    assert [set(row) for row in rows] == [
        KEYS,
        {"file", "error"},
        KEYS,
        {"file", "error"},
        {"file", "error"},
    ]
    assert "No such file" in rows[3]["error"] and "directory" in rows[4]["error"]
    assert rows[0]["score"] != rows[2]["score"]  # the lesion moves it
    assert rows[0]["model"] == "alpha@1"
    assert set(rows[0]["operating_point"]) == {"name", "threshold", "sensitivity", "specificity"}
    assert set(rows[0]["operating_point"]["sensitivity"]) == {"value", "low", "high", "method"}


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("name", BROKEN_FILES)
def test_what_cannot_be_read_is_one_clear_error_that_leaves_nothing_behind(
    zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, flags: list[str]
) -> None:
    data, error = BROKEN_FILES[name]
    file, scratch = tmp_path / "file", tmp_path / "scratch"
    file.write_bytes(data)
    scratch.mkdir()
    monkeypatch.chdir(scratch)
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)  # looks TMPDIR up again
    run = predict(zoo, *flags, file)
    assert run.exit_code == 1
    assert isinstance(run.exception, SystemExit)
    assert run.stderr == ""
    if flags:
        (line,) = run.stdout.splitlines()
        message = json.loads(line)["error"]
        assert set(json.loads(line)) == {"file", "error"}
    else:
        line, notice = run.stdout.splitlines()
        assert notice == RESEARCH_NOTICE
        start, _, message = line.partition(": not read: ")
        assert start == str(file)
    with pytest.raises(error) as refusal:
        decode(data)
    assert message == str(refusal.value)
    assert list(scratch.iterdir()) == []


def test_files_that_can_all_be_read_exit_with_0(zoo: Path, images: Path) -> None:
    run = predict(zoo, "--json", images / "0.png", images / "blank.png")
    assert run.exit_code == 0
    assert run.stderr == ""
    blank = json.loads(run.stdout.splitlines()[1])
    assert blank["verdict"] == "cannot assess"
    assert blank["score"] is None and blank["scores"] == {} and blank["reason"]


def test_a_person_reads_the_verdict_first_and_the_notice_once(zoo: Path, images: Path) -> None:
    files = [images / name for name in ("0.png", "blank.png", "broken.png")]
    alpha = predict(zoo, *files)
    assert alpha.exit_code == 1
    lines = alpha.stdout.splitlines()
    assert lines[0] == f"{files[0]}: Not suspicious by this model (not detected)"
    assert alpha.stdout.count(RESEARCH_NOTICE) == 1 and lines[-1] == RESEARCH_NOTICE
    for text in ("sensitivity 0.70 (0.60 to 0.75)", "specificity 0.60", "alpha@1", " ms"):
        assert text in alpha.stdout
    assert any(line.startswith(f"{files[1]}: Cannot assess: ") for line in lines)
    assert any(line.startswith(f"{files[2]}: not read: ") for line in lines)
    beta = predict(zoo, "--model", "beta", files[0])
    assert beta.stdout.splitlines()[0].endswith("Suspicious: above the operating point (detected)")


def test_the_aspect_changes_what_the_model_sees(zoo: Path, images: Path) -> None:
    scores = [
        json.loads(predict(zoo, "--json", *extra, images / "1.png").stdout)["score"]
        for extra in ([], ["--aspect", "2"], ["--aspect", "4/2"])
    ]
    assert scores[0] != scores[1] == scores[2]


def test_the_window_changes_what_the_model_sees(zoo: Path, tmp_path: Path) -> None:
    phantom = make_phantom(5, laterality="L", view="MLO", config=PhantomConfig(masses=1))
    stored = np.rint(phantom.pixels * 4095).astype(np.uint16)
    (tmp_path / "file").write_bytes(make_dicom(stored, window=([2048, 1200], [4096, 1200])))
    first, same, second = (
        json.loads(predict(zoo, "--json", *extra, tmp_path / "file").stdout)["score"]
        for extra in ([], ["--window", "0"], ["--window", "1"])
    )
    assert first == same != second
    assert predict(zoo, "--window", "-1", tmp_path / "file").exit_code == 2


@pytest.mark.parametrize(
    ("text", "value"), [("1.3", 1.3), ("4/3", 4 / 3), ("1", 1.0), ("0.1", 0.1), ("3/0.5", 6.0)]
)
def test_an_aspect_is_a_number_or_a_ratio(text: str, value: float) -> None:
    assert parse_aspect(text) == value


@pytest.mark.parametrize("text", ["", "wide", "1/0", "4:3", "nan", "inf", "0", "-1", "11", "1/2/3"])
def test_any_other_aspect_is_a_usage_error(zoo: Path, images: Path, text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_aspect(text)
    run = predict(zoo, f"--aspect={text}", images / "0.png")
    assert run.exit_code == 2
    assert run.stdout == ""


def test_no_file_is_a_usage_error(zoo: Path) -> None:
    assert predict(zoo).exit_code == 2


@pytest.mark.parametrize("model", ["gamma", "alpha@2", "../alpha"])
def test_an_unknown_model_is_one_line_on_stderr(zoo: Path, images: Path, model: str) -> None:
    run = predict(zoo, "--json", "--model", model, images / "0.png")
    assert run.exit_code == 1
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.startswith("mammoscope: ")


def test_a_changed_model_is_refused_in_one_line(tmp_path: Path, images: Path) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    (tmp_path / "alpha@1" / "preprocess.json").write_text("{}")
    run = predict(tmp_path, images / "0.png")
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and "SHA-256" in run.stderr


def test_an_endless_or_oversized_file_is_refused(
    zoo: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mammoscope.cli.inputs.MAX_FILE_BYTES", 1000)
    run = predict(zoo, "--json", images / "0.png")
    assert run.exit_code == 1
    assert "larger" in json.loads(run.stdout)["error"]


def test_a_file_name_that_is_no_text_does_not_stop_the_others(
    zoo: Path, images: Path, tmp_path: Path
) -> None:
    odd = os.fsdecode(b"\xff.png")
    for flags in ([], ["--json"]):
        run = subprocess.run(
            [*COMMAND, *flags, "--zoo", str(zoo), odd, str(images / "0.png")],
            capture_output=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
        )
        assert run.returncode == 1
        assert b"alpha@1" in run.stdout and b"Traceback" not in run.stderr


def test_the_first_answer_is_out_before_the_last_file_is_there(
    zoo: Path, images: Path, tmp_path: Path
) -> None:
    late = tmp_path / "late"
    os.mkfifo(late)
    with subprocess.Popen(
        [*COMMAND, "--json", "--zoo", str(zoo), str(images / "0.png"), str(late)],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["verdict"] == "not suspicious"
        late.write_bytes((images / "1.png").read_bytes())
        assert json.loads(process.stdout.readline())["file"] == str(late)
        assert process.wait(20) == 0


def test_a_precision_is_answered_in_only_where_it_is_admitted(
    tmp_path: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    plain = predict(tmp_path, images / "1.png", "--json")
    assert json.loads(plain.stdout)["precision"] == "float32"
    refused = predict(tmp_path, images / "1.png", "--precision", "int8")
    assert refused.exit_code == 1 and "was not measured in int8" in refused.stderr
    measure(tmp_path, "alpha@1", "int8", flipped=0.04)
    refused = predict(tmp_path, images / "1.png", "--precision", "int8")
    assert refused.exit_code == 1 and "4.00% change their verdict" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1 and refused.stdout == ""
    measure(tmp_path, "alpha@1", "int8")
    answered = predict(tmp_path, images / "1.png", "--precision", "int8")
    assert answered.exit_code == 0, answered.stderr
    assert "alpha@1 in int8" in answered.stdout and "score 0.900" in answered.stdout
    monkeypatch.setitem(sys.modules, "openvino", None)
    without = predict(tmp_path, images / "1.png", "--precision", "int8")
    assert without.exit_code == 1 and "pip install 'mammoscope[fast]'" in without.stderr
    assert predict(tmp_path, images / "1.png", "--json").exit_code == 0


def test_an_unknown_precision_is_a_wrong_usage(zoo: Path, images: Path) -> None:
    run = predict(zoo, images / "1.png", "--precision", "float16")
    assert run.exit_code == 2 and "'float16' is none of" in run.stderr
