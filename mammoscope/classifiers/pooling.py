"""Six poolings over windows of k × k that do not overlap: what each says of its n = k² activations.

Rank 1 is a window's largest activation; of two equal ones, the one that comes first in the window
(row by row) ranks first. Stochastic pooling is Zeiler & Fergus 2013 (arXiv 1301.3557); the three
rank-based ones are Shi, Ye & Wu 2016 (Neural Networks 83: 21-31, doi 10.1016/j.neunet.2016.07.003).

The stochastic ones draw in training only. An answer holds their expectation, so that a woman has
one score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from typing import Any, TypeAlias

import keras

from mammoscope.classifiers.channels_last import (
    ChannelsLastAveragePooling2D,
    ChannelsLastMaxPooling2D,
)

ops = keras.ops
Tensor: TypeAlias = Any

# Shi et al.'s published examples (`p_a`): each rank weighs half of the one before.
ALPHA = 0.5


class _WindowPooling(keras.layers.Layer):
    """(N, H, W, C) → (N, H // k, W // k, C); rows and columns left over are dropped."""

    def __init__(self, pool_size: int = 2, **kwargs: Any) -> None:
        """Prepares the layer.

        Args:
            pool_size: k ≥ 1. H and W must be known when the network is built.
            **kwargs: of `keras.layers.Layer`.
        """
        super().__init__(**kwargs)
        if pool_size < 1:
            raise ValueError(f"pool_size is {pool_size}; expected 1 or more")
        self.pool_size = pool_size

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        batch, rows, columns, channels = input_shape
        return batch, rows // self.pool_size, columns // self.pool_size, channels

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "pool_size": self.pool_size}


class StochasticPooling2D(_WindowPooling):
    """One activation of a window, drawn in proportion to its value (Zeiler & Fergus, eq. 1-2).

    pᵢ = max(aᵢ, 0) / Σ max(aⱼ, 0): nothing negative is drawn where anything is positive. Where
    nothing is, each activation is as likely as the others. Training gives the drawn one, and the
    gradient goes to it alone. An answer gives the expectation Σ pᵢ aᵢ (eq. 6).
    """

    def __init__(self, pool_size: int = 2, *, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(pool_size, **kwargs)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        # In float32 also where the network computes in bfloat16, which rounds a sum of four.
        values = ops.cast(inputs, "float32")
        if training:
            values = ops.stop_gradient(values)
        planes = _planes(values, self.pool_size)
        positive = [ops.relu(plane) for plane in planes]
        # 0 or 1, added to all: chances of windows in which nothing is positive.
        even = ops.cast(sum(positive) <= 0, "float32")
        chances = [chance + even for chance in positive]
        bounds = list(accumulate(chances))
        if not training:
            weighed = sum(chance * plane for chance, plane in zip(chances, planes, strict=True))
            return ops.cast(weighed / bounds[-1], inputs.dtype)
        # Short of 1, so that no rounding up to the sum draws a last activation without a chance.
        drawn = keras.random.uniform(
            ops.shape(even), maxval=1 - 2**-20, dtype="float32", seed=self.seed_generator
        )
        place = _count_passed(drawn * bounds[-1], bounds[:-1])
        return _weigh(inputs, [place == index for index in range(len(planes))], self.pool_size)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


class RankAveragePooling2D(_WindowPooling):
    """Mean of the `top` largest activations of a window (RAP), in training and in an answer.

    1 is max-pooling and n is average pooling; Shi et al. advise the middle, here n // 2.
    """

    def __init__(self, pool_size: int = 2, *, top: int | None = None, **kwargs: Any) -> None:
        super().__init__(pool_size, **kwargs)
        number = self.pool_size**2
        self.top = max(1, number // 2) if top is None else top
        if not 1 <= self.top <= number:
            raise ValueError(f"top is {top}; expected 1 to {number}")

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        weights = [1 / self.top] * self.top + [0.0] * (self.pool_size**2 - self.top)
        return _weigh_ranks(inputs, weights, self.pool_size, training=training)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "top": self.top}


class RankWeightedPooling2D(_WindowPooling):
    """Σ α(1 - α)^(r-1) a₍ᵣ₎ over the ranks r (RWP), in training and in an answer.

    As in the paper the weights are not normalised: they sum to 1 - (1 - α)ⁿ, 15/16 by default.
    """

    def __init__(self, pool_size: int = 2, *, alpha: float = ALPHA, **kwargs: Any) -> None:
        super().__init__(pool_size, **kwargs)
        self.alpha = alpha
        self._weights = rank_weights(alpha, self.pool_size**2)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        return _weigh_ranks(inputs, self._weights, self.pool_size, training=training)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha}


class RankStochasticPooling2D(_WindowPooling):
    """One activation of a window, drawn by its rank (RSP).

    Rank r has the chance α(1 - α)^(r-1) / (1 - (1 - α)ⁿ), so 8, 4, 2 and 1 in 15 by default,
    however large or small the activations are. Training gives the drawn one, and the gradient goes
    to it alone. An answer gives the expectation: RWP with these normalised weights.
    """

    def __init__(
        self,
        pool_size: int = 2,
        *,
        alpha: float = ALPHA,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, **kwargs)
        self.alpha, self.seed = alpha, seed
        weights = rank_weights(alpha, self.pool_size**2)
        self._chances = [weight / sum(weights) for weight in weights]
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training:
            return _weigh_ranks(inputs, self._chances, self.pool_size, training=False)
        ranks = _rank(_planes(ops.stop_gradient(inputs), self.pool_size))
        # In float32 also in a network of bfloat16, which has 2⁸ numbers between 1/2 and 1.
        drawn = keras.random.uniform(ops.shape(ranks[0]), dtype="float32", seed=self.seed_generator)
        drawn_rank = _count_passed(drawn, list(accumulate(self._chances))[:-1])
        return _weigh(inputs, [rank == drawn_rank for rank in ranks], self.pool_size)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "alpha": self.alpha, "seed": self.seed}


