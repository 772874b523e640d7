"""Tiny published models for tests: a real graph with fixed random weights, and an honest card."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mammoscope.images.model_input import input_shape
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.calibrator import AffineCalibrator
from mammoscope.inference.card import (
    GRAPH_FILE,
    INT8_FILE,
    PREPROCESS_FILE,
    PublishedModel,
    read_card,
    write_card,
)
from mammoscope.inference.precision import MeasuredPrecision
from mammoscope.types import Estimate, ExplanationMethod, OperatingPoint, Precision, Task

SIDE = 256
PLAIN = PreprocessConfig()
CELLS = 8


def write_tiny_model(
    zoo: Path, name: str, *, seed: int, preprocess: PreprocessConfig = PLAIN
) -> None:
    """Writes `name@1` into the zoo: image (N, 256, 256, C) → evidence 8 × 8, bias and logit.

    The evidence is a convolution of the image, so that a lesion moves the score.
    """
    graph = _graph(np.random.default_rng(seed), preprocess.channels)
    _write(zoo, name, graph, preprocess, scale=4.0)


def write_features_model(
    zoo: Path, name: str, *, extractor: str, explained_by: ExplanationMethod, seed: int = 0
) -> None:
    """Writes `name@1` into the zoo: features (N, F) → logit, linear in every one of them."""
    preprocess = replace(PLAIN, extractor=extractor)
    (count,) = input_shape(preprocess)
    weights = np.random.default_rng(seed).normal(0.0, 0.5, (count, 1)).astype(np.float32)
    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        # Some features are counts or unbounded: squashed, so that none decides alone.
        [
            helper.make_node("Tanh", ["features"], ["squashed"]),
            helper.make_node("MatMul", ["squashed", "weights"], ["logit"]),
        ],
        "linear",
        [tensor("features", TensorProto.FLOAT, ["N", count])],
        [tensor("logit", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(weights, "weights")],
    )
    scale = 1.0 if explained_by == "membership" else 0.5
    _write(zoo, name, _model(graph), preprocess, scale=scale, explained_by=explained_by)


def _write(
    zoo: Path,
    name: str,
    graph: onnx.ModelProto,
    preprocess: PreprocessConfig,
    *,
    scale: float,
    explained_by: ExplanationMethod = "evidence",
) -> None:
    folder = zoo / f"{name}@1"
    folder.mkdir(parents=True)
    onnx.save(graph, folder / GRAPH_FILE)
    (folder / PREPROCESS_FILE).write_text(preprocess.to_json(), encoding="utf-8")
    write_card(
        PublishedModel(
            folder=folder,
            name=name,
            version="1",
            modality="mammogram",
            task="cancer",
            classes=("no cancer", "cancer"),
            positive="cancer",
            preprocess=preprocess,
            calibrator=AffineCalibrator(slope=0.7, intercept=-0.2),
            operating_points=(
                OperatingPoint("youden", 0.5, _estimate(0.7), _estimate(0.6)),
                OperatingPoint("sensitivity_90", 0.3, _estimate(0.9), _estimate(0.3)),
            ),
            heatmap_scale=scale,
            card=_card(name),
            explained_by=explained_by,
        )
    )


def ask(zoo: Path, reference: str, task: Task) -> None:
    """Says in a model's card that it answers this question."""
    folder = zoo / reference
    changes = {"task": task.name, "classes": task.classes, "positive": task.positive}
    write_card(replace(read_card(folder), **changes))


def measure(zoo: Path, reference: str, precision: Precision, *, flipped: float = 0.0) -> None:
    """Says in a model's card what was measured of a precision, with a calibrator of its own."""
    folder = zoo / reference
    model = read_card(folder)
    measured = MeasuredPrecision(
        verdicts_flipped=flipped,
        auc_change=-0.001,
        score_change_max=0.03,
        n_images=1000,
        calibrator=AffineCalibrator(slope=0.3, intercept=0.4),
        operating_points=(OperatingPoint("youden", 0.9, _estimate(0.6), _estimate(0.5)),),
        runtime="openvino",
        speedup=1.7,
    )
    if precision == "int8" and measured.admitted:
        # Not quantised: what is tested is which file is opened.
        shutil.copyfile(folder / GRAPH_FILE, folder / INT8_FILE)
    write_card(replace(model, precisions={**model.precisions, precision: measured}))


def copy_version(zoo: Path, name: str, version: int) -> None:
    """Copies `name@1` and says in its card what it is now."""
    folder = zoo / f"{name}@{version}"
    shutil.copytree(zoo / f"{name}@1", folder)
    write_card(replace(read_card(folder), version=str(version)))


def _graph(rng: np.random.Generator, channels: int) -> onnx.ModelProto:
    weights = {
        "kernel": rng.normal(0.0, 1.0, (1, channels, 8, 8)).astype(np.float32),
        "bias_value": rng.normal(0.0, 0.5, (1, 1)).astype(np.float32),
        "zero": np.zeros((1, 1), dtype=np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["image"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["small"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["small", "kernel"], ["map"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Transpose", ["map"], ["evidence"], perm=[0, 2, 3, 1]),
        helper.make_node("ReduceMean", ["evidence"], ["mean"], axes=[1, 2], keepdims=0),
        # One bias a batch row: the constant, broadcast.
        helper.make_node("Mul", ["mean", "zero"], ["zeros"]),
        helper.make_node("Add", ["zeros", "bias_value"], ["bias"]),
        helper.make_node("Add", ["mean", "bias"], ["logit"]),
    ]
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", float32, ["N", SIDE, SIDE, channels])],
        [
            helper.make_tensor_value_info("logit", float32, ["N", 1]),
            helper.make_tensor_value_info("evidence", float32, ["N", CELLS, CELLS, 1]),
            helper.make_tensor_value_info("bias", float32, ["N", 1]),
        ],
        [numpy_helper.from_array(array, key) for key, array in weights.items()],
    )
    return _model(graph)


def _model(graph: onnx.GraphProto) -> onnx.ModelProto:
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10, producer_name="tests"
    )
    onnx.checker.check_model(model)
    return model


def _estimate(value: float) -> Estimate:
    return Estimate(value, value - 0.1, value + 0.05, "made up")


def _card(name: str) -> dict[str, object]:
    return {
        "title": f"Tiny {name}",
        "architecture": "one convolution",
        "license": "Apache-2.0",
        "trained_on": {"dataset": "none", "source": "none", "women": 0, "images": 0},
        "limits": ["for tests only"],
        "explanation": "A cell is 32 of 256 pixels wide.",
        "figures": [
            {
                "unit": "breast",
                "n": 10,
                "n_positive": 3,
                "n_patients": 5,
                "metrics": {"auc": {"value": 0.5, "low": 0.3, "high": 0.7, "method": "made up"}},
            }
        ],
    }
