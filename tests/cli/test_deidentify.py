"""`mammoscope deidentify`: files and folders in, files that name nobody out, and a report."""

from __future__ import annotations

import io
import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.filereader import dcmread
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.cli.deidentified_files import Worker, find_files
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.pseudonyms import Pseudonyms
from mammoscope.inference.decode_worker import MEMORY_BYTES, SECONDS
from mammoscope.types import DecodeError
from tests.canary_dicom import CANARY, canary_dicom, phantom_values, survivors

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def good() -> bytes:
    config = PhantomConfig(rows=160, columns=128, label=False)
    return canary_dicom(
        phantom_values(make_phantom(1, laterality="L", view="CC", config=config).pixels)
    )


def another(data: bytes, number: int) -> bytes:
    """The same file as another instance of its series."""
    ds = dcmread(io.BytesIO(data))
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{ds.SOPInstanceUID}.{number}"
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def run(*words: str | Path, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["deidentify", *map(str, words)], env=env)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n")
    return path


def reports(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_folder_is_searched_and_one_bad_file_does_not_stop_the_others(
    tmp_path: Path, key: Path, good: bytes
) -> None:
    source = tmp_path / "in" / f"{CANARY}^Anna"
    source.mkdir(parents=True)
    files = {"a.dcm": good, "b.dcm": good[: len(good) // 2], f"{CANARY}.dcm": another(good, 2)}
    for name, data in {**files, "notes.txt": b"not a DICOM", "DICOMDIR": good}.items():
        (source / name).write_bytes(data)
    out = tmp_path / "out"
    code, stdout, stderr = run(tmp_path / "in", "--out", out, "--key-file", key, "--json")
    assert code == 1
    told = reports(stdout)
    assert [report["file"] for report in told] == [1, 2, 3]
    failed = [report for report in told if report["error"]]
    assert len(failed) == 1 and failed[0]["written"] is None
    names = sorted(report["written"] for report in told if report["written"])
    assert names == sorted(path.name for path in out.iterdir()) and len(names) == 2
    assert str(source / "b.dcm") in stderr and "1 of 3 files failed" in stderr
    for name in names:
        assert survivors((out / name).read_bytes()) == [] and survivors(name.encode()) == []
    assert survivors(stdout.encode()) == []
    read = [dcmread(out / name) for name in names]
    assert read[0].StudyInstanceUID == read[1].StudyInstanceUID
    for name, data in files.items():
        assert (source / name).read_bytes() == data


def test_the_same_key_gives_the_same_file_and_its_text_report(
    tmp_path: Path, key: Path, good: bytes
) -> None:
    file = tmp_path / "in.dcm"
    file.write_bytes(good)
    code, stdout, stderr = run(file, "--out", tmp_path / "one", "--key-file", key)
    assert code == 0 and stderr == ""
    assert "  applied   113101 Clean Pixel Data Option" in stdout.splitlines()
    assert "  emptied   (0010,0010) PatientName: PS3.15 table E.1-1" in stdout.splitlines()
    assert survivors(stdout.encode()) == []
    env = {"MAMMOSCOPE_KEY_FILE": str(key)}
    assert run(file, "--out", tmp_path / "two", env=env)[0] == 0
    (one,), (two,) = (list((tmp_path / name).iterdir()) for name in ("one", "two"))
    assert one.name == two.name and one.read_bytes() == two.read_bytes()


def test_without_a_key_it_is_told_that_the_mapping_is_lost(tmp_path: Path, good: bytes) -> None:
    file = tmp_path / "in.dcm"
    file.write_bytes(good)
    for _ in range(2):
        code, _, stderr = run(file, "--out", tmp_path / "out")
        assert code == 0 and "the mapping is lost" in stderr
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_two_files_of_one_number_do_not_replace_each_other(
    tmp_path: Path, key: Path, good: bytes
) -> None:
    ds = dcmread(io.BytesIO(good))
    ds.KVP = 30
    ds.save_as(tmp_path / "b.dcm", enforce_file_format=True)
    (tmp_path / "a.dcm").write_bytes(good)
    words = (tmp_path / "a.dcm", tmp_path / "b.dcm", "--out", tmp_path / "out", "--key-file", key)
    code, _, stderr = run(*words)
    assert code == 1 and "same SOP Instance UID" in stderr
    (written,) = (tmp_path / "out").iterdir()
    assert dcmread(written).KVP == 29


def test_an_original_is_never_replaced(tmp_path: Path, key: Path, good: bytes) -> None:
    file = tmp_path / "in.dcm"
    file.write_bytes(good)
    run(file, "--out", tmp_path / "out", "--key-file", key)
    (first,) = (tmp_path / "out").iterdir()
    trap = tmp_path / "trap" / first.name
    trap.parent.mkdir()
    trap.write_bytes(good)
    code, _, stderr = run(trap, "--out", trap.parent, "--key-file", key)
    assert code == 1 and "would replace an original" in stderr
    assert trap.read_bytes() == good and list(trap.parent.iterdir()) == [trap]


def test_what_the_run_writes_is_not_read_again(tmp_path: Path, good: bytes) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for path in (tmp_path / "a.dcm", out / "b.dcm"):
        path.write_bytes(good)
    assert find_files([tmp_path, tmp_path / "a.dcm"], out=out) == [tmp_path / "a.dcm"]


@pytest.mark.parametrize(
    ("key_text", "said"), [("short", "expected at least 16"), (None, "cannot be read")]
)
def test_a_bad_key_is_one_line(
    tmp_path: Path, good: bytes, key_text: str | None, said: str
) -> None:
    file, key = tmp_path / "in.dcm", tmp_path / "bad-key"
    file.write_bytes(good)
    if key_text is not None:
        key.write_text(key_text)
    code, stdout, stderr = run(file, "--out", tmp_path / "out", "--key-file", key)
    assert code == 1 and stdout == "" and said in stderr and len(stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_and_a_file_that_is_no_dicom_are_errors(tmp_path: Path, key: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, stderr = run(tmp_path / "empty", "--out", tmp_path / "out", "--key-file", key)
    assert code == 1 and "no DICOM" in stderr
    (tmp_path / "text").write_bytes(b"a text")
    code, _, stderr = run(tmp_path / "text", "--out", tmp_path / "out", "--key-file", key)
    assert code == 1 and "not a DICOM" in stderr
    assert not (tmp_path / "out").exists()


def test_a_file_that_brings_its_process_down_is_an_error_and_the_next_is_read(
    tmp_path: Path, good: bytes
) -> None:
    file = tmp_path / "in.dcm"
    file.write_bytes(good)
    with Worker(Pseudonyms.random(), keep_going=False) as worker:
        first = worker.deidentify(file)
        assert worker._pool is not None
        (process,) = worker._pool._processes.values()
        process.kill()
        process.join()
        with pytest.raises(DecodeError, match="brought its decoder down"):
            worker.deidentify(file)
        assert worker.deidentify(file) == first


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")
def test_files_are_read_with_the_limits_of_a_decoding_process(tmp_path: Path, good: bytes) -> None:
    file = tmp_path / "in.dcm"
    file.write_bytes(good)
    with Worker(Pseudonyms.random(), keep_going=False) as worker:
        worker.deidentify(file)
        assert worker._pool is not None
        limits = [
            worker._pool.submit(resource.getrlimit, kind).result()
            for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)
        ]
        allowed, _ = worker._pool.submit(resource.getrlimit, resource.RLIMIT_CPU).result()
    assert limits == [(MEMORY_BYTES, MEMORY_BYTES), (0, 0), (0, 0)]
    assert 0 < allowed <= 2 * SECONDS


def test_text_on_the_breast_is_written_only_when_asked(tmp_path: Path, key: Path) -> None:
    made = make_phantom(1, laterality="L", view="CC", config=PhantomConfig(label=False))
    ds = dcmread(io.BytesIO(canary_dicom(phantom_values(made.pixels))))
    ds.BurnedInAnnotation = "YES"
    ds.save_as(tmp_path / "in.dcm", enforce_file_format=True)
    words = (tmp_path / "in.dcm", "--out", tmp_path / "out", "--key-file", key, "--json")
    code, _, stderr = run(*words)
    assert code == 1 and "--keep-going" in stderr and not (tmp_path / "out").exists()
    code, stdout, _ = run(*words, "--keep-going")
    assert code == 0
    (report,) = reports(stdout)
    assert [option["code"] for option in report["options"]] == ["113100", "113105"]
    assert report["warnings"] and report["blanked"] == []
    written = dcmread(tmp_path / "out" / report["written"])
    np.testing.assert_array_equal(written.pixel_array, phantom_values(made.pixels))
