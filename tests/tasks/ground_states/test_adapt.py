"""ADAPT-VQE: gradients of the pool, growth, and its limits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from qrl.circuits import PauliSum
from qrl.circuits.engines import make_engine
from qrl.tasks.ground_states import make
from qrl.tasks.ground_states.adapt import adapt_vqe, gradients
from qrl.tasks.ground_states.excitation_circuits import excitation_circuit
from qrl.tasks.ground_states.excitations import excitations
from qrl.tasks.ground_states.mappings import electrons_of


@pytest.mark.parametrize("name", ["h2-4q", "lih-4q-2.2", "beh2-6q"])
def test_gradients_of_the_pool_agree_with_differences(name: str) -> None:
    task = make(f"vqe/{name}")
    electrons = electrons_of(task.metadata, task.n_qubits)
    assert electrons is not None
    pool = excitations(electrons)
    engine = make_engine("exact", task.objective)
    first = [pool[-1], pool[0]]
    angles = np.array([0.3, -0.2])
    state = excitation_circuit(electrons.label, first).at(angles).unitary()[:, 0]
    matrices = [PauliSum(*zip(*move.terms, strict=True)).sparse() for move in pool]
    found = gradients(task.objective.observable.sparse(), matrices, state)
    assert np.abs(found).max() > 1e-2
    for move, gradient in zip(pool, found, strict=True):
        tied = excitation_circuit(electrons.label, [*first, move])
        up, down = (engine.value(tied.at(np.append(angles, step))) for step in (1e-4, -1e-4))
        assert gradient == pytest.approx((up - down) / 2e-4, abs=1e-6)


def test_the_ansatz_grows_until_no_excitation_helps() -> None:
    task = make("vqe/lih-6q-2.2")
    electrons = electrons_of(task.metadata, 6)
    assert electrons is not None
    rounds = adapt_vqe(task, electrons, excitations(electrons))
    costs = [found.cost for found in rounds]
    assert costs[0] == pytest.approx(task.metadata["hf_energy"], abs=1e-9)
    assert all(after < before for before, after in pairwise(costs))
    assert costs[-1] == pytest.approx(task.reference, abs=1e-6)
    cnots = [found.cnots for found in rounds]
    assert cnots == sorted(cnots)  # type: ignore[type-var]


def test_the_first_excitation_has_the_largest_slope() -> None:
    task = make("vqe/beh2-6q-published")
    electrons = electrons_of(task.metadata, 6)
    assert electrons is not None
    rounds = adapt_vqe(task, electrons, excitations(electrons), most=1)
    assert len(rounds) == 2
    # Four of the six electrons' places are paired: the pair that alone reaches 5.8e-5.
    assert rounds[-1].cost - task.reference == pytest.approx(5.775e-5, rel=1e-3)


def test_limits_are_kept() -> None:
    task = make("vqe/lih-6q-2.2")
    electrons = electrons_of(task.metadata, 6)
    assert electrons is not None
    pool = excitations(electrons)
    assert len(adapt_vqe(task, electrons, pool, most=2)) == 3
    assert len(adapt_vqe(task, electrons, pool, work=1.0)) == 2
    assert len(adapt_vqe(task, electrons, [], most=2)) == 1
    assert len(adapt_vqe(task, electrons, pool[:1])) <= 2
