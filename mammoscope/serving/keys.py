"""Bearer keys: made once, kept as hashes in one file, told apart, revoked."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from mammoscope.ledger.private_file import locked, read_private, write_private
from mammoscope.types import MammoscopeError

# What a key is for: everything that the API answers, or how the server does.
Scope = Literal["predict", "metrics"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
# Two a second: a page takes about six for an image, a scraper four a minute.
PER_MINUTE = 120
# The name at its start lets secret scanners find a key that was published by mistake.
TOKEN = re.compile(r"mammoscope_([0-9a-f]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
LONGEST_NAME = 64
_NAME = re.compile(r"\w[\w .@-]*")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as the file holds it; the token itself is nowhere.

    Attributes:
        id: 8 hex digits, the public part of the token: what logs name.
        name: whom or what it is for; in no log.
        scopes: what it is for.
        per_minute: requests, in a burst or evenly.
        created: when it was made.
        expires: from when on it is refused, None = never.
        revoked: since when it is refused, None = it is not.
        salt: 16 random bytes in hex.
        hash: HMAC-SHA-256 of the token's secret part, keyed with the salt, in hex. No slow
            hash: the secret is 256 random bits, which nobody tries out at any speed.
    """

    id: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
    name: str
    scopes: tuple[Scope, ...]
    per_minute: Annotated[int, Field(ge=1)]
    created: AwareDatetime
    expires: AwareDatetime | None
    revoked: AwareDatetime | None
    salt: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] = field(repr=False)
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = field(repr=False)

    def is_live(self, now: datetime) -> bool:
        """Whether it opens anything at this time."""
        return self.revoked is None and (self.expires is None or now < self.expires)


_FILE = TypeAdapter(tuple[Key, ...])
# What the token of an unknown id is compared with, so that its answer takes as long.
_NOBODY = Key("", "", (), 1, datetime.min.replace(tzinfo=UTC), None, None, "00" * 16, "00" * 32)


def read_keys(path: Path) -> dict[str, Key]:
    """Id → key, revoked ones too, in the order they were made.

    Raises:
        MammoscopeError: the file is not there, is open to others, or holds something else.
    """
    if not path.exists():
        raise MammoscopeError(
            f"there is no key file at {path}; make one with "
            f"`mammoscope keys add NAME --key-file {path}`"
        )
    try:
        keys = _FILE.validate_json(read_private(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "its start"
        # Without the value: it may be a hash.
        raise MammoscopeError(
            f"{path} is no key file: {first['msg']} at {where}; put a good copy back"
        ) from None
    return {key.id: key for key in keys}


def add_key(
    path: Path, name: str, *, scopes: Sequence[str], per_minute: int, days: int | None
) -> tuple[Key, str]:
    """A new key and its token, which is given this once; the file is made where there is none.

    Args:
        path: key file.
        name: whom or what it is for: letters, digits and ` .@_-`.
        scopes: of `SCOPES`, at least one.
        per_minute: requests, at least one.
        days: until it expires, None = never.

    Raises:
        MammoscopeError: one of these makes no sense, or the file cannot be read or written.
    """
    _check(name, scopes, per_minute=per_minute, days=days)
    secret = secrets.token_urlsafe(32)
    salt = secrets.token_hex(16)
    now = datetime.now(UTC).replace(microsecond=0)
    with locked(path):
        keys = read_keys(path) if path.exists() else {}
        key_id = secrets.token_hex(4)
        while key_id in keys:
            key_id = secrets.token_hex(4)
        key = Key(
            id=key_id,
            name=name,
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            per_minute=per_minute,
            created=now,
            expires=None if days is None else now + timedelta(days=days),
            revoked=None,
            salt=salt,
            hash=_hash(secret, salt),
        )
        _write(path, {**keys, key_id: key})
    return key, f"mammoscope_{key_id}_{secret}"


def revoke_key(path: Path, key_id: str) -> Key:
    """The key, now refused. It stays in the file: the audit log may name it.

    Raises:
        MammoscopeError: there is no such key, or the file cannot be read or written.
    """
    with locked(path):
        keys = read_keys(path)
        if key_id not in keys:
            raise MammoscopeError(
                f"{path} has no key of the id {key_id!r}; see `mammoscope keys list`"
            )
        key = keys[key_id]
        if key.revoked is None:
            key = replace(key, revoked=datetime.now(UTC).replace(microsecond=0))
            _write(path, {**keys, key_id: key})
    return key


def find_key(keys: Mapping[str, Key], token: str, *, now: datetime) -> Key | None:
    """The live key of a token; None for any other text.

    It takes the same time whatever is wrong with a token of the right form.
    """
    match = TOKEN.fullmatch(token)
    if match is None:
        return None
    key = keys.get(match[1], _NOBODY)
    is_right = hmac.compare_digest(_hash(match[2], key.salt), key.hash)
    return key if is_right and key is not _NOBODY and key.is_live(now) else None


def _hash(secret: str, salt: str) -> str:
    return hmac.digest(bytes.fromhex(salt), secret.encode(), hashlib.sha256).hex()


def _write(path: Path, keys: Mapping[str, Key]) -> None:
    write_private(path, _FILE.dump_json(tuple(keys.values()), indent=2) + b"\n")


def _check(name: str, scopes: Sequence[str], *, per_minute: int, days: int | None) -> None:
    if len(name) > LONGEST_NAME or _NAME.fullmatch(name) is None:
        raise MammoscopeError(
            f"the name of a key is {name[:LONGEST_NAME]!r}; expected at most {LONGEST_NAME} "
            "letters, digits, spaces and .@_-, a letter or digit first"
        )
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        seen = ", ".join(map(repr, unknown)) or "nothing"
        raise MammoscopeError(f"a key is for {seen}; expected some of: {', '.join(SCOPES)}")
    if per_minute < 1 or (days is not None and days < 1):
        raise MammoscopeError("a key needs a minute's requests, and days, of 1 or more")
