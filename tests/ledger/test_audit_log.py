"""The log appends whole batches in order, from many at once, or says that it cannot."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from mammoscope.ledger.audit_log import AuditLog
from mammoscope.ledger.audit_table import open_table
from mammoscope.ledger.database import SECONDS, Database
from mammoscope.ledger.entry import GENESIS, Head, LedgerError
from mammoscope.ledger.seal import advance_head, create_seal, head_file, read_head
from mammoscope.ledger.verify import verify
from mammoscope.types import MammoscopeError
from tests.ledger.entries import entry, tamper
from tests.ledger.postgres import Postgres

WRITER = """
import sys
from pathlib import Path
from mammoscope.ledger.audit_log import AuditLog
from mammoscope.ledger.entry import Entry
url, secret, name, count = sys.argv[1:]
log = AuditLog(url, secret_file=Path(secret))
for i in range(int(count)):
    log.append([Entry(key_id=name, model=f"m@{i}", input="00" * 32, verdict="cannot assess")])
log.close()
"""


def test_rows_come_back_as_they_were_written_each_chained_to_the_last(log: AuditLog) -> None:
    first = log.append([entry(), entry(model="densenet121@2", verdict="not suspicious")])
    assert first.number == 2
    end = log.append([entry(model="none", verdict="not read", key_id="none")])
    one, two, three = log.rows()
    assert [row.number for row in (one, two, three)] == [1, 2, 3] and end.number == 3
    assert (one.model, one.verdict) == ("cnn@1", "suspicious")
    assert (three.key_id, three.model, three.verdict) == ("none", "none", "not read")
    assert one.previous == GENESIS and two.previous == one.digest and three.previous == two.digest
    assert one.at == two.at <= three.at and one.at.endswith("+00:00")
    assert log.kept_head() == end
    assert verify(log.rows(), log.seal, heads=[end]).findings == ()


def test_a_batch_is_written_whole_or_not_at_all(log: AuditLog, url: str) -> None:
    log.append([entry()])
    # The second row of the next batch finds its place taken.
    tamper(
        url,
        "INSERT INTO mammoscope_audit SELECT 3, at, key_id, model, input, verdict, previous, "
        "digest FROM mammoscope_audit",
        "UPDATE mammoscope_audit SET number = 0 WHERE number = 1",
    )
    with pytest.raises(LedgerError):
        log.append([entry(), entry()])
    assert [row.number for row in log.rows()] == [0, 3]


def test_four_processes_lose_no_row_and_no_order(url: str, secret_file: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, str(secret_file), name, "15"])
        for name in ("w0", "w1", "w2", "w3")
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0, 0]
    log = AuditLog(url, secret_file=secret_file, create=False)
    rows = list(log.rows())
    assert [row.number for row in rows] == list(range(1, 61))
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    for name in ("w0", "w1", "w2", "w3"):
        assert [row.model for row in rows if row.key_id == name] == [f"m@{i}" for i in range(15)]
    head = log.kept_head()
    assert head is not None and head.number == 60
    assert verify(rows, log.seal, heads=[head]).findings == ()
    log.close()


def test_threads_of_one_process_lose_nothing(log: AuditLog) -> None:
    threads = [
        threading.Thread(target=lambda: [log.append([entry(), entry()]) for _ in range(8)])
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.number for row in log.rows()] == list(range(1, 97))
    assert verify(log.rows(), log.seal, heads=[]).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "'); DROP TABLE mammoscope_audit; --",
        "x' OR '1'='1",
        'x"; DELETE FROM mammoscope_audit; --',
        "%s :lock ? $1 {0} \\",
    ],
)
def test_sql_in_a_value_stays_a_value(log: AuditLog, text: str) -> None:
    log.append([entry()])
    log.append([entry(key_id=text, model=text)])
    rows = list(log.rows())
    assert len(rows) == 2 and rows[1].key_id == rows[1].model == text
    assert verify(rows, log.seal, heads=[]).findings == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"key_id": ""},
        {"key_id": "a\nb"},
        {"model": "x" * 201},
        {"model": "Anna\x00"},
        {"input": "patient.dcm"},
        {"input": "AB" * 32},
        {"verdict": "0.83"},
    ],
)
def test_an_entry_holds_nothing_but_what_is_meant_for_it(changes: dict[str, str]) -> None:
    with pytest.raises(LedgerError, match="expected"):
        entry(**changes)


def test_nothing_is_appended_where_the_end_was_cut(log: AuditLog, url: str) -> None:
    log.append([entry(), entry(), entry()])
    tamper(url, "DELETE FROM mammoscope_audit WHERE number > 1")
    with pytest.raises(LedgerError, match="row 3 that was written"):
        log.append([entry()])
    with pytest.raises(LedgerError, match="taken away"):
        log.check_end()
    assert len(list(log.rows())) == 1


def test_nothing_is_appended_where_the_head_was_taken_away(
    log: AuditLog, secret_file: Path
) -> None:
    end = log.append([entry()])
    head_file(secret_file).unlink()
    with pytest.raises(LedgerError, match="no head"):
        log.check_end()
    with pytest.raises(LedgerError, match="--keep-head"):
        log.append([entry()])
    log.keep_head(end)
    assert log.append([entry()]).number == 2


def test_a_forged_head_is_refused(log: AuditLog, secret_file: Path) -> None:
    log.append([entry()])
    path = head_file(secret_file)
    path.write_text(path.read_text().replace('"number": 1', '"number": 0'))
    with pytest.raises(LedgerError, match="not made with this log's key"):
        log.append([entry()])
    path.write_text("[]")
    with pytest.raises(LedgerError, match="edited"):
        log.kept_head()


def test_a_head_that_comes_late_does_not_take_the_place_of_a_later_one(tmp_path: Path) -> None:
    secret = tmp_path / "audit.key"
    seal, path = create_seal(secret), head_file(secret)
    for number in (5, 3, 6, 6, 1):
        advance_head(path, seal, Head(number, f"{number:064x}"))
    assert read_head(path, seal) == Head(6, f"{6:064x}")


def test_a_log_whose_key_is_gone_is_not_gone_on_with(
    log: AuditLog, url: str, secret_file: Path
) -> None:
    log.append([entry()])
    secret_file.unlink()
    with pytest.raises(LedgerError, match="its key is not at"):
        AuditLog(url, secret_file=secret_file)
    assert not secret_file.exists()


def test_secret_head_and_database_are_their_owners_alone(tmp_path: Path) -> None:
    secret = tmp_path / "audit.key"
    log = AuditLog(f"sqlite:///{tmp_path / 'audit.db'}", secret_file=secret)
    log.append([entry()])
    log.close()
    for path in (secret, head_file(secret), tmp_path / "audit.db"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    secret.chmod(0o640)
    with pytest.raises(MammoscopeError, match="chmod 600"):
        AuditLog(f"sqlite:///{tmp_path / 'audit.db'}", secret_file=secret)


def test_nothing_is_appended_behind_a_row_that_has_no_number(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'audit.db'}"
    log = AuditLog(url, secret_file=tmp_path / "audit.key")
    log.append([entry()])
    tamper(
        url,
        "CREATE TABLE other (number, at, key_id, model, input, verdict, previous, digest)",
        "INSERT INTO other SELECT * FROM mammoscope_audit",
        "INSERT INTO other SELECT 'x', at, key_id, model, input, verdict, previous, digest FROM "
        "mammoscope_audit",
        "DROP TABLE mammoscope_audit",
        "ALTER TABLE other RENAME TO mammoscope_audit",
    )
    with pytest.raises(LedgerError, match="no number"):
        log.append([entry()])
    found = verify(log.rows(), log.seal, heads=[]).findings
    assert found[0].what == "is there a second time, or has no number"
    log.close()


def test_a_secret_that_is_none_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "audit.key"
    secret.touch(0o600)
    with pytest.raises(MammoscopeError, match="64 hex digits"):
        AuditLog(f"sqlite:///{tmp_path / 'audit.db'}", secret_file=secret)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:SECRET@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=memory&pw=SECRET",
        "file:SECRET",
        "SECRET",
        "",
    ],
)
def test_a_url_of_another_kind_is_refused_and_not_repeated(url: str, secret_file: Path) -> None:
    with pytest.raises(LedgerError, match="expected sqlite") as caught:
        AuditLog(url, secret_file=secret_file)
    assert "SECRET" not in str(caught.value)


def test_a_password_is_in_no_message(secret_file: Path) -> None:
    url = "postgresql://user:SECRET@/db?host=/nowhere&password=SECRET"
    with pytest.raises(LedgerError) as caught:
        AuditLog(url, secret_file=secret_file)
    assert "SECRET" not in str(caught.value) and "cannot be written" in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_log_that_is_only_read_is_not_made(tmp_path: Path, secret_file: Path) -> None:
    with pytest.raises(LedgerError, match="no audit log at"):
        AuditLog(f"sqlite:///{tmp_path / 'a.db'}", secret_file=secret_file, create=False)
    (tmp_path / "a.db").touch()
    with pytest.raises(LedgerError, match="holds no audit log"):
        AuditLog(f"sqlite:///{tmp_path / 'a.db'}", secret_file=secret_file, create=False)
    assert not secret_file.exists()


def test_a_database_that_another_writer_holds_is_given_up_after_seconds(
    url: str, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Database.__init__.__kwdefaults__["seconds"] == SECONDS
    monkeypatch.setitem(Database.__init__.__kwdefaults__, "seconds", 1)
    log = AuditLog(url, secret_file=secret_file)
    log.append([entry()])
    with closing(open_table(url, create=False)) as other, other.writing():
        started = time.monotonic()
        with pytest.raises(LedgerError, match="cannot be written"):
            log.append([entry()])
        assert 0.5 < time.monotonic() - started < SECONDS
    assert log.append([entry()]).number == 2
    log.close()


def test_a_database_that_keeps_old_snapshots_loses_no_row_either(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.new_database()
    name = url.partition("@/")[2].partition("?")[0]
    level = "default_transaction_isolation = 'repeatable read'"
    postgres.execute(f"ALTER DATABASE {name} SET {level}")
    logs = [AuditLog(url, secret_file=tmp_path / "key") for _ in range(3)]
    threads = [
        threading.Thread(target=lambda log=log: [log.append([entry()]) for _ in range(10)])
        for log in logs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.number for row in logs[0].rows()] == list(range(1, 31))
    for log in logs:
        log.close()


def test_a_postgresql_that_went_away_is_found_again(postgres: Postgres, tmp_path: Path) -> None:
    log = AuditLog(postgres.new_database(), secret_file=tmp_path / "key")
    log.append([entry()])
    postgres.stop()
    try:
        with pytest.raises(LedgerError, match="cannot be written"):
            log.append([entry()])
    finally:
        postgres.start()
    assert log.append([entry()]).number == 2
    assert verify(log.rows(), log.seal, heads=[]).findings == ()
    log.close()


def test_the_servers_role_needs_the_right_to_read_and_to_add_only(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.new_database()
    AuditLog(url, secret_file=tmp_path / "key").close()
    role = f"writer_{url.rpartition('/log_')[2][:8]}"
    postgres.execute(f"CREATE ROLE {role} LOGIN", url=url)
    postgres.execute(f"GRANT SELECT, INSERT ON mammoscope_audit TO {role}", url=url)
    as_writer = url.replace("owner@", f"{role}@")
    log = AuditLog(as_writer, secret_file=tmp_path / "key")
    assert log.append([entry()]).number == 1
    log.close()
    import psycopg

    for statement in ("UPDATE mammoscope_audit SET model = 'x'", "DELETE FROM mammoscope_audit"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            postgres.execute(statement, url=as_writer)
