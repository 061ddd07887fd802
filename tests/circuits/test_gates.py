"""The gate table against Qiskit's standard gates."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import CXGate, get_standard_gate_name_mapping
from qiskit.quantum_info import Operator
from qiskit.synthesis import TwoQubitBasisDecomposer
from strategies import angles

from qrl.circuits.gates import GATE_SETS, GATES, gate_set, gate_spec, pauli_matrix
from qrl.errors import InputError

STANDARD: dict[str, Any] = get_standard_gate_name_mapping()
SINGLES = ["rx", "ry", "rz", "h", "x", "y", "z", "s", "t", "sx"]


def _standard(name: str, angle: float) -> Any:
    kind = STANDARD[name].base_class
    return kind(angle) if gate_spec(name).parametric else kind()


@pytest.mark.parametrize("name", GATES)
@given(angle=angles(bound=20.0))
@settings(deadline=None, max_examples=20)
def test_matrix_equals_qiskits(name: str, angle: float) -> None:
    expected = Operator(_standard(name, angle)).data
    assert np.allclose(gate_spec(name).matrix(angle), expected, atol=1e-14)


@pytest.mark.parametrize("name", GATES)
def test_matrix_is_unitary_and_of_the_right_shape(name: str) -> None:
    spec = gate_spec(name)
    matrix = spec.matrix(0.83)
    assert matrix.shape == (2**spec.n_qubits,) * 2
    assert np.allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), atol=1e-14)


@pytest.mark.parametrize("name", [name for name, spec in GATES.items() if spec.parametric])
def test_rotation_is_the_exponential_of_its_generator(name: str) -> None:
    from scipy.linalg import expm

    spec = gate_spec(name)
    generator = pauli_matrix(spec.generator or "")
    assert np.allclose(spec.matrix(1.7), expm(-0.5j * 1.7 * generator), atol=1e-14)
    assert np.allclose(spec.matrix(0.0), np.eye(len(generator)))


@pytest.mark.parametrize("name", GATES)
def test_cost_is_what_qiskits_decomposition_needs(name: str) -> None:
    spec = gate_spec(name)
    circuit = QuantumCircuit(spec.n_qubits)
    circuit.append(_standard(name, 0.83), range(spec.n_qubits))
    counts = transpile(circuit, basis_gates=["cx", *SINGLES], optimization_level=1).count_ops()
    assert counts.pop("cx", 0) == spec.cnots
    assert sum(counts.values()) == spec.singles


@pytest.mark.parametrize("name", [name for name, spec in GATES.items() if spec.n_qubits == 2])
def test_no_decomposition_has_fewer_cnots(name: str) -> None:
    spec = gate_spec(name)
    assert TwoQubitBasisDecomposer(CXGate()).num_basis_gates(spec.matrix(0.83)) == spec.cnots


@pytest.mark.parametrize("name", [name for name, spec in GATES.items() if spec.n_qubits == 2])
def test_symmetry_is_that_of_the_matrix(name: str) -> None:
    reverse = Operator(_standard(name, 0.83)).reverse_qargs().data
    assert gate_spec(name).symmetric == np.allclose(gate_spec(name).matrix(0.83), reverse)


def test_opcodes_are_the_kernels_and_unique() -> None:
    from qrl.circuits.kernels import opcodes

    for name, spec in GATES.items():
        assert getattr(opcodes, name.upper()) == spec.opcode
    assert sorted(spec.opcode for spec in GATES.values()) == list(range(len(GATES)))


@pytest.mark.parametrize("name", GATE_SETS)
def test_named_gate_sets_hold_gates_of_the_table(name: str) -> None:
    assert gate_set(name) == GATE_SETS[name]
    assert set(gate_set(name)) <= set(GATES)


def test_gate_set_reads_a_list_once_each() -> None:
    assert gate_set("cx, ry,cx ,rz") == ("cx", "ry", "rz")
    assert gate_set("ry") == ("ry",)
    assert gate_set("clifford") == ("cx", "h", "s")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("cx+rotation", r"Unknown gate set .* 'cx\+rotations'"),
        ("cx,rq", "Unknown gate 'rq'"),
        ("", "Unknown gate set"),
    ],
)
def test_refuses_gate_sets(names: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        gate_set(names)


def test_refuses_unknown_gate_and_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"Did you mean .*'swap'"):
        gate_spec("swpa")
    with pytest.raises(InputError, match="Unknown gate"):
        gate_spec(["cx"])  # type: ignore[arg-type]
