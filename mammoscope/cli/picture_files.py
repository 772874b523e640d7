"""The stages' pictures as PNG files in a folder, which is whole before and after."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mammoscope.images.stages import Picture


def encode_pictures(pictures: Mapping[str, Picture]) -> dict[str, bytes]:
    """File name → PNG, in the order given.

    Raises:
        MammoscopeError: a picture is too wide or too high for a PNG.
    """
    return {f"{name}.png": _png(picture) for name, picture in pictures.items()}


def write_pictures(contents: Mapping[str, bytes], out: Path, *, source: Path) -> None:
    """Writes all files; then takes away those that an earlier run has here and this one has not.

    All are on the disk before the first of an earlier run is replaced, and all are in their place
    before the first is taken away.

    Args:
        contents: file name → content.
        out: folder, made if it is not there.
        source: the file that the pictures are made of; never replaced, never taken away.

    Raises:
        MammoscopeError: the source would be replaced or taken away; the folder cannot be written.
    """
    from mammoscope.types import MammoscopeError

    is_new = not out.exists()
    try:
        left_over = _left_over(contents, out)
        touched = (*(out / name for name in contents), *left_over)
        if any(path.exists() and path.samefile(source) for path in touched):
            raise MammoscopeError(
                "a picture would replace the file that it is made of; choose another --out"
            )
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mammoscope-", dir=out) as aside:
            for name, content in contents.items():
                (Path(aside) / name).write_bytes(content)
            for name in contents:
                (Path(aside) / name).replace(out / name)
    except OSError as error:
        if is_new and out.is_dir() and not any(out.iterdir()):
            out.rmdir()
        raise MammoscopeError(
            f"the pictures cannot be written: {error.strerror or type(error).__name__}; "
            "give a folder that can be written with --out"
        ) from None
    _remove(left_over)


def _left_over(contents: Iterable[str], out: Path) -> list[Path]:
    """Pictures of an earlier run that this one will not replace."""
    from mammoscope.images.stages import FIRST_STAGE, is_stage

    # Every run has the first one: without it, none was here, and all that is here is someone's.
    if not (out / f"{FIRST_STAGE}.png").is_file():
        return []
    return [
        path
        for path in sorted(out.glob("*.png"))
        if path.name not in contents and is_stage(path.stem) and path.is_file()
    ]


def _remove(paths: Iterable[Path]) -> None:
    from mammoscope.types import MammoscopeError

    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise MammoscopeError(
                f"the pictures are written, but {path.name} of an earlier run cannot be removed: "
                f"{error.strerror or type(error).__name__}; remove it yourself"
            ) from None


def _png(picture: Picture) -> bytes:
    import cv2
    import numpy as np

    from mammoscope.types import MammoscopeError

    # OpenCV stores BGR. It writes no text chunk: nothing but pixels is in the file.
    pixels = picture[..., ::-1] if picture.ndim == 3 else picture
    written, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels))
    if not written:  # libpng ends at a million rows or columns
        rows, columns = picture.shape[:2]
        raise MammoscopeError(
            f"a picture of {rows} × {columns} pixels cannot be written as a PNG; "
            "expected a single view"
        )
    return bytes(encoded.tobytes())
