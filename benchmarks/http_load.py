"""Answers over HTTP under load: `python -m benchmarks.http_load`.

Thirty-two clients ask this server and the usual demo (`flask_demo`: the same DenseNet121 in
`keras.Model.predict`) in turns, the same PNG each, from connect to the last byte of the answer;
this server's answers hold the map, the demo's a score alone. Then this server is offered 80 % of
what it answered at most, at even times as load generators do and at random ones (Poisson) as
people do, whether earlier questions are answered or not; the waiting is told by percentiles. Last,
it is started for one, two and four streams, to see what parallel streams bring.
"""

from __future__ import annotations

import argparse
import random
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.server import Server, ask, phantom_png

MODEL = "densenet121-rsna"
CLIENTS = 32
ROUNDS = 3
SHARE = 0.8
STREAMS = (1, 2, 4)
DEMO = "benchmarks.flask_demo"


@dataclass(frozen=True, slots=True)
class Load:
    """Answers a second, and the seconds that each took."""

    rate: float
    seconds: list[float]

    def percentile(self, share: float) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def saturate(port: int, data: bytes, *, clients: int, seconds: float) -> Load:
    """As many answers as there are to be had: each client asks again when it was answered."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    def client() -> None:
        while time.perf_counter() < end:
            taken.append(answer_seconds(port, data))

    started = time.perf_counter()
    run_all([client] * clients)
    return Load(len(taken) / (time.perf_counter() - started), taken)


def offer(port: int, data: bytes, *, rate: float, seconds: float, gap: Callable[[], float]) -> Load:
    """Questions whether earlier ones are answered or not, `gap()` / `rate` seconds apart."""
    taken: list[float] = []
    threads: list[threading.Thread] = []
    started = due = time.perf_counter()
    while due - started < seconds:
        time.sleep(max(0.0, due - time.perf_counter()))
        threads.append(threading.Thread(target=lambda: taken.append(answer_seconds(port, data))))
        threads[-1].start()
        due += gap() / rate
    for thread in threads:
        thread.join()
    return Load(len(taken) / (time.perf_counter() - started), taken)


def answer_seconds(port: int, data: bytes) -> float:
    """Of one question, from connect to the last byte."""
    started = time.perf_counter()
    ask(port, data, model=MODEL)
    return time.perf_counter() - started


def run_all(calls: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def own_server(streams: int | None = None) -> Server:
    # The line holds every client: what is turned away would be asked again, and measure patience.
    environment = {"MAMMOSCOPE_QUEUE": str(4 * CLIENTS)}
    if streams is not None:
        environment["MAMMOSCOPE_CONCURRENCY"] = str(streams)
    return Server(["--model", MODEL], **environment)


def demo_server() -> Server:
    return Server([str(free_port())], command=[sys.executable, "-m", DEMO])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    seconds = parser.parse_args().seconds
    png = phantom_png()

    with own_server() as ours, demo_server() as demo:
        for port in (ours.port, demo.port):
            answer_seconds(port, png)
        rates: dict[str, list[float]] = {"ours": [], "demo": []}
        for _ in range(ROUNDS):
            for name, port in (("ours", ours.port), ("demo", demo.port)):
                load = saturate(port, png, clients=CLIENTS, seconds=seconds)
                rates[name].append(load.rate)
        own, other = (statistics.median(rates[name]) for name in ("ours", "demo"))
        print(f"{CLIENTS} clients, median of {ROUNDS} turns of {seconds:g} s:")
        print(f"  this server, with map: {own:.1f} answers a second")
        print(f"  Flask and predict:     {other:.1f} answers a second")
        print(f"  ratio:                 {own / other:.1f} x")

        draw = random.Random(0)
        gaps = {"even": lambda: 1.0, "random": lambda: draw.expovariate(1.0)}
        for _ in range(ROUNDS):
            for name, gap in gaps.items():
                load = offer(ours.port, png, rate=SHARE * own, seconds=2 * seconds, gap=gap)
                p50, p99 = load.percentile(0.5), load.percentile(0.99)
                print(
                    f"{SHARE:.0%} of that at {name} times ({len(load.seconds)} questions): "
                    f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, {p99 / p50:.1f} x"
                )

    by_streams: dict[int, list[float]] = {streams: [] for streams in STREAMS}
    for _ in range(ROUNDS):
        for streams in STREAMS:
            with own_server(streams) as server:
                answer_seconds(server.port, png)
                load = saturate(server.port, png, clients=CLIENTS, seconds=seconds / 2)
                by_streams[streams].append(load.rate)
    for streams, found in by_streams.items():
        print(f"{streams} stream(s): {statistics.median(found):.1f} answers a second")


if __name__ == "__main__":
    main()
