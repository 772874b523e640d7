"""A model is dominated by what is as good and as cheap, and better in one of the two."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from mammoscope.experiment.pareto import find_dominated


def test_a_dearer_or_equal_model_of_no_higher_auc_is_dominated() -> None:
    aucs = {"slow": 0.7, "fast": 0.6, "worse": 0.6, "unmeasured": 0.9}
    draws = {
        "slow": np.array([0.7, 0.5]),
        "fast": np.array([0.6, 0.6]),
        "worse": np.array([0.6, 0.7]),
        "unmeasured": np.array([0.9, 0.9]),
    }
    costs = {"slow": [40.0], "fast": [3.0], "worse": [5.0]}
    found = {one.name: one for one in find_dominated(aucs, draws, costs)}
    assert list(found) == list(costs)
    assert found["slow"].dominated_by == () and found["fast"].dominated_by == ()
    assert found["worse"].dominated_by == ("fast",)
    # On the second draw slow is beaten, and worse is not.
    assert [found[name].dominated_share for name in costs] == [0.5, 0.0, 0.5]


def test_twins_do_not_dominate_each_other() -> None:
    aucs = {"a": 0.6, "b": 0.6}
    same = {"a": np.array([0.6]), "b": np.array([0.6])}
    for one in find_dominated(aucs, same, {"a": [1.0], "b": [1.0]}):
        assert one.dominated_by == () and one.dominated_share == 0.0


def test_of_several_costs_all_must_be_no_higher() -> None:
    aucs = {"a": 0.7, "b": 0.6}
    draws = {"a": np.array([0.7]), "b": np.array([0.6])}
    dearer_in_one = find_dominated(aucs, draws, {"a": [1.0, 9.0], "b": [2.0, 8.0]})
    assert [one.dominated_by for one in dearer_in_one] == [(), ()]
    cheaper = find_dominated(aucs, draws, {"a": [1.0, 8.0], "b": [2.0, 8.0]})
    assert [one.dominated_by for one in cheaper] == [(), ("a",)]


_MODELS = some.lists(some.tuples(some.integers(0, 4), some.integers(0, 4)), min_size=2, max_size=6)


@given(_MODELS)
def test_somebody_is_on_the_front_and_it_agrees_with_every_pair_looked_at(
    models: list[tuple[int, int]],
) -> None:
    aucs = {str(n): auc / 4 for n, (auc, _) in enumerate(models)}
    costs = {str(n): [float(cost)] for n, (_, cost) in enumerate(models)}
    draws = {name: np.array([value]) for name, value in aucs.items()}
    found = find_dominated(aucs, draws, costs)
    assert any(not one.dominated_by for one in found)
    for one in found:
        mine = (aucs[one.name], costs[one.name][0])
        expected = {
            other
            for other in aucs
            if aucs[other] >= mine[0]
            and costs[other][0] <= mine[1]
            and (aucs[other], costs[other][0]) != mine
        }
        assert set(one.dominated_by) == expected
        assert one.dominated_share == float(bool(expected))
