"""Histology patches that lie as files in a folder, read by their records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mammoscope.images.decode import decode
from mammoscope.types import BreastImage, DecodeError, Record


def patch_loader(root: Path) -> Callable[[Record], BreastImage]:
    """Record → its decoded patch; where one of thousands cannot be read, the error says which."""

    def load(record: Record) -> BreastImage:
        data = (root / record.path).read_bytes()
        try:
            return decode(data, modality="histology")
        except DecodeError as error:
            raise DecodeError(f"{record.path}: {error}") from error

    return load
