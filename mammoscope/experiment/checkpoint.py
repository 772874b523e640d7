"""What a killed training goes on from: after each epoch all its state is on disk, whole."""

from __future__ import annotations

import csv
import io
import json
import math
import platform
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import torch

from mammoscope.classifiers.network import MOSAICS, NetworkClassifier, Progress
from mammoscope.experiment.averaging import WeightAverage
from mammoscope.experiment.feed import Feed
from mammoscope.experiment.run import RunFolder
from mammoscope.ledger.durable import write_file, write_text
from mammoscope.types import DatasetError

# What the epoch is chosen by: the first of these that is there. More than two classes have no AUC.
MONITORS = ("val_auc", "val_accuracy")
# What Keras calls the figures of a network that is told where lesions are → our name.
_TOLD = {"logit_": "", "val_logit_": "val_", "cells_": "lesion_"}
# Of an epoch of mosaics, which have no label.
_MOSAIC_FIGURES = ("lesion_loss",)


@dataclass(frozen=True, slots=True)
class Epoch:
    """A finished epoch.

    Attributes:
        number: from 0; one that an early stop left out is not there.
        stage: of the training, from 1; patience is counted within it. 0 = mosaics.
        seconds: it took, validation included.
        logs: metric → value.
        device: that it was trained on; "" = not noted.
    """

    number: int
    stage: int
    seconds: float
    logs: dict[str, float]
    device: str = ""


def best_epoch(history: list[Epoch]) -> Epoch | None:
    """The first epoch with the highest validation AUC; the last where there is no validation.

    Epochs of mosaics, which have no label, are left out once others are there.
    """
    if not history:
        return None
    whole = [epoch for epoch in history if epoch.stage != MOSAICS] or history
    monitor = _monitor(whole)
    return whole[-1] if monitor is None else max(whole, key=lambda one: one.logs[monitor])


def out_of_patience(history: list[Epoch], patience: int) -> bool:
    """Whether the current stage has gone `patience` epochs without a better validation AUC."""
    stage = [epoch for epoch in history if epoch.stage == history[-1].stage]
    best = best_epoch(stage)
    if best is None or _monitor(stage) is None:
        return False
    return len(stage) - 1 - stage.index(best) >= patience


def _monitor(history: list[Epoch]) -> str | None:
    return next((name for name in MONITORS if name in history[-1].logs), None)


class Keeper(keras.callbacks.Callback):
    """Keeps history, best weights and a checkpoint after each epoch, and stops in time.

    The order of writing makes a kill harmless anywhere: the checkpoint comes last, and whatever
    was written before it is written again, equal, when its epoch is done again.
    """

    def __init__(
        self,
        classifier: NetworkClassifier,
        run: RunFolder,
        feed: Feed,
        *,
        patience: int,
        seed: int,
        fold: int,
        average: float = 0.0,
        on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    ) -> None:
        """Reads the run's checkpoint, if there is one.

        Args:
            classifier: that is fitted.
            run: where to keep.
            feed: told which epoch it is.
            patience: epochs of a stage without a better validation AUC.
            seed, fold: stand in each row of the history.
            average: momentum of the weights' average, which is what is validated and kept; 0 =
                the weights themselves are.
            on_epoch: told of each finished epoch.

        Raises:
            DatasetError: the checkpoint is not this network's.
        """
        super().__init__()
        self._classifier, self._run, self._feed = classifier, run, feed
        self._patience, self._on_epoch = patience, on_epoch
        self._key = {"seed": seed, "fold": fold}
        self.history: list[Epoch] = []
        self.progress: Progress | None = None
        self._optimizer: list[Any] = []
        self._average = WeightAverage(classifier.model, average)
        self._began = 0.0
        if run.checkpoint.is_file():
            self._restore()

    def on_train_begin(self, logs: Any = None) -> None:
        # Each stage begins with an optimizer of its own.
        if self.progress is not None and self._classifier.stage == self.progress.stage:
            optimizer = self.model.optimizer
            optimizer.build(self.model.trainable_variables)
            _assign(optimizer.variables, self._optimizer, self._run.checkpoint)
        else:
            self._average.begin_stage()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._average.update()

    def on_test_begin(self, logs: Any = None) -> None:
        self._average.swap()

    def on_test_end(self, logs: Any = None) -> None:
        self._average.swap()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._feed.epoch = epoch
        self._seed_dropout(epoch)
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = _figures(logs or {}, mosaics=self._classifier.stage == MOSAICS)
        if not all(map(math.isfinite, figures.values())):
            # Before anything is kept; Keras gives an AUC of 0 for scores that are no numbers.
            raise DatasetError(
                f"training diverged in epoch {epoch + 1}: its figures are {figures}; expected "
                "finite ones; lower the learning rate"
            )
        done = Epoch(
            number=epoch,
            stage=self._classifier.stage,
            seconds=time.perf_counter() - self._began,
            logs=figures,
            device=describe_device(),
        )
        self.history.append(done)
        write_text(self._run.history, history_csv(self.history, **self._key))
        if best_epoch(self.history) is done:
            with self._average.in_place():
                write_file(
                    self._run.weights, lambda aside: _bare(self.model).save_weights(str(aside))
                )
        if out_of_patience(self.history, self._patience):
            self.model.stop_training = True
        write_file(self._run.checkpoint, self._save)
        self._on_epoch(done)

    def _seed_dropout(self, epoch: int) -> None:
        """Dropout, too, depends on (seed, epoch) alone.

        Keras draws some of it from torch's own generator, which is in no checkpoint, and some
        from its layers' seeds, which building a training step may move on.
        """
        torch.manual_seed(_derived(self._key["seed"], epoch, 0))
        states = [v for v in self.model.variables if v.path.endswith("seed_generator_state")]
        for number, state in enumerate(states, start=1):
            state.assign(np.array([_derived(self._key["seed"], epoch, number), 0]))

    def _save(self, path: Path) -> None:
        state = {
            "history": [asdict(epoch) for epoch in self.history],
            "progress": asdict(
                Progress(
                    epochs=self.history[-1].number + 1,
                    stage=self._classifier.stage,
                    stopped=bool(self.model.stop_training),
                )
            ),
        }
        arrays = {
            **_arrays("model", self._classifier.model.variables),
            **_arrays("optimizer", self.model.optimizer.variables),
            **_arrays("average", self._average.state()),
        }
        _write(path, state, arrays)

    def _restore(self) -> None:
        path = self._run.checkpoint
        try:
            state, arrays = _read(path)
            self.history = [Epoch(**epoch) for epoch in state["history"]]
            self.progress = Progress(**state["progress"])
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise DatasetError(
                f"{path} is not a checkpoint of this version ({error}); "
                "delete it to train the run from its start"
            ) from error
        _assign(self._classifier.model.variables, _list(arrays, "model"), path)
        self._optimizer = _list(arrays, "optimizer")
        try:
            self._average.restore(_list(arrays, "average"))
        except ValueError as error:
            raise DatasetError(
                f"{path} is not a checkpoint of this network: {error}; "
                "delete it to train the run from its start"
            ) from error
        # A kill may have left an epoch in it that the checkpoint does not know.
        write_text(self._run.history, history_csv(self.history, **self._key))


