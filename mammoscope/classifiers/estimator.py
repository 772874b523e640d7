"""scikit-learn's estimators on features: fitted in a pipeline, published as ONNX by skl2onnx."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from mammoscope.classifiers.classifier import ClassifierConfig, Family, Inputs
from mammoscope.classifiers.estimator_graph import LARGEST_LOGIT, added_to_shares, pipeline_graph
from mammoscope.types import DatasetError, FloatArray

Float64Array = NDArray[np.float64]
# Makes an unfitted pipeline; its last step is the estimator.
MakePipeline = Callable[[ClassifierConfig], Any]

# Features that are kept: ten events a variable (Peduzzi et al. 1996, J. Clin. Epidemiol. 49,
# 1373-1379), and the training part of the smallest data set here, all of mini-MIAS, has about 75
# abnormal films. Nearest neighbours, too, lose their meaning in many dimensions.
KEPT = 8

OCCLUSION = (
    "The map is by occlusion: cells of the prepared picture are covered one by one, and the change "
    "of the logit is shown; it is not exact, and the cells do not sum to the score."
)
MEMBERSHIP = (
    "The map is the membership of each cell in the densest cluster, where the regions come from; "
    "it is not signed, and shows what was segmented, not what moved the score."
)


def selecting(estimator: Any) -> Pipeline:
    """The `KEPT` features with the largest F of an analysis of variance, standardised, and then.

    All of it is fitted on what `fit` is given, and on nothing else.
    """
    return Pipeline(
        [
            # First, since F does not depend on the scale: only what is kept is scaled and stored.
            ("select", SelectKBest(_f_values, k=KEPT)),
            ("scale", StandardScaler()),
            ("estimate", estimator),
        ]
    )


def _f_values(x: Float64Array, y: NDArray[np.intp]) -> Any:
    with warnings.catch_warnings():
        # A feature that is the same in every row is 0 / 0, which SelectKBest ranks last.
        warnings.simplefilter("ignore", (UserWarning, RuntimeWarning))
        return f_classif(x, y)


class EstimatorClassifier:
    """A pipeline of scikit-learn's between `Classifier`'s words; two classes, one logit.

    The logit is the estimator's own margin where it has one (a logistic regression's, the input of
    a network's last sigmoid), else ln (n₁ + ½) / (k − n₁ + ½) of the k votes, n₁ of them positive,
    so that a unanimous vote is finite. It is cut at ± `LARGEST_LOGIT`.

    Attributes:
        classes_: class names in the order of `predict_proba`'s columns.
        title: what people call it.
        explanation: one sentence on what its map can and cannot show.
    """

    def __init__(
        self, config: ClassifierConfig, *, pipeline: MakePipeline, title: str, explanation: str
    ) -> None:
        """An unfitted classifier.

        Args:
            config: `input_shape` is (F,).
            pipeline: config → an unfitted pipeline that transforms and then estimates.
            title: what people call it.
            explanation: of its map.

        Raises:
            DatasetError: more or fewer than two classes, or weights to start from.
        """
        if len(config.classes) != 2:
            raise DatasetError(
                f"a model on features tells two classes apart, not {list(config.classes)}; "
                "choose a task with two classes or another model"
            )
        if config.weights is not None:
            raise DatasetError(
                f"a model on features has no weights to start from; {config.weights} was given, "
                "use none"
            )
        self.config = config
        self.classes_ = config.classes
        self.title = title
        self.explanation = explanation
        self._make = pipeline
        self._pipeline: Any = None

    def fit(
        self, x: Inputs, y: NDArray[np.floating], *, groups: Sequence[str] | None = None
    ) -> Self:
        """Fits selection, scaling and estimator on these rows.

        Args:
            x: features (N, F).
            y: (N,), 1 for the second class.
            groups: the woman of each row; None = each row is another's.

        Raises:
            DatasetError: one of the classes is absent, or too small for the estimator.
            ValueError: rows of another shape.
        """
        rows, labels = self._rows(x), np.asarray(y).astype(np.intp)
        women = (
            np.arange(len(rows)) if groups is None else np.unique(groups, return_inverse=True)[1]
        )
        if not len(rows) == len(labels) == len(women):
            raise ValueError(
                f"features of shape {rows.shape}, {len(labels)} labels and {len(women)} groups; "
                "expected as many of each"
            )
        if set(labels.tolist()) != {0, 1}:
            raise DatasetError(
                f"the labels to learn from are {sorted(set(labels.tolist()))}; expected 0 and 1: "
                "give images of both classes"
            )
        pipeline = self._make(self.config)
        for _, step in pipeline.steps[:-1]:
            step.fit(rows, labels)
            _round_to_float32(step)
            rows = step.transform(rows)
        self.fit_estimator(pipeline[-1], rows, labels, women)
        self._pipeline = pipeline
        return self

    def fit_estimator(
        self, estimator: Any, rows: Float64Array, labels: NDArray[np.intp], women: NDArray[np.intp]
    ) -> None:
        """Fits the last step; what is rare costs as much as what is frequent.

        Args:
            estimator: the pipeline's last step.
            rows: (N, K), as the steps before it made them.
            labels: (N,) of 0 and 1.
            women: (N,), equal where the woman is the same.
        """
        weight = compute_sample_weight("balanced", labels)
        with warnings.catch_warnings():
            # By its name: a fixed number of steps is part of the model, and stopping a small
            # network short of its optimum keeps it from learning rows by heart.
            warnings.filterwarnings("ignore", ".*failed to converge|.*hasn't converged")
            estimator.fit(rows, labels, sample_weight=weight)

    def predict_logit(self, x: Inputs) -> FloatArray:
        """Logits (N, 1) of features (N, F).

        Raises:
            DatasetError: it is not fitted.
            ValueError: rows of another shape.
        """
        pipeline, rows = self._fitted(), self._rows(x)
        if hasattr(pipeline[-1], "decision_function"):
            logit = pipeline.decision_function(rows)
        else:
            added = added_to_shares(pipeline[-1])
            with np.errstate(divide="ignore"):  # ln 0, which the cut makes finite
                shares = np.log(pipeline.predict_proba(rows) + added)
            logit = shares[:, 1] - shares[:, 0]
        cut = np.clip(logit, -LARGEST_LOGIT, LARGEST_LOGIT)
        return np.asarray(cut, dtype=np.float32)[:, np.newaxis]

    def predict_proba(self, x: Inputs) -> FloatArray:
        """Class probabilities (N, 2)."""
        positive = 1 / (1 + np.exp(-self.predict_logit(x).astype(np.float64)))
        return np.concatenate([1 - positive, positive], axis=1).astype(np.float32)

    def export(self, path: Path) -> None:
        """Writes an ONNX graph: `features` (N, F) → `logit` (N, 1)."""
        onnx.save(pipeline_graph(self._fitted(), *self.config.input_shape), str(path))

    def count_parameters(self) -> int:
        """Numbers that were fitted: a mean and a spread a kept feature, and the estimator's."""
        pipeline = self._fitted()
        scaled = sum(2 * len(step.mean_) for step in pipeline if isinstance(step, StandardScaler))
        return scaled + sum(array.size for array in self.fitted_arrays(pipeline[-1]))

    def fitted_arrays(self, estimator: Any) -> list[NDArray[Any]]:
        """The estimator's own."""
        if hasattr(estimator, "coefs_"):
            return [*estimator.coefs_, *estimator.intercepts_]
        return [estimator.coef_, estimator.intercept_]

    def count_macs(self) -> int | None:
        """Not counted: nearly all of the work is in measuring the features."""
        return None

    def _rows(self, x: Inputs) -> Float64Array:
        rows = np.asarray(x[0 : len(x)], dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1:] != self.config.input_shape:
            raise ValueError(
                f"features have the shape {rows.shape}; expected "
                f"(N, {', '.join(map(str, self.config.input_shape))})"
            )
        return rows

    def _fitted(self) -> Any:
        if self._pipeline is None:
            raise DatasetError(f"{self.title} is not fitted; fit it first")
        return self._pipeline


def feature_family(
    title: str,
    *,
    pipeline: MakePipeline,
    extractor: str,
    explanation: str = OCCLUSION,
    preset: str = "plain",
    classifier: type[EstimatorClassifier] = EstimatorClassifier,
) -> Family:
    """The family of a pipeline on features of mammograms; the rest as of `Family`."""
    return Family(
        title=title,
        create=partial(classifier, pipeline=pipeline, title=title, explanation=explanation),
        extractor=extractor,
        preset=preset,
        modalities=("mammogram",),
        begins="data",
    )


def _round_to_float32(step: Any) -> None:
    """Gives a scaler the numbers that the graph holds.

    Where a feature's mean is many times its spread, the last bits of the mean would else move the
    logit by more than the arithmetic does.
    """
    if isinstance(step, StandardScaler):
        step.mean_ = step.mean_.astype(np.float32).astype(np.float64)
        step.scale_ = step.scale_.astype(np.float32).astype(np.float64)
