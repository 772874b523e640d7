"""Transfer syntaxes: files that the tests wrote come back, and a broken frame is our error."""

from __future__ import annotations

import io
import traceback
import tracemalloc
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom import uid
from pydicom.filereader import dcmread

from mammoscope.images.codestreams import jpeg, jpeg_2000
from mammoscope.images.decode import Limits, decode
from mammoscope.types import DecodeError
from tests.dicom_files import CANARY, encoded_frame, gradient, make_dicom

LOSSLESS = [
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
    uid.RLELossless,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
    uid.JPEGLSLossless,
    uid.JPEG2000Lossless,
    uid.HTJ2KLossless,
    uid.HTJ2KLosslessRPCL,
]
LOSSY = [uid.JPEGExtended12Bit, uid.JPEGLSNearLossless, uid.JPEG2000, uid.HTJ2K]


def name_of(syntax: object) -> str:
    return syntax.name if isinstance(syntax, uid.UID) else str(syntax)


def compressed(syntax: str) -> bytes:
    return encoded_frame(gradient(64, 64), syntax, bits=12)


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("syntax", LOSSLESS, ids=name_of)
def test_lossless_transfer_syntaxes_give_every_stored_value(syntax, signed, bits):
    ramp = gradient(64, 64, bits=bits).astype(np.int32)
    stored = (ramp - (1 << bits - 1) * signed).astype(
        f"{'i' if signed else 'u'}{1 if bits == 8 else 2}"
    )
    image = decode(make_dicom(stored, signed=signed, bits_stored=bits, transfer_syntax=syntax))
    np.testing.assert_allclose(image.pixels, ramp / ((1 << bits) - 1), atol=1e-6)
    assert image.source.transfer_syntax == syntax


@pytest.mark.parametrize("syntax", LOSSY, ids=name_of)
def test_lossy_transfer_syntaxes_come_close(syntax):
    ramp = gradient(64, 64)
    image = decode(make_dicom(ramp, transfer_syntax=syntax))
    np.testing.assert_allclose(image.pixels, ramp / 4095, atol=0.01)
    assert image.source.transfer_syntax == syntax


@pytest.mark.parametrize("syntax", [uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit], ids=name_of)
def test_eight_bit_jpeg_comes_close(syntax):
    ramp = gradient(32, 32, bits=8).astype(np.uint8)
    image = decode(make_dicom(ramp, transfer_syntax=syntax))
    np.testing.assert_allclose(image.pixels, ramp / 255, atol=0.01)


def test_eight_bits_in_a_container_of_sixteen_keep_their_values_and_sign():
    frame = encoded_frame(np.full((16, 16), -100, np.int8), uid.JPEG2000Lossless, bits=8)
    image = decode(
        make_dicom(
            np.zeros((16, 16), np.int16),
            signed=True,
            window=(0, 400),
            function="LINEAR_EXACT",
            transfer_syntax=uid.JPEG2000Lossless,
            frame=frame,
        )
    )
    np.testing.assert_allclose(image.pixels, 0.25, atol=1e-6)


def test_a_codestream_that_says_signed_is_believed_with_a_warning():
    frame = encoded_frame(np.full((16, 16), -100, np.int16), uid.JPEG2000Lossless, bits=12)
    header = {"window": (0, 400), "function": "LINEAR_EXACT", "frame": frame}
    data = make_dicom(np.zeros((16, 16), np.uint16), transfer_syntax=uid.JPEG2000Lossless, **header)
    image = decode(data)
    np.testing.assert_allclose(image.pixels, 0.25, atol=1e-6)
    assert "the frame was believed" in image.source.warnings[0]


def test_a_whole_jp2_file_in_a_frame_is_read():
    stored = gradient(64, 64)
    frame = bytes(imagecodecs.jpeg2k_encode(stored, codecformat="jp2", reversible=True))
    assert not frame.startswith(b"\xff\x4f")
    image = decode(make_dicom(stored, transfer_syntax=uid.JPEG2000Lossless, frame=frame))
    np.testing.assert_allclose(image.pixels, stored / 4095, atol=1e-6)


