"""The running average of a network's weights: what it is, and where it stands in for them."""

from __future__ import annotations

import mammoscope.classifiers  # isort: skip - sets the backend before Keras is imported
import keras
import numpy as np
import pytest

from mammoscope.experiment.averaging import WeightAverage

assert mammoscope.classifiers


def network() -> keras.Model:
    layers = [keras.layers.Dense(2), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    return keras.Sequential([keras.Input((3,)), *layers])


def set_all(model: keras.Model, value: float) -> None:
    for variable in model.weights:
        variable.assign(np.full(variable.shape, value))


def first(model: keras.Model) -> float:
    values = [keras.ops.convert_to_numpy(variable) for variable in model.weights]
    assert all((value == values[0].ravel()[0]).all() for value in values)
    return float(values[0].ravel()[0])


def averaged(model: keras.Model, average: WeightAverage) -> float:
    with average.in_place():
        return first(model)


def test_it_is_an_exponential_moving_average_whose_first_steps_count_for_more() -> None:
    model = network()
    set_all(model, 0.0)
    average, expected = WeightAverage(model, 0.6), 0.0
    for step in range(1, 30):
        set_all(model, step)
        average.update()
        kept = min(0.6, step / (step + 9))
        expected = kept * expected + (1 - kept) * step
        assert averaged(model, average) == pytest.approx(expected, rel=1e-5)
        assert first(model) == step
    average.begin_stage()
    set_all(model, 100.0)
    average.update()
    assert averaged(model, average) == pytest.approx(0.1 * expected + 0.9 * 100, rel=1e-5)


def test_without_momentum_it_is_the_weights() -> None:
    model = network()
    average = WeightAverage(model, 0.0)
    set_all(model, 3.0)
    average.update()
    assert averaged(model, average) == 3.0


def test_it_goes_on_from_what_was_saved_and_refuses_another_network() -> None:
    model = network()
    set_all(model, 1.0)
    one = WeightAverage(model, 0.9)
    set_all(model, 2.0)
    one.update()
    other = WeightAverage(model, 0.9)
    other.restore(one.state())
    for average in (one, other):
        set_all(model, 5.0)
        average.update()
    assert averaged(model, one) == averaged(model, other)
    with pytest.raises(ValueError, match="do not fit"):
        other.restore(one.state()[:-1])
