"""An upload, read from the stream into memory and nowhere else.

Starlette's own form parser writes parts of more than 1 MiB to temporary files; an image of a
person must not be left on a disk. File names are dropped unread: they are often a patient's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import anyio
from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from mammoscope.serving.problems import BAD_REQUEST, NOT_MULTIPART, TIMEOUT, TOO_LARGE, ProblemError

FILE = "file"
# One file, and each model by name: no form of ours comes near these.
MAX_PARTS = 64
MAX_PART_HEADERS = 8
MAX_HEADER_BYTES = 4096
MAX_VALUE_BYTES = 256


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A whole upload.

    Attributes:
        file: bytes of the one part named `file`.
        values: field name → its values, in order; only names that were allowed.
    """

    file: bytes
    values: Mapping[str, tuple[str, ...]]


async def read_form(
    request: Request, fields: Collection[str], *, max_bytes: int, timeout_s: float
) -> Form:
    """The form that a request carries.

    Args:
        request: not yet read.
        fields: names that are allowed beside `file`.
        max_bytes: of the whole body; reading stops at the first byte above it.
        timeout_s: seconds until the last byte.

    Raises:
        ProblemError: 400 malformed, 408 too slow, 413 too large, 415 not a form.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    builder = _FormBuilder(frozenset(fields))
    try:
        parser = MultipartParser(_boundary(request), builder.callbacks())
        with anyio.fail_after(timeout_s):
            seen = 0
            async for chunk in request.stream():
                seen += len(chunk)
                if seen > max_bytes:
                    raise _too_large(max_bytes)
                parser.write(chunk)
    except FormParserError:
        # Its message quotes bytes of the body.
        raise _malformed("the body is no well-formed multipart/form-data") from None
    except TimeoutError:
        raise ProblemError(
            TIMEOUT, f"the body was not complete after {timeout_s:g} seconds; send it again"
        ) from None
    return builder.form()


class _FormBuilder:
    """Takes the parser's callbacks and makes a `Form` of them."""

    def __init__(self, fields: frozenset[str]) -> None:
        self._fields = fields
        self._file: bytearray | None = None
        self._values: dict[str, list[str]] = {}
        self._parts = self._headers = 0
        self._header_name, self._header_value = bytearray(), bytearray()
        self._name: str | None = None
        self._value = bytearray()
        self._complete = False

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin_part,
            "on_header_begin": self._begin_header,
            "on_header_field": self._extend_header_name,
            "on_header_value": self._extend_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_data,
            "on_part_data": self._extend_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def form(self) -> Form:
        """The form, once everything was read.

        Raises:
            ProblemError: 400, the body was cut short or has no file.
        """
        if not self._complete:
            raise _malformed("the body ends before its closing boundary; send it whole")
        if self._file is None:
            raise _malformed(f"the form has no part named {FILE!r}; expected exactly one")
        values = {name: tuple(values) for name, values in self._values.items()}
        return Form(file=bytes(self._file), values=values)

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _malformed(f"the form has more than {MAX_PARTS} parts")
        self._headers, self._name = 0, None

    def _begin_header(self) -> None:
        self._headers += 1
        if self._headers > MAX_PART_HEADERS:
            raise _malformed(f"a part has more than {MAX_PART_HEADERS} headers")
        self._header_name.clear()
        self._header_value.clear()

    def _extend_header_name(self, data: bytes, start: int, end: int) -> None:
        _extend(self._header_name, data[start:end], MAX_HEADER_BYTES, "a part's header")

    def _extend_header_value(self, data: bytes, start: int, end: int) -> None:
        _extend(self._header_value, data[start:end], MAX_HEADER_BYTES, "a part's header")

    def _end_header(self) -> None:
        if self._header_name.lower() != b"content-disposition":
            return
        disposition, options = parse_options_header(bytes(self._header_value))
        if disposition == b"form-data" and b"name" in options:
            self._name = options[b"name"].decode("latin-1")

    def _begin_data(self) -> None:
        if self._name == FILE:
            if self._file is not None:
                raise _malformed(f"the form has two parts named {FILE!r}; expected exactly one")
            self._file = bytearray()
        elif self._name not in self._fields:
            expected = ", ".join(sorted({FILE, *self._fields}))
            raise _malformed(f"a part has no name or an unknown one; expected one of: {expected}")
        self._value.clear()

    def _extend_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE and self._file is not None:
            self._file += data[start:end]
        else:
            _extend(self._value, data[start:end], MAX_VALUE_BYTES, f"field {self._name!r}")

    def _end_part(self) -> None:
        if self._name is None or self._name == FILE:
            return
        try:
            value = self._value.decode("utf-8")
        except UnicodeDecodeError:
            raise _malformed(f"field {self._name!r} is not UTF-8") from None
        self._values.setdefault(self._name, []).append(value)

    def _end(self) -> None:
        self._complete = True


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise ProblemError(
            NOT_MULTIPART, f"expected Content-Type multipart/form-data with a part named {FILE!r}"
        )
    boundary: bytes = options.get(b"boundary", b"")
    if not boundary:
        raise _malformed("the Content-Type names no boundary")
    return boundary


def _extend(buffer: bytearray, data: bytes, limit: int, what: str) -> None:
    if len(buffer) + len(data) > limit:
        raise _malformed(f"{what} is longer than {limit} bytes")
    buffer += data


def _malformed(detail: str) -> ProblemError:
    return ProblemError(BAD_REQUEST, detail)


def _too_large(max_bytes: int) -> ProblemError:
    return ProblemError(
        TOO_LARGE,
        f"the body is larger than {max_bytes} bytes; send a single view, compressed if need be",
    )
