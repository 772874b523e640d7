"""A running average of a network's weights: steadier than the weights of any one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import torch


class WeightAverage:
    """An exponential moving average of all that is a real number in a network.

    Kernels and the running statistics of batch normalisation alike: either without the other is
    another network. (Polyak & Juditsky 1992; as Tarvainen & Valpola 2017, section 3, let the
    first steps of a stage count for more.)
    """

    def __init__(self, model: keras.Model, momentum: float) -> None:
        """Begins with the weights as they are.

        Args:
            model: whose weights.
            momentum: what of the average is left after a step, in [0, 1); 0 = the weights.
        """
        self._momentum, self._steps = momentum, 0
        # Without momentum the average is the weights: nothing is copied at any step.
        averaged = model.variables if momentum else []
        self._variables = [one for one in averaged if "float" in one.dtype]
        self._values = [self._of(one).clone() for one in self._variables]

    def begin_stage(self) -> None:
        """Lets the coming steps count for more: they see other images, or learn faster."""
        self._steps = 0

    def update(self) -> None:
        """Takes a step's weights in."""
        self._steps += 1
        kept = min(self._momentum, self._steps / (self._steps + 9))
        if not self._values:
            return
        with torch.no_grad():
            torch._foreach_lerp_(self._values, list(map(self._of, self._variables)), 1 - kept)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The network has the average's weights meanwhile."""
        self.swap()
        try:
            yield
        finally:
            self.swap()

    def swap(self) -> None:
        """Exchanges the network's weights and the average's."""
        with torch.no_grad():
            for value, variable in zip(self._values, self._variables, strict=True):
                held = self._of(variable)
                before = held.clone()
                held.copy_(value)
                value.copy_(before)

    def state(self) -> list[np.ndarray[Any, Any]]:
        """What `restore` takes."""
        return [np.array(self._steps), *(value.cpu().numpy() for value in self._values)]

    def restore(self, state: list[np.ndarray[Any, Any]]) -> None:
        """Goes on from what `state` gave.

        Raises:
            ValueError: it is of another network.
        """
        steps, *values = state
        if [value.shape for value in values] != [tuple(value.shape) for value in self._values]:
            raise ValueError(f"{len(values)} averages do not fit {len(self._values)} weights")
        self._steps = int(steps)
        for value, saved in zip(self._values, values, strict=True):
            value.copy_(torch.from_numpy(saved))

    def _of(self, variable: keras.Variable) -> torch.Tensor:
        held: torch.Tensor = variable.value.data
        return held
