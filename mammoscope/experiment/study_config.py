"""What a comparative study compares, and on what; written into its folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mammoscope.classifiers.catalog import FAMILIES, find_family, survey_models
from mammoscope.classifiers.classifier import Family
from mammoscope.experiment.augment import AUGMENTS
from mammoscope.experiment.config import FITS, FitConfig, TrainConfig, preset
from mammoscope.experiment.members import FEWEST
from mammoscope.images.preprocess import PreprocessConfig
from mammoscope.images.presets import PRESETS
from mammoscope.types import DatasetError, Modality, Task

# In the place of names: every family that can be asked the data's question.
ALL = ("all",)
# Its features are one graph and its decision another; an ensemble joins single graphs.
_TWO_STAGES = ("histology-svm",)


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """What is compared on what.

    Attributes:
        dataset, root, task: as of `TrainConfig`.
        models: names in the classifier catalog, each with `.VARIANT` where it is not its family's
            first, and with `+PRESET` where its images are prepared by another preset than its
            family wants; or `ALL`.
        folds: each woman is tested once; 0 = one test part, held out.
        seeds: trainings of each model, which differ in weights and in order.
        redraw: with folds, each seed deals the women anew (repeated k-fold).
        split_seed: of the split, the same for all.
        init: as of `TrainConfig`, for each model that begins with weights; `NAME=WEIGHTS` for one
            family alone, separated by commas: `none,mobilenetv2=FILE.weights.h5`.
        fit: field of `FitConfig` → value, over each model's own.
        image_size: rows and columns that the models see; None = the preset's own.
        leak: augmented copies that are made of each image before a split by image: what not to
            do, repeated to see what it gives; 0 = women are kept apart.
        refit: with folds, a network of all women is trained too, which can be published.
        share_mosaics: with folds, epochs of mosaics are learnt twice and not once a fold: from
            the women of one half of the folds, for the networks that are tested on the other.
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
    image_size: int | None = None
    leak: int = 0
    refit: bool = True
    redraw: bool = False
    share_mosaics: bool = False

    def __post_init__(self) -> None:
        if self.models != ALL:
            _refuse_unknown(self.models)
            _refuse_twice(self.models, "mammogram")
        if self.folds == 1 or self.folds < 0 or self.seeds < 1:
            raise DatasetError(
                f"{self.folds} folds and {self.seeds} seeds; expected 0 (a held-out test part) "
                "or at least 2 folds, and at least 1 seed"
            )
        if self.redraw and (self.folds == 0 or self.seeds == 1):
            raise DatasetError(
                f"folds are to be drawn anew for each of {self.seeds} seeds of {self.folds} "
                "folds; expected at least 2 of both"
            )
        if self.share_mosaics and self.folds < 3:
            raise DatasetError(
                f"mosaics are to be shared by halves of {self.folds} folds; expected 3 or more; "
                "leave --share-mosaics out"
            )
        if self.leak < 0:
            raise DatasetError(f"{self.leak} copies of each image; expected 0 or more")

    def resolve(self, task: Task) -> StudyConfig:
        """The study with `ALL` named, once it is sure that its models can be asked the question.

        Raises:
            DatasetError: a model that cannot, or the same one twice; more than two classes; or an
                ensemble without members.
        """
        if len(task.classes) != 2:
            raise DatasetError(
                f"task {task.name!r} tells {len(task.classes)} classes apart; expected two, of "
                "which a study compares scores; choose another --task"
            )
        models = survey_models(task.modality) if self.models == ALL else self.models
        for model in models:
            if task.modality not in family_of(model).modalities:
                raise DatasetError(
                    f"model {model!r} cannot be asked of a {task.modality} image; expected "
                    f"models such as {list(survey_models(task.modality))}"
                )
        _refuse_twice(models, task.modality)
        _refuse_strange_init(self.init, models)
        resolved = replace(self, models=models)
        prepared = {
            model: resolved.train_config(model, seed=0, fold=0, modality=task.modality).preprocess
            for model in models
        }
        for model in filter(is_ensemble, models):
            joined = joined_by(model, prepared)
            if len(joined) < FEWEST:
                raise DatasetError(
                    f"{model} would join {list(joined)}; give at least two networks beside the "
                    "ensemble, prepared as it is"
                )
        return resolved

    def train_config(self, model: str, *, seed: int, fold: int, modality: Modality) -> TrainConfig:
        """Of one member of the study."""
        wanted = wanted_by(model, modality)
        config = wanted.preprocess
        if self.image_size is not None:
            config = replace(config, rows=self.image_size, columns=self.image_size)
        return replace(
            wanted,
            dataset=self.dataset,
            root=self.root,
            task=self.task,
            init=self.init_of(model),
            seed=seed,
            fold=fold,
            fit=replace(wanted.fit, **dict(self.fit)),  # type: ignore[arg-type]
            preprocess=config,
        )

    def init_of(self, model: str) -> str | None:
        """What the weights of a model start from; None of what has none."""
        if family_of(model).begins != "weights":
            return None
        for_all: str | None = None
        for word in (self.init or "").split(","):
            name, equals, weights = word.strip().partition("=")
            if equals and name == split_name(model)[0]:
                return weights
            if name and not equals:
                for_all = name
        return for_all


