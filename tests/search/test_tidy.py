"""The last touch on a circuit: nothing that matters may change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits

import qrl
from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import Gate, gate_spec
from qrl.search.archive import Archive, Found
from qrl.search.ledger import Ledger
from qrl.search.tidy import IDLE_ANGLE, KEPT, tidy, tidy_front

TASK = qrl.tfim(3, 0.7)
OBSERVABLE = TASK.objective.observable
ENGINE = make_engine("exact", TASK.objective)
NAMES = ("cx", "cz", "rzz", "rx", "ry", "rz", "x", "h")
ANY = circuits(3, 8, NAMES, min_qubits=3)


def entanglers(circuit: Circuit) -> list[object]:
    """The gates that stay whatever the angles."""
    return [gate for gate in circuit.gates if not gate_spec(gate.name).parametric]


@given(ANY)
@settings(deadline=None, max_examples=60)
def test_the_cost_is_that_of_the_circuit_and_never_rises(circuit: Circuit) -> None:
    tidied = tidy(ENGINE, circuit)
    assert tidied.cost <= ENGINE.value(circuit) + KEPT
    assert dense.expectation(tidied.circuit, OBSERVABLE) == pytest.approx(tidied.cost, abs=1e-12)


@given(ANY)
@settings(deadline=None, max_examples=60)
def test_gates_go_only_one_way(circuit: Circuit) -> None:
    tidied = tidy(ENGINE, circuit).circuit
    assert len(tidied) <= len(circuit)
    assert tidied.depth <= circuit.depth
    remaining = iter(circuit.gates)
    assert all(gate in remaining for gate in tidied.gates)  # the same order, some left out
    assert entanglers(tidied) == entanglers(circuit)


@given(ANY)
@settings(deadline=None, max_examples=60)
def test_angles_are_wrapped(circuit: Circuit) -> None:
    for angle in tidy(ENGINE, circuit).circuit.angles:
        assert -math.pi <= angle <= math.pi


@given(ANY)
@settings(deadline=None, max_examples=30)
def test_tidying_twice_does_no_harm(circuit: Circuit) -> None:
    once = tidy(ENGINE, circuit)
    twice = tidy(ENGINE, once.circuit)
    assert twice.cost <= once.cost + KEPT  # lower where the first ended on a saddle
    assert len(twice.circuit) <= len(once.circuit)


@given(st.integers(-3, 3), st.floats(-0.9, 0.9))
@settings(deadline=None, max_examples=30)
def test_whole_turns_leave_the_state_alone(turns: int, angle: float) -> None:
    tuned = ENGINE.tune(Circuit(3).append("ry", 0, angle=angle).append("cx", 0, 1)).circuit
    wound = tuned.with_angles([a + 2 * math.pi * turns for a in tuned.angles])
    ours, theirs = dense.statevector(tidy(ENGINE, wound).circuit), dense.statevector(tuned)
    assert abs(np.vdot(ours, theirs)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("idle", [0.0, 2 * math.pi, -4 * math.pi, 1e-12, IDLE_ANGLE / 2])
def test_a_rotation_that_does_nothing_goes(idle: float) -> None:
    used = Circuit(3).append("ry", 0, angle=0.6).append("ry", 1, angle=0.3)
    best = tidy(ENGINE, used)
    assert len(best.circuit) == len(used)
    padded = best.circuit.append("rz", 2, angle=idle)  # on |0>: no angle of it makes a difference
    tidied = tidy(ENGINE, padded)
    assert tidied.circuit.gates == best.circuit.gates
    assert tidied.cost == pytest.approx(best.cost, abs=KEPT)


def test_a_small_rotation_that_matters_stays() -> None:
    # The field is weak, so that the best angle is small, but beyond what counts as idle.
    weak = make_engine("exact", qrl.tfim(2, 0.005).objective)
    circuit = Circuit(2).append("ry", 0, angle=0.0).append("ry", 1, angle=0.0)
    tidied = tidy(weak, circuit)
    assert all(IDLE_ANGLE < abs(angle) < 0.1 for angle in tidied.circuit.angles)
    assert len(tidied.circuit) == 2


def test_all_that_is_spent_is_counted() -> None:
    circuit = Circuit(3).append("ry", 0, angle=0.4).append("rx", 1, angle=0.2)
    tidied = tidy(ENGINE, circuit)
    assert tidied.evaluations >= tidied.gradients >= 2
    assert tidied.evaluations > ENGINE.tune(circuit).evaluations


def test_a_search_that_is_stopped_leaves_its_front_as_it_is() -> None:
    circuit = Circuit(3, (Gate("ry", (0,)),), np.array([1.0]))
    archive, ledger = Archive(), Ledger()
    archive.offer(Found(circuit, 1.0, 0, 1, 0, 0, 0.0))
    assert tidy_front(ENGINE, archive, ledger, "lbfgs", lambda: True).entries == archive.entries
    assert ledger.evaluations == 0


def test_tidying_ends_where_its_part_is_spent() -> None:
    task = qrl.heisenberg(6)
    engine, archive = make_engine("exact", task.objective), Archive()
    rng = np.random.default_rng(5)
    for layers in range(1, 9):
        gates = []
        for layer in range(layers):
            gates += [Gate("rzz", (q, q + 1)) for q in range(layer % 2, 5, 2)]
            gates += [Gate(name, (q,)) for q in range(6) for name in ("rx", "rz")]
        circuit = Circuit(6, tuple(gates), rng.uniform(-3, 3, len(gates)))
        archive.offer(
            Found(circuit, 100.0 - layers, circuit.two_qubit_count, circuit.depth, 0, 0, 0.0)
        )
    ledger = Ledger()
    tidied = tidy_front(engine, archive, ledger, "lbfgs")
    untouched = [entry for entry in tidied.entries if entry.cost > 50.0]
    assert 1000 <= ledger.evaluations < 4500
    assert engine.value(tidied.best.circuit) < 50.0
    assert untouched  # nothing was left for all
