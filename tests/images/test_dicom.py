"""The DICOM grayscale chain against tables worked out by hand, and what is refused."""

from __future__ import annotations

import io
import math
import os
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, uid
from pydicom.encaps import encapsulate, get_frame
from pydicom.filereader import dcmread

from mammoscope.images.decode import Limits, decode
from mammoscope.images.grayscale import window_linear, window_linear_exact, window_sigmoid
from mammoscope.types import DecodeError, UnsupportedFormatError
from tests.dicom_files import CANARY, gradient, make_dicom

M1 = {"photometric": "MONOCHROME1"}
EXACT = {"window": (1000, 1000), "function": "LINEAR_EXACT"}
SIGMOID = {"window": (1000, 400), "function": "SIGMOID"}
VOI = {"voi_lut": (10, 8, [0, 51, 102, 255])}
E1 = 1 / (1 + math.e)  # 0.2689…: one quarter of a width below the centre

# name, stored values, header, expected pixels
CHAIN: list[tuple[str, list[int], dict[str, Any], list[float]]] = [
    ("no VOI", [0, 819, 4095], {}, [0, 0.2, 1]),
    ("no VOI, M1", [0, 819, 4095], M1, [1, 0.8, 0]),
    ("no VOI, 16 bits", [0, 13107, 65535], {"bits_stored": 16}, [0, 0.2, 1]),
    ("no VOI, 10 bits", [0, 341, 1023], {"bits_stored": 10}, [0, 1 / 3, 1]),
    ("no VOI, signed", [-2048, -1229, 2047], {"signed": True}, [0, 0.2, 1]),
    ("no VOI, signed, M1", [-2048, 2047], {"signed": True, **M1}, [1, 0]),
    ("LINEAR over all", [0, 819, 4095], {"window": (2048, 4096)}, [0, 0.2, 1]),
    ("LINEAR", [499, 500, 750, 1000, 1500, 2000], {"window": (1000.5, 1001)},
     [0, 0, 0.25, 0.5, 1, 1]),
    ("LINEAR by name", [750], {"window": (1000.5, 1001), "function": "LINEAR"}, [0.25]),
    ("LINEAR of width 1", [0, 100, 101, 4095], {"window": (100.5, 1)}, [0, 0, 1, 1]),
    ("LINEAR_EXACT", [400, 500, 750, 1000, 1500, 1600], EXACT, [0, 0, 0.25, 0.5, 1, 1]),
    ("LINEAR_EXACT of width 0.5", [99, 100, 101],
     {"window": (100, 0.5), "function": "LINEAR_EXACT"}, [0, 0.5, 1]),
    ("LINEAR_EXACT, M1: after the window", [500, 750, 1500], {**EXACT, **M1}, [1, 0.75, 0]),
    ("LINEAR_EXACT, signed", [-1000, 0, 500],
     {"signed": True, "window": (0, 2000), "function": "LINEAR_EXACT"}, [0, 0.5, 0.75]),
    ("SIGMOID", [900, 1000, 1100], SIGMOID, [E1, 0.5, 1 - E1]),
    ("SIGMOID, M1", [900, 1000, 1100], {**SIGMOID, **M1}, [1 - E1, 0.5, E1]),
    ("SIGMOID far out", [0, 4095], {"window": (2000, 1), "function": "SIGMOID"}, [0, 1]),
    ("first of three windows", [500, 750],
     {"window": ([1000, 9, 9], [1000, 8, 8]), "function": "LINEAR_EXACT"}, [0, 0.25]),
    ("window of width 0 ignored", [0, 819], {"window": (2048, 0)}, [0, 0.2]),
    ("rescale, no VOI", [0, 819, 4095], {"rescale": (2, 100)}, [0, 0.2, 1]),
    ("falling rescale, no VOI", [0, 819, 4095], {"rescale": (-1, 4095)}, [1, 0.8, 0]),
    ("rescale, window", [0, 500, 1000],
     {"rescale": (2, -1000), "window": (0, 2000), "function": "LINEAR_EXACT"}, [0, 0.5, 1]),
    ("rescale, signed, window, M1", [-500, 0, 250],
     {"rescale": (0.5, 0), "signed": True, "window": (0, 500), "function": "LINEAR_EXACT", **M1},
     [1, 0.5, 0.25]),
    ("VOI LUT", [0, 10, 11, 12, 13, 4095], VOI, [0, 0, 0.2, 0.4, 1, 1]),
    ("VOI LUT, M1", [0, 11, 13], {**VOI, **M1}, [1, 0.8, 0]),
    ("VOI LUT before window", [11, 12], {**VOI, "window": (2048, 4096)}, [0.2, 0.4]),
    ("VOI LUT, signed", [-9, -2, -1, 0, 5],
     {"voi_lut": (-2, 8, [51, 102, 255]), "signed": True}, [0.2, 0.2, 0.4, 1, 1]),
    ("VOI LUT after rescale", [5, 6], {**VOI, "rescale": (2, 0)}, [0, 0.4]),
    ("VOI LUT wider than declared", [0, 1], {"voi_lut": (0, 8, [0, 1023])}, [0, 1]),
    ("Modality LUT, no VOI", [0, 1, 2, 9], {"modality_lut": (0, 8, [255, 204, 0])},
     [1, 0.8, 0, 0]),
    ("Modality LUT, window", [0, 1, 2, 3],
     {"modality_lut": (0, 8, [0, 51, 102, 204]), "window": (102, 204),
      "function": "LINEAR_EXACT"}, [0, 0.25, 0.5, 1]),
    ("Modality LUT before rescale", [0, 1],
     {"modality_lut": (0, 8, [255, 51]), "rescale": (9, 9)}, [1, 0.2]),
    ("INVERSE says M1 again", [0, 819], {**M1, "PresentationLUTShape": "INVERSE"}, [1, 0.8]),
    ("INVERSE alone", [0, 819], {"PresentationLUTShape": "INVERSE"}, [1, 0.8]),
    ("IDENTITY", [0, 819], {"PresentationLUTShape": "IDENTITY"}, [0, 0.2]),
    ("padding", [819, 4094, 4095], {"PixelPaddingValue": 4095}, [0.2, 4094 / 4095, 0]),
    ("padding, M1", [0, 819, 4095], {**M1, "PixelPaddingValue": 0}, [0, 0.8, 0]),
    ("padding range", [819, 4000, 4050, 4095],
     {"PixelPaddingValue": 4095, "PixelPaddingRangeLimit": 4000}, [0.2, 0, 0, 0]),
    ("padding out of range", [0, 4095], {"PixelPaddingValue": 5000}, [0, 1]),
    ("padding, signed, M1", [-2048, 2047], {**M1, "signed": True, "PixelPaddingValue": -2048},
     [0, 0]),
    ("stored in the high bits", [0, 819 << 4, 4095 << 4], {"HighBit": 15}, [0, 0.2, 1]),
    ("rubbish beside the stored bits", [0xF000, 819 | 0x7000], {}, [0, 0.2]),
    ("signed without its sign extended", [0x800, 0x7FF, 0xFFF], {"signed": True},
     [0, 1, 2047 / 4095]),
]  # fmt: skip


