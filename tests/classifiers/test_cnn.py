"""The custom CNN's variants: each is explained by a map that adds up, and one can be told."""

from __future__ import annotations

from mammoscope.classifiers.cnn import FAMILY, FLATTEN, MEAN, PEAK  # isort: skip - sets the backend
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnxruntime as ort
import pytest

from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import LESION_WEIGHT, MOSAICS, Stage
from mammoscope.types import DatasetError

X = np.random.default_rng(0).random((8, 64, 48, 1), dtype=np.float32)
WHOLE = Stage(trainable=None, epochs=1.0, learning_rate=1.0)


def create(variant: str, **changes: Any) -> Any:
    config = ClassifierConfig(
        input_shape=X.shape[1:], classes=("no", "yes"), variant=variant, **changes
    )
    return FAMILY.create(config)


class Told(keras.utils.PyDataset):
    """Eight images, each batch of four."""

    def __init__(self, cells: np.ndarray, weight: float) -> None:
        super().__init__()
        self.cells, self.weight = cells, weight

    def __len__(self) -> int:
        return 2

    def __getitem__(self, batch: int) -> tuple:
        of = slice(4 * batch, 4 * batch + 4)
        label = (np.arange(8) % 2).astype(np.float32)[of, np.newaxis]
        weights = {
            "logit": np.full(4, self.weight, dtype=np.float32),
            "cells": np.ones(self.cells[of].shape[:3], dtype=np.float32),
        }
        return X[of], {"logit": label, "cells": self.cells[of]}, weights


@pytest.mark.parametrize("variant", [PEAK, pytest.param(MEAN, marks=pytest.mark.slow)])
def test_a_residual_variant_gives_a_map_at_stride_16_that_adds_up(
    variant: str, tmp_path: Path
) -> None:
    classifier = create(variant)
    classifier.export(tmp_path / "model.onnx")
    session = ort.InferenceSession(str(tmp_path / "model.onnx"))
    logit, evidence, bias = session.run(["logit", "evidence", "bias"], {"image": X})
    assert evidence.shape == (8, 4, 3, 1)
    assert np.allclose(evidence.mean(axis=(1, 2)) + bias, logit, atol=1e-5)
    assert np.allclose(logit, classifier.predict_logit(X), atol=1e-4)
    assert classifier.title == f"Custom CNN ({variant})"


def test_the_first_variant_is_the_papers_and_cannot_be_told() -> None:
    assert FAMILY.variants[0] == FLATTEN
    classifier = create("")
    assert classifier.title == "Custom CNN"
    assert classifier.cells is None
    with pytest.raises(ValueError, match="no cells"):
        classifier.compile(WHOLE, steps=1, told=True)


def test_a_network_that_is_told_where_lesions_are_finds_them() -> None:
    cells = np.zeros((8, 4, 3, 1), dtype=np.float32)
    cells[:, 1, 2] = 1.0
    classifier = create(PEAK, learning_rate=1e-2)
    assert classifier.cells == (4, 3)
    classifier.fit(Told(cells, weight=0.0), epochs=12, told=True)
    found = keras.ops.convert_to_numpy(classifier._told(X)["cells"])[..., 0]
    assert (found.reshape(8, -1).argmax(axis=1) == 5).all()


def test_the_label_and_the_cells_both_count() -> None:
    classifier = create(PEAK)
    classifier.compile(WHOLE, steps=2, told=True)
    feed = Told(np.zeros((8, 4, 3, 1), dtype=np.float32), weight=1.0)
    figures = classifier._told.evaluate(feed, return_dict=True, verbose=0)
    whole = figures["logit_loss"] + LESION_WEIGHT * figures["cells_loss"]
    assert np.isclose(figures["loss"], whole, rtol=1e-4)
    # Before anything is learnt a cell is held to be empty: about log(1 + e^-2), not log 2.
    assert abs(figures["cells_loss"] - np.log1p(np.exp(-2))) < 0.2


def test_mosaics_come_first_on_a_schedule_of_their_own() -> None:
    class Spy(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append((epoch, classifier.stage, float(self.model.optimizer.learning_rate)))
            validated.append("val_loss" in (logs or {}))

    seen: list[tuple[int, int, float]] = []
    validated: list[bool] = []
    classifier = create(PEAK)
    feed = Told(np.zeros((8, 4, 3, 1), dtype=np.float32), weight=1.0)
    classifier.fit(
        feed, epochs=5, told=True, mosaic_epochs=2, callbacks=[Spy()], validation_data=feed
    )
    assert [(epoch, stage) for epoch, stage, _ in seen] == [
        (0, MOSAICS), (1, MOSAICS), (2, 1), (3, 1), (4, 1)
    ]  # fmt: skip
    rates = [rate for *_, rate in seen]
    assert rates[1] < rates[0]
    assert rates[2] > rates[1]
    assert rates[4] < rates[3] < rates[2]
    # Mosaics teach no label that validation could be asked for.
    assert validated == [False, False, True, True, True]


def test_what_it_cannot_start_from_or_does_not_have_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"no variant 'deep'; expected one of \['flatten'"):
        create("deep")
    with pytest.raises(DatasetError, match="no backbone"):
        create(PEAK, weights="imagenet")
