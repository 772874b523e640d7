"""What a file's or a record's name tells: the woman of a mini-MIAS film, the parent of a copy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_FILM = re.compile(r"mdb(\d{3})(?!\d)", re.IGNORECASE)
# What augmentation scripts append: `_aug3`, `-rot90`, `_flip_lr`, `#copy-2`, ` (1)`.
_COPY = re.compile(
    r"(?:[ _#.-]*(?:(?:aug(?:mented|mentation)?|copy|rot(?:ated?|ation)?|flip(?:ped)?|mirror(?:ed)?"
    r"|hflip|vflip|zoom(?:ed)?|bright(?:ness)?|noise|shift(?:ed)?)"
    r"[ _-]?(?:\d+|lr|ud|h|v|x|y|horizontal|vertical)?)| ?\(\d+\))+$",
    re.IGNORECASE,
)


def film_of(path: str) -> int | None:
    """Number of the mini-MIAS film that a name holds (`mdb012`, `x/mdb012_aug.png`), or None."""
    found = _FILM.search(PurePosixPath(path).name)
    return int(found[1]) if found else None


def mias_keys(paths: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Woman and breast of each path, if every one of them names a mini-MIAS film; else None.

    Films 2p - 1 and 2p are the right and the left breast of woman p (`Info.txt`, note 1).
    """
    films = [film_of(path) for path in paths]
    if not films or None in films:
        return None
    numbers = [film for film in films if film is not None]
    women = [f"mias-{(number + 1) // 2:03d}" for number in numbers]
    sides = ["R" if number % 2 else "L" for number in numbers]
    return women, [f"{woman}/{side}" for woman, side in zip(women, sides, strict=True)]


def parent_of(path: str) -> str | None:
    """The path, without its ending, that a name says it is a changed copy of; None = no copy."""
    place = PurePosixPath(path)
    # A copy mark may stand behind the ending: `film.png#copy-1`.
    stem = place.stem if "#" not in place.suffix else place.stem + place.suffix.partition("#")[0]
    if "#" in place.suffix:
        return str(place.with_name(PurePosixPath(stem).stem))
    plain = _COPY.sub("", stem)
    return str(place.with_name(plain)) if plain and plain != stem else None


def parent_keys(paths: Sequence[str]) -> list[str]:
    """(N,) the parent's path of each copy and of each parent of one; "" of all others."""
    parents = [parent_of(path) for path in paths]
    named = {parent for parent in parents if parent is not None}
    keys = []
    for path, parent in zip(paths, parents, strict=True):
        own = str(PurePosixPath(path).with_suffix("")) if named else ""
        keys.append(parent or (own if own in named else ""))
    return keys
