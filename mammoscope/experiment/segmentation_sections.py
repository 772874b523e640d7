"""The section on the search for masses, held against the lesion circles of a data set."""

from __future__ import annotations

from mammoscope.experiment.report_blocks import Block, Items, Prose, Section, Table, Values
from mammoscope.experiment.wording import plural

_METHODS = {"kmeans": "k-means", "fuzzy_c_means": "fuzzy c-means", "otsu": "plain Otsu"}
# Key of a figure → its column.
_OF_MASSES = {
    "masses: sensitivity by hit": "masses hit",
    "masses: sensitivity by hit, less Otsu's": "less Otsu's",
    "masses: sensitivity by first hit": "hit by the first region",
    "masses: sensitivity by overlap": "overlapped",
    "masses: IoU": "IoU",
    "masses: Dice": "Dice",
}
_OF_CIRCLES = {
    "circles: sensitivity by hit": "circles hit",
    "circles: sensitivity by first hit": "hit by the first region",
    "circles: sensitivity by overlap": "overlapped",
    "circles: IoU": "IoU",
    "circles: Dice": "Dice",
}
_OF_FILMS = {
    "false regions a film": "false regions a film",
    "false regions a normal film": "false regions a normal film",
    "suspicious share of the breast": "suspicious share of the breast",
}


def segmentation_section(values: Values) -> Section:
    """From what `measure_segmentation` gives."""
    films, women = values["films"], values["women"]
    lines = [
        f"{films} {plural('image', films)} of {women} {plural('woman', women)}, with "
        f"{values['lesions']} {plural('circle', values['lesions'])}, {values['masses']} of them "
        "masses, circumscribed, spiculated or ill-defined (the others are calcifications, "
        "distortions and asymmetries).",
        "Pectoral muscle taken out, with the view as the data set's table says it, on "
        f"{values['pectoral_found']} of them.",
    ]
    blocks: list[Block] = [Items(lines), Prose(values["how"])]
    blocks += [
        _table(values, name, columns)
        for name, columns in (
            ("Masses", _OF_MASSES),
            ("All circles", _OF_CIRCLES),
            ("False and suspicious regions", _OF_FILMS),
        )
        if any(
            key in figures
            for part in values["parts"].values()
            for key in columns
            for figures in part.values()
        )
    ]
    return Section("Mass segmentation", blocks)


def _table(values: Values, name: str, columns: Values) -> Table:
    rows = [
        (f"{_METHODS.get(method, method)}, {part}", *(_cell(figures, key) for key in columns))
        for part, methods in values["parts"].items()
        for method, figures in methods.items()
    ]
    return Table(
        f"{name} by method",
        ("method", *columns.values()),
        rows,
        f"{name}: value (low to high), 95 % BCa interval of bootstrap draws of women, all "
        "images of a drawn woman together. Where no image has a hit, the draws have none either, "
        "and 0.00 to 0.00 is narrower than the truth.",
    )


def _cell(figures: Values, key: str) -> str:
    row = figures.get(key)
    if row is None:
        return "–" if key.endswith("less Otsu's") else "not defined"
    return f"{row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
