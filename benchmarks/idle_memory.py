"""What an idle server takes: `python -m benchmarks.idle_memory`.

Starts `mammoscope serve` with two models, asks each model one question with its map, waits, and
prints the proportional set size (PSS: shared pages counted once) of the server and of its decode
processes, before the first question and after it. Linux only.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.server import Server, ask, phantom_png

SETTLE_S = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", nargs="*", default=["densenet121-rsna", "cnn-rsna"])
    models = parser.parse_args().model
    png = phantom_png()
    with Server([word for name in models for word in ("--model", name)]) as server:
        print(f"ready {server.seconds_to_start:.1f} s after its start, with {', '.join(models)}")
        time.sleep(SETTLE_S)
        _tell("idle, before the first question", server)
        for name in models:
            ask(server.port, png, model=name)
        time.sleep(SETTLE_S)
        _tell("idle, after one question a model", server)


def _tell(when: str, server: Server) -> None:
    sizes = {pid: proportional_bytes(pid) / 2**20 for pid in server.processes()}
    each = " + ".join(f"{size:.0f}" for size in sizes.values())
    print(f"{when}: PSS {sum(sizes.values()):.0f} MiB ({each}: server, decode processes)")


def proportional_bytes(pid: int) -> int:
    """PSS of one process, in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