# --- colour, for histology -------------------------------------------------------------------

RED = np.tile(np.array([200, 40, 90], np.uint8), (16, 16, 1))


@pytest.mark.parametrize(
    ("syntax", "photometric"),
    [
        (uid.ExplicitVRLittleEndian, "RGB"),
        (uid.RLELossless, "RGB"),
        (uid.JPEGLossless, "RGB"),
        (uid.JPEGLSLossless, "RGB"),
        (uid.JPEG2000Lossless, "YBR_RCT"),
        (uid.HTJ2KLossless, "YBR_RCT"),
    ],
    ids=name_of,
)
def test_colours_come_back_in_order(syntax, photometric):
    image = decode(
        make_dicom(RED, photometric=photometric, transfer_syntax=syntax), modality="histology"
    )
    np.testing.assert_allclose(image.pixels, RED / 255, atol=1e-6)


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_colours_of_a_lossy_jpeg_are_turned_into_rgb(photometric):
    buffer = io.BytesIO()
    Image.fromarray(RED).save(buffer, "JPEG", quality=98)
    data = make_dicom(
        RED,
        photometric=photometric,
        transfer_syntax=uid.JPEGBaseline8Bit,
        frame=buffer.getvalue(),
    )
    np.testing.assert_allclose(decode(data, modality="histology").pixels, RED / 255, atol=0.02)


def test_ybr_in_a_lossless_jpeg_is_turned_and_a_strange_one_refused():
    ybr = np.tile(np.array([76, 85, 255], np.uint8), (16, 16, 1))  # red, PS3.3 C.7.6.3.1.2
    header = {"transfer_syntax": uid.JPEGLosslessSV1}
    image = decode(make_dicom(ybr, photometric="YBR_FULL", **header), modality="histology")
    np.testing.assert_allclose(image.pixels[0, 0], [1, 0, 0], atol=0.01)
    with pytest.raises(DecodeError, match="cannot be turned into RGB"):
        decode(make_dicom(ybr, photometric="YBR_PARTIAL_420", **header), modality="histology")


# --- broken frames ---------------------------------------------------------------------------

CODESTREAMS = [uid.JPEGExtended12Bit, uid.JPEGLosslessSV1, uid.JPEGLSLossless,
               uid.JPEG2000Lossless, uid.HTJ2KLossless]  # fmt: skip


@pytest.mark.parametrize("syntax", CODESTREAMS, ids=name_of)
def test_a_frame_of_another_size_than_its_header_is_not_decoded(syntax):
    lying = make_dicom(gradient(32, 32), transfer_syntax=syntax, frame=compressed(syntax))
    with pytest.raises(DecodeError, match="64 × 64"):
        decode(lying)


