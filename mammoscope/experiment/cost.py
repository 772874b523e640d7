"""What an answer of a graph costs: time, memory, size; measured for several graphs in turns."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import onnxruntime

from mammoscope.inference.runtime import Session
from mammoscope.types import DatasetError, FloatArray, ModelIntegrityError

# The idle threads of one graph's pool spin for some milliseconds before they sleep; without a
# pause they would take the processor from the graph whose turn is next.
_PAUSE_S = 0.02

# A fresh interpreter that does nothing but answer once. ru_maxrss is inherited through exec, so
# that it may be the parent's peak; VmHWM (Linux) is not.
_PROBE = """
import json, sys
import numpy as np
from mammoscope.inference.runtime import Session
from pathlib import Path
Session(Path(sys.argv[1])).run(np.zeros(json.loads(sys.argv[2]), dtype=np.float32))
try:
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
except (OSError, StopIteration):
    import resource
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(json.dumps(peak))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one graph needs on one machine.

    Attributes:
        graph_bytes: size of its file.
        latency_p50_ms, latency_p95_ms: of a warm network pass over one prepared image, evidence
            included.
        latency_runs: how many passes these are percentiles of.
        threads: processors that a pass may use.
        peak_memory_bytes: of a process that loads the graph and answers once.
        cold_start_s: from the start of that process to its end.
        machine: processor and system.
    """

    graph_bytes: int
    latency_p50_ms: float
    latency_p95_ms: float
    latency_runs: int
    threads: int
    peak_memory_bytes: int
    cold_start_s: float
    machine: str

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Cost:
        """The cost that `to_json` wrote.

        Raises:
            DatasetError: not JSON, fields of another version, or a time that is no positive number.
        """
        try:
            values = json.loads(text)
            if set(values) != {item.name for item in fields(cls)}:
                raise DatasetError(f"a cost holds {sorted(values)}; measure it with this version")
            cost = cls(**values)
            if not 0 < cost.latency_p50_ms <= cost.latency_p95_ms < float("inf"):
                raise DatasetError(
                    f"latency p50 is {cost.latency_p50_ms} ms and p95 {cost.latency_p95_ms} ms; "
                    "expected 0 < p50 ≤ p95; measure the cost again"
                )
        except (ValueError, TypeError) as error:
            raise DatasetError(f"not a measured cost: {error}; measure it again") from error
        return cost


def measure_costs(graphs: Sequence[Path], *, rounds: int = 50) -> list[Cost]:
    """The cost of each graph, on this machine.

    Warm passes are measured for all graphs in turns, so that a noisy machine is equally noisy to
    all of them.

    Args:
        graphs: ONNX files of one input `image` of a fixed size.
        rounds: how many passes a graph are timed.

    Raises:
        ModelIntegrityError: a graph cannot be loaded or run, or leaves its image size open.
    """
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}; expected at least 1")
    shapes = [_input_shape(graph) for graph in graphs]
    latencies = _latencies(graphs, shapes, rounds=rounds)
    costs = []
    for graph, shape, seconds in zip(graphs, shapes, latencies, strict=True):
        cold_start_s, peak = _answer_once(graph, shape)
        p50, p95 = np.percentile(np.array(seconds) * 1000, (50, 95))
        costs.append(
            Cost(
                graph_bytes=graph.stat().st_size,
                latency_p50_ms=round(float(p50), 3),
                latency_p95_ms=round(float(p95), 3),
                latency_runs=rounds,
                threads=_processors(),
                peak_memory_bytes=peak,
                cold_start_s=round(cold_start_s, 3),
                machine=_machine(),
            )
        )
    return costs


def _latencies(
    graphs: Sequence[Path], shapes: Sequence[tuple[int, ...]], *, rounds: int
) -> list[list[float]]:
    """Seconds of each graph's passes; each after an untimed one, so that it is warm."""
    sessions = [Session(graph) for graph in graphs]
    images = [_image(shape) for shape in shapes]
    seconds: list[list[float]] = [[] for _ in graphs]
    for _ in range(rounds):
        for session, image, passes in zip(sessions, images, seconds, strict=True):
            time.sleep(_PAUSE_S)
            session.run(image)
            started = time.perf_counter()
            session.run(image)
            passes.append(time.perf_counter() - started)
    return seconds


def _image(shape: tuple[int, ...]) -> FloatArray:
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def _input_shape(graph: Path) -> tuple[int, ...]:
    """(1, H, W, C) of the graph's `image`."""
    Session(graph)  # refuses what is no graph of ours, in our words
    declared = onnxruntime.InferenceSession(
        str(graph), providers=["CPUExecutionProvider"]
    ).get_inputs()[0]
    sizes = tuple(declared.shape[1:])
    if len(sizes) != 3 or not all(isinstance(size, int) for size in sizes):
        raise ModelIntegrityError(
            f"{graph.parent.name}/{graph.name} takes {declared.name} of shape {declared.shape}; "
            "expected (N, height, width, channels) with only N open; export it again"
        )
    return (1, *sizes)


def _answer_once(graph: Path, shape: tuple[int, ...]) -> tuple[float, int]:
    """Seconds from a process' start to its end, and its peak memory in bytes."""
    # -P: what lies in the working folder must not be imported in place of a library.
    command = [sys.executable, "-P", "-c", _PROBE, str(graph), json.dumps(shape)]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelIntegrityError(
            f"{graph.parent.name}/{graph.name} does not answer in a process of its own: {reason}"
        )
    return seconds, int(json.loads(done.stdout))


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _machine() -> str:
    """Processor, processors that may be used, system; never a name that somebody gave it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = models[0] if models else platform.processor() or platform.machine()
    count = _processors()
    plural = "" if count == 1 else "s"
    return f"{processor}, {count} processor{plural}, {platform.system()} {platform.machine()}"
