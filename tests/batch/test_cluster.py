"""Ray Data on a cluster of several raylets: the local engine's rows, also when a node dies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mammoscope.batch import job
from mammoscope.batch.reading import Settings
from mammoscope.batch.run import run_batch
from mammoscope.cli import app
from tests.batch.archives import write_archive, write_zoo

pytest.importorskip("ray", reason="Ray is not installed; `make test-slow` installs it")
pytestmark = [
    pytest.mark.slow,
    # Ray warns of its own settings when it copies them, and leaves pipes to the collector.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

import ray  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402

from mammoscope.batch.cluster import run_ray  # noqa: E402


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return write_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight files, and links to them: 96 in all."""
    folder = tmp_path_factory.mktemp("archive")
    names = write_archive(folder)
    for copy in range(11):
        for name in names:
            link = folder / f"copy-{copy}" / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(folder / name)
    return folder


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "PART_ROWS", 4)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A head that computes nothing, and two nodes of one core."""
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    yield found
    ray.shutdown()
    found.shutdown()


def rows(out: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(out).to_pylist())


@pytest.mark.usefixtures("small_parts")
def test_a_node_that_is_killed_in_the_middle_costs_no_row_and_doubles_none(
    archive: Path, settings: Settings, tmp_path: Path, cluster: Cluster
) -> None:
    local = run_batch(str(archive), tmp_path / "local.parquet", settings)
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.wait_for_nodes()
    killed: list[int] = []

    def watched(*args: Any) -> Iterator[Any]:
        for number, answered in enumerate(run_ray(*args, address=cluster.address)):
            if number == 3:
                cluster.remove_node(nodes[0], allow_graceful=False)
                killed.append(number)
            yield answered

    out = tmp_path / "ray.parquet"
    summary = run_batch(str(archive), out, settings, engine=watched)
    assert killed
    assert summary.files == 96
    # To the bit: Parquet keeps doubles whole, and == compares them so.
    assert rows(out) == rows(local.out)


@pytest.mark.usefixtures("small_parts")
def test_one_machine_is_a_cluster_by_default(
    archive: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a cluster that is gone; Ray would wait for it.
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    run_batch(str(archive / "deep"), tmp_path / "ray.parquet", settings, engine=run_ray)
    run_batch(str(archive / "deep"), tmp_path / "local.parquet", settings)
    assert rows(tmp_path / "ray.parquet") == rows(tmp_path / "local.parquet")
    assert not ray.is_initialized()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "head", "127.0.0.1:99999"])
def test_an_address_where_no_cluster_answers_is_refused_at_once(
    archive: Path, settings: Settings, tmp_path: Path, address: str
) -> None:
    out = tmp_path / "out.parquet"
    words = ["batch", str(archive), "--out", str(out), "--zoo", settings.zoo]
    result = CliRunner().invoke(app, [*words, "--engine", "ray", "--address", address])
    assert result.exit_code == 1
    assert f"no Ray cluster answers at {address}" in result.stderr
    assert not out.with_name("out.parquet.parts").exists()


def test_the_command_reaches_a_cluster_that_is_running(
    archive: Path, settings: Settings, tmp_path: Path, cluster: Cluster
) -> None:
    cluster.add_node(num_cpus=1)
    out = tmp_path / "out.parquet"
    words = ["batch", str(archive / "deep"), "--out", str(out), "--zoo", settings.zoo, "--json"]
    words += ["--engine", "ray", "--address", str(cluster.address)]
    ended = subprocess.run(
        [sys.executable, "-m", "mammoscope", *words], capture_output=True, text=True, check=True
    )
    assert json.loads(ended.stdout)["files"] == 3