def rows_of(stored: list[int], header: dict[str, Any]) -> np.ndarray:
    return np.array([stored], np.int16 if header.get("signed") else np.uint16)


@pytest.mark.parametrize(
    ("stored", "header", "expected"), [row[1:] for row in CHAIN], ids=[row[0] for row in CHAIN]
)
def test_the_grayscale_chain_gives_the_pixels_worked_out_by_hand(stored, header, expected):
    image = decode(make_dicom(rows_of(stored, header), **header))
    assert image.pixels.dtype == np.float32
    np.testing.assert_allclose(image.pixels, [expected], atol=1e-6)


def test_eight_bit_pixels_use_eight_bits():
    image = decode(make_dicom(np.array([[0, 51, 255]], np.uint8)))
    np.testing.assert_allclose(image.pixels, [[0, 0.2, 1]], atol=1e-6)
    assert image.source.bits == 8


def test_every_step_is_recorded_in_order():
    header = {"rescale": (1, 0), "window": ([1802.31, 2], [1091.97, 2]), "function": "SIGMOID"}
    image = decode(make_dicom(gradient(), PixelPaddingValue=3044, **header, **M1))
    assert image.source.steps == (
        "stored values: 12 bits unsigned",
        "rescale: slope 1, intercept 0",
        "window SIGMOID: center 1802.31, width 1091.97 (1 of 2)",
        "inverted: MONOCHROME1",
        "pixel padding 3044 to 3044 set to the darkest",
    )
    assert (image.source.format, image.source.bits) == ("dicom", 12)
    assert image.source.transfer_syntax == uid.ExplicitVRLittleEndian


