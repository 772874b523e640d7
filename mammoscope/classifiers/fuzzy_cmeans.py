"""Fuzzy c-means segmentation of the breast, and a logistic regression on the regions it leaves."""

from __future__ import annotations

from mammoscope.classifiers.estimator import MEMBERSHIP, feature_family
from mammoscope.classifiers.logistic import pipeline

FAMILY = feature_family(
    "Fuzzy c-means regions and logistic regression",
    pipeline=pipeline,
    extractor="fuzzy-c-means-regions@1",
    explanation=MEMBERSHIP,
    preset="regions",
)
