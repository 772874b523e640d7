"""A report's section on calibration: reliability curves, calibration error, Brier score, slope."""

from __future__ import annotations

from typing import Literal

from mammoscope.experiment.comparison_differences import p_text
from mammoscope.experiment.report_blocks import (
    Picture,
    Section,
    Table,
    Values,
    estimate_text,
    sample_text,
)

RELIABILITY = "reliability"
BY_BREAST = "calibration_by_breast"
_COUNTS = ("n", "n_positive", "n_patients")
_LINE = ("slope", "intercept", "in_the_large")


def calibration_section(values: Values) -> Section:
    """The picture of the bins, calibration error and slope, and the Brier score."""
    by_breast = [_error(values, "breast")] if BY_BREAST in values["models"][0] else []
    return Section(
        "Calibration", [_picture(values), _error(values, "image"), *by_breast, _brier(values)]
    )


def ece_text(calibration: Values) -> str:
    """`0.050; perfect 0.040 (0.021 to 0.063)`."""
    return f"{calibration['ece']:.3f}; perfect {_perfect(calibration)}"


def _perfect(calibration: Values) -> str:
    row = calibration["perfect_ece"]
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"


def _picture(values: Values) -> Picture:
    rows = [(model["name"], model["calibration"]) for model in values["models"]]
    said = "; ".join(f"{name}: ECE {ece_text(row)}" for name, row in rows)
    counts = sample_text(rows[0][1])
    pooled = (
        " Of several seeds the scores are taken together."
        if any(row["seeds"] > 1 for _, row in rows)
        else ""
    )
    return Picture(
        "Reliability curves by image",
        RELIABILITY,
        f"Share of positives against mean score in bins of equal mass, by image ({counts}). "
        f"{said}.",
        f"By image ({counts}), since it is by image that these scores are calibrated; the maximum "
        "of a woman's is not. Each point is a tenth of the images, by "
        "rising score (fewer where scores are equal); bars are Wilson's 95 % intervals, the number "
        "of images divided by the design effect of a woman's being alike. On the line scores are "
        f"what they say.{pooled}",
        broad=len(rows) > 1,
    )


def _error(values: Values, unit: Literal["image", "breast"]) -> Table:
    measured = "calibration" if unit == "image" else BY_BREAST
    found = [(model["name"], model[measured]) for model in values["models"]]
    rows = [
        (
            name,
            *(str(row[key]) for key in _COUNTS),
            f"{row['ece']:.3f}",
            _perfect(row),
            p_text(row["p"]),
            *(estimate_text(row[key]) for key in _LINE),
        )
        for name, row in found
    ]
    header = (
        *("model", "n", "positive", "women", "ECE", "ECE of a perfect model", "p"),
        *("slope", "intercept", "in the large"),
    )
    title = f"Calibration error, slope and intercept by {unit}"
    if unit == "breast":
        return Table(
            title,
            header,
            rows,
            "The same of a breast's score. The mean of calibrated views is too moderate (Ranjan & "
            "Gneiting 2010); runs of breasts of several views mend that by a calibrator of their "
            "own, which those evaluated before there was one lack: their slope is above that by "
            "image.",
        )
    return Table(
        title,
        header,
        rows,
        "ECE: mean distance of mean score and share of positives over bins of equal mass. It is "
        "never 0 of so few images, so beside it stands what a perfect model of these scores would "
        f"show: mean and 95 % range of {values['replicates']:,} simulations, labels drawn by "
        "breast, and p, the share of them that show as much. Slope and intercept of the label on "
        "the logit (Cox 1958): 1 and 0 are best, a slope below 1 is of scores that are too "
        "extreme; in the large is the intercept beside a slope of 1, above 0 where scores are too "
        "low on the whole. Their 95 % intervals take the images of a woman together.",
    )


def _brier(values: Values) -> Table:
    parts = ("reliability", "resolution", "uncertainty", "within_bins")
    rows = [
        (
            model["name"],
            *(str(model["calibration"][key]) for key in _COUNTS),
            _three(model["calibration"]["brier"]),
            *(f"{model['calibration']['brier_parts'][key]:.3f}" for key in parts),
        )
        for model in values["models"]
    ]
    header = ("model", "n", "positive", "women", "Brier score")
    return Table(
        "Brier score and its parts by image",
        (*header, "reliability", "resolution", "uncertainty", "within bins"),
        rows,
        f"Brier score with its 95 % BCa interval of {values['replicates']:,} bootstrap "
        "draws of women; 0 is best, and giving every image the share of the positives scores the "
        "uncertainty. It is reliability (0 is best) less resolution (more is better) plus "
        "uncertainty (Murphy 1973) plus what binning leaves.",
    )


def _three(row: Values) -> str:
    return f"{row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