@pytest.mark.parametrize("syntax", CODESTREAMS, ids=name_of)
def test_a_frame_without_its_end_is_an_error(syntax):
    frame = compressed(syntax)
    cut = make_dicom(gradient(64, 64), transfer_syntax=syntax, frame=frame[: len(frame) // 2])
    with pytest.raises(DecodeError, match="lacks its end"):
        decode(cut)


@pytest.mark.parametrize(
    "syntax", [uid.JPEGLSLossless, uid.JPEG2000Lossless, uid.HTJ2KLossless], ids=name_of
)
def test_a_frame_whose_middle_is_gone_is_an_error(syntax):
    frame = compressed(syntax)
    short = frame[: len(frame) // 2] + b"\xff\xd9"
    with pytest.raises(DecodeError, match="broken or truncated"):
        decode(make_dicom(gradient(64, 64), transfer_syntax=syntax, frame=short))


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        (b"\xff\xc4", b"\x16\xc4"),
        (b"\xff\xc4", b"\xff\xe4"),  # no table
        (b"\xff\xda", b"\xff\xc3"),
        (b"\xff\xc3\x00", b"\xff\xc3\xff"),
    ],
)
def test_broken_jpeg_lossless_segments_are_an_error(whole, broken):
    frame = compressed(uid.JPEGLosslessSV1)
    at = frame.index(whole)
    damaged = frame[:at] + broken + frame[at + len(whole) :]
    data = make_dicom(gradient(64, 64), transfer_syntax=uid.JPEGLosslessSV1, frame=damaged)
    with pytest.raises(DecodeError, match="broken"):
        decode(data)


def test_a_depth_that_its_syntax_does_not_have_is_refused():
    frame = compressed(uid.JPEGExtended12Bit)
    data = make_dicom(gradient(64, 64), transfer_syntax=uid.JPEGBaseline8Bit, frame=frame)
    with pytest.raises(DecodeError, match=r"12 bits a sample, which JPEG Baseline"):
        decode(data)


def test_a_jpeg_2000_with_coarser_components_is_refused():
    frame = bytearray(encoded_frame(RED, uid.JPEG2000Lossless, bits=8))
    assert jpeg_2000(bytes(frame)).samples == 3
    frame[4 + 38 + 4] = 2  # the second component's horizontal step
    with pytest.raises(DecodeError, match="JPEG 2000 header is broken"):
        jpeg_2000(bytes(frame))


def test_a_jpeg_2000_without_components_is_refused():
    frame = bytearray(compressed(uid.JPEG2000Lossless))
    frame[40:42] = bytes(2)
    with pytest.raises(DecodeError, match="JPEG 2000 header is broken"):
        jpeg_2000(bytes(frame))


@pytest.mark.parametrize("read", [jpeg, jpeg_2000])
@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda\0\2", bytes(200)])
def test_what_is_no_codestream_is_our_error(read, data):
    with pytest.raises(DecodeError, match="broken"):
        read(data)


# --- deflated ---------------------------------------------------------------------------------


def deflated(data_set: bytes) -> bytes:
    """A deflated file with any bytes for its data set."""
    whole = make_dicom(gradient(), transfer_syntax=uid.DeflatedExplicitVRLittleEndian)
    length = 144 + int.from_bytes(whole[140:144], "little")
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return whole[:length] + packer.compress(data_set) + packer.flush()


def test_a_deflated_bomb_is_stopped_at_the_limit():
    bomb = deflated(bytes(60_000_000))
    assert len(bomb) < 100_000
    limit = (16 << 20) + 2000
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match=f"more than {limit} bytes"):
            decode(bomb, limits=Limits(max_pixels=1000))
        # zlib doubles its buffer as it goes on, and copies what it has once.
        assert tracemalloc.get_traced_memory()[1] < 3 * limit
    finally:
        tracemalloc.stop()


def test_a_deflated_file_cannot_make_pydicom_inflate():
    # A second file meta group inside, which says "deflated" once more.
    inner = deflated(bytes(60_000_000))[132:]
    with pytest.raises(DecodeError, match="deflated data set is broken"):
        decode(deflated(inner))


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_deflated_file_cut_short_is_an_error(share):
    data = make_dicom(gradient(64, 64), transfer_syntax=uid.DeflatedExplicitVRLittleEndian)
    with pytest.raises(DecodeError):
        decode(data[: int(len(data) * share)])


def test_no_identifier_comes_out_of_a_broken_deflated_file():
    data = make_dicom(gradient(64, 64), transfer_syntax=uid.DeflatedExplicitVRLittleEndian)
    with pytest.raises(DecodeError) as caught:
        decode(data[:-3])
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_the_transfer_syntax_of_a_frame_is_kept_apart_from_the_pixels():
    # The deflated UID elsewhere in a file does not make it a deflated one.
    data = make_dicom(gradient(), StudyDescription=str(uid.DeflatedExplicitVRLittleEndian))
    np.testing.assert_allclose(decode(data).pixels, gradient() / 4095, atol=1e-6)
    assert dcmread(io.BytesIO(data)).file_meta.TransferSyntaxUID == uid.ExplicitVRLittleEndian
