"""Pixel data without what is no picture: burned-in text, stray bits, comments in codestreams.

A frame whose pixels stay is not coded anew: a lossy one would lose again. All else is written
uncompressed, run-length coding as well, whose streams may hold bytes that no pixel comes from.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame

from mammoscope.images.bare_codestream import bare_codestream
from mammoscope.images.burned_in_text import BurnedInText
from mammoscope.images.codecs import CODECS, decode_frame
from mammoscope.images.elements import third_party
from mammoscope.images.grayscale import Layout
from mammoscope.types import DecodeError


def put_pixels(
    kept: Dataset, ds: Any, samples: NDArray[Any], layout: Layout, found: BurnedInText
) -> str:
    """Puts the pixel data into `kept` and their transfer syntax into its file meta group.

    Args:
        kept: the cleaned data set.
        ds: the original, for its compressed frame.
        samples: its samples as decoded, with their `layout`.
        found: what is to be blanked, and what is not to be changed.

    Returns:
        What became of the pixels' coding, in words.

    Raises:
        DecodeError: the compressed frame cannot be freed of text.
    """
    boxes = found.outside
    if layout.syntax in CODECS and not boxes:
        frame, said = _bare_frame(ds, samples, layout)
        kept.file_meta.TransferSyntaxUID = layout.syntax
        kept.PixelData = encapsulate([frame])
        kept["PixelData"].VR = "OB"
        return said
    clean = _stored_only(samples, layout)
    if boxes:
        clean = _blanked(clean, found)
        was = list(kept.get("ImageType", []))
        kept.ImageType = ["DERIVED", *(was[1:] or ["PRIMARY"])]  # PS3.3 C.7.6.1.1.2
    kept.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    raw = clean.astype(clean.dtype.newbyteorder("<"), copy=False).tobytes()
    kept.PixelData = raw + b"\0" * (len(raw) % 2)
    kept["PixelData"].VR = "OB" if layout.allocated == 8 else "OW"
    beside = layout.raw and not np.array_equal(clean, samples) and not boxes
    return f"{layout.syntax.name}, written as Explicit VR Little Endian" + (
        "; bits beside the stored ones cleared" if beside else ""
    )


def _bare_frame(ds: Any, samples: NDArray[Any], layout: Layout) -> tuple[bytes, str]:
    """The compressed frame without text, proved to decode to the same samples."""
    with third_party("the DICOM's pixel data are broken; copy or export the file again"):
        frame: bytes = get_frame(ds.PixelData, 0, number_of_frames=1)
    bare = bare_codestream(frame, layout.syntax)
    if bare == frame.rstrip(b"\0"):
        return bare, f"{layout.syntax.name}, as it was"
    shape = (layout.rows, layout.columns, layout.samples)
    again = decode_frame(
        bare,
        layout.syntax,
        shape=shape,
        allocated=layout.allocated,
        photometric=layout.photometric,
    )
    if not np.array_equal(again.astype(samples.dtype, copy=False), samples):
        raise DecodeError(
            "the compressed frame depends on segments that may hold text; "
            "decompress the file first (dcmdjpeg, gdcmconv --raw)"
        )
    return bare, f"{layout.syntax.name}, as it was but for comments and wrapping, which are removed"


def _stored_only(samples: NDArray[Any], layout: Layout) -> NDArray[Any]:
    """The samples without what lies beside the stored bits: overlays of old files, or rubbish."""
    if not layout.raw:
        return samples
    bits = 8 * samples.dtype.itemsize
    shift = layout.high + 1 - layout.stored
    unsigned = samples.view(f"u{samples.dtype.itemsize}").astype(np.int64)
    clean = unsigned & ((1 << layout.stored) - 1) << shift
    if layout.signed:
        # The sign goes on in the bits above, as most readers expect.
        sign = 1 << layout.high
        clean = ((clean ^ sign) - sign) & ((1 << bits) - 1)
    return clean.astype(f"u{samples.dtype.itemsize}").view(samples.dtype)


def _blanked(samples: NDArray[Any], found: BurnedInText) -> NDArray[Any]:
    """The samples with the level of the air around each box in it; nothing guarded is changed."""
    clean = samples.copy()
    size = (samples.shape[1], samples.shape[0])
    guarded = cv2.resize(found.guarded.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    left_out = guarded.copy()
    for top, left, bottom, right in found.outside:
        left_out[top:bottom, left:right] = True
    for top, left, bottom, right in found.outside:
        ring = max(4, min(bottom - top, right - left) // 2)
        around = (
            slice(max(0, top - ring), bottom + ring),
            slice(max(0, left - ring), right + ring),
        )
        air = samples[around][~left_out[around]]
        # A level that occurs, not a mean of two.
        level = np.sort(air)[air.size // 2] if air.size else samples.min()
        box = (slice(top, bottom), slice(left, right))
        clean[box][~guarded[box]] = level
    return clean
