"""What the audit log holds: an answer that was given, and the row that chains it to the last."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from mammoscope.types import MammoscopeError

# "not read": the file could not be decoded, so no model was asked.
Outcome = Literal["suspicious", "not suspicious", "cannot assess", "not read"]
NO_KEY = "none"
NO_MODEL = "none"
LONGEST = 200
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class LedgerError(MammoscopeError):
    """The audit log cannot be opened, written or trusted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model's answer to one upload. Nothing in it tells whose image that was.

    There is no score: verdict and `name@version` say what the caller was told to think, and the
    same model gives the same score to the same file again, should it ever be asked for.

    Attributes:
        key_id: public part of the caller's key, `none` where the server asks for no key.
        model: `name@version`, `none` where the file could not be read.
        input: `Seal.input_digest` of the file.
        verdict: what was answered.
    """

    key_id: str
    model: str
    input: str
    verdict: Outcome

    def __post_init__(self) -> None:
        for name, value in (("key id", self.key_id), ("model", self.model)):
            if len(value) > LONGEST or _PRINTABLE.fullmatch(value) is None:
                raise LedgerError(
                    f"the {name} of a log entry is {value[:LONGEST]!r}; expected 1 to {LONGEST} "
                    "printable ASCII characters"
                )
        if _DIGEST.fullmatch(self.input) is None:
            raise LedgerError("the input of a log entry is no digest; expected 64 hex digits")
        if self.verdict not in get_args(Outcome):
            expected = ", ".join(get_args(Outcome))
            raise LedgerError(
                f"the verdict of a log entry is {self.verdict!r}; expected one of: {expected}"
            )


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the database holds it; believed only once `verify` has looked at it.

    Attributes:
        number: 1 for the log's first row, then one more each.
        at: UTC, ISO 8601 with microseconds, of when the row was written.
        key_id: as in `Entry`, and so are `model`, `input` and `verdict`.
        previous: digest of the row before, `GENESIS` of the first.
        digest: `Seal.row_digest` of all that.
    """

    number: int
    at: str
    key_id: str
    model: str
    input: str
    verdict: str
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log ends: what is kept apart from it, since a cut tail leaves no other trace."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


# What the first row follows.
GENESIS = "0" * 64


def parse_head(text: str) -> Head:
    """The head of `NUMBER:DIGEST`, as `mammoscope log verify` prints it.

    Raises:
        LedgerError: the text is no head.
    """
    match = re.fullmatch(r"(0|[1-9][0-9]{0,17}):([0-9a-f]{64})", text, re.ASCII)
    if match is None:
        raise LedgerError(
            f"head {text!r} is none; expected NUMBER:DIGEST as `mammoscope log verify` printed it"
        )
    return Head(int(match[1]), match[2])
