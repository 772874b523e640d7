"""Batch normalisation that torch computes in one fused kernel, in the tensor's own precision."""

from __future__ import annotations

from typing import Any

import keras


class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer, same weights and names, with torch's kernel where the backend is torch.

    Keras 3 computes the moments in separate float32 passes, which is a third of DenseNet121's
    training time on a CPU. torch's running variance is the unbiased one, n / (n - 1) larger.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if keras.backend.backend() != "torch" or mask is not None or self.renorm:
            return super().call(inputs, training=training, mask=mask)
        import torch  # noqa: PLC0415 - only where torch is the backend

        # Moving the channel axis is a view: NHWC memory is torch's channels_last NCHW.
        outputs = torch.nn.functional.batch_norm(
            inputs.movedim(self.axis, 1),
            self.moving_mean.value,
            self.moving_variance.value,
            weight=self.gamma.value if self.scale else None,
            bias=self.beta.value if self.center else None,
            training=bool(training and self.trainable),
            momentum=1.0 - self.momentum,
            eps=self.epsilon,
        )
        return outputs.movedim(1, self.axis)


# Keras' 0.99 is for epochs of thousands of steps; one here has dozens, and with running
# statistics that lag behind, validation sees another network than training.
MOMENTUM = 0.9
