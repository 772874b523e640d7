"""Heads that explain themselves: a logit, the evidence behind it cell by cell, and a bias.

Every head keeps one rule, so that a reader needs no knowledge of the architecture:
``mean(evidence over its cells) + bias = logit``, exactly, for every image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras

Tensor: TypeAlias = keras.KerasTensor


@dataclass(frozen=True, slots=True)
class Head:
    """A symbolic network: prepared arrays (N, H, W, C) in, and K = 1 for two classes.

    Attributes:
        inputs: (N, H, W, C).
        logit: (N, K).
        evidence: (N, h, w, K).
        bias: (N, K).
        cells: (N, h, w, K), logits of single cells, which can be told where a lesion is; None of
            a head that cannot be told.
    """

    inputs: Tensor
    logit: Tensor
    evidence: Tensor
    bias: Tensor
    cells: Tensor | None = None


# Share of the cells that a breast is judged by: 6 of 16 × 16.
PEAK_SHARE = 1 / 40
# What a card says of such a map.
PEAK_EXPLANATION = (
    "Evidence at stride 16, a 16 × 16 map for a 256 × 256 input, of which the highest fortieth of "
    "the cells is averaged. It is exact; a peak's cell shows what it adds to the score above the "
    "breast's mean."
)
# A cell's own question, whether a lesion is in it, is answered with no far oftener than the
# breast's: its logit lies so much lower.
LESION_OFFSET = -2.0


class PeakPooling(keras.layers.Layer):
    """The mean of the highest cells (N, h, w, K), and what each cell gives to it.

    With m the cells, M the highest k of N, and a bar the mean: mean over M of m =
    mean(m) + mean over M of (m - mean(m)). A cell is credited with its part of the first, and one
    of M also with its part of the second, N / k times as much a cell; the credits' mean is the
    pooled value, exactly, and their highest cell is the highest of m. A cell that is no peak can
    move the score only by becoming one.

    Where cells tie for the last place of M, each takes an equal part of what is left. Where all
    cells are peaks, each is credited with its own value.
    """

    def __init__(self, share: float = PEAK_SHARE, **kwargs: Any) -> None:
        """Pools.

        Args:
            share: of the cells that count, in (0, 1]; 1 = their mean.
            kwargs: of every layer.
        """
        super().__init__(**kwargs)
        self.share = share

    def call(self, cells: Any) -> tuple[Any, Any]:
        ops = keras.ops
        rows, columns, outputs = cells.shape[1:]
        count = rows * columns
        peaks = max(1, round(count * self.share))
        flat = ops.transpose(
            ops.reshape(ops.cast(cells, "float32"), (-1, count, outputs)), (0, 2, 1)
        )
        mean = ops.mean(flat, axis=2, keepdims=True)
        if peaks == count:
            return mean[:, :, 0], cells
        highest = ops.top_k(flat, peaks)[0]
        pooled = ops.mean(highest, axis=2)
        last = highest[:, :, -1:]
        above, tied = ops.cast(flat > last, "float32"), ops.cast(flat == last, "float32")
        left = peaks - ops.sum(above, axis=2, keepdims=True)
        chosen = above + tied * left / ops.maximum(ops.sum(tied, axis=2, keepdims=True), 1.0)
        credit = flat + chosen * (flat - mean) * (count / peaks)
        return pooled, ops.reshape(ops.transpose(credit, (0, 2, 1)), (-1, rows, columns, outputs))


class ConstantBias(keras.layers.Layer):
    """A trained bias (K,), given as (N, K) for the batch of its input (N, K)."""

    def build(self, input_shape: Any) -> None:
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        return keras.ops.zeros_like(inputs) + self.bias


class HiResCam(keras.layers.Layer):
    """HiResCAM of a Flatten → Dense(ReLU) → Dense stack, at the input of Flatten.

    Draelos & Carin 2020 (arXiv 2011.08891), eq. 3: the sum over channels of activation ×
    gradient. A ReLU stack is affine where it is active, so the gradient can be written in
    forward operations, W₁ (w₂ · [hidden > 0]), and activation × gradient sums to the logit
    but for the effective bias w₂ · (b₁ · [hidden > 0]) + b₂, which is given too.
    """

    def __init__(self, hidden: keras.layers.Dense, output: keras.layers.Dense, **kwargs: Any):
        super().__init__(**kwargs)
        self.hidden = hidden
        self.output_layer = output

    def call(self, features: Any, hidden_activation: Any) -> tuple[Any, Any]:
        ops = keras.ops
        rows, columns, channels = features.shape[1:]
        active = ops.cast(hidden_activation > 0, "float32")
        features = ops.cast(features, "float32")
        # (N, units, 1) × (units, K): the weight that each hidden unit has in each logit.
        reach = ops.expand_dims(active, 2) * ops.expand_dims(self.output_layer.kernel, 0)
        gradient = ops.einsum("fu,nuk->nfk", self.hidden.kernel, reach)
        gradient = ops.reshape(gradient, (-1, rows, columns, channels, gradient.shape[-1]))
        contribution = ops.sum(ops.expand_dims(features, -1) * gradient, axis=3)
        bias = ops.einsum("u,nuk->nk", self.hidden.bias, reach) + self.output_layer.bias
        return contribution * (rows * columns), bias


def average_head(inputs: Tensor, features: Tensor, *, outputs: int, dropout: float) -> Head:
    """Global average pooling + dense, with the two exchanged: the evidence map is averaged.

    mean(features) · w + b = mean(features · w) + b, so the 1 × 1 convolution's output is the
    class activation map (Zhou et al. 2016, eq. 2) and Grad-CAM is that same map.

    Args:
        inputs: of the network.
        features: last feature map (N, h, w, C).
        outputs: number of logits.
        dropout: share of the channels that is dropped in training.
    """
    features = keras.layers.SpatialDropout2D(dropout, name="head_dropout")(features)
    evidence = keras.layers.Conv2D(
        outputs, 1, use_bias=False, dtype="float32", name="head_evidence"
    )(features)
    pooled = keras.layers.GlobalAveragePooling2D(dtype="float32", name="head_pool")(evidence)
    bias = ConstantBias(dtype="float32", name="head_bias")(pooled)
    logit = keras.layers.Add(dtype="float32", name="head_logit")([pooled, bias])
    return Head(inputs=inputs, logit=logit, evidence=evidence, bias=bias)


def peak_head(
    inputs: Tensor,
    features: Sequence[Tensor],
    *,
    outputs: int,
    dropout: float,
    share: float = PEAK_SHARE,
) -> Head:
    """A logit a cell, and the highest of them averaged: a lesion is small, a breast is not.

    Max-pooling's gradient sees one cell, average pooling dilutes a lesion in all of them; between
    the two lies the mean of the highest (Durand et al. 2017, WILDCAT, eq. 2, without its lowest).

    Args:
        inputs: of the network.
        features: maps (N, h, w, C), the finest first: its cells are those of the evidence, to
            which the coarser ones are enlarged and added.
        outputs: number of logits.
        dropout: share of the channels that is dropped in training.
        share: of the cells that are averaged, the highest; 1 = all.
    """
    rows = features[0].shape[1]
    maps = []
    for number, one in enumerate(features, start=1):
        one = keras.layers.SpatialDropout2D(dropout, name=f"head_dropout_{number}")(one)
        small = keras.initializers.RandomNormal(stddev=0.01)
        one = keras.layers.Conv2D(
            outputs, 1, kernel_initializer=small, dtype="float32", name=f"head_cells_{number}"
        )(one)
        factor = rows // one.shape[1]
        if factor > 1:
            one = keras.layers.UpSampling2D(
                factor, interpolation="bilinear", dtype="float32", name=f"head_enlarge_{number}"
            )(one)
        maps.append(one)
    cells = maps[0]
    if len(maps) > 1:
        cells = keras.layers.Add(dtype="float32", name="head_cells")(maps)
    pooled, evidence = PeakPooling(share, dtype="float32", name="head_pool")(cells)
    bias = ConstantBias(dtype="float32", name="head_bias")(pooled)
    logit = keras.layers.Add(dtype="float32", name="head_logit")([pooled, bias])
    return Head(inputs=inputs, logit=logit, evidence=evidence, bias=bias, cells=cells)


def dense_head(stack: keras.Sequential) -> Head:
    """The paper's stack, explained by HiResCAM.

    Args:
        stack: ends in the layers "flatten", "hidden" (dense, ReLU), dropout, "logit" (dense).
    """
    hidden, output = stack.get_layer("hidden"), stack.get_layer("logit")
    evidence, bias = HiResCam(hidden, output, dtype="float32", name="evidence")(
        stack.get_layer("flatten").input, hidden.output
    )
    return Head(inputs=stack.inputs[0], logit=stack.outputs[0], evidence=evidence, bias=bias)
