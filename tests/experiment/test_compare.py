"""A comparison is made from what runs wrote and nothing else, and refuses what is not alike."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mammoscope.experiment.calibration_figures import measure_calibration
from mammoscope.experiment.compare import compare
from mammoscope.experiment.compared_run import MOST_RUNS
from mammoscope.experiment.comparison_looks import LOOKS
from mammoscope.experiment.comparison_plots import Point, find_front
from mammoscope.experiment.cost import Cost
from mammoscope.experiment.metrics import METRICS
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import auc, paired_difference, patient_bootstrap
from mammoscope.experiment.units import at_unit
from mammoscope.types import RESEARCH_NOTICE, Estimate
from tests.written_runs import write_run

pytestmark = pytest.mark.drawn
REPLICATES = 20
READ = (
    *("config.json", "split.csv", "history.csv"),
    *("training.json", "cost.json", "predictions.csv"),
)
# What an evaluation and a check of its maps leave in a run.
READ_WHERE_THERE = ("report.json", "saliency.json")
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Notes what is open, and each tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[RunFolder], Path, dict[str, Any]]:
    """A custom CNN of 5 folds, twice, from given weights; a DenseNet121 of one seed; one report."""
    root = tmp_path_factory.mktemp("runs")
    runs = [
        write_run(
            root / "cnn", folds=5, seeds=(0, 1), training={"start": "/somewhere/w.weights.h5"}
        ),
        write_run(root / "dense <b>|net", folds=5, seeds=(3,), signal=2.0, latency_ms=40.0),
    ]
    values = compare(runs, root / "report", replicates=REPLICATES)
    return runs, root / "report", values


def test_the_folder_holds_the_report_the_figures_and_the_numbers(made: Any) -> None:
    _, out, values = made
    stems = ("curves", "roc-breast", "confusion", "reliability", "decision-curve", "trade-off")
    pictures = {f"{stem}.{ending}" for stem in stems for ending in ("svg", "png", "csv")}
    words = {"report.html", "report.md", "tables.tex", "comparison.json"}
    assert set(contents(out)) == words | pictures
    assert json.loads((out / "comparison.json").read_text(encoding="utf-8")) == values


def test_a_second_comparison_of_copies_of_what_it_names_is_equal_to_the_byte(
    made: Any, tmp_path: Path
) -> None:
    runs, out, _ = made
    (named,) = re.findall(r", from (.*) of each run", (out / "report.md").read_text("utf-8"))
    assert set(re.findall(r"[a-z]+\.(?:csv|json)", named)) == {*READ, *READ_WHERE_THERE}
    copies = []
    for run in runs:
        copy = tmp_path / "elsewhere" / run.path.name
        copy.mkdir(parents=True)
        for name in (*READ, *READ_WHERE_THERE):
            if name in READ or (run.path / name).is_file():
                shutil.copyfile(run.path / name, copy / name)
        copies.append(RunFolder(copy))
    compare(copies, tmp_path / "again", replicates=REPLICATES)
    assert contents(tmp_path / "again") == contents(out)


def test_nothing_of_the_machine_is_written(made: Any) -> None:
    runs, out, _ = made
    for name, content in contents(out).items():
        for secret in (str(runs[0].path.parent), "/somewhere"):
            assert secret.encode() not in content, name


def test_every_figure_has_its_n_its_unit_and_its_interval(made: Any) -> None:
    seen = 0

    def visit(value: Any, around: dict[str, Any]) -> None:
        nonlocal seen
        if isinstance(value, list):
            for item in value:
                visit(item, around)
        if not isinstance(value, dict):
            return
        known = around | value
        if "value" in value:
            seen += 1
            # By the bootstrap, DeLong, Wilson, a sandwich or a simulation: each says so.
            assert value["low"] <= value["high"] and "95 %" in value["method"]
            assert known["unit"] in ("image", "breast", "woman")
            assert known["n"] > known["n_positive"] > 0 and known["n_patients"] == 16
        for item in value.values():
            visit(item, known)

    visit(made[2], {})
    by = ("calibration", "calibration_by_breast")
    bins = sum(len(model[key]["bins"]) for model in made[2]["models"] for key in by)
    assert bins == 40
    # 2 models × 3 units × 6 metrics, 3 differences (each by DeLong too), 2 seeds of one model.
    expected = 36 + 6 + 2
    # 2 models × (3 units × 6 fixed points, and 2 predictive values by woman), the verdicts of a
    # pair, 2 ranks, and 19 thresholds of 2 models and of everyone.
    expected += 40 + 1 + 2 + 57
    # 2 models × by image and by breast × (ECE of a perfect one, Brier score, slope and two
    # intercepts), and the bins.
    expected += 2 * 2 * 5 + bins
    assert seen == expected


def test_the_figures_are_those_of_the_predictions(made: Any) -> None:
    runs, _, values = made
    one, other = (at_unit(Predictions.read(run.predictions).of("test"), "breast") for run in runs)
    expected = patient_bootstrap(one, dict(METRICS), seed=0, replicates=REPLICATES)
    found = next(row for row in values["models"][0]["figures"] if row["unit"] == "breast")
    assert {name: Estimate(**row) for name, row in found["metrics"].items()} == expected
    difference = paired_difference(one, other, auc, seed=0, replicates=REPLICATES)
    row = next(row for row in values["differences"] if row["unit"] == "breast")
    assert difference is not None and (row["value"], row["low"]) == (
        difference.value,
        difference.low,
    )
    by_seed = [row["value"] for row in values["models"][0]["auc_by_seed"]]
    assert np.isclose(np.mean(by_seed), found["metrics"]["auc"]["value"])


def test_calibration_is_measured_by_breast_too(made: Any) -> None:
    runs, out, values = made
    breasts = at_unit(Predictions.read(runs[0].predictions).of("test"), "breast")
    expected = measure_calibration(
        breasts, breasts.names, unit="breast", seed=0, replicates=REPLICATES
    )
    found = values["models"][0]["calibration_by_breast"]
    assert found == expected and found["n"] == 32 < values["models"][0]["calibration"]["n"]
    text = (out / "report.md").read_text(encoding="utf-8")
    section = text.partition("slope and intercept by breast")[2]
    assert f"{found['ece']:.3f}" in section.partition("Brier score and its parts")[0]


def test_confusion_counts_are_the_mean_of_the_seeds(made: Any) -> None:
    table = made[2]["models"][0]["confusion"]
    counts = [table[f"{a}_{b}"] for a in ("true", "false") for b in ("positive", "negative")]
    assert table["mean_of_seeds"] == 2 and sum(counts) == table["n"] == 64
    assert table["true_positive"] + table["false_negative"] == table["n_positive"]


def test_the_page_is_well_formed_and_needs_nothing_else(made: Any) -> None:
    text = (made[1] / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == [] and text.startswith("<!doctype html>")
    assert page.named("html") == [{"lang": "en"}]
    assert not page.named("script") and not page.named("link")
    assert not re.search(r"(src|href)=\"(?!data:|#)", text)
    assert len(page.named("img")) == 6
    assert all(len(image["alt"] or "") > 40 for image in page.named("img"))
    assert all(header["scope"] in ("col", "row") for header in page.named("th"))
    # A name is text, whatever signs it has.
    assert not page.named("b") and "dense <b>|net" in "".join(page.words)


def test_page_and_markdown_say_the_same_in_the_same_order(made: Any) -> None:
    _, out, values = made
    words = " ".join("".join(Page((out / "report.html").read_text(encoding="utf-8")).words).split())
    markdown = re.sub(r"\\(.)", r"\1", (out / "report.md").read_text(encoding="utf-8"))
    places = []
    for text in (words.replace("\u00a0", " "), markdown):
        sentences = (
            RESEARCH_NOTICE,
            "Each woman is judged by networks that never saw her in this training; what the "
            "weights that cnn started from (w.weights.h5) had seen is not known here.",
            values["data"]["split_digest"],
            values["verdict"],
            "95 % BCa interval of 20 bootstrap draws of women, all images of a drawn woman "
            "together, and of seeds, where a model has several.",
            "each on its own drawn seeds where it has several (paired bootstrap, 20 draws",
            "The same networks trained from other random numbers.",
            "solid the validation images, dashed the training images as they were met in training, "
            "the loss weighted by class (that of validation is not)",
            "Of several seeds each is drawn thinly",
            "Counts are means of a model's seeds.",
            "multiply-accumulates an image",
            "Costs were measured in turns where a study made the runs; else each at its own time. "
            "The cost is of the graph that would be published (with folds: the network of all "
            "women); the figures are those of the fold networks.",
            "Pareto front",
            "expect worse there",
            "no image, weight or graph was opened",
            "0.1.0",
        )
        places.append([text.find(sentence) for sentence in sentences])
        assert -1 not in places[-1] and places[-1] == sorted(places[-1])


def test_markdown_tables_have_one_width_and_their_figures_are_there(made: Any) -> None:
    _, out, _ = made
    text = (out / "report.md").read_text(encoding="utf-8")
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    pictures = re.findall(r"!\[.*\]\((.*)\)", text)
    assert len(pictures) == 6 and all((out / name).is_file() for name in pictures)


def test_figures_name_the_models_with_interval_and_n(made: Any) -> None:
    _, out, values = made
    auc_of = next(r for r in values["models"][0]["figures"] if r["unit"] == "breast")
    row = auc_of["metrics"]["auc"]
    legend = f"cnn: {row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f}), n 32"
    assert legend in (out / "roc-breast.svg").read_text(encoding="utf-8")
    curves = (out / "curves.svg").read_text(encoding="utf-8")
    assert "cnn (10 networks)" in curves and "least to most of the networks" in curves


def test_a_model_without_a_cost_is_compared_and_left_out_of_the_trade_off(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / "cheap"),
        write_run(
            tmp_path / "unknown", latency_ms=None, training={"macs": None, "refit_seconds": 60.0}
        ),
    ]
    compare(runs, tmp_path / "out", replicates=REPLICATES)
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "| multiply-accumulates an image | 120 million | not measured |" in text
    assert "| training time | 13 min | 13 min, and 60 s for the network of all women |" in text
    assert re.search(r"\| latency p50 \| 3\.0 ms .* \| not measured \|", text)
    assert "The cost of unknown was not measured" in text
    assert "unknown" not in (tmp_path / "out" / "trade-off.svg").read_text(encoding="utf-8")


def test_the_front_holds_what_no_other_beats() -> None:
    def point(name: str, value: float, ms: float) -> Point:
        return Point(name, Estimate(value, value - 0.1, value + 0.1, "m"), ms)

    points = [point("slow", 0.7, 40), point("fast", 0.6, 3), point("worse", 0.6, 5)]
    assert find_front(points) == {"slow", "fast"}
    assert find_front([*points, point("twin", 0.6, 3)]) == {"slow", "fast", "twin"}


def test_the_cost_in_the_table_is_that_of_the_file(made: Any) -> None:
    runs, _, values = made
    cost = Cost.from_json(runs[1].cost.read_text(encoding="utf-8"))
    assert values["models"][1]["cost"]["latency_p95_ms"] == cost.latency_p95_ms == 60.0


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Twelve models, of which three were fitted in one step."""
    root = tmp_path_factory.mktemp("many")
    runs = [
        write_run(
            root / f"model-{n}",
            signal=n / 4,
            latency_ms=1.0 + n,
            epochs=1 if n < 3 else 6,
            training={"macs": None} if n < 3 else None,
        )
        for n in range(12)
    ]
    return root / "report", compare(runs, root / "report", replicates=REPLICATES)


