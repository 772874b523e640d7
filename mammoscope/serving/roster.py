"""The published models that this server answers with, opened and warm."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from mammoscope.inference.predictor import Predictor
from mammoscope.inference.store import ModelStore
from mammoscope.serving.problems import BAD_REQUEST, ProblemError
from mammoscope.types import ModelIntegrityError, ModelNotFoundError

_LOG = logging.getLogger("mammoscope.serving")


class Roster:
    """The newest version of each model of a zoo; the first one is the default."""

    def __init__(self, predictors: Sequence[Predictor]) -> None:
        self.predictors = tuple(predictors)
        self._by_name: dict[str, Predictor] = {}
        for predictor in self.predictors:
            self._by_name[predictor.model.name] = predictor
            self._by_name[predictor.model.reference] = predictor

    def select(self, names: Sequence[str]) -> tuple[Predictor, ...]:
        """The predictors of these names or `name@version`s, in order; the default for none.

        Raises:
            ModelNotFoundError: one of them is not served.
            ProblemError: 400, a model is asked for twice.
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
        return selected


def open_roster(store: ModelStore) -> Roster:
    """Every model that can be opened and run; one that cannot is logged and left out."""
    predictors = []
    for name in store.names():
        try:
            predictor = Predictor(store.open(name))
            predictor.warm_up()
        except ModelIntegrityError as error:
            _LOG.error("model %s is not served: %s", name, error)
            continue
        predictors.append(predictor)
    if not predictors:
        _LOG.warning("no published model in %s: every question will be refused", store.zoo)
    return Roster(predictors)
