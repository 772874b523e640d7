"""Small TIFF files made byte by byte, in either order, with any directory."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping

import numpy as np

LITTLE, BIG = "<", ">"


def packbits(raw: bytes) -> bytes:
    """Runs of three or more are repeated, the rest is literal."""
    packed, at = b"", 0
    while at < len(raw):
        run = 1
        while run < 128 and raw[at : at + run + 1] == raw[at : at + 1] * (run + 1):
            run += 1
        if run >= 3:
            packed += bytes([257 - run, raw[at]])
            at += run
        else:
            packed += b"\0" + raw[at : at + 1]
            at += 1
    return packed


def lzw(raw: bytes) -> bytes:
    """Codes of 9 bits only: the table is cleared (256) before it grows beyond; 257 ends."""
    codes = [256]
    for index, byte in enumerate(raw):
        codes += [256, byte] if index and index % 200 == 0 else [byte]
    bits = "".join(f"{code:09b}" for code in [*codes, 257])
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


PACKERS: dict[int, Callable[[bytes], bytes]] = {
    1: bytes,
    5: lzw,
    8: zlib.compress,
    32773: packbits,
    32946: zlib.compress,
}


def tiff(
    samples: object,
    *,
    dtype: str = "u1",
    order: str = LITTLE,
    compression: int = 1,
    photometric: int = 1,
    rows_per_strip: int | None = None,
    tags: Mapping[int, tuple[int, ...] | None] | None = None,
    further: int = 0,
) -> bytes:
    """A TIFF of samples (H, W) or (H, W, S); `tags` change the directory, None takes one out."""
    stored = np.asarray(samples).astype(f"{order}{dtype}")
    stored = stored[..., None] if stored.ndim == 2 else stored
    rows, columns, count = stored.shape
    depth = 8 * stored.dtype.itemsize
    height = rows_per_strip or rows
    strips = [
        PACKERS.get(compression, bytes)(stored[top : top + height].tobytes())
        for top in range(0, rows, height)
    ]
    ends = 8 + np.cumsum([0, *(len(strip) for strip in strips)])
    directory: dict[int, tuple[int, ...] | None] = {
        256: (columns,),
        257: (rows,),
        258: (depth,) * count,
        259: (compression,),
        262: (photometric,),
        273: tuple(int(end) for end in ends[:-1]),
        277: (count,),
        278: (height,),
        279: tuple(len(strip) for strip in strips),
        **(tags or {}),
    }
    entries = {tag: values for tag, values in sorted(directory.items()) if values is not None}
    start = int(ends[-1])
    place = start + 2 + 12 * len(entries) + 4
    table, beyond = b"", b""
    for tag, values in entries.items():
        body = struct.pack(f"{order}{len(values)}I", *values)
        if len(body) > 4:
            beyond += body
            body = struct.pack(f"{order}I", place + len(beyond) - len(body))
        table += struct.pack(f"{order}HHI", tag, 4, len(values)) + body
    magic = b"II*\0" if order == LITTLE else b"MM\0*"
    return (
        magic
        + struct.pack(f"{order}I", start)
        + b"".join(strips)
        + struct.pack(f"{order}H", len(entries))
        + table
        + struct.pack(f"{order}I", further)
        + beyond
    )
