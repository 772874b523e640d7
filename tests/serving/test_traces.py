"""Nothing of an upload is left: a real server, watched by strace, is sent canary identifiers."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from mammoscope.datasets.phantom import make_phantom
from tests.canary_dicom import CANARIES, CANARY, canary_dicom, phantom_values
from tests.published import write_tiny_model
from tests.serving.real_server import is_up, wait_for
from tests.serving.system_calls import STRACE, addresses, spellings, touched, traced

pytestmark = pytest.mark.skipif(STRACE is None, reason="strace is not here (make system-deps)")
PROGRAM = [sys.executable, "-m", "mammoscope"]
# The audit log, whose rows hold a keyed digest of an upload.
AUDIT = r"\.?audit\.(?:db|key)[\w.-]*"
KEPT = re.compile(rf".*/{AUDIT}")

# Path → fields of the form.
ASKED: dict[str, dict[str, str]] = {
    "/api/predictions": {"include": "heatmap"},
    "/api/images": {},
}


@dataclass(frozen=True)
class Evidence:
    """Everything that came out of the server, and where it might have left something."""

    answers: list[httpx.Response]
    said: bytes
    log: Path
    folder: Path


@pytest.fixture(scope="module", params=["text", "json with an audit log"])
def evidence(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    form, _, audited = request.param.partition(" with ")
    folder = tmp_path_factory.mktemp("watched")
    options = ["--log-format", form]
    if audited:
        options += ["--audit-log", f"sqlite:///{folder}/audit.db"]
        options += ["--audit-key", f"{folder}/audit.key"]
    return watch(folder, PROGRAM, options)


def watch(folder: Path, program: Sequence[str], options: Sequence[str]) -> Evidence:
    """Serves under strace, sends every upload to both routes, and stops the server."""
    (folder / "temp").mkdir()
    write_tiny_model(folder / "zoo", "alpha", seed=1)
    log, errors = folder / "strace.log", folder / "stderr"
    serve = ["serve", "--port", "0", "--zoo", str(folder / "zoo")]
    command = traced([*program, *serve, *options], log)
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(folder / "temp"), "HOME": str(folder)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    with (
        errors.open("wb") as stderr,
        subprocess.Popen(command, env=environment, stderr=stderr, stdout=stderr) as process,
    ):
        try:
            url = wait_for(lambda: re.search(rb"http://127\.0\.0\.1:\d+", errors.read_bytes()))
            with httpx.Client(base_url=url[0].decode(), timeout=60) as client:
                wait_for(lambda: is_up(client))
                answers = [
                    client.post(
                        path, data=fields, files={"file": (f"{CANARY}^Anna.dcm", data, "image/x")}
                    )
                    for path, fields in ASKED.items()
                    for data in uploads()
                ]
                metrics = client.get("/metrics")
        finally:
            # strace hands the signal on to nobody; its child is the server.
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
            subprocess.run(["kill", f"-{int(signal.SIGTERM)}", *children.split()], check=False)
            process.wait(60)
    return Evidence([*answers, metrics], errors.read_bytes(), log, folder)


def uploads() -> list[bytes]:
    whole = canary_dicom(phantom_values(make_phantom(4, laterality="L", view="CC").pixels))
    broken = bytearray(whole)
    broken[-5000:-4000] = bytes(1000)
    middle = whole.index(CANARY.encode()) + len(CANARY) + 60
    return [whole, bytes(broken), whole[:middle], whole[:-2000], f"{CANARY};1928".encode()]


def canaries_in(data: bytes) -> list[str]:
    return [word for word in CANARIES if any(one in data for one in spellings(word))]


def strangers_in(evidence: Evidence) -> set[str]:
    """What was written that should not be."""
    paths = {one.path for one in touched(evidence.log) if not KEPT.fullmatch(one.path)}
    return paths - {str(evidence.folder / "stderr")}


def test_the_uploads_hold_canaries_and_were_answered(evidence: Evidence) -> None:
    for path in ASKED:
        seen = [one.status_code for one in evidence.answers if one.request.url.path == path]
        assert seen[0] == 200 and {415, 422} <= set(seen)
    # The longest way there is: to a score, a map and a row of the audit log.
    (prediction,) = evidence.answers[0].json()["predictions"]
    assert prediction["score"] is not None and prediction["heatmap"] is not None
    assert all(canaries_in(data) for data in uploads())


def test_no_answer_and_no_line_of_the_log_holds_an_identifier(evidence: Evidence) -> None:
    for answer in evidence.answers:
        assert not canaries_in(answer.content + repr(answer.headers).encode())
    assert b"/api/predictions" in evidence.said
    assert not canaries_in(evidence.said)


def test_no_file_but_the_audit_log_is_written_and_none_holds_an_identifier(
    evidence: Evidence,
) -> None:
    found = list(touched(evidence.log))
    audited = (evidence.folder / "audit.key").exists()
    assert any(one.path.endswith("audit.db") and one.data for one in found) == audited
    assert not strangers_in(evidence)
    assert not [one.path for one in found if canaries_in(one.data)]


def test_nothing_is_left_in_the_folders_that_programs_leave_things_in(evidence: Evidence) -> None:
    assert not list((evidence.folder / "temp").iterdir())
    left = {path for path in evidence.folder.rglob("*") if path.is_file()}
    left = {path for path in left if path.parent.parent != evidence.folder / "zoo"}
    strangers = {path.name for path in left if not re.fullmatch(AUDIT, path.name)}
    assert strangers == {"strace.log", "stderr"}
    for path in left - {evidence.log}:
        assert not canaries_in(path.read_bytes())


def test_no_other_machine_is_asked_or_told_anything(evidence: Evidence) -> None:
    assert addresses(evidence.log) == []


def test_the_watcher_sees_a_program_that_calls_another_machine(tmp_path: Path) -> None:
    log = tmp_path / "strace.log"
    program = "import socket; socket.socket(2, 2).sendto(b'x', ('127.0.0.2', 9))"
    subprocess.run(traced([sys.executable, "-c", program], log), check=True)
    assert addresses(log) == ["127.0.0.2"]


# A server that keeps an upload for a moment, as a framework that spools it would.
KEEPING = """
import tempfile
from mammoscope.serving import routes
read = routes.read_form
async def keeping(*words, **options):
    form = await read(*words, **options)
    with tempfile.NamedTemporaryFile() as file:
        file.write(form.file)
    return form
