"""What is counted, read back by Prometheus' own parser."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from mammoscope import __version__
from mammoscope.serving.metrics import Metrics, State

Sample = tuple[str, tuple[tuple[str, str], ...]]
IDLE = State(working=0, waiting=0, models=2, decode_worker_restarts=0)


def samples(text: str) -> dict[Sample, float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests(status: str, route: str, method: str = "GET") -> Sample:
    labels = (("method", method), ("route", route), ("status", status))
    return "mammoscope_requests_total", labels


def test_answers_are_counted_by_route_and_status(client: TestClient, png: bytes) -> None:
    before = samples(client.get("/metrics").text)
    client.get("/api/examples/nothing")
    client.get("/api/examples/nowhere")
    client.post("/api/predictions", files={"file": ("a", png)})
    client.post("/api/predictions", files={"file": ("a", b"text")})
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    after = samples(answer.text)

    def grown(key: Sample) -> float:
        return after.get(key, 0) - before.get(key, 0)

    assert grown(requests("404", "/api/examples/{name}")) == 2
    assert grown(requests("200", "/api/predictions", "POST")) == 1
    assert grown(requests("415", "/api/predictions", "POST")) == 1
    assert grown(requests("200", "/metrics")) == 1
    labels = (("method", "POST"), ("route", "/api/predictions"))
    assert grown(("mammoscope_request_seconds_count", labels)) == 2
    assert 0 < grown(("mammoscope_request_seconds_sum", labels)) < 60


def test_the_state_is_told_with_the_version(client: TestClient) -> None:
    seen = samples(client.get("/metrics").text)
    assert seen["mammoscope_models", ()] == 2
    assert seen["mammoscope_working", ()] == seen["mammoscope_waiting", ()] == 0
    assert seen["mammoscope_build_info", (("version", __version__),)] == 1


def test_restarts_are_a_counter_of_those_that_were() -> None:
    metrics = Metrics(version="1")
    name = ("mammoscope_decode_worker_restarts_total", ())
    assert samples(metrics.text(IDLE).decode())[name] == 0
    for restarts in (2, 2, 5):
        state = State(working=1, waiting=3, models=0, decode_worker_restarts=restarts)
        seen = samples(metrics.text(state).decode())
        assert seen[name] == restarts
        assert (seen["mammoscope_working", ()], seen["mammoscope_waiting", ()]) == (1, 3)


def test_a_time_falls_into_its_bucket_and_those_above() -> None:
    metrics = Metrics(version="1")
    metrics.observe(method="GET", route="/api/health", status=200, seconds=0.3)
    metrics.observe(method="GET", route="-", status=None, seconds=900)
    seen = samples(metrics.text(IDLE).decode())

    def bucket(edge: str, route: str = "/api/health") -> float:
        labels = (("le", edge), ("method", "GET"), ("route", route))
        return seen["mammoscope_request_seconds_bucket", labels]

    assert (bucket("0.25"), bucket("0.5"), bucket("+Inf")) == (0, 1, 1)
    assert (bucket("60.0", "-"), bucket("+Inf", "-")) == (0, 1)
    assert seen[requests("none", "-")] == 1


def test_two_servers_in_one_process_count_apart() -> None:
    one, other = Metrics(version="1"), Metrics(version="1")
    one.observe(method="GET", route="/", status=200, seconds=0)
    assert requests("200", "/") not in samples(other.text(IDLE).decode())
