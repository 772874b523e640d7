"""The map that comes with a score: the head's own evidence, carried back to the image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mammoscope.inference.runtime import Outputs
from mammoscope.types import Geometry, Heatmap


@dataclass(frozen=True, slots=True)
class Placement:
    """Image coordinates (pixels) of a grid's outer edges.

    `left` > `right` where the model saw the image mirrored; edges may lie outside the image,
    where the prepared array was padded.
    """

    left: float
    top: float
    right: float
    bottom: float


def explain(outputs: Outputs, geometry: Geometry, *, scale: float) -> Heatmap:
    """The signed map of one image: mean(grid) + bias is the logit that gave its score.

    Args:
        outputs: of a batch of one.
        geometry: of the prepared array that was run.
        scale: the model's fixed colour scale, ± logits.
    """
    return Heatmap(
        # For two classes there is one logit, the positive class's.
        grid=outputs.evidence[0, :, :, -1],
        bias=float(outputs.bias[0, -1]),
        geometry=geometry,
        scale=scale,
    )


def place(geometry: Geometry) -> Placement:
    """Where the corners of a prepared array lie on its image."""
    rows, columns = geometry.prepared_shape
    (left, top), (right, bottom) = geometry.back(np.array([[0.0, 0.0], [columns, rows]]))
    return Placement(left=float(left), top=float(top), right=float(right), bottom=float(bottom))
