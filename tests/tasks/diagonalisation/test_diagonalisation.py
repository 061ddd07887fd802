"""Diagonalisation tasks against dense NumPy and Qiskit."""

from __future__ import annotations

import argparse
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit.library import PermutationGate
from qiskit.quantum_info import (
    DensityMatrix,
    Operator,
    SparsePauliOp,
    partial_trace,
    random_unitary,
)
from strategies import circuits

from qrl.circuits import Circuit, PauliSum
from qrl.circuits.objectives import Expectation
from qrl.cli.builders import density as builder
from qrl.errors import InputError
from qrl.tasks.check import check_task
from qrl.tasks.codec import task_from_plain, task_to_plain
from qrl.tasks.diagonalisation import (
    HINT,
    IDS,
    Diagonalisation,
    density_from_matrix,
    make,
    random_density_matrix,
    read_density,
    reduced_ground_state,
)
from qrl.tasks.diagonalisation.rivals import exact_unitary
from qrl.tasks.task import dense_cost


@given(n=st.integers(1, 4), seed=st.integers(0, 2**40), data=st.data())
@settings(max_examples=30, deadline=None)
def test_random_density_matrices(n, seed, data):
    rank = data.draw(st.integers(1, 2**n))
    rho = random_density_matrix(n, seed, rank)
    values = np.linalg.eigvalsh(rho)
    assert np.array_equal(rho, rho.conj().T)
    assert values.sum() == pytest.approx(1.0)
    assert np.sum(values > 1e-12) == rank == np.linalg.matrix_rank(rho, tol=1e-12)
    assert np.array_equal(rho, random_density_matrix(n, seed, rank))
    assert not np.allclose(rho, random_density_matrix(n, seed + 1, rank))


def test_the_random_matrix_is_the_one_that_is_told():
    rng = np.random.default_rng(5)
    real, imaginary = rng.standard_normal((2, 8, 4))
    g = real + 1j * imaginary
    expected = g @ g.conj().T
    assert random_density_matrix(3, 5) == pytest.approx(expected / np.trace(expected))
    assert make("diag/random-3q-5").density == pytest.approx(expected / np.trace(expected))


def test_the_mean_purity_is_that_of_the_hilbert_schmidt_measure():
    # Zyczkowski and Sommers: (N + K) / (N K + 1) for N x K Ginibre matrices.
    purities = [np.linalg.norm(random_density_matrix(2, seed, 3)) ** 2 for seed in range(2000)]
    error = np.std(purities) / math.sqrt(len(purities))
    assert np.mean(purities) == pytest.approx((4 + 3) / (4 * 3 + 1), abs=4 * error)


@pytest.mark.parametrize(("chain", "n"), [("ising", 2), ("heisenberg", 2), ("ising", 3)])
def test_half_of_a_chain_is_a_partial_trace(chain, n):
    sites = 2 * n
    terms = []
    for q in range(sites - 1):
        letters = "Z" if chain == "ising" else "XYZ"
        terms += [(2 * p, [q, q + 1], -1.0 if chain == "ising" else 1.0) for p in letters]
    if chain == "ising":
        terms += [("X", [q], -1.0) for q in range(sites)]
    matrix = SparsePauliOp.from_sparse_list(terms, sites).to_matrix()
    ground = np.linalg.eigh(matrix)[1][:, 0]
    expected = partial_trace(DensityMatrix(ground), list(range(n, sites))).data
    assert reduced_ground_state(chain, n) == pytest.approx(expected, abs=1e-10)
    assert make(f"diag/{chain}-{n}q").density == pytest.approx(expected, abs=1e-10)


@given(circuit=circuits(3, 15), seed=st.integers(0, 1000), data=st.data())
@settings(max_examples=40, deadline=None)
def test_metrics_are_those_of_the_rotated_matrix(circuit, seed, data):
    n = circuit.n_qubits
    rho = random_density_matrix(n, seed, data.draw(st.integers(1, 2**n)))
    task = density_from_matrix(rho)
    unitary = Operator(circuit.qiskit()).data
    rotated = DensityMatrix(rho).evolve(Operator(unitary)).data
    diagonal = np.diag(rotated).real
    exact = np.linalg.eigvalsh(rho)
    metrics = task.metrics(circuit, lambda states: states @ unitary.T)
    assert metrics["eigenvalues"] == pytest.approx(sorted(diagonal, reverse=True), abs=1e-10)
    error = np.sum((np.sort(diagonal) - exact) ** 2)
    assert metrics["eigenvalue-error"] == pytest.approx(error, abs=1e-10)
    gap = np.trace(rho @ rho).real - np.sum(diagonal**2)
    assert metrics["dephasing-gap"] == pytest.approx(gap, abs=1e-10)
    assert dense_cost(task.objective, circuit) == pytest.approx(gap, abs=1e-10)
    assert metrics["purity"] - metrics["dephased-purity"] == metrics["dephasing-gap"]
    assert metrics["eigenvalue-error"] <= gap + 1e-12
    residuals = []
    for i in range(2**n):
        vector = unitary.conj().T[:, i]
        residuals.append(np.linalg.norm(rho @ vector - diagonal[i] * vector))
    assert metrics["worst-residual"] == pytest.approx(max(residuals), abs=1e-9)
    pairs = task.eigenvectors(circuit)
    assert [value for value, _ in pairs] == pytest.approx(metrics["eigenvalues"], abs=1e-10)
    for value, vector in pairs:
        assert np.linalg.norm(vector) == pytest.approx(1.0)
        assert (vector.conj() @ rho @ vector).real == pytest.approx(value, abs=1e-10)
        # It is U^dagger |i> for a basis state i.
        assert np.sort(np.abs(unitary @ vector))[-1] == pytest.approx(1.0)


