"""`make audit` and `make sbom`: what is installed, and what is known against it."""

from __future__ import annotations

import importlib.util
import json
import os
import stat
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import REPOSITORY

SOUND = {"name": "numpy", "version": "2.0", "vulns": []}
FLAW = {"id": "PYSEC-1", "fix_versions": ["2.1"]}
SKIPPED = {"name": "numpy", "skip_reason": "not found"}
PAGE: dict[str, Any] = {"metadata": {"dependencies": {"total": 3}}, "vulnerabilities": {}}


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", REPOSITORY / "scripts" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "complaint"),
    [
        ([SOUND], None),
        ([SOUND, SKIPPED], None),
        ([{**SOUND, "vulns": [FLAW]}], "numpy 2.0: PYSEC-1, mended in 2.1"),
        ([SKIPPED], "nothing could be audited"),
        ([], "nothing could be audited"),
    ],
)
def test_an_environment_is_sound_only_where_something_was_audited(
    packages: list[Any], complaint: str | None
) -> None:
    said = load_script().of_python(json.dumps({"dependencies": packages}))
    assert len(said) == (complaint is not None)
    assert complaint is None or complaint in said[0]


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (json.dumps(PAGE), None),
        (
            json.dumps({**PAGE, "vulnerabilities": {"x": {"range": "<2", "severity": "high"}}}),
            "x <2: high",
        ),
        (json.dumps({"error": {"code": "ENOAUDIT"}}), "nothing could be audited"),
        ("", "nothing could be audited"),
        ("[]", "nothing could be audited"),
    ],
)
def test_the_page_is_sound_only_where_something_was_audited(
    answer: str, complaint: str | None
) -> None:
    said = load_script().of_page(answer)
    assert len(said) == (complaint is not None)
    assert complaint is None or complaint in said[0]


def test_an_audit_fails_where_its_sources_are_silent(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexit 0\n")
    silent.chmod(silent.stat().st_mode | stat.S_IXUSR)
    words = [
        sys.executable,
        str(REPOSITORY / "scripts" / "audit.py"),
        str(silent),
        ".",
        str(silent),
    ]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.count("nothing could be audited") == 2


@pytest.mark.slow
def test_the_bill_of_materials_names_what_is_installed() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    subprocess.run(["make", "sbom"], cwd=REPOSITORY, env=environment, check=True)
    python = json.loads((REPOSITORY / "dist" / "sbom-python.json").read_text())
    named = {(part["name"], part["version"]) for part in python["components"]}
    installed = {(one.name, one.version) for one in distributions() if one.name != "mammoscope"}
    assert python["bomFormat"] == "CycloneDX"
    assert named == installed
    page = json.loads((REPOSITORY / "dist" / "sbom-page.json").read_text())
    wanted = json.loads((REPOSITORY / "frontend" / "package.json").read_text())["dependencies"]
    assert page["bomFormat"] == "CycloneDX"
    assert set(wanted) <= {part["name"] for part in page["components"]}
    for part in page["components"]:
        folder = REPOSITORY / "frontend" / "node_modules" / part.get("group", "") / part["name"]
        assert part["version"] == json.loads((folder / "package.json").read_text())["version"]
