"""The OpenAPI description: what FastAPI derives, plus the forms and the problem documents."""

from __future__ import annotations

from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from mammoscope.serving.access import OPEN_PATHS
from mammoscope.serving.problems import KINDS, MEDIA_TYPE
from mammoscope.serving.schemas import Problem
from mammoscope.types import ASPECT_LIMITS, Modality

# More than any file has.
LAST_WINDOW = 9999

FILE_FIELD = {"type": "string", "format": "binary", "description": "DICOM, PNG, JPEG, TIFF or PGM"}
ASPECT_FIELD = {
    "type": "number",
    "minimum": ASPECT_LIMITS[0],
    "maximum": ASPECT_LIMITS[1],
    "description": "true height / width of the image, where the file does not tell",
}
WINDOW_FIELD = {
    "type": "integer",
    "minimum": 0,
    "maximum": LAST_WINDOW,
    "description": "which of a DICOM's windows to show it in; the first, 0, where there is none",
}
MODALITY_FIELD = {
    "type": "string",
    "enum": list(get_args(Modality)),
    "default": "mammogram",
    "description": "what kind of picture it is read as: that of the models that are to judge it",
}
MODEL_FIELD = {
    "type": "array",
    "items": {"type": "string"},
    "uniqueItems": True,
    "description": "name or name@version, one part each, all of one modality, which the file is "
    "read as; the default model where there is none",
}
INCLUDE_FIELD = {"type": "string", "enum": ["heatmap"], "description": "what else to answer"}


KEY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "a key of `mammoscope keys add`, where the server asks for one; scope predict",
}


def form(**fields: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of an operation that takes a file and these fields."""
    schema = {"type": "object", "required": ["file"], "properties": {"file": FILE_FIELD, **fields}}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }


def problems(
    *statuses: int, documents: dict[int, type[BaseModel]] | None = None
) -> dict[int | str, dict[str, Any]]:
    """`responses` of an operation that may answer these problems.

    Args:
        statuses: HTTP status of each.
        documents: status → what its document holds, where it is more than a problem.
    """
    return {
        status: {
            "model": Problem | (documents or {}).get(status, Problem),
            "description": "; ".join(kind.title for kind in KINDS if kind.status == status),
        }
        for status in statuses
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description, made once; errors under their own media type."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schema["components"]["securitySchemes"] = {"key": KEY_SCHEME}
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                if path not in OPEN_PATHS:
                    _add_key(operation)
                for status, response in operation["responses"].items():
                    # FastAPI knows one media type a route, that of its success.
                    if status.isdecimal() and int(status) >= 400:
                        (content,) = response["content"].values()
                        response["content"] = {MEDIA_TYPE: content}
        app.openapi_schema = schema
    return app.openapi_schema


def _add_key(operation: dict[str, Any]) -> None:
    """That an operation takes a key, and what it answers where that does not do."""
    # {}: a server on one's own machine asks for none.
    operation["security"] = [{}, {"key": []}]
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in (400, 401, 403, 429, 503):
        titles = "; ".join(kind.title for kind in KINDS if kind.status == status)
        operation["responses"].setdefault(str(status), {"description": titles, "content": problem})
