"""Headers that open a server, such as `Authorization`, out of a file and not of a command line."""

from __future__ import annotations

import re
from pathlib import Path

from mammoscope.ledger.private_file import read_private
from mammoscope.types import MammoscopeError

# RFC 9110 5.1 and 5.5: a token, and visible characters with blanks between.
_LINE = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(?P<value>[!-~]([ \t!-~]*[!-~])?)")


def read_headers(path: Path) -> dict[str, str]:
    """Name → value, of lines `Name: value`; lines that are empty or begin with # are left out.

    Raises:
        MammoscopeError: a line is none, the file cannot be read, or it is open to others.
    """
    found = {}
    for number, raw in enumerate(read_private(path).decode("utf-8", "replace").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            # Not the line itself: it may be a password.
            raise MammoscopeError(f"line {number} of {path} is no header; expected `Name: value`")
        found[match["name"]] = match["value"]
    return found
