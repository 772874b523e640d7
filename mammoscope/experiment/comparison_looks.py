"""How the models of a comparison are told apart in its figures, and legends that hold them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from mammoscope.experiment.plots import BLUE, GREEN, ORANGE

# Okabe & Ito's colours, which the colour-blind can tell apart too. More models than these take
# them again with another line and another mark.
COLORS = (BLUE, ORANGE, GREEN, "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#b8a800")
LINES, MARKERS = ("-", "--", "-."), ("o", "s", "^")
# In inches, of a legend's small type.
_ROW, _LETTER, _HANDLE = 0.19, 0.075, 0.6


@dataclass(frozen=True, slots=True)
class Look:
    """Colour, line and mark of one model, the same in every figure.

    Attributes:
        mark: of a point; on a line only where the colour is another model's too.
        again: whether it is.
    """

    color: str
    line: str
    mark: str
    again: bool

    @property
    def on_line(self) -> dict[str, Any]:
        """Style of a line whose dashes say something else than the model."""
        marks = {"marker": self.mark, "markersize": 4, "markevery": 0.15} if self.again else {}
        return {"color": self.color, **marks}


LOOKS = tuple(
    Look(color, line, mark, again=number > 0)
    for number, (line, mark) in enumerate(zip(LINES, MARKERS, strict=True))
    for color in COLORS
)


def looks_of(names: Iterable[str]) -> dict[str, Look]:
    """Each model's look, in the order given."""
    return dict(zip(names, LOOKS, strict=False))


def add_legend(figure: Figure, handles: Sequence[Any], **style: Any) -> None:
    """A legend below the axes, in as many columns as its labels leave room for.

    The figure grows by its rows, so that it takes nothing from the axes.
    """
    width, height = figure.get_size_inches()
    longest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, min(len(handles), int(width / (_HANDLE + _LETTER * longest))))
    rows = -(-len(handles) // columns) + (1 if style.get("title") else 0)
    figure.set_size_inches(width, height + _ROW * rows)
    figure.legend(
        handles=handles,
        frameon=False,
        loc="outside lower center",
        ncols=columns,
        fontsize="small",
        title_fontsize="small",
        **style,
    )
