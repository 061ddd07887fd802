"""Linear systems against dense NumPy and Qiskit."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.objectives import Infidelity
from qrl.circuits.pauli import PauliSum
from qrl.cli.builders import linear as build_linear
from qrl.errors import InputError
from qrl.tasks.codec import task_from_plain, task_to_plain
from qrl.tasks.linear_systems import IDS, LinearSystem, linear_system, make, pauli_decomposition
from qrl.tasks.qiskit_preparation import prepared_state

X, Z, ONE = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)


def kron(*parts: np.ndarray) -> np.ndarray:
    """Return the product of matrices given from the highest qubit down."""
    result = np.eye(1)
    for part in parts:
        result = np.kron(result, part)
    return result


def random_circuit(n: int, seed: int) -> Circuit:
    random, circuit = np.random.default_rng(seed), Circuit(n)
    for _ in range(3):
        for qubit in range(n):
            circuit = circuit.append("ry", qubit, angle=random.uniform(-3, 3))
            circuit = circuit.append("rz", qubit, angle=random.uniform(-3, 3))
        for qubit in range(n - 1):
            circuit = circuit.append("cx", qubit, qubit + 1)
    return circuit


def random_system(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a complex matrix that is not Hermitian, and a right-hand side."""
    random = np.random.default_rng(seed)
    size = 1 << n
    a = random.standard_normal((size, size)) + 1j * random.standard_normal((size, size))
    return a + 3 * np.eye(size), random.standard_normal(size) + 1j * random.standard_normal(size)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_pauli_decomposition_is_that_of_qiskit(n: int, seed: int) -> None:
    from qiskit.quantum_info import SparsePauliOp

    matrix, _ = random_system(n, seed)
    matrix = matrix + matrix.conj().T
    found = dict(pauli_decomposition(matrix).terms())
    theirs = SparsePauliOp.from_operator(matrix)
    for label, weight in zip(theirs.paulis.to_labels(), theirs.coeffs, strict=True):
        assert found.pop(label, 0.0) == pytest.approx(weight.real, abs=1e-10)
    assert all(abs(weight) < 1e-10 for weight in found.values())


def test_pauli_decomposition_of_single_strings() -> None:
    for label in ("XYZ", "IYY", "ZZI", "YXX"):
        dense = PauliSum((label,), (0.5,)).sparse().toarray()
        assert dict(pauli_decomposition(dense).terms()) == {label: 0.5}
    for bad, message in (
        (np.ones((3, 3)), "shape"),
        (np.ones((512, 512)), "1 to 8"),
        ([[0, 1], [2, 0]], "Hermitian"),
        (np.zeros((2, 2)), "zero"),
    ):
        with pytest.raises(InputError, match=message):
            pauli_decomposition(bad)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), st.integers(0, 1000))
def test_costs_are_those_of_the_paper(n: int, seed: int) -> None:
    a, _ = random_system(n, seed)
    preparation = random_circuit(n, seed)
    u = preparation.unitary()
    b = u[:, 0]
    x = random_circuit(n, seed + 1)
    psi = a @ x.unitary()[:, 0]
    psi = psi / np.linalg.norm(psi)
    global_cost = 1 - abs(np.vdot(b, psi)) ** 2
    turned = u.conj().T @ psi
    zero = [sum(abs(turned[i]) ** 2 for i in range(1 << n) if not i >> q & 1) for q in range(n)]
    local_cost = 1 - sum(zero) / n
    whole, part = linear_system(a, b), linear_system(a, preparation, local=True)
    assert make_engine("exact", whole.objective).value(x) == pytest.approx(global_cost, abs=1e-10)
    assert make_engine("exact", part.objective).value(x) == pytest.approx(local_cost, abs=1e-10)
    assert local_cost <= global_cost + 1e-12 <= n * local_cost + 2e-12
    found = part.metrics(x)
    assert found["global-cost"] == pytest.approx(global_cost, abs=1e-10)
    assert found["local-cost"] == pytest.approx(local_cost, abs=1e-10)
    assert whole.metrics(x)["local-cost"] is None
    assert found["residual-norm"] == pytest.approx(np.sqrt(global_cost), abs=1e-10)
    distance = np.sqrt(max(0.0, 1 - found["solution-fidelity"]))
    assert distance <= found["condition-number"] * np.sqrt(max(0.0, global_cost)) + 1e-7


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_solution_is_that_of_numpy(n: int, seed: int) -> None:
    a, b = random_system(n, seed)
    task = linear_system(a, b)
    exact = np.linalg.solve(a, b)
    rival = task.rivals(Circuit(n))["qiskit-state-preparation"]
    assert rival.circuit is not None
    assert rival.cost == pytest.approx(0.0, abs=1e-8)
    found = task.metrics(rival.circuit)
    read = np.array(found["solution-real"]) + 1j * np.array(found["solution-imaginary"])
    assert np.allclose(read, exact, atol=1e-6 * np.linalg.norm(exact))
    assert found["solution-fidelity"] == pytest.approx(1.0)
    assert found["residual-norm"] < 1e-6
    assert found["condition-number"] == pytest.approx(
        np.linalg.norm(a, 2) / np.linalg.svd(a)[1][-1]
    )


