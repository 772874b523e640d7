"""`mammoscope prepare`: what a model will see of an image, stage by stage as PNG files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mammoscope.cli.inputs import parse_aspect, read_image_file

if TYPE_CHECKING:
    from mammoscope.images.stages import Picture


def prepare(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="DICOM, PNG, JPEG, TIFF or PGM.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder that the pictures go to.")],
    aspect: Annotated[
        float | None,
        typer.Option(
            parser=parse_aspect,
            metavar="H/W",
            help="True height / width of the image where its file does not tell: 1.3 or 4/3.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Prepare as for this published model; see `models`."),
    ] = None,
    zoo: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of published models.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Writes what a model will see of an image, stage by stage as PNG files.

    In 2-breast.png the outline of the breast is blue, the crop box yellow, and
    the thick orange line is the side of the chest wall.

    Pictures of an earlier run in the same folder are replaced; nothing else
    there is touched. If the file cannot be read, nothing is written.

    An image that no model should judge is prepared too, and the reason said.
    """
    from dataclasses import asdict

    from mammoscope.images.decode import decode, out_of_memory
    from mammoscope.images.preprocess import PreprocessConfig
    from mammoscope.images.preprocess import prepare as prepare_image
    from mammoscope.images.quality import check
    from mammoscope.images.segment import find_breast
    from mammoscope.images.stages import draw_stages
    from mammoscope.inference.answer import image_to_dict
    from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
    from mammoscope.types import Modality

    published = None if model is None else ModelStore(zoo or PACKAGE_ZOO).open(model)
    config = published.preprocess if published else PreprocessConfig()
    modality: Modality = published.modality if published else "mammogram"
    data = read_image_file(file)
    try:
        image = decode(data, modality=modality, aspect=aspect)
        breast = find_breast(image)
        quality = check(image, breast, modality=modality)
        prepared = prepare_image(image, config, breast=breast)
        pictures = draw_stages(image, breast, prepared)
        contents = {out / f"{name}.png": _png(picture) for name, picture in pictures.items()}
    except MemoryError:
        raise out_of_memory(data) from None
    _write(contents, out, source=file)
    chest_wall = "right" if breast.chest_wall_right else "left"
    report = {
        "file": str(file),
        "image": image_to_dict(image),
        "warnings": list(quality.warnings),
        "can_be_assessed": quality.reason is None,
        "reason": quality.reason,
        "breast_share": breast.area,
        "chest_wall": chest_wall if breast.area else None,
        "geometry": asdict(prepared.geometry),
        "model": published.reference if published else None,
        "preprocess": asdict(config),
        "pictures": [str(path) for path in contents],
    }
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    for line in _as_text(report):
        # Bytes of a name that are no UTF-8 would stop the output.
        typer.echo(line.encode("utf-8", "replace").decode())


def _write(contents: Mapping[Path, bytes], out: Path, *, source: Path) -> None:
    """All files are on the disk before the first of an earlier run is replaced."""
    from mammoscope.types import MammoscopeError

    is_new = not out.exists()
    try:
        if any(path.exists() and path.samefile(source) for path in contents):
            raise MammoscopeError(
                "a picture would replace the file that it is made of; choose another --out"
            )
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mammoscope-", dir=out) as aside:
            for path, content in contents.items():
                (Path(aside) / path.name).write_bytes(content)
            for path in contents:
                (Path(aside) / path.name).replace(path)
    except OSError as error:
        if is_new and out.is_dir() and not any(out.iterdir()):
            out.rmdir()
        raise MammoscopeError(
            f"the pictures cannot be written: {error.strerror or type(error).__name__}; "
            "give a folder that can be written with --out"
        ) from None


def _png(picture: Picture) -> bytes:
    import cv2
    import numpy as np

    from mammoscope.types import MammoscopeError

    # OpenCV stores BGR. It writes no text chunk: nothing but pixels is in the file.
    pixels = picture[..., ::-1] if picture.ndim == 3 else picture
    written, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels))
    if not written:  # libpng ends at a million rows or columns
        rows, columns = picture.shape[:2]
        raise MammoscopeError(
            f"a picture of {rows} × {columns} pixels cannot be written as a PNG; "
            "expected a single view"
        )
    return bytes(encoded.tobytes())


def _as_text(report: Mapping[str, Any]) -> Iterator[str]:
    image, geometry = report["image"], report["geometry"]
    source = image["source"]
    reason = report["reason"]
    yield f"{report['file']}: " + (f"Cannot assess: {reason}" if reason else "Can be assessed")
    syntax = f", transfer syntax {source['transfer_syntax']}" if source["transfer_syntax"] else ""
    yield (
        f"  format           {source['format']}{syntax}, {source['bits']} bits, "
        f"{image['rows']} rows × {image['columns']} columns, "
        f"pixels {image['pixel_aspect']:.3g} times as high as wide"
    )
    for step in source["steps"]:
        yield f"  step             {step}"
    for warning in report["warnings"]:
        yield f"  warning          {warning}"
    if report["chest_wall"]:
        share, side = report["breast_share"], report["chest_wall"]
        yield f"  breast           {share:.0%} of the image, chest wall on the {side}"
    else:
        yield "  breast           none found; the whole image is taken"
    top, left, bottom, right = geometry["crop"]
    yield f"  crop box         rows {top} to {bottom}, columns {left} to {right}"
    yield f"  mirrored         {'yes' if geometry['mirrored'] else 'no'}"
    rows, columns = geometry["prepared_shape"]
    down, across = geometry["scale"]
    yield f"  scale            {down:.4f} down, {across:.4f} across, to {rows} × {columns}"
    yield f"  prepared for     {report['model'] or 'the default configuration'}"
    for path in report["pictures"]:
        yield f"  wrote            {path}"
