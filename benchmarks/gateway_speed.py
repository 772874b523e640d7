"""From C-STORE to the report in the archive: seconds an image, and images a second, with Orthanc.

    python -m benchmarks.gateway_speed [--images 40] [--rows 2294] [--columns 1914]

Latency: one image at a time, from the moment Orthanc begins to send it until its report is in
Orthanc. Throughput: all of them at once. Beside each, what reading alone takes in this process,
so that what the way through the network and the queue costs is a ratio within one run.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.decode import decode
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import PACKAGE_ZOO, ModelStore
from mammoscope.interop.reader import Reader
from tests.interop.gateways import GatewayProcess
from tests.interop.mammograms import mammogram
from tests.interop.orthanc import Orthanc

MODELS = ("cnn-rsna", "densenet121-rsna")
PATIENCE_S = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--rows", type=int, default=2294)
    parser.add_argument("--columns", type=int, default=1914)
    given = parser.parse_args()
    config = PhantomConfig(rows=given.rows, columns=given.columns)
    pixels = np.rint(make_phantom(0, laterality="L", view="CC", config=config).pixels * 4095)
    raw = pixels.astype(np.uint16).tobytes()
    shape = {"Rows": given.rows, "Columns": given.columns, "PixelData": raw}
    images = [mammogram(number, **shape) for number in range(2 * given.images)]
    print(
        f"{given.images} images of {given.rows} × {given.columns}, {len(images[0]) >> 20} MB each"
    )
    for name in MODELS:
        measure(name, images)


def measure(name: str, images: list[bytes]) -> None:
    """Prints a model's latency and throughput."""
    half = len(images) // 2
    alone = reading_alone(name, images[: min(10, half)])
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder)
        (where / "orthanc").mkdir()
        orthanc = Orthanc(where / "orthanc")
        gateway = GatewayProcess(
            where, PACKAGE_ZOO, "--model", name, "--send", orthanc.address, "--no-pictures"
        )
        try:
            orthanc.know("MAMMOSCOPE", gateway.port)
            stored = [orthanc.store(image) for image in images]
            single = []
            for number, instance in enumerate(stored[:half], 1):
                began = time.perf_counter()
                orthanc.send([instance], "MAMMOSCOPE")
                wait_for(orthanc, number)
                single.append(time.perf_counter() - began)
            began = time.perf_counter()
            orthanc.send(stored[half:], "MAMMOSCOPE")
            taken_in = time.perf_counter() - began
            wait_for(orthanc, len(images))
            seconds = time.perf_counter() - began
        finally:
            gateway.stop()
            orthanc.stop()
    latency = median(single)
    slow = sorted(single)[int(0.95 * (half - 1))]
    print(
        f"{name}: {latency:.2f} s an image from C-STORE to report (95 %: {slow:.2f}), "
        f"{latency / alone:.2f} of reading alone ({alone:.2f} s); all at once: "
        f"{half / seconds:.2f} reports a second, {half / seconds * alone:.2f} of reading alone; "
        f"taken in at {half / taken_in:.1f} a second"
    )


def reading_alone(name: str, images: list[bytes]) -> float:
    """Median seconds of an image's reports, made here, one after the other, on one core."""
    predictor = Predictor(ModelStore(PACKAGE_ZOO).open(name), threads=1)
    predictor.warm_up()
    reader = Reader(predictor, decode, pictures=False)
    seconds = []
    for image in images:
        began = time.perf_counter()
        reader.read(image)
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def wait_for(orthanc: Orthanc, reports: int) -> None:
    """Until so many reports are in the archive."""
    end = time.monotonic() + PATIENCE_S
    while len(orthanc.find("SR")) < reports:
        if time.monotonic() > end:
            raise SystemExit("the reports never came")
        time.sleep(0.01)


if __name__ == "__main__":
    main()
