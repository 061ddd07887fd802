"""Circuits to and from Qiskit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import GATES, Gate
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

_TOLERANCE = 1e-9
"""Largest difference of two matrix entries that is still taken for rounding."""
_TRANSPILE = "qiskit.transpile(circuit, basis_gates=['cx', 'rx', 'ry', 'rz'])"
_RENAME = f"Give the custom gate another name, then use {_TRANSPILE}."


def to_qiskit(circuit: Circuit) -> QuantumCircuit:
    """Return the circuit as a Qiskit `QuantumCircuit`; qubit k stays qubit k."""
    from qiskit import QuantumCircuit

    result = QuantumCircuit(circuit.n_qubits)
    for gate, angle in circuit.placed():
        # The table uses Qiskit's names, so the method of that name places the gate.
        place = getattr(result, gate.name)
        place(*(() if angle is None else (angle,)), *gate.qubits)
    return result


def from_qiskit(circuit: QuantumCircuit) -> Circuit:
    """Read a Qiskit circuit made of gates of the table.

    Barriers, identity gates and global phases are dropped: none of them can be measured. Gates are
    known by their matrix, not only by their name, so a custom gate called "rzz" must be one. A
    transpiled circuit is read as it stands: qubit k is its k-th physical qubit.

    Raises:
        InputError: measurements, classical bits, parameters without a value, or a gate that the
            table does not have.
    """
    _check_form(circuit)
    gates: list[Gate] = []
    angles: list[float] = []
    for instruction in circuit.data:
        operation = instruction.operation
        if _has_no_effect(operation):
            continue
        gate = Gate(operation.name, tuple(circuit.find_bit(q).index for q in instruction.qubits))
        angle = _angle(operation)
        _check_matrix(operation, gate, angle)
        gates.append(gate)
        angles.extend(() if angle is None else (angle,))
    return Circuit(circuit.num_qubits, tuple(gates), tuple(angles))


def _check_form(circuit: Any) -> None:
    from qiskit import QuantumCircuit

    if not isinstance(circuit, QuantumCircuit):
        raise InputError(f"Expected a Qiskit QuantumCircuit; got {type(circuit).__name__}.")
    if "measure" in circuit.count_ops():
        raise InputError(
            "A circuit of gates only is needed; this one has measurements. Remove those at its end "
            "with circuit.remove_final_measurements(inplace=False)."
        )
    if circuit.clbits:
        raise InputError(
            f"A circuit of gates only is needed; this one has {len(circuit.clbits)} classical "
            "bits, to which nothing is measured. Build it without them."
        )
    if circuit.parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters)
        raise InputError(
            f"Every angle needs a value; not bound: {names}. Use circuit.assign_parameters(values)."
        )


def _angle(operation: Any) -> float | None:
    """Return the angle of an instruction of the table, None for a fixed gate."""
    spec = GATES.get(operation.name)
    if spec is None:
        raise _unknown(operation)
    needed = int(spec.parametric)
    if operation.num_qubits != spec.n_qubits or len(operation.params) != needed:
        raise InputError(
            f"Gate {operation.name!r} of the table acts on {spec.n_qubits} qubits and takes "
            f"{needed} angles; the circuit's acts on {operation.num_qubits} and takes "
            f"{len(operation.params)}. {_RENAME}"
        )
    return float(operation.params[0]) if needed else None


def _check_matrix(operation: Any, gate: Gate, angle: float | None) -> None:
    if angle is not None and not np.isfinite(angle):
        raise InputError(f"Angles must be finite; gate {gate} has {angle}.")
    expected = GATES[gate.name].matrix(0.0 if angle is None else angle)
    if not _equal_up_to_phase(_matrix(operation), expected):
        raise InputError(
            f"The circuit's gate {gate} has the name of a gate of the table but another matrix. "
            f"{_RENAME}"
        )


def _has_no_effect(operation: Any) -> bool:
    from qiskit.circuit import Barrier
    from qiskit.circuit.library import GlobalPhaseGate

    if isinstance(operation, (Barrier, GlobalPhaseGate)):
        return True
    if operation.name != "id" or operation.num_qubits != 1:
        return False
    matrix = _matrix(operation)
    if not _equal_up_to_phase(matrix, np.eye(len(matrix), dtype=complex)):
        raise InputError(f"The circuit's gate 'id' is not the identity. {_RENAME}")
    return True


def _matrix(operation: Any) -> NDArray[np.complex128]:
    from qiskit.exceptions import QiskitError
    from qiskit.quantum_info import Operator

    try:
        matrix: NDArray[np.complex128] = Operator(operation).data
    except QiskitError as cause:
        raise InputError(
            f"The circuit's gate {operation.name!r} has no matrix; Qiskit says: {cause.message}."
        ) from cause
    return matrix


def _equal_up_to_phase(a: NDArray[np.complex128], b: NDArray[np.complex128]) -> bool:
    overlap = np.vdot(b, a)
    if abs(overlap) < 0.5 * len(a):
        return False
    return bool(np.allclose(a, overlap / abs(overlap) * b, rtol=0.0, atol=_TOLERANCE))


def _unknown(operation: Any) -> InputError:
    if operation.name == "reset":
        return InputError("A circuit of gates only is needed; this one resets a qubit.")
    return InputError(
        f"Gate {operation.name!r} is not in the table ({', '.join(GATES)}). To write the circuit "
        f"with gates that are, use {_TRANSPILE}."
    )