def test_as_many_models_as_may_be_compared_can_be_told_apart() -> None:
    assert len(LOOKS) == MOST_RUNS
    assert len({(look.color, look.line) for look in LOOKS}) == MOST_RUNS
    assert len({(look.color, look.mark) for look in LOOKS}) == MOST_RUNS
    assert [look.again for look in LOOKS] == [False] * 8 + [True] * 16


def test_twelve_models_are_named_in_every_figure_and_the_title_counts_them(many: Any) -> None:
    out, values = many
    for stem in ("curves", f"roc-{values['unit']}", "confusion", "trade-off"):
        text = (out / f"{stem}.svg").read_text(encoding="utf-8")
        assert all(f"model-{n}" in text for n in range(12)), stem
    assert "fitted in one step" in (out / "curves.svg").read_text(encoding="utf-8")
    page = (out / "report.md").read_text(encoding="utf-8")
    assert page.startswith("# 12 models on phantom: cancer")


def test_of_many_models_only_the_best_is_held_against_each(many: Any) -> None:
    out, values = many
    units = len(values["models"][0]["figures"])
    assert len(values["differences"]) == units * 66
    page = (out / "report.md").read_text(encoding="utf-8")
    row = r"^\| (\S+) minus (\S+) \| (image|breast|woman) .*? \| (-?[\d.]+) \("
    rows = re.findall(row, page, re.MULTILINE)
    aucs = {model["name"]: _auc_of(model, values["unit"]) for model in values["models"]}
    best = min(aucs, key=lambda name: (-aucs[name], name))
    assert len(rows) == 11 * units and {one for one, *_ in rows} == {best}
    for _, other, unit, value in rows:
        if unit == values["unit"]:
            assert float(value) == pytest.approx(aucs[best] - aucs[other], abs=6e-4)
    assert "all 198 are in comparison.json" in page


def test_tables_of_many_models_have_a_row_a_model(many: Any) -> None:
    page = (many[0] / "report.md").read_text(encoding="utf-8")
    assert "| model | parameters | multiply-accumulates an image | training time |" in page
    assert re.search(r"^\| model-0 \| 277,000 \| not measured \|", page, re.MULTILINE)
    assert "| model | mammoscope | keras |" in page


def test_the_paragraph_of_many_models_counts_what_it_does_not_name(many: Any) -> None:
    verdict = many[1]["verdict"]
    assert "the 11 others reach from" in verdict
    assert verdict.count("'s lead over") <= 2 and len(verdict) < 2500


def _auc_of(model: dict[str, Any], unit: str) -> float:
    figures = next(figures for figures in model["figures"] if figures["unit"] == unit)
    return float(figures["metrics"]["auc"]["value"])
