"""A sound file changed at random, its format known: the same (seed, index), the same file."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.random import Generator

from tests.fuzz.seeds import seeds

# Where counters overflow, signs turn and sizes explode.
_EXTREMES = (0, 1, 2, 7, 8, 127, 128, 255, 256, 4095, 32767, 32768, 65535, 65536, 2**24, 2**31 - 1,
             2**31, 2**32 - 1)  # fmt: skip
_WORDS = (b"0", b"-1", b"1", b"65536", b"99999999", b"1e308", b"nan", b"inf", b"-0.0", b"", b"1\\2",
          b"MONOCHROME1", b"MONOCHROME2", b"RGB", b"YBR_FULL", b"PALETTE COLOR", b"SIGMOID",
          b"LINEAR_EXACT", b"INVERSE", b"\xff\xfe\x1b$B")  # fmt: skip
_LARGEST = 2**18
# Elements whose values steer the decoder: groups 0002, 0008, 0018, 0020, 0028, 5200 and 7fe0.
_ELEMENT = re.compile(
    rb"(?:\x02\0|\x08\0|\x18\0|\x20\0|\x28\0|\0\x52|\xe0\x7f)[\0-\xff]{2}[A-Z]{2}"
)


def make_case(seed: int, index: int) -> tuple[str, bytes]:
    """The name of the sound file, and what has become of it."""
    rng = np.random.default_rng((seed, index))
    names = _names()
    name = names[rng.integers(len(names))]
    data = bytearray(seeds()[name])
    steps = STEPS + SPECIAL.get(name.partition(" ")[0], ()) * 3
    for _ in range(int(rng.geometric(0.6))):
        steps[rng.integers(len(steps))](data, rng)
    # Most checksums made right again: a wrong one is refused before anything of interest.
    if name.startswith("png") and rng.random() < 0.8:
        _mend_checksums(data)
    return name, bytes(data[:_LARGEST])


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(seeds()))


def _place(data: bytearray, rng: Generator) -> int:
    """Anywhere; half of the time in the first bytes, where headers are."""
    end = len(data) if rng.random() < 0.5 else min(len(data), 1024)
    return int(rng.integers(end)) if end else 0


def _flip_bits(data: bytearray, rng: Generator) -> None:
    for _ in range(int(rng.geometric(0.3))):
        if data:
            data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def _set_byte(data: bytearray, rng: Generator) -> None:
    if data:
        data[_place(data, rng)] = int(rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF)))


def _set_number(data: bytearray, rng: Generator) -> None:
    kind = str(rng.choice(("<H", ">H", "<I", ">I")))
    size = struct.calcsize(kind)
    at = _place(data, rng)
    value = int(rng.choice(_EXTREMES)) & ((1 << (8 * size)) - 1)
    data[at : at + size] = struct.pack(kind, value)


def _truncate(data: bytearray, rng: Generator) -> None:
    del data[_place(data, rng) :]


def _insert(data: bytearray, rng: Generator) -> None:
    at = _place(data, rng)
    data[at:at] = rng.bytes(int(rng.geometric(0.1)))


def _remove(data: bytearray, rng: Generator) -> None:
    at = _place(data, rng)
    del data[at : at + int(rng.geometric(0.1))]


def _copy_block(data: bytearray, rng: Generator) -> None:
    start, at = _place(data, rng), _place(data, rng)
    block = data[start : start + int(rng.geometric(0.02))]
    data[at : at + (len(block) if rng.random() < 0.5 else 0)] = block


def _splice(data: bytearray, rng: Generator) -> None:
    """The end of another file behind the beginning of this one."""
    names = _names()
    other = seeds()[names[rng.integers(len(names))]]
    data[_place(data, rng) :] = other[_place(bytearray(other), rng) :]


def _set_element(data: bytearray, rng: Generator) -> None:
    """A DICOM element's value, perhaps of another length, its length field told or not."""
    found = list(_ELEMENT.finditer(data))
    if not found:
        return
    at = found[rng.integers(len(found))].start()
    long = data[at + 4 : at + 6] in (b"OB", b"OW", b"SQ", b"UN", b"UT", b"OF")
    head = 12 if long else 8
    form = "<I" if long else "<H"
    if at + head > len(data):
        return
    (length,) = struct.unpack_from(form, data, at + head - struct.calcsize(form))
    choice = rng.random()
    if choice < 0.3 and length in (2, 4):
        value = struct.pack("<I", int(rng.choice(_EXTREMES)))[:length]
    elif choice < 0.8:
        value = bytes(_WORDS[rng.integers(len(_WORDS))])
        value += b" " * (len(value) % 2)
    else:
        value = rng.bytes(2 * int(rng.integers(8)))
    data[at + head : at + head + length] = value
    if rng.random() < 0.9:
        struct.pack_into(form, data, at + head - struct.calcsize(form), len(value))