routes.read_form = keeping
from mammoscope.cli import app
app()
"""


def test_the_watcher_sees_a_server_that_keeps_an_upload_for_a_moment(tmp_path: Path) -> None:
    evidence = watch(tmp_path, [sys.executable, "-c", KEEPING], [])
    assert evidence.answers[0].status_code == 200
    assert not list((tmp_path / "temp").iterdir())
    assert {Path(path).parent for path in strangers_in(evidence)} == {tmp_path / "temp"}
    kept = [one.data for one in touched(evidence.log) if canaries_in(one.data)]
    assert len(kept) >= len(evidence.answers) - 1  # all but the metrics


PLANTED = """
import os, sys, tempfile
with tempfile.NamedTemporaryFile(dir=sys.argv[1]) as file:  # gone when it is closed
    file.write(sys.argv[2].encode("utf-16-le") if sys.argv[3] == "16" else sys.argv[2].encode())
"""


@pytest.mark.parametrize("width", ["8", "16"])
def test_the_watcher_sees_a_file_that_is_written_and_taken_away(tmp_path: Path, width: str) -> None:
    log = tmp_path / "strace.log"
    program = [sys.executable, "-c", PLANTED, str(tmp_path), f"sees {CANARY}^Anna", width]
    subprocess.run(traced(program, log), check=True)
    assert [path for path in tmp_path.iterdir() if path != log] == []
    assert [one.path for one in touched(log) if canaries_in(one.data)]


@pytest.mark.parametrize("before", [b"", b"a", b"ab"])
def test_a_canary_is_known_in_every_spelling(before: bytes) -> None:
    import base64

    for text in (
        base64.b64encode(before + CANARY.encode() + b" and more"),
        (before.decode() + CANARY).encode("utf-16-le"),
        (before + CANARY.encode()).hex().encode(),
    ):
        assert canaries_in(b"<" + text + b">") == [CANARY]
    assert not canaries_in(b"an upload without a name")


@pytest.mark.parametrize(
    "call",
    [
        'openat(AT_FDCWD</>, "/tmp/x", O_WRONLY|O_CREAT, 0666) = 3</tmp/x>',
        'openat2(AT_FDCWD</>, "/tmp/x", {flags=O_RDWR, resolve=0}, 24) = 3</tmp/x>',
        'creat("/tmp/x", 0666) = 3</tmp/x>',
        'mknod("/tmp/x", S_IFREG|0666) = 0',
        'write(3</tmp/x>, "a = -1 b", 8) = 8',
        'write(3</tmp/x>, "a" <unfinished ...>',
        "copy_file_range(4</home/y>, NULL, 3</tmp/x>, NULL, 9, 0) = 9",
    ],
)
def test_the_watcher_sees_every_way_to_change_a_file(tmp_path: Path, call: str) -> None:
    log = tmp_path / "strace.log"
    log.write_text(f"71 {call}\n", encoding="utf-8")
    assert [one.path for one in touched(log)] == ["/tmp/x"]


@pytest.mark.parametrize(
    "call",
    [
        'openat(AT_FDCWD</>, "/tmp/x", O_RDONLY|O_CLOEXEC) = 3</tmp/x>',
        'openat(AT_FDCWD</>, "/x", O_WRONLY|O_CREAT, 0666) = -1 EROFS (Read-only file system)',
        'write(3<socket:[7]>, "a", 1) = 1',
        "splice(3</tmp/x>, NULL, 4<pipe:[7]>, NULL, 9, 0) = 9",
    ],
)
def test_the_watcher_passes_over_what_changes_no_file(tmp_path: Path, call: str) -> None:
    log = tmp_path / "strace.log"
    log.write_text(f"71 {call}\n", encoding="utf-8")
    assert not list(touched(log))
