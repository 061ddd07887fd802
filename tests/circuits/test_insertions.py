"""Closed-form scores of insertions, against inserting each gate and minimising its angle."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, pauli_sums

from qrl.circuits import GATES, Circuit, Gate, Objective, PauliSum, dense
from qrl.circuits.engines import pack
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.gates import gate_spec
from qrl.circuits.objectives import (
    Classification,
    CodeOverlap,
    DephasingGap,
    Expectation,
    ExpectationRatio,
    Infidelity,
    ProcessInfidelity,
)
from qrl.errors import InputError

SEEDS = st.integers(0, 2**32 - 1)
Z = PauliSum(("Z",), (1.0,))


def all_gates(n_qubits: int) -> list[Gate]:
    return [
        Gate(name, qubits)
        for name, spec in GATES.items()
        for qubits in itertools.permutations(range(n_qubits), spec.n_qubits)
    ]


def states(n_qubits: int, count: int, rng: np.random.Generator) -> Any:
    parts = rng.normal(size=(2, count, 1 << n_qubits))
    raw = parts[0] + 1j * parts[1]
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def random_sum(n_qubits: int, rng: np.random.Generator) -> PauliSum:
    labels = ["".join(rng.choice(list("IXYZ"), n_qubits)) for _ in range(5)]
    return PauliSum(tuple(labels), tuple(rng.normal(size=5)))


def quadratic(kind: str, n: int, rng: np.random.Generator) -> Objective:
    if kind == "expectation":
        return Expectation(random_sum(n, rng))
    if kind == "batch":
        return Expectation(random_sum(n, rng), states(n, 3, rng), rng.uniform(0.1, 1, 3))
    if kind == "infidelity":
        return Infidelity(states(n, 5, rng), states(n, 5, rng), rng.uniform(0.1, 1, 5))
    if kind == "process":
        size = 1 << n
        wanted, _ = np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))
        return ProcessInfidelity(wanted)
    return CodeOverlap(states(n, 2, rng), (random_sum(n, rng), random_sum(n, rng)))


def cost(objective: Objective, circuit: Circuit) -> float:
    return objective.cost(objective.inputs @ dense.unitary(circuit).T)


def angle_for(gate: Gate, angle: float) -> float | None:
    return angle if gate_spec(gate.name).parametric else None


def lowest(objective: Objective, circuit: Circuit, place: int, gate: Gate) -> float:
    """Return the lowest cost over the angle, from three points of its sinusoid."""
    at = [
        cost(objective, circuit.insert(place, gate.name, *gate.qubits, angle=angle_for(gate, x)))
        for x in (0.0, math.pi / 2, -math.pi / 2)
    ]
    mean = (at[1] + at[2]) / 2
    if not gate_spec(gate.name).parametric:
        return at[0]
    return mean - math.hypot(at[0] - mean, (at[1] - at[2]) / 2)


def check(
    objective: Objective, circuit: Circuit, gates: list[Gate], *, everywhere: bool, tolerance: float
) -> None:
    costs, angles = ExactEngine(objective).insertions(circuit, gates, everywhere=everywhere)
    places = range(len(circuit) + 1) if everywhere else [len(circuit)]
    assert costs.shape == angles.shape == (len(places), len(gates))
    for row, place in enumerate(places):
        for k, gate in enumerate(gates):
            expected = lowest(objective, circuit, place, gate)
            assert costs[row, k] == pytest.approx(expected, abs=tolerance)
            if not gate_spec(gate.name).parametric:
                assert angles[row, k] == 0.0
            at = angle_for(gate, float(angles[row, k]))
            longer = circuit.insert(place, gate.name, *gate.qubits, angle=at)
            assert cost(objective, longer) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("kind", ["expectation", "batch", "infidelity", "process", "code"])
@given(circuit=circuits(3, 5), seed=SEEDS, everywhere=st.booleans())
@settings(max_examples=12, deadline=None)
def test_costs_and_angles_of_every_gate(
    kind: str, circuit: Circuit, seed: int, everywhere: bool
) -> None:
    rng = np.random.default_rng(seed)
    gates = all_gates(circuit.n_qubits)
    chosen = [gates[k] for k in rng.permutation(len(gates))[:12]]
    objective = quadratic(kind, circuit.n_qubits, rng)
    check(objective, circuit, chosen, everywhere=everywhere, tolerance=1e-10)


def test_every_gate_on_every_qubit_of_four() -> None:
    rng = np.random.default_rng(6)
    circuit = Circuit(4).append("h", 1).append("cx", 1, 3).append("ry", 0, angle=0.4)
    check(
        quadratic("expectation", 4, rng), circuit, all_gates(4), everywhere=False, tolerance=1e-11
    )


@given(circuit=circuits(3, 4), data=st.data())
@settings(max_examples=15, deadline=None)
def test_no_angle_of_a_dense_scan_is_better(circuit: Circuit, data: st.DataObject) -> None:
    objective = Expectation(data.draw(pauli_sums(circuit.n_qubits)))
    gates = [g for g in all_gates(circuit.n_qubits) if gate_spec(g.name).parametric]
    gate, place = data.draw(st.sampled_from(gates)), data.draw(st.integers(0, len(circuit)))
    engine = ExactEngine(objective)
    costs, angles = engine.insertions(circuit, [gate], everywhere=True)
    scan = [
        engine.value(circuit.insert(place, gate.name, *gate.qubits, angle=x))
        for x in np.linspace(-math.pi, math.pi, 181)
    ]
    amplitude = (max(scan) - min(scan)) / 2
    assert costs[place, 0] <= min(scan) + 1e-11
    assert costs[place, 0] >= min(scan) - amplitude * math.radians(2) ** 2 / 2 - 1e-11
    assert -math.pi <= angles[place, 0] <= math.pi


def test_places_are_before_each_gate_and_the_end_is_last() -> None:
    """Of Z after X: a flip before the CNOT flips both, one after it flips its own qubit."""
    circuit = Circuit(2).append("cx", 0, 1).append("x", 1)
    engine = ExactEngine(Expectation(PauliSum(("IZ", "ZI"), (1.0, 0.25))))
    flips = [Gate("x", (0,)), Gate("x", (1,)), Gate("ry", (0,))]
    costs, angles = engine.insertions(circuit, flips, everywhere=True)
    expected = [[-0.75, 1.25, -0.75], [-1.25, 1.25, -1.25], [-1.25, 1.25, -1.25]]
    np.testing.assert_allclose(costs, expected, atol=1e-12)
    np.testing.assert_allclose(np.abs(angles[:, 2]), math.pi, atol=1e-12)
    end_costs, end_angles = engine.insertions(circuit, flips)
    assert np.array_equal(end_costs, costs[-1:])
    assert np.array_equal(end_angles, angles[-1:])


def test_a_gate_that_changes_nothing_keeps_the_cost_and_angle_zero() -> None:
    engine = ExactEngine(Expectation(PauliSum(("ZZ", "IZ"), (1.0, 0.5))))
    costs, angles = engine.insertions(Circuit(2), [Gate("rz", (0,)), Gate("rzz", (0, 1))])
    assert costs.tolist() == [[1.5, 1.5]]
    assert angles.tolist() == [[0.0, 0.0]]


def test_an_empty_list_and_an_engine_used_before() -> None:
    rng = np.random.default_rng(7)
    engine = ExactEngine(quadratic("expectation", 3, rng))
    circuit = Circuit(3).append("ry", 2, angle=0.3).append("cx", 2, 0).append("rx", 1, angle=1.0)
    gates = all_gates(3)
    first = engine.insertions(circuit, gates, everywhere=True)
    assert engine.insertions(circuit, [], everywhere=True)[0].shape == (4, 0)
    engine.tune(circuit)
    engine.insertions(Circuit(3).append("h", 1), gates, everywhere=True)
    again = engine.insertions(circuit, gates, everywhere=True)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_term_wise_observables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "TABLE_QUBITS", 3)
    rng = np.random.default_rng(8)
    circuit = Circuit(4).append("ry", 0, angle=0.3).append("cx", 0, 2).append("ry", 3, angle=1.0)
    objective = quadratic("expectation", 4, rng)
    assert pack.is_term_wise(objective.head())
    check(objective, circuit, all_gates(4)[::3], everywhere=True, tolerance=1e-11)


# -- objectives that are no quadratic form ------------------------------------------------------

POINTS = np.array([[1.0, 0.0], [0.6, 0.8]])
SMOOTH: dict[str, Objective] = {
    "dephasing": DephasingGap(np.array([[0.7, 0.3], [0.3, 0.3]])),
    "classification": Classification(POINTS, [0.9, -0.2], (Z,)),
    "ratio": ExpectationRatio(PauliSum(("I", "X"), (0.5, 0.5)), PauliSum(("I", "Z"), (1.5, 0.5))),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_costs_that_are_not_quadratic_are_right_or_refused(name: str) -> None:
    objective, gates = SMOOTH[name], [Gate("ry", (0,)), Gate("rx", (0,)), Gate("h", (0,))]
    circuit = Circuit(1).append("ry", 0, angle=0.2)
    try:
        costs, angles = ExactEngine(objective).insertions(circuit, gates)
    except InputError:
        return
    for k, gate in enumerate(gates):
        grid = np.linspace(-math.pi, math.pi, 2001) if k < 2 else [0.0]
        scan = [
            cost(objective, circuit.append(gate.name, 0, angle=angle_for(gate, x))) for x in grid
        ]
        assert costs[0, k] == pytest.approx(min(scan), abs=1e-4)
        at = circuit.append(gate.name, 0, angle=angle_for(gate, angles[0, k]))
        assert cost(objective, at) == pytest.approx(costs[0, k], abs=1e-8)


# -- what is refused --------------------------------------------------------------------------


def test_a_circuit_of_another_size_is_refused() -> None:
    with pytest.raises(InputError, match=r"has 1 qubits .* got one of 2"):
        ExactEngine(Expectation(Z)).insertions(Circuit(2), [Gate("x", (0,))])


@pytest.mark.parametrize(
    "gate", [Gate("rq", (0,)), Gate("rx", (1,)), Gate("cx", (0, 0)), Gate("cx", (0,))]
)
def test_gates_that_do_not_fit_the_circuit_are_refused(gate: Gate) -> None:
    with pytest.raises(InputError):
        ExactEngine(Expectation(Z)).insertions(Circuit(1), [gate])
