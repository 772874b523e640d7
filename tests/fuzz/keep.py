"""Files that once found a defect, by the tests' own writers: `python -m tests.fuzz.keep`."""

from __future__ import annotations

import struct

import numpy as np
from pydicom import uid

from tests.dicom_files import make_dicom
from tests.fuzz.seeds import CORPUS

_RAMP = np.linspace(0, 4095, 24 * 32).astype(np.uint16).reshape(24, 32)


def cases() -> dict[str, bytes]:
    """Name of the file in `corpus/` → its bytes; synthetic, all of them."""
    # SOC, SIZ with Csiz = 0, EOC
    size = struct.pack(">HH8IH", 38, 0, 32, 24, 0, 0, 32, 24, 0, 0, 0)
    no_components = b"\xff\x4f\xff\x51" + size + b"\xff\xd9"
    deflated = uid.DeflatedExplicitVRLittleEndian
    return {
        "dicom slope.bin": make_dicom(_RAMP, RescaleSlope="1e308", RescaleIntercept="0"),
        "dicom intercept.bin": make_dicom(_RAMP, RescaleSlope="1", RescaleIntercept="1e300"),
        "dicom width.bin": make_dicom(_RAMP, window=("2048", "1e-320"), function="LINEAR_EXACT"),
        "dicom jpeg 2000 empty.bin": make_dicom(
            _RAMP, transfer_syntax=uid.JPEG2000Lossless, frame=no_components
        ),
        "dicom deflate bomb.bin": make_dicom(
            _RAMP, transfer_syntax=deflated, PixelData=bytes(8 * 2**20)
        ),
    }


if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    for name, data in cases().items():
        (CORPUS / name).write_bytes(data)