def test_best_factor_by_least_squares() -> None:
    a, b = random_system(2, 8)
    circuit = random_circuit(2, 9)
    image = a @ circuit.unitary()[:, 0]
    factor, residue, _, _ = np.linalg.lstsq(image[:, None], b, rcond=None)
    found = linear_system(a, 5 * b).metrics(circuit)
    assert found["residual-norm"] == pytest.approx(np.sqrt(residue[0]) / np.linalg.norm(b))
    read = np.array(found["solution-real"]) + 1j * np.array(found["solution-imaginary"])
    assert np.allclose(read, 5 * factor[0] * circuit.unitary()[:, 0])
    ones = linear_system(a, b).metrics(circuit, apply=lambda states: np.full((1, 4), 0.5))
    other = abs(np.vdot(np.linalg.solve(a, b), np.full(4, 0.5))) ** 2
    assert ones["solution-fidelity"] == pytest.approx(
        other / np.linalg.norm(np.linalg.solve(a, b)) ** 2
    )


def test_published_system() -> None:
    task = make("linear/ising-4q")
    a = kron(ONE, ONE, ONE, ONE) + 0.1 * kron(ONE, ONE, ONE, X) + 0.1 * kron(ONE, ONE, X, ONE)
    assert np.allclose(task.matrix, a + 0.2 * kron(Z, Z, ONE, ONE))
    assert np.allclose(task.vector, 0.25)
    # X0 and X1 act on |+> as 1; qubits 2 and 3 need 1 / (1.2 + 0.2 Z Z), up to a factor.
    pair = np.diag(1 / (1.2 * np.ones(4) + 0.2 * np.diag(kron(Z, Z)))) @ np.full(4, 0.5)
    exact = np.kron(pair, np.full(4, 0.5))
    assert np.allclose(task.solution, exact)
    rival = task.rivals(Circuit(4).append("cx", 0, 1).append("cx", 1, 2).append("cx", 2, 3))
    assert rival["qiskit-state-preparation"].cnots == 1
    assert rival["hardware-efficient"].cnots == 3
    assert rival["hardware-efficient"].cost is not None
    assert rival["hardware-efficient"].cost < 1e-6


def test_matrices_of_ids() -> None:
    poisson = make("linear/poisson-2q").matrix.real
    assert np.array_equal(poisson, [[2, -1, 0, 0], [-1, 2, -1, 0], [0, -1, 2, -1], [0, 0, -1, 2]])
    chain = make("linear/ising-chain-3q-50").matrix
    levels = np.linalg.eigvalsh(chain)
    assert levels[[0, -1]] == pytest.approx([1 / 50, 1.0])
    bare = sum(kron(*(X if k == q else ONE for k in range(3))) for q in range(3))
    bare = bare + 0.1 * (kron(Z, Z, ONE) + kron(ONE, Z, Z))
    shares = np.linalg.lstsq(
        np.stack([bare.ravel(), np.eye(8).ravel()], axis=1), chain.ravel(), rcond=None
    )
    assert shares[1][0] == pytest.approx(0.0, abs=1e-20)


@pytest.mark.parametrize("name", IDS)
def test_listed_tasks(name: str) -> None:
    task = make(name)
    assert (task.name, task.family, task.reference) == (name, "linear", 0.0)
    again = task_from_plain(task_to_plain(task), where="here")
    assert again == task
    assert hash(again) == hash(task)
    assert again != dataclasses.replace(task, vector=2 * task.vector)
    assert task.trivial()["empty-circuit"].cost == pytest.approx(
        make_engine("exact", task.objective).value(Circuit(task.n_qubits))
    )
    solved = prepared_state(task.solution)
    assert make_engine("exact", task.objective).value(solved) == pytest.approx(0.0, abs=1e-10)


def test_forms_of_input(tmp_path: Path) -> None:
    terms = PauliSum(("II", "XZ"), (1.0, 0.5))
    dense = np.eye(4) + 0.5 * np.kron(X, Z)
    b = np.array([1.0, 2.0, 0.0, -1.0])
    np.save(tmp_path / "a.npy", dense)
    np.save(tmp_path / "b.npy", b)
    (tmp_path / "a.json").write_text(
        json.dumps(
            {"format": "qrl-problem-1", "qubit_order": "little-endian",
             "paulis": ["II", "XZ"], "weights": [1.0, 0.5]}
        )
    )  # fmt: skip
    wanted = linear_system(dense, b)
    for a in (terms, tmp_path / "a.npy", str(tmp_path / "a.json")):
        task = linear_system(a, tmp_path / "b.npy")
        assert np.allclose(task.matrix, dense)
        assert task.objective.cost(np.full((1, 4), 0.5)) == pytest.approx(
            wanted.objective.cost(np.full((1, 4), 0.5))
        )
    circuit = random_circuit(2, 4)
    (tmp_path / "b.qasm").write_text(circuit.qasm())
    parser = argparse.ArgumentParser()
    build_linear.add_arguments(parser)
    words = [str(tmp_path / "a.npy"), str(tmp_path / "b.qasm"), "--local"]
    built = build_linear.build(parser.parse_args(words))
    assert isinstance(built, LinearSystem)
    assert built.name == "a"
    assert np.allclose(built.vector, circuit.unitary()[:, 0])
    assert built.preparation == circuit
    assert built.metadata["cost"] == "local"


