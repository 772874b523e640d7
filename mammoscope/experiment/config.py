"""What a training run is made from; written into each run, and enough to repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace

from mammoscope.experiment.augment import AugmentConfig
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.images.presets import PRESETS
from mammoscope.types import DatasetError, ModelIntegrityError


@dataclass(frozen=True, slots=True)
class FitConfig:
    """How a network is fitted; what has no epochs has no use for it.

    Attributes:
        epochs: of whole images, the most; the schedule runs over all of them. 30 are about two
            hours of DenseNet121 on two cores and ten minutes of the CNN, for 1,800 images.
        batch_size: 16 images of DenseNet121 at 256² take 7 GB in training.
        learning_rate: Adam's peak; Keras' default suits DenseNet121 from random weights, the
            CNN's dense layers want a fifth of it.
        patience: epochs without a better validation AUC before training (or its stage) stops; a
            validation AUC of a hundred women jumps by 0.05 from one epoch to the next.
        mixed_precision: bfloat16 arithmetic in training; None = where the processor has it.
        permute_labels: train on labels of other women, which mean nothing, to check the maps of
            an honest run; off, since nothing else can be done with such a network.
        lesions: share of the training images without a finding that are given painted lesions, in
            [0, 1), of whose places the network is told; 0, since few networks have a map that
            can be told (`densenet121.peak`, `cnn.peak`). Outlines that a data set has are
            told along.
        mosaic_epochs: epochs before those of whole images, of tiles that hold a painted lesion or
            none: where random weights first learn what a lesion looks like.
        average: momentum of a running average of the weights, a step; what is validated and kept
            is the average then. 0 = the weights of the last step. 0.998 is some 500 steps.

    Raises:
        DatasetError: lesions or mosaic epochs out of their range.
    """

    epochs: int = 30
    batch_size: int = 16
    learning_rate: float = 1e-3
    patience: int = 10
    mixed_precision: bool | None = None
    permute_labels: bool = False
    lesions: float = 0.0
    mosaic_epochs: int = 0
    average: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.lesions < 1 and 0 <= self.average < 1) or self.mosaic_epochs < 0:
            raise DatasetError(
                f"lesions in {self.lesions:g} of the images, {self.mosaic_epochs} epochs of "
                f"mosaics and an average of {self.average:g} were asked for; expected shares in "
                "[0, 1) and 0 or more epochs"
            )

    @property
    def all_epochs(self) -> int:
        """Those of mosaics and those of whole images."""
        return self.mosaic_epochs + self.epochs

    @property
    def tells(self) -> bool:
        """Whether the network is told where lesions are."""
        return self.lesions > 0 or self.mosaic_epochs > 0


# Of what judges cell by cell, from random weights: whole images teach the label within few epochs,
# and then by heart.
_CELLS = FitConfig(epochs=6, batch_size=8, lesions=0.5, mosaic_epochs=8, average=0.998)
# What the families, and some of their variants, were found to want on 1,800 images; each at random
# weights.
FITS: Mapping[str, FitConfig] = {
    "cnn": FitConfig(epochs=50, learning_rate=5e-4, patience=20),
    "cnn.peak": _CELLS,
    "cnn.mean": _CELLS,
    "densenet121": FitConfig(epochs=15),
    "densenet121.peak": replace(_CELLS, epochs=4, mosaic_epochs=6),
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
