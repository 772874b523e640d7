"""The real DICOMs of the shared folder: bright = dense, or refused by name."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from pydicom.encaps import encapsulate, get_frame
from pydicom.filereader import dcmread

from mammoscope.images.decode import decode
from mammoscope.types import DecodeError

REAL = {
    "MG1_J2KI.dcm": ("L", "MLO"),
    "MG1_JPLY.dcm": ("L", "MLO"),
    "cbis-roi-crop-1.dcm": ("L", None),
    "cbis-roi-crop-2.dcm": ("L", None),
    "rsna-mono1-j2k-16bit-R.dcm": ("R", None),
    "rsna-mono2-j2k-12bit-L.dcm": ("L", None),
    "rsna-mono2-jpegll-12bit-L.dcm": ("L", None),
    "rsna-mono2-jpegll-12bit-R.dcm": ("R", None),
}


def read_shared(shared: Path, name: str) -> bytes:
    path = shared / "data" / "dicom" / name
    if not path.is_file():
        pytest.skip(f"{name} is not in the shared data folder (set MAMMOSCOPE_SHARED)")
    return path.read_bytes()


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_is_decoded_bright_for_dense(name, shared):
    image = decode(read_shared(shared, name))
    assert (image.laterality, image.view) == REAL[name]
    pixels = image.pixels
    if name.startswith("rsna"):
        # The half away from the chest wall is mostly air; the other holds the breast.
        half = image.columns // 2
        left, right = pixels[:, :half], pixels[:, half:]
        breast, air = (left, right) if image.laterality == "L" else (right, left)
        assert np.median(air) < 0.02
        assert breast.mean() > 3 * air.mean()
        assert np.percentile(breast, 99) > 0.3
    elif name.startswith("MG1"):
        # Film: its right third, between marker and lower edge, is air.
        air = pixels[2500:4000, 2300:2700]
        assert np.median(air) < 0.2 < 0.5 < np.median(pixels[1500:4000, 200:1200])
    else:
        assert np.median(pixels) > 0.5


def test_two_encodings_of_one_film_agree(shared):
    wavelet = decode(read_shared(shared, "MG1_J2KI.dcm")).pixels
    cosine = decode(read_shared(shared, "MG1_JPLY.dcm")).pixels
    difference = np.abs(wavelet - cosine)
    assert difference.mean() < 0.01
    assert np.percentile(difference, 99.9) < 0.1
    assert np.corrcoef(wavelet.ravel(), cosine.ravel())[0, 1] > 0.999


def test_a_damaged_real_jpeg_lossless_file_is_an_error(shared):
    data = read_shared(shared, "rsna-mono2-jpegll-12bit-R.dcm")
    with pytest.raises(DecodeError):
        decode(data[: len(data) // 2])
    ds = dcmread(io.BytesIO(data))
    frame = get_frame(ds.PixelData, 0, number_of_frames=1)
    ds.PixelData = encapsulate([frame[: len(frame) // 2]])
    buffer = io.BytesIO()
    ds.save_as(buffer)
    with pytest.raises(DecodeError, match="lacks its end"):
        decode(buffer.getvalue())
