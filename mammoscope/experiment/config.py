"""What a training run is made from; written into each run, and enough to repeat it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields

from mammoscope.experiment.augment import AugmentConfig
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.types import DatasetError


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One run.

    Attributes:
        dataset: name in the data set catalog.
        model: name in the classifier catalog.
        seed: of the split, the initial weights, shuffling, augmentation and the bootstrap.
        epochs: the most; the cosine schedule runs over all of them.
        batch_size: 16 fits every backbone into little memory.
        learning_rate: Adam's peak.
        patience: epochs without a better validation AUC before training stops.
        mixed_precision: bfloat16 arithmetic in training: twice as fast where the CPU has it.
        preprocess: published with the model.
        augment: of training images only.
    """

    dataset: str
    model: str
    seed: int = 0
    epochs: int = 30
    batch_size: int = 16
    learning_rate: float = 1e-3
    patience: int = 10
    mixed_precision: bool = False
    preprocess: PreprocessConfig = field(default_factory=PreprocessConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> TrainConfig:
        """The config that `to_json` wrote.

        Raises:
            DatasetError: its fields are not those of this version.
        """
        values = json.loads(text)
        if set(values) != {item.name for item in fields(cls)}:
            raise DatasetError(f"a run's config holds {sorted(values)}; it is another version's")
        values["preprocess"] = PreprocessConfig(**values["preprocess"])
        values["augment"] = AugmentConfig(**values["augment"])
        return cls(**values)
