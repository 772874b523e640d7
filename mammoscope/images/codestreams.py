"""Headers of JPEG, JPEG-LS and JPEG 2000 codestreams, read before a decoder allocates by them."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from mammoscope.types import DecodeError

# Start-of-frame markers of JPEG (T.81 table B.1) and JPEG-LS (T.87).
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_START_OF_SCAN = 0xDA
LOSSLESS = 0xC3
# In a scan 0xFF is followed by 0, or by a restart marker, until the scan ends (T.81 B.1.1.5).
_SCAN_END = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_END_OF_IMAGE = b"\xff\xd9"  # EOI of JPEG and JPEG-LS, EOC of JPEG 2000
_J2K_START = b"\xff\x4f\xff\x51"  # SOC, SIZ


@dataclass(frozen=True, slots=True)
class Codestream:
    """What a compressed frame says of itself.

    Attributes:
        rows, columns, samples: the size that its decoder will allocate.
        bits: of a sample.
        signed: whether its samples are; only JPEG 2000 can say so.
    """

    rows: int
    columns: int
    samples: int
    bits: int
    signed: bool = False


def jpeg(data: bytes) -> Codestream:
    """The frame header of a JPEG or JPEG-LS stream with sound marker segments.

    Of JPEG Lossless the scan is followed to its end as well: a decoder that meets another marker
    before fills the rest of the picture, and says nothing.

    Raises:
        DecodeError: a segment is broken, missing, or stands twice.
    """
    broken = DecodeError("the JPEG's marker segments are broken; copy or export the file again")
    frames: list[tuple[int, bytes]] = []
    at, marker, body = 2, 0, b""
    while marker != _START_OF_SCAN:
        while data[at : at + 2] == b"\xff\xff":  # fill bytes, T.81 B.1.1.2
            at += 1
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 1] != b"\xff" or length < 2 or at + 2 + length > len(data):
            raise broken
        marker, body = data[at + 1], data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker in _START_OF_FRAME:
            frames.append((marker, body))
    if len(frames) != 1 or len(frames[0][1]) < 6 + 3 * frames[0][1][5] or len(body) < 4:
        raise broken
    kind, frame = frames[0]
    if kind == LOSSLESS and body[0] == frame[5]:
        end = _SCAN_END.search(data, at)
        if end is None or end[0][-1] != _END_OF_IMAGE[1]:
            raise broken
    rows, columns = struct.unpack_from(">HH", frame, 1)
    return Codestream(rows, columns, frame[5], frame[0])


def jpeg_2000(data: bytes) -> Codestream:
    """The SIZ segment (T.800 A.5.1) of a JPEG 2000 or HTJ2K codestream, in a JP2 file or bare.

    Raises:
        DecodeError: there is none, it is broken, or its components differ.
    """
    broken = DecodeError("the JPEG 2000 header is broken; copy or export the file again")
    # DICOM wants the bare codestream; archives that hold whole JP2 files are common.
    start = data.find(_J2K_START, 0, 4096)
    at = start + 4
    if start < 0 or len(data) < at + 41:
        raise broken
    x1, y1, x0, y0 = struct.unpack_from(">4I", data, at + 4)
    samples = int.from_bytes(data[at + 36 : at + 38], "big")
    components = data[at + 38 : at + 38 + 3 * samples]
    depth = components[:1]
    if (
        not samples
        or len(components) != 3 * samples
        or components != (depth + b"\x01\x01") * samples
    ):
        raise broken
    return Codestream(y1 - y0, x1 - x0, samples, (depth[0] & 0x7F) + 1, depth[0] >= 0x80)


def has_end(frame: bytes) -> bool:
    """Whether the last bytes of a frame, padding aside, hold the marker that ends it."""
    return _END_OF_IMAGE in frame[-16:]
