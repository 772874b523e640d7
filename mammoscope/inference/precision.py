"""What a card says of a model in another arithmetic than float32, and whether it is admitted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

from mammoscope.inference.calibrator import Calibrator, parse_calibrator
from mammoscope.inference.operating_point import has_finite_figures, parse_operating_point
from mammoscope.types import ModelIntegrityError, OperatingPoint, Precision

FASTER: tuple[Precision, ...] = tuple(one for one in get_args(Precision) if one != "float32")
# What a faster arithmetic may cost at most, on test images, against float32.
MOST_FLIPPED = 0.005
MOST_AUC_CHANGE = 0.002


@dataclass(frozen=True, slots=True)
class MeasuredPrecision:
    """A model in bfloat16 or int8, held against itself in float32.

    Attributes:
        verdicts_flipped: share of test images whose verdict is another, at the operating point
            where it is largest.
        auc_change: of the AUC by test image.
        score_change_max: the most that a test image's score moved.
        n_images: of the test part.
        calibrator: logit → score in this arithmetic, fitted on validation images.
        operating_points: chosen on validation images, named and ordered as the model's own.
        runtime: that was measured, such as "openvino 2026.4.1".
        speedup: float32's time on ONNX Runtime / this one's, of the network alone, one image at a
            time, taken in turns on the machine that measured.
    """

    verdicts_flipped: float
    auc_change: float
    score_change_max: float
    n_images: int
    calibrator: Calibrator
    operating_points: tuple[OperatingPoint, ...]
    runtime: str
    speedup: float

    def __post_init__(self) -> None:
        for what, holds in (
            ("a share of flipped verdicts in [0, 1]", 0 <= self.verdicts_flipped <= 1),
            ("a change of AUC in [-1, 1]", -1 <= self.auc_change <= 1),
            ("a change of score in [0, 1]", 0 <= self.score_change_max <= 1),
            ("test images", isinstance(self.n_images, int) and self.n_images > 0),
            ("a runtime", isinstance(self.runtime, str)),
            ("a positive speedup", 0 < self.speedup < math.inf),
            ("an operating point", bool(self.operating_points)),
            ("thresholds in [0, 1]", all(0 <= p.threshold <= 1 for p in self.operating_points)),
            ("finite figures", all(map(has_finite_figures, self.operating_points))),
        ):
            if not holds:
                raise ModelIntegrityError(
                    f"a measured precision lacks {what}; measure it again with "
                    "`mammoscope precisions`"
                )

    @property
    def admitted(self) -> bool:
        """Whether it is close enough to float32 to answer with."""
        return self.verdicts_flipped <= MOST_FLIPPED and abs(self.auc_change) <= MOST_AUC_CHANGE

    @property
    def figures(self) -> str:
        """What was measured, in words."""
        return (
            f"of {self.n_images} test images {self.verdicts_flipped:.2%} change their verdict, AUC "
            f"moves by {self.auc_change:+.4f}, scores by up to {self.score_change_max:.3f}"
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values, with whether it is admitted."""
        return {
            "admitted": self.admitted,
            "verdicts_flipped": self.verdicts_flipped,
            "auc_change": self.auc_change,
            "score_change_max": self.score_change_max,
            "n_images": self.n_images,
            "calibrator": self.calibrator.to_dict(),
            "operating_points": [asdict(point) for point in self.operating_points],
            "runtime": self.runtime,
            "speedup": self.speedup,
        }


def parse_precisions(values: Mapping[str, Any]) -> dict[Precision, MeasuredPrecision]:
    """The measured precisions of a card.

    Raises:
        ModelIntegrityError: an unknown precision, figures without sense, or one that the card
            calls admitted and its figures do not, or the other way round.
        KeyError, TypeError, ValueError: values are missing, or of another kind.
    """
    found: dict[Precision, MeasuredPrecision] = {}
    for name, one in values.items():
        known = next((known for known in FASTER if known == name), None)
        if known is None:
            raise ModelIntegrityError(
                f"a card has figures of precision {name!r}; expected some of {list(FASTER)}"
            )
        measured = MeasuredPrecision(
            verdicts_flipped=_number(one["verdicts_flipped"]),
            auc_change=_number(one["auc_change"]),
            score_change_max=_number(one["score_change_max"]),
            n_images=one["n_images"],
            calibrator=parse_calibrator(one["calibrator"]),
            operating_points=tuple(map(parse_operating_point, one["operating_points"])),
            runtime=one["runtime"],
            speedup=_number(one["speedup"]),
        )
        if one["admitted"] is not measured.admitted:
            raise ModelIntegrityError(
                f"a card says of {name} that admitted is {one['admitted']!r}, but "
                f"{measured.figures}; at most {MOST_FLIPPED:.1%} and {MOST_AUC_CHANGE} are "
                "admitted: measure it again with `mammoscope precisions`"
            )
        found[known] = measured
    return found


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number")
    return float(value)
