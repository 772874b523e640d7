"""Text in compressed frames is cut out, and every pixel stays."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import uid

from mammoscope.images.bare_codestream import bare_codestream
from mammoscope.images.codecs import decode_frame
from mammoscope.types import DecodeError
from tests.canary_dicom import CANARY
from tests.dicom_files import ENCODERS, encoded_frame

NOTE = CANARY.encode()


def a_frame(syntax: str) -> tuple[bytes, int]:
    bits = 8 if syntax == uid.JPEGBaseline8Bit else 12
    pixels = np.random.default_rng(1).integers(0, 1 << bits, (48, 40))
    return encoded_frame(
        pixels.astype(np.uint8 if bits == 8 else np.uint16), syntax, bits=bits
    ), bits


def segment(marker: int, body: bytes = NOTE) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def decoded(frame: bytes, syntax: str, bits: int) -> np.ndarray:
    allocated = 8 if bits == 8 else 16
    return decode_frame(
        frame, uid.UID(syntax), shape=(48, 40, 1), allocated=allocated, photometric="MONOCHROME2"
    )


def with_notes(frame: bytes, syntax: str) -> bytes:
    """The frame with a note wherever its format has room for one."""
    if uid.UID(syntax).keyword.startswith(("JPEG2000", "HTJ2K")):
        first = frame.index(b"\xff\x90")
        length = int.from_bytes(frame[first + 6 : first + 10], "big")
        note = segment(0x64, b"\0\1" + NOTE)
        length = (length + len(note) if length else 0).to_bytes(4, "big")
        tile = frame[first : first + 6] + length + frame[first + 10 : first + 12] + note
        box = (8 + len(NOTE)).to_bytes(4, "big") + b"xml " + NOTE
        return box + frame[:first] + note + tile + frame[first + 12 :] + NOTE
    return frame[:2] + segment(0xFE) + segment(0xE1) + segment(0xEF) + frame[2:] + NOTE


@pytest.mark.parametrize("syntax", ENCODERS, ids=lambda syntax: uid.UID(syntax).keyword)
def test_notes_are_cut_out_and_the_pixels_stay(syntax: str) -> None:
    frame, bits = a_frame(syntax)
    noted = with_notes(frame, syntax)
    assert NOTE in noted
    bare = bare_codestream(noted, uid.UID(syntax))
    assert NOTE not in bare
    np.testing.assert_array_equal(decoded(bare, syntax, bits), decoded(frame, syntax, bits))
    assert bare_codestream(bare, uid.UID(syntax)) == bare


@pytest.mark.parametrize("syntax", [uid.JPEGBaseline8Bit, uid.JPEG2000Lossless])
def test_a_frame_cut_anywhere_is_an_error_or_whole(syntax: str) -> None:
    frame, _ = a_frame(syntax)
    for length in range(0, len(frame) - 2, 7):
        with pytest.raises(DecodeError):
            bare_codestream(frame[:length], uid.UID(syntax))
