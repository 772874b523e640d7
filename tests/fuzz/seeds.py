"""Sound files of every kind that is read, small, as the mutator's starting points."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
from PIL import Image
from pydicom import uid

from tests.broken_files import BROKEN_FILES
from tests.dicom_files import make_dicom
from tests.tiff_files import BIG, PACKERS, tiff

# Files that once found a defect; synthetic, and kept.
CORPUS = Path(__file__).parent / "corpus"
ROWS, COLUMNS = 24, 32


@cache
def seeds() -> dict[str, bytes]:
    """Name → file. The name's first word is the format."""
    kept = {f"kept {path.name}": path.read_bytes() for path in sorted(CORPUS.glob("*.bin"))}
    # The larger ones of these are slow to mutate, and say nothing more.
    broken = {f"broken {k}": data for k, (data, _) in BROKEN_FILES.items() if len(data) < 4096}
    return {**_rasters(), **_tiffs(), **_dicoms(), **broken, **kept}


def _film(bits: int) -> np.ndarray:
    """(ROWS, COLUMNS) uint8 or uint16: a bright breast-like blob with texture on dark."""
    y, x = np.mgrid[:ROWS, :COLUMNS]
    values = np.clip(1 - np.hypot((y - ROWS / 2) / ROWS, x / COLUMNS), 0, 1)
    values = values * (0.9 + 0.1 * np.sin(x * y))
    return np.rint(values * ((1 << bits) - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def _colored() -> np.ndarray:
    film = _film(8)
    return np.stack([film, film // 2, 255 - film], axis=2)


def _rasters() -> dict[str, bytes]:
    eight, twelve, color = _film(8), _film(12), _colored()
    files = {}
    for name, pixels in (("8", eight), ("16", twelve), ("color", color)):
        files[f"png {name}"] = cv2.imencode(".png", pixels)[1].tobytes()
    files["png interlaced"] = _interlaced(eight)
    files["png palette"] = _pillow(Image.fromarray(color).convert("P", colors=16), "PNG")
    files["png alpha"] = _pillow(Image.fromarray(eight).convert("LA"), "PNG")
    files["png bilevel"] = _pillow(Image.fromarray(eight).convert("1"), "PNG")
    files["jpeg gray"] = cv2.imencode(".jpg", eight)[1].tobytes()
    files["jpeg color"] = cv2.imencode(".jpg", color)[1].tobytes()
    files["jpeg progressive"] = _pillow(Image.fromarray(eight), "JPEG", progressive=True)
    files["jpeg lossless"] = imagecodecs.ljpeg_encode(twelve)
    head = b"%d %d 4095\n" % (COLUMNS, ROWS)
    files["pgm raw"] = b"P5\n# film\n" + head + twelve.astype(">u2").tobytes()
    files["pgm plain"] = b"P2\n" + head + b"\n".join(b"%d" % v for v in twelve.ravel())
    return files


def _pillow(image: Image.Image, kind: str, **options: bool) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _interlaced(pixels: np.ndarray) -> bytes:
    """An Adam7 PNG of 8-bit gray."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
              (1, 0, 2, 1))  # fmt: skip
    raw = b""
    for top, left, down, across in passes:
        raw += b"".join(b"\0" + row.tobytes() for row in pixels[top::down, left::across])
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", COLUMNS, ROWS, 8, 0, 0, 0, 1)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _tiffs() -> dict[str, bytes]:
    eight, twelve, color = _film(8), _film(12), _colored()
    files = {f"tiff {c}": tiff(eight, compression=c, rows_per_strip=10) for c in PACKERS}
    files["tiff 16"] = tiff(twelve, dtype="u2", order=BIG)
    files["tiff color"] = tiff(color, photometric=2, compression=8, tags={317: (2,)})
    files["tiff white is zero"] = tiff(255 - eight, photometric=0, tags={274: (6,)})
    files["tiff opencv"] = cv2.imencode(".tiff", twelve)[1].tobytes()
    return files


def _dicoms() -> dict[str, bytes]:
    eight, twelve, color = _film(8), _film(12), _colored()
    many = {"window": ([1500, 2000], [3000, 4000]), "function": "SIGMOID"}
    tables = {"modality_lut": (0, 16, range(0, 65536, 256)), "voi_lut": (0, 12, range(4096))}
    files = {
        "dicom explicit": make_dicom(twelve, window=(2048, 4096), laterality="R", view="CC"),
        "dicom implicit": make_dicom(twelve, transfer_syntax=uid.ImplicitVRLittleEndian),
        "dicom big": make_dicom(twelve, transfer_syntax=uid.ExplicitVRBigEndian),
        "dicom bare": make_dicom(twelve, preamble=False),
        "dicom deflated": make_dicom(twelve, transfer_syntax=uid.DeflatedExplicitVRLittleEndian),
        "dicom inverted": make_dicom(twelve, photometric="MONOCHROME1", PixelPaddingValue=0),
        "dicom signed": make_dicom(twelve.astype(np.int16) - 2048, signed=True, rescale=(2, -8)),
        "dicom windows": make_dicom(twelve, **many),
        "dicom tables": make_dicom(twelve, **tables),
        "dicom rgb": make_dicom(color, photometric="RGB", bits_stored=8),
        "dicom rle": make_dicom(twelve, transfer_syntax=uid.RLELossless),
        "dicom frames": make_dicom(twelve, NumberOfFrames="1", PixelSpacing=[0.07, 0.07]),
    }
    for name, syntax, pixels, frame in (
        ("baseline", uid.JPEGBaseline8Bit, eight, imagecodecs.jpeg8_encode(eight)),
        (
            "extended",
            uid.JPEGExtended12Bit,
            twelve,
            imagecodecs.jpeg8_encode(twelve, bitspersample=12),
        ),
        ("lossless", uid.JPEGLossless, twelve, imagecodecs.ljpeg_encode(twelve)),
        ("lossless sv1", uid.JPEGLosslessSV1, twelve, imagecodecs.ljpeg_encode(twelve)),
        ("ls", uid.JPEGLSLossless, twelve, imagecodecs.jpegls_encode(twelve)),
        ("ls near", uid.JPEGLSNearLossless, twelve, imagecodecs.jpegls_encode(twelve, level=2)),
        (
            "2000 reversible",
            uid.JPEG2000Lossless,
            twelve,
            imagecodecs.jpeg2k_encode(twelve, codecformat="j2k", level=0, bitspersample=12),
        ),
        (
            "2000",
            uid.JPEG2000,
            twelve,
            imagecodecs.jpeg2k_encode(twelve, codecformat="j2k", level=30, bitspersample=12),
        ),
        ("ht", uid.HTJ2KLossless, twelve, imagecodecs.htj2k_encode(twelve)),
        ("ht rpcl", uid.HTJ2KLosslessRPCL, twelve, imagecodecs.htj2k_encode(twelve)),
        ("ht lossy", uid.HTJ2K, twelve, imagecodecs.htj2k_encode(twelve)),
    ):
        files[f"dicom jpeg {name}"] = make_dicom(pixels, transfer_syntax=syntax, frame=frame)
    return files
