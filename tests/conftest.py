"""What many tests share: where the real images are, if they are."""

from __future__ import annotations

import gc
import os
import socketserver
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer.testing
from matplotlib.figure import Figure

from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write
from mammoscope.experiment import comparison_figures
from tests.traced import Traced

REPOSITORY = Path(__file__).parent.parent
# Modules that take longest, handed out first: one that is begun last is ended by one processor
# while the other waits.
LONGEST = (
    "classifiers/test_catalog.py",
    "experiment/test_study.py",
    "cli/test_train.py",
    "experiment/test_checkpoint.py",
    "experiment/test_ablation.py",
    "fuzz/test_fuzz.py",
    "experiment/test_families.py",
    "serving/test_overload.py",
    "serving/test_traces.py",
    "experiment/test_compare.py",
    "classifiers/test_backbone.py",
    "ledger/test_audit_log.py",
)
# What draws a comparison's figures, each of some values and into files of one stem.
COMPARISONS = (
    *("draw_histories", "draw_rocs", "draw_confusions", "draw_trade_off"),
    *("draw_reliability", "draw_decisions", "draw_froc"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests = REPOSITORY / "tests"
    rank = {str(tests / name): number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(str(item.path), len(rank)))


def pytest_collection_finish() -> None:
    """Who collects garbage later on need not look through the libraries, of millions of parts."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def prompt_servers() -> Iterator[None]:
    """A server of this process that is told to stop looks whether it was every half second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socketserver.BaseServer.serve_forever, "__defaults__", (0.02,))
        yield


@pytest.fixture(scope="session", autouse=True)
def commands_once() -> Iterator[None]:
    """Typer reads the signatures of all commands each time that one is invoked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.testing, "_get_command", cache(typer.testing._get_command))
        yield


@pytest.fixture(scope="session", autouse=True)
def traced_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A network of an architecture is traced by one worker, for all."""
    exporter = sys.modules.get("mammoscope.classifiers.onnx_export")
    if exporter is None:
        # No module that was collected exports anything in this process.
        yield
        return
    own = tmp_path_factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporter, "_traced", Traced(session / "traced"))
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real images, which is not part of the repository."""
    folder = Path(os.environ.get("MAMMOSCOPE_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"the real images are not here ({folder.name}/data)")
    return folder


@pytest.fixture(scope="session")
def phantom_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small phantom data set: 16 women, small images."""
    root = tmp_path_factory.mktemp("phantoms")
    write(root, women=16, seed=3, config=PhantomConfig(rows=160, columns=128))
    return root


@pytest.fixture(scope="module", autouse=True)
def undrawn(request: pytest.FixtureRequest) -> Iterator[None]:
    """Figures are empty files: to put them together and to draw them takes longest of a report.

    Modules marked `drawn` look at what is in them.
    """
    if request.node.get_closest_marker("drawn"):
        yield
        return
    empty = {
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        "png": cv2.imencode(".png", np.zeros((1, 1), np.uint8))[1].tobytes(),
    }

    def save(_: Figure, file: Path, *, format: str, **__: object) -> None:
        file.write_bytes(empty[format])

    def draw(_: object, stem: Path, **__: object) -> None:
        for ending, content in empty.items():
            stem.with_suffix(f".{ending}").write_bytes(content)

    with pytest.MonkeyPatch.context() as patch:
        for name in COMPARISONS:
            patch.setattr(comparison_figures, name, draw)
        patch.setattr(Figure, "draw_without_rendering", lambda _: None)
        patch.setattr(Figure, "savefig", save)
        yield