def test_an_ignored_window_is_a_warning():
    image = decode(make_dicom(gradient(), window=(2048, 0)))
    assert image.source.warnings == ("a window of width 0 was ignored",)


def test_window_functions_are_monotone_and_meet_at_their_centre():
    x = np.arange(-5000.0, 5000.0)
    for function in (window_linear, window_linear_exact, window_sigmoid):
        y = function(x, 40.0, 400.0)
        assert (np.diff(y) >= 0).all()
        assert (y.min(), y.max()) == pytest.approx((0, 1), abs=1e-9)
    assert window_linear(np.array([39.5]), 40, 400) == 0.5
    assert window_linear_exact(np.array([40.0]), 40, 400) == 0.5
    assert window_sigmoid(np.array([40.0]), 40, 400) == 0.5


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    "syntax",
    [
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.RLELossless,
        uid.JPEG2000Lossless,
    ],
    ids=lambda syntax: syntax.name,
)
def test_lossless_transfer_syntaxes_agree(syntax, signed):
    stored = gradient(64, 64).astype(np.int32) - 2048 * signed
    pixels = stored.astype(np.int16 if signed else np.uint16)
    image = decode(make_dicom(pixels, signed=signed, transfer_syntax=syntax))
    np.testing.assert_allclose(image.pixels, gradient(64, 64) / 4095, atol=1e-6)


def packed_by_gdcm(data: bytes, name: str, folder: Path) -> bytes:
    """The DICOM `data` compressed by GDCM, in the transfer syntax that GDCM calls `name`."""
    gdcm = pytest.importorskip("gdcm")
    plain, packed = folder / "plain.dcm", folder / "packed.dcm"
    plain.write_bytes(data)
    reader, writer = gdcm.ImageReader(), gdcm.ImageWriter()
    reader.SetFileName(str(plain))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, name)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(packed))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return packed.read_bytes()


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("name", ["JPEGLosslessProcess14_1", "JPEGLSLossless"])
def test_what_gdcm_compressed_comes_back_unchanged(name, signed, tmp_path):
    stored = gradient(64, 64).astype(np.int32) - 2048 * signed
    plain = make_dicom(stored.astype(np.int16 if signed else np.uint16), signed=signed)
    image = decode(packed_by_gdcm(plain, name, tmp_path))
    np.testing.assert_allclose(image.pixels, gradient(64, 64) / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        (b"\xff\xc4", b"\x16\xc4"),  # no table: GDCM would end the process
        (b"\xff\xc4", b"\xff\xe4"),
        (b"\xff\xda\x00\x08\x01\x01\x00", b"\xff\xda\x00\x08\x01\x01\x30"),  # another table
        (b"\xff\xda", b"\xff\xc3"),
        (b"\xff\xc3\x00", b"\xff\xc3\xff"),
    ],
)
def test_broken_jpeg_lossless_segments_never_reach_gdcm(whole, broken, tmp_path):
    data = packed_by_gdcm(make_dicom(gradient(64, 64)), "JPEGLosslessProcess14_1", tmp_path)
    at = data.index(whole, data.index(b"\xff\xd8\xff\xc3"))
    with pytest.raises(DecodeError, match="marker segments are broken"):
        decode(data[:at] + broken + data[at + len(whole) :])


