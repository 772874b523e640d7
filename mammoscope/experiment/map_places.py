"""Which films' maps are kept, where they lie on the films, and the threshold that marks them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.data import PartData, prepare_records
from mammoscope.experiment.film_maps import FilmMaps, pack_geometry
from mammoscope.experiment.graph import run_evidence
from mammoscope.experiment.localisation import choose_threshold
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.run import RunFolder
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.segment import BreastRegion, find_breast
from mammoscope.types import BreastImage, FloatArray, Geometry, Record, Split, Task


def films_of_figures(records: Sequence[Record], task: Task) -> list[int]:
    """Indices of the films that figures of a map need; none where no lesion has a circle.

    Positive films with a circle, and negative ones, whose every mark is false. A positive film
    without a circle tells neither.
    """
    positive = [task.index(record.label) == 1 for record in records]
    circled = [is_ill and bool(r.lesions) for is_ill, r in zip(positive, records, strict=True)]
    if not any(circled):
        return []
    return [
        number
        for number, (is_ill, is_circled) in enumerate(zip(positive, circled, strict=True))
        if is_circled or not is_ill
    ]


def keep_maps(
    run: RunFolder,
    dataset: Dataset,
    split: Split,
    grids: FloatArray,
    *,
    config: PreprocessConfig,
    seed: int,
    cache: Path,
    say: Say = lambda line: None,
) -> None:
    """Writes `maps.npz`: the maps of the test films that figures need, and their threshold.

    The threshold is chosen on validation women's films, whose maps are made here.

    Args:
        run: trained.
        dataset: that it was trained on.
        split: of it, with a test film whose lesion has a circle.
        grids: (N, h, w) float32, the maps of all test films, from the pass that scored them.
        config: that the films were prepared by.
        seed: of the training.
        cache: folder of prepared arrays.
        say: told of progress, a line at a time.

    Raises:
        DecodeError: an image cannot be read.
    """
    task = dataset.task
    chosen = films_of_figures(split.test, task)
    say(f"placing the maps of {len(chosen)} films")
    shown = [r for r in split.validation if task.index(r.label) == 1 and r.lesions]
    threshold = None
    if shown:
        validation = prepare_records(dataset, shown, config, cache)
        threshold = _choose(run, dataset, validation, config)
    records = [split.test[number] for number in chosen]
    maps = _place(
        dataset,
        records,
        grids[chosen],
        config,
        seed=seed,
        threshold=threshold,
        chosen_on=len(shown),
    )
    maps.write(run.maps)


def _choose(
    run: RunFolder, dataset: Dataset, validation: PartData, config: PreprocessConfig
) -> float | None:
    records = validation.records
    grids = run_evidence(run.graphs, validation.x)
    maps = _place(dataset, records, grids, config, seed=0, threshold=None, chosen_on=0)
    return choose_threshold(maps.films({r.path: r for r in records}, dataset.task))


def _place(
    dataset: Dataset,
    records: Sequence[Record],
    grids: FloatArray,
    config: PreprocessConfig,
    *,
    seed: int,
    threshold: float | None,
    chosen_on: int,
) -> FilmMaps:
    def locate(record: Record) -> tuple[Geometry, NDArray[np.uint8]]:
        image = dataset.load(record)
        breast = find_breast(image)
        geometry = prepare(image, config, breast=breast).geometry
        return geometry, np.packbits(breast_on(geometry, breast, image), axis=1)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        located = list(pool.map(locate, records))
    packed = [pack_geometry(geometry) for geometry, _ in located]
    count = len(records)
    return FilmMaps(
        path=np.array([record.path for record in records]),
        seed=np.full(count, seed, dtype=np.int64),
        grid=grids.astype(np.float32),
        breast=np.stack([breast for _, breast in located]),
        place=np.array([place for place, _ in packed], dtype=np.int64),
        scale=np.array([scale for _, scale in packed], dtype=np.float64),
        threshold=np.full(count, np.nan if threshold is None else threshold),
        chosen_on=np.full(count, chosen_on, dtype=np.int64),
    )


def breast_on(geometry: Geometry, breast: BreastRegion, image: BreastImage) -> NDArray[np.bool_]:
    """(H, W) which pixels of a prepared array show the breast; all of the film if none was found.

    The array itself reaches past the outline (`mask_dilation`), and has black within it.
    """
    rows, columns = geometry.prepared_shape
    y, x = np.mgrid[0:rows, 0:columns] + 0.5
    film = geometry.back(np.stack([x.ravel(), y.ravel()], axis=1))
    mask = breast.mask if breast.area else np.ones((1, 1), dtype=bool)
    across = np.floor(film[:, 0] * mask.shape[1] / image.columns).astype(int)
    down = np.floor(film[:, 1] * mask.shape[0] / image.rows).astype(int)
    on_film = (across >= 0) & (across < mask.shape[1]) & (down >= 0) & (down < mask.shape[0])
    found = np.zeros(len(film), dtype=bool)
    found[on_film] = mask[down[on_film], across[on_film]]
    return found.reshape(rows, columns)
