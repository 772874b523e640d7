"""What the gate is fitted on and reported on: mammograms as users send them, and other pictures."""

from __future__ import annotations

import hashlib
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
import pydicom
import pydicom.data
import skimage
import sklearn.datasets
from pydicom.errors import InvalidDicomError

from mammoscope.datasets import mini_mias, rsna
from mammoscope.datasets.dataset import Dataset
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.experiment.gate_drawings import draw_family, families
from mammoscope.images.decode import decode
from mammoscope.images.polarity import correct_polarity
from mammoscope.types import BreastImage, FloatArray

Generator = np.random.Generator
PIECES = 24
DRAWN = 16
PATCHES = 60
SLIDES = 400
PHANTOMS = 160
# Only what the packages bring is read; nothing is fetched.
_PICTURES = (".png", ".jpg", ".jpeg")
# Pictures of scikit-image that are medical or under a microscope, told apart in the report.
_MICROSCOPE = ("cell", "ihc", "microaneurysms", "retina", "phantom")


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One picture.

    Attributes:
        kind: row of the report.
        source: what must not stand in both halves: a woman, a picture, a file, a family.
        image: as `decode` would give it.
        variant: what was done to it.
    """

    kind: str
    source: str
    image: BreastImage
    variant: str = "as it is"


def fitting_half(kind: str, sources: Sequence[str], *, seed: int) -> set[str]:
    """Every second of a kind's sources, in an order drawn by hash: those to fit on."""

    def place(name: str) -> str:
        return hashlib.sha256(f"{seed}/{kind}/{name}".encode()).hexdigest()

    return set(sorted(sources, key=place)[::2])


