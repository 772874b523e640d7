"""The checklists have every item, say what a run knows, and mark the rest as empty."""

from __future__ import annotations

from typing import Any

import pytest

from mammoscope.experiment.checklist_items import CLAIM, TRIPOD
from mammoscope.experiment.checklists import EMPTY, checklist_sections
from mammoscope.experiment.compare import compare
from mammoscope.experiment.report_blocks import Table
from tests.written_runs import write_run


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("runs")
    runs = [write_run(root / "cnn"), write_run(root / "dense", signal=2.0, seeds=(0, 1))]
    return compare(runs, root / "report", replicates=20)


def answers(values: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    tripod, claim = checklist_sections(values)
    tables = (next(b for b in part.blocks if isinstance(b, Table)) for part in (tripod, claim))
    first, second = ({row[0]: row[2] for row in table.rows} for table in tables)
    return first, second


def test_tripod_has_its_27_items_and_claim_its_44_in_order() -> None:
    numbers = [int(number.rstrip("abcdefg")) for number, *_ in TRIPOD]
    assert list(dict.fromkeys(numbers)) == list(range(1, 28)) and numbers == sorted(numbers)
    assert [number for number, *_ in CLAIM] == [str(n) for n in range(1, 45)]
    # The parts of the published table: 12 has seven of them, 18 six.
    assert numbers.count(12) == 7 and numbers.count(18) == 6 and len(TRIPOD) == 52


def test_what_the_run_knows_is_said(values: dict[str, Any]) -> None:
    tripod, claim = answers(values)
    assert tripod["5a"] == "phantom: made up for a test."
    assert tripod["8a"].startswith("The label of the data set: cancer, against no cancer.")
    assert "train 48" in tripod["20a"] and "test 16" in claim["19"]
    assert "cnn from random weights" in claim["24"]
    assert "keras 3.15.1" in claim["23"] and "Apache-2.0" in tripod["18f"]
    auc = next(row for row in values["models"][0]["figures"] if row["unit"] == "breast")
    value = auc["metrics"]["auc"]["value"]
    assert f"cnn {value:.2f} (" in tripod["23a"]
    assert claim["30"] == "dense trained from several seeds: see Seed by seed."
    assert values["data"]["split_digest"] in claim["42"]


def test_what_no_run_knows_is_marked_empty(values: dict[str, Any]) -> None:
    tripod, claim = answers(values)
    for number in ("2", "3a", "5b", "6a", "10", "11", "14", "17", "18a", "19", "24"):
        assert tripod[number] == EMPTY, number
    for number in ("2", "5", "8", "11", "13", "16", "18", "27", "33", "39", "44"):
        assert claim[number] == EMPTY, number


def test_runs_that_say_less_leave_more_empty(values: dict[str, Any]) -> None:
    models = [{**model, "versions": {}, "seeds": [0]} for model in values["models"]]
    tripod, claim = answers({**values, "models": models})
    assert tripod["18f"] == EMPTY and claim["23"] == EMPTY and claim["30"] == EMPTY
    sections = checklist_sections({**values, "models": models})
    before = checklist_sections(values)
    assert sections[0].blocks[0] != before[0].blocks[0]


def test_a_leak_that_was_repeated_is_no_disjoint_split(values: dict[str, Any]) -> None:
    data = {**values["data"], "name": "phantom-leaked"}
    tripod, claim = answers({**values, "data": data})
    for answer in (tripod["12a"], tripod["16"], claim["20"]):
        assert "leak repeated on purpose" in answer
    assert "the women are others" not in str(tripod) and "refused" not in claim["20"]


def test_folds_and_an_ensemble_are_told(values: dict[str, Any]) -> None:
    models = [{**model, "folds": 5} for model in values["models"]]
    models[1]["start"] = "members"
    tripod, claim = answers({**values, "models": models})
    assert tripod["12a"].startswith("5 folds of women")
    assert claim["27"] == "dense: a vote of the other networks."


def test_groups_and_maps_are_told_where_the_report_has_them(values: dict[str, Any]) -> None:
    def by(grouping: str, *, known_of: str = "everybody") -> dict[str, Any]:
        unit = values["unit"]
        return {"grouping": grouping, "unit": unit, "known_of": known_of, "groups": []}

    groups = {"by": [by("age"), by("site"), by("lesion", known_of="positives")]}
    of_all = {model["name"]: groups for model in values["models"]}
    tripod, claim = answers({**values, "subgroups": of_all})
    assert tripod["23b"] == tripod["12d"] == "AUC by age and site: see the section For whom."
    assert tripod["14"] == "AUC by age: see the section For whom."
    assert claim["36"].startswith("Numbers of the tested by age and site")
    assert "Subgroups by age and site" in tripod["23a"]
    without, _ = answers({**values, "subgroups": {"cnn": {"by": [by("site")]}}})
    assert without["14"] == EMPTY and without["12d"].startswith("AUC by site")
    models = [{**model, "localisation": None, "saliency": None} for model in values["models"]]
    _, claim = answers({**values, "models": models})
    assert claim["31"] == EMPTY
    models[0]["localisation"] = {"pointing": {}}
    _, claim = answers({**values, "models": models})
    assert claim["31"].startswith("Measured: whether the maps point at lesions")
