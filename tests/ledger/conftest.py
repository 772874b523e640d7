"""A log in SQLite, and one in a real PostgreSQL where that can be had."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoscope.ledger.audit_log import AuditLog
from tests.ledger.postgres import ACCOUNT, Postgres, find_programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not here; `make system-deps` as root installs it")
    if os.geteuid() == 0 and ACCOUNT not in {each.pw_name for each in pwd.getpwall()}:
        pytest.skip(f"PostgreSQL does not run as root, and there is no account {ACCOUNT!r}")
    pytest.importorskip("psycopg", reason="psycopg is not here; see the extra `postgres`")
    server = Postgres(programs)
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'audit.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Where the secret of that log is, or is to be."""
    return tmp_path / "audit.key"


@pytest.fixture
def log(url: str, secret_file: Path) -> Iterator[AuditLog]:
    log = AuditLog(url, secret_file=secret_file)
    yield log
    log.close()
