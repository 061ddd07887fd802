"""Pauli sums against dense matrices, Qiskit and PennyLane."""

import numpy as np
import pennylane as qml
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp, Statevector
from strategies import circuits, pauli_sums

from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.pauli import PauliSum, label_of, letter_on, masks
from qrl.errors import InputError

SUMS = st.integers(1, 4).flatmap(pauli_sums)


def test_leftmost_letter_acts_on_the_highest_qubit() -> None:
    z_on_0 = PauliSum(("IIZ",), (1.0,))
    assert dense.expectation(Circuit(3).append("x", 0), z_on_0) == pytest.approx(-1)
    assert dense.expectation(Circuit(3).append("x", 2), z_on_0) == pytest.approx(1)
    assert PauliSum.from_big_endian(["ZII"], [1.0]) == z_on_0


def test_equal_strings_add_up_in_order_of_appearance() -> None:
    total = PauliSum(("ZZ", "XI", "ZZ"), (0.5, 1.0, 0.25))
    assert total.labels == ("ZZ", "XI")
    assert total.weights == (0.75, 1.0)
    assert (len(total), total.n_qubits) == (2, 2)


@given(SUMS)
@settings(deadline=None, max_examples=60)
def test_dense_equals_qiskit(total: PauliSum) -> None:
    assert np.allclose(dense.operator(total), total.to_qiskit().to_matrix(), atol=1e-13)


@given(SUMS)
@settings(deadline=None, max_examples=60)
def test_sparse_equals_dense(total: PauliSum) -> None:
    sparse = total.sparse()
    assert sparse.shape == (2**total.n_qubits,) * 2
    assert np.allclose(sparse.toarray(), dense.operator(total), atol=1e-13)


