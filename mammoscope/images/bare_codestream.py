"""A compressed frame without what is not picture: comments, application data, wrapping, trailers.

JPEG, JPEG-LS and JPEG 2000 have room for text, and scanners and converters write names into it.
No pixel depends on any of it in grayscale: the coded bits are copied as they are.
"""

from __future__ import annotations

import re

from pydicom import uid

from mammoscope.types import DecodeError

# T.81 table B.1: APP0 … APP15, JPG0 … JPG13 but for JPEG-LS's SOF55 and LSE, COM.
_JPEG_LS = frozenset({0xF7, 0xF8})
_JPEG_TEXT = frozenset(range(0xE0, 0xF0)) | frozenset(range(0xF0, 0xFF)) - _JPEG_LS
_SCAN, _END = 0xDA, 0xD9
# What follows 0xFF in a scan: below 0x80 it is stuffing (JPEG-LS), 0 (JPEG); D0 … D7 restart.
_SCAN_END = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
# T.800 table A.2 and, for HTJ2K, T.814: delimiting, fixed and functional segments, and pointers.
_J2K_START = b"\xff\x4f\xff\x51"
_SOT, _SOD, _EOC, _TLM = 0x90, 0x93, 0xD9, 0x55
_J2K_KNOWN = frozenset(
    {0x50, 0x51, 0x52, 0x53, 0x55, 0x57, 0x58, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61, 0x63}
)
_BROKEN = "the compressed frame's segments are broken; copy or export the file again"


def bare_codestream(frame: bytes, syntax: uid.UID) -> bytes:
    """The frame's codestream from its start marker to its end marker, of picture only.

    Args:
        frame: one whole compressed frame of gray pixels.
        syntax: a transfer syntax of JPEG, JPEG-LS, JPEG 2000 or HTJ2K.

    Raises:
        DecodeError: the frame's segments are broken.
    """
    try:
        return (
            _jpeg_2000(frame) if syntax.keyword.startswith(("JPEG2000", "HTJ2K")) else _jpeg(frame)
        )
    except IndexError:
        raise DecodeError(_BROKEN) from None


def _jpeg(frame: bytes) -> bytes:
    if frame[:2] != b"\xff\xd8":
        raise DecodeError(_BROKEN)
    parts, at = [frame[:2]], 2
    while True:
        while frame[at : at + 2] == b"\xff\xff":  # fill bytes, T.81 B.1.1.2
            at += 1
        marker = frame[at + 1]
        if frame[at] != 0xFF:
            raise DecodeError(_BROKEN)
        if marker == _END:
            return b"".join([*parts, frame[at : at + 2]])
        end = at + 2 + _length(frame, at + 2)
        if marker == _SCAN:
            found = _SCAN_END.search(frame, end)
            if found is None:
                raise DecodeError(_BROKEN)
            end = found.start()
        if marker not in _JPEG_TEXT:
            parts.append(frame[at:end])
        at = end


def _jpeg_2000(frame: bytes) -> bytes:
    # Archives wrap the codestream in a JP2 file, whose boxes take text; DICOM wants none.
    at = frame.find(_J2K_START, 0, 4096)
    if at < 0:
        raise DecodeError(_BROKEN)
    parts, lengths, moved, at = [frame[at : at + 2]], [], False, at + 2
    while frame[at + 1] != _EOC:
        if frame[at] != 0xFF:
            raise DecodeError(_BROKEN)
        if frame[at + 1] == _SOT:
            part, end = _tile_part(frame, at)
            moved = moved or len(part) != end - at
            parts.append(part)
            at = end
        else:
            end = at + 2 + _length(frame, at + 2)
            if frame[at + 1] == _TLM:
                lengths.append(len(parts))
            if frame[at + 1] in _J2K_KNOWN:
                parts.append(frame[at:end])
            at = end
    if moved:  # the list of tile-parts' lengths, which no decoder needs, is no longer true
        parts = [part for index, part in enumerate(parts) if index not in lengths]
    return b"".join([*parts, b"\xff\xd9"])


def _tile_part(frame: bytes, start: int) -> tuple[bytes, int]:
    """A tile-part (T.800 A.4.2) with its length set anew, and where the next segment begins."""
    if _length(frame, start + 2) != 10:
        raise DecodeError(_BROKEN)
    length = int.from_bytes(frame[start + 6 : start + 10], "big")
    if length == 0:  # the last one: up to the end of the codestream
        length = frame.rindex(b"\xff\xd9") - start if b"\xff\xd9" in frame[start:] else 0
    end = start + length
    if length < 14 or end > len(frame):
        raise DecodeError(_BROKEN)
    parts, at = [], start + 12
    while frame[at + 1] != _SOD:
        if frame[at] != 0xFF or at > end:
            raise DecodeError(_BROKEN)
        after = at + 2 + _length(frame, at + 2)
        if frame[at + 1] in _J2K_KNOWN:
            parts.append(frame[at:after])
        at = after
    body = b"".join([*parts, frame[at:end]])
    head = (
        frame[start : start + 6]
        + (12 + len(body)).to_bytes(4, "big")
        + frame[start + 10 : start + 12]
    )
    return head + body, end


def _length(frame: bytes, at: int) -> int:
    length = frame[at] << 8 | frame[at + 1]
    if length < 2:
        raise DecodeError(_BROKEN)
    return length
