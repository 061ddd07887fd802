"""Starts against Qiskit's states, exact energies and what environments count."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy
from qiskit.quantum_info import Statevector

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import coupling_map
from qrl.circuits.mps import MatrixProductState
from qrl.env.config import EnvConfig
from qrl.env.starts import is_warm, read_start, start_circuit
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError
from qrl.tasks.task import Task

BELL = Circuit(4).append("h", 0).append("cx", 0, 1).append("ry", 3, angle=0.1 + 0.2)


def start(text: object, task: str = "vqe/h2-4q", **settings: Any) -> Circuit:
    return start_circuit(str(text), qrl.get_task(task), EnvConfig(**settings))


def energy(circuit: Circuit, task: Task) -> float:
    observable = task.objective.observable  # type: ignore[attr-defined]  # an expectation value
    state = Statevector(circuit.qiskit())
    return float(np.real(state.expectation_value(observable.to_qiskit())))


def test_names_stay() -> None:
    assert start("task") == qrl.get_task("vqe/h2-4q").start
    assert start("zero") == Circuit(4)


def test_bits_are_a_basis_state_with_the_leftmost_on_the_highest_qubit() -> None:
    circuit = start("1100")
    assert Statevector(circuit.qiskit()).to_dict() == {"1100": 1.0 + 0.0j}
    assert circuit.counts == {"x": 2}
    env = CircuitVecEnv(qrl.get_task("vqe/h2-4q"), EnvConfig(start="1100"))
    assert env.build.start == circuit
    assert env.build.start_cost == pytest.approx(energy(circuit, env.task), abs=1e-9)


@pytest.mark.parametrize("form", ["qasm3", "qasm2", "json", "qpy"])
def test_every_form_of_file_is_read(tmp_path: Path, form: str) -> None:
    import json

    path = tmp_path / "circuit.file"  # the content tells the form
    if form == "qpy":
        with path.open("wb") as file:
            qpy.dump(BELL.qiskit(), file)
    else:
        text = json.dumps(BELL.to_dict()) if form == "json" else BELL.qasm(int(form[-1]))
        path.write_text(text)
    assert start(path) == BELL


def test_a_run_folder_stands_for_its_best_circuit(tmp_path: Path) -> None:
    run = qrl.search("vqe/h2-2q", agent="random", steps=100, out=tmp_path / "run", compare=False)
    assert start(tmp_path / "run", "vqe/h2-2q") == run.best.circuit


def test_gates_of_the_start_are_counted(tmp_path: Path) -> None:
    (tmp_path / "c.qasm").write_text(BELL.qasm())
    task = qrl.get_task("vqe/h2-4q")
    env = CircuitVecEnv(task, EnvConfig(start=str(tmp_path / "c.qasm")), num_envs=2)
    assert env.build.cnots.tolist() == [1, 1]
    assert env.build.depth.tolist() == [2, 2]
    assert env.build.start_cost == pytest.approx(energy(BELL, task), abs=1e-9)


@pytest.mark.parametrize(("bond", "error"), [(1, 2.1e-2), (2, 1e-8), (4, 1e-8)])
def test_mps_reaches_the_energy_that_its_bond_allows(bond: int, error: float) -> None:
    """Of H2, whose ground state is two basis states: bond 2 is exact, bond 1 is Hartree-Fock."""
    task = qrl.get_task("vqe/h2-4q")
    circuit = start(f"mps:{bond}")
    assert task.reference is not None
    assert energy(circuit, task) - task.reference == pytest.approx(error, rel=0.1, abs=1e-8)
    assert circuit.two_qubit_count <= (0 if bond == 1 else 5)
    assert set(circuit.counts) <= {"cx", "ry"}


def test_more_layers_come_nearer() -> None:
    task = qrl.get_task("vqe/lih-6q-2.2")
    assert task.reference is not None
    errors = [
        energy(start(f"mps:3,{layers}", "vqe/lih-6q-2.2"), task) - task.reference
        for layers in (1, 2)
    ]
    assert errors[0] > 1e-3
    assert errors[1] == pytest.approx(0.0, abs=1e-7)  # published circuits: 2.9e-4


@pytest.mark.parametrize("gates", ["cz+rotations", "ibm-cz", "ibm-ecr", "cx+ry", "rzz+rotations"])
def test_mps_is_written_in_the_gates_of_the_run(gates: str) -> None:
    from qrl.circuits.gates import gate_set

    task = qrl.get_task("vqe/h2-4q")
    circuit = start("mps:2", gates=gates)
    assert set(circuit.counts) <= set(gate_set(gates))
    assert energy(circuit, task) == pytest.approx(task.reference, abs=1e-7)


def test_mps_in_gates_that_cannot_make_it_stays_as_it_is() -> None:
    assert set(start("mps:2", gates="clifford").counts) <= {"cx", "ry"}


@pytest.mark.parametrize("coupling", ["line", "ring", "grid"])
def test_mps_keeps_to_the_coupling_map(coupling: str) -> None:
    circuit = start("mps:2", "vqe/lih-6q-2.2", coupling=coupling)
    pairs = coupling_map(coupling, 6)
    assert circuit.two_qubit_count > 0
    assert all(pairs.has_edge(*g.qubits) for g in circuit.gates if len(g.qubits) == 2)


def test_mps_is_told_with_energy_and_fidelity() -> None:
    read = read_start("mps:2", qrl.get_task("vqe/h2-4q"), EnvConfig())
    assert "energy -1.137270" in read.note
    assert f"{read.circuit.two_qubit_count} CNOTs, fidelity 1 - " in read.note


def test_tensors_of_the_users_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    sizes = [1, 2, 3, 2, 1]
    tensors = tuple(
        rng.normal(size=(a, 2, b)) + 1j * rng.normal(size=(a, 2, b)) for a, b in pairwise(sizes)
    )
    np.savez(tmp_path / "state.npz", **{f"A{k}": t for k, t in enumerate(tensors)})
    read = read_start(str(tmp_path / "state.npz"), qrl.get_task("vqe/h2-4q"), EnvConfig())
    wanted = MatrixProductState(tensors).dense()
    overlap = np.vdot(wanted, Statevector(read.circuit.qiskit()).data) / np.linalg.norm(wanted)
    assert abs(overlap) ** 2 > 0.99
    assert f"fidelity 1 - {1 - abs(overlap) ** 2:.1e}" in read.note


def test_warm_starts_are_those_that_were_found_elsewhere() -> None:
    assert not any(map(is_warm, ("task", "zero", "0011")))
    assert all(map(is_warm, ("mps:2", "state.npz", "runs/one", "c.qasm")))


@pytest.mark.parametrize(
    "text", ["hf", "mps", "mps:", "mps:0", "mps:65", "mps:2,0", "mps:x", "012"]
)
def test_texts_that_are_no_start_are_refused_at_once(text: str) -> None:
    with pytest.raises(InputError):
        EnvConfig(start=text)


def test_several_circuits_in_one_file_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "two.qpy").open("wb") as file:
        qpy.dump([QuantumCircuit(4), QuantumCircuit(4)], file)
    with pytest.raises(InputError, match="it holds 2 circuits"):
        start(tmp_path / "two.qpy")


def test_uncoupled_pairs_are_refused(tmp_path: Path) -> None:
    (tmp_path / "c.qasm").write_text(Circuit(4).append("cx", 0, 3).qasm())
    with pytest.raises(InputError, match=r"has cx\(0, 3\), and coupling map 'line'"):
        start(tmp_path / "c.qasm", coupling="line")


def test_mps_needs_a_hamiltonian() -> None:
    with pytest.raises(InputError, match="needs a task with a Hamiltonian"):
        start("mps:2", "state/ghz-3q")
