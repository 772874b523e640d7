"""Files through the processes that users' files go through: what they do to those is found."""

from __future__ import annotations

from collections.abc import Iterable

from mammoscope.inference.decode_worker import DecodeWorkers
from mammoscope.types import DecodeError
from tests.fuzz.batch import MAX_PIXELS, MODALITIES, fault_of

# Words of the refusals that are our defects, and not the file's.
_FAULTS = ("defect of ours", "made the decoder", "stopped from outside", "took more", "answered")


def failures(files: Iterable[tuple[str, bytes]]) -> list[str]:
    """A line for each file that is neither read soundly nor refused plainly, as both modalities."""
    found = []
    with DecodeWorkers(max_pixels=MAX_PIXELS) as workers:
        for name, data in files:
            for modality in MODALITIES:
                try:
                    wrong = fault_of(workers.decode(data, modality=modality))
                except DecodeError as error:
                    wrong = str(error) if any(word in str(error) for word in _FAULTS) else ""
                if wrong:
                    found.append(f"{name}, {modality}: {wrong}")
    return found