@pytest.mark.parametrize(
    ("matrix", "vector", "message"),
    [
        (np.ones((2, 2)), np.ones(2), "condition number"),
        (np.zeros((2, 2)), np.ones(2), "condition number"),
        (np.diag([1.0, 1e-5]), np.ones(2), "condition number"),
        (np.eye(3), np.ones(3), r"2\*\*n"),
        (np.eye(1), np.ones(1), r"2\*\*n"),
        (np.ones((2, 4)), np.ones(2), "shape"),
        (np.eye(512), np.ones(512), "1 to 8"),
        (np.eye(4), np.ones(2), r"shape \(4,\)"),
        (np.eye(2), np.zeros(2), "zero"),
        (np.eye(2), [np.nan, 1.0], "finite"),
        (np.full((2, 2), np.inf), np.ones(2), "finite"),
        ("a.txt", np.ones(2), r"\.npy"),
        ("none.npy", np.ones(2), "cannot be read"),
        (np.eye(2), "none.npy", "cannot be read"),
        (np.eye(2), "none.qasm", "cannot be read"),
        (np.eye(2), "b.txt", r"\.npy"),
        (PauliSum(("Z" * 9,), (1.0,)), np.ones(512), "at most 8"),
        (np.eye(512), Circuit(9), "at most 8"),
    ],
)
def test_systems_that_cannot_be_solved(matrix: object, vector: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        linear_system(matrix, vector)


def test_parts_that_do_not_fit() -> None:
    with pytest.raises(InputError, match="circuit that prepares it"):
        linear_system(np.eye(2), [1.0, 1.0], local=True)
    task = linear_system(np.eye(2), Circuit(1))
    with pytest.raises(InputError, match="must prepare b"):
        dataclasses.replace(task, preparation=Circuit(1).append("x", 0))
    with pytest.raises(InputError, match="1 qubits"):
        dataclasses.replace(task, preparation=Circuit(2))
    with pytest.raises(InputError, match="2 entries"):
        dataclasses.replace(task, matrix=np.eye(4), vector=np.ones(4))
    with pytest.raises(InputError, match="ExpectationRatio"):
        LinearSystem("x", Infidelity([1.0, 0.0]), matrix=np.eye(2), vector=np.ones(2))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("linear/poison-3q", "linear/poisson-3q"),
        ("linear/ising-2q", "from 3 to 8"),
        ("linear/ising-9q", "'linear/ising-9q': .* from 3 to 8"),
        ("linear/poisson-8q", "'linear/poisson-8q': .* from 1 to 7 qubits; got 8"),
        ("linear/poisson-8q-local", "'linear/poisson-8q-local': .* from 1 to 7 qubits; got 8"),
        ("linear/poisson-3q-20", "takes no condition number"),
        ("linear/ising-chain-3q-1", "above 1"),
        ("linear/ising-chain-3q-1e5", "above 1"),
        ("linear/ising-chain-3q-ee", "above 1"),
    ],
)
def test_ids_that_do_not_exist(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(name)


@pytest.mark.parametrize(("a", "b"), [(1e-200, 1.0), (1.0, 1e-200), (1e-200, 1e-200)])
def test_numbers_whose_squares_vanish_are_refused(a: float, b: float) -> None:
    with pytest.raises(InputError, match=r"at least 1e-100 in size; got .*e-200\. Multiply it"):
        linear_system(np.diag([1.0, 2.0]) * a, np.ones(2) * b)


def test_small_and_large_numbers_are_measured() -> None:
    for size in (1e-99, 1e99):
        found = linear_system(np.diag([1.0, 2.0]) * size, [1 / size, 0.0]).metrics(Circuit(1))
        assert found["residual-norm"] == pytest.approx(0.0, abs=1e-12)
        assert found["solution-real"] == pytest.approx([1 / size**2, 0.0])


def test_parts_of_different_systems_do_not_make_one() -> None:
    task, local = make("linear/ising-4q"), make("linear/ising-4q-local")
    assert dataclasses.replace(task, objective=local.objective).objective == local.objective
    other = make("linear/ising-chain-4q-20")
    for changes in (
        {"matrix": other.matrix},
        {"vector": np.arange(16.0), "preparation": None},
        {"objective": other.objective},
        {"objective": make("linear/ising-chain-4q-20-local").objective},
    ):
        with pytest.raises(InputError, match="must be the global cost of its matrix and vector"):
            dataclasses.replace(task, **changes)
    with pytest.raises(InputError, match="must be the global cost"):
        dataclasses.replace(local, preparation=None)


def test_registers_that_fill_the_memory_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.eye(2))
    file = tmp_path / "l.qasm"
    file.write_text('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1000000000];\n')
    with pytest.raises(
        InputError, match=r"up to 1000 qubits and bits in all; got 'qreg q\[1000000000"
    ):
        linear_system(tmp_path / "a.npy", file)
