"""How fast DenseNet121 is trained: `python -m benchmarks.training_speed`.

Images a second at 256 × 256 in batches of 16, forward, backward and Adam's step, in turns: ours as
`train` runs it with bfloat16; a plain PyTorch loop (channels last, bfloat16 autocast); Keras'
own DenseNet121 on torch as it comes, in float32. The loss after the same steps on the same images
is printed beside each, since a training that is fast and wrong is no training.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from mammoscope.classifiers.catalog import CLASSIFIERS  # isort: skip - sets Keras' backend
import keras
import numpy as np
import torch
from torch import nn

from benchmarks.plain_densenet import plain_densenet121
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import FROM_SCRATCH

BATCH, SIDE = 16, 256
ROUNDS = 4
STEPS = 2
RATE = 1e-3
Step = Callable[[], float]


def images() -> tuple[np.ndarray, np.ndarray]:
    """Noise with a label in its brightness: a loss that can fall."""
    draw = np.random.default_rng(0)
    y = np.arange(BATCH, dtype=np.float32)[:, np.newaxis] % 2
    x = draw.random((BATCH, SIDE, SIDE, 1), dtype=np.float32) * (0.6 + 0.4 * y[:, :, None, None])
    return x, y


def ours(x: np.ndarray, y: np.ndarray) -> Step:
    classifier = CLASSIFIERS["densenet121"](
        ClassifierConfig(
            input_shape=(SIDE, SIDE, 1),
            classes=("no", "yes"),
            mixed_precision=True,
            learning_rate=RATE,
        )
    )
    classifier.compile(FROM_SCRATCH[0], steps=1000)
    return lambda: float(classifier.model.train_on_batch(x, y)[0])


def plain(x: np.ndarray, y: np.ndarray) -> Step:
    torch.manual_seed(0)
    model = plain_densenet121().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    loss_of = nn.BCEWithLogitsLoss()

    def step() -> float:
        inputs = torch.from_numpy(x).movedim(-1, 1).expand(-1, 3, -1, -1)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logit = model(inputs)
        loss = loss_of(logit.float(), torch.from_numpy(y))
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    return step


def stock_densenet121() -> keras.Model:
    """(N, 256, 256, 1) → logit (N, 1), of Keras' own layers; random weights."""
    inputs = keras.Input((SIDE, SIDE, 1))
    colored = keras.layers.Concatenate()([inputs] * 3)
    backbone = keras.applications.DenseNet121(
        include_top=False, weights=None, pooling="avg", input_tensor=colored
    )
    return keras.Model(inputs, keras.layers.Dense(1)(backbone.output))


def stock(x: np.ndarray, y: np.ndarray) -> Step:
    model = stock_densenet121()
    model.compile(keras.optimizers.Adam(RATE), keras.losses.BinaryCrossentropy(from_logits=True))
    return lambda: float(model.train_on_batch(x, y))


def main() -> None:
    x, y = images()
    steps = {
        "ours, bfloat16": ours(x, y),
        "plain PyTorch, channels last, bfloat16": plain(x, y),
        "stock Keras on torch, float32": stock(x, y),
    }
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    losses = {}
    for step in steps.values():
        step()  # the first one allocates
    for _ in range(ROUNDS):
        for name, step in steps.items():
            for _ in range(STEPS):
                begun = time.perf_counter()
                losses[name] = step()
                seconds[name].append(time.perf_counter() - begun)
    rates = {name: BATCH / statistics.median(taken) for name, taken in seconds.items()}
    for name, rate in rates.items():
        print(f"{name:42} {rate:5.2f} images/s, loss {losses[name]:.3f}")
    own, loop, keras_own = rates.values()
    print(f"ours / plain: {own / loop:.2f}; ours / stock: {own / keras_own:.2f}")


if __name__ == "__main__":
    main()
