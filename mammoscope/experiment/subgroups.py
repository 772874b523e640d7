"""For whom the figures hold: by density, age, view, side, site, machine and kind of lesion."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.statistics import REPLICATES, Labels, UnitScores, patient_bootstrap
from mammoscope.experiment.units import Unit, at_unit, parse_age, units_of
from mammoscope.experiment.wilson import wilson_interval
from mammoscope.types import Estimate, Record

# Of a group. Fewer give a share an interval of ± 0.2 and more (Wilson, at one half), and a figure
# of a handful of women is soon a figure of one whom somebody knows.
LEAST_WOMEN = 20
# With and without: a sensitivity is of the women with, a specificity of those without, an AUC of
# both. A bootstrap of fewer than ten often draws no error at all, and its interval is then a point.
LEAST_OF_EACH = 10
# In a lesion's kind; told by the label already.
_SEVERITIES = frozenset({"B", "M"})
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")

# What is known of everybody splits all figures. What is known of the ill alone, or is the label in
# other words, has no healthy women to be held against: a specificity or an AUC "of the malignant"
# would compare the label with itself, so there is sensitivity alone.
KnownOf = Literal["everybody", "the ill"]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to tell women apart.

    Attributes:
        name: as reports call it.
        groups_of: record → the groups it is of; none where it is not known.
        units: that it can be told of; a woman has two sides and several views.
        known_of: whom it is known of.
    """

    name: str
    groups_of: Callable[[Record], Sequence[str]]
    units: tuple[Unit, ...] = ("image", "breast", "woman")
    known_of: KnownOf = "everybody"


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one group, by one unit.

    Attributes:
        group: its name.
        n, n_positive: units of it.
        n_patients: the women whose they are.
        metrics: name → figure; what is not defined, or of too few, is absent.
        left_out: why a figure is absent, where too few is the reason; else None.
    """

    group: str
    n: int
    n_positive: int
    n_patients: int
    metrics: Mapping[str, Estimate]
    left_out: str | None


def _attribute(*names: str) -> Callable[[Record], Sequence[str]]:
    """The first of these attributes that the record has."""

    def groups_of(record: Record) -> Sequence[str]:
        found = (record.attributes.get(name, "").strip() for name in names)
        return [text for text in found if text][:1]

    return groups_of


def _age_band(record: Record) -> Sequence[str]:
    years = parse_age(record.attributes.get("age", ""))
    if years is None:
        return []
    bands = ((50, "under 50"), (60, "50 to 59"), (70, "60 to 69"))
    return [next((name for end, name in bands if years < end), "70 and over")]


def _lesion_kinds(record: Record) -> Sequence[str]:
    """The annotator's classes of the marked lesions: CIRC of mini-MIAS' "CIRC B"."""
    kinds = (
        " ".join(word for word in lesion.kind.split() if word not in _SEVERITIES)
        for lesion in record.lesions
    )
    return sorted({kind for kind in kinds if kind})


GROUPINGS: tuple[Grouping, ...] = (
    Grouping("density", _attribute("density", "tissue")),
    Grouping("age", _age_band),
    Grouping("view", lambda record: [record.view] if record.view else [], units=("image",)),
    Grouping(
        "laterality",
        lambda record: [record.laterality] if record.laterality else [],
        units=("image", "breast"),
    ),
    Grouping("site", _attribute("site_id", "site")),
    Grouping("machine", _attribute("machine_id", "machine")),
    Grouping("implant", _attribute("implant")),
    # Whose lesions the clusters of mass segmentation were chosen by.
    Grouping("segmentation", _attribute("segmentation")),
    # The data set's own word for the ill, where it has several: B and M of mini-MIAS.
    Grouping("label", lambda record: [record.label], known_of="the ill"),
    Grouping("lesion", _lesion_kinds, known_of="the ill"),
    # Of a biopsy, which the healthy did not have; and what the reader thought of the image.
    Grouping("invasive", _attribute("invasive"), known_of="the ill"),
    Grouping("BIRADS", _attribute("BIRADS"), known_of="the ill"),
)


def report_subgroups(
    predictions: Predictions,
    records: Sequence[Record],
    *,
    seed: int,
    point: str,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """AUC, sensitivity and specificity by group and unit, as JSON values.

    A grouping that nothing is known of, or that puts all into one group, is absent: it says
    nothing that the figures of all do not. A unit whose images are of different groups is of no
    group. Nobody's interval is corrected for how many groups are looked at: among twenty groups
    one is odd by chance.

    Args:
        predictions: of one part, or out of fold.
        records: of all their images, in any order.
        seed: of the bootstrap.
        point: name of the operating point whose thresholds stand in the predictions.
        replicates: of the bootstrap.
    """
    of = {record.path: record for record in records}
    tables = {unit: at_unit(predictions, unit) for unit in units_of(predictions)}
    first = predictions.take(predictions.seed == predictions.seed.min())
    by = []
    for grouping in GROUPINGS:
        groups_of = [frozenset(grouping.groups_of(of[path])) for path in first.path]
        for unit in (unit for unit in tables if unit in grouping.units):
            found = _group_units(first, groups_of, unit, grouping.known_of)
            names = sorted(set().union(*found.values()), key=_in_order)
            if len(names) < 2:
                continue
            groups = [
                _measure(
                    _only(tables[unit], found, name),
                    name,
                    grouping.known_of,
                    seed=seed,
                    replicates=replicates,
                )
                for name in names
            ]
            by.append(
                {
                    "grouping": grouping.name,
                    "unit": unit,
                    "known_of": grouping.known_of,
                    "n_unknown": sum(not groups for groups in found.values()),
                    "groups": [asdict(group) for group in groups],
                }
            )
    return {
        "operating_point": point,
        "least_women": LEAST_WOMEN,
        "least_of_each": LEAST_OF_EACH,
        "by": by,
    }


def _group_units(
    images: Predictions, groups_of: Sequence[frozenset[str]], unit: Unit, known_of: KnownOf
) -> dict[str, frozenset[str]]:
    """Each unit's groups: those that all its images share, or of the ill any of a positive image.

    Args:
        images: of one seed.
        groups_of: (N,) of each image.
        unit: what to count.
        known_of: of the ill: units without a positive image are left out.
    """
    names = {"image": images.path, "breast": images.breast, "woman": images.patient}[unit]
    found: dict[str, frozenset[str]] = {}
    for name, groups, positive in zip(names, groups_of, images.positive.tolist(), strict=True):
        if known_of == "everybody":
            found[name] = found.get(name, groups) & groups
        elif positive:
            found[name] = found.get(name, frozenset()) | groups
    return found


def _only(units: UnitScores, found: Mapping[str, frozenset[str]], group: str) -> UnitScores:
    kept = np.array([group in found.get(name, ()) for name in units.names], dtype=bool)
    return UnitScores(
        scores=units.scores[:, kept],
        called=units.called[:, kept],
        labels=units.labels[kept],
        names=[name for name, keep in zip(units.names, kept, strict=True) if keep],
        patients=[patient for patient, keep in zip(units.patients, kept, strict=True) if keep],
    )


def _measure(
    units: UnitScores, group: str, known_of: KnownOf, *, seed: int, replicates: int
) -> Group:
    women = len(set(units.patients))
    ill, sound = _count_women(units, units.labels), _count_women(units, ~units.labels)
    of_enough = {
        "auc": known_of == "everybody" and min(ill, sound) >= LEAST_OF_EACH,
        "sensitivity": ill >= LEAST_OF_EACH,
        "specificity": known_of == "everybody" and sound >= LEAST_OF_EACH,
    }
    wanted = {name: METRICS[name] for name, enough in of_enough.items() if enough}
    metrics: dict[str, Estimate] = {}
    if women >= LEAST_WOMEN:
        metrics = patient_bootstrap(units, wanted, seed=seed, replicates=replicates)
    for name, trials in (("sensitivity", ill), ("specificity", sound)):
        if name in metrics and metrics[name].value in (0.0, 1.0):
            metrics[name] = _none_or_all(metrics[name].value, trials)
    return Group(
        group=group,
        n=len(units.labels),
        n_positive=int(units.labels.sum()),
        n_patients=women,
        metrics=metrics,
        left_out=_left_out(women, ill, sound, known_of),
    )


def _count_women(units: UnitScores, kept: Labels) -> int:
    return len({patient for patient, keep in zip(units.patients, kept, strict=True) if keep})


def _left_out(women: int, ill: int, sound: int, known_of: KnownOf) -> str | None:
    if women < LEAST_WOMEN:
        return f"fewer than {LEAST_WOMEN} women"
    few = [f"{ill} women with a positive"] if ill < LEAST_OF_EACH else []
    if known_of == "everybody" and sound < LEAST_OF_EACH:
        few.append(f"{sound} women with a negative")
    return f"{' and '.join(few)}, fewer than {LEAST_OF_EACH}" if few else None


def _none_or_all(value: float, women: int) -> Estimate:
    """Of none and of all every bootstrap draw is the same: each woman counts as one trial."""
    estimate = wilson_interval(value * women, women)
    assert estimate is not None
    return replace(estimate, method=f"{estimate.method}, each a woman")


def _in_order(group: str) -> tuple[bool, float, str]:
    """Numbers by size, "under 50" before them, words after them."""
    number = _NUMBER.match(group)
    return (not group.startswith("under"), float(number[0]) if number else np.inf, group)
