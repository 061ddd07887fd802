"""UCCSD and pair excitations: energies, counts, and the states that they reach."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from qrl.circuits import Expectation, PauliSum
from qrl.circuits.engines import make_engine
from qrl.tasks.ground_states import GroundState, make
from qrl.tasks.ground_states.excitation_circuits import excitation_circuit
from qrl.tasks.ground_states.excitations import excitations
from qrl.tasks.ground_states.mappings import (
    MAPPINGS,
    Electrons,
    electrons_of,
    encoding,
    pauli_sum,
    pauli_terms,
)
from qrl.tasks.ground_states.pair_excitations import pair_circuit, pair_excitations, pairs_of
from qrl.tasks.ground_states.rivals import molecular_rivals
from qrl.tasks.ground_states.tapering import find_tapering, taper
from qrl.tasks.ground_states.ucc import uccsd
from qrl.tasks.task import dense
from qrl.tasks.tied_circuit import minimise


def molecule(name: str) -> tuple[GroundState, Electrons]:
    task = make(f"vqe/{name}")
    electrons = electrons_of(task.metadata, task.n_qubits)
    assert isinstance(task, GroundState)
    assert electrons is not None
    return task, electrons


def in_mapping(name: str, mapping: str, *, tapered: bool) -> tuple[GroundState, Electrons]:
    """Return a bundled Jordan-Wigner problem in another mapping."""
    task, electrons = molecule(name)
    code = encoding(mapping, electrons.n_orbitals, (electrons.up, electrons.down))
    operator = pauli_sum(code.encode(pauli_terms(task.objective.observable)), code.n_qubits)
    metadata: dict[str, Any] = {**task.metadata, "mapping": mapping}
    label = code.label(electrons.occupied)
    if tapered:
        found = find_tapering(operator, label)
        metadata["tapering"] = found.metadata()
        operator, label = taper(operator, label, found)
    other = GroundState(
        name, Expectation(operator), task.reference, initial_state=label, metadata=metadata
    )
    electrons_there = electrons_of(metadata, other.n_qubits)
    assert electrons_there is not None
    assert electrons_there.label == label
    return other, electrons_there


def test_gradients_follow_the_chain_rule() -> None:
    task, electrons = molecule("lih-4q-2.2")
    tied = excitation_circuit(electrons.label, excitations(electrons))
    engine = make_engine("exact", task.objective)
    theta = np.random.default_rng(0).uniform(-1, 1, tied.weights.shape[1])
    gradient = engine.value_and_gradient(tied.at(theta))[1] @ tied.weights
    for k in range(len(theta)):
        step = np.eye(len(theta))[k] * 1e-5
        rise = engine.value(tied.at(theta + step)) - engine.value(tied.at(theta - step))
        assert gradient[k] == pytest.approx(rise / 2e-5, abs=1e-7)


def test_no_parameters_are_evaluated_once() -> None:
    task, electrons = molecule("h2-4q")
    engine = make_engine("exact", task.objective)
    found = minimise(engine, excitation_circuit(electrons.label, []), np.zeros(0))
    assert found.cost == pytest.approx(task.metadata["hf_energy"], abs=1e-9)
    assert found.evaluations == 1


@pytest.mark.parametrize("name", ["h2-2q", "h2-4q", "lih-4q-1.2", "lih-6q-3.4"])
def test_uccsd_is_exact_for_two_electrons(name: str) -> None:
    task, electrons = molecule(name)
    found = uccsd(task, electrons, excitations(electrons))
    assert found.cost == pytest.approx(task.reference, abs=1e-7)
    assert found.circuit is not None
    state = found.circuit.unitary()[:, 0]
    matrix = task.objective.observable.sparse()
    assert (state.conj() @ (matrix @ state)).real == pytest.approx(found.cost, abs=1e-9)


@pytest.mark.filterwarnings("ignore")  # Qiskit Nature uses what Qiskit and SciPy discourage
@pytest.mark.parametrize("name", ["h2-4q", "lih-4q-2.2"])
def test_energies_at_the_same_amplitudes_as_qiskit_natures_uccsd(name: str) -> None:
    mappers = pytest.importorskip("qiskit_nature.second_q.mappers")
    library = pytest.importorskip("qiskit_nature.second_q.circuit.library")
    from qiskit.quantum_info import Statevector

    task, electrons = molecule(name)
    counts, n = (electrons.up, electrons.down), electrons.n_orbitals
    mapper = mappers.JordanWignerMapper()
    if task.metadata["mapping"] == "parity":
        mapper = mappers.ParityMapper(num_particles=counts)
    start = library.HartreeFock(n, counts, mapper)
    ansatz = library.UCCSD(n, counts, mapper, initial_state=start)
    ours = {(m.occupied, m.virtual): m for m in excitations(electrons)}
    order = [ours[tuple(sorted(a)), tuple(sorted(b))] for a, b in ansatz.excitation_list]
    theta = np.random.default_rng(4).uniform(-0.5, 0.5, len(order))
    # Their sign of an excitation is read off its operator, i (T - T^dagger) or minus that.
    signs = []
    for move, operator in zip(order, ansatz.operators, strict=True):
        weights = dict(operator.to_list())
        label, weight = move.terms[0]
        signs.append(np.sign(weight * weights[label].real))
    state = Statevector(ansatz.assign_parameters(theta)).data
    theirs = (state.conj() @ (task.objective.observable.sparse() @ state)).real
    engine = make_engine("exact", task.objective)
    tied = excitation_circuit(electrons.label, order)
    values = [engine.value(tied.at(sign * np.array(signs) * theta)) for sign in (1, -1)]
    assert min(abs(value - theirs) for value in values) < 1e-9


@pytest.mark.parametrize(
    ("name", "error", "cnots", "rotations"),
    [
        ("beh2-6q-published", 5.775e-5, 3, 1),
        ("h2o-8q-published", 1.744e-4, 6, 2),
        ("h2o-10q-published", 2.320e-4, 6, 3),
        ("h2-4q", 0.0, 3, 1),
        ("h2-2q", 0.0, 1, 1),
    ],
)
def test_what_few_pairs_reach(name: str, error: float, cnots: int, rotations: int) -> None:
    task, electrons = molecule(name)
    found = pair_excitations(task, electrons)
    assert found.circuit is not None
    assert found.cost - task.reference == pytest.approx(error, rel=1e-3, abs=1e-9)
    assert (found.cnots, found.circuit.rotation_count) == (cnots, rotations)


def test_one_pair_of_larger_molecules() -> None:
    for name, error in (("h2o-10q-published", 3.66e-4), ("lih-12q-published", 7.23e-3)):
        task, electrons = molecule(name)
        found = pair_excitations(task, electrons, smallest_gain=3e-3 if "lih" in name else 2e-4)
        assert found.cost - task.reference == pytest.approx(error, rel=2e-3)
        assert found.cnots == 3


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("tapered", [False, True])
@pytest.mark.parametrize("name", ["beh2-6q-published", "h2o-8q-published", "lih-6q-2.2"])
def test_all_pairs_reach_the_lowest_state_without_open_shells(
    name: str, mapping: str, tapered: bool
) -> None:
    plain, whole = molecule(name)
    n = whole.n_orbitals
    states = [sum(1 << p | 1 << (p + n) for p in c) for c in combinations(range(n), whole.up)]
    matrix = plain.objective.observable.sparse()[states][:, states].toarray()
    lowest = np.linalg.eigvalsh(matrix)[0]
    task, electrons = in_mapping(name, mapping, tapered=tapered)
    found = pair_excitations(task, electrons, smallest_gain=1e-9)
    assert found.cost == pytest.approx(lowest, abs=1e-7)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize("tapered", [False, True])
def test_pair_circuits_are_exponentials_in_every_mapping(mapping: str, tapered: bool) -> None:
    _, electrons = in_mapping("h2o-8q-published", mapping, tapered=tapered)
    n, pairs = electrons.n_orbitals, [(0, 2), (1, 3), (0, 3), (1, 2)]
    assert sorted(pairs_of(electrons)) == sorted(pairs)
    theta = np.random.default_rng(8).uniform(-1, 1, 4)
    orbitals = list(combinations(range(n), electrons.up))
    expected = np.eye(len(orbitals))[:, 0]  # the first is (0, 1), the determinant
    for (i, a), angle in zip(pairs, theta, strict=True):
        move = np.zeros((len(orbitals), len(orbitals)))
        for k, held in enumerate(orbitals):
            if i in held and a not in held:
                move[orbitals.index(tuple(sorted({*held, a} - {i}))), k] = 1.0
        expected = scipy.linalg.expm(angle * (move - move.T)) @ expected
    state = pair_circuit(electrons, pairs).at(theta).unitary()[:, 0]
    places = [
        int(electrons.encoding.label([*held, *(p + n for p in held)]), 2) for held in orbitals
    ]
    assert abs(np.vdot(expected, state[places])) == pytest.approx(1.0, abs=1e-10)
    start = pair_circuit(electrons, pairs).at(np.zeros(4)).unitary()[:, 0]
    assert abs(start[int(electrons.label, 2)]) == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["h2-4q", "lih-4q-3.4", "beh2-6q-published", "h2o-8q-published"])
def test_rivals_of_a_molecule(name: str) -> None:
    task, _ = molecule(name)
    rivals = molecular_rivals(task)
    assert {"pair-excitations", "adapt", "uccsd"} <= rivals.keys()
    for rival in rivals.values():
        assert rival.circuit is not None
        assert rival.cost is not None
        assert task.reference is not None
        assert task.reference - 1e-9 <= rival.cost < task.metadata["hf_energy"]
        state = dense(rival.circuit)(np.eye(1, 2**task.n_qubits, dtype=complex))[0]
        energy = (state.conj() @ (task.objective.observable.sparse() @ state)).real
        assert energy == pytest.approx(rival.cost, abs=1e-8)
    again = molecular_rivals(task)
    assert {k: r.circuit for k, r in again.items()} == {k: r.circuit for k, r in rivals.items()}


def test_rivals_need_a_molecule_and_closed_shells() -> None:
    tfim = make("vqe/tfim-6q")
    assert isinstance(tfim, GroundState)
    assert molecular_rivals(tfim) == {}
    metadata = {
        "mapping": "jordan-wigner",
        "active_space": {"electrons": 1, "orbitals": 2},
        "spin": 1,
    }
    open_shell = GroundState(
        "mine", Expectation(PauliSum(("IIIZ", "IIXX"), (1.0, 0.5))), None, metadata=metadata
    )
    assert "pair-excitations" not in molecular_rivals(open_shell)
    assert "uccsd" in molecular_rivals(open_shell)
