"""The comparison flow: read what runs wrote → measure → draw → write."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mammoscope.experiment.compared_run import read_runs
from mammoscope.experiment.comparison import KIND, measure_runs
from mammoscope.experiment.comparison_figures import ENDINGS, STEMS, draw_all, stems_of
from mammoscope.experiment.comparison_report import HTML, LATEX, MARKDOWN, render, render_latex
from mammoscope.experiment.image_report import FIGURES as IMAGE_FIGURES
from mammoscope.experiment.image_report import PAGE as IMAGE_PAGE
from mammoscope.experiment.report_folder import refuse_other, sweep_report
from mammoscope.experiment.run import RunFolder
from mammoscope.experiment.statistics import REPLICATES
from mammoscope.ledger.durable import write_json, write_text

FIGURES = "comparison.json"
_OURS = {
    *(FIGURES, MARKDOWN, HTML, LATEX),
    *(f"{stem}.{ending}" for stem in STEMS for ending in ENDINGS),
}


def compare(
    runs: Sequence[RunFolder],
    out: Path,
    *,
    images: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
    replicates: int = REPLICATES,
) -> dict[str, Any]:
    """Writes one report of all runs, from what is written in their folders and nothing else.

    `report.html` is written last: where it is, the comparison is whole.

    Args:
        runs: trained and evaluated on one split.
        out: folder to write; it is new, empty, or holds an earlier comparison.
        images: folder beside `out` with the page that `inspect_images` wrote; the report says the
            least of it and leads there.
        say: told of progress, a line at a time.
        replicates: of the patient bootstrap.

    Returns:
        What `comparison.json` holds.

    Raises:
        DatasetError: the runs cannot be compared, or `out` holds something else.
    """
    refuse_other(out, kind=KIND, figures=FIGURES, ours=_OURS)
    compared = read_runs(runs)
    values = measure_runs(compared, replicates=replicates, say=say)
    if images is not None:
        found = json.loads((images / IMAGE_FIGURES).read_text(encoding="utf-8"))
        values["images"] = found | {"page": f"../{images.name}/{IMAGE_PAGE}"}
    say(f"writing {out}")
    (out / HTML).unlink(missing_ok=True)
    stems = stems_of(values)
    values["pictures"] = [f"{stem}.{ending}" for stem in stems for ending in ENDINGS]
    write_json(out / FIGURES, values)
    sweep_report(out, keep={FIGURES, MARKDOWN, LATEX, *values["pictures"]})
    draw_all(compared, values, out)
    pictures = {stem: (out / f"{stem}.svg").read_bytes() for stem in stems}
    write_text(out / LATEX, render_latex(values))
    write_text(out / MARKDOWN, render(values, pictures, MARKDOWN))
    write_text(out / HTML, render(values, pictures, HTML))
    return values
