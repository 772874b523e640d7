"""K nearest neighbours on prototypes, each the mean of at least five women, on texture features."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.neighbors import KNeighborsClassifier

from mammoscope.classifiers.classifier import ClassifierConfig
from mammoscope.classifiers.estimator import (
    EstimatorClassifier,
    Float64Array,
    feature_family,
    selecting,
)
from mammoscope.types import DatasetError

TITLE = "K nearest neighbours on texture"
# A nearest-neighbour graph holds what it compares with. A mean of five women is no woman's row.
FEWEST_WOMEN = 5
# A class. Enough to follow a bent border in eight dimensions, and an answer stays quick.
MOST_PROTOTYPES = 64
# Odd, so that no vote is tied. With uniform weights: distance weights convert wrongly to ONNX.
MOST_NEIGHBORS = 9


def pipeline(config: ClassifierConfig) -> Any:
    """Selected, standardised features into a vote of the nearest, by Euclidean distance."""
    return selecting(KNeighborsClassifier(algorithm="brute", weights="uniform"))


class NeighborsClassifier(EstimatorClassifier):
    """Both classes have as many prototypes, whatever their share of the rows: that balances them.

    Attributes:
        prototypes_: float64 (M, K), after the fit; class 0 first.
        women_: (M,), how many women each is the mean of.
    """

    prototypes_: Float64Array
    women_: NDArray[np.intp]

    def fit_estimator(
        self, estimator: Any, rows: Float64Array, labels: NDArray[np.intp], women: NDArray[np.intp]
    ) -> None:
        clusters = [
            _clusters(rows[labels == label], women[labels == label], seed=self.config.seed)
            for label in (0, 1)
        ]
        if not all(clusters):
            raise DatasetError(
                f"a class has fewer than {FEWEST_WOMEN} women to make a prototype of; "
                "give more women, or another model"
            )
        fewest = min(map(len, clusters))
        merged = [_merge(one, at_most=fewest) for one in clusters]
        of_both = [cluster for one in merged for cluster in one]
        self.prototypes_ = np.stack([cluster_rows.mean(axis=0) for cluster_rows, _ in of_both])
        self.women_ = np.array([len(np.unique(whose)) for _, whose in of_both])
        # At most half of all prototypes vote, lest they all say the same of everybody.
        neighbors = max(1, min(MOST_NEIGHBORS, fewest))
        estimator.set_params(n_neighbors=neighbors - (neighbors + 1) % 2)
        estimator.fit(self.prototypes_, np.repeat([0, 1], fewest))

    def fitted_arrays(self, estimator: Any) -> list[NDArray[Any]]:
        return [self.prototypes_]


# Rows (n, K) of a cluster and the woman of each (n,).
_Cluster = tuple[Float64Array, NDArray[np.intp]]


def _clusters(rows: Float64Array, women: NDArray[np.intp], *, seed: int) -> list[_Cluster]:
    """k-means clusters of one class, each of `FEWEST_WOMEN` women or more; none if it has fewer."""
    many = len(np.unique(women))
    if many < FEWEST_WOMEN:
        return []
    count = min(many // FEWEST_WOMEN, MOST_PROTOTYPES, len(np.unique(rows, axis=0)))
    # Only its labels are used, and the means taken here: the order in which its threads sum does
    # not show in them.
    found = KMeans(count, n_init=4, random_state=seed).fit_predict(rows)
    return _merge([(rows[found == one], women[found == one]) for one in np.unique(found)])


def _merge(clusters: list[_Cluster], *, at_most: int = MOST_PROTOTYPES) -> list[_Cluster]:
    """Joins the cluster of the fewest women to the nearest, until each has enough of them.

    Args:
        clusters: not empty, of at least `FEWEST_WOMEN` women together.
        at_most: how many are left at the most.
    """
    clusters = list(clusters)
    while True:
        sizes = [len(np.unique(women)) for _, women in clusters]
        if min(sizes) >= FEWEST_WOMEN and len(clusters) <= at_most:
            return clusters
        rows, women = clusters.pop(int(np.argmin(sizes)))
        centers = np.stack([other.mean(axis=0) for other, _ in clusters])
        nearest = int(((centers - rows.mean(axis=0)) ** 2).sum(axis=1).argmin())
        other, whose = clusters[nearest]
        clusters[nearest] = (np.concatenate([other, rows]), np.concatenate([whose, women]))


FAMILY = feature_family(
    TITLE, pipeline=pipeline, extractor="texture@1", classifier=NeighborsClassifier
)
