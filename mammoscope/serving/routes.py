"""The API: what is asked, and who answers it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, cast, get_args

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from mammoscope import __version__
from mammoscope.inference.answer import (
    Reading,
    image_to_dict,
    model_to_dict,
    prediction_to_dict,
    read,
)
from mammoscope.inference.decode_worker import Decode, DecodeWorkers
from mammoscope.inference.predictor import Predictor
from mammoscope.serving import openapi, schemas, study_schemas
from mammoscope.serving.access import key_id
from mammoscope.serving.audit import Audit
from mammoscope.serving.examples import ExampleFile
from mammoscope.serving.gate import Gate
from mammoscope.serving.multipart import Form, read_form
from mammoscope.serving.plane import encode_plane
from mammoscope.serving.problems import (
    BAD_REQUEST,
    NOT_FOUND,
    UNASSESSABLE,
    ProblemError,
    problem,
)
from mammoscope.serving.roster import Roster
from mammoscope.serving.settings import Settings
from mammoscope.types import ASPECT_LIMITS, RESEARCH_NOTICE, Modality

router = APIRouter(prefix="/api")


@dataclass(frozen=True, slots=True)
class Services:
    """What the endpoints work with, made when the server starts."""

    settings: Settings
    roster: Roster
    gate: Gate
    examples: Mapping[str, ExampleFile]
    studies: Mapping[str, Mapping[str, Any]]
    workers: DecodeWorkers
    audit: Audit


@router.get("/health", response_model=schemas.Health)
async def health(request: Request) -> Response:
    """That the server answers, and with which models."""
    names = [predictor.model.reference for predictor in _services(request).roster.predictors]
    return JSONResponse({"status": "ok", "version": __version__, "models": names})


@router.get("/models", response_model=schemas.Models)
async def models(request: Request) -> Response:
    """Every model with its card, the default first."""
    served = [predictor.model for predictor in _services(request).roster.predictors]
    return JSONResponse(
        {
            "default": served[0].name if served else None,
            "notice": RESEARCH_NOTICE,
            "models": [model_to_dict(model) for model in served],
        }
    )


@router.get("/examples", response_model=list[schemas.Example])
async def examples(request: Request) -> Response:
    """Synthetic images to try."""
    return JSONResponse(
        [
            {
                "name": example.name,
                "title": example.title,
                "url": f"/api/examples/{example.name}",
                "media_type": example.media_type,
                "exam": None if example.exam is None else asdict(example.exam),
            }
            for example in _services(request).examples.values()
        ]
    )


@router.get("/examples/{name}", response_class=FileResponse, responses=openapi.problems(404))
async def example(request: Request, name: str) -> Response:
    """The bytes of an example image."""
    found = _services(request).examples.get(name)
    if found is None:
        raise ProblemError(NOT_FOUND, "no example has this name; GET /api/examples lists them")
    return FileResponse(found.path, media_type=found.media_type)


@router.get("/studies", response_model=list[study_schemas.StudySummary])
async def studies(request: Request) -> Response:
    """The comparisons of models whose figures are here."""
    return JSONResponse(
        [
            {
                "name": name,
                "dataset": study["data"]["name"],
                "positive": study["data"]["positive"],
                "unit": study["unit"],
                "models": [model["name"] for model in study["models"]],
            }
            for name, study in _services(request).studies.items()
        ]
    )


@router.get("/studies/{name}", response_model=study_schemas.Study, responses=openapi.problems(404))
async def study(request: Request, name: str) -> Response:
    """The figures of one comparison."""
    found = _services(request).studies.get(name)
    if found is None:
        raise ProblemError(NOT_FOUND, "no study has this name; GET /api/studies lists them")
    return JSONResponse(found)


@router.post(
    "/predictions",
    response_model=schemas.Reading,
    responses=openapi.problems(
        400, 403, 404, 408, 413, 415, 422, 503, documents={422: schemas.Unassessed}
    ),
    openapi_extra=openapi.form(
        model=openapi.MODEL_FIELD,
        include=openapi.INCLUDE_FIELD,
        aspect=openapi.ASPECT_FIELD,
        window=openapi.WINDOW_FIELD,
    ),
)
async def predict(request: Request) -> Response:
    """One prediction a model asked for, in order; 422 when no model could assess the image."""
    services = _services(request)
    async with services.gate.admission():
        form = await _form(request, "model", "include", "aspect", "window")
        work = partial(
            _answer_reading,
            form.file,
            services.roster.select(form.values.get("model", ())),
            decode=services.workers.decode,
            aspect=_aspect(form),
            window=_window(form),
            heatmap=_includes_heatmap(form),
            logged=partial(services.audit.logged, data=form.file, key_id=key_id(request.scope)),
        )
        return await services.gate.run(work, gone=partial(_gone, request))


@router.post(
    "/images",
    response_class=Response,
    responses={
        200: {
            "description": "uint32 n, n bytes of JSON (an Image with `warnings` and `channels`, "
            "1 for gray or 3 for RGB), then rows × columns × channels uint16, little-endian: "
            "0 to 65535, bright = dense",
            "content": {"application/octet-stream": {}},
        },
        **openapi.problems(400, 403, 408, 413, 415, 422, 503),
    },
    openapi_extra=openapi.form(
        modality=openapi.MODALITY_FIELD,
        aspect=openapi.ASPECT_FIELD,
        window=openapi.WINDOW_FIELD,
    ),
)
async def decode_image(request: Request) -> Response:
    """The pixels as they were decoded, for a viewer to window by itself."""
    services = _services(request)
    async with services.gate.admission():
        form = await _form(request, "modality", "aspect", "window")
        work = partial(
            _answer_plane,
            form.file,
            decode=services.workers.decode,
            modality=_modality(form),
            aspect=_aspect(form),
            window=_window(form),
        )
        return await services.gate.run(work, gone=partial(_gone, request))


def _answer_reading(
    data: bytes,
    predictors: Sequence[Predictor],
    *,
    decode: Decode,
    aspect: float | None,
    window: int,
    heatmap: bool,
    logged: Callable[[Callable[[], Reading]], Reading],
) -> Response:
    work = partial(
        read, data, predictors, decode=decode, aspect=aspect, window=window, heatmap=heatmap
    )
    reading = logged(work)
    answer: dict[str, Any] = {
        "notice": RESEARCH_NOTICE,
        "image": image_to_dict(reading.image),
        "predictions": [prediction_to_dict(prediction) for prediction in reading.predictions],
    }
    if any(prediction.score is not None for prediction in reading.predictions):
        return JSONResponse(answer)
    return problem(UNASSESSABLE, str(reading.predictions[0].reason), members=answer)


def _answer_plane(
    data: bytes, *, decode: Decode, modality: Modality, aspect: float | None, window: int
) -> Response:
    body = encode_plane(decode(data, modality=modality, aspect=aspect, window=window))
    return Response(body, media_type="application/octet-stream")


async def _gone(request: Request) -> None:
    """Returns when the client has closed its connection; after its body was read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _services(request: Request) -> Services:
    return cast(Services, request.app.state.services)


