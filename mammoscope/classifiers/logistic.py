"""Logistic regression on texture features, and on the features of segmented regions."""

from __future__ import annotations

from typing import Any

from sklearn.linear_model import LogisticRegression

from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.estimator import feature_family, selecting

TITLE = "Logistic regression on texture"
# The L2 penalty is a Gaussian prior of variance C on the weight of a standardised feature: one
# standard deviation moves the log-odds by some 0.3, and rarely by more than 0.6. No one texture
# measure is known to tell more about a film.
C = 0.1


def pipeline(config: ClassifierConfig) -> Any:
    """Selected, standardised features into a logistic regression with an L2 penalty."""
    return selecting(LogisticRegression(C=C, random_state=config.seed))


FAMILY = feature_family(TITLE, pipeline=pipeline, extractor="texture@1")
