"""Files for the browser tests: `python -m tests.make_e2e_fixtures FOLDER`. All synthetic."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from mammoscope.datasets.examples import write_png
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.types import FloatArray
from tests.dicom_files import make_dicom


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    healthy = make_phantom(7, laterality="L", view="MLO", config=PhantomConfig())
    lesion = make_phantom(7, laterality="L", view="MLO", config=PhantomConfig(masses=2))
    write_png(out / "healthy.png", healthy.pixels)
    write_png(out / "lesion.png", lesion.pixels)
    stored = np.round((1 - healthy.pixels) * 4095).astype(np.uint16)
    dicom = make_dicom(
        stored,
        photometric="MONOCHROME1",
        laterality="L",
        view="MLO",
        patient_name="CANARY^NAME",
    )
    (out / "mono1.dcm").write_bytes(dicom)
    right = make_phantom(7, laterality="R", view="CC", config=PhantomConfig())
    spaced = make_dicom(
        np.round(right.pixels * 4095).astype(np.uint16),
        window=(2048, 4096),
        laterality="R",
        view="CC",
        ImagerPixelSpacing=[0.1, 0.1],
    )
    (out / "spaced.dcm").write_bytes(spaced)
    (out / "broken.png").write_bytes((out / "healthy.png").read_bytes()[:5000])
    (out / "notes.txt").write_text("Not an image.\n", encoding="utf-8")
    write_png(out / "blank.png", np.zeros((640, 512), dtype=np.float32))
    levels = np.round(stained_patch(5) * 255).astype(np.uint8)
    (out / "stained.png").write_bytes(cv2.imencode(".png", levels[:, :, ::-1])[1].tobytes())


def stained_patch(seed: int, *, side: int = 256) -> FloatArray:
    """Pink ground and purple nuclei, float32 (side, side, 3), in the look of an H&E patch.

    Painted by the stains' optical densities in Macenko et al. (ISBI 2009).
    """
    rng = np.random.default_rng(seed)
    eosin = 0.2 + 0.3 * cv2.GaussianBlur(rng.random((side, side)), (0, 0), 4)
    nuclei = cv2.GaussianBlur(rng.normal(size=(side, side)), (0, 0), 4) > 0.05
    haematoxylin = 0.05 + 0.5 * nuclei
    density = eosin[:, :, np.newaxis] * np.array([0.2159, 0.8012, 0.5581])
    density += haematoxylin[:, :, np.newaxis] * np.array([0.5626, 0.7201, 0.4062])
    return (10.0**-density).astype(np.float32)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