async def _form(request: Request, *fields: str) -> Form:
    settings = _services(request).settings
    return await read_form(
        request,
        fields,
        max_bytes=settings.max_upload_bytes,
        timeout_s=settings.upload_timeout_s,
    )


def _modality(form: Form) -> Modality:
    texts = form.values.get("modality", ("mammogram",))
    known = get_args(Modality)
    if len(texts) != 1 or texts[0] not in known:
        raise ProblemError(BAD_REQUEST, f"expected one modality: {' or '.join(known)}")
    return cast(Modality, texts[0])


def _aspect(form: Form) -> float | None:
    texts = form.values.get("aspect", ())
    if not texts:
        return None
    try:
        (value,) = map(float, texts)
    except ValueError:
        value = math.nan
    least, most = ASPECT_LIMITS
    if not least <= value <= most:  # also refuses NaN
        raise ProblemError(BAD_REQUEST, f"expected one aspect, a number from {least:g} to {most:g}")
    return value


def _window(form: Form) -> int:
    texts = form.values.get("window", ("0",))
    # int() takes signs, spaces, underscores and the digits of every script.
    if len(texts) == 1 and re.fullmatch(r"[0-9]+", texts[0]) is not None:
        window = int(texts[0])
        if window <= openapi.LAST_WINDOW:
            return window
    raise ProblemError(
        BAD_REQUEST, f"expected one window, a number from 0 to {openapi.LAST_WINDOW}"
    )


def _includes_heatmap(form: Form) -> bool:
    asked = form.values.get("include", ())
    if set(asked) - {"heatmap"}:
        raise ProblemError(BAD_REQUEST, "expected include=heatmap or no include")
    return bool(asked)
