"""A survey: the same models kept apart by patient, and with a leak that the literature is full of.

by-patient study → leaked study → table of what is claimed, what was measured, what a leak gives
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mammoscope.datasets.catalog import open_dataset
from mammoscope.experiment.prepared import Say
from mammoscope.experiment.study import study
from mammoscope.experiment.study_config import StudyConfig, init_for
from mammoscope.experiment.survey_table import survey_csv, survey_markdown, survey_values
from mammoscope.inference.store import PACKAGE_ZOO
from mammoscope.ledger.durable import write_json, write_text
from mammoscope.types import DatasetError

BY_PATIENT, LEAKED = "by-patient", "leaked"
TABLE = "table"
ENDINGS = (".md", ".json", ".csv")
COPIES = 4


@dataclass(frozen=True, slots=True)
class SurveyConfig:
    """What is surveyed.

    Attributes:
        study: of the honest study.
        copies: of each image in the leaked one; four, and a random split leaves hardly an image
            alone on its side.
        leak_models: models of the leaked study; empty = those of the honest one.
    """

    study: StudyConfig
    copies: int = COPIES
    leak_models: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.study.leak or self.copies < 1:
            raise DatasetError(
                f"a survey was given a study with {self.study.leak} copies and {self.copies} for "
                "its leak; expected 0, since one of its studies is honest, and at least 1"
            )

    def studies(self) -> tuple[StudyConfig, StudyConfig]:
        """The honest study and the leaked one, with their models named.

        The second is split by image and held out, as those are whose mistake it repeats.

        Raises:
            DatasetError: what either would refuse, or a leaked model that is not in the survey.
        """
        root = Path(self.study.root)
        task = open_dataset(self.study.dataset, root, task=self.study.task).task
        honest = self.study.resolve(task)
        strange = sorted(set(self.leak_models) - set(honest.models))
        if strange:
            raise DatasetError(
                f"the leak is to be repeated with {strange}; expected models of the survey: "
                f"{list(honest.models)}"
            )
        models = self.leak_models or honest.models
        leaked = replace(
            honest,
            models=models,
            init=init_for(honest.init, models),
            folds=0,
            leak=self.copies,
            refit=False,
        )
        return honest, leaked.resolve(task)


def survey(
    config: SurveyConfig,
    out: Path,
    *,
    jobs: int = 1,
    cache: Path | None = None,
    zoo: Path = PACKAGE_ZOO,
    accept: Path | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Does what is left of both studies, and writes `table.md`, `table.json` and `table.csv`.

    Args:
        config: of the survey.
        out: its folder; the studies are in `by-patient/` and `leaked/`, and go on after a kill.
        jobs, cache, zoo, accept: as for `study`.
        say: told of progress, a line at a time.

    Returns:
        What `table.json` holds.

    Raises:
        DatasetError, MammoscopeError, LeakageError, DecodeError, ModelIntegrityError: as `study`.
    """
    _refuse_other(out)
    # Both before the first is begun: hours would pass before the second were refused.
    honest, leaked = config.studies()
    comparisons = {}
    for name, each in ((BY_PATIENT, honest), (LEAKED, leaked)):
        comparisons[name] = study(
            each,
            out / name,
            jobs=jobs,
            cache=cache,
            zoo=zoo,
            accept=accept,
            say=lambda line, name=name: say(f"{name}: {line}"),  # type: ignore[misc]
        )
    values = survey_values(
        honest.models, comparisons[BY_PATIENT], comparisons[LEAKED], copies=config.copies
    )
    write_json(out / f"{TABLE}.json", values)
    write_text(out / f"{TABLE}.csv", survey_csv(values))
    write_text(out / f"{TABLE}.md", survey_markdown(values))
    return values


def _refuse_other(out: Path) -> None:
    ours: Sequence[str] = (BY_PATIENT, LEAKED, *(TABLE + ending for ending in ENDINGS))
    strange = [path.name for path in out.glob("[!.]*") if path.name not in ours]
    if out.exists() and (strange or not out.is_dir()):
        raise DatasetError(
            f"{out} holds {(sorted(strange) or ['no folder'])[0]}; expected a new or empty folder, "
            "or a survey; choose another --out"
        )
