"""What is sealed opens with its own key, in its own place, unchanged, and not otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoscope.ledger.cipher import Cipher, open_cipher, passing_cipher
from mammoscope.types import MammoscopeError

SECRET = bytes(range(32))


def test_what_was_sealed_comes_back_and_is_not_seen_meanwhile() -> None:
    cipher = Cipher(SECRET)
    sealed = cipher.seal(b"Zephyrine", place="here")
    assert b"Zephyrine" not in sealed
    assert Cipher(SECRET).open(sealed, place="here") == b"Zephyrine"
    assert cipher.seal(b"Zephyrine", place="here") != sealed


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_bit_that_changed_is_noticed(at: int) -> None:
    sealed = bytearray(Cipher(SECRET).seal(b"content", place="here"))
    sealed[at] ^= 1
    with pytest.raises(MammoscopeError, match="does not open"):
        Cipher(SECRET).open(bytes(sealed), place="here")


def test_it_does_not_open_elsewhere_or_with_another_key_or_cut_short() -> None:
    cipher = Cipher(SECRET)
    sealed = cipher.seal(b"content", place="here")
    for other, data, place in (
        (cipher, sealed, "there"),
        (passing_cipher(), sealed, "here"),
        (cipher, sealed[:5], "here"),
        (cipher, b"", "here"),
    ):
        with pytest.raises(MammoscopeError, match="does not open"):
            other.open(data, place=place)


def test_a_digest_tells_names_apart_and_needs_the_key() -> None:
    cipher = Cipher(SECRET)
    assert cipher.digest("a") == Cipher(SECRET).digest("a") != cipher.digest("b")
    assert cipher.digest("a") != passing_cipher().digest("a")


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "queue.key"
    with pytest.raises(MammoscopeError, match="cannot read"):
        open_cipher(path, create=False)
    sealed = open_cipher(path, create=True).seal(b"x", place="p")
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_cipher(path, create=True).open(sealed, place="p") == b"x"
    assert open_cipher(path, create=False).open(sealed, place="p") == b"x"


def test_a_key_that_is_there_needs_no_folder_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "queue.key"
    open_cipher(path, create=True)

    def unwritable(path: Path) -> None:
        raise AssertionError("nothing is locked")

    monkeypatch.setattr("mammoscope.ledger.cipher.locked", unwritable)
    open_cipher(path, create=True)


def test_a_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "queue.key"
    path.touch(0o600)
    with pytest.raises(MammoscopeError, match="no key of a queue; expected 64 hex digits"):
        open_cipher(path, create=True)
