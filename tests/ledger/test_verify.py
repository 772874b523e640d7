"""Each way to change a log behind its back shows, and says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoscope.ledger.audit_log import AuditLog
from mammoscope.ledger.entry import GENESIS, Head, LedgerError, parse_head
from mammoscope.ledger.seal import Seal, create_seal
from mammoscope.ledger.verify import verify
from tests.ledger.entries import entry, tamper

TABLE = "mammoscope_audit"
COPY = f"INSERT INTO {TABLE} SELECT {{}} FROM {TABLE} WHERE number = {{}}"
# What is done → the first finding.
TAMPERINGS = {
    "a verdict changed": (
        [f"UPDATE {TABLE} SET verdict = 'not suspicious' WHERE number = 3"],
        "row 3 was changed, moved or never written by this log",
    ),
    "a time changed": (
        [f"UPDATE {TABLE} SET at = '2020-01-01T00:00:00.000000+00:00' WHERE number = 2"],
        "row 2 was changed, moved or never written by this log",
    ),
    "a key's id changed": (
        [f"UPDATE {TABLE} SET key_id = 'somebody' WHERE number = 5"],
        "row 5 was changed, moved or never written by this log",
    ),
    "a character moved between fields": (
        [f"UPDATE {TABLE} SET key_id = '0a1b2c3', model = 'dcnn@4' WHERE number = 4"],
        "row 4 was changed, moved or never written by this log",
    ),
    "a row removed": ([f"DELETE FROM {TABLE} WHERE number = 3"], "row 3 is missing"),
    "rows removed": (
        [f"DELETE FROM {TABLE} WHERE number IN (2, 3, 4)"],
        "row 2 and those up to 4 are missing",
    ),
    "the first row removed": ([f"DELETE FROM {TABLE} WHERE number = 1"], "row 1 is missing"),
    "a row removed and the rest renumbered": (
        [
            f"DELETE FROM {TABLE} WHERE number = 3",
            f"UPDATE {TABLE} SET number = 3 WHERE number = 4",
            f"UPDATE {TABLE} SET number = 4 WHERE number = 5",
            f"UPDATE {TABLE} SET number = 5 WHERE number = 6",
        ],
        "row 3 does not follow the row before it",
    ),
    "a row removed and the chain mended": (
        [
            f"DELETE FROM {TABLE} WHERE number = 3",
            f"UPDATE {TABLE} SET number = 3, previous = (SELECT digest FROM {TABLE} "
            "WHERE number = 2) WHERE number = 4",
        ],
        "row 3 was changed, moved or never written by this log",
    ),
    "two rows swapped": (
        [
            f"UPDATE {TABLE} SET number = 99 WHERE number = 2",
            f"UPDATE {TABLE} SET number = 2 WHERE number = 3",
            f"UPDATE {TABLE} SET number = 3 WHERE number = 99",
        ],
        "row 2 does not follow the row before it",
    ),
    "a row inserted before the others": (
        [COPY.format("0, at, key_id, model, input, verdict, previous, digest", 1)],
        "row 0 is there a second time, or has no number",
    ),
    "a row inserted behind the others": (
        [COPY.format("7, at, key_id, model, input, verdict, digest, digest", 6)],
        "row 7 was changed, moved or never written by this log",
    ),
    "a row inserted between the others": (
        [
            f"UPDATE {TABLE} SET number = 7 WHERE number = 6",
            f"UPDATE {TABLE} SET number = 6 WHERE number = 5",
            COPY.format("5, at, key_id, model, input, verdict, digest, digest", 4),
        ],
        "row 5 was changed, moved or never written by this log",
    ),
    "the end cut": (
        [f"DELETE FROM {TABLE} WHERE number > 4"],
        "row 6 is missing: the log ends at row 4, cut short",
    ),
    "everything removed": (
        [f"DELETE FROM {TABLE}"],
        "row 6 is missing: the log ends at row 0, cut short",
    ),
}


@pytest.fixture
def full(log: AuditLog) -> AuditLog:
    for i in range(1, 7):
        log.append([entry(model=f"cnn@{i}")])
    return log


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_shows(full: AuditLog, url: str, name: str) -> None:
    head = full.kept_head()
    assert head is not None
    assert verify(full.rows(), full.seal, heads=[head]).findings == ()
    statements, first = TAMPERINGS[name]
    tamper(url, *statements)
    findings = verify(full.rows(), full.seal, heads=[head]).findings
    assert str(findings[0]) == first


def test_only_the_rows_that_were_touched_are_found(full: AuditLog, url: str) -> None:
    tamper(url, *TAMPERINGS["a verdict changed"][0], *TAMPERINGS["a key's id changed"][0])
    findings = verify(full.rows(), full.seal, heads=[]).findings
    assert [finding.number for finding in findings] == [3, 5]


def test_a_log_written_anew_with_another_key_shows(
    full: AuditLog, url: str, tmp_path: Path
) -> None:
    tamper(url, f"DELETE FROM {TABLE}")
    forger = AuditLog(url, secret_file=tmp_path / "forged.key")
    for i in range(1, 8):
        forger.append([entry(model=f"cnn@{i}", verdict="not suspicious")])
    forger.close()
    head = full.kept_head()
    assert head is not None
    found = verify(full.rows(), full.seal, heads=[head]).findings
    assert [finding.number for finding in found] == [1, 2, 3, 4, 5, 6, 7, 6]
    assert "whose head was kept" in found[-1].what


def test_a_log_put_back_to_an_older_copy_shows_by_a_head_that_was_noted_down(
    full: AuditLog, url: str
) -> None:
    noted = parse_head(str(full.kept_head()))
    tamper(url, f"DELETE FROM {TABLE} WHERE number > 2")
    # Whoever also put the kept head back to an older one is found by the one noted elsewhere.
    assert verify(full.rows(), full.seal, heads=[]).findings == ()
    assert verify(full.rows(), full.seal, heads=[noted]).findings[0].number == 6


def test_rows_of_kinds_that_only_sqlite_would_take_are_found_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    log = AuditLog(url, secret_file=tmp_path / "key")
    log.append([entry(), entry()])
    tamper(
        url,
        f"UPDATE {TABLE} SET model = x'00ff' WHERE number = 1",
        f"UPDATE {TABLE} SET digest = x'00ff' WHERE number = 2",
    )
    found = verify(log.rows(), log.seal, heads=[]).findings
    assert [finding.number for finding in found] == [1, 2]
    log.close()


def test_an_empty_log_is_whole(log: AuditLog) -> None:
    result = verify(log.rows(), log.seal, heads=[])
    assert result.findings == () and result.end == Head(0, GENESIS) == log.kept_head()
    assert verify([], log.seal, heads=[result.end]).findings == ()


@pytest.mark.parametrize(
    "text", ["", "7", "7:ab", f"01:{'a' * 64}", f"-1:{'a' * 64}", f"7:{'A' * 64}"]
)
def test_a_head_is_a_number_and_a_digest(text: str) -> None:
    with pytest.raises(LedgerError, match="NUMBER:DIGEST"):
        parse_head(text)


def test_an_inputs_digest_needs_the_key(tmp_path: Path) -> None:
    import hashlib
    import hmac

    secret = bytes(range(32))
    seal, other = Seal(secret), create_seal(tmp_path / "key")
    data = b"a file"
    assert seal.input_digest(data) == Seal(secret).input_digest(data)
    assert seal.input_digest(data) != other.input_digest(data)
    assert seal.input_digest(data) != seal.input_digest(b"another")
    assert seal.input_digest(data) != hashlib.sha256(data).hexdigest()
    # RFC 2104 twice, written out: a key for inputs, and the digest under it.
    derived = hmac.new(secret, b"input", "sha256").digest()
    assert seal.input_digest(data) == hmac.new(derived, data, "sha256").hexdigest()
