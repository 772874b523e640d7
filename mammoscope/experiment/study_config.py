"""What a comparative study compares, and on what; written into its folder."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mammoscope.classifiers.catalog import CLASSIFIERS
from mammoscope.experiment.config import FITS, FitConfig, TrainConfig, preset
from mammoscope.images.presets import PRESETS
from mammoscope.types import DatasetError

# Of a model that names no preset.
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """What is compared on what.

    Attributes:
        dataset, root, task: as of `TrainConfig`.
        models: names in the classifier catalog, each with `+PRESET` where its images are prepared
            by another preset than `plain`.
        folds: each woman is tested once; 0 = one test part, held out.
        seeds: trainings of each model, which differ in weights and in order.
        split_seed: of the split, the same for all.
        init: as of `TrainConfig`, for each model.
        fit: field of `FitConfig` → value, over each model's own.
        image_size: rows and columns that the models see.
    """

    dataset: str
    root: str
    models: tuple[str, ...]
    task: str | None = None
    folds: int = 0
    seeds: int = 1
    split_seed: int = 0
    init: str | None = None
    fit: tuple[tuple[str, int | float], ...] = ()
    image_size: int = 256

    def __post_init__(self) -> None:
        pairs = [split_model(model) for model in self.models]
        known = all(network in CLASSIFIERS and name in PRESETS for network, name in pairs)
        if not known or not pairs or len(set(pairs)) != len(pairs):
            raise DatasetError(
                f"models are {list(self.models)}; expected each once, of {sorted(CLASSIFIERS)}, "
                f"or with a preset as in cnn+paper, of {sorted(PRESETS)}"
            )
        if self.folds == 1 or self.folds < 0 or self.seeds < 1:
            raise DatasetError(
                f"{self.folds} folds and {self.seeds} seeds; expected 0 (a held-out test part) "
                "or at least 2 folds, and at least 1 seed"
            )

    def train_config(self, model: str, *, seed: int, fold: int) -> TrainConfig:
        """Of one member of the study."""
        network, name = split_model(model)
        return TrainConfig(
            dataset=self.dataset,
            root=self.root,
            model=network,
            task=self.task,
            init=self.init,
            seed=seed,
            fold=fold,
            fit=replace(FITS.get(network, FitConfig()), **dict(self.fit)),  # type: ignore[arg-type]
            preprocess=replace(preset(name), rows=self.image_size, columns=self.image_size),
        )


def split_model(model: str) -> tuple[str, str]:
    """Classifier and preset of `NAME` or `NAME+PRESET`; nothing is looked up."""
    network, plus, name = model.partition("+")
    return network, name if plus else PLAIN
