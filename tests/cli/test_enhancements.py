"""What a command line says of a preparation, and that the page about it tells the truth."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer

from mammoscope.cli.enhancements import choose_preset, parse_enhancement
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.color import COLORS
from mammoscope.images.enhance import ENHANCEMENTS, Enhancement
from mammoscope.images.presets import PRESETS
from tests.dicom_files import make_dicom
from tests.prepare_command import prepare, share_decoding

one_decoder = pytest.fixture(autouse=True, scope="module")(share_decoding)
PAGE = (Path(__file__).parents[2] / "docs" / "enhancement.md").read_text(encoding="utf-8")
COMMANDS = [line for line in PAGE.splitlines() if line.startswith("mammoscope ")]


def cells_of(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading: name → the other cells."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {row[0].strip("`"): row[1:] for row in rows}


def parameters_of(name: str) -> str:
    method = ENHANCEMENTS[name]
    said = []
    for parameter, default in method.defaults().items():
        limits = method.ranges[parameter]
        if limits.whole and (limits.least, limits.most) == (0, 1):
            span = "0 or 1"
        else:
            span = f"{'whole, ' * limits.whole}{limits.least:g} to {limits.most:g}"
        said.append(f"`{parameter}` {default:g} ({span})")
    return ", ".join(said) or "none"


def test_the_page_has_every_enhancement_with_its_parameters_defaults_and_ranges() -> None:
    rows = cells_of("Enhancements")
    assert list(rows) == list(ENHANCEMENTS)
    for name in ENHANCEMENTS:
        assert rows[name][-1] == parameters_of(name), name
        assert ("histology only" in rows[name][0]) == ENHANCEMENTS[name].on_color


def test_the_page_has_every_color_with_its_channels() -> None:
    rows = cells_of("Colours")
    assert {name: int(row[0]) for name, row in rows.items()} == {
        name: color.channels for name, color in COLORS.items()
    }


def test_the_page_has_every_preset_as_it_is() -> None:
    rows = cells_of("Presets")
    assert list(rows) == list(PRESETS)
    for name, config in PRESETS.items():
        size, steps, muscle, color = rows[name]
        assert size == f"{config.rows} × {config.columns}" and color == config.color
        said = []
        for step in config.enhancement:
            values = ", ".join(f"{key} {value:g}" for key, value in step.parameters.items())
            said.append(f"{step.name} ({values})" if values else step.name)
        assert steps == (", ".join(said) or "none")
        if name != "histology":
            assert muscle.startswith("removed") == (config.pectoral == "remove")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_work(tmp_path: Path, command: str) -> None:
    pixels = make_phantom(5, laterality="L", view="MLO", config=PhantomConfig()).pixels
    (tmp_path / "film.dcm").write_bytes(make_dicom(np.rint(pixels * 4095).astype(np.uint16)))
    patch = np.random.default_rng(1).integers(60, 220, (96, 96, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "patch.png"), patch)
    file, flag, folder, *rest = shlex.split(command)[2:]
    run = prepare(tmp_path / file, flag, tmp_path / folder, *rest)
    assert run.exit_code == 0, run.stderr
    assert len(list((tmp_path / folder).glob("*.png"))) > 5


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) >= 3


def test_a_step_is_its_name_or_its_name_with_parameters() -> None:
    assert parse_enhancement("clahe") == Enhancement("clahe")
    assert parse_enhancement("clahe:tiles=4,clip=3") == Enhancement(
        "clahe", {"clip": 3, "tiles": 4}
    )
    with pytest.raises(typer.BadParameter, match="stands twice"):
        parse_enhancement("gamma:gamma=1,gamma=1")


def test_without_a_name_the_preset_is_the_plain_one() -> None:
    chosen = choose_preset(None)
    assert (chosen.preset, chosen.model, chosen.modality) == ("plain", None, "mammogram")
    assert chosen.config == PRESETS["plain"]


def test_a_preset_itself_is_left_as_it_is() -> None:
    before = PRESETS["paper"]
    chosen = choose_preset("paper", steps=["median"], color="gray")
    assert chosen.config.enhancement == (*before.enhancement, Enhancement("median"))
    assert chosen.config.channels == 1 and PRESETS["paper"] is before
    assert before.channels == 3
