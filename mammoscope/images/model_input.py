"""What a model eats of a prepared array: the array itself, or the features measured on it."""

from __future__ import annotations

from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import FloatArray


def model_input(array: FloatArray, config: PreprocessConfig) -> FloatArray:
    """The array (H, W, C), or the features (F,) of the config's extractor; float32.

    Training and serving both come through here, so that a feature is the same number in both.

    Args:
        array: as `prepare` gave it, float32 (H, W, C) in [0, 1].
        config: that it was prepared by.
    """
    if config.extractor is None:
        return array
    # With it comes scikit-image, which a network's answer can do without.
    from mammoscope.images.features import measure  # noqa: PLC0415

    return measure(array, extractor=config.extractor).values


def input_shape(config: PreprocessConfig) -> tuple[int, ...]:
    """(rows, columns, channels), or (F,)."""
    if config.extractor is None:
        return (config.rows, config.columns, config.channels)
    from mammoscope.images.features import described  # noqa: PLC0415

    return (len(described(config.extractor)),)
