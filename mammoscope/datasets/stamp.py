"""Short texts that change when an image's pixels on disk change, without reading them."""

from __future__ import annotations

from pathlib import Path

from mammoscope.types import DatasetError


def file_stamp(path: Path, *, aspect: float | None = None) -> str:
    """Device, inode, size and time of writing of a file, and the aspect it is loaded with.

    Links are followed, so that all symbolic and hard links to one file share its stamp. A file
    written anew within the clock tick of the file system, in place and with its old length,
    keeps its stamp; a copy, or the same disk mounted elsewhere, has another one.

    Args:
        path: of the file.
        aspect: true height / width that the reader hands to `decode`, which changes what a
            model is shown without changing the file.

    Raises:
        DatasetError: the file cannot be looked at.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise DatasetError(
            f"{path} cannot be looked at ({error.strerror}); it was there when the data set was "
            "opened; restore it or open the data set again"
        ) from error
    stamp = f"{found.st_dev:x}-{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"
    return stamp if aspect is None else f"{stamp}-{aspect!r}"
