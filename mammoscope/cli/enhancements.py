"""How an image is to be prepared, as a command line says it: a preset and added steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mammoscope.images.enhance import Enhancement
    from mammoscope.images.preprocess import PreprocessConfig
    from mammoscope.types import Modality

DEFAULT_PRESET = "plain"


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done to an image, and whose it is.

    Attributes:
        config: what is done.
        modality: what the file is read as.
        preset: name in `PRESETS`, None for a model's own.
        model: `name@version`, or None.
    """

    config: PreprocessConfig
    modality: Modality
    preset: str | None = None
    model: str | None = None


def choose_model(name: str, zoo: Path | None) -> Preparation:
    """A published model's own preparation.

    Raises:
        ModelNotFoundError: no such model.
        ModelIntegrityError: it is not as it was published.
    """
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

    published = ModelStore(zoo or PACKAGE_ZOO).open(name)
    return Preparation(published.preprocess, published.modality, model=published.reference)


def choose_preset(
    name: str | None, *, steps: Sequence[str] = (), color: str | None = None
) -> Preparation:
    """A preset with steps added at its end.

    Args:
        name: in `PRESETS`; None is the default one.
        steps: as for `parse_enhancement`.
        color: in `COLORS`, instead of the preset's own.

    Raises:
        typer.BadParameter: one of them is not known; what is known is said.
    """
    from mammoscope.images.color import COLORS
    from mammoscope.images.presets import PRESETS

    preset = name or DEFAULT_PRESET
    if preset not in PRESETS:
        raise _unknown("preset", preset, PRESETS)
    config = PRESETS[preset]
    added = tuple(parse_enhancement(step) for step in steps)
    config = replace(config, enhancement=(*config.enhancement, *added))
    if color is not None:
        if color not in COLORS:
            raise _unknown("color", color, COLORS)
        config = replace(config, color=color)
    modality: Modality = "histology" if preset == "histology" else "mammogram"
    return Preparation(config, modality, preset=preset)


def parse_enhancement(text: str) -> Enhancement:
    """The step that `clahe` or `clahe:clip=3,tiles=4` names.

    Raises:
        typer.BadParameter: no such enhancement or parameter, or a value out of its range.
    """
    from mammoscope.images.enhance import Enhancement
    from mammoscope.types import MammoscopeError

    name, _, given = text.partition(":")
    parameters: dict[str, float] = {}
    for part in given.split(",") if given else ():
        key, _, value = part.partition("=")
        try:
            number = float(value)
        except ValueError:
            raise typer.BadParameter(
                f"{part!r} in {text!r} is not PARAMETER=NUMBER", param_hint="--enhance"
            ) from None
        if key in parameters:
            raise typer.BadParameter(f"{key} stands twice in {text!r}", param_hint="--enhance")
        parameters[key] = number
    try:
        return Enhancement(name, parameters)
    except MammoscopeError as error:
        raise typer.BadParameter(str(error), param_hint="--enhance") from None


def _unknown(what: str, name: str, known: Iterable[str]) -> typer.BadParameter:
    return typer.BadParameter(f"{name!r} is none of {', '.join(known)}", param_hint=f"--{what}")
