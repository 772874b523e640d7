"""The DICOM grayscale chain against a table of pixels worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, uid

from mammoscope.images.decode import decode
from mammoscope.images.grayscale import (
    looked_up,
    window_linear,
    window_linear_exact,
    window_sigmoid,
)
from mammoscope.types import DecodeError
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


# --- which of several VOI transformations ----------------------------------------------------

SEVERAL = {"window": ([1000, 2000, 500], [1000, 2000, 500]), "function": "LINEAR_EXACT"}


@pytest.mark.parametrize(("window", "expected"), [(0, 0.25), (1, 0.0), (2, 1.0)])
def test_the_window_that_is_asked_for_is_used(window, expected):
    data = make_dicom(
        np.array([[750]], np.uint16), WindowCenterWidthExplanation=[CANARY, "B", "C"], **SEVERAL
    )
    image = decode(data, window=window)
    np.testing.assert_allclose(image.pixels, expected, atol=1e-6)
    assert f"({window + 1} of 3)" in image.source.steps[-1]
    assert CANARY not in repr(image)


def test_tables_are_counted_before_windows():
    first, second = Dataset(), Dataset()
    for item, entries in ((first, [0, 51]), (second, [0, 102])):
        item.LUTDescriptor, item.LUTData = [2, 0, 8], entries
        item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    data = make_dicom(np.array([[500]], np.uint16), VOILUTSequence=[first, second], **SEVERAL)
    expected = {0: 0.2, 1: 0.4, 2: 0.0, 3: 0.0, 4: 0.5}
    for window, value in expected.items():
        image = decode(data, window=window)
        np.testing.assert_allclose(image.pixels, value, atol=1e-6)
        assert f"({window + 1} of 5)" in image.source.steps[-1]


@pytest.mark.parametrize(
    ("header", "window", "seen", "most"),
    [
        (SEVERAL, 3, "0 VOI LUTs and 3 windows", 2),
        (SEVERAL, -1, "0 VOI LUTs and 3 windows", 2),
        ({}, 1, "0 VOI LUTs and 0 windows", 0),
        (VOI, 1, "1 VOI LUTs and 0 windows", 0),
    ],
)
def test_a_window_that_is_not_there_is_refused(header, window, seen, most):
    with pytest.raises(DecodeError, match=f"{seen}; expected 0 to {most} "):
        decode(make_dicom(gradient(), **header), window=window)


def test_only_a_gray_dicom_has_windows():
    with pytest.raises(DecodeError, match="only a DICOM has any"):
        decode(b"P5 1 1 255\n\0", window=1)
    color = make_dicom(np.zeros((4, 4, 3), np.uint8), photometric="RGB")
    with pytest.raises(DecodeError, match="a colour DICOM has none"):
        decode(color, modality="histology", window=1)


def test_a_negative_first_entry_that_was_read_as_unsigned_is_mended():
    # Implicit VR cannot say that the descriptor of an unsigned image's VOI LUT is signed.
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [3, (1 << 16) - 2, 8], [51, 102, 255]
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    data = make_dicom(
        np.array([[998, 999, 1000]], np.uint16), rescale=(1, -1000), VOILUTSequence=[item]
    )
    np.testing.assert_allclose(decode(data).pixels, [[0.2, 0.4, 1]], atol=1e-6)


def test_a_presentation_shape_of_prints_is_a_warning():
    image = decode(make_dicom(gradient(), PresentationLUTShape="LIN OD"))
    assert image.source.warnings == (
        "the Presentation LUT shape is not one of an image and was ignored",
    )


def test_a_large_image_is_looked_up_block_by_block_like_a_small_one():
    stored = np.random.default_rng(0).integers(0, 65536, (300, 700)).astype(np.uint16)
    table = np.linspace(0, 1, 65536, dtype=np.float32)
    np.testing.assert_array_equal(looked_up(table, stored), table[stored])
    signed = stored.view(np.int16)[:, ::2]
    np.testing.assert_array_equal(looked_up(table, signed), table[stored[:, ::2]])


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


@pytest.mark.parametrize(
    "rescale", [("1e308", "0"), ("1", "1e300"), ("1e-300", "1e10"), ("-1e308", "-1e308")]
)
def test_a_rescale_that_leaves_no_range_of_values_is_refused(rescale):
    with pytest.raises(DecodeError, match="leave no range of values"):
        decode(make_dicom(gradient(), rescale=rescale))
    with pytest.raises(DecodeError, match="leave no range of values"):
        stored = np.array([[-30000, 30000]], np.int16)
        decode(make_dicom(stored, bits_stored=16, signed=True, rescale=("5e303", "0")))


@pytest.mark.parametrize("function", ["LINEAR_EXACT", "SIGMOID"])
def test_a_window_too_narrow_to_be_meant_is_ignored_and_said(function):
    image = decode(make_dicom(gradient(), window=("100", "1e-320"), function=function))
    assert len(image.source.warnings) == 1 and "was ignored" in image.source.warnings[0]
    assert image.pixels.max() == 1.0 and np.unique(image.pixels).size > 2


def test_a_first_window_that_cannot_be_meant_does_not_hide_the_second():
    stored = np.array([[0, 500, 1000]], np.uint16)
    asked = {"window": ([2048, 500], [0, 1000]), "function": "LINEAR_EXACT"}
    image = decode(make_dicom(stored, **asked))
    np.testing.assert_allclose(image.pixels, [[0, 0.5, 1]], atol=1e-6)
    assert "window LINEAR_EXACT: center 500, width 1000 (2 of 2)" in image.source.steps
    assert image.source.warnings == ("a window of width 0 was ignored",)


def test_a_modality_table_whose_negative_start_was_written_unsigned_is_read():
    item = Dataset()
    item.LUTDescriptor, item.LUTData = [3, (1 << 16) - 2, 8], [51, 102, 255]
    item["LUTDescriptor"].VR, item["LUTData"].VR = "US", "US"
    data = make_dicom(np.array([[-2, -1, 0]], np.int16), signed=True, ModalityLUTSequence=[item])
    np.testing.assert_allclose(decode(data).pixels, [[0.2, 0.4, 1]], atol=1e-6)


def test_a_padding_value_of_an_unknown_kind_is_our_error():
    data = make_dicom(gradient(), PixelPaddingValue=5)
    at = data.index(b"\x28\x00\x20\x01US")
    with pytest.raises(DecodeError, match="PixelPaddingValue is malformed"):
        decode(data[: at + 4] + b"TS" + data[at + 6 :])
