"""A report's section on maps: do they point at lesions, each figure beside chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mammoscope.experiment.report_blocks import (
    Block,
    Picture,
    Prose,
    Section,
    Table,
    Values,
    estimate_text,
)
from mammoscope.experiment.wording import join, plural

FROC = "froc"
# False marks a film.
_RATES = (0.25, 0.5, 1.0, 2.0, 4.0)
_FIGURES = ("value", "chance", "excess")


def localisation_sections(values: Values) -> list[Section]:
    """One section; none where no model has figures of its map."""
    rows = mapped_models(values)
    if not rows:
        return []
    blocks: list[Block] = [Prose(_verdict(values, rows)), _pointing(rows)]
    blocks += _overlap(rows)
    if marked := [model for model in rows if model["localisation"]["froc"]]:
        blocks += [_curve(marked), _rates(marked)]
    return [Section("Does the map point at lesions?", blocks)]


def mapped_models(values: Values) -> list[dict[str, Any]]:
    """The models that have figures of their map."""
    return [model for model in values["models"] if model.get("localisation")]


def _verdict(values: Values, models: Sequence[Values]) -> str:
    """Which maps point more often than chance, for all that was drawn."""
    others = [model["name"] for model in values["models"] if not model.get("localisation")]
    excess = {model["name"]: _interpolated(model)["excess"] for model in models}
    above = [name for name, row in excess.items() if row["low"] > 0]
    unsure = [name for name in excess if name not in above]
    said = []
    if above:
        maps = "map of {} points" if len(above) == 1 else "maps of {} point"
        said.append(
            f"The {maps.format(join(above))} at a lesion more often than chance does (interval of "
            "the excess above 0)."
        )
    if unsure:
        whose = f"Of {join(unsure)} that"
        if not above:
            point = "points at lesions more often than chance does"
            whose = f"That the map of {join(unsure, 'or')} {point}"
        said.append(f"{whose} is not shown: the interval of the excess reaches down to 0 or below.")
    if others:
        said.append(
            f"There are no figures of {join(others)}: no map of its own comes with the score, or "
            "the run was evaluated before maps were kept."
        )
    return " ".join(said)


def _interpolated(model: Values) -> Values:
    found: Values = model["localisation"]["pointing"]["interpolated"]
    return found


def _counts(found: Values) -> tuple[str, str, str]:
    return found["unit"], str(found["n"]), str(found["n_patients"])


def _grid(found: Values) -> str:
    return " × ".join(map(str, found["grid"]))


def _pointing(models: Sequence[Values]) -> Table:
    titles = {"interpolated": "highest point, interpolated", "cell": "highest cell"}
    rows = []
    for model in models:
        found = model["localisation"]
        for name, title in titles.items():
            row = found["pointing"][name]
            figures = (estimate_text(row[key]) for key in _FIGURES)
            rows.append((model["name"], _grid(found), title, *_counts(found), *figures))
    return Table(
        "Pointing game",
        ("model", "cells", "what points", "unit", "n", "women", "hits", "chance", "excess"),
        rows,
        "Share of the images with a circled lesion whose map is highest inside a circle (Zhang et "
        "al. 2018, no tolerance); n counts those images. Interpolated: the map is enlarged "
        "(cubic convolution) to what the model saw, and its highest point over the breast is "
        "taken, which lies between the middles of large cells. Chance is the share of the breast, "
        f"or of its cells, that a circle holds. {_interval(models)} Excess is hits less chance, "
        f"image by image.{_seeds(models)}",
    )


def _overlap(models: Sequence[Values]) -> list[Table]:
    rows = []
    for model in models:
        found = model["localisation"]
        if row := found.get("overlap"):
            figures = (_three(row[key]) for key in _FIGURES)
            chosen = _range(row["chosen_on_films"], "d")
            threshold = _range(row["threshold"], ".2f")
            rows.append((model["name"], *_counts(found), *figures, threshold, chosen))
    if not rows:
        return []
    header = ("model", "unit", "n", "women", "IoU", "chance", "excess", "threshold", "chosen on n")
    caption = (
        "Intersection over union of the circles and the cells at or above a threshold, mean over "
        "the images with a circled lesion. Each network's threshold is the one of the highest mean "
        "on its own validation women's images, of which n have a circle; of several networks the "
        "least and the most are given. Chance has as many cells, anywhere over the breast. "
        f"{_interval(models)}"
    )
    return [Table("Overlap of map and circle", header, rows, caption)]


def _three(row: Values) -> str:
    """Three digits: circles are small, and so is what a few cells share with them."""
    return f"{row['value']:z.3f} ({row['low']:z.3f} to {row['high']:z.3f})"


def _range(row: Values, form: str) -> str:
    least, most = format(row["least"], form), format(row["most"], form)
    return least if least == most else f"{least} to {most}"


def _curve(models: Sequence[Values]) -> Picture:
    said = []
    for model in models:
        at_one = next(row for row in model["localisation"]["froc"] if row["rate"] == 1.0)
        found, guessed = (estimate_text(at_one[key]) for key in ("sensitivity", "chance"))
        said.append(f"{model['name']} {found}, chance {guessed}")
    return Picture(
        "FROC of the maps' peaks",
        FROC,
        f"Share of circled lesions found against false marks an image. At one false mark: "
        f"{'; '.join(said)}.",
        f"By lesion ({_of_froc(models)}). A mark is a peak of the map that speaks for a lesion "
        "(above 0); it finds the circle that it lies in, and is false in none. The line is the "
        "best sensitivity that a threshold reaches without more false marks an image; dashed, as "
        "many marks on cells of the breast drawn at random. Bands (of a few models) are 95 % "
        f"intervals of {models[0]['localisation']['replicates']:,} bootstrap draws of women. A map "
        "of few peaks stops rising: it has no more marks to show. Maps of several networks are "
        "taken together, each on the scale of its own logit.",
        broad=True,
    )


def _of_froc(models: Sequence[Values]) -> str:
    found = models[0]["localisation"]
    lesions, images, women = (found[k] for k in ("n_lesions", "n_of_froc", "n_patients_of_froc"))
    return f"n {lesions} {plural('lesion', lesions)} on {images} images of {women} women"


def _rates(models: Sequence[Values]) -> Table:
    rows = []
    for model in models:
        found = model["localisation"]
        at = {row["rate"]: row for row in found["froc"]}
        for name, title in (("sensitivity", "map"), ("chance", "chance"), ("excess", "excess")):
            cells = (estimate_text(at[rate][name]) for rate in _RATES)
            counts = (str(found[key]) for key in ("n_lesions", "n_of_froc", "n_patients_of_froc"))
            rows.append((model["name"], title, "lesion", *counts, *cells))
    header = ("model", "marks of", "unit", "n", "images", "women", *(f"at {r:g}" for r in _RATES))
    return Table(
        "Lesions found at so many false marks an image",
        header,
        rows,
        "Share of the n circled lesions that are found at 1/4 to 4 false marks an image, over the "
        "images with a circle and the normal ones; an image with a lesion that nobody circled is "
        f"left out. {_interval(models)}",
    )


def _interval(models: Sequence[Values]) -> str:
    draws = models[0]["localisation"]["replicates"]
    return (
        f"Value (low to high): 95 % interval of {draws:,} bootstrap draws of women; one without a "
        "width is of draws that are all alike, and says too little."
    )


def _seeds(models: Sequence[Values]) -> str:
    several = any(model["localisation"]["seeds"] > 1 for model in models)
    return " Of several seeds every figure is the mean, and seeds are drawn too." if several else ""
