"""The map that comes with a score, and where on the image it lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mammoscope.images.model_input import model_input
from mammoscope.inference.card import PublishedModel
from mammoscope.inference.occlusion import Ask, occlusion_map
from mammoscope.inference.runtime import Outputs
from mammoscope.types import FloatArray, Geometry, Heatmap


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


def explain(
    model: PublishedModel, array: FloatArray, geometry: Geometry, outputs: Outputs, *, ask: Ask
) -> Heatmap:
    """The map of one image, by the method that the model's card names.

    Args:
        model: that answered.
        array: prepared, (H, W, C).
        geometry: of the array.
        outputs: of a batch of one.
        ask: what the model eats, stacked → its logits (N,).
    """
    config = model.preprocess
    if model.explained_by == "membership":
        # With it comes scikit-image, which a network's answer can do without.
        from mammoscope.images.features import membership  # noqa: PLC0415

        grid, bias = membership(array, extractor=str(config.extractor)), None
    elif model.explained_by == "occlusion":
        grid = occlusion_map(
            array, float(outputs.logit[0, -1]), eat=lambda one: model_input(one, config), ask=ask
        )
        bias = None
    else:
        assert outputs.evidence is not None and outputs.bias is not None
        # For two classes there is one logit, the positive class's.
        grid, bias = outputs.evidence[0, :, :, -1], float(outputs.bias[0, -1])
    return Heatmap(
        grid=grid,
        bias=bias,
        geometry=geometry,
        scale=model.heatmap_scale,
        method=model.explained_by,
    )


def place(geometry: Geometry) -> Placement:
    """Where the corners of a prepared array lie on its image."""
    rows, columns = geometry.prepared_shape
    (left, top), (right, bottom) = geometry.back(np.array([[0.0, 0.0], [columns, rows]]))
    return Placement(left=float(left), top=float(top), right=float(right), bottom=float(bottom))
