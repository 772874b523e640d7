"""What many tests share: where the real images are, if they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mammoscope.datasets.phantom import PhantomConfig
from mammoscope.datasets.phantom_set import write

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real images, which is not part of the repository."""
    folder = Path(os.environ.get("MAMMOSCOPE_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"the real images are not here ({folder.name}/data)")
    return folder


@pytest.fixture(scope="session")
def phantom_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small phantom data set: 16 women, small images."""
    root = tmp_path_factory.mktemp("phantoms")
    write(root, women=16, seed=3, config=PhantomConfig(rows=160, columns=128))
    return root
