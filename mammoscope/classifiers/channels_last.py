"""Layers whose tensors torch takes where they lie, without turning them round first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras


class ChannelsLastConv2D(keras.layers.Conv2D):
    """Keras' layer, same weights and names, on views where the backend is torch.

    Keras 3 copies each NHWC tensor into NCHW order first, and its gradients back. NHWC memory is
    torch's own `channels_last` (`python -m benchmarks.training_speed`).
    """

    def call(self, inputs: Any) -> Any:
        if keras.backend.backend() != "torch" or not self._is_plain():
            return super().call(inputs)
        import torch  # noqa: PLC0415 - only where torch is the backend

        kernel = keras.ops.convert_to_tensor(self.kernel)
        outputs = torch.nn.functional.conv2d(
            inputs.movedim(-1, 1),
            kernel.permute(3, 2, 0, 1),
            None if self.bias is None else keras.ops.convert_to_tensor(self.bias),
            stride=self.strides,
            padding=self.padding,
            dilation=self.dilation_rate,
        )
        return self.activation(outputs.movedim(1, -1))

    def _is_plain(self) -> bool:
        # torch pads evenly, and not at all where it strides; Keras pads as TensorFlow does.
        even = self.padding == "valid" or all(step == 1 for step in self.strides)
        return even and self.groups == 1 and self.data_format == "channels_last"


class _InPlace(keras.layers.Layer):
    """A pooling of Keras on views where the backend is torch; same numbers.

    Keras 3 copies each tensor into NCHW order first, and what comes out stays in that order: all
    that follows, up to the next pooling, is then computed in another order than the convolutions'.
    """

    def call(self, inputs: Any) -> Any:
        if keras.backend.backend() != "torch" or not self._is_plain(inputs.shape):
            return super().call(inputs)
        import torch  # noqa: PLC0415 - only where torch is the backend

        pools = {
            "max": torch.nn.functional.max_pool2d,
            "average": torch.nn.functional.avg_pool2d,
        }
        outputs = pools[self.pool_mode](inputs.movedim(-1, 1), self.pool_size, self.strides)
        return outputs.movedim(1, -1)

    def _is_plain(self, shape: Sequence[int]) -> bool:
        # Where windows fit, nothing is padded.
        steps = zip(shape[1:3], self.pool_size, self.strides, strict=True)
        fit = all(size % step == 0 and window == step for size, window, step in steps)
        last: bool = self.data_format == "channels_last"
        return last and (fit or self.padding == "valid")


class ChannelsLastMaxPooling2D(_InPlace, keras.layers.MaxPooling2D):
    """Keras' layer, on views where the backend is torch."""


class ChannelsLastAveragePooling2D(_InPlace, keras.layers.AveragePooling2D):
    """Keras' layer, on views where the backend is torch."""


def lay_out(variables: Iterable[keras.Variable]) -> None:
    """Puts kernels (H, W, I, O), and what an optimizer keeps of them, in torch's order in memory.

    Their values and shapes stay. A gradient comes in the order (O, H, W, I), and whatever is done
    to two tensors of different orders is done number by number.
    """
    if keras.backend.backend() != "torch":
        return
    import torch  # noqa: PLC0415 - only where torch is the backend

    for variable in variables:
        if len(variable.shape) == 4:
            held = variable.value
            ordered = held.data.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)
            held.data = ordered.permute(2, 3, 1, 0)
