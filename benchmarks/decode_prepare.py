"""How fast a file becomes what a model eats: `python -m benchmarks.decode_prepare`.

A 2776 × 2082 JPEG 2000 DICOM of 12 bits, made of a phantom: the time inside the codec, and what
everything else (header, grayscale chain, polarity, breast, gate, preparation) takes as a share of
it; each stage by itself; and the same from a 1024 × 1024 PGM, where there is no codec. The codec
is timed in the same turns, and the least of each counts, since other work on the machine only
adds. Run with OMP_NUM_THREADS=1; OpenCV is held to one thread (`--threads N` for more), and the
codec always uses one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import cv2
import imagecodecs
import numpy as np
from pydicom.uid import JPEG2000Lossless

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.decode import decode
from mammoscope.images.polarity import correct_polarity
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.images.quality import check
from mammoscope.images.segment import find_breast
from mammoscope.types import BreastImage
from tests.dicom_files import encoded_frame, make_dicom

ROUNDS = 15
ROWS, COLUMNS = 2776, 2082
# Makes the phantom's noise as smooth as a detector's, so that its file is as long as a real one of
# this size (1.7 MB); the codec would take longer over the raw noise, and the share look better.
BLUR = 1.2


def milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def read_and_prepare(data: bytes) -> None:
    image = decode(data)
    breast = find_breast(image)
    check(image, breast, modality="mammogram")
    prepare(image, PreprocessConfig(), breast=breast)


def stages(image: BreastImage) -> dict[str, Callable[[], object]]:
    breast = find_breast(image)
    return {
        "polarity": lambda: correct_polarity(image),
        "find_breast": lambda: find_breast(image),
        "check": lambda: check(image, breast, modality="mammogram"),
        "prepare": lambda: prepare(image, PreprocessConfig(), breast=breast),
    }


def phantom(rows: int, columns: int) -> np.ndarray:
    """A phantom of stored values of 12 bits that compresses as a mammogram does."""
    config = PhantomConfig(rows=rows, columns=columns)
    pixels = make_phantom(1, laterality="L", view="MLO", config=config).image.pixels
    return np.rint(cv2.GaussianBlur(pixels, (0, 0), BLUR) * 4000).astype(np.uint16)


def measure(data: bytes, codec: Callable[[], object] | None) -> tuple[float, float]:
    """Least milliseconds of the whole, and of the codec alone, in turns."""
    whole, alone = [], []
    for _ in range(ROUNDS):
        whole.append(milliseconds(lambda: read_and_prepare(data)))
        alone.append(milliseconds(codec) if codec else 0.0)
    return min(whole), min(alone)


def print_stages(data: bytes) -> None:
    calls = {"decode in all": lambda: decode(data), **stages(decode(data))}
    for name, call in calls.items():
        taken = min(milliseconds(call) for _ in range(ROUNDS))
        print(f"  {name + ':':<15} {taken:7.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    cv2.setNumThreads(threads)
    stored = phantom(ROWS, COLUMNS)
    frame = encoded_frame(stored, JPEG2000Lossless, bits=12)
    dicom = make_dicom(
        stored,
        window=(2048, 4096),
        rescale=(1, 0),
        transfer_syntax=JPEG2000Lossless,
        frame=frame,
        PixelPaddingValue=0,
    )
    read_and_prepare(dicom)  # warm: imports and first-call tables
    whole, codec = measure(dicom, lambda: imagecodecs.jpeg2k_decode(frame))
    print(f"{ROWS} × {COLUMNS} JPEG 2000 DICOM, {len(dicom) / 1e6:.1f} MB, {threads} thread(s)")
    print(f"  whole:          {whole:7.1f} ms (best of {ROUNDS})")
    print(f"  codec alone:    {codec:7.1f} ms, {codec / whole:.0%} of the whole")
    print(f"  everything else {whole - codec:7.1f} ms, {(whole - codec) / codec:.0%} of the codec")
    print_stages(dicom)
    pgm = b"P5 1024 1024 4095\n" + phantom(1024, 1024).astype(">u2").tobytes()
    whole, _ = measure(pgm, None)
    print(f"1024 × 1024 PGM, {threads} thread(s)")
    print(f"  whole:          {whole:7.1f} ms (target 25)")
    print_stages(pgm)


if __name__ == "__main__":
    main()
