"""Known vulnerabilities in what is installed: `make audit`.

Asks pip-audit about the virtual environment and npm about the page's lock file, and fails where
something is vulnerable, and where **nothing could be audited**: an index that has no advisories
answers with silence, which must not be taken for safety.

Usage: audit.py PIP-AUDIT SITE-PACKAGES NPM...
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def main(arguments: list[str]) -> int:
    pip_audit, site_packages, *npm = arguments
    python = output([pip_audit, "--path", site_packages, "--format", "json"])
    page = output([*npm, "audit", "--json"])
    found = [*of_python(python), *of_page(page)]
    for line in found:
        sys.stderr.write(line + "\n")
    return 1 if found else 0


def of_python(text: str) -> list[str]:
    """What pip-audit's JSON gives reason to complain of, a line each."""
    packages = parsed(text).get("dependencies", [])
    audited = [package for package in packages if "skip_reason" not in package]
    sys.stdout.write(f"Python: {len(audited)} of {len(packages)} packages audited\n")
    if not audited:
        return ["Python: nothing could be audited; expected an index with advisories within reach"]
    return [
        f"Python: {package['name']} {package['version']}: {flaw['id']}, "
        f"mended in {', '.join(flaw['fix_versions']) or 'no version yet'}"
        for package in audited
        for flaw in package["vulns"]
    ]


def of_page(text: str) -> list[str]:
    """What npm's JSON gives reason to complain of, a line each."""
    answer = parsed(text)
    total = answer.get("metadata", {}).get("dependencies", {}).get("total", 0)
    sys.stdout.write(f"page: {total} packages audited\n")
    if not total:
        return ["page: nothing could be audited; expected a registry with advisories within reach"]
    return [
        f"page: {name} {flaw['range']}: {flaw['severity']}"
        for name, flaw in answer["vulnerabilities"].items()
    ]


def parsed(text: str) -> dict[str, Any]:
    """A tool's answer; empty where it gave none that can be read."""
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def output(command: list[str]) -> str:
    # Both exit with 1 where they find something, as where they fail: their JSON tells which.
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
