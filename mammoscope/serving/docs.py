"""The description of the API as a page: no script, nothing from another server."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi.responses import HTMLResponse

from mammoscope.serving.problems import KINDS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}"
    "code,th{font-family:ui-monospace,monospace;text-align:left}"
    "table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #8886;padding:.25rem 1rem .25rem 0;vertical-align:top}"
    ":root{color-scheme:light dark}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'none'"
)


def docs_page(schema: Mapping[str, Any]) -> HTMLResponse:
    """The page of an OpenAPI description: operations, problems, schemas."""
    title = escape(schema["info"]["title"])
    body = "".join((*_operations(schema), *_problem_kinds(), *_schemas(schema)))
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title} API {escape(schema['info']['version'])}</h1>"
        f"<p>{escape(schema['info']['description'])}</p>"
        f'<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>{body}</body></html>',
        headers={"Content-Security-Policy": _POLICY},
    )


def _operations(schema: Mapping[str, Any]) -> Iterator[str]:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
            yield f"<p>{escape(operation.get('description', operation['summary']))}</p>"
            rows = [
                (row["name"], f"in the {row['in']}: {_type(row['schema'])}")
                for row in operation.get("parameters", ())
            ]
            for kind, body in operation.get("requestBody", {}).get("content", {}).items():
                form = body["schema"]
                rows += [
                    (name, f"{kind}: {_described(field, required=name in form['required'])}")
                    for name, field in form["properties"].items()
                ]
            rows += [
                (status, _response(response)) for status, response in operation["responses"].items()
            ]
            yield _table(rows)


def _problem_kinds() -> Iterator[str]:
    yield "<h2>Problems</h2><p>Errors are RFC 9457 documents; their type points here.</p><table>"
    for kind in KINDS:
        yield f'<tr id="{kind.slug}"><th>{kind.slug}</th><td>{kind.status}: {escape(kind.title)}'
        yield "</td></tr>"
    yield "</table>"


def _schemas(schema: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Schemas</h2>"
    for name, model in schema["components"]["schemas"].items():
        yield f'<h3 id="schema-{name}">{name}</h3><p>{escape(model.get("description", ""))}</p>'
        fields = model.get("properties", {})
        yield _table([(field, _described(value)) for field, value in fields.items()])


def _table(rows: list[tuple[str, str]]) -> str:
    """Rows of a plain name and of HTML."""
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{html}</td></tr>" for name, html in rows)
    return f"<table>{cells}</table>"


def _response(response: Mapping[str, Any]) -> str:
    contents = "".join(
        f"<br>{escape(kind)}: {_type(content.get('schema', {}))}"
        for kind, content in response.get("content", {}).items()
    )
    return escape(response["description"]) + contents


def _described(field: Mapping[str, Any], *, required: bool = False) -> str:
    text = _type(field) + (", required" if required else "")
    return f"{text}: {escape(field['description'])}" if "description" in field else text


def _type(field: Mapping[str, Any]) -> str:
    """A JSON schema in words; a link where it has a name."""
    if "$ref" in field:
        name = escape(field["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for choice in ("anyOf", "oneOf"):
        if choice in field:
            return " or ".join(map(_type, field[choice]))
    if "const" in field or "enum" in field:
        return " or ".join(
            f"<q>{escape(str(v))}</q>" for v in field.get("enum", [field.get("const")])
        )
    if field.get("type") == "array":
        return f"array of {_type(field.get('items', {}))}"
    if isinstance(field.get("additionalProperties"), dict):
        return f"object of {_type(field['additionalProperties'])}"
    return escape(field.get("type", "any"))
