"""The models that are served: the good ones of a zoo."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoscope.inference.store import ModelStore
from mammoscope.serving.problems import ProblemError
from mammoscope.serving.roster import Roster, open_roster
from mammoscope.types import ModelNotFoundError
from tests.published import write_tiny_model


@pytest.fixture(scope="module")
def roster(zoo: Path) -> Roster:
    return open_roster(ModelStore(zoo))


def test_a_model_whose_file_was_changed_is_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_tiny_model(tmp_path, "alpha", seed=1)
    write_tiny_model(tmp_path, "beta", seed=2)
    with (tmp_path / "alpha@1" / "model.onnx").open("ab") as file:
        file.write(b"\0")
    served = open_roster(ModelStore(tmp_path)).predictors
    assert [predictor.model.reference for predictor in served] == ["beta@1"]
    assert "alpha" in caplog.text and "SHA-256" in caplog.text


def test_a_model_goes_by_its_name_with_or_without_version(roster: Roster) -> None:
    assert roster.select(["beta"]) == roster.select(["beta@1"]) == (roster.predictors[1],)
    assert roster.select([]) == (roster.predictors[0],)


def test_an_unknown_model_is_answered_by_the_known_ones(roster: Roster) -> None:
    with pytest.raises(ModelNotFoundError, match=r"'gamma'.*alpha@1, beta@1"):
        roster.select(["alpha", "gamma"])


def test_one_model_asked_for_by_two_names_is_refused(roster: Roster) -> None:
    with pytest.raises(ProblemError):
        roster.select(["beta", "beta@1"])
