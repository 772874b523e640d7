"""What the poolings cost beside max-pooling: `python -m benchmarks.pooling`.

Prints one JSON object a feature map of the nine-layer CNN at 256 × 256, and exits with 1 where
rank-stochastic pooling costs more than the goals: in training and in an answer of the Keras layer
and of the whole network. Each number is the median time of a pooling over that of max-pooling,
measured in turns, on one thread:

- `training`: forward and backward of the layer alone, in Keras on torch, 16 images;
- `answer_keras`: forward of the layer alone without gradients, 16 images;
- `answer_onnx_runtime`: an exported graph of the layer alone, one image. No goal holds it: ONNX
  Runtime has one kernel for max-pooling, and the rank-based ones are some fifteen of its operators.

The last object is the whole network, untrained: `answer_onnx_runtime` of one image, and `training`
of a batch of 16 (loss and optimizer included).
"""

from __future__ import annotations

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import torch

from mammoscope.classifiers import nine_layer
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.onnx_export import export_graph
from mammoscope.classifiers.pooling import POOLINGS

assert mammoscope.classifiers
MAPS = ((128, 128, 16), (64, 64, 32), (32, 32, 64))
IMAGES, ROUNDS = 16, 41
MOST_TRAINING, MOST_ANSWER = 6.0, 3.0


def ratios(calls: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each call, in turns, over those of `max`."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(rounds):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {name: round(median / medians["max"], 2) for name, median in medians.items()}


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options)


def compare_layers(shape: tuple[int, int, int], folder: Path) -> bool:
    generator = torch.Generator().manual_seed(0)
    rows, columns, channels = shape
    x = torch.randn((IMAGES, *shape), generator=generator)
    upstream = torch.randn((IMAGES, rows // 2, columns // 2, channels), generator=generator)
    learned = x.clone().requires_grad_()
    image = x[:1].numpy()
    training, keras_answers, onnx_answers = {}, {}, {}
    for name, make in POOLINGS.items():
        layer = make()
        options = {} if name in ("average", "max") else {"training": True}

        def train(layer: keras.layers.Layer = layer, options: dict = options) -> None:
            learned.grad = None
            layer(learned, **options).backward(upstream)

        def answer(layer: keras.layers.Layer = layer) -> None:
            with torch.no_grad():
                layer(x)

        path = folder / f"{name}.onnx"
        given = keras.Input(shape)
        export_graph(keras.Model(given, make()(given)), path, half=False, outputs=("pooled",))
        graph = session(path)

        def run(graph: onnxruntime.InferenceSession = graph) -> None:
            graph.run(None, {"image": image})

        training[name], keras_answers[name], onnx_answers[name] = train, answer, run
    result = {
        "training": ratios(training),
        "answer_keras": ratios(keras_answers),
        "answer_onnx_runtime": ratios(onnx_answers, 5 * ROUNDS),
    }
    name = "rank-stochastic"
    met = _is_met(result["training"][name], result["answer_keras"][name])
    print(json.dumps({"map": shape, **result, "met": met}), flush=True)
    return met


def compare_networks(folder: Path) -> bool:
    shape = (256, 256, 1)
    rng = np.random.default_rng(0)
    x = rng.random((IMAGES, *shape), dtype=np.float32)
    y = np.arange(IMAGES, dtype=np.float32) % 2
    training, answers = {}, {}
    for name in POOLINGS:
        config = ClassifierConfig(input_shape=shape, classes=("no", "yes"), variant=f"prelu.{name}")
        classifier = nine_layer.create(config).fit(x, y, epochs=1)
        path = folder / f"network-{name}.onnx"
        classifier.export(path)
        graph = session(path)

        def run(graph: onnxruntime.InferenceSession = graph) -> None:
            graph.run(None, {"image": x[:1]})

        model = classifier.model
        training[name] = lambda model=model: model.train_on_batch(x, y)
        answers[name] = run
    result = {
        "training": ratios(training, 5),
        "answer_onnx_runtime": ratios(answers),
    }
    name = "rank-stochastic"
    met = _is_met(result["training"][name], result["answer_onnx_runtime"][name])
    print(
        json.dumps({"network": nine_layer.TITLE, "input": shape, **result, "met": met}), flush=True
    )
    return met


def _is_met(training: float, answer: float) -> bool:
    return training <= MOST_TRAINING and answer <= MOST_ANSWER


def main() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        met = [compare_layers(shape, Path(folder)) for shape in MAPS]
        met.append(compare_networks(Path(folder)))
    sys.exit(0 if all(met) else 1)


if __name__ == "__main__":
    main()
