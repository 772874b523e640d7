"""Deflated DICOM (PS3.5 A.5) → the same data set not compressed, and never more than a bound."""

from __future__ import annotations

import io
import zlib

from pydicom import uid
from pydicom.filereader import read_dataset

from mammoscope.images.elements import third_party
from mammoscope.types import DecodeError

_BROKEN = "the DICOM's deflated data set is broken or truncated; copy or export the file again"
# (0002,0010) UI of 20 bytes: a file meta group that names Explicit VR Little Endian, no more.
_EXPLICIT = (
    bytes(128) + b"DICM" + b"\x02\x00\x10\x00UI\x14\x00" + uid.ExplicitVRLittleEndian.encode()
).ljust(160, b"\0")


def inflated(data: bytes, *, limit: int) -> bytes | None:
    """An explicit little-endian file with the data set of a deflated one; None if it is not.

    pydicom would inflate the whole of it, whatever its size.

    Args:
        data: the whole file.
        limit: the most bytes that the data set may have.

    Raises:
        DecodeError: broken, truncated, or larger than `limit`.
    """
    if uid.DeflatedExplicitVRLittleEndian.encode() not in data:
        return None
    file = io.BytesIO(data)
    file.seek(132 if data[128:132] == b"DICM" else 0)
    with third_party("the DICOM's file meta information is malformed; export it again"):
        # As pydicom itself finds the end of the group, whatever length the file gives it.
        meta = read_dataset(file, False, True, stop_when=lambda tag, vr, length: tag.group != 2)
        if str(meta.get("TransferSyntaxUID")) != uid.DeflatedExplicitVRLittleEndian:
            return None
        start = file.tell()
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        plain = inflater.decompress(memoryview(data)[start:], limit + 1)
    except zlib.error:
        raise DecodeError(_BROKEN) from None
    if len(plain) > limit:
        raise DecodeError(
            f"the DICOM's deflated data set has more than {limit} bytes; expected a single view; "
            "send it uncompressed and at its own resolution"
        )
    # A second group of file meta information could say "deflated" again, to pydicom.
    if not inflater.eof or plain.startswith(b"\x02\x00"):
        raise DecodeError(_BROKEN)
    return bytes(_EXPLICIT + plain)
