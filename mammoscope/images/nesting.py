"""How deep a DICOM's sequences lie in each other, told before a parser follows them down."""

from __future__ import annotations

import re

from mammoscope.types import DecodeError

# Structured reports and functional groups go some ten levels deep; an image needs three.
MOST_LEVELS = 32

# PS3.5, 7.5: an item without a length of its own, which a parser must enter to find its end, that
# end, and the tag of the pixels; little-endian, then big-endian.
_MARKS = (
    (b"\xfe\xff\x00\xe0" + b"\xff" * 4, b"\xfe\xff\x0d\xe0" + bytes(4), b"\xe0\x7f\x10\x00"),
    (b"\xff\xfe\xe0\x00" + b"\xff" * 4, b"\xff\xfe\xe0\x0d" + bytes(4), b"\x7f\xe0\x00\x10"),
)


def refuse_deep_nesting(data: bytes) -> None:
    """Nothing, where the items of undefined length lie at most `MOST_LEVELS` deep.

    Looked for before the pixels, which may hold any bytes. Whatever gets by, as items that state a
    length, the parser's own stack ends at some 200 levels.

    Args:
        data: the whole file, inflated.

    Raises:
        DecodeError: they lie deeper.
    """
    for begin, end, pixels in _MARKS:
        header = data[: data.find(pixels)]
        if header.count(begin) <= MOST_LEVELS:
            continue
        depth = 0
        for mark in re.finditer(re.escape(begin) + b"|" + re.escape(end), header):
            depth = depth + 1 if mark.group() == begin else max(0, depth - 1)
            if depth > MOST_LEVELS:
                raise DecodeError(
                    f"the DICOM's sequences are nested more than {MOST_LEVELS} deep; expected the "
                    "few levels of an image; export it again"
                )
