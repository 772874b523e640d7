"""How fast an answer is: `python -m benchmarks.answer_speed` (or `make benchmark`).

Prints ratios that were measured in one run, in turns, so that a noisy machine is noisy for both:
a warm DenseNet121 answer with its map (check, prepare, network, explanation, from a decoded
image) against `keras.Model.predict` of the same network on an array that is prepared already;
and what a cold `mammoscope predict` of one PNG takes from start to exit.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.datasets.examples import write_png
from mammoscope.datasets.phantom import PhantomConfig, make_phantom
from mammoscope.images.preprocess import PreprocessConfig, prepare
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.card import GRAPH_FILE, PREPROCESS_FILE, PublishedModel
from mammoscope.inference.predictor import Predictor
from mammoscope.types import Estimate, OperatingPoint

ROUNDS = 25
COLD_ROUNDS = 5


def milliseconds(call: object) -> float:
    started = time.perf_counter()
    call()  # type: ignore[operator]
    return (time.perf_counter() - started) * 1000


def publish_untrained(folder: Path) -> tuple[Predictor, object]:
    """A predictor and the Keras model behind it; random weights cost what trained ones do."""
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
    return Predictor(model), classifier.model


def main() -> None:
    image = make_phantom(1, laterality="L", view="MLO", config=PhantomConfig()).image
    with tempfile.TemporaryDirectory() as scratch:
        predictor, model = publish_untrained(Path(scratch))
        array = prepare(image, predictor.model.preprocess).array[np.newaxis]
        logit = float(model.predict(array, verbose=0)[0, 0])  # type: ignore[attr-defined]
        score = predictor.predict(image).score
        assert score is not None and abs(score - 1 / (1 + np.exp(-logit))) < 1e-4
        ours, keras = [], []
        for _ in range(ROUNDS):
            ours.append(milliseconds(lambda: predictor.predict(image, heatmap=True)))
            keras.append(milliseconds(lambda: model.predict(array, verbose=0)))  # type: ignore[attr-defined]
        answer, predict = statistics.median(ours), statistics.median(keras)
        print(f"warm DenseNet121 answer with map: {answer:.1f} ms (median of {ROUNDS})")
        print(f"keras.Model.predict alone:        {predict:.1f} ms")
        print(f"ratio:                            {predict / answer:.1f} x")

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
