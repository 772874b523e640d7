"""A batch: every file its row, killed and gone on with, never dropped and never twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mammoscope.batch import job
from mammoscope.batch.local import run_local
from mammoscope.batch.reading import Settings
from mammoscope.batch.run import Engine, run_batch
from mammoscope.batch.table import read_metadata
from mammoscope.cli import app
from mammoscope.images.decode import decode
from mammoscope.inference.answer import read
from mammoscope.inference.predictor import Predictor
from mammoscope.types import RESEARCH_NOTICE, MammoscopeError
from tests.batch.archives import BLANK, BROKEN, TEXT, write_archive, write_zoo


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return write_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    write_archive(folder)
    return folder


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PART_ROWS", 3)


def rows(out: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(out).to_pylist())


def stopped_after(parts: int) -> Engine:
    """The local engine, that ends as if it were killed."""

    def run(*args: Any) -> Iterator[Any]:
        for number, answered in enumerate(run_local(*args)):
            if number == parts:
                raise KeyboardInterrupt
            yield answered

    return run


@pytest.mark.usefixtures("small_parts")
def test_every_file_has_its_row_with_the_answer_or_the_reason(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    said: list[str] = []
    summary = run_batch(str(archive), tmp_path / "out.parquet", settings, say=said.append)
    found = rows(summary.out)
    names = [os.path.relpath(row["file"], archive) for row in found]
    expected = sorted(str(p.relative_to(archive)) for p in archive.rglob("*") if p.is_file())
    assert sorted(names) == expected
    assert len(names) == len(set(names)) == summary.files == 8
    by_name = dict(zip(names, found, strict=True))
    predictor = Predictor(settings.open(), threads=1)
    for name, row in by_name.items():
        assert (row["model"], row["precision"]) == ("tiny@1", "float32")
        if name in (BROKEN, TEXT):
            assert row["error"] and row["verdict"] is None and row["score"] is None
            continue
        (alone,) = read((archive / name).read_bytes(), [predictor], decode=decode).predictions
        assert (row["score"], row["verdict"], row["reason"]) == (
            alone.score, alone.verdict, alone.reason
        )  # fmt: skip
        assert row["threshold"] == alone.operating_point.threshold
        assert row["warnings"] == list(alone.warnings)
        assert row["error"] is None
    assert by_name[BLANK]["verdict"] == "cannot assess"
    assert by_name["deep/1.dcm"]["laterality"] == "R" and by_name["deep/1.dcm"]["view"] == "MLO"
    assert summary.verdicts["not read"] == 2
    assert sum(summary.verdicts.values()) == 8
    assert read_metadata(summary.out)["notice"] == RESEARCH_NOTICE
    assert said[0] == "8 files"
    assert said[-1].startswith("8 of 8 files, ")
    assert not (tmp_path / "out.parquet.parts").exists()


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("parts", [0, 1, 2])
def test_a_batch_that_was_stopped_goes_on_to_the_same_table(
    archive: Path, settings: Settings, tmp_path: Path, parts: int
) -> None:
    whole = run_batch(str(archive), tmp_path / "whole.parquet", settings)
    out = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        run_batch(str(archive), out, settings, engine=stopped_after(parts))
    assert not out.exists()
    asked: list[int] = []

    def watched(left: Any, *args: Any) -> Iterator[Any]:
        left = list(left)
        asked.extend(number for number, _ in left)
        return run_local(left, *args)

    said: list[str] = []
    run_batch(str(archive), out, settings, engine=watched, say=said.append)
    assert asked == list(range(parts, 3))
    assert parts == 0 or f"{3 * parts} of them done before" in said[0]
    assert rows(out) == rows(whole.out)
    # Once it is whole there is nothing left to do.
    before = out.stat().st_mtime_ns
    again = run_batch(str(archive), out, settings, engine=stopped_after(0))
    assert (again.files, out.stat().st_mtime_ns) == (8, before)


@pytest.mark.usefixtures("small_parts")
def test_a_file_that_came_or_went_meanwhile_drops_no_row(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    write_archive(copy)
    out = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        run_batch(str(copy), out, settings, engine=stopped_after(1))
    (copy / "notes.txt").unlink()
    (copy / "aaa.txt").write_text("came later")
    run_batch(str(copy), out, settings)
    found = rows(out)
    assert len(found) == 8
    gone = next(row for row in found if row["file"].endswith("notes.txt"))
    assert gone["error"] == "the file cannot be opened: No such file or directory"


@pytest.mark.usefixtures("small_parts")
def test_a_table_may_be_made_in_its_own_archive(settings: Settings, tmp_path: Path) -> None:
    names = write_archive(tmp_path)
    summary = run_batch(str(tmp_path), tmp_path / "deep" / "out.parquet", settings)
    assert [row["file"] for row in rows(summary.out)] == [str(tmp_path / name) for name in names]


def change_model(settings: Settings) -> Settings:
    return replace(settings, aspect=1.3)


@pytest.mark.usefixtures("small_parts")
def test_what_would_make_rows_unlike_is_refused(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    with pytest.raises(KeyboardInterrupt):
        run_batch(str(archive), out, settings, engine=stopped_after(1))
    with pytest.raises(MammoscopeError, match="begun with another aspect; give the same"):
        run_batch(str(archive), out, replace(settings, aspect=1.3))
    with pytest.raises(MammoscopeError, match="begun with another source"):
        run_batch(str(archive / "deep"), out, settings)
    run_batch(str(archive), out, settings)
    with pytest.raises(MammoscopeError, match="not the table of this batch"):
        run_batch(str(archive), out, replace(settings, window=1))
    with pytest.raises(MammoscopeError, match=r"ends in \.parquet"):
        run_batch(str(archive), tmp_path / "out.csv", settings)
    other = tmp_path / "other.parquet"
    other.write_text("something of somebody's")
    with pytest.raises(MammoscopeError, match="is there already"):
        run_batch(str(archive), other, settings)
    assert other.read_text() == "something of somebody's"


@pytest.mark.usefixtures("small_parts")
def test_an_engine_may_give_a_part_twice_but_must_give_all(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    def twice(*args: Any) -> Iterator[Any]:
        for answered in run_local(*args):
            yield answered
            yield answered

    def lazy(left: Any, *args: Any) -> Iterator[Any]:
        return run_local(list(left)[1:], *args)

    run_batch(str(archive), tmp_path / "twice.parquet", settings, engine=twice)
    assert len(rows(tmp_path / "twice.parquet")) == 8
    out = tmp_path / "out.parquet"
    with pytest.raises(MammoscopeError, match="1 of 3 parts were not answered; what is done"):
        run_batch(str(archive), out, settings, engine=lazy)
    assert not out.exists()
    run_batch(str(archive), out, settings)
    assert rows(out) == rows(tmp_path / "twice.parquet")


def test_two_batches_at_one_table_are_refused(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"

    def nested(*args: Any) -> Iterator[Any]:
        with pytest.raises(MammoscopeError, match=r"running in .* already"):
            run_batch(str(archive), out, settings)
        return run_local(*args)

    run_batch(str(archive), out, settings, engine=nested)
    assert len(rows(out)) == 8


def test_a_file_whose_decoder_crashes_costs_its_own_row(
    archive: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mammoscope.batch.local.DecodeWorkers",
        lambda count: _workers(count, function="tests.batch.crashing:decode"),
    )
    run_batch(str(archive), tmp_path / "out.parquet", settings)
    found = rows(tmp_path / "out.parquet")
    assert len(found) == 8
    crashed = [row for row in found if "crash" in (row["error"] or "")]
    assert [Path(row["file"]).name for row in crashed] == ["notes.txt"]
    assert sum(row["verdict"] is not None for row in found) == 6


def _workers(count: int, **options: Any) -> Any:
    from mammoscope.inference.decode_worker import DecodeWorkers

    return DecodeWorkers(count, **options)


def test_a_batch_killed_by_the_system_goes_on_by_the_command_line(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    """Many links, small parts, SIGKILL in the middle: the same command ends it."""
    many = tmp_path / "many"
    many.mkdir()
    for number in range(60):
        (many / f"{number:03}.png").symlink_to(archive / "0.png")
    out = tmp_path / "out.parquet"
    program = (
        "from mammoscope.batch import job; job.PART_ROWS = 5; from mammoscope.cli import app; app()"
    )
    words = ["batch", str(many), "--out", str(out), "--zoo", settings.zoo, "--json"]
    command = [sys.executable, "-c", program, *words]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    parts = tmp_path / "out.parquet.parts"
    _wait(lambda: len(list(parts.glob("part-*.parquet"))) >= 2, killed)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not out.exists()
    done = len(list(parts.glob("part-*.parquet")))
    assert 2 <= done < 12
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{5 * done} of them done before" in ended.stderr
    assert json.loads(ended.stdout)["files"] == 60
    found = rows(out)
    assert [Path(row["file"]).name for row in found] == [f"{n:03}.png" for n in range(60)]
    assert len({row["score"] for row in found}) == 1


def _wait(until: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while not until():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_command_says_what_it_found_and_that_it_is_research(
    archive: Path, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out.parquet"
    words = ["batch", str(archive), "--out", str(out), "--zoo", settings.zoo]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0
    first, last = result.stdout.splitlines()
    assert first.startswith(f"{out}: 8 files: 1 cannot assess, ")
    assert "2 not read" in first
    assert last == RESEARCH_NOTICE
    refused = CliRunner().invoke(app, ["batch", "nowhere", "--out", str(tmp_path / "x.parquet")])
    assert refused.exit_code == 1
    assert "nowhere does not exist" in refused.stderr
    assert not (tmp_path / "x.parquet.parts" / "job.json").exists()
    for wrong in (["--engine", "spark"], ["--address", "10.0.0.1:6379"]):
        assert CliRunner().invoke(app, [*words, *wrong]).exit_code == 2
