"""What a training run is made from; written into each run, and enough to repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from mammoscope.experiment.augment import AugmentConfig
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.images.presets import PRESETS
from mammoscope.types import DatasetError, ModelIntegrityError


@dataclass(frozen=True, slots=True)
class FitConfig:
    """How a network is fitted; what has no epochs has no use for it.

    Attributes:
        epochs: the most; the schedule runs over all of them. 30 are about two hours of
            DenseNet121 on two cores and ten minutes of the CNN, for 1,800 images.
        batch_size: 16 images of DenseNet121 at 256² take 7 GB in training.
        learning_rate: Adam's peak; Keras' default suits DenseNet121 from random weights, the
            CNN's dense layers want a fifth of it.
        patience: epochs without a better validation AUC before training (or its stage) stops; a
            validation AUC of a hundred women jumps by 0.05 from one epoch to the next.
        mixed_precision: bfloat16 arithmetic in training; None = where the processor has it.
        permute_labels: train on labels of other women, which mean nothing, to check the maps of
            an honest run; off, since nothing else can be done with such a network.
    """

    epochs: int = 30
    batch_size: int = 16
    learning_rate: float = 1e-3
    patience: int = 10
    mixed_precision: bool | None = None
    permute_labels: bool = False


# What the families were found to want on 1,800 images; each at random weights.
FITS: Mapping[str, FitConfig] = {
    "cnn": FitConfig(epochs=50, learning_rate=5e-4, patience=20),
    "densenet121": FitConfig(epochs=15),
    # A start from ImageNet's weights is fine-tuned in three stages.
    "mobilenetv2": FitConfig(epochs=20),
    "nine-layer-cnn": FitConfig(epochs=50, learning_rate=5e-4, patience=20),
    # 4,000 patches of 96 × 96 an epoch.
    "histology-svm": FitConfig(epochs=20, batch_size=64, learning_rate=2e-3, patience=8),
}


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One run.

    Attributes:
        dataset: name in the data set catalog.
        root: its folder or archive.
        model: name in the classifier catalog.
        task: the question; None = the data set's own.
        init: "imagenet", "none" (random), a `.weights.h5` file or a published model; None =
            imagenet where the network has a backbone and the weights can be downloaded.
        seed: of the split, the initial weights, shuffling, augmentation and the bootstrap.
        fold: that is tested, where the split is one of folds; 0 = it is not.
        fit: how the network is fitted.
        preprocess: published with the model.
        augment: of training images only.
    """

    dataset: str
    root: str
    model: str
    task: str | None = None
    init: str | None = None
    seed: int = 0
    fold: int = 0
    fit: FitConfig = field(default_factory=FitConfig)
    preprocess: PreprocessConfig = field(default_factory=PreprocessConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        """The config that `to_json` wrote; preprocessing may lack what an older version had not.

        Raises:
            DatasetError: not JSON, or fields that are not those of this version.
        """
        try:
            values = json.loads(text)
            if set(values) != {item.name for item in fields(cls)}:
                raise DatasetError(f"a config holds {sorted(values)}; it is another version's")
            values["fit"] = FitConfig(**values["fit"])
            values["preprocess"] = PreprocessConfig.from_values(values["preprocess"])
            values["augment"] = AugmentConfig(**values["augment"])
        except (ValueError, TypeError, ModelIntegrityError) as error:
            raise DatasetError(f"not the config of a run: {error}") from error
        return cls(**values)


def preset(name: str) -> PreprocessConfig:
    """The preprocessing of that name.

    Raises:
        DatasetError: there is none.
    """
    if name not in PRESETS:
        raise DatasetError(f"preset {name!r} is unknown; expected one of {sorted(PRESETS)}")
    return PRESETS[name]