@pytest.mark.parametrize(
    "syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian]
)
def test_a_data_set_without_preamble_is_read(syntax):
    image = decode(make_dicom(gradient(), transfer_syntax=syntax, preamble=False))
    np.testing.assert_allclose(image.pixels, gradient() / 4095, atol=1e-6)
    assert image.source.transfer_syntax == syntax


def test_a_data_set_without_preamble_and_pixels_is_no_image():
    with pytest.raises(UnsupportedFormatError):
        decode(make_dicom(gradient(), preamble=False, PixelData=None))


def test_colour_is_for_histology_only():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    data = make_dicom(red, photometric="RGB")
    image = decode(data, modality="histology")
    assert image.pixels.shape == (4, 4, 3)
    np.testing.assert_array_equal(image.pixels[0, 0], [1, 0, 0])
    with pytest.raises(DecodeError, match="not grayscale"):
        decode(data)


def test_ybr_becomes_rgb():
    ybr = np.tile(np.array([76, 85, 255], np.uint8), (4, 4, 1))  # pure red, PS3.3 C.7.6.3.1.2
    image = decode(make_dicom(ybr, photometric="YBR_FULL"), modality="histology")
    np.testing.assert_allclose(image.pixels[0, 0], [1, 0, 0], atol=0.01)


def test_baseline_jpeg_in_dicom_is_read():
    buffer = io.BytesIO()
    Image.fromarray(gradient(32, 32, bits=8).astype(np.uint8)).save(buffer, "JPEG", quality=95)
    data = make_dicom(
        np.zeros((32, 32), np.uint8), transfer_syntax=uid.JPEGBaseline8Bit, frame=buffer.getvalue()
    )
    np.testing.assert_allclose(decode(data).pixels, gradient(32, 32, bits=8) / 255, atol=0.02)


# --- what the header says about the picture -------------------------------------------------


@pytest.mark.parametrize(
    ("image_side", "series_side", "expected"),
    [
        ("L", None, "L"),
        ("R", "L", "R"),
        (None, "L", "L"),
        ("B", "L", None),
        ("U", None, None),
        (None, "LEFT", None),
        (None, None, None),
    ],
)
def test_laterality_is_read_and_never_guessed(image_side, series_side, expected):
    extra = {} if series_side is None else {"Laterality": series_side}
    assert decode(make_dicom(gradient(), laterality=image_side, **extra)).laterality == expected


def test_sides_that_disagree_are_a_warning():
    image = decode(make_dicom(gradient(), laterality="R", Laterality="L"))
    assert any("disagree" in note for note in image.source.warnings)


@pytest.mark.parametrize(
    ("position", "expected"),
    [("CC", "CC"), ("MLO", "MLO"), ("mlo", "MLO"), ("AT", "AT"), ("SMITH", None), ("", None),
     ("L MLO", None), (None, None)],
)  # fmt: skip
def test_only_views_that_dicom_knows_come_through(position, expected):
    assert decode(make_dicom(gradient(), view=position)).view == expected


@pytest.mark.parametrize(
    ("code", "meaning", "expected"),
    [
        ("399162004", "cranio-caudal", "CC"),
        ("R-10226", "anything", "MLO"),
        ("X", "Medio-Lateral Oblique", "MLO"),
        ("X", f"{CANARY} view", None),
    ],
)
def test_the_view_code_is_used_where_the_position_is_absent(code, meaning, expected):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "SCT", meaning
    assert decode(make_dicom(gradient(), ViewCodeSequence=[item])).view == expected


