"""Traced graphs that the workers of a session share: a trace takes seconds, and knows no weight."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from mammoscope.ledger.durable import write_file


class Traced(dict[Any, bytes]):
    """Key → graph, as `onnx_export` keeps them; what is not here may lie in the folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or self._file(key).is_file()

    def __missing__(self, key: Hashable) -> bytes:
        graph = self._file(key).read_bytes()
        super().__setitem__(key, graph)
        return graph

    def __setitem__(self, key: Hashable, graph: bytes) -> None:
        super().__setitem__(key, graph)
        write_file(self._file(key), lambda aside: aside.write_bytes(graph))

    def _file(self, key: object) -> Path:
        return self._folder / hashlib.sha256(repr(key).encode()).hexdigest()
