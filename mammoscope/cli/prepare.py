"""`mammoscope prepare`: what a model will see of an image, stage by stage as PNG files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mammoscope.cli.enhancements import Preparation, choose_model, choose_preset
from mammoscope.cli.inputs import parse_aspect, read_image_file

if TYPE_CHECKING:
    from mammoscope.images.pectoral import PectoralMuscle
    from mammoscope.images.stages import Picture
    from mammoscope.types import BreastImage


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
    window: Annotated[
        int, typer.Option(min=0, help="Which of a DICOM's windows to show it in, from 0.")
    ] = 0,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Prepare as plain (the default), detail, paper, regions, three-window or "
            "histology.",
        ),
    ] = None,
    enhance: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:PARAMETER=VALUE,...]",
            help="Add a step to the preset: clahe, or gamma:gamma=0.5. May be given again.",
        ),
    ] = None,
    color: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The preset's channels as gray, rgb, hsv, lab, viridis or three-window.",
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

    In 2-breast.png the outline of the breast is blue, that of the pectoral
    muscle (where one is found) pink, the crop box yellow, and the thick orange
    line is the side of the chest wall. Each step after the crop is a picture,
    numbered in order; three channels are shown as red, green and blue.

    Enhancements: threshold, otsu, slice, stretch, negative, gamma, log,
    equalize, clahe, unsharp, wavelet, median; of histology's stains macenko,
    reinhard. Their parameters are in docs/enhancement.md.

    Pictures of an earlier run in the same folder are replaced, and removed where
    this run has no such step; nothing else there is touched. If the file cannot
    be read, nothing is written.

    An image that no model should judge is prepared too, and the reason said.
    """
    from mammoscope.cli.picture_files import encode_pictures, write_pictures
    from mammoscope.inference.decode_worker import DecodeWorkers

    if model is None:
        chosen = choose_preset(preset, steps=enhance or (), color=color)
    elif preset or enhance or color:
        raise typer.BadParameter(
            "a model's preparation is its own: leave out --preset, --enhance and --color",
            param_hint="--model",
        )
    else:
        chosen = choose_model(model, zoo)
    with DecodeWorkers() as workers:
        # It loads its decoders while this process loads its own.
        workers.start()
        data = read_image_file(file)
        try:
            image = workers.decode(data, modality=chosen.modality, aspect=aspect, window=window)
            pictures, said = _prepare(image, chosen)
            contents = encode_pictures(pictures)
        except MemoryError:  # decoding is not all that takes memory
            from mammoscope.images.decode import out_of_memory

            raise out_of_memory(data) from None
    write_pictures(contents, out, source=file)
    written = [str(out / name) for name in contents]
    report = {"file": str(file), **said, "pictures": written}
    if as_json:
        typer.echo(json.dumps(report, allow_nan=False))
        return
    for line in _as_text(report):
        # Bytes of a name that are no UTF-8 would stop the output.
        typer.echo(line.encode("utf-8", "replace").decode())


def _prepare(image: BreastImage, chosen: Preparation) -> tuple[dict[str, Picture], dict[str, Any]]:
    """The stages' pictures, and what is to be said of them."""
    from dataclasses import asdict

    from mammoscope.images.pectoral import find_pectoral
    from mammoscope.images.preprocess import prepare as prepare_image
    from mammoscope.images.quality import check
    from mammoscope.images.segment import find_breast
    from mammoscope.images.stages import draw_stages
    from mammoscope.inference.answer import image_to_dict
    from mammoscope.types import FloatArray

    breast = find_breast(image)
    quality = check(image, breast, modality=chosen.modality)
    is_mammogram = image.modality == "mammogram"
    muscle = find_pectoral(image, breast) if is_mammogram else None
    steps: list[tuple[str, FloatArray]] = []
    prepared = prepare_image(
        image, chosen.config, breast=breast, watch=lambda *step: steps.append(step)
    )
    pictures = draw_stages(
        image, prepared, breast=breast if is_mammogram else None, pectoral=muscle, steps=steps
    )
    chest_wall = "right" if breast.chest_wall_right else "left"
    return pictures, {
        "image": image_to_dict(image),
        "warnings": list(quality.warnings),
        "can_be_assessed": quality.reason is None,
        "reason": quality.reason,
        "breast_share": breast.area if is_mammogram else None,
        "breast_quality": breast.quality if is_mammogram else None,
        "chest_wall": chest_wall if is_mammogram and breast.area else None,
        "pectoral_muscle": _muscle_to_dict(muscle) if is_mammogram else None,
        "geometry": asdict(prepared.geometry),
        "model": chosen.model,
        "preset": chosen.preset,
        "preprocess": asdict(chosen.config),
    }


def _muscle_to_dict(muscle: PectoralMuscle | None) -> dict[str, Any]:
    return {"found": muscle is not None, "quality": None if muscle is None else muscle.quality}


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
    if image["modality"] == "mammogram":
        yield from _anatomy(report)
    top, left, bottom, right = geometry["crop"]
    yield f"  crop box         rows {top} to {bottom}, columns {left} to {right}"
    yield f"  mirrored         {'yes' if geometry['mirrored'] else 'no'}"
    rows, columns = geometry["prepared_shape"]
    down, across = geometry["scale"]
    yield f"  scale            {down:.4f} down, {across:.4f} across, to {rows} × {columns}"
    whose = f"model {report['model']}" if report["model"] else f"preset {report['preset']}"
    yield f"  prepared for     {whose}"
    for step in report["preprocess"]["enhancement"]:
        values = ", ".join(f"{name} {value:g}" for name, value in step["parameters"].items())
        yield f"  enhancement      {step['name']}" + (f" ({values})" if values else "")
    yield f"  color            {report['preprocess']['color']}"
    for path in report["pictures"]:
        yield f"  wrote            {path}"


def _anatomy(report: Mapping[str, Any]) -> Iterator[str]:
    if report["chest_wall"]:
        yield (
            f"  breast           {report['breast_share']:.0%} of the image "
            f"(quality {report['breast_quality']:.2f}), chest wall on the {report['chest_wall']}"
        )
    else:
        yield "  breast           none found; the whole image is taken"
    muscle = report["pectoral_muscle"]
    if muscle["found"]:
        treated = "removed" if report["preprocess"]["pectoral"] == "remove" else "kept"
        yield f"  pectoral muscle  found (quality {muscle['quality']:.2f}), {treated}"
    else:
        yield "  pectoral muscle  none found"
