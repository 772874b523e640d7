"""Runs the steps of the Dockerfile without a container engine; as root, on Linux.

Each stage's steps run in a mount namespace of its own, where the stage's folders stand at the
paths that the Dockerfile names; the base images' Node.js and Python are this machine's. Then the
server is started as the Dockerfile starts it: as its user, on a file system that is read-only
everywhere, with a key file; the health check must succeed, and an upload without a key must be
refused. With the extra `gateway`, a gateway is started so, too, and must listen.

Usage: python scripts/check_dockerfile.py [EXTRAS] (exit 0: all of it held)
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START_S = 60
# What the Dockerfile's steps write to, and the folder of the keys.
FOLDERS = ("build", "opt/mammoscope", "keys")


@dataclass
class Stage:
    """A stage of the Dockerfile, and the folder that holds what its steps made."""

    name: str
    root: Path
    workdir: str = "/"
    user: str = ""
    # Of the stage's steps alone, unlike `environment`.
    arguments: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    def at(self, path: str) -> Path:
        """Where a path of the stage lies on this machine."""
        return self.root / (Path(self.workdir) / path).relative_to("/")


def main() -> int:
    if os.geteuid() or sys.platform != "linux":
        raise SystemExit("needs root on Linux, for mount namespaces")
    extras = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory(prefix="dockerfile-") as scratch, mount_points():
        Path(scratch).chmod(0o755)
        image = build(Path(scratch), {"EXTRAS": extras})[-1]
        serve(image)
        if "gateway" in extras.split(","):
            listen(image)
    return 0


@contextmanager
def mount_points() -> Iterator[None]:
    """What of `FOLDERS` this machine lacks is there meanwhile."""
    made = [Path("/", folder) for folder in FOLDERS if not Path("/", folder).exists()]
    try:
        yield
    finally:
        for folder in made:  # where they were mounted; empty, or something was written outside
            folder.rmdir()


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, its words), lines joined and comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (word, rest.strip()) for word, _, rest in (e.partition(" ") for e in joined.split("\n"))
    ]


def build(scratch: Path, given: dict[str, str]) -> list[Stage]:
    """Every stage, its steps run.

    Args:
        scratch: folder for what they make.
        given: build arguments; what the Dockerfile does not ask for is an error.
    """
    stages: list[Stage] = []
    for word, rest in instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        say(f"{word} {rest}")
        if word == "FROM":
            name = rest.split(" AS ")[1] if " AS " in rest else "last"
            stages.append(Stage(name, scratch / name))
            stages[-1].root.mkdir()
            continue
        stage = stages[-1]
        if word == "WORKDIR":
            stage.workdir = str(Path(stage.workdir) / rest)
            stage.at(".").mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copy(stage, rest.split(), {one.name: one for one in stages})
        elif word == "RUN":
            inside(stage, ["sh", "-ec", rest]).check_returncode()
        elif word == "ARG":
            name, _, value = rest.partition("=")
            stage.arguments[name] = given.get(name, value)
        elif word == "ENV":
            stage.environment.update(pair.split("=", 1) for pair in shlex.split(rest))
        elif word == "USER":
            stage.user = rest
        elif word == "CMD":
            stage.command = json.loads(rest)
        elif word == "HEALTHCHECK":
            stage.health = json.loads(rest.partition("CMD ")[2])
        elif word != "EXPOSE":
            raise SystemExit(f"{word} is not known here: teach this script")
    unused = set(given).difference(*(stage.arguments for stage in stages))
    if unused:
        raise SystemExit(f"the Dockerfile asks for no {', '.join(sorted(unused))}")
    return stages


def copy(stage: Stage, words: list[str], stages: dict[str, Stage]) -> None:
    source = None
    if words[0].startswith("--from="):
        source = stages[words.pop(0).partition("=")[2]].root
    *names, target = words
    for name in names:
        to = stage.at(target)
        if source is not None:
            shutil.copytree(source / name.lstrip("/"), to, dirs_exist_ok=True, symlinks=True)
        elif (ROOT / name).is_dir():
            for file in tracked(name):
                place = to / Path(file).relative_to(name)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, place)
        else:
            to.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to)


def tracked(folder: str) -> list[str]:
    """What a clean checkout has there: the ignored is what .dockerignore leaves out, too."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", folder]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in found.split("\0") if name and (ROOT / name).is_file()]


