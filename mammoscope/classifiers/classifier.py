"""What a classifier is: its config, the protocol it keeps, and what a family's file holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from mammoscope.types import FloatArray, Modality


class Inputs(Protocol):
    """N inputs, in memory or on disk: a slice gives float32 (n, H, W, C), or (n, F) features."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class ClassifierConfig:
    """What a classifier is built with.

    Attributes:
        input_shape: of one input: (rows, columns, channels) of prepared arrays, or (F,) features.
        classes: names in output order; two classes share one logit.
        learning_rate: of a network: Adam's peak; it falls along a cosine to a hundredth.
        mixed_precision: of a network: train in bfloat16 where the CPU has it; the weights stay
            float32.
        weights: of a network: None = a random start, "imagenet" = Keras' download for a backbone,
            else a `.weights.h5` file of the whole network or of its backbone, or the `.onnx` graph
            of a published model of the same architecture. Of an ensemble: the folders of its
            members, separated by commas.
        seed: of the initial weights and of dropout.
        variant: of the family; "" = its first.
    """

    input_shape: tuple[int, ...]
    classes: tuple[str, ...]
    learning_rate: float = 1e-3
    mixed_precision: bool = False
    weights: str | None = None
    seed: int = 0
    variant: str = ""


class Classifier(Protocol):
    """A model in scikit-learn's words.

    Attributes:
        classes_: class names in the order of `predict_proba`'s columns.
        title: what people call the architecture.
        explanation: one sentence on what its map can and cannot show.
    """

    config: ClassifierConfig
    title: str
    explanation: str

    @property
    def classes_(self) -> tuple[str, ...]: ...

    def predict_logit(self, x: Inputs) -> FloatArray:
        """Logits (N, K), K = 1 for two classes."""
        ...

    def predict_proba(self, x: Inputs) -> FloatArray:
        """Class probabilities (N, number of classes), before calibration; rows sum to 1."""
        ...

    def export(self, path: Path) -> None:
        """Writes an ONNX graph with an output `logit` (N, K)."""
        ...

    def count_parameters(self) -> int:
        """Numbers that were fitted."""
        ...

    def count_macs(self) -> int | None:
        """Multiply-accumulates of one image; None where nobody counts them."""
        ...


@dataclass(frozen=True, slots=True)
class Family:
    """What the file of a model family offers as `FAMILY`.

    Attributes:
        title: what people call the architecture, as a card names it.
        create: config → an unfitted classifier.
        variants: names that `config.variant` may have, the default first; none = no choice.
        extractor: of the features that it eats; None = it eats prepared arrays.
        preset: preprocessing it wants where none is named.
        modalities: what it can be asked of.
        begins: what its fit begins with: weights, the data alone, or other models' graphs.
        variant_titles: of the variants that a card names otherwise than the family.
    """

    title: str
    create: Callable[[ClassifierConfig], Any]
    variants: tuple[str, ...] = ()
    extractor: str | None = None
    preset: str = "plain"
    modalities: tuple[Modality, ...] = ("mammogram", "histology")
    begins: Literal["weights", "data", "members"] = "weights"
    variant_titles: Mapping[str, str] = field(default_factory=dict)

    def title_of(self, variant: str) -> str:
        """The title of a variant ("" = the default)."""
        return self.variant_titles.get(variant, self.title)
