"""The published models that this server answers with, opened and warm."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mammoscope.inference.answer import refuse_mixed
from mammoscope.inference.card import PublishedModel, at_precision
from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.serving.problems import BAD_REQUEST, MIXED_MODELS, ProblemError
from mammoscope.types import (
    MammoscopeError,
    ModelIntegrityError,
    ModelNotFoundError,
    Precision,
)

_LOG = logging.getLogger("mammoscope.serving")


class Roster:
    """The models that are served; the first one is the default.

    Where several versions of a model are, its bare name is the first of them.
    """

    def __init__(self, predictors: Sequence[Predictor]) -> None:
        self.predictors = tuple(predictors)
        self._by_name: dict[str, Predictor] = {}
        for predictor in self.predictors:
            self._by_name.setdefault(predictor.model.name, predictor)
            self._by_name[predictor.model.reference] = predictor

    def select(self, names: Sequence[str]) -> tuple[Predictor, ...]:
        """The predictors of these names or `name@version`s, in order; the default for none.

        Raises:
            ModelNotFoundError: one of them is not served.
            ProblemError: 400, a model is asked for twice, or two that read different pictures.
        """
        if not self.predictors:
            raise ModelNotFoundError(
                "this server has no model; publish one with `mammoscope publish` and restart it"
            )
        if not names:
            return self.predictors[:1]
        unknown = [name for name in names if name not in self._by_name]
        if unknown:
            served = ", ".join(predictor.model.reference for predictor in self.predictors)
            raise ModelNotFoundError(
                f"model {unknown[0]!r} is not served; expected one of: {served}"
            )
        selected = tuple(self._by_name[name] for name in names)
        if len(set(map(id, selected))) < len(selected):
            raise ProblemError(
                BAD_REQUEST, "a model is asked for twice; expected each at most once"
            )
        try:
            refuse_mixed([predictor.model for predictor in selected])
        except MammoscopeError as error:
            raise ProblemError(MIXED_MODELS, str(error)) from None
        return selected


def open_roster(
    store: ModelStore, named: Sequence[PublishedModel] = (), *, threads: int = 0
) -> Roster:
    """The named models, or the newest version of every one that can be opened and run.

    Args:
        store: where they are.
        named: as `open_named` gave them, the default first. One that cannot be run is an error;
            without names it is logged and left out.
        threads: of one inference; 0 = one a core that this process may use.

    Raises:
        MammoscopeError: a named model cannot be run.
    """
    if named:
        chosen = [Predictor(model, threads=threads) for model in named]
        for predictor in chosen:
            predictor.warm_up()
        return Roster(chosen)
    predictors = []
    for name in store.names():
        try:
            predictor = Predictor(store.open(name), threads=threads)
            predictor.warm_up()
        except ModelIntegrityError as error:
            _LOG.error("model %s is not served: %s", name, error)
            continue
        predictors.append(predictor)
    if not predictors:
        _LOG.warning("no published model in %s: every question will be refused", store.zoo)
    return Roster(predictors)


def open_named(
    store: ModelStore, names: Sequence[str], *, precision: Precision = "float32"
) -> list[PublishedModel]:
    """The named models, in order.

    Raises:
        ModelNotFoundError: one is not there.
        ModelIntegrityError: one cannot be opened.
        MammoscopeError: one is named twice, or is not admitted in the precision.
    """
    references = [store.resolve(name) for name in names]
    for reference in references:
        if references.count(reference) > 1:
            raise MammoscopeError(
                f"model {reference} is named {references.count(reference)} times in "
                f"{', '.join(names)}; expected each version once"
            )
    return [at_precision(store.open(reference), precision) for reference in references]


def open_admitted(store: ModelStore, precision: Precision) -> list[PublishedModel]:
    """The newest version of every model that is admitted in a precision; the others are logged.

    None is served in float32 instead: no answer is given in another precision than was asked for.

    Raises:
        MammoscopeError: there is none.
    """
    admitted = []
    for name in store.names():
        try:
            admitted.append(at_precision(store.open(name), precision))
        except MammoscopeError as error:
            _LOG.error("model %s is not served: %s", name, error)
    if not admitted:
        raise MammoscopeError(
            f"no model of {store.zoo} is admitted in {precision}, for the reasons that were "
            "logged; serve float32, which is the default"
        )
    return admitted
