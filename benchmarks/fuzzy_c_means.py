"""How fast fuzzy c-means is: `python -m benchmarks.fuzzy_c_means [MINI_MIAS]`.

Prints one JSON object a film of 1024 × 1024: a phantom, and a real film where the folder or archive
of mini-MIAS is given or lies in ../shared. The data are all of its 1,048,576 pixels: elevation and
texture (see `images.mass_features`) where the breast is looked at, zeros elsewhere, quantised as
`find_masses` does; each pixel has the values of the cell of the working grid that it lies in.
There are some 7,000 distinct vectors then, which is what the first ratio lives on; the second, of
every pixel, compares the arithmetic alone. Three clusters, m = 2, the same first centres for all:

- `ours_seconds`: from the quantised pixels to a membership of every pixel, over the distinct
  vectors and how often each occurs (counting and spreading back included);
- `ours_every_pixel_seconds`: the same without that short cut, all pixels as points;
- `scikit_fuzzy_seconds`: `skfuzzy.cmeans` of all pixels. It starts from memberships, so it gets
  those of our first centres.

All three stop where the objective has settled; the relative differences of the last objectives
are printed and must be within 10⁻⁴.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skfuzzy
from numpy.typing import NDArray

from mammoscope.datasets import mini_mias
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.fuzzy_c_means import fuzzy_c_means
from mammoscope.images.mass_features import LEVELS, TEXTURE_LEVELS, MassFeatures, measure
from mammoscope.images.masses import MassConfig, find_masses, first_centers
from mammoscope.images.segment import find_breast
from mammoscope.types import BreastImage

SIDE = 1024
CLUSTERS = 3
ROUNDS = 5
MOST_SECONDS, LEAST_RATIO, MOST_DIFFERENCE = 0.5, 5.0, 1e-4
SCALE = np.array([LEVELS - 1, TEXTURE_LEVELS - 1])
MINI_MIAS = Path(__file__).parents[2] / "shared" / "data" / "mini-mias"

Float64Array = NDArray[np.float64]


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def film_features(image: BreastImage) -> MassFeatures:
    """Of every pixel: the working grid's values, each at its pixel."""
    small = measure(image, find_breast(image))
    rows = np.arange(SIDE) * small.inside.shape[0] // SIDE
    columns = np.arange(SIDE) * small.inside.shape[1] // SIDE
    grid = np.zeros((*small.inside.shape, 2), dtype=np.uint8)
    grid[small.inside] = small.levels
    levels = grid[rows][:, columns].reshape(-1, 2)
    inside = np.ones((SIDE, SIDE), dtype=bool)
    return MassFeatures(inside, np.zeros((SIDE, SIDE), dtype=np.float32), levels, float(SIDE))


def compare(name: str, image: BreastImage) -> bool:
    features = film_features(image)
    pairs, counts, _ = features.distinct()
    start = first_centers(pairs / SCALE, counts, CLUSTERS)
    points = features.levels / SCALE
    objectives: dict[str, float] = {}
    rounds: dict[str, int] = {}

    def ours() -> None:
        vectors, weights, place = features.distinct()
        found = fuzzy_c_means(vectors / SCALE, start, weights=weights)
        memberships = found.memberships[:, place]
        assert memberships.shape == (CLUSTERS, SIDE * SIDE) and found.converged
        objectives["ours"], rounds["ours"] = found.objective[-1], found.iterations

    def every_pixel() -> None:
        found = fuzzy_c_means(points, start)
        assert found.converged
        objectives["every pixel"], rounds["every pixel"] = found.objective[-1], found.iterations

    squared = np.stack([((points - center) ** 2).sum(axis=1) for center in start])
    first = 1 / np.maximum(squared, 1e-12)
    first /= first.sum(axis=0)

    def scikit_fuzzy() -> None:
        # Its error is the norm of the change of all memberships: 10⁻³ a pixel of 1,024². It stops
        # earlier than ours, with an objective that is a little higher.
        found = skfuzzy.cmeans(points.T, CLUSTERS, 2.0, 1.0, 300, init=first)
        objectives["scikit-fuzzy"], rounds["scikit-fuzzy"] = float(found[4][-1]), int(found[5])

    # In turns, so that a noisy machine is noisy for all.
    times: dict[str, list[float]] = {"ours": [], "every pixel": [], "scikit-fuzzy": []}
    for _ in range(ROUNDS):
        times["ours"].append(seconds(ours))
        times["every pixel"].append(seconds(every_pixel))
        times["scikit-fuzzy"].append(seconds(scikit_fuzzy))
    breast = find_breast(image)
    config = MassConfig(clusters=CLUSTERS)
    whole = statistics.median(
        seconds(lambda: find_masses(image, breast, method="fuzzy_c_means", config=config))
        for _ in range(ROUNDS)
    )
    mine, every, other = (statistics.median(values) for values in times.values())
    worst = max(abs(value / objectives["scikit-fuzzy"] - 1) for value in objectives.values())
    met = mine <= MOST_SECONDS and other / mine >= LEAST_RATIO and worst <= MOST_DIFFERENCE
    answer = {
        "film": name,
        "pixels": len(points),
        "distinct_vectors": len(pairs),
        "clusters": CLUSTERS,
        "ours_seconds": round(mine, 4),
        "ours_every_pixel_seconds": round(every, 4),
        "scikit_fuzzy_seconds": round(other, 4),
        "find_masses_seconds": round(whole, 4),
        "ratio": round(other / mine, 1),
        "ratio_every_pixel": round(other / every, 1),
        "iterations": rounds,
        "objectives": objectives,
        "largest_relative_difference": worst,
        "rounds": ROUNDS,
        "met": met,
    }
    print(json.dumps(answer))
    return met


def main() -> None:
    config = PhantomConfig(rows=SIDE, columns=SIDE, masses=1)
    phantom = make_phantom(1, laterality="L", view="MLO", config=config)
    met = compare("phantom", phantom.image)
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else MINI_MIAS
    if root.exists():
        films = mini_mias.read(root)
        met &= compare("mini-MIAS, first film", films.load(films.records[0]))
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
