"""A study on a Ray cluster: the local one's figures, also when a node dies in a fold."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mammoscope.experiment.progress import Progress, Stage
from mammoscope.experiment.study import study
from mammoscope.types import DatasetError
from tests.experiment.studies import assert_same_study, config

pytest.importorskip("ray", reason="Ray is not installed; `make test-slow` installs it")
import ray
from ray.cluster_utils import Cluster

from mammoscope.experiment.ray_jobs import run_on_ray

pytestmark = [
    pytest.mark.slow,
    # Ray leaves pipes to the collector.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    yield found
    ray.shutdown()
    found.shutdown()


def fail(say: Callable[[str], None]) -> None:
    raise DatasetError("no such image")


def test_folds_on_two_nodes_give_what_one_process_gives_though_a_node_dies(
    phantom_root: Path, tmp_path: Path, cluster: Cluster
) -> None:
    study(config(phantom_root), tmp_path / "local")
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    cluster.wait_for_nodes()
    out = tmp_path / "ray"

    def kill() -> None:
        # In the middle: a fold has its first epoch behind it.
        while not list(out.glob("runs/*/checkpoint.npz")):
            time.sleep(0.05)
        cluster.remove_node(nodes[0], allow_graceful=False)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    run: Any = partial(run_on_ray, address=cluster.address)
    study(config(phantom_root), out, jobs=2, run=run)
    killer.join(1)
    assert not killer.is_alive()
    assert_same_study(tmp_path / "local", out)


def test_an_error_of_ours_comes_through(tmp_path: Path, cluster: Cluster) -> None:
    cluster.add_node(num_cpus=1)
    stages = [Stage("bad", "job")]
    progress = Progress(stages, tmp_path / "progress.json", say=lambda line: None)
    with pytest.raises(DatasetError, match="no such image"):
        run_on_ray(
            {stages[0]: fail},
            {stages[0]: ""},
            jobs=2,
            progress=progress,
            address=cluster.address,
        )
    assert not ray.is_initialized()
    assert "mammoscope.experiment.ray_jobs" in sys.modules
