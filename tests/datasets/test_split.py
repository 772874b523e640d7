"""Splits keep a woman together, are drawn by their seed, and come back from disk as they were."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mammoscope.datasets.dataset import CANCER, Dataset
from mammoscope.datasets.split import (
    SHARES,
    choose_split,
    digest,
    given_split,
    learn_from_fewer,
    load_split,
    make_split,
    to_csv,
)
from mammoscope.types import DatasetError, LeakageError, Record, Split

# A woman: which of her images (1 to 4) are cancers.
WOMEN = st.lists(st.lists(st.booleans(), min_size=1, max_size=4), min_size=20, max_size=90)
SEEDS = st.integers(0, 2**32)


def records_of(women: Sequence[Sequence[bool]]) -> tuple[Record, ...]:
    """Records sorted by path, as `to_csv` sorts them."""
    return tuple(
        Record(path=f"w{n:03d}/{image}", label=str(int(cancer)), patient=f"w{n:03d}")
        for n, images in enumerate(women)
        for image, cancer in enumerate(images)
    )


def no_pixels(record: Record) -> NoReturn:
    raise AssertionError("a split needs no pixels")


def dataset(records: Sequence[Record]) -> Dataset:
    return Dataset(
        name="made up",
        source="",
        license="",
        task=CANCER,
        records=tuple(records),
        load=no_pixels,
        stamp=no_pixels,
    )


def paths(split: Split) -> dict[str, set[str]]:
    return {name: {record.path for record in part} for name, part in split.parts().items()}


def sizes(split: Split, *, positive: bool) -> list[int]:
    """Women with (or without) a cancer image in train, validation and test."""
    found = []
    for part in split.parts().values():
        cancers = {record.patient for record in part if record.label == "1"}
        everyone = {record.patient for record in part}
        found.append(len(cancers if positive else everyone - cancers))
    return found


FORTY = records_of([[False, n % 2 == 0] for n in range(40)])


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "split.csv"
    path.write_text(to_csv(make_split(FORTY, CANCER, seed=0)), encoding="utf-8")
    return path


@settings(max_examples=60, deadline=None)
@given(women=WOMEN, seed=SEEDS)
def test_every_woman_is_in_one_part_and_every_image_is_there_once(
    women: list[list[bool]], seed: int
) -> None:
    records = records_of(women)
    split = make_split(records, CANCER, seed=seed)
    parts = split.parts().values()
    assert sorted(r.path for part in parts for r in part) == [r.path for r in records]
    women_of = [{record.patient for record in part} for part in parts]
    assert sum(map(len, women_of)) == len(women)


@settings(max_examples=60, deadline=None)
@given(women=WOMEN, seed=SEEDS)
def test_women_with_and_without_a_cancer_are_shared_alike(
    women: list[list[bool]], seed: int
) -> None:
    split = make_split(records_of(women), CANCER, seed=seed)
    for positive in (False, True):
        counts = sizes(split, positive=positive)
        total = sum(any(images) == positive for images in women)
        assert sum(counts) == total
        for count, share in zip(counts, SHARES.values(), strict=True):
            # Two ends are rounded, each by at most a half.
            assert abs(count - share * total) <= 1


@settings(max_examples=30, deadline=None)
@given(women=WOMEN, seed=SEEDS, order=st.randoms(use_true_random=False))
def test_one_seed_gives_one_split_in_whatever_order_the_records_come(
    women: list[list[bool]], seed: int, order: random.Random
) -> None:
    records = records_of(women)
    split = make_split(records, CANCER, seed=seed)
    assert make_split(records, CANCER, seed=seed) == split
    shuffled = list(records)
    order.shuffle(shuffled)
    assert digest(make_split(shuffled, CANCER, seed=seed)) == digest(split)


def test_another_seed_gives_another_split() -> None:
    assert len({digest(make_split(FORTY, CANCER, seed=seed)) for seed in range(20)}) == 20


def test_a_part_keeps_the_order_of_the_records() -> None:
    backwards = FORTY[::-1]
    for part in make_split(backwards, CANCER, seed=1).parts().values():
        assert list(part) == [record for record in backwards if record in part]


def test_other_shares_are_kept_too() -> None:
    shares = {"train": 0.5, "validation": 0.25, "test": 0.25}
    split = make_split(FORTY, CANCER, seed=2, shares=shares)
    assert sizes(split, positive=True) == sizes(split, positive=False) == [10, 5, 5]


@pytest.mark.parametrize(
    "shares",
    [
        {"train": 0.6, "validation": 0.2, "test": 0.1},
        {"train": 0.9, "validation": 0.2, "test": 0.2},
        {"train": 0.8, "validation": 0.2, "test": 0.0},
        {"train": 1.2, "validation": -0.4, "test": 0.2},
    ],
)
def test_shares_that_are_not_positive_or_do_not_sum_to_1_are_refused(
    shares: dict[str, float],
) -> None:
    with pytest.raises(DatasetError, match="sum to 1"):
        make_split(FORTY, CANCER, seed=0, shares=shares)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_women_are_refused(count: int) -> None:
    with pytest.raises(DatasetError, match="part is empty"):
        make_split(records_of([[True]] * count), CANCER, seed=0)


def test_a_label_that_the_task_does_not_know_is_refused() -> None:
    wrong = (*FORTY, Record(path="x", label="doubtful", patient="x"))
    with pytest.raises(DatasetError, match="'doubtful' is unknown"):
        make_split(wrong, CANCER, seed=0)


@settings(max_examples=30, deadline=None)
@given(women=WOMEN, seed=SEEDS)
def test_a_split_comes_back_from_its_file_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, women: list[list[bool]], seed: int
) -> None:
    records = records_of(women)
    split = make_split(records, CANCER, seed=seed)
    path = tmp_path_factory.mktemp("split") / "split.csv"
    path.write_text(to_csv(split), encoding="utf-8")
    loaded = load_split(path, dataset(records))
    assert loaded == split
    assert digest(loaded) == digest(split)


def test_a_path_with_a_comma_a_quote_and_an_umlaut_comes_back(tmp_path: Path) -> None:
    records = [replace(record, path=f'{record.path}, "ä"') for record in FORTY]
    split = make_split(records, CANCER, seed=3)
    (tmp_path / "split.csv").write_text(to_csv(split), encoding="utf-8")
    assert paths(load_split(tmp_path / "split.csv", dataset(records))) == paths(split)


def test_the_file_is_canonical_and_the_digest_is_its_sha256() -> None:
    split = make_split(FORTY, CANCER, seed=0)
    header, *lines = to_csv(split).splitlines()
    assert header == "path,patient,label,part"
    assert lines == sorted(lines) and len(lines) == 80
    assert lines[0] in {f"w000/0,w000,0,{name}" for name in SHARES}
    assert digest(split) == hashlib.sha256(to_csv(split).encode()).hexdigest()
    backwards = Split(*(part[::-1] for part in split.parts().values()))
    assert digest(backwards) == digest(split)


def test_the_digest_changes_if_a_woman_moves_or_a_label_changes() -> None:
    split = make_split(FORTY, CANCER, seed=0)
    woman = split.train[0].patient
    moved = Split(
        train=tuple(r for r in split.train if r.patient != woman),
        validation=split.validation,
        test=(*split.test, *(r for r in split.train if r.patient == woman)),
    )
    relabelled = replace(split, train=(replace(split.train[0], label="1"), *split.train[1:]))
    dropped = replace(split, train=split.train[1:])
    assert len({digest(s) for s in (split, moved, relabelled, dropped)}) == 4


def test_the_loaded_records_are_those_of_the_data_set(saved: Path) -> None:
    richer = [replace(record, aspect=1.3, attributes={"age": "50"}) for record in FORTY]
    for part in load_split(saved, dataset(richer)).parts().values():
        assert all(record in richer for record in part)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("path,patient,label,part", "path,patient,part,label", "columns"),
        ("path,patient,label,part", "path,patient,label", "columns"),
        ("path,patient,label,part\n", "", "columns"),
        ("w000/0,w000,0,", "w000/9,w000,0,", "w000/9 of w000"),
        ("w000/0,w000,0,", "w000/0,w000,1,", "as '1'"),
        ("w000/0,w000,0,", "w000/0,w001,0,", "of w001"),
        (",train\n", ",training\n", "part 'training'"),
        (",test\n", ",\n", "part ''"),
    ],
)
def test_a_file_that_does_not_fit_the_data_set_is_refused(
    saved: Path, old: str, new: str, words: str
) -> None:
    text = saved.read_text(encoding="utf-8")
    assert old in text
    saved.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DatasetError, match=words):
        load_split(saved, dataset(FORTY))


def test_an_empty_file_is_refused(saved: Path) -> None:
    saved.write_text("", encoding="utf-8")
    with pytest.raises(DatasetError, match="columns"):
        load_split(saved, dataset(FORTY))


def test_a_file_that_lacks_a_part_is_refused(saved: Path) -> None:
    lines = saved.read_text(encoding="utf-8").splitlines(keepends=True)
    saved.write_text("".join(line for line in lines if not line.endswith(",test\n")))
    with pytest.raises(DatasetError, match="test part is empty"):
        load_split(saved, dataset(FORTY))


def test_a_file_that_puts_a_woman_into_two_parts_is_refused(saved: Path) -> None:
    text = saved.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.endswith(",train"))
    saved.write_text(text.replace(line, line.removesuffix("train") + "test"), encoding="utf-8")
    with pytest.raises(LeakageError, match=f"train and in test .*{line.split(',')[1]}"):
        load_split(saved, dataset(FORTY))


# --- the parts that a data set comes in -----------------------------------------------------


def in_parts(*parts: str | None) -> Dataset:
    """A data set in given parts: an image of a woman of her own for each; None names no part."""
    records = [
        Record(
            path=f"{number}.png",
            label=str(number % 2),
            patient=f"w{number}",
            attributes={} if part is None else {"part": part},
        )
        for number, part in enumerate(parts)
    ]
    return replace(dataset(records), given_parts=True)


GIVEN = ("test", "train", "validation", "train", "train", "test")


def test_given_parts_are_kept_in_the_order_of_the_records_whatever_the_seed() -> None:
    data = in_parts(*GIVEN)
    split = given_split(data)
    for name, part in split.parts().items():
        assert [record.path for record in part] == [
            f"{number}.png" for number, given in enumerate(GIVEN) if given == name
        ]
    for seed in range(5):
        assert choose_split(data, seed=seed) == split


def test_without_given_parts_the_split_is_drawn_by_the_seed() -> None:
    data = dataset(FORTY)
    assert choose_split(data, seed=3) == make_split(FORTY, CANCER, seed=3)
    assert choose_split(data, seed=3) != choose_split(data, seed=4)


def test_a_part_that_is_named_but_not_given_is_no_split() -> None:
    # An attribute of that name in a user's own table binds nobody.
    data = dataset([replace(record, attributes={"part": "test"}) for record in FORTY])
    assert sizes(choose_split(data, seed=3), positive=True) != [0, 0, 20]


@pytest.mark.parametrize("part", [None, "valid", "", "Train"])
def test_a_record_of_no_known_part_is_refused_by_its_name(part: str | None) -> None:
    with pytest.raises(DatasetError, match=rf"6\.png of data set made up names part {part!r}"):
        choose_split(in_parts(*GIVEN, part), seed=0)


def test_given_parts_of_which_one_is_empty_are_refused() -> None:
    with pytest.raises(DatasetError, match="validation part is empty"):
        given_split(in_parts("train", "test", "train"))


def test_a_woman_in_two_given_parts_is_refused() -> None:
    data = in_parts(*GIVEN)
    both = tuple(replace(record, patient="w0") for record in data.records[:2])
    with pytest.raises(LeakageError, match="first: w0"):
        given_split(replace(data, records=(*both, *data.records[2:])))


def test_fewer_women_are_among_the_more_and_the_other_parts_stay() -> None:
    records = tuple(
        Record(path=f"{p}-{i}", label="1" if p % 3 == 0 else "0", patient=f"w{p:02d}")
        for p in range(60)
        for i in range(2)
    )
    split = make_split(records, CANCER, seed=2)
    parts = [learn_from_fewer(split, CANCER, women=n, seed=4) for n in (9, 18, 30)]
    women = [{record.patient for record in part.train} for part in parts]
    assert [len(found) for found in women] == [9, 18, 30] and women[0] < women[1] < women[2]
    assert all((part.validation, part.test) == (split.validation, split.test) for part in parts)
    for part in parts:
        ill = {record.patient for record in part.train if record.label == "1"}
        assert len(ill) == pytest.approx(len({r.patient for r in part.train}) / 3, abs=1)
    with pytest.raises(DatasetError, match="1000 women were asked for to learn from"):
        learn_from_fewer(split, CANCER, women=1000, seed=0)