@pytest.mark.parametrize(
    ("extra", "spacing", "aspect"),
    [
        ({}, None, 1.0),
        ({"PixelSpacing": [0.1, 0.05]}, (0.1, 0.05), 2.0),
        ({"ImagerPixelSpacing": [0.07, 0.07]}, (0.07, 0.07), 1.0),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.2, 0.1]}, (0.1, 0.1), 1.0),
        ({"PixelSpacing": [0, 0.1], "ImagerPixelSpacing": [0.2, 0.1]}, (0.2, 0.1), 2.0),
        ({"PixelAspectRatio": [3, 2]}, None, 1.5),
        ({"PixelAspectRatio": [0, 2]}, None, 1.0),
    ],
)
def test_spacing_and_aspect_come_from_the_header(extra, spacing, aspect):
    image = decode(make_dicom(gradient(), **extra))
    assert image.spacing_mm == spacing
    assert image.pixel_aspect == pytest.approx(aspect)


def test_raw_detector_pixels_are_decoded_and_marked():
    image = decode(make_dicom(gradient(), PresentationIntentType="FOR PROCESSING"))
    assert image.source.for_processing
    assert not decode(make_dicom(gradient())).source.for_processing


# --- what is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"NumberOfFrames": 3}, "3 frames"),
        ({"PixelData": None}, "no pixel data"),
        ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "32 allocated"),
        ({"BitsStored": 17, "HighBit": 16}, "17 bits stored"),
        ({"BitsAllocated": None}, "BitsAllocated"),
        ({"Rows": None}, "Rows"),
        ({"Rows": 0}, "0 × 16"),
        ({"Rows": 9}, "broken or truncated"),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "not grayscale"),
        ({"SamplesPerPixel": 3}, "not grayscale"),
        ({"rescale": (0, 1)}, "slope is 0"),
        ({"window": (1, 2), "function": CANARY}, "VOI LUT function"),
        ({"voi_lut": (0, 40, [0, 1])}, "lookup table"),
        ({"PixelSpacing": [100, 1]}, "pixel aspect"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(extra, message):
    with pytest.raises(DecodeError, match=message) as caught:
        decode(make_dicom(gradient(), **extra))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_transfer_syntax_that_cannot_be_decoded_is_named():
    data = make_dicom(gradient(), transfer_syntax=uid.MPEG2MPML, frame=b"\0\0\1\xb3")
    with pytest.raises(DecodeError, match=r"MPEG2 .*1\.2\.840\.10008\.1\.2\.4\.100"):
        decode(data)


def test_a_deflated_data_set_is_refused_before_it_is_inflated():
    data = make_dicom(gradient(), transfer_syntax=uid.DeflatedExplicitVRLittleEndian)
    with pytest.raises(DecodeError, match="Deflated"):
        decode(data)


def test_a_transfer_syntax_that_nobody_registered_is_not_repeated():
    data = make_dicom(gradient())
    data = data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.3.19570412.1.2\0\0")
    with pytest.raises(DecodeError, match="not registered") as caught:
        decode(data)
    assert "19570412" not in str(caught.value)


@pytest.mark.parametrize(
    "extra",
    [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 2**31 - 1}],
)
def test_a_huge_header_is_refused_quickly(extra):
    data = make_dicom(gradient(), **extra)
    start = time.perf_counter()
    with pytest.raises(DecodeError, match="expected at most"):
        decode(data)
    assert time.perf_counter() - start < 1.0


def test_limits_can_be_narrowed():
    with pytest.raises(DecodeError, match="at most 100 "):
        decode(make_dicom(gradient(8, 16)), limits=Limits(max_pixels=100))


def test_a_frame_larger_than_its_header_is_not_decoded():
    data = make_dicom(gradient(64, 64), transfer_syntax=uid.JPEG2000Lossless)
    frame = get_frame(dcmread(io.BytesIO(data)).PixelData, 0, number_of_frames=1)
    lying = make_dicom(gradient(32, 32), transfer_syntax=uid.JPEG2000Lossless, frame=frame)
    with pytest.raises(DecodeError, match="64 × 64"):
        decode(lying)


@pytest.mark.parametrize(
    "syntax", [uid.ExplicitVRLittleEndian, uid.RLELossless, uid.JPEG2000Lossless]
)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_an_error(syntax, share):
    data = make_dicom(gradient(64, 64), transfer_syntax=syntax)
    with pytest.raises(DecodeError):
        decode(data[: int(len(data) * share)])


