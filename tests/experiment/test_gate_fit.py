"""The fit of the gate: halves by source, deterministic coefficients, and a page that counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoscope.experiment import gate_drawings, gate_sources
from mammoscope.experiment.gate_fit import REPORTED_ONLY, collect, fit, halves
from mammoscope.experiment.gate_report import wilson, write_page
from mammoscope.experiment.gate_rows import Row
from mammoscope.experiment.gate_sources import ALTERATIONS, Sample, fitting_half
from mammoscope.images.gate import Gate
from mammoscope.types import BreastImage

NAMES = ("first", "second")


def row(kind: str, source: str, values: tuple[float, ...] | None, *, good: bool) -> Row:
    array = None if values is None else np.array(values, dtype=np.float64)
    return Row(kind, source, "as it is", good, None, array)


def rows(n: int = 200) -> list[Row]:
    """Good ones lie around (0, 0), others above or below it: only a square tells them apart."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(n):
        x, y = rng.normal(0, 0.3, 2)
        made.append(row("rsna", f"woman {number}", (x, y), good=True))
        made.append(row("page", f"page {number}", (x + (-1) ** number * 4, y), good=False))
    return made


def test_half_of_the_sources_is_for_fitting_and_the_same_half_each_time() -> None:
    names = [f"{number}" for number in range(41)]
    chosen = fitting_half("page", names, seed=0)
    assert len(chosen) == 21 and chosen == fitting_half("page", names[::-1], seed=0)
    assert chosen != fitting_half("page", names, seed=1)
    assert chosen != fitting_half("noise", names, seed=0)


def test_no_source_stands_in_both_halves() -> None:
    made = [row("rsna", f"woman {n // 4}", (0.0, 0.0), good=True) for n in range(80)]
    fitting = halves(made, seed=0)
    assert fitting.sum() == 40
    for n in range(0, 80, 4):
        assert len(set(fitting[n : n + 4])) == 1


def test_kinds_with_few_sources_are_for_the_report_alone() -> None:
    made = [row(kind, f"{n}", (0.0, 0.0), good=True) for kind in REPORTED_ONLY for n in range(6)]
    assert not halves(made, seed=0).any()


def test_the_fit_tells_apart_what_only_a_square_can_and_is_deterministic() -> None:
    made = rows()
    one, two = fit(made, NAMES), fit(made, NAMES)
    assert one.values == two.values and one.values["features"] == list(NAMES)
    gate = Gate.from_values(one.values)
    assert gate.square[0] < -0.3
    held_out = [judged for judged in one.rows if not judged.fitting]
    assert len(held_out) == 200
    wrong = sum(judged.refused == judged.good for judged in held_out)
    assert wrong <= 4


def test_a_picture_without_anything_to_measure_is_refused() -> None:
    made = [*rows(), row("page", "empty", None, good=False)]
    assert fit(made, NAMES).rows[-1].refused


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 81 of 263, 15 of 148, 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_the_page_counts_the_half_that_was_not_fitted_on(tmp_path: Path) -> None:
    fitted = fit(rows(), ("area", "box_height"))
    write_page(tmp_path / "gate.md", {"mammogram": (fitted.values, fitted.rows, [fitted.rows])})
    text = (tmp_path / "gate.md").read_text(encoding="utf-8")
    counted = [judged for judged in fitted.rows if not judged.fitting and not judged.good]
    refused = sum(judged.refused for judged in counted)
    assert f"| page | 100 | 100 | 0 | {refused} |" in text
    good = sum(judged.refused for judged in fitted.rows if judged.good and not judged.fitting)
    assert f"| 1 | {good} of 100 | 0 of 0 | {refused} of 100 |" in text
    assert "not tested" in text and "hest X-rays" in text and "gate_fit --data" in text


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, group in gate_drawings.families().items() for name in group],
)
def test_every_family_draws_gray_pictures_and_the_same_for_a_seed(kind: str, name: str) -> None:
    draw = gate_drawings.families()[kind][name]
    one, two = (draw(np.random.default_rng(3), (180, 150)) for _ in range(2))
    assert one.shape == (180, 150) and one.dtype == np.float32
    assert one.min() >= 0 and one.max() <= 1
    np.testing.assert_array_equal(one, two)
    assert (np.ptp(one) > 0.5) == (kind != "blank")


@pytest.mark.parametrize("name", list(ALTERATIONS))
def test_every_alteration_gives_an_image(name: str) -> None:
    from mammoscope.datasets.phantom import PhantomConfig, make_phantom

    image = make_phantom(1, laterality="R", view="CC", config=PhantomConfig()).image
    pixels = ALTERATIONS[name](image.pixels, np.random.default_rng(0))
    altered = BreastImage(np.ascontiguousarray(pixels, dtype=np.float32))
    assert min(altered.rows, altered.columns) >= 128
    assert altered.pixels.shape != image.pixels.shape or (altered.pixels != image.pixels).any()


def test_a_collected_row_keeps_what_was_measured_and_why_a_rule_refused() -> None:
    from mammoscope.datasets.phantom import PhantomConfig, make_phantom

    view = make_phantom(1, laterality="R", view="CC", config=PhantomConfig()).image
    blank = BreastImage(np.zeros((300, 300), np.float32))
    good, other = collect(
        [Sample("phantom", "1", view), Sample("blank", "2", blank)], good=True, modality="mammogram"
    )
    assert good.rule is None and good.values is not None and good.technique is not None
    assert other.values is None and "blank" in (other.rule or "")


def test_the_libraries_bring_the_pictures_that_the_report_names() -> None:
    kinds = {kind for kind, _, _ in gate_sources._whole_pictures()}
    assert {"photograph", "microscope", "pydicom CT", "pydicom MR", "pydicom US"} <= kinds
