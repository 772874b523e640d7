"""The usual demo, to measure against: a Flask handler that calls `keras.Model.predict`.

`python -m benchmarks.flask_demo PORT` serves DenseNet121 with random weights, which cost what
trained ones do, as Flask's own server runs it: one thread a request.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
from flask import Flask, jsonify, request

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.classifiers.classifier import ClassifierConfig

app = Flask(__name__)
model = CLASSIFIERS["densenet121"](
    ClassifierConfig(input_shape=(256, 256, 1), classes=("no", "yes"))
).model


@app.post("/api/predictions")
def predict():
    data = np.frombuffer(request.files["file"].read(), np.uint8)
    pixels = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    array = cv2.resize(pixels, (256, 256)).astype(np.float32)[np.newaxis, ..., np.newaxis] / 255
    logit = float(model.predict(array, verbose=0)[0, 0])
    return jsonify({"score": 1 / (1 + np.exp(-logit))})


@app.get("/api/health")
def health():
    return jsonify({"status": "ok"})


if __name__ == "__main__":
    port = int(sys.argv[1])
    print(f"http://127.0.0.1:{port}")
    app.run(port=port)
