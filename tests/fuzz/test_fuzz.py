"""No mutated file crashes the decoder, hangs, takes the memory, or raises an error of others."""

from __future__ import annotations

import os
import sys

import pytest

from mammoscope.images.decode import decode
from tests.fuzz.campaign import Campaign
from tests.fuzz.faulty import FAULTS
from tests.fuzz.mutate import make_case
from tests.fuzz.seeds import CORPUS, seeds
from tests.fuzz.users_path import failures

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's"),
]
SEED = 20261124
SLICE_SECONDS = 8
# A slow machine, with all its processors at other tests, does some hundred a second.
LEAST_CASES = 100


def test_the_kept_files_are_read_or_refused_plainly_where_users_files_are() -> None:
    kept = {path.name: path.read_bytes() for path in CORPUS.glob("*.bin")}
    assert len(kept) >= 5 and sum(map(len, kept.values())) < 50_000
    assert failures(kept.items()) == []


def test_mutated_files_find_no_fault_where_users_files_are_decoded() -> None:
    assert failures(make_case(SEED, index) for index in range(300)) == []


def test_every_kind_of_file_is_sound_before_it_is_changed() -> None:
    refused = {"jpeg lossless"}  # a JPEG of 12 bits outside DICOM
    for name, data in seeds().items():
        if name.split()[0] not in ("broken", "kept") and name not in refused:
            assert decode(data, modality="histology").pixels.shape[0] in (24, 32), name


def test_a_case_can_be_made_again_and_no_two_are_alike() -> None:
    cases = [make_case(SEED, index) for index in range(300)]
    assert cases == [make_case(SEED, index) for index in range(300)]
    assert len({data for _, data in cases}) > 280
    assert {name.split()[0] for name, _ in cases} >= {"dicom", "png", "jpeg", "tiff", "pgm"}


@pytest.mark.slow
def test_every_fault_that_is_looked_for_is_found() -> None:
    campaign = Campaign(decoder="tests.fuzz.faulty:decode", hang_seconds=6.0)
    at, missing = 0, set(FAULTS)
    while missing and at < 2000:
        # Case by case where a fault is known to be: sleeping ones are slow.
        _, data = make_case(SEED, at)
        fault = FAULTS[len(data) // 10 % len(FAULTS)]
        if len(data) % 10 == 0 and data not in seeds().values() and fault in missing:
            campaign.run(SEED, first=at, count=1)
            assert f"tests.fuzz {SEED} {at}: " in campaign.failures[-1]
            assert fault in campaign.failures[-1]
            missing.remove(fault)
        at += 1
    assert not missing and len(campaign.failures) == len(FAULTS)


def test_a_crash_does_not_end_the_campaign() -> None:
    campaign = Campaign(decoder="tests.fuzz.faulty:decode", hang_seconds=6.0)
    aborting = next(
        index
        for index in range(5000)
        if len(data := make_case(SEED, index)[1]) % 10 == 0
        and FAULTS[len(data) // 10 % len(FAULTS)] == "status -6"
    )
    campaign.run(SEED, first=aborting, count=2)
    assert campaign.cases == 2
    assert f"{SEED} {aborting}: the decoder ended with status -6" in campaign.failures[0]


def test_a_slice_of_mutated_files_finds_no_fault() -> None:
    campaign = Campaign()
    campaign.run(SEED, count=100_000, seconds=SLICE_SECONDS)
    assert campaign.failures == []
    assert campaign.cases >= LEAST_CASES
    assert campaign.read > campaign.cases // 20, "hardly a file got as far as its pixels"


@pytest.mark.slow
def test_a_hundred_thousand_mutated_files_find_no_fault() -> None:
    """`MAMMOSCOPE_FUZZ_SEED` gives others than those of the last time."""
    campaign = Campaign()
    campaign.run(int(os.environ.get("MAMMOSCOPE_FUZZ_SEED", SEED)), count=100_000)
    assert campaign.failures == []
    assert campaign.cases == 100_000
