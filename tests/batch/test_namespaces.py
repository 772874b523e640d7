"""Ray on three hosts with addresses of their own, in network namespaces, one of which dies."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from mammoscope.batch.run import run_batch
from tests.batch.archives import write_archive, write_zoo

pytest.importorskip("ray", reason="Ray is not installed; `make test-slow` installs it")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None,
        reason="network namespaces, which root may make with iproute2",
    ),
]

BRIDGE, NET = "mm-bridge", "10.99.7"
HOSTS = ("mm-head", "mm-one", "mm-two")
PORT = 6379
# Four parts and a bit.
FILES = 1100


def run(*words: str, **options: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **options})
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


def end(host: str) -> None:
    """Kills what runs on a host at once, as a power cut would."""
    found = subprocess.run(["ip", "netns", "pids", host], capture_output=True, text=True)
    for process in found.stdout.split():
        subprocess.run(["kill", "-9", process], check=False)


def remove() -> None:
    for host in HOSTS:
        end(host)
        subprocess.run(["ip", "netns", "del", host], capture_output=True)
    subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)


@pytest.fixture
def hosts() -> Iterator[dict[str, str]]:
    """Three hosts on one wire; gives the environment that its programs want."""
    remove()
    made = subprocess.run(["ip", "netns", "add", HOSTS[0]], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"network namespaces cannot be made here: {made.stderr.strip()}")
    run("ip", "netns", "del", HOSTS[0])
    run("ip", "link", "add", BRIDGE, "type", "bridge")
    run("ip", "link", "set", BRIDGE, "up")
    for number, host in enumerate(HOSTS, 2):
        run("ip", "netns", "add", host)
        wire = f"mm-v{number}"
        run("ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", host)
        run("ip", "link", "set", wire, "master", BRIDGE, "up")
        run("ip", "-n", host, "addr", "add", f"{NET}.{number}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            run("ip", "-n", host, "link", "set", device, "up")
    # A head that other machines can reach lets in who has its token.
    yield {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(24),
        "RAY_USAGE_STATS_ENABLED": "0",
        # Or its workers starve beside whatever else the machine does.
        "RAY_worker_niceness": "0",
    }
    remove()


def test_a_host_that_dies_in_the_middle_costs_no_row_and_doubles_none(
    hosts: dict[str, str], tmp_path: Path
) -> None:
    settings = write_zoo(tmp_path / "zoo")
    archive = tmp_path / "archive"
    archive.mkdir()
    names = write_archive(archive)
    for number in range(FILES - len(names)):
        (archive / f"link-{number:04d}.dcm").symlink_to("deep/1.dcm")
    local = run_batch(str(archive), tmp_path / "local.parquet", settings)
    ray = str(Path(sys.executable).with_name("ray"))
    common = ("--num-cpus=1", "--object-store-memory=100000000", "--disable-usage-stats")
    on = {host: ("ip", "netns", "exec", host) for host in HOSTS}
    run(
        *on[HOSTS[0]],
        *(ray, "start", "--head", f"--port={PORT}", f"--node-ip-address={NET}.2", *common[1:]),
        *("--num-cpus=0", "--include-dashboard=false"),
        **hosts,
    )
    for number, host in enumerate(HOSTS[1:], 3):
        where = (f"--address={NET}.2:{PORT}", f"--node-ip-address={NET}.{number}")
        run(*on[host], ray, "start", *where, *common, **hosts)
    out = tmp_path / "ray.parquet"
    words = ["batch", str(archive), "--out", str(out), "--zoo", settings.zoo, "--engine", "ray"]
    batch = subprocess.Popen(
        [*on[HOSTS[0]], sys.executable, "-m", "mammoscope", *words, "--address", f"{NET}.2:{PORT}"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **hosts},
    )
    parts = out.with_name("ray.parquet.parts")
    patience = time.monotonic() + 600
    while not list(parts.glob("*.parquet")):
        assert batch.poll() is None and time.monotonic() < patience
        time.sleep(0.05)
    end(HOSTS[1])
    assert batch.poll() is None
    _, said = batch.communicate(timeout=600)
    assert batch.returncode == 0, said
    one, other = (pq.read_table(path).to_pylist() for path in (out, local.out))
    assert len(one) == FILES and one == other