def mammograms(data: Path) -> Iterator[Sample]:
    """RSNA and mini-MIAS as they are and altered, whole views of DICOM files, phantoms.

    Args:
        data: folder with `rsna`, `mini-mias` and `dicom`.
    """
    for dataset in (rsna.read(data / "rsna"), mini_mias.read(data / "mini-mias")):
        yield from _views(dataset)
    for file in sorted((data / "dicom").glob("*.dcm")):
        if not file.name.startswith("cbis"):
            # MG1_* are two encodings of one film.
            source = file.stem.split("_")[0]
            yield Sample("DICOM", source, decode(file.read_bytes()))
    for seed in range(PHANTOMS):
        rng = np.random.default_rng((11, seed))
        # None so small that the rule of size must refuse it.
        rows = int(rng.choice([224, 320, 640, 1280]))
        config = PhantomConfig(
            rows=rows,
            columns=round(rows / rng.uniform(1.0, 1.6)),
            density=("A", "B", "C", "D")[seed % 4],
            masses=int(rng.integers(4)),
            calcifications=int(rng.integers(4)),
            contrast=float(rng.uniform(0.2, 3)),
            noise=float(rng.choice([0.0, 0.02, 0.05, 0.1])),
        )
        side: Any = "LR"[seed // 4 % 2]
        view: Any = ("CC", "MLO")[seed // 8 % 2]
        image = make_phantom(seed, laterality=side, view=view, config=config).image
        yield Sample("phantom", f"phantom {seed}", image)
        yield _altered(Sample("phantom", f"phantom {seed}", image), seed)


def _views(dataset: Dataset) -> Iterator[Sample]:
    for number, record in enumerate(dataset.records):
        sample = Sample(dataset.name, record.patient, dataset.load(record))
        yield sample
        yield _altered(sample, number)


def _altered(sample: Sample, number: int) -> Sample:
    """The sample as another export would show it; which one is told by its number."""
    name = tuple(ALTERATIONS)[number % len(ALTERATIONS)]
    rng = np.random.default_rng((7, number))
    pixels = ALTERATIONS[name](sample.image.pixels, rng)
    image = correct_polarity(BreastImage(np.ascontiguousarray(pixels, dtype=np.float32)))
    return Sample(sample.kind, sample.source, image, name)


def _recompressed(pixels: FloatArray, rng: Generator) -> FloatArray:
    return _saved(pixels, int(rng.integers(30, 90)))


def _saved(pixels: FloatArray, quality: int) -> FloatArray:
    levels = np.rint(pixels * 255).astype(np.uint8)
    data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    read: Any = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return np.asarray(read / np.float32(255), dtype=np.float32)


def _resized(pixels: FloatArray, down: float, across: float) -> FloatArray:
    size = (max(140, round(pixels.shape[1] * across)), max(140, round(pixels.shape[0] * down)))
    resized = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(resized, 0, 1), dtype=np.float32)


def _letterboxed(pixels: FloatArray, rng: Generator) -> FloatArray:
    bar = round(rng.uniform(0.05, 0.3) * pixels.shape[1])
    return np.pad(pixels, ((0, 0), (bar, bar)))


def _film(pixels: FloatArray, rng: Generator) -> FloatArray:
    """Air that is not black, a notch without film, and the light beside a film's edge."""
    air = rng.uniform(0.03, 0.25)
    film = np.float32(air) + pixels * np.float32(0.95 - air)
    rows, columns = film.shape
    band = max(1, round(rng.uniform(0.004, 0.012) * columns))
    for side in (film[:band], film[-band:], film[:, :band], film[:, -band:]):
        if rng.random() < 0.5:
            side[:] = rng.choice([0.0, 1.0])
    # On the side away from the chest wall.
    top, height = rng.uniform(0.1, 0.6) * rows, rng.uniform(0.05, 0.3) * rows
    width = max(2, round(rng.uniform(0.02, 0.07) * columns))
    notch = slice(round(top), round(top + height))
    if pixels[:, : columns // 4].mean() > pixels[:, -columns // 4 :].mean():
        film[notch, -width:] = 0
    else:
        film[notch, :width] = 0
    return film


def _cropped(pixels: FloatArray, rng: Generator) -> FloatArray:
    rows, columns = pixels.shape
    top, bottom, left, right = rng.uniform(0, 0.06, 4)
    return pixels[
        round(top * rows) : rows - round(bottom * rows),
        round(left * columns) : columns - round(right * columns),
    ]


ALTERATIONS: dict[str, Callable[[FloatArray, Generator], FloatArray]] = {
    "inverted": lambda pixels, rng: 1 - pixels,
    "half the size": lambda pixels, rng: _resized(pixels, 0.5, 0.5),
    "a quarter of the size": lambda pixels, rng: _resized(pixels, 0.25, 0.25),
    "square": lambda pixels, rng: _resized(pixels, 1.0, pixels.shape[0] / pixels.shape[1]),
    "true proportions": lambda pixels, rng: _resized(pixels, 1.0, rng.uniform(0.7, 0.95)),
    "recompressed": _recompressed,
    "saved at quality 20": lambda pixels, rng: _saved(pixels, 20),
    "saved at quality 10": lambda pixels, rng: _saved(pixels, 10),
    "letterboxed": _letterboxed,
    "cropped": _cropped,
    "film scan": _film,
    "power law": lambda pixels, rng: pixels ** np.float32(rng.uniform(0.6, 1.6)),
    "dim 16 bit": lambda pixels, rng: np.rint(pixels * np.float32(4095)) / np.float32(65535),
    "turned upside down": lambda pixels, rng: pixels[::-1],
}


def other_pictures(data: Path) -> Iterator[Sample]:
    """Pictures that are no mammograms, all gray, as they are and in pieces.

    Args:
        data: folder with `pcam` and `dicom`.
    """
    for kind, name, pixels in _whole_pictures():
        rng = np.random.default_rng((3, zlib.crc32(name.encode())))
        yield from (_negative(kind, name, piece) for piece in _pieces(pixels, rng))
    for file in sorted((data / "dicom").glob("cbis*.dcm")):
        yield Sample("lesion crop", file.stem, decode(file.read_bytes()))
    for part, label, patch in patches(data / "pcam", count=PATCHES):
        gray = patch.pixels.mean(axis=2) if patch.is_color else patch.pixels
        # 96 pixels a side would be refused for their number alone.
        yield _negative("H&E patch, gray, enlarged", f"{part}/{label}", _resized(gray, 2.5, 2.5))
    for kind, members in families().items():
        for name, draw in members.items():
            rng = np.random.default_rng((5, zlib.crc32(f"{kind}/{name}".encode())))
            for pixels in draw_family(draw, rng, DRAWN):
                yield _negative(kind, name, pixels)


def patches(folder: Path, *, count: int) -> Iterator[tuple[str, str, BreastImage]]:
    """(part, label, patch) of PCam, the first `count` of each folder."""
    for part in ("train", "test"):
        for label in ("0", "1"):
            for file in sorted((folder / part / label).glob("*.jpg"))[:count]:
                yield part, label, decode(file.read_bytes(), modality="histology")


def slides(data: Path) -> Iterator[Sample]:
    """H&E patches as they are and enlarged or compressed; source = the part of PCam."""
    for number, (part, _, patch) in enumerate(patches(data / "pcam", count=SLIDES)):
        sample = Sample("H&E patch", part, patch)
        yield sample
        if number % 4 == 0:
            size = (round(96 * (1 + number % 5)),) * 2
            pixels = cv2.resize(patch.pixels, size, interpolation=cv2.INTER_CUBIC)
            pixels = np.clip(pixels, 0, 1) ** np.float32(0.8 + 0.1 * (number % 7))
            yield Sample("H&E patch", part, BreastImage(pixels, "histology"), "enlarged")


def other_color_pictures() -> Iterator[Sample]:
    """Colour pictures that are no slides: those of the libraries, and drawings in two colours."""
    for kind, file in _files():
        pixels = _read(file)
        if pixels is None or pixels.ndim != 3:
            continue
        rng = np.random.default_rng((3, zlib.crc32(file.stem.encode())))
        yield Sample(f"{kind}, in colour", file.stem, BreastImage(pixels, "histology"))
        for _ in range(PIECES - 1):
            side = int(rng.integers(96, min(pixels.shape[:2]) + 1))
            top = int(rng.integers(pixels.shape[0] - side + 1))
            left = int(rng.integers(pixels.shape[1] - side + 1))
            piece = np.ascontiguousarray(pixels[top : top + side, left : left + side])
            yield Sample(f"{kind}, in colour", file.stem, BreastImage(piece, "histology"), "piece")
    for kind, members in families().items():
        for name, draw in members.items():
            rng = np.random.default_rng((6, zlib.crc32(f"{kind}/{name}".encode())))
            for gray in draw_family(draw, rng, 4):
                dark, light = rng.random((2, 3), dtype=np.float32)
                tinted = dark + gray[:, :, np.newaxis] * (light - dark)
                image = BreastImage(np.clip(tinted, 0, 1), "histology")
                yield Sample(f"{kind}, tinted", name, image)


def _whole_pictures() -> Iterator[tuple[str, str, FloatArray]]:
    for kind, file in _files():
        pixels = _read(file)
        if pixels is not None:
            yield kind, file.stem, pixels.mean(axis=2) if pixels.ndim == 3 else pixels
    faces = np.load(Path(skimage.__file__).parent / "data" / "lfw_subset.npy")
    digits = sklearn.datasets.load_digits().images
    for name, stack in (("lfw_subset", faces), ("digits", digits)):
        tiles = np.concatenate(
            [np.concatenate(list(stack[8 * k : 8 * k + 8]), axis=1) for k in range(8)]
        )
        yield "photograph", name, _scaled(tiles)
    yield from _dicom_pictures()


def _files() -> Iterator[tuple[str, Path]]:
    folder = Path(skimage.__file__).parent / "data"
    for file in sorted(folder.iterdir()):
        if file.suffix in _PICTURES:
            yield ("microscope" if file.stem in _MICROSCOPE else "photograph"), file
    folder = Path(sklearn.datasets.__file__).parent / "images"
    yield from (("photograph", file) for file in sorted(folder.glob("*.jpg")))
    folder = Path(matplotlib.get_data_path()) / "sample_data"
    for name in ("grace_hopper.jpg", "Minduka_Present_Blue_Pack.png"):
        yield "photograph", folder / name


def _read(file: Path) -> FloatArray | None:
    pixels = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        return None
    if pixels.ndim == 3:
        pixels = pixels[:, :, 2::-1] if pixels.shape[2] >= 3 else pixels[:, :, 0]
    return _scaled(pixels)


def _dicom_pictures() -> Iterator[tuple[str, str, FloatArray]]:
    """pydicom's own test files, as an export to a gray picture would show them."""
    folder = Path(pydicom.data.__file__).parent / "test_files"
    seen = set()
    for file in sorted(folder.glob("*.dcm")):
        try:
            # The files are broken on purpose in many ways, of which pydicom warns.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                data = pydicom.dcmread(file)
                if min(data.get("Rows", 0), data.get("Columns", 0)) < 60:
                    continue
                frames = np.asarray(data.pixel_array)
        except (AttributeError, ValueError, RuntimeError, OSError, InvalidDicomError):
            continue
        if int(data.get("NumberOfFrames", 1) or 1) > 1:
            frames = frames[0]
        gray = frames.mean(axis=2) if frames.ndim == 3 else frames
        modality = str(data.get("Modality", "OT"))
        known = modality if modality in ("CT", "MR", "US", "NM") else "other"
        # Many files are encodings of one picture, which counts once.
        scaled = _scaled(gray)
        thumb = cv2.resize(scaled, (8, 8), interpolation=cv2.INTER_AREA)
        name = hashlib.sha256(np.rint(thumb * 7).tobytes()).hexdigest()[:8]
        if name not in seen:
            seen.add(name)
            yield f"pydicom {known}", name, scaled


def _scaled(pixels: Any) -> FloatArray:
    array = np.asarray(pixels, dtype=np.float32)
    low, high = float(array.min()), float(array.max())
    return np.asarray((array - low) / max(high - low, 1e-6), dtype=np.float32)


def _pieces(pixels: FloatArray, rng: Generator) -> Iterator[FloatArray]:
    """The whole picture, and parts of it turned, darkened, put on black."""
    small = min(pixels.shape) < 160
    whole = _resized(pixels, *(2 * [300 / min(pixels.shape)])) if small else pixels
    yield whole
    for number in range(PIECES - 1):
        share = rng.uniform(0.3, 1.0, 2)
        rows, columns = np.maximum(np.round(np.array(whole.shape) * share).astype(int), 140)
        rows, columns = min(rows, whole.shape[0]), min(columns, whole.shape[1])
        top = int(rng.integers(whole.shape[0] - rows + 1))
        left = int(rng.integers(whole.shape[1] - columns + 1))
        piece = np.rot90(whole[top : top + rows, left : left + columns], int(rng.integers(4)))
        if number % 3 == 1:
            piece = piece ** np.float32(rng.uniform(0.5, 3))
        if number % 6 == 2:
            piece = np.pad(piece, [(round(0.1 * rows),) * 2, (0, columns)])
        if min(piece.shape) < 132:
            piece = _resized(piece, *(2 * [160 / min(piece.shape)]))
        yield np.ascontiguousarray(np.clip(piece, 0, 1), dtype=np.float32)


def _negative(kind: str, source: str, pixels: FloatArray) -> Sample:
    gray = np.ascontiguousarray(np.clip(pixels, 0, 1), dtype=np.float32)
    return Sample(kind, source, correct_polarity(BreastImage(gray)))
