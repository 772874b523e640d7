"""How much memory training and evaluation take: `python -m benchmarks.bounded_memory`.

Trains a CNN for one epoch, and scores a published model, on folders of 1,000 and of 100,000
images; the images are hard links to a few phantoms, so that the folders take no room. Prints the
peak memory and the time of each, every one in a process of its own: images are streamed from a
cache on disk, so a hundred times the images must not take a hundred times the memory. Links to
one file share their prepared array, so the times are those of streaming; preparing is left out.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mammoscope.datasets.examples import write_png
from mammoscope.datasets.phantom import PhantomConfig, make_phantom

PHANTOMS = 20
CLASSES = ("normal", "cancer")
SMALL = 32
# Runs a command line and says what its memory reached: VmHWM is of this process alone.
MEASURED = """
import sys
from mammoscope.cli import app
app(standalone_mode=False)
status = open("/proc/self/status").read()
sys.stderr.write("\\nPEAK " + next(l for l in status.splitlines() if l.startswith("VmHWM")))
"""


def write_links(folder: Path, images: int) -> None:
    """`images` links to phantoms in two class folders, four a woman in `patients.csv`."""
    config = PhantomConfig(rows=160, columns=128)
    sources = []
    for number in range(PHANTOMS):
        phantom = make_phantom(number, laterality="L", view="CC", config=config)
        source = folder.parent / f"phantom-{number}.png"
        write_png(source, phantom.image.pixels)
        sources.append(source)
    rows = ["path,patient"]
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
    for number in range(images):
        label = CLASSES[number % 2]
        name = f"{label}/{number:06d}.png"
        os.link(sources[number % PHANTOMS], folder / name)
        rows.append(f"{name},woman-{number // 4}")
    (folder / "patients.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def measure(*words: str) -> tuple[float, float]:
    """Peak memory in MB and seconds of a command."""
    started = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(ended.stderr)
    peak = ended.stderr.rsplit("PEAK VmHWM:", 1)[1].split()[0]
    return int(peak) / 1024, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--model", default="cnn-rsna", help="published, to be evaluated")
    asked = parser.parse_args()
    for images in asked.images:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "set"
            folder.mkdir()
            write_links(folder, images)
            data = ("--dataset", "folder", "--root", str(folder))
            train = ("--model", "cnn", "--init", "none", "--epochs", "1", "--batch-size", "256")
            memory, seconds = measure(
                "train", *data, *train, "--image-size", str(SMALL), "--out", f"{scratch}/run"
            )
            print(f"train,    {images:>7,} images: peak {memory:5.0f} MB, {seconds:4.0f} s")
            memory, seconds = measure("evaluate", f"{scratch}/run")
            print(f"evaluate, {images:>7,} images: peak {memory:5.0f} MB, {seconds:4.0f} s")
            if asked.model:
                memory, seconds = measure(
                    "evaluate", "--model", asked.model, *data, "--cache", f"{scratch}/cache"
                )
                print(f"external, {images:>7,} images: peak {memory:5.0f} MB, {seconds:4.0f} s")


if __name__ == "__main__":
    main()
