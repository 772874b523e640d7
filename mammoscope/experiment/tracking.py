"""Tells a training's epochs to MLflow or TensorBoard; only where it was asked to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol, cast, get_args

from mammoscope.experiment.starts import name_start
from mammoscope.types import MammoscopeError

TrackerName = Literal["mlflow", "tensorboard"]
TRACKERS: tuple[TrackerName, ...] = get_args(TrackerName)
EXPERIMENT = "mammoscope"
# Of a run folder; what TensorBoard is pointed at.
LOGS = "tensorboard"
# Where the data lay is nobody's business: a path may hold a person's name. Of a start, which may
# be a file or several, the name alone is told.
_PATH, _STARTS = "root", "init"

Settings = Mapping[str, Any]
Figures = Mapping[str, float]


class Tracker(Protocol):
    """Is told of a training as it goes on."""

    def settings(self, values: Settings) -> None:
        """What the training is made from, told once, before its first epoch."""

    def epoch(self, number: int, figures: Figures) -> None:
        """A finished epoch, from 1; metric → value."""

    def close(self, *, failed: bool) -> None:
        """The training has ended, and how; nothing comes after it."""


class MLflowTracker:
    """An MLflow run, kept where MLflow's own settings say (`MLFLOW_TRACKING_URI`)."""

    def __init__(self, folder: Path) -> None:
        """Begins an MLflow run named as the run folder.

        Raises:
            MammoscopeError: the package is not installed.
        """
        self._mlflow = _import("mlflow", asked="mlflow", package="mlflow")
        self._mlflow.set_experiment(EXPERIMENT)
        self._mlflow.start_run(run_name=folder.resolve().name)

    def settings(self, values: Settings) -> None:
        self._mlflow.log_params(values)

    def epoch(self, number: int, figures: Figures) -> None:
        self._mlflow.log_metrics(_finite(figures), step=number)

    def close(self, *, failed: bool) -> None:
        self._mlflow.end_run(status="FAILED" if failed else "FINISHED")


class TensorBoardTracker:
    """Event files in the folder `tensorboard` of a run."""

    def __init__(self, folder: Path) -> None:
        """Opens the writer; a resumed run adds a file to the folder.

        Raises:
            MammoscopeError: the package is not installed.
        """
        board = _import("torch.utils.tensorboard", asked="tensorboard", package="tensorboard")
        self._writer = board.SummaryWriter(log_dir=str(folder / LOGS))

    def settings(self, values: Settings) -> None:
        lines = "\n".join(f"    {name} = {value}" for name, value in values.items())
        self._writer.add_text("settings", lines)

    def epoch(self, number: int, figures: Figures) -> None:
        for name, value in _finite(figures).items():
            self._writer.add_scalar(name, value, number)

    def close(self, *, failed: bool) -> None:
        self._writer.close()


_TRACKERS: Mapping[str, Callable[[Path], Tracker]] = {
    "mlflow": MLflowTracker,
    "tensorboard": TensorBoardTracker,
}


@contextmanager
def track(name: TrackerName | None, folder: Path, *, config: Settings) -> Iterator[Tracker]:
    """A tracker for as long as the body runs; one that does nothing, where None was asked for.

    Args:
        name: which; None = none, and nothing is imported.
        folder: of the run.
        config: that the run is made from; nested values are told as `fit.epochs`, paths by
            the name of their file, the data's not at all.

    Raises:
        MammoscopeError: no such tracker, or its package is not installed.
    """
    tracker = open_tracker(name, folder)
    done = False
    try:
        tracker.settings(flatten(config))
        yield tracker
        done = True
    finally:
        tracker.close(failed=not done)


def open_tracker(name: str | None, folder: Path) -> Tracker:
    """The tracker of that name, or one that does nothing.

    Raises:
        MammoscopeError: no such tracker, or its package is not installed.
    """
    known = find_tracker(name)
    return SILENCE if known is None else _TRACKERS[known](folder)


def find_tracker(name: str | None) -> TrackerName | None:
    """The name, once it is sure that it is one.

    Raises:
        MammoscopeError: no such tracker.
    """
    if name is not None and name not in _TRACKERS:
        raise MammoscopeError(
            f"--track {name} is unknown; expected one of {', '.join(TRACKERS)}; give one of them, "
            "or leave --track out"
        )
    return cast(TrackerName | None, name)


class Silence:
    """Tells nobody."""

    def settings(self, values: Settings) -> None:
        """Nothing is told."""

    def epoch(self, number: int, figures: Figures) -> None:
        """Nothing is told."""

    def close(self, *, failed: bool) -> None:
        """There is nothing to close."""


SILENCE = Silence()


def flatten(values: Settings, prefix: str = "") -> dict[str, Any]:
    """`{"fit": {"epochs": 3}}` as `{"fit.epochs": 3}`, without paths."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{name}.")
        elif name == _STARTS and value is not None:
            flat[f"{prefix}{name}"] = ",".join(map(name_start, str(value).split(",")))
        elif name != _PATH:
            flat[f"{prefix}{name}"] = value
    return flat


def _finite(figures: Figures) -> dict[str, float]:
    """Without what is no number: a part that lacks a class has no AUC."""
    return {name: value for name, value in figures.items() if math.isfinite(value)}


def _import(module: str, *, asked: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise MammoscopeError(
            f"--track {asked} needs the package {package}, which cannot be imported ({error}); "
            f"pip install {package}, or leave --track out"
        ) from error
