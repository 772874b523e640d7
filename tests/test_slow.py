"""What takes minutes: the real DenseNet121 at full size, and fine-tuning from weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import keras
import numpy as np
import pytest

from benchmarks.bounded_memory import measure, write_links
from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.datasets.catalog import open_dataset
from mammoscope.datasets.split import load_split
from mammoscope.experiment.config import FitConfig, TrainConfig
from mammoscope.experiment.evaluate import evaluate
from mammoscope.experiment.publish import publish
from mammoscope.experiment.train import train

pytestmark = pytest.mark.slow
assert mammoscope.classifiers


def test_densenet121_at_full_size_is_trained_measured_and_published_under_15_mb(
    phantom_root: Path, tmp_path: Path
) -> None:
    dataset = open_dataset("phantom", phantom_root)
    config = TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model="densenet121",
        init="none",
        fit=FitConfig(epochs=2),
    )
    run = train(dataset, config, tmp_path / "run")
    report = evaluate(run, dataset)
    # Rounded to float16 first: the half-size graph is the model that was measured.
    assert report["parity"]["largest_score_difference"] < 1e-3
    model = publish(run, "full", zoo=tmp_path / "zoo")
    assert 13_000_000 < model.graph.stat().st_size <= 15_000_000
    assert "not ImageNet-initialised" in model.card["trained_on"]["start"]


def test_densenet121_starts_from_a_backbone_file_and_is_fine_tuned_in_stages(
    tmp_path: Path,
) -> None:
    weights = tmp_path / "backbone.weights.h5"
    source = keras.applications.DenseNet121(
        include_top=False, weights=None, input_shape=(64, 64, 3)
    )
    source.save_weights(weights)
    config = ClassifierConfig(
        input_shape=(64, 64, 1), classes=("no", "yes"), weights=str(weights), learning_rate=1e-3
    )
    classifier = CLASSIFIERS["densenet121"](config)
    start = {
        name: np.array(keras.ops.convert_to_numpy(source.get_layer(name).kernel))
        for name in ("conv1_conv", "conv5_block1_1_conv")
    }

    def kernel(name: str) -> np.ndarray:
        return np.array(keras.ops.convert_to_numpy(classifier.model.get_layer(name).kernel))

    assert all(np.array_equal(kernel(name), start[name]) for name in start)
    seen: list[tuple[bool, ...]] = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            seen.append(tuple(np.array_equal(kernel(name), start[name]) for name in start))

    x = np.random.default_rng(0).random((16, 64, 64, 1), dtype=np.float32)
    y = np.arange(16, dtype=np.float32) % 2
    classifier.fit(x, y, epochs=10, callbacks=[Watch()])
    # Two epochs of the head, three with the last block, five with everything.
    assert seen == [(True, True)] * 2 + [(True, False)] * 3 + [(False, False)] * 5


def test_a_run_can_start_from_another_runs_weights(phantom_root: Path, tmp_path: Path) -> None:
    dataset = open_dataset("phantom", phantom_root)
    config = TrainConfig(
        dataset="phantom",
        root=str(phantom_root),
        model="cnn",
        init="none",
        fit=FitConfig(epochs=1, learning_rate=1e-4),
    )
    first = train(dataset, config, tmp_path / "first")
    again = replace(TrainConfig.from_json(first.config.read_text()), init=str(first.weights))
    second = train(dataset, again, tmp_path / "second", split=load_split(first.split, dataset))
    digests = [json.loads(run.training.read_text())["split_digest"] for run in (first, second)]
    assert digests[0] == digests[1]


def test_twenty_times_the_images_take_no_more_memory(tmp_path: Path) -> None:
    """`benchmarks/bounded_memory.py` shows the same with 100,000 links."""
    peaks = []
    for images in (1_000, 20_000):
        folder = tmp_path / str(images) / "set"
        folder.mkdir(parents=True)
        write_links(folder, images)
        out = str(tmp_path / str(images) / "run")
        words = ["train", "--dataset", "folder", "--root", str(folder), "--model", "cnn"]
        words += ["--init", "none", "--epochs", "1", "--batch-size", "256", "--image-size", "32"]
        peak, _ = measure(*words, "--out", out)
        peaks.append(peak)
    # Their arrays alone would be 78 MB at this size, and 5 GB at 256 × 256.
    assert peaks[1] < peaks[0] + 50, peaks
