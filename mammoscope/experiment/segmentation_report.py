"""Measures the search for masses against the lesion circles of a data set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.statistics import (
    REPLICATES,
    UnitScores,
    paired_difference,
    patient_bootstrap,
)
from mammoscope.experiment.weighted_metrics import MeanScore
from mammoscope.images.masses import METHODS, MassConfig, Method, SuspiciousRegions, find_masses
from mammoscope.images.pectoral import find_pectoral
from mammoscope.images.segment import find_breast
from mammoscope.types import BreastImage, Estimate, Lesion, Record

LEAST_IOU = 0.2
# Words of `Lesion.kind`: what is called a mass, in mini-MIAS and of the phantoms.
MASS_KINDS = frozenset({"CIRC", "SPIC", "MISC", "MASS"})
TUNED, HELD_OUT, ALL = "women of odd number", "women of even number", "all women"
HOW = (
    "A circle is hit where the centroid of a region lies inside it (hit), where that of the most "
    "suspicious region of the film does (first hit), or where a region overlaps it by an "
    f"intersection over union of at least {LEAST_IOU:g} (overlap). IoU and Dice are of the best "
    "region of the film. A region is false where its centroid is in no circle and it overlaps "
    "none by as much. Films whose lesion has no circle count for no false regions. The number of "
    "clusters, the weight of the texture and the width of the surroundings were chosen among "
    "35 combinations, one for both clusterings, on women of odd number of mini-MIAS, so the "
    "figures of those women flatter. The filters of size and shape were set beforehand and not "
    "searched over, but the sizes of all women's circles had been seen. Otsu was not tuned: its "
    "threshold is of the intensity, while the clusterings see what rises above its surroundings, "
    "and its regions pass the same filters, which refuse a whole gland."
)


@dataclass(frozen=True, slots=True)
class LesionFound:
    """What became of one circle: hits are 0 or 1, overlaps in [0, 1]."""

    patient: str
    name: str
    mass: bool
    hit: float
    first_hit: float
    iou: float
    dice: float


@dataclass(frozen=True, slots=True)
class FilmFound:
    """What was found on one film."""

    record: Record
    lesions: tuple[LesionFound, ...]
    false_regions: int
    share: float
    pectoral: bool

    @property
    def counts_false(self) -> bool:
        """Whether every abnormality of the film is marked, so that a region can be false."""
        return bool(self.record.lesions) or self.record.label in ("NORM", "normal", "0")


def measure_segmentation(
    dataset: Dataset,
    records: Sequence[Record],
    *,
    say: Callable[[str], None],
    config: MassConfig | None = None,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """Figures of every method with their 95 % intervals over women; can be written as JSON.

    Keys: `dataset`, `source`, `how`, `config`, `films`, `women`, `lesions`, `masses`,
    `pectoral_found` (films) and `parts`: part → method → figure → estimate, where a part is
    `all women`, `women of odd number` (on which the clusterings' values were chosen) or `women of
    even number` (on which they were not), and a figure one of

    - `<which>: sensitivity by hit / first hit / overlap`, `<which>: IoU`, `<which>: Dice`, which
      being `circles` (all of them) or `masses`;
    - `false regions a film`, `false regions a normal film`;
    - `suspicious share of the breast`;
    - `masses: sensitivity by hit, less Otsu's` (paired on the same women).

    A figure that nothing stands behind (no circle in that part) is absent.

    Args:
        dataset: loads the records.
        records: of it; a lesion's kind starts with a word such as CIRC.
        say: is told how far it is.
        config: as for `find_masses`; None = its own.
        seed, replicates: of the bootstrap.
    """
    config = config or MassConfig()
    found: dict[Method, list[FilmFound]] = {method: [] for method in METHODS}
    for number, record in enumerate(records, start=1):
        for method, film in measure_film(dataset.load(record), record, config=config).items():
            found[method].append(film)
        if number % 50 == 0 or number == len(records):
            say(f"masses: {number} of {len(records)} films")
    films = found[METHODS[0]]
    lesions = [lesion for film in films for lesion in film.lesions]
    return {
        "dataset": dataset.name,
        "source": dataset.source,
        "how": HOW,
        "config": asdict(config),
        "films": len(films),
        "women": len({record.patient for record in records}),
        "lesions": len(lesions),
        "masses": sum(lesion.mass for lesion in lesions),
        "pectoral_found": sum(film.pectoral for film in films),
        "parts": {
            part: figures
            for part in (ALL, TUNED, HELD_OUT)
            if (figures := _part(found, part, seed=seed, replicates=replicates))
        },
    }


def measure_film(
    image: BreastImage, record: Record, *, config: MassConfig
) -> dict[Method, FilmFound]:
    """What each method found on one film.

    Args:
        image: of the record.
        record: its view is taken where the file does not tell one.
        config: as for `find_masses`.
    """
    if image.view is None:
        image = replace(image, view=record.view)
    breast = find_breast(image)
    pectoral = find_pectoral(image, breast)
    found = {}
    for method in METHODS:
        masses = find_masses(image, breast, method=method, pectoral=pectoral, config=config)
        lesions, false = _compare(masses, image, record)
        share = masses.area_px / (breast.area * image.rows * image.columns) if breast.area else 0.0
        found[method] = FilmFound(record, lesions, false, share, pectoral is not None)
    return found


def part_of(patient: str) -> str:
    """The half that a woman belongs to: by the last number in her name, or by its checksum."""
    numbers = re.findall(r"\d+", patient)
    number = int(numbers[-1]) if numbers else crc32(patient.encode())
    return TUNED if number % 2 else HELD_OUT


def _compare(
    masses: SuspiciousRegions, image: BreastImage, record: Record
) -> tuple[tuple[LesionFound, ...], int]:
    justified = np.zeros(len(masses.regions), dtype=bool)
    found = []
    for number, lesion in enumerate(record.lesions):
        circle = _circle(lesion, masses.mask.shape, image)
        inside = np.array(
            [_holds(lesion, region.centroid) for region in masses.regions], dtype=bool
        )
        iou = np.zeros(len(masses.regions))
        for i, region in enumerate(masses.regions):
            cells = masses.labels == region.label
            iou[i] = np.count_nonzero(cells & circle) / np.count_nonzero(cells | circle)
        justified |= inside | (iou >= LEAST_IOU)
        best = float(iou.max(initial=0.0))
        found.append(
            LesionFound(
                patient=record.patient,
                name=f"{record.path}#{number}",
                mass=lesion.kind.split()[0].upper() in MASS_KINDS,
                hit=float(inside.any()),
                first_hit=float(inside[:1].any()),
                iou=best,
                # Of one pair of sets: Dice = 2 IoU / (1 + IoU).
                dice=2 * best / (1 + best),
            )
        )
    return tuple(found), int(np.count_nonzero(~justified))


def _holds(lesion: Lesion, point: tuple[float, float]) -> bool:
    return bool(np.hypot(point[0] - lesion.x, point[1] - lesion.y) <= lesion.radius)


def _circle(lesion: Lesion, shape: tuple[int, ...], image: BreastImage) -> NDArray[np.bool_]:
    """The cells whose centres lie in the circle."""
    y = (np.arange(shape[0]) + 0.5)[:, np.newaxis] * image.rows / shape[0]
    x = (np.arange(shape[1]) + 0.5)[np.newaxis] * image.columns / shape[1]
    return np.asarray(np.hypot(x - lesion.x, y - lesion.y) <= lesion.radius, dtype=bool)


def _part(
    found: Mapping[Method, Sequence[FilmFound]], part: str, *, seed: int, replicates: int
) -> dict[str, dict[str, dict[str, Any]]]:
    mine = {
        method: [f for f in films if part in (ALL, part_of(f.record.patient))]
        for method, films in found.items()
    }
    if not mine[METHODS[0]]:
        return {}
    otsu = _lesion_units(mine["otsu"], "hit", masses=True)
    figures: dict[str, dict[str, dict[str, Any]]] = {}
    for method, films in mine.items():
        estimates = _figures(films, seed=seed, replicates=replicates)
        units = _lesion_units(films, "hit", masses=True)
        if method != "otsu" and otsu is not None and units is not None:
            difference = paired_difference(
                units, otsu, MeanScore(), seed=seed, replicates=replicates
            )
            if difference is not None:
                estimates["masses: sensitivity by hit, less Otsu's"] = difference
        figures[method] = {name: asdict(estimate) for name, estimate in estimates.items()}
    return figures


def _figures(films: Sequence[FilmFound], *, seed: int, replicates: int) -> dict[str, Estimate]:
    units: dict[str, UnitScores | None] = {}
    for which, masses in (("circles", False), ("masses", True)):
        for name, key in (
            ("sensitivity by hit", "hit"),
            ("sensitivity by first hit", "first_hit"),
            ("sensitivity by overlap", "overlap"),
            ("IoU", "iou"),
            ("Dice", "dice"),
        ):
            units[f"{which}: {name}"] = _lesion_units(films, key, masses=masses)
    marked = [film for film in films if film.counts_false]
    normal = [film for film in marked if not film.record.lesions]
    units["false regions a film"] = _film_units(marked, lambda film: film.false_regions)
    units["false regions a normal film"] = _film_units(normal, lambda film: film.false_regions)
    units["suspicious share of the breast"] = _film_units(films, lambda film: film.share)
    return {
        name: patient_bootstrap(unit, {name: MeanScore()}, seed=seed, replicates=replicates)[name]
        for name, unit in units.items()
        if unit is not None
    }


def _lesion_units(films: Sequence[FilmFound], key: str, *, masses: bool) -> UnitScores | None:
    lesions = [lesion for film in films for lesion in film.lesions if lesion.mass or not masses]
    values = [
        float(lesion.iou >= LEAST_IOU) if key == "overlap" else float(getattr(lesion, key))
        for lesion in lesions
    ]
    return _units(values, [one.name for one in lesions], [one.patient for one in lesions])


def _film_units(
    films: Sequence[FilmFound], value: Callable[[FilmFound], float]
) -> UnitScores | None:
    records = [film.record for film in films]
    names, patients = [record.path for record in records], [record.patient for record in records]
    return _units([value(film) for film in films], names, patients)


def _units(values: list[float], names: list[str], patients: list[str]) -> UnitScores | None:
    """A plain mean has neither classes nor a threshold: all are of one class and called."""
    if not values:
        return None
    every = np.ones(len(values), dtype=bool)
    scores = np.array([values], dtype=np.float64)
    return UnitScores(scores, every[np.newaxis], every, names, patients)
