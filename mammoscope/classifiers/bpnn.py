"""The back-propagation network of the surveys: one small hidden layer on texture features."""

from __future__ import annotations

from typing import Any

from sklearn.neural_network import MLPClassifier

from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.estimator import feature_family, selecting

TITLE = "Back-propagation network on texture"
# As many units as kept features: room for a bend in each, 81 weights in all.
HIDDEN_UNITS = 8
# A Gaussian prior of variance 1 / α on every weight of standardised inputs.
ALPHA = 1.0
# Gradients by back-propagation, steps by L-BFGS: some hundred rows fit into one batch, and it has
# no learning rate to be tuned.
STEPS = 200


def pipeline(config: ClassifierConfig) -> Any:
    """Selected, standardised features into a network with one hidden layer of ReLU units."""
    return selecting(
        MLPClassifier(
            (HIDDEN_UNITS,), solver="lbfgs", alpha=ALPHA, max_iter=STEPS, random_state=config.seed
        )
    )


FAMILY = feature_family(TITLE, pipeline=pipeline, extractor="texture@1")
