"""Where a phantom's lesion lies on its image and in what a model sees of it, for the page's tests.

`python -m tests.make_map_placements` writes them anew; a test holds the committed file against it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.inference.explanation import place

PLACEMENTS = Path(__file__).parents[1] / "frontend/src/viewer/placements.json"
_CELLS = 16


def placements() -> list[dict[str, Any]]:
    """A grid whose greatest cell is planted where the lesion lies in the prepared array.

    Both ways into the array are the model's own: the lesion by `Geometry.forward`, the map's edges
    by `place`. Only the page's way back is left to be tested.
    """
    made = []
    for laterality in ("L", "R"):
        for view in ("CC", "MLO"):
            config = PhantomConfig(masses=1)
            phantom = make_phantom(11, laterality=laterality, view=view, config=config)
            geometry = prepare(phantom.image, PreprocessConfig()).geometry
            (lesion,) = phantom.lesions
            ((x, y),) = geometry.forward(np.array([[lesion.x, lesion.y]]))
            rows, columns = geometry.prepared_shape
            edges = place(geometry)
            made.append(
                {
                    "laterality": laterality,
                    "view": view,
                    "rows": phantom.pixels.shape[0],
                    "columns": phantom.pixels.shape[1],
                    "lesion": {"x": lesion.x, "y": lesion.y},
                    "cells": _CELLS,
                    "peak": {"row": int(y / rows * _CELLS), "column": int(x / columns * _CELLS)},
                    "geometry": {
                        "left": edges.left,
                        "top": edges.top,
                        "right": edges.right,
                        "bottom": edges.bottom,
                    },
                }
            )
    return made


if __name__ == "__main__":
    PLACEMENTS.write_text(json.dumps(placements(), indent=2) + "\n", encoding="utf-8")