def test_apply_is_used():
    task = make("diag/random-2q-1")
    seen = []

    def apply(states):
        seen.append(states.shape)
        return states

    metrics = task.metrics(Circuit(2).append("h", 0), apply)
    assert seen == [(4, 4)]
    assert metrics["eigenvalues"] == pytest.approx(sorted(np.diag(task.density).real)[::-1])


def test_nothing_alters_the_input():
    rho = random_density_matrix(2, 3)
    before = rho.copy()
    task = density_from_matrix(rho)
    circuit = Circuit(2).append("ry", 0, angle=0.4).append("cx", 0, 1)
    first = task.metrics(circuit)
    for _ in range(2):
        task.rivals(circuit)
        task.trivial()
        task.eigenvectors(circuit)
        assert dense_cost(task.objective, circuit) == pytest.approx(first["dephasing-gap"])
    assert np.array_equal(rho, before)
    assert np.array_equal(task.density, before)
    assert task.metrics(circuit) == first
    with pytest.raises(ValueError, match="read-only"):
        task.density[0, 0] = 0.0
    rho[0, 0] = 7.0
    assert np.array_equal(task.density, before)


@pytest.mark.parametrize("name", ["diag/random-2q-2", "diag/random-3q-1", "diag/heisenberg-2q"])
def test_rivals(name):
    task = make(name)
    found = Circuit(task.n_qubits).append("cx", 0, 1).append("cx", 1, 0).append("cx", 0, 1)
    exact, layout = task.rivals(found).values()
    rotated = DensityMatrix(task.density).evolve(exact.circuit.qiskit()).data
    assert rotated == pytest.approx(np.diag(np.diag(rotated)), abs=1e-6)
    assert exact.cost == pytest.approx(0.0, abs=1e-9)
    values = np.linalg.eigvalsh(task.density)
    assert np.sort(np.diag(rotated).real) == pytest.approx(values, abs=1e-9)
    assert layout.cnots == 3
    assert layout.cost == pytest.approx(dense_cost(task.objective, layout.circuit), abs=1e-10)
    assert layout.cost <= task.trivial()["empty-circuit"].cost
    assert layout.evaluations > 8
    real = not np.abs(task.density.imag).any()
    assert real == ("rz" not in layout.circuit.counts)
    if task.n_qubits == 2:
        assert layout.cost < 1e-6  # three CNOTs and rotations between are every unitary
    again = task.rivals(found)["hardware-efficient"]
    assert (again.cost, again.circuit) == (layout.cost, layout.circuit)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n", [2, 3])
def test_the_exact_unitary_turns_eigenvectors_to_basis_states_in_their_order(n, seed):
    """Also where a compiler would rather rename qubits than swap them."""
    swap = Operator(PermutationGate([1, 0, *range(2, n)])).data
    local = random_unitary(2, seed=seed).data
    for k in range(1, n):
        local = np.kron(random_unitary(2, seed=seed + 10 * k).data, local)
    vectors = local @ swap
    values = np.arange(1, 2**n + 1) / (2 ** (n - 1) * (2**n + 1))  # rising, as eigh gives them
    circuit = exact_unitary(vectors @ np.diag(values) @ vectors.conj().T)
    turned = Operator(circuit.qiskit()).data @ vectors
    np.testing.assert_allclose(np.abs(turned), np.eye(2**n), atol=1e-6)