@given(SUMS, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_diagonals_apply_the_operator(total: PauliSum, seed: int) -> None:
    size = 2**total.n_qubits
    rng = np.random.default_rng(seed)
    state = rng.normal(size=size) + 1j * rng.normal(size=size)
    index = np.arange(size)
    diagonals = total.diagonals()
    applied = sum(d * state[index ^ x] for x, d in diagonals)
    assert np.allclose(applied, dense.operator(total) @ state, atol=1e-12)
    xs = [x for x, _ in diagonals]
    assert xs == sorted({masks(label)[0] for label in total.labels})


@given(SUMS)
@settings(deadline=None, max_examples=60)
def test_pennylane_agrees(total: PauliSum) -> None:
    n = total.n_qubits
    theirs = qml.matrix(total.to_pennylane(), wire_order=list(range(n))[::-1])
    assert np.allclose(theirs, dense.operator(total), atol=1e-13)


@given(SUMS)
@settings(deadline=None, max_examples=60)
def test_round_trips_keep_labels_and_weights(total: PauliSum) -> None:
    assert PauliSum.from_qiskit(total.to_qiskit()) == total
    back = PauliSum.from_pennylane(total.to_pennylane(), total.n_qubits)
    assert dict(back.terms()) == dict(total.terms())


@given(circuits(min_qubits=3, max_qubits=3), pauli_sums(3))
@settings(deadline=None, max_examples=40)
def test_expectation_equals_qiskits(circuit: Circuit, total: PauliSum) -> None:
    state = Statevector(circuit.qiskit())
    expected = state.expectation_value(total.to_qiskit()).real
    assert dense.expectation(circuit, total) == pytest.approx(expected, abs=1e-11)


@given(SUMS)
@settings(deadline=None, max_examples=60)
def test_lower_bound_is_below_the_spectrum_around_its_mean(total: PauliSum) -> None:
    values = np.linalg.eigvalsh(dense.operator(total))
    assert total.lower_bound <= values[0] + 1e-10
    assert total.identity_weight == pytest.approx(values.mean(), abs=1e-10)


def test_lower_bound_is_reached_where_all_terms_commute() -> None:
    total = PauliSum(("II", "ZI", "IZ"), (-1.0, 0.5, -0.25))
    assert total.lower_bound == pytest.approx(np.linalg.eigvalsh(dense.operator(total))[0])


@pytest.mark.parametrize("label", ["X", "Y", "Z", "XY", "YYZ", "IYXZ"])
def test_masks_act_on_basis_states(label: str) -> None:
    x, z, phase = masks(label)
    matrix = dense.operator(PauliSum((label,), (1.0,)))
    for j in range(len(matrix)):
        expected = np.zeros(len(matrix), dtype=complex)
        expected[j ^ x] = phase * (-1) ** (j & z).bit_count()
        assert np.array_equal(matrix[:, j], expected)


@given(st.text("IXYZ", min_size=1, max_size=70))
def test_labels_come_back_from_their_masks(label: str) -> None:
    x, z, _ = masks(label)
    assert label_of(x, z, len(label)) == label


@given(st.sampled_from("IXYZ"), st.integers(1, 70), st.data())
def test_a_letter_is_placed_as_qiskit_places_it(letter: str, n: int, data: st.DataObject) -> None:
    qubits = data.draw(st.lists(st.integers(0, n - 1), unique=True))
    theirs = SparsePauliOp.from_sparse_list([(letter * len(qubits), qubits, 1.0)], n)
    assert letter_on(letter, qubits, n) == theirs.paulis[0].to_label()


@pytest.mark.parametrize("qubit", [-1, 3])
def test_letters_have_a_place(qubit: int) -> None:
    with pytest.raises(InputError, match=f"Qubits must be 0 to 2; got {qubit}"):
        letter_on("Z", (0, qubit), 3)


@pytest.mark.parametrize(
    ("labels", "weights", "message"),
    [
        ((), (), "at least one term"),
        ("ZZ", (1.0, 1.0), "list of Pauli strings"),
        (("ZZ", "XX"), (1.0,), "2 strings and 1 weights"),
        (("ZZ", "X"), (1.0, 1.0), "same length; the first has 2 letters, term 1"),
        (("ZA",), (1.0,), "only the letters I, X, Y and Z; term 0 .* has 'A'"),
        (("zz",), (1.0,), "only the letters"),
        (("",), (1.0,), "must be text such as"),
        ((3,), (1.0,), "must be text such as"),
        (("Z",), ("1",), "real numbers"),
        (("Z",), (None,), "real numbers"),
        (("Z",), (True,), "real numbers"),
        (("Z",), (1j,), "not Hermitian"),
        (("Z",), (float("nan"),), "finite"),
        (("Z",), (float("-inf"),), "finite"),
    ],
)
def test_refuses_bad_terms(labels: object, weights: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        PauliSum(labels, weights)  # type: ignore[arg-type]


def test_rounding_in_the_imaginary_part_is_dropped() -> None:
    assert PauliSum(("Z",), (0.5 + 1e-14j,)).weights == (0.5,)  # type: ignore[arg-type]


def test_refuses_operators_that_are_not_hermitian() -> None:
    with pytest.raises(InputError, match="not Hermitian"):
        PauliSum.from_qiskit(SparsePauliOp(["XX"], [0.5j]))
    with pytest.raises(InputError, match="not Hermitian"):
        PauliSum.from_pennylane(0.5j * qml.X(0))


def test_pennylane_wires_are_qubits() -> None:
    operator = 0.5 * qml.Z(0) @ qml.X(2) - qml.I(0)
    assert dict(PauliSum.from_pennylane(operator).terms()) == {"XIZ": 0.5, "III": -1.0}
    assert PauliSum.from_pennylane(qml.Z(0), 3) == PauliSum(("IIZ",), (1.0,))
    with pytest.raises(InputError, match="Wires must be integers"):
        PauliSum.from_pennylane(qml.Z("a"))
    with pytest.raises(InputError, match="Wires must be 0 to 1 on 2 qubits; got 2"):
        PauliSum.from_pennylane(operator, 2)
    with pytest.raises(InputError, match="made of Pauli words"):
        PauliSum.from_pennylane(qml.RX(0.3, 0))
