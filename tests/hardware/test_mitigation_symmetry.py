"""Symmetries, their bases and post-selection against dense matrices."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.measurement import group
from qrl.circuits.pauli import PauliSum
from qrl.hardware.combining import mitigated
from qrl.hardware.coupled_bases import diagonalise_coupled
from qrl.hardware.device_names import open_device
from qrl.hardware.experiments import Experiments, experiments
from qrl.hardware.mitigation.conserved import Symmetries
from qrl.hardware.mitigation.sector import sectors
from qrl.hardware.outcomes import Counted
from qrl.hardware.pubs import prepare
from qrl.hardware.roles import SETTING, Role
from qrl.hardware.settings import HardwareSettings
from qrl.tasks.measurements import measurements
from qrl.tasks.task import plain_observable

PAULIS: dict[str, Any] = {
    "I": np.eye(2), "X": np.array([[0, 1], [1, 0]]), "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}  # fmt: skip
TASKS = ("vqe/h2-4q", "vqe/lih-4q-1.2", "vqe/heisenberg-4q-0", "vqe/syk-4q-0", "vqe/beh2-6q")


def dense(label: str) -> Any:
    return reduce(np.kron, [PAULIS[letter] for letter in label])


def z_string(mask: int, size: int) -> Any:
    return np.diag(1.0 - 2.0 * (np.bitwise_count(np.arange(size) & mask) & 1))


def observable(name: str) -> PauliSum:
    found = plain_observable(qrl.get_task(name).objective)
    assert found is not None
    return found


def basis_state(n_qubits: int, bits: int) -> Circuit:
    circuit = Circuit(n_qubits)
    for qubit in range(n_qubits):
        circuit = circuit.append("x", qubit) if bits >> qubit & 1 else circuit
    return circuit


def turned(*qubits: int) -> Circuit:
    circuit = Circuit(4)
    for qubit in qubits:
        circuit = circuit.append("ry", qubit, angle=0.02)
    return circuit


@pytest.mark.parametrize("name", TASKS)
def test_symmetries_are_those_of_the_matrix(name: str) -> None:
    one = observable(name)
    matrix = sum(w * dense(label) for label, w in one.terms())
    size = len(matrix)
    found = Symmetries((one,))
    terms = [dense(label) for label in one.labels]
    commuting = {
        mask
        for mask in range(size)
        if all(np.allclose(t @ z_string(mask, size), z_string(mask, size) @ t) for t in terms)
    }
    spanned = {0}
    for mask in found.parities:
        assert mask not in spanned  # independent
        spanned |= {mask ^ other for other in spanned}
    assert spanned == commuting
    bits = (np.arange(size)[:, None] >> np.arange(one.n_qubits)) & 1
    for row in found.numbers:
        charge = np.diag(bits @ row)
        assert np.allclose(charge @ matrix, matrix @ charge)
    # As many as there are: the dimension of all d with [H, sum d n] = 0, by brute force.
    each = [np.diag(bits[:, q].astype(float)) for q in range(one.n_qubits)]
    rows = np.array([(d @ matrix - matrix @ d).ravel() for d in each])
    assert len(found.numbers) == one.n_qubits - np.linalg.matrix_rank(rows, tol=1e-8)
    count, labels = connected_components(np.abs(matrix) > 1e-9)
    assert found.sectors is not None
    assert len(set(zip(labels, found.sectors, strict=True))) == count == len(set(found.sectors))


def test_several_observables_share_what_all_conserve() -> None:
    first, second = PauliSum(("XX", "YY"), (1.0, 1.0)), PauliSum(("XX",), (1.0,))
    assert len(Symmetries((first,)).numbers) == 1
    assert Symmetries((first, second)).numbers == ()
    assert Symmetries((first, second)).parities == (3,)


@pytest.mark.parametrize("line", [True, False])
def test_bases_diagonalise_strings_on_coupled_qubits(line: bool) -> None:
    rng = np.random.default_rng(5)
    for n_qubits in (2, 3, 4, 5):
        pairs = [(a, b) for a in range(n_qubits) for b in range(a) if not line or abs(a - b) == 1]
        labels = ["".join(rng.choice(list("IXYZ"), n_qubits)) for _ in range(30)]
        for one in group(PauliSum(tuple(labels), (1.0,) * 30), "general"):
            found = diagonalise_coupled(one.labels, pairs)
            unitary = found.circuit.unitary()
            for label, mask, sign in zip(one.labels, found.z_masks, found.signs, strict=True):
                turned = unitary @ dense(label) @ unitary.conj().T
                assert np.allclose(turned, sign * z_string(int(mask), 1 << n_qubits), atol=1e-9)
            for gate in found.circuit.gates:
                assert len(gate.qubits) == 1 or tuple(sorted(gate.qubits, reverse=True)) in pairs


def test_qubits_that_are_not_connected_are_told() -> None:
    with pytest.raises(qrl.InputError, match="--layout"):
        diagonalise_coupled(("XXXX", "ZZII"), [(0, 1), (2, 3)])


def noisy_shares(wanted: Experiments, density: Any) -> list[Any]:
    shares = []
    for setting in wanted.settings:
        unitary = setting.rotation.unitary()
        shares.append(np.diag(unitary @ density @ unitary.conj().T).real.clip(0.0))
    return shares


def in_counts(shares: list[Any]) -> list[Counted]:
    return [
        Counted(Role(SETTING, k, qubits=tuple(range(4))), np.rint(1e12 * one).astype(np.int64))
        for k, one in enumerate(shares)
    ]


@pytest.mark.parametrize("coupled", [True, False])
@pytest.mark.parametrize("name", ["vqe/h2-4q", "vqe/h2-4q-2.63"])
def test_selected_costs_are_those_of_the_projector(name: str, coupled: bool) -> None:
    """Tr(P H rho) / Tr(P rho) for a random density matrix, with all settings selected."""
    task = qrl.get_task(name)
    one = observable(name)
    matrix = sum(w * dense(label) for label, w in one.terms())
    rng = np.random.default_rng(1)
    root = rng.normal(size=(16, 16)) + 1j * rng.normal(size=(16, 16))
    density = root @ root.conj().T
    density /= np.trace(density)
    wanted = experiments(measurements(task), basis_state(4, 0b0101))
    if coupled:
        wanted = wanted.on_couplings([[(0, 1), (1, 2), (2, 3)]])
    assert len(wanted.settings) == 2
    (sector,) = wanted.sectors
    projector = np.diag(sector.allowed.astype(float))
    assert 0 < np.trace(projector) < 16
    expected = np.trace(projector @ matrix @ density) / np.trace(projector @ density)
    settings = HardwareSettings(mitigate=("symmetry",))
    plain, selected = mitigated(wanted, in_counts(noisy_shares(wanted, density)), task, settings)
    assert selected.cost == pytest.approx(expected.real, abs=1e-8)
    assert plain.cost == pytest.approx(np.trace(matrix @ density).real, abs=1e-8)
    kept = np.trace(projector @ density).real
    assert selected.told["symmetry"]["kept"] == pytest.approx([kept, kept], abs=1e-6)


def test_nothing_is_lost_without_noise() -> None:
    """A parity-mapped molecule: only sets of bit strings are conserved, and show in one setting."""
    task = qrl.get_task("vqe/lih-4q-3.4")
    matrix = sum(w * dense(label) for label, w in observable(task.name).terms())
    for bits in range(16):
        device = open_device("aer", 4)
        prepared = prepare(
            task, basis_state(4, bits), device, HardwareSettings(mitigate=("symmetry",))
        )
        assert prepared.experiments is not None
        state = np.zeros((16, 16))
        state[bits, bits] = 1.0
        counts = in_counts(noisy_shares(prepared.experiments, state))
        _, selected = mitigated(prepared.experiments, counts, task, prepared.settings)
        assert selected.cost == pytest.approx(matrix[bits, bits].real, abs=1e-8)
        kept = selected.told["symmetry"]["kept"]
        assert kept[0] == 1.0
        assert set(kept[1:]) == {None}


def test_a_sector_is_that_of_the_circuits_own_state() -> None:
    task = qrl.get_task("vqe/h2-4q")
    plan = measurements(task)
    (sector,) = sectors(plan, basis_state(4, 0b0111))  # three electrons: not the ground state's
    assert "n0 + n1 = 2" in sector.names
    assert "n2 + n3 = 1" in sector.names
    assert sector.allowed[0b0111]
    assert not sector.allowed[0b0101]


def test_symmetries_that_the_state_lacks_are_left_out() -> None:
    """One spin's number has no value, the other's has."""
    (sector,) = sectors(measurements(qrl.get_task("vqe/h2-4q")), turned(0))
    assert "n2 + n3 = 0" in sector.names
    assert not any("n0 + n1" in name for name in sector.names)
    bits = np.flatnonzero(sector.allowed)
    assert not (bits & 0b1100).any()


def test_products_of_parities_are_found() -> None:
    """(|0000> + |1100>) / sqrt 2 has no value of the parity of one spin's qubits, but of both together."""
    task = qrl.Task("chain", qrl.Expectation(PauliSum(("XXII", "IIXX"), (1.0, 1.0))))
    state = Circuit(4).append("h", 0).append("cx", 0, 2)
    (sector,) = sectors(measurements(task), state)
    assert sector.masks == (0b1111,)
    assert sector.names == ("parity of qubits 0, 1, 2, 3 even",)
    assert sector.allowed.sum() == 8


@pytest.mark.parametrize(
    ("name", "circuit", "said"),
    [
        ("state/ghz-4q", Circuit(4), "made of the bits themselves"),
        ("maxcut/ring-7q", Circuit(7), "only letters I and Z"),
        ("vqe/tfim-6q", Circuit(6), "this task's has none"),
        ("vqe/h2-4q", turned(0, 1, 2, 3), r"n0 \+ n1 \(2.0e-04 outside 0\)"),
        ("vqe/h2-4q", Circuit(4).append("h", 0).append("h", 1).append("h", 2).append("h", 3),
         r"parity of qubits 0, 3 \(5.0e-01 of the other value\)"),
    ],
)  # fmt: skip
def test_what_cannot_be_verified_is_told_before_sending(
    name: str, circuit: Circuit, said: str
) -> None:
    settings = HardwareSettings(mitigate=("symmetry",))
    task = qrl.get_task(name)
    with pytest.raises(qrl.InputError, match=said):
        prepare(task, circuit, open_device("aer", task.n_qubits), settings)