def inside(stage: Stage, command: list[str]) -> subprocess.CompletedProcess[bytes]:
    """A command in the stage's folder, with the stage's folders at their own paths."""
    return subprocess.run(
        namespace(stage, command, read_only=False), env=environment(stage) | stage.arguments
    )


def namespace(stage: Stage, command: list[str], *, read_only: bool) -> list[str]:
    """The command line that runs a command where the stage's folders are mounted."""
    steps = ["mount --make-rprivate /"]
    for folder in FOLDERS:
        own = stage.root / folder
        for path in (own, Path("/", folder)):
            path.mkdir(parents=True, exist_ok=True)
        steps.append(f"mount --bind {shlex.quote(str(own))} /{folder}")
    python = Path(sys.base_prefix)
    if not readable_by_all(python):
        # The base image's Python is everybody's; this machine's may lie in a private home.
        hidden = Path("/", python.parts[1])
        (stage.root / "python").mkdir(exist_ok=True)
        steps += [
            f"mount --bind {python} {stage.root / 'python'}",
            f"mount -t tmpfs -o mode=755 none {hidden}",
            f"mkdir -p {python}",
            f"mount --bind {stage.root / 'python'} {python}",
        ]
    if read_only:
        steps.append("mount -o remount,bind,ro / && mount -t tmpfs -o ro none /tmp")
    steps.append(f"cd {shlex.quote(stage.workdir)}")
    drop = ""
    if stage.user:
        user, group = stage.user.split(":")
        drop = f"setpriv --reuid {user} --regid {group} --clear-groups --bounding-set -all "
    steps.append(f"exec {drop}{shlex.join(command)}")
    return ["unshare", "--mount", "sh", "-ec", "\n".join(steps)]


def readable_by_all(path: Path) -> bool:
    return all(one.stat().st_mode & 0o5 == 0o5 for one in (path, *path.parents))


def environment(stage: Stage) -> dict[str, str]:
    path = f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"
    own = {**stage.environment}
    if "PATH" in own:
        own["PATH"] = own["PATH"].replace("$PATH", path)
    # How pip and npm reach their index is this machine's.
    theirs = ("PIP_", "npm_")
    kept = {name: value for name, value in os.environ.items() if name.startswith(theirs)}
    home = "/nonexistent" if stage.user else os.environ["HOME"]
    return {"PATH": path, "HOME": home, **kept, **own}


def listen(stage: Stage) -> None:
    """Starts a gateway in place of the server, with a queue and a key of its own."""
    options = ["--queue", "sqlite:////keys/queue.db", "--queue-key", "/keys/queue.key"]
    words = ["mammoscope", "gateway", "--fhir", "/keys/reports", "--port", "11112", *options]
    look = ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 11112), 4)"]
    say(f"{shlex.join(words)}, as {stage.user}, read-only")
    with subprocess.Popen(namespace(stage, words, read_only=True), env=environment(stage)) as run:
        try:
            end = time.monotonic() + START_S
            while inside(stage, look).returncode:
                if run.poll() is not None or time.monotonic() > end:
                    raise SystemExit("the gateway does not listen")
                time.sleep(1)
            say("the gateway listens")
        finally:
            run.terminate()
            run.wait(60)


def serve(stage: Stage) -> None:
    keys = stage.root / "keys"
    keys.mkdir(exist_ok=True)
    make = ["mammoscope", "keys", "add", "check", "--key-file", "/keys/keys.json"]
    builder = Stage("keys", stage.root, environment=stage.environment)
    inside(builder, make).check_returncode()
    user, group = map(int, stage.user.split(":"))
    for path in (keys, *keys.iterdir()):
        os.chown(path, user, group)
    command = namespace(stage, stage.command, read_only=True)
    say(f"CMD {shlex.join(stage.command)}, as {stage.user}, read-only")
    with subprocess.Popen(command, env=environment(stage)) as server:
        try:
            end = time.monotonic() + START_S
            while inside(stage, stage.health).returncode:
                if server.poll() is not None or time.monotonic() > end:
                    raise SystemExit("the health check does not succeed")
                time.sleep(1)
            say("the health check succeeded")
            try:
                request = urllib.request.Request("http://127.0.0.1:8000/api/predictions", b"x")
                urllib.request.urlopen(request, timeout=10)
                raise SystemExit("an upload without a key was not refused")
            except urllib.error.HTTPError as error:
                if error.code != 401:
                    raise SystemExit(f"an upload without a key got {error.code}") from None
            say("an upload without a key was refused")
        finally:
            server.terminate()
            server.wait(60)


def say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
