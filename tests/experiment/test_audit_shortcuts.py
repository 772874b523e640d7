"""A field that holds the label is told with a high AUC; one that holds nothing, with about 0.5."""

from __future__ import annotations

import numpy as np

from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.experiment.audit_shortcuts import find_shortcuts

WOMEN = 300


def found(**columns: list[str]) -> dict[str, dict]:
    generator = np.random.default_rng(0)
    positive = generator.random(WOMEN) < 0.4
    patients = [f"w{number}" for number in range(WOMEN)]
    rows = AuditRows(
        name="made",
        parts=("train", "test"),
        part=np.arange(WOMEN) % 2,
        # Sorted as numbers: 9 before 10. The positive women were enrolled last.
        paths=[
            f"{'no' if label else 'yes'}/{number + 5000 * label}.png"
            for number, label in enumerate(positive)
        ],
        keys={"same patient": patients},
        positive=positive,
        columns={**columns, "copy": [f"site {int(label)}" for label in positive]},
    )
    fields = find_shortcuts(rows)
    assert fields is not None
    return {field["field"]: field for field in fields}


def test_the_order_of_names_and_a_site_that_is_the_label_are_hints() -> None:
    fields = found()
    for name in ("order of the names", "copy"):
        assert fields[name]["auc"] > 0.99 and fields[name]["hint"], name
    assert not fields["order of the patients"]["hint"]
    assert fields["copy"]["n"] == fields["copy"]["n_patients"] == WOMEN


def test_categories_that_say_nothing_are_not_read_from_the_rows_own_labels() -> None:
    """Rates that hold a row's own label reach 1 here, and those that leave it out 0."""
    few = [f"{number % 3}" for number in range(WOMEN)]
    many = [f"machine {number // 2}" for number in range(WOMEN)]
    fields = found(few=few, many=many)
    for name in ("few", "many"):
        assert abs(fields[name]["auc"] - 0.5) < 0.08 and not fields[name]["hint"], fields[name]


def test_what_is_not_known_is_left_out_and_counted() -> None:
    ages = [str(number) if number < 100 else "" for number in range(WOMEN)]
    fields = found(age=ages, blank=[""] * WOMEN, one=["x"] * WOMEN)
    assert fields["age"]["n"] == 100 and {"blank", "one"}.isdisjoint(fields)


def test_that_only_one_class_has_a_field_is_a_hint_though_no_value_of_it_is() -> None:
    positive = np.random.default_rng(0).random(WOMEN) < 0.4
    shape = [["", "oval", "round"][label + label * number % 2] for number, label in
             enumerate(positive.astype(int))]  # fmt: skip
    fields = found(shape=shape, margin=shape, age=["50"] * WOMEN)
    assert fields["has shape and 1 other"]["auc"] > 0.99
    assert fields["has shape and 1 other"]["hint"] and "shape" not in fields


def test_the_folder_of_a_class_is_not_read_as_an_order() -> None:
    positive = np.arange(WOMEN) % 2 == 1
    paths = [f"{'ab'[label]}/{number:03d}.png" for number, label in enumerate(positive.astype(int))]
    rows = AuditRows(
        name="made",
        parts=("train", "test"),
        part=np.arange(WOMEN) // 2 % 2,
        paths=paths,
        keys={"same patient": paths},
        positive=positive,
    )
    (field,) = find_shortcuts(rows) or []
    assert field["field"] == "order of the names" and abs(field["auc"] - 0.5) < 0.02
