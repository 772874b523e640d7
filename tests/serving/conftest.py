"""A server with two tiny models, and phantoms as files."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.exceptions import StarletteDeprecationWarning

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.serving.app import create_app
from mammoscope.serving.settings import Settings
from tests.dicom_files import make_dicom
from tests.published import write_tiny_model

with warnings.catch_warnings():
    # Starlette asks for httpx's successor, which few have yet.
    warnings.simplefilter("ignore", StarletteDeprecationWarning)
    from starlette.testclient import TestClient


def png_of(pixels: np.ndarray) -> bytes:
    """A 16-bit PNG of pixels in [0, 1]; colour as RGB."""
    samples = np.rint(pixels * 65535).astype(np.uint16)
    done, data = cv2.imencode(".png", samples if samples.ndim == 2 else samples[:, :, ::-1])
    assert done
    return data.tobytes()


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zoo")
    write_tiny_model(folder, "alpha", seed=1)
    write_tiny_model(folder, "beta", seed=2)
    return folder


@pytest.fixture(scope="session")
def settings(zoo: Path) -> Settings:
    return Settings(zoo=zoo, max_upload_bytes=8 * 2**20)


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="session")
def png() -> bytes:
    phantom = make_phantom(3, laterality="L", view="MLO", config=PhantomConfig(masses=1))
    return png_of(phantom.pixels)


@pytest.fixture(scope="session")
def png_right() -> bytes:
    return png_of(make_phantom(3, laterality="R", view="CC").pixels)


@pytest.fixture(scope="session")
def dicom() -> bytes:
    pixels = make_phantom(4, laterality="R", view="CC").pixels
    stored = np.rint(pixels * 4095).astype(np.uint16)
    return make_dicom(stored, laterality="R", view="CC", window=(2048, 4096))


@pytest.fixture(scope="session")
def blank() -> bytes:
    return png_of(np.zeros((300, 240)))
