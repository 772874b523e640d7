"""The Orientation tag of TIFF and EXIF: which way up the stored rows and columns are shown."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

TAG = 274  # TIFF 6.0 section 8, and EXIF 2.32 table 4
_SHORT = 3
# Orientation → (transposed, upside down, mirrored), in this order; 1 and what lies outside: as is.
TURNS = {
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def turned(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Samples (H, W) or (H, W, S) as they are to be shown; `orientation` is one of `TURNS`."""
    transposed, upside_down, mirrored = TURNS[orientation]
    shown = samples.swapaxes(0, 1) if transposed else samples
    shown = shown[::-1] if upside_down else shown
    return np.ascontiguousarray(shown[:, ::-1] if mirrored else shown)


def exif_orientation(exif: bytes) -> int:
    """The tag in an EXIF block (an APP1 segment's body); 1 where it is absent or malformed."""
    body = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(body[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", body, 4)
        (count,) = struct.unpack_from(f"{order}H", body, start)
        for at in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(f"{order}HHIH", body, at)
            if (tag, kind, number) == (TAG, _SHORT, 1):
                return int(value)
    except struct.error:
        pass
    return 1
