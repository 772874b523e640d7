"""A server with two tiny models for mammograms and one for patches; phantoms as files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.exceptions import StarletteDeprecationWarning

from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.presets import PRESETS
from mammoscope.inference.card import read_card, write_card
from mammoscope.serving.app import create_app
from mammoscope.serving.keys import add_key
from mammoscope.serving.settings import Settings
from tests.dicom_files import make_dicom
from tests.make_e2e_fixtures import stained_patch
from tests.published import SIDE, write_tiny_model

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
def mixed_zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model that reads mammograms and of one that reads H&E patches."""
    folder = tmp_path_factory.mktemp("mixed")
    write_tiny_model(folder, "alpha", seed=1)
    preprocess = replace(PRESETS["histology"], rows=SIDE, columns=SIDE)
    write_tiny_model(folder, "slides", seed=3, preprocess=preprocess)
    card = read_card(folder / "slides@1")
    changes = {"task": "metastasis", "classes": ("no metastasis", "metastasis")}
    write_card(replace(card, modality="histology", positive="metastasis", **changes))
    return folder


@pytest.fixture(scope="session")
def mixed_client(mixed_zoo: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(zoo=mixed_zoo))) as client:
        yield client


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
def patch() -> bytes:
    return png_of(stained_patch(1))


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


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="session")
def keyed_client(settings: Settings, key_file: Path) -> Iterator[TestClient]:
    """A server that asks for a key, and another program's key in its file."""
    add_key(key_file, "somebody else", scopes=["predict"], per_minute=1, days=None)
    keyed = settings.model_copy(update={"key_file": key_file})
    with TestClient(create_app(keyed)) as client:
        yield client


@pytest.fixture
def bearer(key_file: Path, keyed_client: TestClient) -> Callable[..., dict[str, str]]:
    """Gives the header of a new key that the server knows."""

    def make(*scopes: str, per_minute: int = 1000, days: int | None = None) -> dict[str, str]:
        wanted = scopes or ("predict",)
        _, token = add_key(key_file, "test", scopes=wanted, per_minute=per_minute, days=days)
        return {"authorization": f"Bearer {token}"}

    return make
