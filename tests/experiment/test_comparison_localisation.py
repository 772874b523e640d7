"""The section on maps: what it says, in every format, and that it is not there without figures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.datasets.dataset import ABNORMAL
from mammoscope.experiment.compare import compare
from mammoscope.experiment.film_maps import FilmMaps, pack_geometry
from mammoscope.experiment.map_figures import measure_localisation
from mammoscope.types import Geometry, Lesion, Record
from tests.written_runs import write_run

TITLE = "Does the map point at lesions?"
GEOMETRY = Geometry(
    image_shape=(160, 160),
    prepared_shape=(80, 80),
    crop=(0, 0, 160, 160),
    mirrored=False,
    scale=(0.5, 0.5),
    padding=(0, 0),
)


def figures(*, knowing: float, threshold: float = 0.5) -> dict[str, Any]:
    """Of noise on 40 films, and the lesion's cell higher by `knowing`; every other is normal."""
    rng = np.random.default_rng(0)
    grid = rng.normal(size=(40, 8, 8)).astype(np.float32)
    records = []
    for number in range(40):
        row, column = rng.integers(1, 7, 2).tolist()
        circle = (Lesion(20 * column + 10, 20 * row + 10, 12, "mass"),)
        ill = number % 2 == 0
        grid[number, row, column] += knowing * ill
        label = "abnormal" if ill else "normal"
        records.append(Record(str(number), label, f"w{number // 4}", lesions=circle * ill))
    place, scale = pack_geometry(GEOMETRY)
    maps = FilmMaps(
        path=np.array([record.path for record in records]),
        seed=np.zeros(40, dtype=np.int64),
        grid=grid,
        breast=np.full((40, 80, 10), 255, dtype=np.uint8),
        place=np.array([place] * 40, dtype=np.int64),
        scale=np.array([scale] * 40),
        threshold=np.full(40, threshold),
        chosen_on=np.full(40, 7, dtype=np.int64),
    )
    return measure_localisation(maps, records, ABNORMAL, seed=0, replicates=50)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Any], Path]:
    root = tmp_path_factory.mktemp("runs")
    runs = [write_run(root / name) for name in ("pointing", "guessing", "mapless")]
    for run, knowing in zip(runs, (5.0, 0.0), strict=False):
        run.report.write_text(json.dumps({"localisation": figures(knowing=knowing)}))
    compare(runs, root / "out", replicates=20)
    return runs, root / "out"


def test_the_section_says_who_points_who_is_not_shown_to_and_who_was_not_measured(
    made: Any,
) -> None:
    text = (made[1] / "report.md").read_text(encoding="utf-8")
    part = text.split(f"## {TITLE}")[1].split("\n## ")[0]
    assert "The map of pointing points at a lesion more often than chance does" in part
    assert "Of guessing that is not shown" in part
    assert "There are no figures of mapless" in part
    assert "| pointing | 8 × 8 | highest cell | image | 20 | 10 |" in part
    assert "| 0.50 | 7 |" in part
    assert "n 20 lesions on 40 images of 10 women" in part
    assert "50 bootstrap draws" in part
    for title in ("Pointing game", "Overlap of map and circle", "Lesions found at so many"):
        assert title in part
        assert title in (made[1] / "tables.tex").read_text(encoding="utf-8")
    assert TITLE in (made[1] / "report.html").read_text(encoding="utf-8")


def test_every_figure_stands_in_the_json_and_the_curve_in_its_csv(made: Any) -> None:
    runs, out = made
    values = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    written = json.loads(runs[0].report.read_text(encoding="utf-8"))["localisation"]
    by_name = {model["name"]: model for model in values["models"]}
    assert by_name["pointing"]["localisation"] == written
    assert "localisation" not in by_name["mapless"]
    rows = list(csv.DictReader(io.StringIO((out / "froc.csv").read_text(encoding="utf-8"))))
    assert {row["model"] for row in rows} == {"pointing", "guessing"}
    mine = [row for row in rows if row["model"] == "pointing"]
    for row, point in zip(mine, written["froc"], strict=True):
        assert float(row["false_marks_an_image"]) == point["rate"]
        assert float(row["sensitivity_low"]) == point["sensitivity"]["low"]
        assert float(row["chance"]) == point["chance"]["value"]
        assert (row["unit"], row["n"], row["n_patients"]) == ("lesion", "20", "10")
    assert mine[-1]["sensitivity"] == "1.0"


def test_comparing_again_changes_no_byte(made: Any) -> None:
    runs, out = made
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    compare(runs, out, replicates=20)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_without_figures_there_is_no_section_and_an_old_picture_goes(made: Any) -> None:
    runs, out = made
    reports = {run.path: run.report.read_text() for run in runs if run.report.is_file()}
    for run in runs:
        run.report.unlink(missing_ok=True)
    try:
        values = compare(runs, out, replicates=20)
        assert TITLE not in (out / "report.html").read_text(encoding="utf-8")
        assert not (out / "froc.svg").exists() and "froc.svg" not in values["pictures"]
    finally:
        for path, text in reports.items():
            (path / "report.json").write_text(text)
        compare(runs, out, replicates=20)


def test_where_no_map_points_that_is_said_first(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name) for name in ("one", "other")]
    for run in runs:
        run.report.write_text(json.dumps({"localisation": figures(knowing=0.0)}))
    compare(runs, tmp_path / "out", replicates=20)
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    told = "That the map of one or other points at lesions more often than chance does is not shown"
    assert told in text and "There are no figures of" not in text


def test_a_map_without_a_threshold_has_no_overlap(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    run.report.write_text(json.dumps({"localisation": figures(knowing=1.0, threshold=np.nan)}))
    compare([run], tmp_path / "out", replicates=20)
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert TITLE in text and "Overlap of map and circle" not in text
