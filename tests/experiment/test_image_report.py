"""The page on a data set's images: counts that add up, and nobody's name on it."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment import image_measure, image_report
from mammoscope.experiment.compare import compare
from mammoscope.experiment.comparison_report import HTML, MARKDOWN, render
from mammoscope.experiment.image_measure import measure_images
from mammoscope.experiment.image_report import inspect_images, write_image_report
from mammoscope.experiment.image_sections import sections
from mammoscope.types import RESEARCH_NOTICE, BreastImage, DatasetError, DecodeError, Record
from tests.written_runs import write_run


@pytest.fixture(scope="module")
def phantoms(phantom_root: Path) -> Dataset:
    whole = open_dataset("phantom", phantom_root)
    return replace(whole, records=whole.records[:24])


def spoilt(phantoms: Dataset) -> Dataset:
    """One file is broken, one blank, one a tissue crop without a surround."""
    broken, blank, crop = (record.path for record in phantoms.records[:3])

    def load(record: Record) -> BreastImage:
        if record.path == broken:
            raise DecodeError(f"{record.path}: the file ends after 12 bytes")
        image = phantoms.load(record)
        if record.path == blank:
            return replace(image, pixels=np.zeros_like(image.pixels))
        if record.path == crop:
            noise = np.random.default_rng(0).random(image.pixels.shape, dtype=np.float32)
            return replace(image, pixels=noise)
        return image

    return replace(phantoms, load=load)


def test_each_image_is_counted_once_and_the_broken_one_is_no_error(phantoms: Dataset) -> None:
    values = measure_images(spoilt(phantoms), phantoms.records, jobs=2).values
    n = len(phantoms.records)
    assert values["read"]["unreadable"]["count"] == 1 and values["read"]["unreadable"]["n"] == n
    assert values["read"]["unreadable_reasons"] == [
        {"text": "the file ends after 12 bytes", "count": 1}
    ]
    for key in ("formats", "bits", "sizes"):
        assert sum(row["count"] for row in values["read"][key]) == n - 1
    assert sum(values["mask"]["histogram"]) == n - 1
    refused = values["gate"]["refused"]
    assert refused["count"] >= 2
    assert sum(row["count"] for row in values["gate"]["reasons"]) == refused["count"]
    by_view = [row for row in values["groups"] if row["by"] == "view"]
    assert sum(row["refused"]["count"] for row in by_view) == refused["count"]
    assert sum(row["found"]["n"] for row in values["pectoral"]) == n - 1


def test_the_worst_masks_are_the_worst_and_come_in_order(
    phantoms: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_measure, "WORST", 3)
    dataset = spoilt(phantoms)
    few = measure_images(dataset, dataset.records, jobs=3)
    monkeypatch.setattr(image_measure, "WORST", 100)
    every = measure_images(dataset, dataset.records, jobs=1)
    qualities = [row["quality"] for row in every.values["mask"]["worst"]]
    assert len(qualities) == len(dataset.records) - 1 and qualities == sorted(qualities)
    assert few.values["mask"]["worst"] == every.values["mask"]["worst"][:3]
    for one, other in zip(few.worst, every.worst, strict=False):
        np.testing.assert_array_equal(one, other)


def test_the_files_are_the_same_however_many_threads(phantoms: Dataset, tmp_path: Path) -> None:
    for jobs in (1, 3):
        write_image_report(
            measure_images(phantoms, phantoms.records, jobs=jobs), tmp_path / f"{jobs}"
        )
    names = {path.name for path in (tmp_path / "1").iterdir()}
    assert names == {
        *("images.html", "images.json", "images.md", "worst.png"),
        *("mask-quality.svg", "mask-quality.png"),
    }
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "3" / name).read_bytes(), name


def test_no_name_of_a_woman_or_file_is_in_any_format(phantoms: Dataset, tmp_path: Path) -> None:
    secret = {r.path: f"jane-{i}.dcm" for i, r in enumerate(phantoms.records)}
    back = {new: old for old, new in secret.items()}
    dataset = spoilt(phantoms)

    def load(record: Record) -> BreastImage:
        try:
            return dataset.load(replace(record, path=back[record.path]))
        except DecodeError as error:
            raise DecodeError(str(error).replace(back[record.path], record.path)) from error

    records = tuple(
        replace(r, path=secret[r.path], patient=f"doe-{r.patient}", attributes={"name": "Jane Doe"})
        for r in phantoms.records
    )
    named = replace(dataset, records=records, load=load)
    write_image_report(measure_images(named, records), tmp_path)
    for name in ("images.json", "images.md", "images.html"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
        assert not re.search("jane|doe-", text, re.IGNORECASE), name
        assert RESEARCH_NOTICE in text.replace("\\", ""), name


def test_only_the_page_and_the_sheet_show_images(phantoms: Dataset, tmp_path: Path) -> None:
    write_image_report(measure_images(phantoms, phantoms.records), tmp_path)
    sheet = (tmp_path / "worst.png").read_bytes()
    assert cv2.imdecode(np.frombuffer(sheet, np.uint8), cv2.IMREAD_COLOR).max() > 50
    assert base64.b64encode(sheet).decode() in (tmp_path / "images.html").read_text("utf-8")
    markdown = (tmp_path / "images.md").read_text("utf-8")
    assert "![" in markdown and "(mask-quality.svg)" in markdown
    assert "(worst.png)" in markdown.replace("![", "") and "](worst.png)" not in markdown


def test_marked_lesions_bring_the_table_of_methods(phantoms: Dataset, tmp_path: Path) -> None:
    marked = [record for record in phantoms.records if record.lesions][:4]
    values = inspect_images(phantoms, marked, tmp_path, jobs=1)
    assert values == json.loads((tmp_path / "images.json").read_text("utf-8"))
    markdown = (tmp_path / "images.md").read_text("utf-8")
    assert "## Mass segmentation" in markdown
    for method in ("k-means, all women", "fuzzy c-means, all women", "plain Otsu, all women"):
        assert f"| {method} |" in markdown
    plain = [record for record in phantoms.records if not record.lesions][:4]
    assert inspect_images(phantoms, plain, tmp_path, jobs=1)["segmentation"] is None


def test_few_women_are_not_a_group_of_their_own(phantoms: Dataset) -> None:
    women = list(dict.fromkeys(record.patient for record in phantoms.records))
    alone = {women[0]: "7"}
    records = tuple(
        replace(r, attributes={"machine_id": alone.get(r.patient, "29"), "ward": r.patient})
        for r in phantoms.records
    )
    groups = measure_images(replace(phantoms, records=records), records).values["groups"]
    assert all(row["women"] >= image_measure.FEWEST_WOMEN for row in groups)
    assert {row["by"] for row in groups} <= {"view", *image_measure.GROUPED_BY}


def test_reasons_that_differ_in_a_number_are_one_row() -> None:
    texts = ["only 90 × 80 pixels", "only 91 × 70 pixels", "640 × 640", "640 × 512", "blank"]
    assert image_measure._counted(texts) == [
        {"text": "only … × … pixels", "count": 2},
        {"text": "640 × 512", "count": 1},
        {"text": "640 × 640", "count": 1},
        {"text": "blank", "count": 1},
    ]


def test_histology_has_no_breast_masks(phantoms: Dataset, tmp_path: Path) -> None:
    def load(record: Record) -> BreastImage:
        pixels = np.full((160, 160, 3), 0.6, dtype=np.float32)
        return BreastImage(pixels=pixels, modality="histology")

    task = replace(phantoms.task, modality="histology")
    dataset = replace(phantoms, load=load, task=task)
    values = inspect_images(dataset, dataset.records, tmp_path)
    # A picture of one colour is no tissue, and the gate says so.
    assert values["mask"] is None
    assert values["gate"]["refused"]["count"] == len(dataset.records)
    assert "Breast masks" not in [section.title for section in sections(values)]
    assert not (tmp_path / "worst.png").exists()


def test_a_file_in_the_folders_place_is_refused(phantoms: Dataset, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(DatasetError, match="is a file"):
        image_report.inspect_images(phantoms, phantoms.records, tmp_path / "out")


def test_a_studys_report_sums_up_its_images_and_leads_to_their_page(
    phantoms: Dataset, tmp_path: Path
) -> None:
    compare([write_run(tmp_path / "cnn")], tmp_path / "report", replicates=20)
    values = json.loads((tmp_path / "report" / "comparison.json").read_text("utf-8"))
    pictures = {path.stem: path.read_bytes() for path in (tmp_path / "report").glob("*.svg")}
    assert "Images" not in render(values, pictures, MARKDOWN)
    images = measure_images(phantoms, phantoms.records).values
    values["images"] = images | {"page": "../images/images.html"}
    assert "](../images/images.html)" in render(values, pictures, MARKDOWN)
    page = render(values, pictures, HTML)
    assert '<a href="../images/images.html">' in page
    assert f"0 of {len(phantoms.records)} refused" in page.replace("\u00a0", " ")
