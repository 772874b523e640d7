"""Each pooling against a slow loop over windows, its draws against their stated chances."""

from __future__ import annotations

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mammoscope.classifiers.onnx_export import export_graph
from mammoscope.classifiers.pooling import (
    POOLINGS,
    RankAveragePooling2D,
    RankStochasticPooling2D,
    RankWeightedPooling2D,
    StochasticPooling2D,
    rank_weights,
)
from mammoscope.inference.runtime import Session

assert mammoscope.classifiers
Floats = NDArray[np.float32]
STOCHASTIC = ("stochastic", "rank-stochastic")
CHANCES = np.array([8, 4, 2, 1]) / 15


def random_input(rows: int = 6, columns: int = 8) -> Floats:
    """Normal numbers; one image of ties, one with all-zero and all-negative windows."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, rows, columns, 3)).astype(np.float32)
    x[1] = rng.integers(-1, 3, size=x[1].shape)
    x[2, :3] = 0
    x[2, 3:] = -np.abs(x[2, 3:])
    return x


def loop(x: Floats, size: int, pool: Callable[[Floats], float]) -> Floats:
    batch, rows, columns, channels = x.shape
    out = np.zeros((batch, rows // size, columns // size, channels), np.float32)
    for n, i, j, c in np.ndindex(*out.shape):
        window = x[n, i * size : (i + 1) * size, j * size : (j + 1) * size, c]
        out[n, i, j, c] = pool(window.ravel())
    return out


def expected_stochastic(window: Floats) -> float:
    chances = np.maximum(window, 0)
    if chances.sum() == 0:
        return float(window.mean())
    return float((chances / chances.sum() * window).sum())


def by_rank(weights: NDArray[np.float64]) -> Callable[[Floats], float]:
    return lambda window: float((np.sort(window)[::-1] * weights).sum())


def reference(name: str, number: int) -> Callable[[Floats], float]:
    weights = np.array(rank_weights(0.5, number))
    top = np.where(np.arange(number) < number // 2, 1 / (number // 2), 0)
    table: dict[str, Callable[[Floats], float]] = {
        "average": lambda window: float(window.mean()),
        "max": lambda window: float(window.max()),
        "stochastic": expected_stochastic,
        "rank-average": by_rank(top),
        "rank-weighted": by_rank(weights),
        "rank-stochastic": by_rank(weights / weights.sum()),
    }
    return table[name]


def pooled(layer: keras.layers.Layer, x: Floats, **options: bool) -> Floats:
    return np.asarray(keras.ops.convert_to_numpy(layer(torch.tensor(x), **options)))


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("name", POOLINGS)
def test_an_answer_is_what_a_loop_over_the_windows_gives(name: str, size: int) -> None:
    x = random_input()
    layer = POOLINGS[name](pool_size=size)
    assert np.allclose(pooled(layer, x), loop(x, size, reference(name, size**2)), atol=1e-6)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("name", ["rank-average", "rank-weighted"])
def test_those_that_draw_nothing_train_on_what_they_answer(name: str, size: int) -> None:
    x = random_input()
    layer = POOLINGS[name](pool_size=size)
    assert np.allclose(pooled(layer, x, training=True), pooled(layer, x), atol=1e-6)


def test_other_thresholds_and_weights_are_the_papers_formula() -> None:
    x = random_input()
    three = np.array([1, 1, 1, 0]) / 3
    assert np.allclose(pooled(RankAveragePooling2D(top=3), x), loop(x, 2, by_rank(three)))
    assert np.allclose(pooled(RankAveragePooling2D(top=1), x), pooled(POOLINGS["max"](), x))
    weights = 0.8 * 0.2 ** np.arange(4)
    answer = pooled(RankWeightedPooling2D(alpha=0.8), x)
    assert np.allclose(answer, loop(x, 2, by_rank(weights)), atol=1e-6)
    answer = pooled(RankStochasticPooling2D(alpha=0.8), x)
    assert np.allclose(answer, loop(x, 2, by_rank(weights / weights.sum())), atol=1e-6)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("name", POOLINGS)
def test_odd_rows_and_columns_are_dropped(name: str, size: int) -> None:
    x = random_input(7, 10)
    layer = POOLINGS[name](pool_size=size)
    rows, columns = 7 // size, 10 // size
    assert layer.compute_output_shape((None, 7, 10, 3)) == (None, rows, columns, 3)
    options = {"training": True} if name not in ("average", "max") else {}
    assert pooled(layer, x, **options).shape == (4, rows, columns, 3)
    whole = pooled(layer, x[:, : rows * size, : columns * size])
    assert np.array_equal(pooled(layer, x), whole)


def shares_drawn(layer: keras.layers.Layer, window: list[float], draws: int) -> Floats:
    """How often each value of a window of distinct ones comes out."""
    x = np.tile(np.array(window, np.float32).reshape(1, 2, 2, 1), (1, draws // 100, 100, 1))
    values = pooled(layer, x, training=True).ravel()
    shares = np.array([(values == np.float32(value)).mean() for value in window])
    assert shares.sum() == 1
    return shares


@pytest.mark.parametrize(
    ("window", "chances"),
    [
        ([1.0, 2.0, 3.0, 4.0], [0.1, 0.2, 0.3, 0.4]),
        ([3.0, 0.0, -5.0, 1.0], [0.75, 0.0, 0.0, 0.25]),
        # What has no chance may be the last of the window.
        ([1.0, 1.5, 0.0, -1.0], [0.4, 0.6, 0.0, 0.0]),
        ([-1.0, -2.0, 0.0, -4.0], [0.25] * 4),
    ],
)
def test_stochastic_pooling_draws_in_proportion_to_the_values(
    window: list[float], chances: list[float]
) -> None:
    shares = shares_drawn(StochasticPooling2D(seed=1), window, 40_000)
    assert_close(shares, np.array(chances), 40_000)


@pytest.mark.parametrize("window", [[4.0, 3.0, 2.0, 1.0], [-9.0, 0.5, 0.0, 1000.0]])
def test_rank_stochastic_pooling_draws_by_rank_alone(window: list[float]) -> None:
    shares = shares_drawn(RankStochasticPooling2D(seed=1), window, 40_000)
    ranks = np.argsort(np.argsort(-np.array(window)))
    assert_close(shares, CHANCES[ranks], 40_000)


def assert_close(shares: Floats, chances: Floats, draws: int) -> None:
    # Five standard deviations of a binomial share: with a fixed seed either always or never.
    assert np.all(np.abs(shares - chances) <= 5 * np.sqrt(chances * (1 - chances) / draws))


def test_windows_channels_and_calls_draw_each_for_itself() -> None:
    x = np.tile(np.array([[4, 3], [2, 1]], np.float32)[None, :, :, None], (1, 50, 100, 2))
    layer = RankStochasticPooling2D(seed=3)
    first, second = pooled(layer, x, training=True), pooled(layer, x, training=True)
    chance = float((CHANCES**2).sum())  # that two independent draws agree
    for one, other in (
        (first, second),
        (first[..., 0], first[..., 1]),
        (first[:, 1:], first[:, :-1]),
    ):
        assert abs((one == other).mean() - chance) < 0.03


@pytest.mark.parametrize("name", STOCHASTIC)
def test_the_gradient_goes_to_the_drawn_activation_alone(name: str) -> None:
    x = torch.tensor(random_input(), requires_grad=True)
    upstream = torch.randn((4, 3, 4, 3), generator=torch.Generator().manual_seed(0))
    drawn = POOLINGS[name](seed=2)(x, training=True)
    (drawn * upstream).sum().backward()
    assert x.grad is not None
    windows = x.detach().reshape(4, 3, 2, 4, 2, 3)
    gradients = x.grad.reshape(4, 3, 2, 4, 2, 3)
    assert torch.equal((gradients != 0).sum(dim=(2, 4)), torch.ones((4, 3, 4, 3)).long())
    assert torch.allclose(gradients.sum(dim=(2, 4)), upstream)
    assert torch.equal(torch.where(gradients != 0, windows, 0).sum(dim=(2, 4)), drawn.detach())


@pytest.mark.parametrize("name", ["rank-average", "rank-weighted"])
def test_of_equal_activations_the_first_ranks_first(name: str) -> None:
    x = torch.tensor([1.0, 2.0, 2.0, 2.0]).reshape(1, 2, 2, 1).requires_grad_()
    POOLINGS[name]()(x, training=True).sum().backward()
    assert x.grad is not None
    expected = {"rank-average": [0, 0.5, 0.5, 0], "rank-weighted": [1 / 16, 1 / 2, 1 / 4, 1 / 8]}
    assert np.allclose(x.grad.numpy().ravel(), expected[name])


@pytest.mark.parametrize("name", STOCHASTIC)
def test_the_seed_state_decides_what_is_drawn(name: str) -> None:
    """Resuming a training sets it by this name, see `experiment/checkpoint.py`."""
    x = random_input()
    layer = POOLINGS[name](seed=5)
    (state,) = layer.variables
    assert state.path.endswith("seed_generator_state")
    first, second = pooled(layer, x, training=True), pooled(layer, x, training=True)
    state.assign(np.array([5, 0]))
    assert np.array_equal(pooled(layer, x, training=True), first)
    assert np.array_equal(pooled(layer, x, training=True), second)
    assert not np.array_equal(first, second)
    # An answer draws nothing.
    assert np.array_equal(pooled(layer, x), pooled(layer, x))


@pytest.mark.parametrize(
    "layer",
    [
        StochasticPooling2D(3, seed=4, name="a"),
        RankAveragePooling2D(2, top=3, name="b"),
        RankWeightedPooling2D(2, alpha=0.7, name="c"),
        RankStochasticPooling2D(2, alpha=0.7, seed=4, name="d"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_layer_comes_back_from_its_config(layer: keras.layers.Layer) -> None:
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    x = random_input()
    assert np.array_equal(pooled(again, x), pooled(layer, x))
    assert np.array_equal(pooled(again, x, training=True), pooled(layer, x, training=True))


@pytest.mark.parametrize("name", [name for name in POOLINGS if name not in ("average", "max")])
def test_bfloat16_is_pooled_in_bfloat16(name: str) -> None:
    x = random_input()
    layer = POOLINGS[name](dtype="mixed_bfloat16")
    for training in (False, True):
        answer = layer(torch.tensor(x), training=training)
        assert answer.dtype == torch.bfloat16
    exact = pooled(POOLINGS[name](), x)
    assert np.allclose(layer(torch.tensor(x)).float().numpy(), exact, atol=0.03)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RankAveragePooling2D(top=5), "expected 1 to 4"),
        (lambda: RankWeightedPooling2D(alpha=1.0), "alpha is 1.0"),
        (lambda: RankStochasticPooling2D(alpha=0.0), "alpha is 0.0"),
        (lambda: StochasticPooling2D(0), "pool_size is 0"),
    ],
)
def test_it_refuses_what_is_no_pooling(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.slow
def test_onnx_runtime_gives_the_same_numbers_as_keras(tmp_path: Path) -> None:
    image = keras.Input((7, 8, 3))
    both = [make(pool_size=size) for make in POOLINGS.values() for size in (2, 3)]
    flat = [keras.layers.Flatten()(layer(image)) for layer in both]
    model = keras.Model(image, keras.layers.Concatenate()(flat))
    export_graph(model, tmp_path / "pooled.onnx", half=False, outputs=("logit",))
    x = random_input(7, 8)
    for batch in (x, x[:1]):
        outputs = Session(tmp_path / "pooled.onnx").run(batch)
        assert np.allclose(outputs.logit, model.predict(batch, verbose=0), atol=1e-6)
