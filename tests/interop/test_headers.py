"""Headers are read from a private file, and a wrong line is told without quoting it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoscope.interop.headers import read_headers
from mammoscope.types import MammoscopeError


def written(tmp_path: Path, text: str, mode: int = 0o600) -> Path:
    path = tmp_path / "headers"
    path.touch(mode)
    path.write_text(text, encoding="utf-8")
    return path


def test_each_line_is_a_header(tmp_path: Path) -> None:
    text = "# of the archive\nAuthorization: Basic dTpw\n\nX-Site:  two words \n"
    assert read_headers(written(tmp_path, text)) == {
        "Authorization": "Basic dTpw",
        "X-Site": "two words",
    }


@pytest.mark.parametrize("line", ["SECRET", "SECRET :x", "A:", "A: SECRET\x00", "A: SECRÉT"])
def test_what_is_no_header_is_told_by_its_number_alone(tmp_path: Path, line: str) -> None:
    with pytest.raises(MammoscopeError, match="line 2 of") as caught:
        read_headers(written(tmp_path, f"A: b\n{line}\n"))
    assert "SECR" not in str(caught.value).replace(str(tmp_path), "")


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MammoscopeError, match="open to other users"):
        read_headers(written(tmp_path, "A: b", mode=0o644))
