"""Examines a data set's images, and writes what was found as a page, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.figure import Figure

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.image_measure import QUALITY_BINS, ImageFigures, measure_images
from mammoscope.experiment.image_sections import HISTOGRAM, WORST, sections, title
from mammoscope.experiment.plots import BLUE, GRAY, save_figure
from mammoscope.experiment.report_page import HTML, MARKDOWN, render_page
from mammoscope.experiment.segmentation_report import measure_segmentation
from mammoscope.images.contact_sheet import RgbPicture, draw_contact_sheet
from mammoscope.ledger.durable import write_file, write_json, write_text
from mammoscope.types import DatasetError, Record

FIGURES, PAGE, TEXT = "images.json", "images.html", "images.md"


def inspect_images(
    dataset: Dataset,
    records: Sequence[Record],
    out: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
    jobs: int | None = None,
) -> dict[str, Any]:
    """Measures, and writes the page into `out`; where lesions are marked, masses are searched too.

    Args:
        dataset: holds the images.
        records: which of them, at least one.
        out: folder to write; an earlier page in it is replaced.
        say: told of progress, a line at a time.
        jobs: threads; None = as many as there are cores.

    Returns:
        What `images.json` holds.

    Raises:
        DatasetError: `out` is a file.
        DecodeError: an image with a mark cannot be decoded; other broken files are counted.
    """
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out} is a file; expected a folder; choose another --out")
    figures = measure_images(dataset, records, say=say, jobs=jobs)
    # A set of phantoms or of photographs without marks has nothing to hold the regions against.
    if figures.values["mask"] is not None and any(record.lesions for record in records):
        figures.values["segmentation"] = measure_segmentation(dataset, records, say=say)
    say(f"writing {out}")
    write_image_report(figures, out)
    return figures.values


def write_image_report(figures: ImageFigures, out: Path) -> None:
    """`images.json`, `images.md`, the histogram, `worst.png`, and last `images.html`.

    Where the page is, all of it is whole. The page and `worst.png` show images of the data set;
    the others do not.
    """
    values = figures.values
    (out / PAGE).unlink(missing_ok=True)
    pictures = {}
    mask = values["mask"]
    if mask is not None and mask["quality"] is not None:
        _draw_histogram(values, out / HISTOGRAM)
        pictures[HISTOGRAM] = (out / f"{HISTOGRAM}.svg").read_bytes()
    if figures.worst:
        sheet = _sheet(figures)
        write_file(out / f"{WORST}.png", lambda aside: aside.write_bytes(sheet))
        pictures[WORST] = sheet
    write_json(out / FIGURES, values)
    for name, template in ((TEXT, MARKDOWN), (PAGE, HTML)):
        page = render_page(
            title(values),
            sections(values),
            notice=values["notice"],
            pictures=pictures,
            template=template,
        )
        write_text(out / name, page)


def _sheet(figures: ImageFigures) -> bytes:
    rows = figures.values["mask"]["worst"]
    captions = [f"{row['number']}: quality {row['quality']:.2f}" for row in rows]
    sheet: RgbPicture = draw_contact_sheet(figures.worst, captions)
    # OpenCV stores BGR. It writes no text chunk: nothing but pixels is in the file.
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(sheet[..., ::-1]))
    return bytes(encoded.tobytes())


def _draw_histogram(values: dict[str, Any], stem: Path) -> None:
    mask = values["mask"]
    edges = np.linspace(0.0, 1.0, QUALITY_BINS + 1)
    figure = Figure(figsize=(6.4, 3.2), layout="constrained")
    axis = figure.subplots()
    axis.bar(edges[:-1], mask["histogram"], width=np.diff(edges), align="edge", color=BLUE)
    axis.axvline(mask["threshold"], color=GRAY, linestyle="--", linewidth=1, label="threshold")
    # Nearly all masks are good: on a linear scale the others could not be seen. One image is
    # still a bar, since the axis begins below 1.
    axis.set_yscale("log")
    axis.set_ylim(0.5, 2 * max(mask["histogram"]))
    axis.set(xlim=(0, 1), xlabel="quality of the breast mask", ylabel="images")
    axis.set_title(f"{values['data']['name']}, n {sum(mask['histogram'])}", fontsize="medium")
    axis.legend(frameon=False, loc="upper left")
    save_figure(figure, stem)
