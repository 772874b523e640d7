"""A pair that a person accepted stays in the report and is no leak; what is unknown is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mammoscope.datasets.audit_rows import AuditRows
from mammoscope.experiment.audit import audit
from mammoscope.experiment.audit_accept import AcceptedPair, read_accepted, to_csv
from mammoscope.types import DatasetError


def rows(patients: Sequence[str], part: Sequence[int]) -> AuditRows:
    return AuditRows(
        name="made",
        parts=("train", "validation", "test"),
        part=np.array(part),
        paths=[f"{number}.png" for number in range(len(patients))],
        keys={"same patient": patients},
    )


def accepted(*pairs: tuple[str, str]) -> list[AcceptedPair]:
    return [AcceptedPair(first, second, "two hospitals, one number") for first, second in pairs]


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_pair_that_was_accepted_is_marked_and_no_leak() -> None:
    values = audit(rows(["a", "b", "c", "a"], [0, 1, 2, 2]), accepted=accepted(("0.png", "3.png")))
    assert not values["leak"] and values["shared_patients"] == 0
    (pair,) = values["pairs"]
    assert pair["accepted"] == "two hospitals, one number"
    assert values["accepted_pairs"] == 1 and values["accepted_not_found"] == []


def test_the_order_of_the_two_does_not_matter_and_other_pairs_still_leak_and_come_first() -> None:
    made = rows(["a", "b", "c", "a", "b"], [0, 0, 1, 2, 2])
    values = audit(made, accepted=accepted(("3.png", "0.png")))
    assert values["leak"] and values["shared_patients"] == 1 and values["accepted_pairs"] == 1
    assert [pair["accepted"] is None for pair in values["pairs"]] == [True, False]


def test_a_woman_in_three_parts_leaks_until_all_her_pairs_are_accepted() -> None:
    made = rows(["a", "a", "a"], [0, 1, 2])
    pairs = [("0.png", "1.png"), ("0.png", "2.png"), ("1.png", "2.png")]
    for count, leaks in ((0, True), (2, True), (3, False)):
        values = audit(made, accepted=accepted(*pairs[:count]))
        assert values["leak"] == leaks and values["shared_patients"] == int(leaks)
        assert values["accepted_pairs"] == count


def test_where_two_folders_hold_the_same_names_the_order_that_is_written_is_meant() -> None:
    made = AuditRows(
        name="made",
        parts=("train", "test"),
        part=np.array([0, 0, 1, 1]),
        paths=["x.png", "y.png", "x.png", "y.png"],
        keys={"same patient": ["a", "b", "b", "a"]},
    )
    values = audit(made, accepted=accepted(("x.png", "y.png")))
    told = {(pair["first"]["path"], pair["accepted"] is None) for pair in values["pairs"]}
    assert values["leak"] and told == {("x.png", False), ("y.png", True)}


def test_a_pair_that_was_never_found_is_told_and_why() -> None:
    said: list[str] = []
    values = audit(
        rows(["a", "b", "c", "a"], [0, 1, 2, 2]),
        accepted=accepted(("0.png", "1.png"), ("0.png", "slip.png")),
        say=said.append,
    )
    assert values["leak"] and values["accepted_pairs"] == 0
    first, second = values["accepted_not_found"]
    assert first == "0.png and 1.png are accepted, but nothing joins them"
    assert second == "0.png and slip.png are accepted, but nothing here is called slip.png"
    assert f"audit: {second}" in said


def test_what_was_accepted_is_read_as_it_is_written(tmp_path: Path) -> None:
    pairs = (AcceptedPair("a,1.png", "b.png", 'said "no"'), AcceptedPair("b.png", "b.png", "ü"))
    path = tmp_path / "accepted.csv"
    path.write_bytes(to_csv(pairs).encode())
    assert read_accepted(path) == pairs
    # As a spreadsheet saves it, with a column more.
    path.write_text("\ufefffirst,second,reason,by\na,b,seen,me\n", encoding="utf-8")
    assert read_accepted(path) == (AcceptedPair("a", "b", "seen"),)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["first,second", "a,b"], "lacks the columns"),
        (["first,second,reason", "a,b,"], "line 2 .* the reason why"),
        (["first,second,reason", "a,b, "], "line 2 .* the reason why"),
        (["first,second,reason", "a,b"], "line 2 .* the reason why"),
        (["first,second,reason", "a,,seen"], "two paths"),
        (["first,second,reason", "a,b,x", "b,a,y"], "line 3 .* names a pair again"),
    ],
)
def test_a_file_that_gives_no_reason_or_says_a_thing_twice_is_refused(
    lines: list[str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=message):
        read_accepted(written(tmp_path / "accepted.csv", *lines))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read as accepted pairs"):
        read_accepted(tmp_path / "none.csv")
