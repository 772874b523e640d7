"""What a program and those it starts did with files, as strace saw it."""

from __future__ import annotations

import base64
import codecs
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

STRACE = shutil.which("strace")
_OPENING = ("open", "openat", "openat2", "creat")
_WRITING = ("write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "ftruncate",
            "copy_file_range", "splice")  # fmt: skip
_NAMING = ("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "mkdir",
           "mkdirat", "mknod", "mknodat")  # fmt: skip
# What is done by way of a ring is not seen call by call, so that none may be set up.
_UNSEEN = ("io_uring_setup",)
_CONNECTING = ("connect", "sendto", "sendmsg", "sendmmsg")
_CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<rest>.*)$")
_TARGET = re.compile(r"^\d+<(?P<target>[^>]*)>")
_COPIED_TO = re.compile(r"^\d+<[^>]*>[^<]*, \d+<(?P<target>[^>]*)>")
_FAILED = re.compile(r"\) += -1 E[A-Z]+ \([^()]*\)$")
_FOR_WRITING = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TMPFILE)")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Memory and nothing: what is written there is on no disk.
_NO_FILES = re.compile(r"^(?:/dev/null|/memfd:.*|pipe:.*|socket:.*|[A-Z]+:.*|anon_inode:.*)$")


def traced(command: list[str], log: Path) -> list[str]:
    """The command line that runs a program under strace."""
    assert STRACE is not None
    names = (*_OPENING, *_WRITING, *_NAMING, *_UNSEEN, *_CONNECTING)
    calls = ",".join(f"?{name}" for name in names)
    # -y names what a descriptor stands for; strings are kept whole.
    return [STRACE, "-f", "-y", "-qq", "-s", "8388608", "-o", str(log), "-e", calls, *command]


@dataclass(frozen=True, slots=True)
class Touched:
    """A file that was opened for writing, written to or named: `data` where it was written."""

    path: str
    data: bytes


def touched(log: Path) -> Iterator[Touched]:
    """Every change of a file that the log tells of."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = _CALL.match(line)
        if call is None or _FAILED.search(line):
            continue
        name, rest = call["name"], call["rest"]
        texts = [codecs.escape_decode(text.encode("latin-1", "replace"))[0]
                 for text in _TEXT.findall(rest)]  # fmt: skip
        if name == "creat" or (name in _OPENING and _FOR_WRITING.search(rest)):
            path = bytes(texts[0]).decode("utf-8", "replace")
            if not _NO_FILES.match(path):
                yield Touched(path, b"")
        elif name in _WRITING:
            # Those that copy name what they write to second.
            copies = name in ("copy_file_range", "splice")
            target = (_COPIED_TO if copies else _TARGET).match(rest)
            path = target["target"] if target else rest
            if not _NO_FILES.match(path):
                yield Touched(path, b"".join(map(bytes, texts)))
        elif name in _UNSEEN:
            yield Touched(name, b"")
        elif name in _NAMING:
            for text in texts:
                yield Touched(bytes(text).decode("utf-8", "replace"), b"")


def addresses(log: Path) -> list[str]:
    """Every internet address that was connected or sent to, tried ones included."""
    found = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = _CALL.match(line)
        if call is not None and call["name"] in _CONNECTING:
            found += re.findall(r'inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"', call["rest"])
    return found


def spellings(word: str) -> list[bytes]:
    """The word as it might stand somewhere: plain, UTF-16, hex, in an address, in base64."""
    plain = word.encode("ascii")
    found = [plain, word.encode("utf-16-le"), word.encode("utf-16-be"), plain.hex().encode()]
    found += [plain.hex().upper().encode(), quote(word).encode()]
    found += ["".join(f"%{byte:02{kind}}" for byte in plain).encode() for kind in "xX"]
    for before in range(3):
        # What stands before shifts the letters; the first and the last ones mix with others.
        text = base64.b64encode(bytes(before) + plain)
        found.append(text[(4 * before + 2) // 3 + (before > 0) : len(text) - 4])
    return found
