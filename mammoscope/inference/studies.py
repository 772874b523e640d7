"""The comparisons that lie beside the published models: figures for a page to show, by name."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = "studies"
SCHEMA = 1
STUDY_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_LOG = logging.getLogger("mammoscope.inference")


def study_file(zoo: Path, name: str) -> Path:
    """Where a study of this name lies, or would."""
    return zoo / FOLDER / f"{name}.json"


def find_studies(zoo: Path) -> Mapping[str, Mapping[str, Any]]:
    """Name → study, by name; empty where there is none. One that cannot be read is left out."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted((zoo / FOLDER).glob("*.json")):
        try:
            study = json.loads(path.read_text(encoding="utf-8"))
            if study["schema"] != SCHEMA or study["name"] != path.stem:
                raise ValueError(f"schema {study['schema']}, name {study['name']}")
        except (OSError, ValueError, TypeError, KeyError) as error:
            _LOG.error("study %s is not served: %s", path.name, error)
            continue
        found[path.stem] = study
    return found
