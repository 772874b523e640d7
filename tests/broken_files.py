"""Files that no room may take for an image: what each holds, and the error that is due."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

from mammoscope.types import DecodeError, UnsupportedFormatError
from tests.dicom_files import make_dicom

_NOISE = np.random.default_rng(0).integers(0, 65536, (200, 200), dtype=np.uint16)


def _png() -> bytes:
    return cv2.imencode(".png", _NOISE)[1].tobytes()


def _huge_png() -> bytes:
    """The header of a PNG of 60,000 × 60,000 pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 16, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk


_WHOLE = _png()
_MIDDLE = len(_WHOLE) // 2

BROKEN_FILES: dict[str, tuple[bytes, type[DecodeError]]] = {
    "truncated PNG": (_WHOLE[:_MIDDLE], DecodeError),
    "corrupt PNG": (_WHOLE[:_MIDDLE] + bytes(64) + _WHOLE[_MIDDLE + 64 :], DecodeError),
    "truncated TIFF": (cv2.imencode(".tiff", _NOISE)[1].tobytes()[:_MIDDLE], DecodeError),
    "truncated DICOM": (make_dicom(np.zeros((200, 200), dtype=np.uint16))[:-1000], DecodeError),
    "huge PNG": (_huge_png(), DecodeError),
    "huge PGM": (b"P5 99999 99999 255\n" + bytes(100), DecodeError),
    "empty": (b"", UnsupportedFormatError),
    "text": (b"name,score\n", UnsupportedFormatError),
    "PDF": (b"%PDF-1.7" + bytes(100), UnsupportedFormatError),
    "pickle": (b"\x80\x04\x95" + bytes(100), UnsupportedFormatError),
}