def _swap_element(data: bytearray, rng: Generator) -> None:
    """An element of another DICOM put before one of this one."""
    dicoms = [name for name in _names() if name.startswith("dicom")]
    other = seeds()[dicoms[rng.integers(len(dicoms))]]
    theirs, ours = list(_ELEMENT.finditer(other)), list(_ELEMENT.finditer(data))
    if len(theirs) < 2 or not ours:
        return
    first = int(rng.integers(len(theirs) - 1))
    block = other[theirs[first].start() : theirs[first + 1].start()]
    at = ours[rng.integers(len(ours))].start()
    data[at:at] = block


def _set_syntax(data: bytearray, rng: Generator) -> None:
    """Another transfer syntax than the pixels have."""
    suffixes = (b"1.2.1\0", b"1.2\0", b"1.2.5", b"1.2.4.50", b"1.2.4.51", b"1.2.4.57", b"1.2.4.70",
                b"1.2.4.80", b"1.2.4.81", b"1.2.4.90", b"1.2.4.91", b"1.2.4.201", b"1.2.4.202",
                b"1.2.4.203", b"1.2.1.99", b"1.2.2\0")  # fmt: skip
    start = data.find(b"\x02\0\x10\0UI")
    if start < 0 or start + 8 > len(data):
        return
    (length,) = struct.unpack_from("<H", data, start + 6)
    value = b"1.2.840.10008." + suffixes[rng.integers(len(suffixes))]
    value += b"\0" * (len(value) % 2)
    data[start + 8 : start + 8 + length] = value
    struct.pack_into("<H", data, start + 6, len(value))


def _set_chunk(data: bytearray, rng: Generator) -> None:
    """PNG: a byte of the header, or a chunk doubled."""
    if len(data) < 33:
        return
    if rng.random() < 0.5:
        data[int(rng.integers(16, 29))] = int(rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 32, 255)))
        return
    (length,) = struct.unpack_from(">I", data, 33) if len(data) > 37 else (0,)
    chunk = data[33 : 33 + 12 + min(length, 4096)]
    data[33:33] = chunk


def _mend_checksums(data: bytearray) -> None:
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            return
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4


def _set_tag(data: bytearray, rng: Generator) -> None:
    """TIFF: a field of a directory entry."""
    if len(data) < 10:
        return
    order = "<" if data[:1] == b"I" else ">"
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    if start + 2 > len(data):
        return
    (count,) = struct.unpack_from(f"{order}H", data, start)
    at = start + 2 + 12 * int(rng.integers(max(1, min(count, 32))))
    field, form = ((0, "H"), (2, "H"), (4, "I"), (8, "I"), (8, "I"))[rng.integers(5)]
    if at + 12 <= len(data):
        value = int(rng.choice(_EXTREMES)) & (0xFFFF if form == "H" else 0xFFFFFFFF)
        struct.pack_into(f"{order}{form}", data, at + field, value)


def _set_word(data: bytearray, rng: Generator) -> None:
    """PGM: one of the numbers of the header."""
    words = list(re.finditer(rb"\d+", data[:64]))
    if words:
        word = words[rng.integers(len(words))]
        data[word.start() : word.end()] = b"%d" % int(rng.choice(_EXTREMES))


def _set_marker(data: bytearray, rng: Generator) -> None:
    """JPEG and its kin, in a DICOM too: a byte behind a marker."""
    markers = [m.start() for m in re.finditer(rb"\xff[\x4f-\x64\xc0-\xfe]", data)]
    if markers:
        at = markers[rng.integers(len(markers))] + int(rng.integers(1, 24))
        if at < len(data):
            data[at] = int(rng.choice((0, 1, 2, 3, 8, 12, 16, 17, 0x7F, 0xFF)))


Step = Callable[[bytearray, Generator], None]
STEPS: tuple[Step, ...] = (
    _flip_bits, _set_byte, _set_number, _truncate, _insert, _remove, _copy_block, _splice,
)  # fmt: skip
SPECIAL: dict[str, tuple[Step, ...]] = {
    "dicom": (_set_element, _set_element, _swap_element, _set_syntax, _set_marker),
    "png": (_set_chunk,),
    "tiff": (_set_tag,),
    "pgm": (_set_word,),
    "jpeg": (_set_marker,),
}