def wanted_by(model: str, modality: Modality) -> TrainConfig:
    """The config of `NAME[.VARIANT][+PRESET]` as its family wants it; data set and root are empty.

    Raises:
        DatasetError: no such family, variant or preset.
    """
    network, prepared = split_model(model, modality)
    return TrainConfig(
        dataset="",
        root="",
        model=network,
        fit=FITS.get(network) or FITS.get(split_name(model)[0], FitConfig()),
        preprocess=preset(prepared),
        augment=AUGMENTS[modality],
    )


def split_model(model: str, modality: Modality) -> tuple[str, str]:
    """Classifier and preset of `NAME[.VARIANT][+PRESET]`.

    Where no preset is named it is the one of stained tissue, or what the family wants of a
    mammogram.
    """
    network, plus, name = model.partition("+")
    if plus:
        return network, name
    return network, "histology" if modality == "histology" else find_family(network)[0].preset


def split_name(model: str) -> tuple[str, str]:
    """Name of the family, and variant, of `NAME[.VARIANT][+PRESET]`; nothing is looked up."""
    name, _, variant = model.partition("+")[0].partition(".")
    return name, variant


def family_of(model: str) -> Family:
    """The family of `NAME[.VARIANT][+PRESET]`."""
    return find_family(model.partition("+")[0])[0]


def is_ensemble(model: str) -> bool:
    """Whether a model is made of others."""
    return family_of(model).begins == "members"


def joined_by(ensemble: str, prepared: Mapping[str, PreprocessConfig]) -> tuple[str, ...]:
    """The models whose votes an ensemble joins: those that eat the same array as it does.

    Args:
        ensemble: among the models.
        prepared: model → its preprocessing.
    """
    return tuple(
        model
        for model, config in prepared.items()
        if not is_ensemble(model)
        and family_of(model).extractor is None
        and split_name(model)[0] not in _TWO_STAGES
        and config == prepared[ensemble]
    )


def _refuse_unknown(models: tuple[str, ...]) -> None:
    presets = [model.partition("+")[1:] for model in models]
    known = all(split_name(model)[0] in FAMILIES for model in models)
    if not models or not known or any(plus and name not in PRESETS for plus, name in presets):
        raise DatasetError(_expected(models))
    for model in models:
        family_of(model)


def _refuse_twice(models: tuple[str, ...], modality: Modality) -> None:
    keys = []
    for model in models:
        name, variant = split_name(model)
        first = next(iter(family_of(model).variants), "")
        keys.append((name, variant or first, split_model(model, modality)[1]))
    if len(set(keys)) != len(keys):
        raise DatasetError(_expected(models))


def init_for(init: str | None, models: tuple[str, ...]) -> str | None:
    """What is left of `StudyConfig.init` for some of its models."""
    families = {split_name(model)[0] for model in models}
    words = (init or "").split(",")
    kept = [word for word in words if "=" not in word or word.strip().split("=")[0] in families]
    return ",".join(kept) or None


def _refuse_strange_init(init: str | None, models: tuple[str, ...]) -> None:
    named = [word.strip().partition("=")[::2] for word in (init or "").split(",")]
    families = {split_name(model)[0] for model in models}
    strange = [name for name, weights in named if weights and name not in families]
    for_all = [name for name, weights in named if name and not weights]
    if strange or len(for_all) > 1:
        raise DatasetError(
            f"init is {init!r}; expected one start for all models and, where one wants another, "
            f"NAME=WEIGHTS with a name of {sorted(families)}"
        )


def _expected(models: tuple[str, ...]) -> str:
    return (
        f"models are {list(models)}; expected each once, of {sorted(FAMILIES)}, or with a preset "
        f"as in cnn+paper, of {sorted(PRESETS)}; or all, alone"
    )
