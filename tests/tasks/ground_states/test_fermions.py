"""Electron number and spin, against Qiskit Nature and against states whose spin is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qrl.circuits import PauliSum
from qrl.tasks.ground_states import make
from qrl.tasks.ground_states.fermions import (
    adjoint,
    combination,
    ladder,
    molecular_operators,
    product,
)
from qrl.tasks.ground_states.mappings import (
    MAPPINGS,
    electrons_of,
    encoding,
    pauli_sum,
    pauli_terms,
    tapered_encoding,
)
from qrl.tasks.ground_states.tapering import find_tapering, taper


def value(operator: PauliSum, state: np.ndarray[Any, Any]) -> float:
    return float((state.conj() @ (operator.sparse() @ state)).real)


def metadata_of(mapping: str, electrons: int, orbitals: int, spin: int = 0) -> dict[str, Any]:
    space = {"electrons": electrons, "orbitals": orbitals}
    return {"mapping": mapping, "active_space": space, "spin": spin}


def test_ladder_operators_anticommute() -> None:
    for p in range(4):
        for q in range(4):
            a, b = ladder(p, create=False), ladder(q, create=True)
            anticommutator = combination([(1.0, product(a, b)), (1.0, product(b, a))])
            left = {key: c for key, c in anticommutator.items() if c}
            assert left == ({(0, 0): 1.0} if p == q else {})
    assert adjoint(ladder(2, create=False)) == ladder(2, create=True)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize(("n_orbitals", "counts"), [(2, (1, 1)), (3, (2, 1)), (4, (2, 2))])
def test_operators_agree_with_qiskit_nature(
    mapping: str, n_orbitals: int, counts: tuple[int, int]
) -> None:
    mappers = pytest.importorskip("qiskit_nature.second_q.mappers")
    properties = pytest.importorskip("qiskit_nature.second_q.properties")
    mapper = {
        "jordan-wigner": mappers.JordanWignerMapper,
        "parity": lambda: mappers.ParityMapper(num_particles=counts),
        "bravyi-kitaev": mappers.BravyiKitaevMapper,
    }[mapping]()
    n_qubits = 2 * n_orbitals - 2 * (mapping == "parity")
    metadata = metadata_of(mapping, sum(counts), n_orbitals, counts[0] - counts[1])
    found = molecular_operators(metadata, n_qubits)
    assert found is not None
    theirs = {
        "particle-number": properties.ParticleNumber(n_orbitals).second_q_ops()["ParticleNumber"],
        "spin-z": properties.Magnetization(n_orbitals).second_q_ops()["Magnetization"],
        "spin-squared": properties.AngularMomentum(n_orbitals).second_q_ops()["AngularMomentum"],
    }
    assert found.keys() == theirs.keys()
    for name, operator in theirs.items():
        expected = mapper.map(operator).to_matrix()
        np.testing.assert_allclose(found[name].sparse().toarray(), expected, atol=1e-10)


@pytest.mark.parametrize("mapping", MAPPINGS)
@pytest.mark.parametrize(("name", "n_left"), [("lih-6q-2.2", 4), ("h2-4q", 1), ("beh2-6q", 2)])
def test_tapered_operators_are_blocks_of_the_whole_ones(
    mapping: str, name: str, n_left: int
) -> None:
    task = make(f"vqe/{name}")
    space = task.metadata["active_space"]
    half = space["electrons"] // 2
    code = encoding(mapping, space["orbitals"], (half, half))
    hamiltonian = pauli_sum(code.encode(pauli_terms(task.objective.observable)), code.n_qubits)
    occupied = [*range(half), *range(space["orbitals"], space["orbitals"] + half)]
    label = code.label(occupied)
    tapering = find_tapering(hamiltonian, label)
    tapered, start = taper(hamiltonian, label, tapering)
    assert tapered.n_qubits == n_left
    metadata = {**metadata_of(mapping, 2 * half, space["orbitals"])}
    metadata["tapering"] = tapering.metadata()
    electrons = electrons_of(metadata, tapered.n_qubits)
    assert electrons is not None
    assert electrons.label == start
    found = molecular_operators(metadata, tapered.n_qubits)
    whole = molecular_operators(metadata_of(mapping, 2 * half, space["orbitals"]), code.n_qubits)
    assert found is not None
    assert whole is not None
    # A basis state of the remaining qubits is one of the whole: the symmetries set the others.
    kept = [q for q in range(code.n_qubits) if q not in tapering.removed_qubits]
    place = np.zeros((2**code.n_qubits, 2**tapered.n_qubits))
    for state in range(2**code.n_qubits):
        signs = [
            1 - 2 * (sum(s[-1 - q] == "Z" and state >> q & 1 for q in range(code.n_qubits)) % 2)
            for s in tapering.symmetries
        ]
        if signs == list(tapering.sector):
            place[state, sum((state >> q & 1) << k for k, q in enumerate(kept))] = 1.0
    for ours, all_of_it in [(tapered, hamiltonian), *((found[k], whole[k]) for k in found)]:
        expected = place.T @ all_of_it.sparse().toarray() @ place
        np.testing.assert_allclose(ours.sparse().toarray(), expected, atol=1e-10)
    ground = np.linalg.eigvalsh(tapered.sparse().toarray())[0]
    assert ground == pytest.approx(task.reference, abs=1e-8)
    assert tapered_encoding(code, tapering.metadata()) == electrons.encoding


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_spins_of_two_electrons_in_two_orbitals(mapping: str) -> None:
    code = encoding(mapping, 2, (1, 1))
    found = molecular_operators(metadata_of(mapping, 2, 2), code.n_qubits)
    assert found is not None
    first, second = int(code.label([0, 3]), 2), int(code.label([1, 2]), 2)
    for sign in (1.0, -1.0):
        state = np.zeros(2**code.n_qubits)
        state[first], state[second] = np.sqrt(0.5), sign * np.sqrt(0.5)
        assert value(found["particle-number"], state) == pytest.approx(2.0)
        assert value(found["spin-z"], state) == pytest.approx(0.0, abs=1e-12)
        assert value(found["spin-squared"], state) == pytest.approx(
            2.0 if sign < 0 else 0.0, abs=1e-9
        )
    closed = np.zeros(2**code.n_qubits)
    closed[int(code.label([0, 2]), 2)] = 1.0
    assert value(found["spin-squared"], closed) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("name", "electrons"), [("lih-4q-3.4", 2), ("beh2-6q-published", 4)])
def test_ground_states_of_bundled_molecules_are_singlets(name: str, electrons: int) -> None:
    task = make(f"vqe/{name}")
    found = molecular_operators(task.metadata, task.n_qubits)
    assert found is not None
    state = np.linalg.eigh(task.objective.observable.sparse().toarray())[1][:, 0]
    assert value(found["particle-number"], state) == pytest.approx(electrons)
    assert value(found["spin-squared"], state) == pytest.approx(0.0, abs=1e-8)


def test_the_level_above_stretched_hydrogen_is_a_triplet() -> None:
    task = make("vqe/h2-4q-2.63")
    found = molecular_operators(task.metadata, 4)
    assert found is not None
    matrix = (
        task.objective.observable.sparse().toarray() + 1e-4 * found["spin-z"].sparse().toarray()
    )
    levels, states = np.linalg.eigh(matrix)
    assert levels[1] - levels[0] == pytest.approx(2.8e-3, abs=2e-4)
    assert value(found["spin-squared"], states[:, 1]) == pytest.approx(2.0)
    assert value(found["spin-z"], states[:, 1]) == pytest.approx(-1.0)


def test_lattices_have_no_electrons() -> None:
    task = make("vqe/tfim-6q")
    assert molecular_operators(task.metadata, task.n_qubits) is None
