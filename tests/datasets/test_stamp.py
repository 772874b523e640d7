"""A stamp stays while the file and its aspect do, is shared by links, and changes with them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mammoscope.datasets.stamp import file_stamp
from mammoscope.types import DatasetError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(b"pixels")
    return path


def test_a_stamp_is_short_and_stays(file: Path) -> None:
    stamp = file_stamp(file)
    assert file_stamp(file) == stamp
    assert 0 < len(stamp) < 80 and stamp.isascii() and "/" not in stamp
    file.read_bytes()
    assert file_stamp(file) == stamp


def test_hard_and_symbolic_links_share_the_stamp_of_their_file(file: Path) -> None:
    os.link(file, file.with_name("hard"))
    file.with_name("soft").symlink_to(file)
    assert (
        file_stamp(file) == file_stamp(file.with_name("hard")) == file_stamp(file.with_name("soft"))
    )


def test_what_is_written_anew_has_another_stamp(file: Path) -> None:
    stamps = {file_stamp(file)}
    file.write_bytes(b"pixels of another length")
    stamps.add(file_stamp(file))
    os.utime(file, ns=(1, 1))
    stamps.add(file_stamp(file))
    shutil.copy2(file, file.with_name("copy"))
    stamps.add(file_stamp(file.with_name("copy")))
    assert len(stamps) == 4


def test_the_aspect_that_an_image_is_loaded_with_is_part_of_its_stamp(file: Path) -> None:
    stamps = {file_stamp(file, aspect=aspect) for aspect in (None, 1.0, 1.3, 1.30000001)}
    assert len(stamps) == 4


def test_an_absent_file_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere cannot be looked at \(No such file"):
        file_stamp(tmp_path / "nowhere")
