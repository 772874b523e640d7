"""What the server counts, in Prometheus' text format; nothing of an image or a person in it."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest

__all__ = ["CONTENT_TYPE", "Metrics", "State"]

# Seconds: from a health check's to that of the slowest file on a busy machine.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class State:
    """How the server is doing at this moment.

    Attributes:
        working: images that are being read.
        waiting: uploads that are being sent, or wait for their turn.
        models: that are served.
        decode_worker_restarts: since the server started.
    """

    working: int
    waiting: int
    models: int
    decode_worker_restarts: int


class Metrics:
    """Counts of one server; its labels take a bounded number of values, whatever clients send."""

    def __init__(self, *, version: str) -> None:
        # A registry of its own: two servers in one process, as in tests, share no count.
        registry = self._registry = CollectorRegistry(auto_describe=True)
        labels = ("method", "route", "status")
        self._requests = Counter(
            "mammoscope_requests", "Answers by route and status.", labels, registry=registry
        )
        self._seconds = Histogram(
            "mammoscope_request_seconds",
            "From a request's headers to the end of its answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._working = Gauge(
            "mammoscope_working", "Images that are being read.", registry=registry
        )
        self._waiting = Gauge(
            "mammoscope_waiting",
            "Uploads that are being sent or wait for their turn.",
            registry=registry,
        )
        self._models = Gauge("mammoscope_models", "Models that are served.", registry=registry)
        self._restarts = Counter(
            "mammoscope_decode_worker_restarts",
            "Decoding processes that took another's place: after a failure, or 1000 files.",
            registry=registry,
        )
        self._restarts_told = 0
        Info("mammoscope_build", "The version that runs.", registry=registry).info(
            {"version": version}
        )

    def observe(self, *, method: str, route: str, status: int | None, seconds: float) -> None:
        """Counts an answer.

        Args:
            method: of a fixed set.
            route: the pattern that matched, `-` for none; never a path.
            status: HTTP status, None where the connection was gone.
            seconds: that it took.
        """
        self._requests.labels(method, route, str(status or "none")).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self, state: State) -> bytes:
        """The exposition, format 0.0.4."""
        self._working.set(state.working)
        self._waiting.set(state.waiting)
        self._models.set(state.models)
        self._restarts.inc(state.decode_worker_restarts - self._restarts_told)
        self._restarts_told = state.decode_worker_restarts
        return generate_latest(self._registry)
