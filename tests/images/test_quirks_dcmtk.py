"""The quirk table against an independent reader: DCMTK's `dcm2pnm`, where it is installed.

What it does otherwise, and what is allowed for it:

- it ignores padding, which is therefore left out of the files that are compared;
- it keeps integers after the Modality LUT, so that a slope of 0.5 moves a value by up to one;
- where nothing says how to window, and after a VOI LUT, it divides by the number of levels, 2^n,
  and not by the greatest, 2^n - 1, so that its white is one level short of white;
- it does not know LINEAR_EXACT, and takes LINEAR: at most one level of the window apart;
- it decodes no JPEG 2000 and no HTJ2K; the rows in a codec's transfer syntax are written
  uncompressed for it. That the codecs give back every stored value is tested apart.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import uid

from mammoscope.images.dicom import decode_dicom
from tests.images.test_quirks import QUIRKS, RAW, Quirk

DCM2PNM = shutil.which("dcm2pnm")
ROUNDING = 5e-5  # of 16-bit output, and of table entries to it


def allowed(quirk: Quirk) -> float:
    low, high = (float(end) for end in quirk.span)
    # The steepest that a pixel changes with the value after the Modality LUT.
    steepest = {
        "none": 1 / (high - low),
        "table": 2 * 255 / 255**2,
        "SIGMOID": 1 / quirk.window[1],
    }.get(quirk.voi, 1 / (quirk.window[1] - 1))
    fraction = steepest if quirk.rescale == (0.5, 3) else 0.0
    convention = {
        "none": 1 / (high - low + 1),
        "table": 1 / 4096,
        "LINEAR_EXACT": 1 / quirk.window[1],
    }.get(quirk.voi, 0.0)
    return ROUNDING + convention + fraction


def read_by_dcmtk(data: bytes, quirk: Quirk, folder: Path) -> NDArray[np.float64]:
    """Pixels in [0, 1] as dcm2pnm windows them, with 16 bits."""
    source, target = folder / "quirk.dcm", folder / "quirk.pgm"
    source.write_bytes(data)
    voi = {"none": ["-W"], "table": ["+Wl", "1"]}.get(quirk.voi, ["+Wi", "1"])
    subprocess.run(
        [str(DCM2PNM), "-O", *voi, "+opn", "16", str(source), str(target)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    lines = [line for line in target.read_text().splitlines() if not line.startswith("#")]
    kind, columns, rows, maxval, *samples = " ".join(lines).split()
    assert (kind, columns, rows) == ("P2", "8", "8")
    return np.array(samples, dtype=np.float64).reshape(8, 8) / int(maxval)


@pytest.mark.skipif(DCM2PNM is None, reason="dcm2pnm is not installed (make system-deps)")
@pytest.mark.parametrize("quirk", QUIRKS, ids=str)
def test_an_independent_reader_sees_the_same_pixels(quirk, tmp_path):
    syntax = quirk.syntax if quirk.syntax in RAW else uid.ExplicitVRLittleEndian
    data = quirk.file(syntax=syntax, padding=False)
    ours = decode_dicom(data, modality="mammogram", max_pixels=64).pixels
    theirs = read_by_dcmtk(data, quirk, tmp_path)
    np.testing.assert_allclose(ours, theirs, atol=allowed(quirk))
