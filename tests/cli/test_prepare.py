"""`mammoscope prepare`: the pictures, what is said of them, and a folder that is whole or not."""

from __future__ import annotations

import errno
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.decode import decode
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.images.preprocess import prepare as prepare_image
from mammoscope.images.stages import (
    CHEST_WALL_COLOR,
    CROP_COLOR,
    OUTLINE_COLOR,
    PECTORAL_COLOR,
)
from mammoscope.types import MammoscopeError
from tests.prepare_command import (
    DecodeWorkers,
    picture,
    plain_words,
    prepare,
    prepare_json,
    share_decoding,
)
from tests.published import write_tiny_model

one_decoder = pytest.fixture(autouse=True, scope="module")(share_decoding)

STAGES = ("1-decoded", "2-breast", "3-cropped", "4-prepared", "4-prepared-16bit")
PICTURES = {f"{name}.png" for name in STAGES}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for side in ("L", "R"):
        pixels = make_phantom(5, laterality=side, view="MLO", config=PhantomConfig()).pixels
        write(folder / f"{side}.png", pixels)
        write(folder / f"{side}-white.png", 1.0 - pixels)
    write(folder / "blank.png", np.zeros((300, 300)))
    (folder / "broken.png").write_bytes((folder / "L.png").read_bytes()[:5000])
    return folder


def write(path: Path, pixels: np.ndarray) -> None:
    cv2.imwrite(str(path), np.rint(pixels * 65535).astype(np.uint16))


