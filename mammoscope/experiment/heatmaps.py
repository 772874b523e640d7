"""How a model's map is made, and the end of its fixed colour scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mammoscope.datasets.dataset import Dataset
from mammoscope.experiment.data import PartData
from mammoscope.experiment.graph import run_evidence
from mammoscope.experiment.prepared import prepare_record
from mammoscope.experiment.run import RunFolder
from mammoscope.images.model_input import model_input
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.inference.occlusion import occlusion_map
from mammoscope.inference.runtime import Session
from mammoscope.types import ExplanationMethod, FloatArray, Record

PERCENTILE = 99.0
# Evidence cells that the colour scale is taken from: enough images, however large the data set.
IMAGES = 500
# Occlusion asks a model some forty times an image.
OCCLUDED_IMAGES = 4


def explained_by(config: PreprocessConfig) -> ExplanationMethod:
    """Of a model that eats what this config gives."""
    if config.extractor is None:
        return "evidence"
    from mammoscope.images.features import EXTRACTORS  # noqa: PLC0415 - scikit-image

    return "occlusion" if EXTRACTORS[config.extractor].membership is None else "membership"


def heatmap_scale(
    run: RunFolder, part: PartData, dataset: Dataset, config: PreprocessConfig
) -> float:
    """The colour scale's end: a round number that few cells exceed; 1 for a membership.

    Args:
        run: with its graphs.
        part: images to look at.
        dataset: that they are of.
        config: that they were prepared by.
    """
    method = explained_by(config)
    if method == "membership":
        return 1.0
    if method == "evidence":
        cells = run_evidence(run.graphs, part.spread(IMAGES).x)
    else:
        cells = _occluded(run, part.spread(OCCLUDED_IMAGES).records, dataset, config)
    reach = max(float(np.percentile(np.abs(cells), PERCENTILE)), 1e-3)
    power = 10.0 ** np.floor(np.log10(reach))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= reach))


def _occluded(
    run: RunFolder, records: Sequence[Record], dataset: Dataset, config: PreprocessConfig
) -> FloatArray:
    session = Session(run.graphs)

    def ask(inputs: FloatArray) -> FloatArray:
        return session.run(inputs).logit[:, -1]

    def map_of(record: Record) -> FloatArray:
        array, _ = prepare_record(dataset, record, replace(config, extractor=None))
        logit = float(ask(model_input(array, config)[np.newaxis])[0])
        return occlusion_map(array, logit, eat=lambda one: model_input(one, config), ask=ask)

    return np.stack([map_of(record) for record in records])
