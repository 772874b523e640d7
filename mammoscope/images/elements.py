"""Typed look at DICOM elements: absent, or of the expected kind, or a `DecodeError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pydicom

from mammoscope.types import DecodeError


@contextmanager
def third_party(message: str) -> Iterator[None]:
    try:
        yield
    except DecodeError:
        raise
    # On a damaged file pydicom and its plugins raise whatever comes, some two dozen kinds so far,
    # from AttributeError to zlib.error, with values of the header in the text: hence all of them,
    # and `from None`.
    except Exception:  # noqa: BLE001
        raise DecodeError(message) from None


def first_item(ds: Any, keyword: str) -> Any:
    with third_party(f"the DICOM's {keyword} is malformed; export the file again"):
        items = ds.get(keyword)
        return items[0] if items else None


def text(ds: Any, keyword: str) -> str:
    """Upper-case text of an element; "" if absent, empty or of several values."""
    with third_party(f"the DICOM's {keyword} is malformed; export the file again"):
        value = ds.get(keyword)
        return value.strip().upper() if isinstance(value, str) else ""


def numbers_of(ds: Any, keyword: str) -> tuple[float, ...]:
    """Finite numbers of an element; () if absent or empty."""
    with third_party(f"the DICOM's {keyword} is malformed; export the file again"):
        value = ds.get(keyword)
        if value is None or value == "":
            return ()
        values = value if isinstance(value, (list, pydicom.multival.MultiValue)) else [value]
        numbers = tuple(float(number) for number in values)
        if not np.isfinite(numbers).all():
            raise ValueError
        return numbers


def integer(ds: Any, keyword: str, default: int | None = None) -> int:
    numbers = numbers_of(ds, keyword)
    if not numbers and default is not None:
        return default
    if len(numbers) != 1 or numbers[0] != int(numbers[0]):
        raise DecodeError(f"the DICOM's {keyword} is missing or no whole number; export it again")
    return int(numbers[0])
