"""Figures of a screening test: at a fixed specificity or sensitivity, at a prevalence, and areas.

Each is a `WeightedMetric`: `patient_bootstrap` and `paired_difference` give its interval, with the
threshold chosen anew in each replicate, so that the doubt of the choice is in it. Scores are
float64 (N,) of any range; labels and called are (N,), True = positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mammoscope.experiment.resampling import Numbers, Resample
from mammoscope.experiment.weighted_metrics import (
    Flags,
    OfAll,
    counts_from_the_top,
    ratio,
    sensitivity,
    specificity,
)

# What rounding may take from a share: 0.9 of 10 negatives are 9 of them.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class SensitivityAt(OfAll):
    """The highest sensitivity of a threshold whose specificity is at least this.

    A point that a threshold reaches: nothing is interpolated, so it may be 0. NaN where a class is
    absent. The threshold is chosen on the units that are measured, which flatters a little; a
    threshold that was chosen on others is held against by `sensitivity`.

    Attributes:
        specificity: in [0, 1].
    """

    specificity: float

    def __post_init__(self) -> None:
        _refuse_no_share(self.specificity, "specificity")

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting."""
        found, wrong = counts_from_the_top(scores, labels, resample)
        allowed = wrong <= (1 - self.specificity + _ROUNDING) * wrong[-1]
        best = np.max(np.where(allowed, found, 0.0), axis=0)
        return np.where(wrong[-1] > 0, ratio(best, found[-1]), np.nan)


@dataclass(frozen=True, slots=True)
class SpecificityAt(OfAll):
    """The highest specificity of a threshold whose sensitivity is at least this.

    Nothing is interpolated; NaN where a class is absent; see `SensitivityAt`.

    Attributes:
        sensitivity: in [0, 1].
    """

    sensitivity: float

    def __post_init__(self) -> None:
        _refuse_no_share(self.sensitivity, "sensitivity")

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting."""
        found, wrong = counts_from_the_top(scores, labels, resample)
        enough = found >= (self.sensitivity - _ROUNDING) * found[-1]
        least = np.min(np.where(enough, wrong, np.inf), axis=0)
        return np.where(found[-1] > 0, ratio(wrong[-1] - least, wrong[-1]), np.nan)


@dataclass(frozen=True, slots=True)
class PartialAuc(OfAll):
    """Area under the ROC curve where the specificity is at least this, standardised.

    McClish 1989: ½ (1 + (A - least) / (most - least)), where least is the area under the line of
    guessing and most that of a perfect test: 0.5 is guessing, 1 perfect. The curve is joined by
    straight lines. NaN where a class is absent.

    Attributes:
        specificity: in [0, 1); 0 gives the whole AUC.
    """

    specificity: float

    def __post_init__(self) -> None:
        _refuse_no_share(self.specificity, "specificity")
        if self.specificity == 1.0:
            raise ValueError("specificity 1 leaves no area; expected a number in [0, 1)")

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting."""
        found, wrong = counts_from_the_top(scores, labels, resample)
        high, wide = ratio(found, found[-1]), ratio(wrong, wrong[-1])
        end = 1 - self.specificity
        step = np.diff(wide, axis=0)
        inside = np.clip(end - wide[:-1], 0.0, step)
        # Where the end cuts a line, the height is that of the cut.
        share = np.divide(inside, step, out=np.zeros_like(step), where=step > 0)
        area = np.sum(inside * (high[:-1] + share * np.diff(high, axis=0) / 2), axis=0)
        area = np.where((found[-1] > 0) & (wrong[-1] > 0), area, np.nan)
        least = end**2 / 2
        return np.asarray((1 + (area - least) / (end - least)) / 2)


@dataclass(frozen=True, slots=True)
class AveragePrecision(OfAll):
    """Σ (recall_k - recall_{k-1}) · precision_k over the thresholds from the highest.

    Nothing is interpolated (Davis & Goadrich 2006 show why). Guessing gives the share of the
    positives, so the figure is of this mix. NaN where there is no positive.
    """

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting."""
        found, wrong = counts_from_the_top(scores, labels, resample)
        all_called = found[1:] + wrong[1:]
        precise = np.divide(
            found[1:], all_called, out=np.zeros_like(found[1:]), where=all_called > 0
        )
        return ratio(np.sum(np.diff(found, axis=0) * precise, axis=0), found[-1])


@dataclass(frozen=True, slots=True)
class PositiveValue(OfAll):
    """Positive predictive value of the verdicts, were this share of the units positive.

    Bayes: s p / (s p + (1 - t) (1 - p)) with sensitivity s, specificity t and prevalence p. NaN
    where a class is absent or nothing was called.

    Attributes:
        prevalence: in (0, 1); in screening some 0.005 to 0.007.
    """

    prevalence: float

    def __post_init__(self) -> None:
        refuse_no_prevalence(self.prevalence)

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting."""
        right = sensitivity(scores, labels, called, resample) * self.prevalence
        wrong = (1 - specificity(scores, labels, called, resample)) * (1 - self.prevalence)
        return ratio(right, right + wrong)


@dataclass(frozen=True, slots=True)
class NegativeValue(OfAll):
    """Negative predictive value of the verdicts, were this share of the units positive.

    Bayes: t (1 - p) / (t (1 - p) + (1 - s) p); see `PositiveValue`. NaN where a class is absent or
    everything was called.

    Attributes:
        prevalence: in (0, 1).
    """

    prevalence: float

    def __post_init__(self) -> None:
        refuse_no_prevalence(self.prevalence)

    def weighted(
        self, scores: Numbers, labels: Flags, called: Flags, resample: Resample
    ) -> Numbers:
        """(B,) of each weighting."""
        right = specificity(scores, labels, called, resample) * (1 - self.prevalence)
        wrong = (1 - sensitivity(scores, labels, called, resample)) * self.prevalence
        return ratio(right, right + wrong)


def refuse_no_prevalence(prevalence: float) -> None:
    """Returns where it is a share of positives that leaves both classes.

    Raises:
        ValueError: it is not.
    """
    if not 0.0 < prevalence < 1.0:  # also refuses NaN
        raise ValueError(f"prevalence is {prevalence}; expected a number in (0, 1), not percent")


def _refuse_no_share(value: float, name: str) -> None:
    if not 0.0 <= value <= 1.0:  # also refuses NaN
        raise ValueError(f"{name} is {value}; expected a number in [0, 1], not percent")