def rank_weights(alpha: float, number: int) -> list[float]:
    """α(1 - α)^(r-1) of the ranks r = 1 … number, α in (0, 1) (Shi et al.'s RWP and RSP).

    Raises:
        ValueError: another α.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is {alpha}; expected a number between 0 and 1")
    return [alpha * (1 - alpha) ** rank for rank in range(number)]


def _weigh_ranks(inputs: Tensor, weights: Sequence[float], size: int, *, training: bool) -> Tensor:
    """Σ weights[r] a₍ᵣ₎ of each window; the two ways differ in speed alone."""
    if not training:
        return _weigh_sorted(inputs, weights, size)
    # As Σ wᵢ aᵢ with weights that do not depend on a: its gradient is one product, and that of
    # the minima and maxima is three times as slow.
    table = ops.convert_to_tensor(weights, dtype=inputs.dtype)
    ranks = _rank(_planes(ops.stop_gradient(inputs), size))
    return _weigh(inputs, [ops.take(table, ops.cast(rank, "int32")) for rank in ranks], size)


def _weigh_sorted(inputs: Tensor, weights: Sequence[float], size: int) -> Tensor:
    rows, columns = inputs.shape[1] // size, inputs.shape[2] // size
    windows = _trim(inputs, size)
    if size != 2:
        windows = ops.reshape(windows, (-1, rows, size, columns, size, inputs.shape[3]))
        windows = ops.transpose(windows, (0, 1, 3, 5, 2, 4))
        windows = ops.sort(ops.reshape(windows, (-1, rows, columns, inputs.shape[3], size**2)))
        upwards = ops.convert_to_tensor(list(reversed(weights)), dtype=inputs.dtype)
        return ops.sum(windows * upwards, axis=-1)
    # A sorting network for four: reductions over two at a time are what ONNX Runtime does fastest.
    windows = ops.reshape(windows, (-1, 2, columns, 2, inputs.shape[3]))
    upper, lower = ops.max(windows, axis=1), ops.min(windows, axis=1)
    largest, smallest = ops.max(upper, axis=2), ops.min(lower, axis=2)
    # The two in between, in either order.
    one, other = ops.min(upper, axis=2), ops.max(lower, axis=2)
    terms = [weights[0] * largest]
    if weights[3]:
        terms.append(weights[3] * smallest)
    # w₂ max + w₃ min = w₃ (max + min) + (w₂ - w₃) max, and max + min is a sum that needs no order.
    if weights[2]:
        terms.append(weights[2] * (one + other))
    if weights[1] != weights[2]:
        terms.append((weights[1] - weights[2]) * ops.maximum(one, other))
    return ops.reshape(sum(terms), (-1, rows, columns, inputs.shape[3]))


def _rank(planes: Sequence[Tensor]) -> list[Tensor]:
    """Rank of each activation of a window, from 0, int8 (int32 for large windows).

    By all n(n-1)/2 comparisons, each of which is a fast operation on whole planes.
    """
    kind = "int8" if len(planes) <= 127 else "int32"
    ranks = [ops.zeros_like(planes[0], dtype=kind) for _ in planes]
    for later in range(1, len(planes)):
        for earlier in range(later):
            # Strictly: of two equal ones the earlier ranks first.
            passed = ops.cast(planes[later] > planes[earlier], kind)
            ranks[earlier] = ranks[earlier] + passed
            ranks[later] = ranks[later] + (1 - passed)
    return ranks


def _count_passed(values: Tensor, bounds: Sequence[Any]) -> Tensor:
    """How many of the rising bounds a value has reached, int32."""
    return sum(
        (ops.cast(values >= bound, "int32") for bound in bounds),
        start=ops.zeros_like(values, dtype="int32"),
    )


def _weigh(inputs: Tensor, weights: Sequence[Tensor], size: int) -> Tensor:
    """Σ wᵢ aᵢ of each window, from a plane of weights (N, H // k, W // k, C) a place in it.

    One product of the whole input: slices of it would each cost a gradient of its full size.
    """
    rows, columns = inputs.shape[1] // size, inputs.shape[2] // size
    windows = ops.reshape(_trim(inputs, size), (-1, rows, size, columns, size, inputs.shape[3]))
    lines = [
        ops.stack(weights[start : start + size], axis=3) for start in range(0, len(weights), size)
    ]
    return ops.sum(windows * ops.cast(ops.stack(lines, axis=2), inputs.dtype), axis=(2, 4))


def _planes(inputs: Tensor, size: int) -> list[Tensor]:
    """The n activations of every window, row by row: n tensors (N, H // k, W // k, C)."""
    trimmed = _trim(inputs, size)
    return [trimmed[:, i::size, j::size] for i in range(size) for j in range(size)]


def _trim(inputs: Tensor, size: int) -> Tensor:
    rows, columns = (side // size * size for side in inputs.shape[1:3])
    if (rows, columns) == tuple(inputs.shape[1:3]):
        return inputs
    return inputs[:, :rows, :columns]


POOLINGS: Mapping[str, Callable[..., Any]] = {
    "average": partial(ChannelsLastAveragePooling2D, pool_size=2),
    "max": partial(ChannelsLastMaxPooling2D, pool_size=2),
    "stochastic": StochasticPooling2D,
    "rank-average": RankAveragePooling2D,
    "rank-weighted": RankWeightedPooling2D,
    "rank-stochastic": RankStochasticPooling2D,
}
