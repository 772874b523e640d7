"""What the literature claims of each model family, as far as we have read it; a source each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NONE_FOUND = "none found"


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that somebody published.

    Attributes:
        value: as it stands there.
        metric: what it is.
        setting: the data, the question, and what is said of how patients were kept apart.
        source: where to read it.
    """

    value: str
    metric: str
    setting: str
    source: str


_KAMIL = (
    "Kamil & Salih, Mammography Images Segmentation via Fuzzy C-mean and K-mean "
    "(received September 2018), abstract"
)
_DEMO = "a public Flask demo of Keras' DenseNet121"

# Family → claims. One without a line here has none that we found; a claim is of its own setting,
# which is seldom ours, and stands beside what we measured, not against it.
CLAIMS: Mapping[str, tuple[Claim, ...]] = {
    "nine-layer-cnn": (
        Claim(
            "94.0 %",
            "accuracy",
            "mini-MIAS, normal or abnormal, the best of 18 variants (parametric ReLU, rank-based "
            "stochastic pooling); sensitivity 93.4 %, specificity 94.6 %; augmented; the "
            "abstract states no grouping of a woman's films",
            "Zhang et al. 2018, doi:10.1016/j.jocs.2018.05.005, abstract",
        ),
    ),
    "densenet121": (
        Claim("64.7 %", "accuracy", "CBIS-DDSM, 512 × 512", "PLOS ONE 2023"),
        Claim("75.9 % (AUC 0.811)", "accuracy", "CBIS-DDSM, 224 × 224", _DEMO),
    ),
    "mobilenetv2": (
        Claim(
            "74.3 %",
            "not named in the abstract",
            "malignancy of abnormalities, a MobileNet of unsaid version, transfer learning",
            "Falconí et al. 2019, Transfer Learning in Breast Mammogram Abnormalities "
            "Classification with Mobilenet and Nasnet, abstract",
        ),
    ),
    "bpnn": (
        Claim(
            "about 80 %",
            "accuracy",
            "MIAS, normal or abnormal, co-occurrence texture; said as 14 % below a radial basis "
            "function network's 93.98 %; the abstract states no grouping",
            "Pratiwi et al. 2015, Procedia Computer Science 59, 83-91, abstract",
        ),
    ),
    "kmeans": (
        Claim(
            "91.18 %",
            "accuracy of segmentation",
            "mini-MIAS, regions with lazy snapping; no verdict on an image",
            _KAMIL,
        ),
    ),
    "fuzzy-cmeans": (
        Claim(
            "94.12 %",
            "accuracy of segmentation",
            "mini-MIAS, regions with lazy snapping; no verdict on an image",
            _KAMIL,
        ),
    ),
    "ensemble": (
        Claim(
            "99.76 % (AUC 1.0)",
            "accuracy",
            "INbreast, convolutional networks with augmentation; the abstract states no grouping",
            "IIETA 2025, https://www.iieta.org/node/21220, abstract",
        ),
    ),
    "histology-svm": (
        Claim(
            "77.8 % of 4 classes, 83.3 % of 2",
            "accuracy",
            "H&E images, CNN and SVM; sensitivity 95.6 % for carcinoma",
            "Araújo et al. 2017, PMC5453426",
        ),
    ),
}
