"""How much of the cores a batch uses: `python -m benchmarks.batch_speed`.

Decodes the same files alone, judges the same images alone, and does both as `mammoscope batch`
does, in turns within one run. Where decoding takes d and judging j core-seconds an image, c cores
can do no more than c / (d + j) images a second; a pipeline that gives each half of the cores can do
no more than the slower of its two. Both are held against what the batch did. The last line is the
memory of its processes together, at its highest.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import family, proportional_mb
from mammoscope.batch.local import count_cores
from mammoscope.batch.reading import Settings
from mammoscope.batch.run import run_batch
from mammoscope.datasets.examples import write_png
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.inference.decode_worker import DecodeWorkers
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import PACKAGE_ZOO, ModelStore

PHANTOMS = 16


def write_links(folder: Path, images: int, size: tuple[int, int]) -> list[Path]:
    """Links to a few phantoms, 16-bit PNG."""
    sources = []
    for number in range(PHANTOMS):
        config = PhantomConfig(rows=size[0], columns=size[1])
        phantom = make_phantom(number, laterality="L", view="CC", config=config)
        source = folder.parent / f"phantom-{number}.png"
        write_png(source, phantom.image.pixels)
        sources.append(source)
    files = [folder / f"{number:06d}.png" for number in range(images)]
    for number, file in enumerate(files):
        os.link(sources[number % PHANTOMS], file)
    return files


def rate(do: Callable[[Any], object], items: list[Any], threads: int) -> float:
    """Items a second."""
    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        for _ in pool.map(do, items):
            pass
        return len(items) / (time.perf_counter() - began)


@contextmanager
def watched_memory() -> Iterator[list[float]]:
    """The highest proportional set size, in MB, of this process and its children."""
    highest, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.5):
            highest[0] = max(highest[0], sum(map(proportional_mb, family(os.getpid()))))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield highest
    ended.set()
    thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--size", type=int, nargs=2, default=(1600, 1280))
    parser.add_argument("--models", nargs="+", default=["cnn-rsna", "densenet121-rsna"])
    parser.add_argument("--turns", type=int, default=3)
    asked = parser.parse_args()
    cores = count_cores()
    with tempfile.TemporaryDirectory() as scratch, DecodeWorkers(cores) as decoders:
        folder = Path(scratch) / "archive"
        folder.mkdir()
        files = write_links(folder, asked.images, tuple(asked.size))
        decoders.warm_up()
        some = files[:PHANTOMS]
        decoded = {file: decoders.decode(file.read_bytes()) for file in some}
        for name in asked.models:
            settings = Settings(str(PACKAGE_ZOO), ModelStore(PACKAGE_ZOO).open(name).reference)
            predictor = Predictor(settings.open(), threads=1)
            predictor.warm_up()
            shares, pipes = [], []
            for turn in range(asked.turns):
                decode = rate(lambda file: decoders.decode(file.read_bytes()), files, cores)
                images = [decoded[some[number % PHANTOMS]] for number in range(len(files))]
                judge = rate(predictor.predict, images, cores)
                out = Path(scratch) / f"{name}-{turn}.parquet"
                with watched_memory() as highest:
                    summary = run_batch(str(folder), out, settings)
                batch = summary.files / summary.seconds
                ideal = 1 / (1 / decode + 1 / judge)
                pipe = min(decode, judge) / 2
                shares.append(batch / ideal)
                pipes.append(batch / pipe)
                print(
                    f"{settings.model}, {cores} cores: decode {decode:.1f}/s, judge {judge:.1f}/s, "
                    f"batch {batch:.1f}/s: {batch / ideal:.2f} of all cores, {batch / pipe:.2f} of "
                    f"a pipeline of halves; {highest[0]:.0f} MB"
                )
            print(
                f"{settings.model}: median {statistics.median(shares):.2f} of all cores, "
                f"{statistics.median(pipes):.2f} of a pipeline of halves"
            )


if __name__ == "__main__":
    main()
