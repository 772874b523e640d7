"""A published network's graph in int8: quantised after training, from what training images do."""

from __future__ import annotations

import logging
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import CalibrationDataReader, CalibrationMethod
from onnxruntime.quantization.shape_inference import quant_pre_process

from mammoscope.experiment.prepared import PreparedImages
from mammoscope.inference.runtime import INPUTS

# What takes a network's time; the rest stays float32.
_QUANTISED = ["Conv", "MatMul"]


class _Images(CalibrationDataReader):
    """One prepared image at a time, as the quantiser asks for them."""

    def __init__(self, images: PreparedImages) -> None:
        self._images, self._at = images, 0

    def get_next(self) -> dict[str, Any] | None:
        if self._at >= len(self._images):
            return None
        self._at += 1
        return {INPUTS[0]: self._images[self._at - 1 : self._at].astype(np.float32)}


def quantise(graph: Path, images: PreparedImages, out: Path) -> None:
    """Writes the graph with int8 weights, a scale a channel, and uint8 activations between them.

    The scale of an activation spans the least and the most that it was on the images (Jacob et al.
    2018): nothing is learnt, and no label is seen.

    Args:
        graph: ONNX, float32 arithmetic; weights stored in float16 are unfolded first.
        images: of the training part.
        out: file to write.
    """
    quantiser_log = logging.getLogger()
    level = quantiser_log.level
    # It warns on the root logger that it did not prepare the graph, which is done here.
    quantiser_log.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as aside, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain = Path(aside) / "plain.onnx"
            quant_pre_process(str(graph), str(plain), skip_symbolic_shape=True)
            quantize_static(
                str(plain),
                str(out),
                _Images(images),
                quant_format=QuantFormat.QDQ,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                op_types_to_quantize=_QUANTISED,
                calibrate_method=CalibrationMethod.MinMax,
            )
    finally:
        quantiser_log.setLevel(level)
