"""DICOM files: what is read of a header, what is refused, what never leaves."""

from __future__ import annotations

import struct
import time
import traceback
import warnings

import numpy as np
import pytest
from pydicom import Dataset, uid

from mammoscope.images.decode import Limits, decode
from mammoscope.images.nesting import MOST_LEVELS
from mammoscope.types import DecodeError, UnsupportedFormatError
from tests.dicom_files import CANARY, gradient, make_dicom


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


@pytest.mark.parametrize("keyword", ["BurnedInAnnotation", "RecognizableVisualFeatures"])
def test_what_the_pixels_may_give_away_is_a_warning(keyword):
    assert len(decode(make_dicom(gradient(), **{keyword: "YES"})).source.warnings) == 1
    for value in ("NO", "", CANARY):
        assert decode(make_dicom(gradient(), **{keyword: value})).source.warnings == ()


def test_a_single_frame_of_an_enhanced_object_is_read_from_its_functional_groups():
    shared, frame = Dataset(), Dataset()
    measures, voi, anatomy, values = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [0.1, 0.1]
    voi.WindowCenter, voi.WindowWidth, voi.VOILUTFunction = 1000, 1000, "LINEAR_EXACT"
    anatomy.FrameLaterality = "R"
    values.RescaleSlope, values.RescaleIntercept = 2, 0
    shared.PixelMeasuresSequence, shared.FrameAnatomySequence = [measures], [anatomy]
    frame.FrameVOILUTSequence, frame.PixelValueTransformationSequence = [voi], [values]
    image = decode(
        make_dicom(
            np.array([[250, 375, 750]], np.uint16),
            NumberOfFrames=1,
            SharedFunctionalGroupsSequence=[shared],
            PerFrameFunctionalGroupsSequence=[frame],
        )
    )
    np.testing.assert_allclose(image.pixels, [[0, 0.25, 1]], atol=1e-6)
    assert (image.laterality, image.spacing_mm) == ("R", (0.1, 0.1))


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
        ({"PhotometricInterpretation": "PALETTE COLOR"}, "colours of a palette"),
        ({"PhotometricInterpretation": "HSV"}, "not grayscale"),
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


@pytest.mark.parametrize(
    "syntax", [uid.ExplicitVRLittleEndian, uid.RLELossless, uid.JPEG2000Lossless]
)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_an_error(syntax, share):
    data = make_dicom(gradient(64, 64), transfer_syntax=syntax)
    with pytest.raises(DecodeError):
        decode(data[: int(len(data) * share)])


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


def nested(depth: int, *, item_bytes: int = 0xFFFFFFFF) -> bytes:
    """A DICOM with a private sequence in a private sequence, and so on."""
    plain = make_dicom(np.arange(64, dtype=np.uint16).reshape(8, 8))
    at = plain.index(b"\x08\x00\x16\x00UI")  # before SOPClassUID: a sequence in the right order
    begin = struct.pack("<HH2sHI", 0x0009, 0x1010, b"SQ", 0, 0xFFFFFFFF)
    begin += struct.pack("<HHI", 0xFFFE, 0xE000, item_bytes)
    end = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    return plain[:at] + depth * begin + depth * end + plain[at:]


@pytest.mark.parametrize("depth", [MOST_LEVELS + 1, 200, 20_000])
def test_sequences_nested_beyond_reason_are_refused(depth: int) -> None:
    with pytest.raises(DecodeError, match=f"nested more than {MOST_LEVELS} deep"):
        decode(nested(depth))


def test_sequences_nested_beyond_reason_are_refused_where_items_state_a_length() -> None:
    with pytest.raises(DecodeError, match="malformed"):
        decode(nested(20_000, item_bytes=1 << 20))


def test_sequences_nested_as_deep_as_permitted_are_read_and_so_are_many_side_by_side() -> None:
    assert decode(nested(MOST_LEVELS)).rows == 8
    plain = make_dicom(np.arange(64, dtype=np.uint16).reshape(8, 8))
    begin = struct.pack("<HH2sHI", 0x0009, 0x1010, b"SQ", 0, 0xFFFFFFFF)
    item = struct.pack("<HHIHHI", 0xFFFE, 0xE000, 0xFFFFFFFF, 0xFFFE, 0xE00D, 0)
    at = plain.index(b"\x08\x00\x16\x00UI")
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    assert decode(plain[:at] + begin + 1000 * item + end + plain[at:]).rows == 8
