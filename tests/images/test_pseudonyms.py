"""Keyed pseudonyms: the same by the same key, another by another, and nothing without it."""

from __future__ import annotations

import uuid

import pytest
from pydicom.uid import UID

from mammoscope.images.pseudonyms import Pseudonyms
from mammoscope.types import MammoscopeError

KEY = b"a key that nobody guesses"


def test_the_same_key_gives_the_same_uid_and_another_gives_another() -> None:
    assert Pseudonyms(KEY).uid("1.2.3") == Pseudonyms(KEY).uid("1.2.3")
    assert Pseudonyms(KEY).uid("1.2.3") != Pseudonyms(KEY).uid("1.2.4")
    assert Pseudonyms(KEY).uid("1.2.3") != Pseudonyms(KEY + b"!").uid("1.2.3")
    assert Pseudonyms.random().uid("1.2.3") != Pseudonyms.random().uid("1.2.3")


def test_padding_does_not_make_another_uid() -> None:
    assert Pseudonyms(KEY).uid("1.2.3\0") == Pseudonyms(KEY).uid("1.2.3")


def test_a_uid_is_valid_and_a_uuid_of_version_8() -> None:
    for number in range(200):
        made = Pseudonyms(KEY).uid(f"1.2.{number}")
        assert UID(made).is_valid and len(made) <= 44
        value = uuid.UUID(int=int(made.removeprefix("2.25.")))
        assert value.version == 8 and value.variant == uuid.RFC_4122


def test_a_patient_is_no_uid_and_hides_the_number() -> None:
    made = Pseudonyms(KEY).patient("12345")
    assert len(made) == 16 and "12345" not in made
    assert int(made, 16) != int(Pseudonyms(KEY).uid("12345").removeprefix("2.25.")) >> 64


def test_a_short_key_is_refused_and_not_shown() -> None:
    with pytest.raises(MammoscopeError, match="9 bytes; expected at least 16") as caught:
        Pseudonyms(b"too short")
    assert "too short" not in str(caught.value)
