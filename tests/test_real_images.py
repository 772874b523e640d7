"""The real images of the shared folder, through the command line. Skipped where it is absent."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from tests.published import write_tiny_model


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    write_tiny_model(folder, "tiny", seed=1)
    return folder


def predict(files: list[Path], zoo: Path) -> tuple[int, list[dict[str, Any]]]:
    words = ["predict", *map(str, files), "--zoo", str(zoo), "--json"]
    result = CliRunner().invoke(app, words)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.slow
def test_200_films_of_mini_mias_give_200_answers_in_order(
    shared: Path, zoo: Path, tmp_path: Path
) -> None:
    with tarfile.open(shared / "data" / "mini-mias" / "all-mias.tar.xz") as archive:
        films = [m for m in archive if m.name.endswith(".pgm")][:200]
        for film in films:
            file = archive.extractfile(film)
            assert file is not None
            (tmp_path / Path(film.name).name).write_bytes(file.read())
    # Not sorted by name: the order given is the order answered.
    files = sorted(tmp_path.glob("*.pgm"), key=lambda path: path.name[::-1])
    code, answers = predict(files, zoo)
    assert code == 0 and len(answers) == 200
    assert [answer["file"] for answer in answers] == [str(file) for file in files]
    refused = [answer for answer in answers if answer["score"] is None]
    assert all(answer["reason"] for answer in refused)
    # The gate may refuse at most one film in a hundred.
    assert len(refused) <= 2


def test_every_sample_dicom_is_predicted_refused_or_cannot_be_assessed_with_a_reason(
    shared: Path, zoo: Path
) -> None:
    files = sorted((shared / "data" / "dicom").glob("*.dcm"))
    assert len(files) == 8
    code, answers = predict(files, zoo)
    by_name = {Path(answer["file"]).name: answer for answer in answers}
    assert code == 0 and len(by_name) == 8
    for name in ("cbis-roi-crop-1.dcm", "cbis-roi-crop-2.dcm"):
        assert by_name[name]["verdict"] == "cannot assess" and "crop" in by_name[name]["reason"]
    for name in (
        "MG1_J2KI.dcm",
        "MG1_JPLY.dcm",
        "rsna-mono1-j2k-16bit-R.dcm",
        "rsna-mono2-j2k-12bit-L.dcm",
        "rsna-mono2-jpegll-12bit-L.dcm",
        "rsna-mono2-jpegll-12bit-R.dcm",
    ):
        assert by_name[name]["verdict"] in ("suspicious", "not suspicious"), name
        assert 0 <= by_name[name]["score"] <= 1
