"""`mammoscope gateway`: a real process that takes images, reports, and outlives being killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mammoscope.cli import app
from mammoscope.interop.node import SUCCESS
from mammoscope.ledger.audit_log import AuditLog
from tests.interop.certificates import Certificates
from tests.interop.gateways import GatewayProcess, until
from tests.interop.mammograms import WOMAN, WOMAN_ID, header_of, mammogram
from tests.interop.nodes import SENDER, Archive, associated, send
from tests.published import write_tiny_model

SEND = ("--send", "PACS@127.0.0.1:104")


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path / "zoo", "tiny", seed=0)
    return tmp_path / "zoo"


@pytest.fixture
def archive() -> Iterator[Archive]:
    archive = Archive()
    yield archive
    archive.stop()


def test_reports_come_back_and_nothing_that_it_says_or_keeps_names_the_woman(
    tmp_path: Path, zoo: Path, archive: Archive
) -> None:
    log = (f"sqlite:///{tmp_path / 'audit.db'}", tmp_path / "audit.key")
    gateway = GatewayProcess(
        tmp_path,
        zoo,
        *("--send", f"ARCHIVE@127.0.0.1:{archive.port}", "--accept", SENDER),
        *("--audit-log", log[0], "--audit-key", str(log[1]), "--log-format", "json"),
    )
    with associated(gateway.port, title="NOBODY") as association:
        assert association.is_rejected
    broken = mammogram(3, NumberOfFrames=50)
    with associated(gateway.port) as association:
        # A name without a caret is one that libraries warn of, and quote.
        odd = mammogram(2, PatientName=WOMAN.replace("^", " "), ReferringPhysicianName="Zephyrine")
        for data in (mammogram(1), odd, mammogram(1), broken):
            assert send(association, data) == SUCCESS
    until(lambda: gateway.counts() == {"to read": 0, "to send": 0, "parked": 1, "done": 2})
    assert gateway.command("status", "--json") == gateway.counts()
    (parked,) = gateway.command("list", "--json")  # type: ignore[misc, attr-defined]
    uid = str(header_of(broken).SOPInstanceUID)
    assert parked["name"].split()[0] == uid and "50 frames" in parked["reason"]
    assert gateway.command("discard", parked["id"][:8]) == "1 discarded\n"
    assert gateway.stop() == 0
    # Two images, each with its report and, since it was suspicious, its picture.
    kinds = sorted(each.Modality for each in archive.taken)
    assert kinds == ["OT", "OT", "SR", "SR"]
    assert len({each.SOPInstanceUID for each in archive.taken}) == 4
    with closing(AuditLog(log[0], secret_file=log[1], create=False)) as audit:
        verdicts = sorted(row.verdict for row in audit.rows())
    assert verdicts == ["not read", "suspicious", "suspicious"]
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert "gateway.log" in left and "queue.db" in left
    for name, content in left.items():
        for word in (WOMAN, WOMAN.split("^")[0], WOMAN_ID, uid):
            assert word.encode() not in content, f"{word} in {name}"


@pytest.mark.slow
def test_killed_it_goes_on_where_it_was(tmp_path: Path, zoo: Path, archive: Archive) -> None:
    gateway = GatewayProcess(tmp_path, zoo, "--send", f"ARCHIVE@127.0.0.1:{archive.port}")
    archive.stop()
    with associated(gateway.port) as association:
        for number in range(3):
            assert send(association, mammogram(number)) == SUCCESS
    gateway.kill()
    gateway.start()
    until(lambda: gateway.counts()["to send"] == 3)
    gateway.kill()
    archive.start()
    gateway.start()
    until(lambda: gateway.counts()["done"] == 3)
    assert gateway.stop() == 0
    reports = [each.SOPInstanceUID for each in archive.taken if each.Modality == "SR"]
    assert len(set(reports)) == 3


def test_a_folder_gets_fhir_and_memory_leaves_no_file(tmp_path: Path, zoo: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    gateway = GatewayProcess(folder, zoo, "--fhir", str(tmp_path / "fhir"), queue="memory")
    with associated(gateway.port) as association:
        assert send(association, mammogram()) == SUCCESS
    until(lambda: (tmp_path / "fhir").is_dir() and len(list((tmp_path / "fhir").iterdir())) == 1)
    assert gateway.stop() == 0
    assert [path.name for path in folder.iterdir()] == ["gateway.log"]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ((), 2, "give --send or --fhir"),
        ((*SEND, "--host", "0.0.0.0"), 2, "name those that may send with --accept"),
        ((*SEND, "--log-format", "xml"), 2, "neither text nor json"),
        ((*SEND, "--tls-key", "k.pem"), 2, "TLS needs all three"),
        (("--send", "PACS"), 1, "expected TITLE@HOST:PORT"),
        ((*SEND, "--title", "A\\B"), 1, "no AE title"),
        ((*SEND, "--accept", ""), 1, "no AE title"),
        ((*SEND, "--model", "none"), 1, "none"),
        ((*SEND, "--audit-log", "sqlite:///a.db"), 1, "an audit log needs both"),
        ((*SEND, "--queue", "mysql://host/db"), 1, "the queue's URL is of no kind"),
        ((*SEND, "--headers", "nowhere"), 1, "cannot read nowhere"),
        ((*SEND, "--model", "histology-svm-pcam"), 1, "expected a model that reads mammograms"),
    ],
)
def test_what_is_wrong_is_told_before_anything_begins(
    words: tuple[str, ...],
    status: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for quiet in ("forbid_core_dumps", "set_up_logs"):
        module = "core_dumps" if quiet == "forbid_core_dumps" else "logs"
        monkeypatch.setattr(f"mammoscope.serving.{module}.{quiet}", lambda *_: None)
    result = CliRunner().invoke(app, ["gateway", *words])
    assert result.exit_code == status, result.output
    shown = " ".join(result.output.replace("│", " ").split())
    assert told in shown
    assert not list(tmp_path.glob("*.db"))


def test_certificates_that_are_none_are_told(tmp_path: Path) -> None:
    made = Certificates(tmp_path)
    certificate, _ = made.pair("gateway")
    words = ("--tls-certificate", str(certificate), "--tls-key", str(certificate))
    result = CliRunner().invoke(
        app, ["gateway", *SEND, *words, "--tls-authority", str(made.authority)]
    )
    assert result.exit_code == 1 and "TLS cannot be set up" in result.output


def test_it_loads_no_training_library() -> None:
    program = (
        "import sys, pkgutil, importlib, mammoscope.interop as room\n"
        "for each in pkgutil.iter_modules(room.__path__):\n"
        "    importlib.import_module(f'mammoscope.interop.{each.name}')\n"
        "print(sorted({'keras', 'torch', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr
