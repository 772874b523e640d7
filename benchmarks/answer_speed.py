"""How fast an answer is: `python -m benchmarks.answer_speed` (or `make benchmark`).

Prints ratios that were measured in one run, in turns, so that a noisy machine is noisy for all: a
warm DenseNet121 answer with its map (check, prepare, network, explanation, from a decoded image)
against `keras.Model.predict` of Keras' own DenseNet121 and of the same network with our layers,
and against the bare runtime, all on an array that is prepared already; the network's operations a
second against the most that this machine gives in a matrix product of the same precision; answers
in bfloat16 and int8, and the network in float32, by OpenVINO; and what a cold `mammoscope predict`
of one PNG takes from start to exit.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.training_speed import stock_densenet121
from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.network import NetworkClassifier
from mammoscope.datasets.examples import write_png
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.experiment.quantise import quantise
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.card import (
    GRAPH_FILE,
    INT8_FILE,
    PREPROCESS_FILE,
    PublishedModel,
)
from mammoscope.inference.openvino_runtime import runtime_name
from mammoscope.inference.precision import FASTER
from mammoscope.inference.predictor import Predictor
from mammoscope.types import Estimate, OperatingPoint, Precision

ROUNDS = 25
COLD_ROUNDS = 5
PAUSE_S = 0.02


def milliseconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def publish_untrained(folder: Path) -> tuple[Predictor, NetworkClassifier]:
    """A predictor and the classifier behind it; random weights cost what trained ones do."""
    config = PreprocessConfig()
    classifier = CLASSIFIERS["densenet121"](
        ClassifierConfig(input_shape=(config.rows, config.columns, 1), classes=("no", "yes"))
    )
    classifier.export(folder / GRAPH_FILE)
    (folder / PREPROCESS_FILE).write_text(config.to_json(), encoding="utf-8")
    unknown = Estimate(0.0, 0.0, 1.0, "not measured")
    model = PublishedModel(
        folder=folder,
        name="untrained",
        version="1",
        modality="mammogram",
        task="cancer",
        classes=("no", "yes"),
        positive="yes",
        preprocess=config,
        calibrator=AffineCalibrator(),
        operating_points=(OperatingPoint("none", 0.5, unknown, unknown),),
        heatmap_scale=1.0,
        card={},
    )
    return Predictor(model), classifier


def in_precision(model: PublishedModel, precision: Precision, array: np.ndarray) -> Predictor:
    """The same model in another arithmetic; int8's scales from the one prepared image."""
    if precision == "int8":
        quantise(model.graph, array, model.folder / INT8_FILE)
    return Predictor(replace(model, precision=precision))


def in_openvino_float32(graph: Path) -> object:
    runtime_name()  # loads OpenVINO without what reports it to its maker
    import openvino

    config = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    return openvino.Core().compile_model(str(graph), "CPU", config).create_infer_request()


def in_turns(calls: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Milliseconds of each call, each timed after one of its own that is not."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            # The threads of the one before may still spin.
            time.sleep(PAUSE_S)
            call()
            taken[name].append(milliseconds(call))
    return taken


def peak_gflops() -> float:
    """The fastest of some float32 matrix products in numpy's BLAS, all cores."""
    most = 0.0
    for side in (1024, 2048, 3072):
        left, right = np.random.default_rng(side).random((2, side, side), dtype=np.float32)
        fastest = min(milliseconds(lambda: left @ right) for _ in range(5))  # noqa: B023
        most = max(most, 2 * side**3 / fastest / 1e6)
    return most


def main() -> None:
    image = make_phantom(1, laterality="L", view="MLO", config=PhantomConfig()).image
    with tempfile.TemporaryDirectory() as scratch:
        predictor, classifier = publish_untrained(Path(scratch))
        array = prepare(image, predictor.model.preprocess).array[np.newaxis]
        model = classifier.model
        logit = float(model.predict(array, verbose=0)[0, 0])
        score = predictor.predict(image).score
        assert score is not None and abs(score - 1 / (1 + np.exp(-logit))) < 1e-4
        stock = stock_densenet121()
        bare = onnxruntime.InferenceSession(str(predictor.model.graph))
        eaten = {bare.get_inputs()[0].name: array}
        faster = {name: in_precision(predictor.model, name, array) for name in FASTER}
        compiled = in_openvino_float32(predictor.model.graph)
        calls = {
            "answer": lambda: predictor.predict(image, heatmap=True),
            "keras": lambda: stock.predict(array, verbose=0),
            "ours in keras": lambda: model.predict(array, verbose=0),
            "bare": lambda: bare.run(None, eaten),
            "bfloat16": lambda: faster["bfloat16"].predict(image, heatmap=True),
            "int8": lambda: faster["int8"].predict(image, heatmap=True),
            "openvino": lambda: compiled.infer({0: array}),
        }
        medians = {name: statistics.median(found) for name, found in in_turns(calls).items()}
        answer, keras, network = medians["answer"], medians["keras"], medians["bare"]
        print(f"warm DenseNet121 answer with map: {answer:.1f} ms (median of {ROUNDS})")
        print(
            f"keras.Model.predict alone:        {keras:.1f} ms, {keras / answer:.1f} x the answer"
        )
        own = medians["ours in keras"]
        print(f"the same with our layers:         {own:.1f} ms, {own / answer:.1f} x the answer")
        print(f"bare runtime, same tensor:        {network:.1f} ms")
        print(f"answer / bare runtime:            {answer / network:.2f} x")
        steps = [predictor.predict(image, heatmap=True).milliseconds for _ in range(ROUNDS)]
        for name in steps[0]:
            print(f"  of it {name + ':':27} {statistics.median(s[name] for s in steps):.1f} ms")

        for name in FASTER:
            print(f"answer in {name}: {medians[name]:.1f} ms, {keras / medians[name]:.1f} x keras")
        by_openvino = medians["openvino"]
        print(
            f"network in float32 by OpenVINO: {by_openvino:.1f} ms, {network / by_openvino:.2f} x"
        )

        operations = 2 * classifier.count_macs()
        reached = operations / network / 1e6
        print(f"network: {reached:.0f} GFLOPS, {reached / peak_gflops():.0%} of the machine's most")

        png = Path(scratch) / "phantom.png"
        write_png(png, image.pixels)
        command = [sys.executable, "-m", "mammoscope", "predict", str(png), "--json"]
        cold = [
            milliseconds(lambda: subprocess.run(command, check=True, capture_output=True))
            for _ in range(COLD_ROUNDS)
        ]
        start = statistics.median(cold)
        print(f"cold `mammoscope predict one.png`: {start:.0f} ms (median of {COLD_ROUNDS})")


if __name__ == "__main__":
    main()