def test_one_qubit_without_cnots_is_solved_exactly():
    # Eigenvectors along y: RY alone, or RZ after RY, could not turn them.
    task = density_from_matrix(np.array([[0.5, -0.4j], [0.4j, 0.5]]))
    exact, layout = task.rivals(Circuit(1)).values()
    assert (layout.cnots, exact.cnots) == (0, 0)
    assert layout.cost < 1e-10
    # <Y> = 0.8 before; RX by a quarter turns it to Z.
    turned = Circuit(1).append("rx", 0, angle=math.pi / 2)
    assert task.metrics(turned)["eigenvalues"] == pytest.approx([0.9, 0.1])
    assert task.metrics(Circuit(1))["eigenvalue-error"] == pytest.approx(2 * 0.4**2)
    (high, vector), (low, _) = task.eigenvectors(turned)
    assert (high, low) == pytest.approx((0.9, 0.1))
    assert abs(np.vdot(vector, [1, 1j])) ** 2 / 2 == pytest.approx(1.0)


def test_ids():
    assert len(IDS) == len(set(IDS))
    for name in IDS:
        task = make(name)
        assert (task.name, task.family, task.reference) == (name, "diag", 0.0)
        assert f"-{task.n_qubits}q" in name
    assert make("diag/random-4q-7-rank2").metadata["rank"] == 2
    assert make("diag/random-1q-0").metadata["rank"] == 2
    assert make("diag/random-2q-1").metadata["seed"] == 1
    assert "diag/heisenberg-3q" in HINT
    assert make("diag/heisenberg-3q").n_qubits == 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("diag/random-2q", "Did you mean 'diag/random-2q"),
        ("diag/random-0q-1", "number of qubits must be .* 1 to 6; got 0"),
        ("diag/random-9q-1", "got 9"),
        ("diag/random-2q-1-rank5", "rank must be .* 1 to 4; got 5"),
        ("diag/random-2q-1-rank0", "got 0"),
        ("diag/ising-7q", "1 to 6; got 7"),
        ("diag/xyz-2q", "Unknown task"),
        ("random-2q-1", "Unknown task"),
    ],
)
def test_ids_that_are_none(name, message):
    with pytest.raises(InputError, match=message):
        make(name)


REFUSED = {
    "not Hermitian": ([[0.5, 0.3], [0.1, 0.5]], "Hermitian"),
    "negative": (np.diag([1.2, -0.2]), "positive.* -0.2"),
    "trace": (np.diag([0.5, 0.6]), "trace 1; got 1.1"),
    "length": (np.eye(3) / 3, r"2\*\*n"),
    "one": ([[1.0]], r"2\*\*n.* got \(1, 1\)"),
    "vector": ([1.0, 0.0], r"got \(2,\)"),
    "scalar": (1.0, r"got \(\)"),
    "not square": (np.zeros((2, 4)), r"got \(2, 4\)"),
    "NaN": (np.diag([math.nan, 1.0]), "finite"),
    "infinite": (np.diag([math.inf, 1.0]), "finite"),
    "text": ("rho", "numbers"),
    "ragged": ([[1.0, 0.0], [0.0]], "numbers"),
    "large": (np.diag([1.0] + [0.0] * 2047), "up to 1024 rows; got 2048"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_matrices_are_refused(name):
    matrix, message = REFUSED[name]
    with pytest.raises(InputError, match=message):
        density_from_matrix(matrix)


def test_other_bad_input():
    with pytest.raises(InputError, match=r"qrl\.DephasingGap"):
        Diagonalisation("mine", Expectation(PauliSum(("Z",), (1.0,))))
    with pytest.raises(InputError, match="Unknown chain 'xy'"):
        reduced_ground_state("xy", 2)
    with pytest.raises(InputError, match="whole number"):
        random_density_matrix(2.0, 1)
    with pytest.raises(InputError, match=r"seed must be .* at least 0; got -1"):
        random_density_matrix(2, -1)


def test_matrices_from_files(tmp_path):
    rho = random_density_matrix(2, 4)
    file = tmp_path / "rho.npy"
    np.save(file, rho)
    assert np.array_equal(read_density(file), rho)
    parser = argparse.ArgumentParser()
    builder.add_arguments(parser)
    task = builder.build(parser.parse_args([str(file)]))
    assert np.array_equal(task.density, rho)
    np.savez(tmp_path / "two.npz", a=rho, b=rho)
    (tmp_path / "text.npy").write_text("0.5 0\n0 0.5\n")
    (tmp_path / "empty.npy").write_bytes(b"")
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    for name, message in {
        "two.npz": "read from .npy, .csv or .txt",
        "text.npy": "not a complete .npy file",
        "empty.npy": "not a complete .npy file",
        "objects.npy": "not a complete .npy file",
        "missing.npy": "cannot be read",
    }.items():
        with pytest.raises(InputError, match=message):
            read_density(tmp_path / name)


@pytest.mark.parametrize("name", ["diag/random-2q-1", "diag/random-3q-2", "diag/ising-3q"])
def test_tasks_keep_the_laws(name):
    task = make(name)
    assert task_from_plain(task_to_plain(task), where="test") == task
    check_task(task, rivals=True)
