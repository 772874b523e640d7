"""Run folders of made-up figures, as the flows write them; and what a flow wrote of its epochs."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from mammoscope.experiment.config import TrainConfig
from mammoscope.experiment.cost import Cost
from mammoscope.experiment.predictions import Predictions
from mammoscope.experiment.run import RunFolder

WOMEN = 16
CONFIG = TrainConfig(dataset="phantom", root="phantoms", model="cnn", init="none")


def write_run(
    folder: Path,
    *,
    women: int = WOMEN,
    views: int = 2,
    signal: float = 1.0,
    folds: int = 0,
    seeds: tuple[int, ...] = (0,),
    latency_ms: float | None = 3.0,
    epochs: int = 4,
    split: str = "path,patient,label,part\nx,p,cancer,test\n",
    training: dict[str, Any] | None = None,
    config: TrainConfig = CONFIG,
) -> RunFolder:
    """A run whose scores tell every other woman's left breast from the rest by `signal` sigmas."""
    run = RunFolder(folder)
    folder.mkdir(parents=True)
    run.config.write_text(config.to_json(), encoding="utf-8")
    run.split.write_text(split, encoding="utf-8")
    table = _predictions(women, views, signal, folds, seeds)
    table.write(run.predictions)
    _write_history(run.history, folds, seeds, epochs)
    values = _training(split, len(table.path) // len(seeds), women, folds, seeds)
    run.training.write_text(json.dumps(values | (training or {})), encoding="utf-8")
    if latency_ms is not None:
        cost = Cost(
            graph_bytes=int(latency_ms * 300_000),
            latency_p50_ms=latency_ms,
            latency_p95_ms=latency_ms * 1.5,
            latency_runs=50,
            threads=2,
            peak_memory_bytes=64_000_000,
            cold_start_s=0.2,
            machine="A processor, 2 processors, Linux x86_64",
        )
        run.cost.write_text(cost.to_json(), encoding="utf-8")
    return run


def read_history(path: Path) -> dict[str, list[float]]:
    """Column → value a row, also of a refit, which has no validation."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


def _predictions(
    women: int, views: int, signal: float, folds: int, seeds: tuple[int, ...]
) -> Predictions:
    rows = [
        (seed, woman, side, view)
        for seed in seeds
        for woman in range(women)
        for side in "LR"
        for view in range(views)
    ]
    positive = np.array([woman % 2 == 0 and side == "L" for _, woman, side, _ in rows])
    logit = np.concatenate(
        [np.random.default_rng(100 + seed).normal(size=len(rows) // len(seeds)) for seed in seeds]
    )
    logit = logit + signal * positive
    return Predictions(
        part=["test"] * len(rows),
        path=[f"{woman}/{side}{view}" for _, woman, side, view in rows],
        patient=[f"woman-{woman}" for _, woman, _, _ in rows],
        breast=[f"woman-{woman}/{side}" for _, woman, side, _ in rows],
        positive=positive,
        logit=logit,
        score=1 / (1 + np.exp(-logit)),
        breast_score=1 / (1 + np.exp(-logit)),
        threshold=np.full(len(rows), 0.6),
        seed=np.array([seed for seed, *_ in rows]),
        fold=np.array([1 + woman % folds if folds else 0 for _, woman, _, _ in rows]),
    )


def _write_history(path: Path, folds: int, seeds: tuple[int, ...], epochs: int) -> None:
    names = ("accuracy", "auc", "loss", "val_accuracy", "val_auc", "val_loss")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("seed", "fold", "epoch", *names))
        for seed in seeds:
            for fold in range(1, folds + 1) if folds else (0,):
                shift = 0.01 * seed + 0.02 * fold
                for epoch in range(epochs - seed % 2):  # some stop early
                    rise = epoch / epochs / 5
                    trained = (0.55 + rise, 0.55 + rise, 0.7 - rise)
                    held_out = (0.5 + rise + shift, 0.5 + rise + shift, 0.75 - rise / 2 + shift)
                    writer.writerow((seed, fold, epoch, *trained, *held_out))


def _training(
    split: str, images: int, women: int, folds: int, seeds: tuple[int, ...]
) -> dict[str, Any]:
    return {
        "title": "Custom CNN",
        "parameters": 277_000,
        "macs": 120_000_000,
        "seconds": 754.0,
        "device": "2 processors",
        "dataset": {
            "name": "phantom",
            "source": "made up for a test",
            "license": "none needed",
            "task": "cancer",
            "classes": ["no cancer", "cancer"],
            "positive": "cancer",
            "modality": "mammogram",
            "notes": [],
        },
        "split_digest": hashlib.sha256(split.encode()).hexdigest(),
        "women": {"train": 3 * women, "validation": women, "test": women},
        "images": {"train": 3 * images, "validation": images, "test": images},
        "epochs": 4,
        "best_epoch": 3,
        "start": "none",
        "folds": folds,
        "seeds": list(seeds),
        "versions": {"mammoscope": "0.1.0", "keras": "3.15.1"},
    }
