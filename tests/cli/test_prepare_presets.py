"""`mammoscope prepare` with presets and added steps: pictures, words, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.color import COLORS
from mammoscope.images.decode import decode
from mammoscope.images.enhance import ENHANCEMENTS
from mammoscope.images.preprocess import prepare as prepare_image
from mammoscope.images.presets import PRESETS
from tests.dicom_files import make_dicom
from tests.prepare_command import picture, plain_words, prepare, prepare_json, share_decoding

one_decoder = pytest.fixture(autouse=True, scope="module")(share_decoding)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pixels = make_phantom(5, laterality="R", view="MLO", config=PhantomConfig()).pixels
    path = tmp_path_factory.mktemp("images") / "film.png"
    cv2.imwrite(str(path), np.rint(pixels * 65535).astype(np.uint16))
    return path


@pytest.fixture(scope="module")
def patch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    colors = rng.uniform([0.4, 0.1, 0.4], [0.9, 0.6, 0.9], (96, 96, 3))
    path = tmp_path_factory.mktemp("patches") / "patch.png"
    cv2.imwrite(str(path), np.rint(colors[..., ::-1] * 255).astype(np.uint8))
    return path


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_ends_with_what_its_config_gives(
    film: Path, patch: Path, tmp_path: Path, preset: str
) -> None:
    config = PRESETS[preset]
    is_histology = preset == "histology"
    file = patch if is_histology else film
    report = prepare_json(file, "--preset", preset, "--out", tmp_path)
    assert report["preset"] == preset and report["model"] is None
    assert report["image"]["modality"] == ("histology" if is_histology else "mammogram")
    steps = [step.name for step in config.enhancement]
    assert [step["name"] for step in report["preprocess"]["enhancement"]] == steps
    assert report["preprocess"]["color"] == config.color
    names = [Path(path).stem.split("-", 1)[1] for path in report["pictures"]]
    if config.channels == 3:
        first = ["resized"] if is_histology else ["breast", "cropped", "normalized"]
        shown = ["decoded", *first, *steps, config.color, "prepared", "prepared-16bit"]
        assert names == shown
    modality = "histology" if is_histology else "mammogram"
    image = decode(file.read_bytes(), modality=modality)
    eaten = np.rint(prepare_image(image, config).array * 65535)
    last = picture(report["pictures"][-1])
    assert last.dtype == np.uint16
    assert np.array_equal(last.reshape(eaten.shape), eaten)


def test_the_paper_removes_the_muscle_and_says_so(film: Path, tmp_path: Path) -> None:
    plain = prepare_json(film, "--out", tmp_path / "plain")
    paper = prepare_json(film, "--preset", "paper", "--out", tmp_path / "paper")
    assert plain["preset"] == "plain"
    muscle = paper["pectoral_muscle"]
    assert muscle["found"] is True and 0.0 < muscle["quality"] <= 1.0
    assert plain["pectoral_muscle"] == muscle
    kept = picture(tmp_path / "plain" / "4-prepared.png")
    removed = picture(tmp_path / "paper" / "4-normalized.png")
    assert kept[10, 5] > 0 and removed[10, 5] == 0
    lines = prepare(film, "--preset", "paper", "--out", tmp_path / "paper").stdout.splitlines()
    lines = [" ".join(line.split()) for line in lines]
    quality = f"{muscle['quality']:.2f}"
    assert f"pectoral muscle found (quality {quality}), removed" in lines
    assert {"prepared for preset paper", "enhancement clahe (clip 2, tiles 8)"} <= set(lines)
    assert "color viridis" in lines
    lines = prepare(film, "--out", tmp_path / "plain").stdout.splitlines()
    assert any(line.endswith(f"found (quality {quality}), kept") for line in lines)


def test_a_view_without_a_muscle_is_said_to_have_none(tmp_path: Path) -> None:
    view = make_phantom(5, laterality="L", view="CC", config=PhantomConfig())
    cv2.imwrite(str(tmp_path / "cc.png"), np.rint(view.pixels * 255).astype(np.uint8))
    report = prepare_json(tmp_path / "cc.png", "--out", tmp_path / "out")
    assert report["pectoral_muscle"] == {"found": False, "quality": None}
    run = prepare(tmp_path / "cc.png", "--out", tmp_path / "out")
    assert "  pectoral muscle  none found" in run.stdout.splitlines()


def test_histology_is_not_searched_for_a_breast(patch: Path, tmp_path: Path) -> None:
    report = prepare_json(patch, "--preset", "histology", "--out", tmp_path)
    assert report["pectoral_muscle"] is report["breast_share"] is report["chest_wall"] is None
    assert report["breast_quality"] is None and report["geometry"]["mirrored"] is False
    run = prepare(patch, "--preset", "histology", "--out", tmp_path)
    assert run.exit_code == 0
    assert "  breast " not in run.stdout and "pectoral" not in run.stdout


def test_steps_are_added_at_the_end_in_the_order_given(film: Path, tmp_path: Path) -> None:
    report = prepare_json(
        *(film, "--out", tmp_path, "--preset", "paper", "--color", "hsv"),
        *("--enhance", "unsharp:radius=3,amount=0.5", "--enhance", "negative"),
    )
    assert report["preprocess"]["enhancement"] == [
        {"name": "clahe", "parameters": {"clip": 2.0, "tiles": 8}},
        {"name": "unsharp", "parameters": {"radius": 3.0, "amount": 0.5}},
        {"name": "negative", "parameters": {}},
    ]
    names = [Path(path).stem for path in report["pictures"]]
    assert names[4:8] == ["5-clahe", "6-unsharp", "7-negative", "8-hsv"]
    before, after = picture(tmp_path / "6-unsharp.png"), picture(tmp_path / "7-negative.png")
    # Inside the breast; outside it stays black.
    sums = before.astype(int) + after
    assert np.abs(sums[after > 0] - 255).max() <= 1  # both are rounded
    assert np.count_nonzero(after) > 5000 and after[:, -1].max() == 0
    assert report["preset"] == "paper"


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        (
            "--preset",
            "papers",
            "'papers' is none of plain, detail, paper, regions, three-window, histology",
        ),
        ("--color", "red", "'red' is none of gray, rgb, hsv, lab, viridis, three-window"),
        ("--enhance", "sharpen", "no enhancement 'sharpen'; expected one of clahe, equalize,"),
        ("--enhance", "", "no enhancement ''; expected one of"),
        ("--enhance", "clahe:radius=2", "no parameter 'radius'; expected clip, tiles"),
        ("--enhance", "negative:level=1", "no parameter 'level'; expected none"),
        ("--enhance", "clahe:clip=0", "expected a number in [1, 40]"),
        ("--enhance", "clahe:tiles=2.5", "expected a whole number in [1, 32]"),
        ("--enhance", "clahe:clip=nan", "expected a number in [1, 40]"),
        ("--enhance", "clahe:clip=high", "'clip=high' in 'clahe:clip=high' is not"),
        ("--enhance", "clahe:clip", "'clip' in 'clahe:clip' is not PARAMETER=NUMBER"),
        ("--enhance", "clahe:clip=2,", "is not PARAMETER=NUMBER"),
        ("--enhance", "clahe:clip=2,clip=3", "clip stands twice"),
        ("--window", "-1", "greater than or equal to 0"),
    ],
)
def test_what_is_not_known_is_a_usage_error_that_says_what_is(
    film: Path, tmp_path: Path, flag: str, value: str, said: str
) -> None:
    run = prepare(film, "--out", tmp_path / "out", flag, value)
    assert (
        run.exit_code == 2 and said in plain_words(run.stderr) and flag in plain_words(run.stderr)
    )
    assert not (tmp_path / "out").exists()


def test_stains_of_a_mammogram_are_one_line_and_no_folder(film: Path, tmp_path: Path) -> None:
    run = prepare(film, "--out", tmp_path / "out", "--enhance", "macenko")
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1 and "gray mammogram" in run.stderr
    assert not (tmp_path / "out").exists()


def test_help_names_every_preset_enhancement_and_color() -> None:
    run = CliRunner().invoke(app, ["prepare", "--help"], env={"COLUMNS": "200"})
    words = set(re.findall(r"[a-z-]+", plain_words(run.stdout)))
    assert {*PRESETS, *ENHANCEMENTS, *COLORS} <= words


def test_the_window_of_a_dicom_is_the_one_asked_for(tmp_path: Path) -> None:
    pixels = make_phantom(5, laterality="L", view="CC", config=PhantomConfig()).pixels
    stored = np.rint(pixels * 4095).astype(np.uint16)
    content = make_dicom(stored, window=([2048, 1024], [4096, 2048]))
    (tmp_path / "two.dcm").write_bytes(content)
    for index, center in enumerate((2048, 1024)):
        out = tmp_path / str(index)
        report = prepare_json(tmp_path / "two.dcm", "--window", index, "--out", out)
        assert any(f"center {center}" in step for step in report["image"]["source"]["steps"])
    first, second = (picture(tmp_path / side / "1-decoded.png") for side in ("0", "1"))
    assert second.mean() > 1.5 * first.mean()
    run = prepare(tmp_path / "two.dcm", "--window", 2, "--out", tmp_path / "2")
    assert run.exit_code == 1 and len(run.stderr.splitlines()) == 1
    assert not (tmp_path / "2").exists()


def test_steps_of_an_earlier_run_are_taken_away_and_nothing_else(
    film: Path, tmp_path: Path
) -> None:
    mine = ("notes.txt", "5-photo.png", "05-clahe.png", "clahe.png", "5-clahe.jpg", "1-breast.png")
    for name in mine:
        (tmp_path / name).write_text("mine")
    (tmp_path / "9-gamma.png").mkdir()
    prepare_json(film, "--preset", "paper", "--out", tmp_path)
    assert (tmp_path / "7-prepared.png").is_file()
    report = prepare_json(film, "--out", tmp_path)
    written = {Path(path).name for path in report["pictures"]}
    assert {path.name for path in tmp_path.iterdir()} == {*written, *mine, "9-gamma.png"}
    assert all((tmp_path / name).read_text() == "mine" for name in mine)


def test_where_no_run_was_nothing_is_taken_away(film: Path, tmp_path: Path) -> None:
    (tmp_path / "7-clahe.png").write_text("mine")
    prepare_json(film, "--out", tmp_path)
    assert (tmp_path / "7-clahe.png").read_text() == "mine"


def test_earlier_steps_outlive_a_run_that_fails(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_json(film, "--preset", "paper", "--out", tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    run = prepare(film, "--out", tmp_path)
    assert run.exit_code == 1 and "No space left" in run.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_earlier_step_that_cannot_be_taken_away_is_one_line(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_json(film, "--enhance", "clahe", "--out", tmp_path)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "5-clahe.png":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    run = prepare(film, "--out", tmp_path)
    assert run.exit_code == 1 and len(run.stderr.splitlines()) == 1
    assert "5-clahe.png of an earlier run cannot be removed" in run.stderr
    assert (tmp_path / "4-prepared.png").is_file()


def test_the_input_is_never_taken_away_as_a_step_of_an_earlier_run(
    film: Path, tmp_path: Path
) -> None:
    prepare_json(film, "--enhance", "clahe", "--out", tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    run = prepare(tmp_path / "6-prepared.png", "--out", tmp_path)
    assert run.exit_code == 1 and "choose another --out" in run.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
