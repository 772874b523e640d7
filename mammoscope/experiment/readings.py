"""How often a run's test part was read, of which graph, and what was changed in between."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder
from mammoscope.ledger.durable import write_json
from mammoscope.types import DatasetError

# "study" scores one fold or seed, whose figures come with the pool.
Reader = Literal["evaluate", "study", "pool"]
# What training and validation settled before the test part was read; the rest of `training.json`
# (seconds, versions) tells nothing of a choice.
CHOSEN = ("calibrator", "breast_calibrator", "thresholds", "best_epoch", "heatmap_scale")


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of the test part. No clock: the number is its place in the order.

    Attributes:
        number: from 1.
        by: who read.
        graph: SHA-256 of the graph, or of all networks that had a part in the predictions.
        chosen: SHA-256 of calibrators, thresholds, epoch and colour scale.
        split: SHA-256 of the split.
        predictions: SHA-256 of what was read, the scores of the test images.
        repeat: an earlier reading had the same graph, the same split and the same choices.
        changed: which of graph, chosen and split differ from the reading before.
    """

    number: int
    by: Reader
    graph: str
    chosen: str
    split: str
    predictions: str
    repeat: bool
    changed: tuple[str, ...] = ()


def record_reading(
    run: RunFolder, *, by: Reader, graph: str, training: Mapping[str, Any], predictions: str
) -> tuple[Reading, ...]:
    """All readings, after this one was added to `test-readings.json`.

    It is recorded before any figure is made of it: a reading that was interrupted is one.

    Args:
        run: whose test part was read.
        by: who read.
        graph: as in `Reading`.
        training: what training noted, with `split_digest`.
        predictions: digest of the scores.

    Raises:
        DatasetError: the record of earlier readings makes no sense.
    """
    readings = list_readings(run)
    chosen = _digest({name: training[name] for name in CHOSEN if name in training})
    seen = {"graph": graph, "chosen": chosen, "split": str(training["split_digest"])}
    changed: tuple[str, ...] = ()
    if readings:
        changed = tuple(
            name for name, value in seen.items() if getattr(readings[-1], name) != value
        )
    reading = Reading(
        number=len(readings) + 1,
        by=by,
        predictions=predictions,
        repeat=any({name: getattr(one, name) for name in seen} == seen for one in readings),
        changed=changed,
        **seen,
    )
    readings = (*readings, reading)
    write_json(run.test_readings, [asdict(one) for one in readings])
    return readings


def list_readings(run: RunFolder) -> tuple[Reading, ...]:
    """The readings so far, the first first; none where nothing was read or recorded.

    Raises:
        DatasetError: the file is no record of readings.
    """
    if not run.test_readings.is_file():
        return ()
    try:
        rows = json.loads(run.test_readings.read_text(encoding="utf-8"))
        return tuple(Reading(**{**row, "changed": tuple(row["changed"])}) for row in rows)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(
            f"{run.test_readings} cannot be read as the readings of a test part: {error}; put back "
            "what the run wrote, since how often its test part was read must stay known"
        ) from error


def describe_readings(readings: Sequence[Reading], *, trained_after: int = 0) -> dict[str, Any]:
    """What a report says of the readings.

    Args:
        readings: all of a run.
        trained_after: readings that came before its training ended.
    """
    kinds = {(one.graph, one.chosen, one.split) for one in readings}
    return {
        "times": len(readings),
        "repeats": sum(one.repeat for one in readings),
        "graphs": len({one.graph for one in readings}),
        "models": len(kinds),
        "trained_after": trained_after,
        "changes": [
            {"reading": one.number, "changed": list(one.changed)} for one in readings if one.changed
        ],
        "sentence": _sentence(len(readings), len(kinds), trained_after),
    }


def reading_limits(readings: Sequence[Reading], *, trained_after: int = 0) -> list[str]:
    """What a card says: nothing, if all readings were of one model trained before the first.

    Args:
        readings: all of the run that is published; none are known of a run of an earlier version.
        trained_after: as for `describe_readings`.
    """
    facts = describe_readings(readings, trained_after=trained_after)
    return [facts["sentence"]] if facts["models"] > 1 or trained_after else []


def _sentence(times: int, models: int, trained_after: int) -> str:
    if models <= 1 and not trained_after:
        again = "" if times == 1 else f" {times} times, always of the same model"
        return f"The test part was read{again or ' once'}."
    told = f"The test part was read {times} times, of {models} different models"
    if trained_after:
        told += f"; {trained_after} of the readings came before training ended"
    return f"{told}: what was chosen after the first may owe something to it."


def digest_predictions(predictions: Predictions) -> str:
    """SHA-256 of the table's test rows."""
    return hashlib.sha256(predictions.of("test").to_csv().encode()).hexdigest()


def join_digests(digests: Sequence[str]) -> str:
    """One digest of several graphs: of one, its own."""
    return digests[0] if len(digests) == 1 else _digest(sorted(digests))


def _digest(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
