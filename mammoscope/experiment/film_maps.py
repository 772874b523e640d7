"""The maps of a run's test films, kept beside its predictions, so that no image need be opened."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mammoscope.experiment.localisation import ExplainedFilm
from mammoscope.ledger.durable import write_file
from mammoscope.types import DatasetError, FloatArray, Geometry, Record, Task


@dataclass(frozen=True, slots=True, eq=False)
class FilmMaps:
    """Maps of N films, column by column.

    Attributes:
        path: (N,) str, of the film, as in `predictions.csv`.
        seed: (N,) int64, of the training that made the map.
        grid: (N, h, w) float32, signed, on the logit's scale; covers the prepared array evenly.
        breast: (N, H, ⌈W / 8⌉) uint8, the breast on the prepared array, eight columns a byte.
        place: (N, 11) int64, a `Geometry` but for its scale: image and prepared shape, crop,
            mirrored, padding.
        scale: (N, 2) float64, the rest of it.
        threshold: (N,) float64, on the map, chosen on the network's own validation women; NaN
            where none of them has a circle.
        chosen_on: (N,) int64, how many of their films have one.
    """

    path: NDArray[np.str_]
    seed: NDArray[np.int64]
    grid: FloatArray
    breast: NDArray[np.uint8]
    place: NDArray[np.int64]
    scale: NDArray[np.float64]
    threshold: NDArray[np.float64]
    chosen_on: NDArray[np.int64]

    @classmethod
    def join(cls, parts: Sequence[FilmMaps]) -> FilmMaps:
        """The films of all parts, one after the other.

        Raises:
            DatasetError: maps or prepared arrays of several sizes.
        """
        sizes = {(part.grid.shape[1:], part.breast.shape[1:]) for part in parts}
        if len(sizes) != 1:
            raise DatasetError(
                f"maps of the sizes {sorted(sizes)} cannot be pooled; expected those of one "
                "network; train its folds and seeds with one config"
            )
        names = [field.name for field in fields(cls)]
        return cls(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})

    def write(self, path: Path) -> None:
        """A file of a kilobyte or few a film; what `read` gives back is equal to the bit."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        write_file(path, lambda aside: np.savez_compressed(aside, **columns))

    @classmethod
    def read(cls, path: Path) -> FilmMaps:
        """The maps that `write` wrote.

        Raises:
            DatasetError: the file is no such thing, or another version's.
        """
        try:
            with np.load(path, allow_pickle=False) as columns:
                return cls(**dict(columns))
        except (OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise DatasetError(
                f"{path} cannot be read as the maps of a run: {error}; evaluate the run again"
            ) from error

    def films(self, records: Mapping[str, Record], task: Task) -> list[ExplainedFilm]:
        """The maps on their films; a circle counts in films that are positive for the question.

        The cells that hold any of the breast count.

        Args:
            records: path → record, of at least these films.
            task: the question, which of a benign lesion's film may be answered with no.

        Raises:
            DatasetError: a film that is not among the records.
        """
        missing = [path for path in self.path.tolist() if path not in records]
        if missing:
            raise DatasetError(
                f"a map is of the film {missing[0]}, which the data set does not hold; give the "
                "data set that the run was evaluated on"
            )
        return [
            self._film(number, records[path], task)
            for number, path in enumerate(self.path.tolist())
        ]

    def _film(self, number: int, record: Record, task: Task) -> ExplainedFilm:
        rows, columns = self.grid.shape[1:]
        breast = self.breast_of(number).astype(np.float32)
        inside = cv2.resize(breast, (columns, rows), interpolation=cv2.INTER_AREA) > 0
        return ExplainedFilm(
            name=record.path,
            patient=record.patient,
            grid=self.grid[number],
            geometry=self.geometry_of(number),
            lesions=record.lesions if task.index(record.label) else (),
            inside=np.asarray(inside) if inside.any() else None,
            seed=int(self.seed[number]),
        )

    def breast_of(self, number: int) -> NDArray[np.bool_]:
        """(H, W) the breast on the prepared array of a film."""
        _, columns = self.geometry_of(number).prepared_shape
        return np.unpackbits(self.breast[number], axis=1, count=columns).astype(bool)

    def geometry_of(self, number: int) -> Geometry:
        """Of a film's prepared array."""
        rows, columns, height, width, *crop, mirrored, down, across = self.place[number].tolist()
        top, left, bottom, right = crop
        vertical, horizontal = self.scale[number].tolist()
        return Geometry(
            image_shape=(rows, columns),
            prepared_shape=(height, width),
            crop=(top, left, bottom, right),
            mirrored=bool(mirrored),
            scale=(vertical, horizontal),
            padding=(down, across),
        )


def pack_geometry(geometry: Geometry) -> tuple[list[int], tuple[float, float]]:
    """A row of `place` and one of `scale`."""
    place = [
        *geometry.image_shape,
        *geometry.prepared_shape,
        *geometry.crop,
        int(geometry.mirrored),
        *geometry.padding,
    ]
    return place, geometry.scale
