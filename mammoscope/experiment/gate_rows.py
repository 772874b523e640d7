"""One picture as the fit of the gate keeps it: what was measured, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mammoscope.images.gate import Gate
from mammoscope.images.technique import Technique


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One picture.

    Attributes:
        kind, source, variant: as of `Sample`.
        good: the gate should let it through.
        rule: why the rules refuse it, or None.
        values: the features, float64 (F,); None where there is nothing to measure.
        technique: how it was exported; None likewise, and for slides.
        margin: logit less threshold; None without values or before the fit.
        fitting: it was fitted on.
    """

    kind: str
    source: str
    variant: str
    good: bool
    rule: str | None
    values: NDArray[np.float64] | None
    technique: Technique | None = None
    margin: float | None = None
    fitting: bool = False

    @property
    def refused(self) -> bool:
        """By a rule or by the fitted part."""
        return self.rule is not None or self.margin is None or self.margin < 0

    def judged(self, gate: Gate, *, fitting: bool) -> Row:
        """The row with its margin."""
        margin = None if self.values is None else gate.margin(self.values)
        return replace(self, margin=margin, fitting=fitting)
