"""A Keras network behind scikit-learn's words: fit, predict_proba, classes_, export."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeAlias, cast

import keras
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from mammoscope.classifiers.channels_last import lay_out
from mammoscope.classifiers.classifier import ClassifierConfig, Inputs
from mammoscope.classifiers.cuda_graph import ReplayedModel
from mammoscope.classifiers.evidence import LESION_OFFSET, Head
from mammoscope.classifiers.onnx_export import export_graph
from mammoscope.classifiers.published_weights import load_published
from mammoscope.types import DatasetError, FloatArray

# (rows, columns, channels), number of logits, backbone weights → the network.
HeadBuilder = Callable[[tuple[int, int, int], int, str | None], Head]
# Of one network: image → logit; → logit, evidence, bias; → logit and cells, if it has such.
_Views: TypeAlias = tuple[keras.Model, keras.Model, keras.Model | None]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training came.

    Attributes:
        epochs: that are done, those an early stop left out included.
        stage: of the last one, from 1; 0 = of mosaics.
        stopped: whether that stage ended early.
    """

    epochs: int
    stage: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of training.

    Attributes:
        trainable: prefixes of the names of the layers that learn; None = all.
        epochs: share of the epochs, in (0, 1].
        learning_rate: factor on the peak.
    """

    trainable: tuple[str, ...] | None
    epochs: float
    learning_rate: float


PREDICT_BATCH = 16
# A GPU would else round convolutions to 10 bits: float32 arithmetic is the promise everywhere.
torch.backends.cudnn.allow_tf32 = False

FROM_SCRATCH = (Stage(trainable=None, epochs=1.0, learning_rate=1.0),)
MOSAICS = 0
# What the cells' loss counts beside the label's.
LESION_WEIGHT = 3.0


class LesionLoss(keras.losses.BinaryCrossentropy):
    """Binary cross-entropy of single cells (N, h, w, 1): whether a lesion is there."""

    def __init__(self) -> None:
        super().__init__(from_logits=True, name="lesions")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return super().call(y_true, y_pred + LESION_OFFSET)


class NetworkClassifier:
    """A network with a self-explaining head.

    Attributes:
        classes_: class names in the order of `predict_proba`'s columns.
        model: Keras model, prepared arrays (N, H, W, C) → logit (N, K).
        stage: of the training that is going on, from 1; 0 = of mosaics.
        cells: (h, w) of the map that can be told where lesions are; None = it has none.
        title: what people call the architecture.
        explanation: one sentence on what its map can and cannot show.
    """

    def __init__(
        self,
        config: ClassifierConfig,
        *,
        build: HeadBuilder,
        title: str,
        explanation: str,
        fine_tuning: Sequence[Stage] = FROM_SCRATCH,
    ) -> None:
        """Builds the network.

        Args:
            config: what to build.
            build: the family's builder.
            title: see the class.
            explanation: see the class.
            fine_tuning: stages for a pre-trained start; a random one trains all from the first.

        Raises:
            DatasetError: `config.weights` fit neither the network nor its backbone, or cannot be
                downloaded.
        """
        self.config = config
        self.classes_ = config.classes
        self.title = title
        self.explanation = explanation
        self.stage = 1
        self._build = build
        self._stages = tuple(fine_tuning) if config.weights else FROM_SCRATCH
        keras.utils.set_random_seed(config.seed)
        policy = "mixed_bfloat16" if config.mixed_precision else "float32"
        self.model, self._explained, self._told = self._start(policy)
        # The same network in float32, once it was asked for.
        self._exact: _Views | None = None
        self.cells: tuple[int, int] | None = None
        if self._told is not None:
            self.cells = tuple(self._told.output["cells"].shape[1:3])

    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        epochs: int,
        validation_data: Any = None,
        class_weight: dict[int, float] | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        verbose: int = 0,
        stop_after: int | None = None,
        progress: Progress | None = None,
        told: bool = False,
        mosaic_epochs: int = 0,
    ) -> Self:
        """Trains with Adam and binary (or categorical) cross-entropy.

        Args:
            x: prepared arrays (N, H, W, C), or a `keras.utils.PyDataset` of (x, y); where it is
                told where lesions are, of (x, y, weights), with the keys "logit" and "cells".
            y: class indices (N,), None with a PyDataset.
            epochs: passes over `x`.
            validation_data: as `x`, or a pair (x, y).
            class_weight: class index → weight in the loss.
            callbacks: Keras callbacks, in order; they see the stages as one run of epochs.
            verbose: 1 = Keras' progress bar on stdout.
            stop_after: end after so many epochs, on the schedule of all of them.
            progress: how far a training came whose weights are restored; a callback restores
                the optimizer's when its stage begins.
            told: whether `x` says where lesions are.
            mosaic_epochs: of `epochs`, the first, on a schedule of their own: stage 0.

        Returns:
            self.
        """
        until = 0
        plan = list(enumerate(self._stages, start=1))
        if mosaic_epochs:
            plan.insert(0, (MOSAICS, Stage(trainable=None, epochs=0.0, learning_rate=2.0)))
        for number, stage in plan:
            self.stage, begin = number, until
            if number == MOSAICS:
                until = mosaic_epochs
            elif number == len(self._stages):
                until = epochs
            else:
                share = stage.epochs * (epochs - mosaic_epochs)
                until = min(epochs, begin + max(1, round(share)))
            batches = (len(x) if y is None else -(-len(x) // 32)) * (until - begin)
            end = until if stop_after is None else min(until, stop_after)
            if progress is not None and number <= progress.stage:
                begin = max(begin, progress.epochs)
                if number < progress.stage or progress.stopped:
                    continue
            if begin >= end:
                continue
            self.compile(stage, steps=batches, told=told)
            self._trained(told).fit(
                x,
                y,
                # A PyDataset has its own order, which does not hang on what was drawn before.
                shuffle=y is not None,
                initial_epoch=begin,
                epochs=end,
                # Mosaics teach no label that could be asked of anybody.
                validation_data=None if number == MOSAICS else validation_data,
                class_weight=class_weight,
                callbacks=list(callbacks),
                verbose=verbose,
            )
        return self

    def compile(self, stage: Stage, *, steps: int, told: bool = False) -> None:
        """Readies the network for so many steps of a stage; see `fit`."""
        model = self._trained(told)
        for layer in model.layers:
            layer.trainable = stage.trainable is None or layer.name.startswith(stage.trainable)
        peak = self.config.learning_rate * stage.learning_rate
        schedule = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=peak / 20,
            warmup_target=peak,
            warmup_steps=max(1, steps // 20),
            decay_steps=max(1, steps),
            alpha=0.01,
        )
        optimizer = keras.optimizers.Adam(schedule)
        if told:
            model.compile(
                optimizer=optimizer,
                loss={"logit": self._loss(), "cells": LesionLoss()},
                loss_weights={"logit": 1.0, "cells": LESION_WEIGHT},
                # Of a breast that was given a lesion nobody asks what it was without.
                weighted_metrics={"logit": self._metrics()},
            )
        else:
            model.compile(optimizer=optimizer, loss=self._loss(), metrics=self._metrics())
        optimizer.build(model.trainable_variables)
        lay_out([*model.trainable_variables, *optimizer.variables])
        if isinstance(model, ReplayedModel):
            model.forget()

    def _trained(self, told: bool) -> keras.Model:
        """The view of the network that learns: image → logit, or → logit and cells."""
        if told and self._told is None:
            raise ValueError(f"{self.title} has no cells that could be told where lesions are")
        return self._told if told else self.model

    def predict_logit(self, x: Inputs) -> FloatArray:
        """Logits (N, K) of prepared arrays (N, H, W, C), in float32 arithmetic."""
        network = self._in_float32()[0]
        batches = [
            network.predict_on_batch(x[at : at + PREDICT_BATCH])
            for at in range(0, len(x), PREDICT_BATCH)
        ]
        return np.concatenate(batches).astype(np.float32)

    def predict_proba(self, x: Inputs) -> FloatArray:
        """Class probabilities (N, number of classes), before calibration."""
        logit = self.predict_logit(x).astype(np.float64)
        if self._outputs == 1:
            positive = 1 / (1 + np.exp(-logit))
            both = np.concatenate([1 - positive, positive], axis=1)
            return np.asarray(both, dtype=np.float32)
        exponent = np.exp(logit - logit.max(axis=1, keepdims=True))
        shares = exponent / exponent.sum(axis=1, keepdims=True)
        return np.asarray(shares, dtype=np.float32)

    def round_to_float16(self) -> None:
        """Rounds every kernel to the nearest float16, so that a half-size graph is this model."""
        for variable in self.model.weights:
            if len(variable.shape) >= 2:
                value = keras.ops.convert_to_numpy(variable).astype(np.float16)
                variable.assign(value.astype(np.float32))

    def export(self, path: Path, *, half: bool = False) -> None:
        """Writes an ONNX graph: `image` (N, H, W, C) → `logit`, `evidence`, `bias`.

        Args:
            path: of the file.
            half: store kernels as float16 (call `round_to_float16` and evaluate first).
        """
        export_graph(self._in_float32()[1], path, half=half, architecture=self._architecture)

    # Whether the graph of `export` is fed by one of a stage before.
    has_features_graph = False

    def export_features(self, path: Path, *, half: bool = False) -> None:
        """Writes the graph of the stage before the one of `export`."""
        raise ValueError(f"{self.title} has one stage")

    def fit_head(self, x: Inputs, y: NDArray[np.float32]) -> Mapping[str, NDArray[np.float32]]:
        """What is fitted once the epochs are over, on the same images, as `load_head` takes it.

        Most networks have nothing of the kind.

        Args:
            x: prepared arrays (N, H, W, C).
            y: class indices (N,).
        """
        return {}

    def load_head(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        """Takes what `fit_head` gave."""

    def count_parameters(self) -> int:
        """Weights, trained or not."""
        return int(self.model.count_params())

    def count_macs(self) -> int:
        """Multiply-accumulates of one image, explanation included, as torch counts them."""
        image = torch.zeros((1, *self.config.input_shape), dtype=torch.float32)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            self._in_float32()[1](image, training=False)
        return int(counter.get_total_flops()) // 2

    @property
    def _architecture(self) -> tuple[str, str, tuple[int, ...], int]:
        """What decides the graph but for its weights; a family's title names its variant too."""
        return (type(self).__name__, self.title, self.config.input_shape, self._outputs)

    @property
    def _outputs(self) -> int:
        return 1 if len(self.config.classes) == 2 else len(self.config.classes)

    def _loss(self) -> keras.losses.Loss:
        if self._outputs == 1:
            return keras.losses.BinaryCrossentropy(from_logits=True)
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def _metrics(self) -> list[keras.metrics.Metric]:
        if self._outputs == 1:
            return [
                keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy"),
                keras.metrics.AUC(from_logits=True, name="auc"),
            ]
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def _start(self, policy: str) -> _Views:
        weights = self.config.weights
        if weights is None or weights == "imagenet":
            try:
                return self._networks(policy, weights)
            # Keras raises a bare Exception where the download fails.
            except Exception as error:
                if weights is None or isinstance(error, DatasetError):
                    raise
                raise DatasetError(
                    f"ImageNet weights cannot be had ({error}); use --init none or a file"
                ) from error
        networks = self._networks(policy, None)
        if weights.endswith(".onnx"):
            load_published(networks[0], Path(weights))
            return networks
        try:
            with warnings.catch_warnings():
                # Keras only warns where layers keep their random weights.
                warnings.simplefilter("error", UserWarning)
                networks[0].load_weights(weights)
        except (ValueError, KeyError, OSError, UserWarning) as whole:
            try:
                return self._networks(policy, weights)
            except (ValueError, KeyError, OSError) as backbone:
                raise DatasetError(
                    f"{weights} holds neither this network's weights ({whole}) "
                    f"nor its backbone's ({backbone})"
                ) from backbone
        return networks

    def _networks(self, policy: str, weights: str | None) -> _Views:
        """Views of one network: image → logit; → logit, evidence, bias; → logit and cells."""
        with _dtype_policy(policy):
            shape = cast(tuple[int, int, int], self.config.input_shape)
            head = self._build(shape, self._outputs, weights)
            told = None
            if head.cells is not None and self._outputs == 1:
                told = ReplayedModel(head.inputs, {"logit": head.logit, "cells": head.cells})
            return (
                keras.Model(head.inputs, head.logit),
                keras.Model(head.inputs, [head.logit, head.evidence, head.bias]),
                told,
            )

    def _in_float32(self) -> _Views:
        if not self.config.mixed_precision:
            return self.model, self._explained, self._told
        if self._exact is None:
            self._exact = self._networks("float32", None)
        self._exact[0].set_weights(self.model.get_weights())
        return self._exact


@contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