def describe_device() -> str:
    """What this process trains on."""
    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"
    return f"{platform.machine()} processor, {torch.get_num_threads()} threads"


def join_devices(described: Iterable[str]) -> str:
    """Each device once, of what several epochs or runs say."""
    return "; ".join(dict.fromkeys(one for text in described for one in text.split("; ") if one))


def hand_over(checkpoint: Path, to: Path) -> None:
    """Gives a run the checkpoint of another to go on from; the seconds stay the other's.

    Raises:
        OSError: it cannot be read or written.
    """
    state, arrays = _read(checkpoint)
    for epoch in state["history"]:
        epoch["seconds"] = 0.0
    write_file(to, lambda aside: _write(aside, state, arrays))


def read_weights(model: keras.Model, path: Path) -> None:
    """Gives a network the weights that a `Keeper` kept."""
    _bare(model).load_weights(str(path))


def _bare(model: keras.Model) -> keras.Model:
    """The same layers without the optimizer, which Keras would write along: twice the weights."""
    return keras.Model(model.inputs, model.outputs)


def history_csv(history: list[Epoch], *, seed: int, fold: int) -> str:
    """A row an epoch, numbers in full."""
    text = io.StringIO()
    names = sorted({name for epoch in history for name in epoch.logs})
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["seed", "fold", "epoch", *names])
    for epoch in history:
        values = [repr(epoch.logs.get(name, math.nan)) for name in names]
        writer.writerow([seed, fold, epoch.number, *values])
    return text.getvalue()


def _figures(logs: Mapping[str, Any], *, mosaics: bool) -> dict[str, float]:
    """Keras' figures by the names that a history has; `loss` is the label's alone."""
    if "logit_loss" not in logs:
        return {name: float(value) for name, value in logs.items()}
    figures = {
        ours + name.removeprefix(prefix): float(value)
        for name, value in logs.items()
        for prefix, ours in _TOLD.items()
        if name.startswith(prefix)
    }
    return {name: figures[name] for name in _MOSAIC_FIGURES} if mosaics else figures


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with path.open("rb") as file, np.load(file) as saved:
        arrays = {name: saved[name] for name in saved.files if name != "state"}
        return json.loads(str(saved["state"])), arrays


def _write(path: Path, state: dict[str, Any], arrays: dict[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, state=np.array(json.dumps(state)), **arrays)


def _derived(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def _arrays(prefix: str, variables: list[Any]) -> dict[str, Any]:
    return {
        f"{prefix}-{index}": keras.ops.convert_to_numpy(variable)
        for index, variable in enumerate(variables)
    }


def _list(arrays: dict[str, Any], prefix: str) -> list[Any]:
    count = sum(name.startswith(f"{prefix}-") for name in arrays)
    return [arrays[f"{prefix}-{index}"] for index in range(count)]


def _assign(variables: list[Any], values: list[Any], path: Path) -> None:
    shapes = [tuple(variable.shape) for variable in variables]
    if shapes != [tuple(value.shape) for value in values]:
        raise DatasetError(
            f"{path} holds {len(values)} arrays, which do not fit the {len(variables)} of this "
            "network; resume a run with the version that began it, or start another"
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
