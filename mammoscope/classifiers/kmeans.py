"""K-means segmentation of the breast, and a logistic regression on the regions it leaves."""

from __future__ import annotations

from functools import partial

from mammoscope.classifiers.classifier import Family
from mammoscope.classifiers.estimator import MEMBERSHIP, EstimatorClassifier
from mammoscope.classifiers.logistic import pipeline

TITLE = "K-means regions and logistic regression"

FAMILY = Family(
    title=TITLE,
    create=partial(EstimatorClassifier, pipeline=pipeline, title=TITLE, explanation=MEMBERSHIP),
    extractor="kmeans-regions@1",
    preset="regions",
    modalities=("mammogram",),
    begins="data",
)
