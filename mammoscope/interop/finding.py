"""What the reports tell of one image: the answer, the region, the model, in plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import generate_uid

from mammoscope.inference.card import PublishedModel
from mammoscope.types import BreastImage, Prediction

MANUFACTURER = "mammoscope"
# UTF-8, whatever the image's: our own words hold more than most of the others can.
CHARACTER_SET = "ISO_IR 192"


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """An answer to an image of an archive, with what its reports need.

    Attributes:
        header: the image's data set without pixels; it names the woman.
        image: as decoded.
        model: that answered.
        prediction: its answer.
        region: corners (N, 2) in image pixels of what speaks for the positive class; None where
            the answer is not `suspicious`, or nothing does.
    """

    header: Any
    image: BreastImage
    model: PublishedModel
    prediction: Prediction
    region: NDArray[np.float64] | None

    @property
    def closed_region(self) -> NDArray[np.float64]:
        """The corners, the first one again at the end."""
        assert self.region is not None
        return np.concatenate([self.region, self.region[:1]])

    def uid(self, what: str) -> str:
        """A UID that is the same whenever this model reads this image.

        So a report that is sent twice, since a crash hid that it had arrived, is one report.
        """
        return str(generate_uid(entropy_srcs=[*self._whose(), self.header.SOPInstanceUID, what]))

    def series_uid(self, what: str) -> str:
        """The same for all images of a study."""
        return str(generate_uid(entropy_srcs=[*self._whose(), self.header.StudyInstanceUID, what]))

    @property
    def number(self) -> int:
        """1 to 1,000,000; of two images of a study hardly ever the same, whatever theirs are."""
        return int(self.uid("number").rpartition(".")[2]) % 1_000_000 + 1

    def _whose(self) -> list[str]:
        return [MANUFACTURER, self.prediction.model, self.prediction.precision]


def verdict_line(finding: Finding) -> str:
    """The answer in one line, such as `suspicious: score 0.612, threshold 0.363 (youden)`."""
    prediction = finding.prediction
    if prediction.score is None:
        return f"{prediction.verdict}: {prediction.reason}"
    point = prediction.operating_point
    return (
        f"{prediction.verdict}: score {prediction.score:.3f}, threshold {point.threshold:.3f} "
        f"({point.name})"
    )
