"""The catalog opens every data set it names, and names them where it knows none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoscope.datasets.catalog import DATASETS, open_dataset
from mammoscope.types import DatasetError
from tests.datasets import (
    test_bach,
    test_breakhis,
    test_folder,
    test_mini_mias,
    test_pcam,
    test_rsna,
)


@pytest.fixture
def roots(tmp_path: Path, phantom_root: Path) -> dict[str, Path]:
    """A small folder of every data set, generated."""
    return {
        "mini-mias": test_mini_mias.write_folder(tmp_path / "mini-mias"),
        "rsna": test_rsna.write_folder(tmp_path / "rsna"),
        "pcam": test_pcam.write_folder(tmp_path / "pcam"),
        "bach": test_bach.write_folder(tmp_path / "bach"),
        "breakhis": test_breakhis.write_folder(tmp_path / "breakhis"),
        "phantom": phantom_root,
        "folder": test_folder.write_folder(tmp_path / "folder"),
    }


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_opens_under_its_own_name_and_loads(
    roots: dict[str, Path], name: str
) -> None:
    data = open_dataset(name, roots[name])
    assert data.name == name
    assert data.source and data.license
    assert {record.label for record in data.records} <= set(data.task.labels)
    found = {data.task.index(record.label) for record in data.records}
    assert found == set(range(len(data.task.classes)))
    image = data.load(data.records[0])
    assert image.modality == data.task.modality
    # Records are data: opening twice gives the same ones in the same order.
    assert open_dataset(name, roots[name]).records == data.records


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_stamps_each_image_the_same_each_time(
    roots: dict[str, Path], name: str
) -> None:
    first, second = open_dataset(name, roots[name]), open_dataset(name, roots[name])
    stamps = [first.stamp(record) for record in first.records]
    assert stamps == [second.stamp(record) for record in second.records]
    assert len(set(stamps)) == len(stamps)


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_is_asked_the_task_that_is_given(roots: dict[str, Path], name: str) -> None:
    own = open_dataset(name, roots[name]).task
    assert open_dataset(name, roots[name], task=own.name).task == own
    with pytest.raises(DatasetError, match="task 'weather' is unknown"):
        open_dataset(name, roots[name], task="weather")


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_refuses_a_folder_that_is_not_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        open_dataset(name, tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["cifar", "", "RSNA"])
def test_an_unknown_name_is_refused_with_the_names_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=f"'{name}' is unknown") as refusal:
        open_dataset(name, tmp_path)
    for known in DATASETS:
        assert known in str(refusal.value)
