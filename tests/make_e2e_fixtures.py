"""Files for the browser tests: `python -m tests.make_e2e_fixtures FOLDER`. All synthetic."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from mammoscope.datasets.examples import write_png
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
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
    (out / "broken.png").write_bytes((out / "healthy.png").read_bytes()[:5000])
    (out / "notes.txt").write_text("Not an image.\n", encoding="utf-8")
    write_png(out / "blank.png", np.zeros((640, 512), dtype=np.float32))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