def test_a_compressed_frame_without_its_end_is_an_error():
    data = make_dicom(gradient(64, 64), transfer_syntax=uid.JPEG2000Lossless)
    frame = get_frame(dcmread(io.BytesIO(data)).PixelData, 0, number_of_frames=1)
    cut = make_dicom(
        gradient(64, 64), transfer_syntax=uid.JPEG2000Lossless, frame=frame[: len(frame) // 2]
    )
    with pytest.raises(DecodeError, match="lacks its end"):
        decode(cut)


# --- privacy --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"view": CANARY},
        {"laterality": CANARY},
        {"VOILUTFunction": CANARY},
        {"PresentationLUTShape": CANARY},
        {"WindowCenter": 5, "WindowWidth": 5, "WindowCenterWidthExplanation": CANARY},
        {"ImageComments": CANARY},
    ],
)
def test_no_identifier_comes_out_of_an_image(extra):
    extra = {"patient_name": f"{CANARY}^Jane", **extra}
    try:
        image = decode(make_dicom(gradient(), **extra))
    except DecodeError as error:
        seen = "".join(traceback.format_exception(error))
    else:
        seen = repr(image)
    assert CANARY not in seen


def test_no_identifier_comes_out_of_a_broken_number(caplog, capfd):
    assert len(CANARY) == 9
    data = make_dicom(gradient(), window=(123456789, 987654321), rescale=(1, 0))
    data = data.replace(b"123456789", CANARY.encode())
    with warnings.catch_warnings(record=True) as caught, pytest.raises(DecodeError) as error:
        warnings.simplefilter("always")
        decode(data)
    told = "".join(traceback.format_exception(error.value)) + caplog.text + str(caught)
    out, err = capfd.readouterr()
    assert "WindowCenter" in told
    assert CANARY not in told + out + err


def test_pydicoms_warnings_stay_inside():
    # An unknown character set and excess pixel data make pydicom warn; warnings are errors here.
    data = make_dicom(gradient(), SpecificCharacterSet=f"{CANARY} 9")
    longer = make_dicom(gradient(), PixelData=gradient().tobytes() + bytes(500))
    for each in (data, longer):
        np.testing.assert_allclose(decode(each).pixels, gradient() / 4095, atol=1e-6)


def test_elements_of_a_person_are_never_parsed():
    # A broken patient element would stop a reader that looks at it.
    data = make_dicom(gradient(), patient_name="x" * 200)
    assert decode(data.replace(b"x" * 200, b"\xff\x1b$B" * 50)).rows == 8


# --- real files -----------------------------------------------------------------------------

REAL = {
    "MG1_J2KI.dcm": ("L", "MLO"),
    "cbis-roi-crop-1.dcm": ("L", None),
    "cbis-roi-crop-2.dcm": ("L", None),
    "rsna-mono1-j2k-16bit-R.dcm": ("R", None),
    "rsna-mono2-j2k-12bit-L.dcm": ("L", None),
    "rsna-mono2-jpegll-12bit-L.dcm": ("L", None),
    "rsna-mono2-jpegll-12bit-R.dcm": ("R", None),
}


@pytest.fixture(scope="session")
def shared() -> Path:
    there = Path(__file__).parents[2].parent / "shared"
    return Path(os.environ.get("MAMMOSCOPE_SHARED", there))


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
    elif name == "MG1_J2KI.dcm":
        # Film: its right third, between marker and lower edge, is air.
        air = pixels[2500:4000, 2300:2700]
        assert np.median(air) < 0.2 < 0.5 < np.median(pixels[1500:4000, 200:1200])
    else:
        assert np.median(pixels) > 0.5


def test_twelve_bit_jpeg_extended_is_refused_by_name(shared):
    with pytest.raises(DecodeError, match=r"JPEG Extended.*1\.2\.840\.10008\.1\.2\.4\.51"):
        decode(read_shared(shared, "MG1_JPLY.dcm"))


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
