"""What a model's answer costs: time, memory, size; measured for several models in turns."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from mammoscope.images.model_input import model_input
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.runtime import Session
from mammoscope.types import DatasetError, FloatArray, ModelIntegrityError

# A fresh interpreter that does nothing but answer once. ru_maxrss is inherited through exec, so
# that it may be the parent's peak; VmHWM (Linux) is not.
_PROBE = """
import json, sys
import numpy as np
from mammoscope.images.model_input import model_input
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.runtime import Session
from pathlib import Path
config = PreprocessConfig.from_json(sys.argv[1])
array = np.load(sys.argv[2])
session = Session([Path(name) for name in sys.argv[3:]])
session.run(model_input(array, config)[np.newaxis])
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
class Measured:
    """A model whose cost is measured.

    Attributes:
        graphs: its ONNX files, in the order they are run.
        preprocess: says what they eat.
    """

    graphs: tuple[Path, ...]
    preprocess: PreprocessConfig


@dataclass(frozen=True, slots=True)
class Cost:
    """What one model needs on one machine.

    Attributes:
        graph_bytes: size of its files.
        latency_p50_ms, latency_p95_ms: of a warm pass over one prepared image: features where the
            model eats them, graphs, evidence included.
        latency_runs: how many passes these are percentiles of.
        threads: processors that a pass may use.
        peak_memory_bytes: of a process that loads the graphs and answers once.
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


def measure_costs(models: Sequence[Measured], *, rounds: int = 50) -> list[Cost]:
    """The cost of each model, on this machine.

    Warm passes are measured for all models in turns, so that a noisy machine is equally noisy to
    all of them.

    Args:
        models: whose first graph has one input.
        rounds: how many passes a model are timed.

    Raises:
        ModelIntegrityError: a graph cannot be loaded, or not be run on what the config prepares.
    """
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}; expected at least 1")
    latencies = _latencies(models, rounds=rounds)
    costs = []
    for model, seconds in zip(models, latencies, strict=True):
        cold_start_s, peak = _answer_once(model)
        p50, p95 = np.percentile(np.array(seconds) * 1000, (50, 95))
        costs.append(
            Cost(
                graph_bytes=sum(graph.stat().st_size for graph in model.graphs),
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


def _latencies(models: Sequence[Measured], *, rounds: int) -> list[list[float]]:
    """Seconds of each model's passes; each after an untimed one, so that it is warm."""
    sessions = [Session(model.graphs) for model in models]
    arrays = [_array(model.preprocess) for model in models]
    seconds: list[list[float]] = [[] for _ in models]
    for _ in range(rounds):
        for model, session, array, passes in zip(models, sessions, arrays, seconds, strict=True):
            for timed in (False, True):
                started = time.perf_counter()
                session.run(model_input(array, model.preprocess)[np.newaxis])
                if timed:
                    passes.append(time.perf_counter() - started)
    return seconds


def _array(config: PreprocessConfig) -> FloatArray:
    """A prepared array of as much work as a breast's: a cloudy half-disc, black around."""
    noise = np.random.default_rng(0).random((config.rows, config.columns), dtype=np.float32)
    clouds = sum(cv2.GaussianBlur(noise, (0, 0), sigma) * sigma for sigma in (1, 4, 16))
    low, high = float(clouds.min()), float(clouds.max())
    down, across = np.ogrid[-1 : 1 : config.rows * 1j, 0 : 1 : config.columns * 1j]
    plane = np.where(down**2 + across**2 < 0.9, (clouds - low) / (high - low), 0)
    return np.repeat(plane[..., np.newaxis], config.channels, axis=2).astype(np.float32)


def _answer_once(model: Measured) -> tuple[float, int]:
    """Seconds from a process' start to its end, and its peak memory in bytes."""
    files = [str(graph) for graph in model.graphs]
    with tempfile.TemporaryDirectory() as folder:
        array = Path(folder) / "array.npy"
        np.save(array, _array(model.preprocess))
        # -P: what lies in the working folder must not be imported in place of a library.
        command = [sys.executable, "-P", "-c", _PROBE, model.preprocess.to_json(), str(array)]
        started = time.perf_counter()
        done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        last = model.graphs[-1]
        raise ModelIntegrityError(
            f"{last.parent.name}/{last.name} does not answer in a process of its own: {reason}"
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
