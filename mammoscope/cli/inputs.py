"""What commands are given: an image file of bounded size, and options that several take."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

if TYPE_CHECKING:
    from mammoscope.types import Precision

# Four times the largest uncompressed single view; also ends the reading of an endless device.
MAX_FILE_BYTES = 256 * 2**20
_CONNECT_SECONDS = 10


def parse_aspect(text: str) -> float:
    """True height / width, of a number (`1.3`) or a ratio (`4/3`)."""
    from mammoscope.types import ASPECT_LIMITS

    least, most = ASPECT_LIMITS
    try:
        height, _, width = text.partition("/")
        value = float(height) / float(width or 1)
    except (ValueError, ZeroDivisionError):
        raise typer.BadParameter(f"{text!r} is neither a number nor HEIGHT/WIDTH") from None
    if not least <= value <= most:  # also refuses NaN
        raise typer.BadParameter(f"{text!r} is not in {least:g} to {most:g}")
    return value


def parse_precision(text: str) -> Precision:
    """The precision of that name."""
    from mammoscope.types import Precision

    for known in get_args(Precision):
        if text == known:
            return cast("Precision", known)
    raise typer.BadParameter(f"{text!r} is none of {', '.join(get_args(Precision))}")


def reach_cluster(address: str) -> str:
    """The address of a Ray cluster's head, once something answers there.

    Ray itself would try for ten minutes, and then end the process.

    Raises:
        MammoscopeError: nothing does.
    """
    from mammoscope.types import MammoscopeError

    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        raise MammoscopeError(
            f"no Ray cluster answers at {address} ({error}); expected the address of its head, "
            "such as 10.0.0.1:6379; start one with `ray start --head`, or leave --address out"
        ) from error
    return address


def read_image_file(file: Path) -> bytes:
    """The bytes of a file that is no larger than an image can be.

    Raises:
        DecodeError: it cannot be opened, or is larger.
    """
    from mammoscope.types import DecodeError

    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DecodeError(
            f"the file cannot be opened: {error.strerror or type(error).__name__}"
        ) from None
    if len(data) > MAX_FILE_BYTES:
        raise DecodeError(
            f"the file is larger than {MAX_FILE_BYTES >> 20} MiB; expected a single view"
        )
    return data


ModelName = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name or name@version; see `models`.")
]
Aspect = Annotated[
    float | None,
    typer.Option(
        parser=parse_aspect,
        metavar="H/W",
        help="True height / width of the images where their files do not tell: 1.3 or 4/3.",
    ),
]
Window = Annotated[
    int, typer.Option(min=0, help="Which of a DICOM's windows to show it in, from 0.")
]
PrecisionName = Annotated[
    str,
    typer.Option(
        metavar="float32|bfloat16|int8",
        help="Of the network's arithmetic; a faster one if the model is admitted in it.",
    ),
]
Zoo = Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of published models.")]