@pytest.mark.parametrize("side", ["L", "R"])
def test_either_side_is_written_with_the_chest_wall_left(
    images: Path, tmp_path: Path, side: str
) -> None:
    report = prepare_json(images / f"{side}.png", "--out", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == PICTURES
    assert report["geometry"]["mirrored"] is (side == "R")
    assert report["chest_wall"] == ("right" if side == "R" else "left")
    eaten = prepare_image(decode((images / f"{side}.png").read_bytes()), PreprocessConfig()).array
    assert np.array_equal(
        picture(tmp_path / "4-prepared-16bit.png"), np.rint(eaten[:, :, 0] * 65535)
    )
    drawn = picture(tmp_path / "2-breast.png")
    for color in (CROP_COLOR, OUTLINE_COLOR, CHEST_WALL_COLOR, PECTORAL_COLOR):
        assert (drawn == color).all(axis=2).any()
    third = picture(tmp_path / "3-cropped.png")
    assert third[:, :60].mean() > 2 * third[:, -60:].mean()


def test_the_machine_is_told_everything_that_was_done(images: Path, tmp_path: Path) -> None:
    report = prepare_json(images / "R.png", "--out", tmp_path / "new" / "folder")
    assert report["pictures"] == [str(tmp_path / "new" / "folder" / f"{n}.png") for n in STAGES]
    assert all(Path(path).is_file() for path in report["pictures"])
    assert report["can_be_assessed"] is True and report["reason"] is None
    assert report["warnings"] == [] and report["model"] is None
    assert report["image"]["source"]["format"] == "png" and report["image"]["source"]["bits"] == 16
    assert report["preprocess"]["rows"] == 256
    top, left, bottom, right = report["geometry"]["crop"]
    assert picture(tmp_path / "new" / "folder" / "3-cropped.png").shape == (
        bottom - top,
        right - left,
    )


def test_a_person_is_told_the_same_in_words(images: Path, tmp_path: Path) -> None:
    run = prepare(images / "R-white.png", "--out", tmp_path)
    assert run.exit_code == 0 and run.stderr == ""
    lines = [" ".join(line.split()) for line in run.stdout.splitlines()]
    assert lines[0] == f"{images / 'R-white.png'}: Can be assessed"
    assert "step scaled by 16 of 16 bits" in lines
    assert "mirrored yes" in lines and any("wall on the right" in line for line in lines)
    assert any(line.startswith("crop box rows 0 to ") for line in lines)
    assert any(line.startswith("scale 0.") for line in lines)
    assert any(line.startswith("warning The image had a white surround") for line in lines)
    assert f"wrote {tmp_path / '2-breast.png'}" in lines


def test_a_white_surround_is_turned_before_the_first_picture(images: Path, tmp_path: Path) -> None:
    dark, white = tmp_path / "dark", tmp_path / "white"
    prepare_json(images / "L.png", "--out", dark)
    report = prepare_json(images / "L-white.png", "--out", white)
    assert any("inverted" in step for step in report["image"]["source"]["steps"])
    assert len(report["warnings"]) == 1
    for name in ("1-decoded", "2-breast", "3-cropped", "4-prepared"):
        a, b = picture(dark / f"{name}.png").astype(int), picture(white / f"{name}.png").astype(int)
        assert a.shape == b.shape and np.abs(a - b).max() <= 1, name
    assert picture(white / "1-decoded.png")[:, -20:].mean() < 30


def test_an_image_that_cannot_be_assessed_is_prepared_and_the_reason_given(
    images: Path, tmp_path: Path
) -> None:
    report = prepare_json(images / "blank.png", "--out", tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == PICTURES
    assert report["can_be_assessed"] is False and "no breast" in report["reason"]
    assert report["chest_wall"] is None
    run = prepare(images / "blank.png", "--out", tmp_path)
    assert run.exit_code == 0
    assert run.stdout.startswith(f"{images / 'blank.png'}: Cannot assess: no breast")


@pytest.mark.parametrize("name", ["broken.png", "gone.png", ""])
def test_a_file_that_cannot_be_read_is_one_line_and_no_folder(
    images: Path, tmp_path: Path, name: str
) -> None:
    run = prepare("--json", images / name, "--out", tmp_path / "out")
    assert run.exit_code == 1
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1 and run.stderr.startswith("mammoscope: ")
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_decoded_in_a_process_apart(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers: list[DecodeWorkers] = []

    def make_workers() -> DecodeWorkers:
        workers.append(DecodeWorkers())
        return workers[0]

    monkeypatch.setattr("mammoscope.inference.decode_worker.DecodeWorkers", make_workers)
    monkeypatch.setattr("mammoscope.images.decode.decode", None)
    report = prepare_json(images / "L.png", "--out", tmp_path)
    assert report["can_be_assessed"] is True
    (own,) = workers
    with pytest.raises(MammoscopeError, match="closed"):
        own.decode(b"")


def test_an_endless_or_oversized_file_is_refused(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import import_module

    monkeypatch.setattr(import_module("mammoscope.cli.inputs"), "MAX_FILE_BYTES", 1000)
    run = prepare(images / "L.png", "--out", tmp_path / "out")
    assert run.exit_code == 1 and "larger" in run.stderr
    assert not (tmp_path / "out").exists()


def test_only_its_own_pictures_are_replaced(images: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "1-decoded.png").write_text("old")
    prepare_json(images / "L.png", "--out", tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == PICTURES | {"notes.txt"}
    first = (tmp_path / "4-prepared.png").read_bytes()
    assert prepare(images / "broken.png", "--out", tmp_path).exit_code == 1
    assert (tmp_path / "4-prepared.png").read_bytes() == first


def test_the_input_is_never_replaced_by_a_picture_of_it(images: Path, tmp_path: Path) -> None:
    film = tmp_path / "1-decoded.png"
    film.write_bytes((images / "L.png").read_bytes())
    run = prepare(film, "--out", tmp_path)
    assert run.exit_code == 1 and "replace" in run.stderr
    assert list(tmp_path.iterdir()) == [film]
    assert film.read_bytes() == (images / "L.png").read_bytes()


@pytest.mark.parametrize("is_new", [True, False])
def test_a_full_disk_leaves_the_folder_as_it_was(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    out = tmp_path / "out"
    if not is_new:
        prepare_json(images / "R.png", "--out", out)
    before = {path: path.read_bytes() for path in out.glob("*")}
    write_bytes = Path.write_bytes

    def fill_up(path: Path, content: bytes) -> int:
        if path.name.startswith("3-"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    run = prepare(images / "L.png", "--out", out)
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and "No space left" in run.stderr
    assert out.exists() is not is_new
    assert {path: path.read_bytes() for path in out.glob("*")} == before


def test_a_file_where_the_folder_should_be_is_one_line(images: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    run = prepare(images / "L.png", "--out", tmp_path / "out")
    assert run.exit_code == 1 and "cannot be written" in run.stderr
    assert (tmp_path / "out").read_text() == "a file"


def test_an_image_too_wide_for_a_png_is_one_line_and_no_folder(tmp_path: Path) -> None:
    strip = tmp_path / "strip.pgm"
    strip.write_bytes(b"P5 2000000 1 255\n" + bytes(2_000_000))
    run = prepare(strip, "--out", tmp_path / "out")
    assert run.exit_code == 1
    assert "1 × 2000000" in run.stderr and run.stderr.startswith("mammoscope: ")
    assert not (tmp_path / "out").exists()


def test_no_picture_holds_the_name_of_its_file(images: Path, tmp_path: Path) -> None:
    # A PNG's text chunks are not compressed by those who would write a name there.
    film = tmp_path / "JANE-DOE.png"
    film.write_bytes((images / "L.png").read_bytes())
    prepare_json(film, "--out", tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        content = path.read_bytes()
        assert b"JANE" not in content
        assert not any(chunk in content for chunk in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"))


def test_the_aspect_sets_the_proportions(images: Path, tmp_path: Path) -> None:
    scales = [
        prepare_json(images / "L.png", "--out", tmp_path, *extra)["geometry"]["scale"]
        for extra in ([], ["--aspect", "2.5"], ["--aspect", "5/2"])
    ]
    assert scales[0][0] / scales[0][1] == pytest.approx(1.0, rel=0.02)
    # The phantom is 640 × 512 pixels.
    assert scales[1][0] / scales[1][1] == pytest.approx(2.5 * 512 / 640, rel=0.02)
    assert scales[1] == scales[2]
    assert prepare(images / "L.png", "--out", tmp_path, "--aspect", "wide").exit_code == 2


def test_a_model_brings_its_own_configuration(images: Path, tmp_path: Path) -> None:
    config = PreprocessConfig(rows=64, columns=96)
    write_tiny_model(tmp_path / "zoo", "small", seed=1, preprocess=config)
    flags = ("--model", "small", "--zoo", tmp_path / "zoo", "--out", tmp_path / "out")
    report = prepare_json(images / "L.png", *flags)
    assert report["model"] == "small@1" and report["preprocess"]["rows"] == 64
    assert report["preset"] is None
    assert picture(tmp_path / "out" / "4-prepared.png").shape == (64, 96)
    for more in (("--preset", "plain"), ("--enhance", "clahe"), ("--color", "rgb")):
        run = prepare(images / "L.png", *flags, *more)
        assert run.exit_code == 2 and "a model's preparation is its own" in plain_words(run.stderr)


def test_an_unknown_model_is_one_line_and_no_folder(images: Path, tmp_path: Path) -> None:
    run = prepare(images / "L.png", "--model", "none", "--zoo", tmp_path, "--out", tmp_path / "o")
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and run.stderr.startswith("mammoscope: ")
    assert not (tmp_path / "o").exists()


def test_without_a_folder_it_is_a_usage_error(images: Path) -> None:
    assert prepare(images / "L.png").exit_code == 2
