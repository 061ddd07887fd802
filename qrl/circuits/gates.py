"""The gate table: the only place that knows what each gate is.

Matrices are little-endian, as Qiskit's: for a gate on `(a, b)` the row index is `bit_a + 2 * bit_b`.
A parametrised gate is `exp(-i * angle / 2 * generator)` with the angle in radians.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qrl.errors import InputError, unknown_name

_PAULIS: dict[str, NDArray[np.complex128]] = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1.0 + 0j, -1.0]),
}


class Gate(NamedTuple):
    """A gate of the table placed on qubits, without its angle."""

    name: str
    qubits: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.qubits))})"


@dataclass(frozen=True, slots=True, eq=False)
class GateSpec:
    """What the package knows of one gate.

    Attributes:
        name: its name here, in Qiskit and in OpenQASM (they agree for the whole table).
        n_qubits: how many qubits it acts on.
        generator: Pauli label of the generator of a parametrised gate, else None.
        fixed: the matrix of a gate without parameter, shape (2**n_qubits, 2**n_qubits), else None.
        cnots: two-qubit gates in its decomposition to CNOT and single-qubit gates.
        singles: single-qubit gates in that decomposition.
        pennylane: name of the class in `pennylane`.
        opcode: number by which the kernels know it (`kernels/opcodes.py`).
    """

    name: str
    n_qubits: int
    opcode: int
    pennylane: str
    cnots: int = 0
    singles: int = 1
    generator: str | None = None
    fixed: NDArray[np.complex128] | None = field(default=None, repr=False)

    @property
    def parametric(self) -> bool:
        """Whether the gate takes an angle."""
        return self.generator is not None

    def matrix(self, angle: float = 0.0) -> NDArray[np.complex128]:
        """Return the unitary matrix of the gate at an angle in radians."""
        if self.fixed is not None:
            return self.fixed
        assert self.generator is not None
        generator = pauli_matrix(self.generator)
        identity = np.eye(len(generator), dtype=complex)
        result: NDArray[np.complex128] = (
            np.cos(angle / 2) * identity - 1j * np.sin(angle / 2) * generator
        )
        return result

    @property
    def symmetric(self) -> bool:
        """Whether exchanging the qubits leaves the gate the same."""
        return _is_symmetric(self.name)


def pauli_matrix(label: str) -> NDArray[np.complex128]:
    """Return the dense matrix of a Pauli label, leftmost letter on the highest qubit."""
    matrix = np.eye(1, dtype=complex)
    for letter in label:
        matrix = np.kron(matrix, _PAULIS[letter])
    return matrix


def _permutation(images: list[int]) -> NDArray[np.complex128]:
    return np.eye(len(images), dtype=complex)[:, images]


_HALF_X = np.array([[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]])
_r = np.sqrt(0.5)
_ECHOED = _r * (pauli_matrix("IX") - pauli_matrix("XY"))
"""Echoed cross-resonance: X of the first qubit after exp(-i pi/4 Z X), Z of the first, X of the second."""
_SPECS = (
    GateSpec("rx", 1, 0, "RX", generator="X"),
    GateSpec("ry", 1, 1, "RY", generator="Y"),
    GateSpec("rz", 1, 2, "RZ", generator="Z"),
    GateSpec("rzz", 2, 3, "IsingZZ", cnots=2, singles=1, generator="ZZ"),
    GateSpec("cx", 2, 4, "CNOT", cnots=1, singles=0, fixed=_permutation([0, 3, 2, 1])),
    GateSpec("cz", 2, 5, "CZ", cnots=1, singles=2, fixed=np.diag([1.0 + 0j, 1, 1, -1])),
    GateSpec("swap", 2, 6, "SWAP", cnots=3, singles=0, fixed=_permutation([0, 2, 1, 3])),
    GateSpec("h", 1, 7, "Hadamard", fixed=_r * np.array([[1, 1], [1, -1]], dtype=complex)),
    GateSpec("x", 1, 8, "PauliX", fixed=_PAULIS["X"]),
    GateSpec("y", 1, 9, "PauliY", fixed=_PAULIS["Y"]),
    GateSpec("z", 1, 10, "PauliZ", fixed=_PAULIS["Z"]),
    GateSpec("s", 1, 11, "S", fixed=np.diag([1, 1j])),
    GateSpec("t", 1, 12, "T", fixed=np.diag([1, np.exp(0.25j * np.pi)])),
    GateSpec("sx", 1, 13, "SX", fixed=_HALF_X),
    GateSpec("ecr", 2, 14, "ECR", cnots=1, singles=3, fixed=_ECHOED),
)

GATES: dict[str, GateSpec] = {spec.name: spec for spec in _SPECS}

GATE_SETS: dict[str, tuple[str, ...]] = {
    "cx+rotations": ("cx", "rx", "ry", "rz"),
    "cz+rotations": ("cz", "rx", "ry", "rz"),
    "rzz+rotations": ("rzz", "rx", "ry", "rz"),
    "cx+ry": ("cx", "ry"),
    "clifford": ("cx", "h", "s"),
    "ibm-cz": ("cz", "rz", "sx", "x"),
    "ibm-ecr": ("ecr", "rz", "sx", "x"),
}


def gate_spec(name: str) -> GateSpec:
    """Look a gate up by name.

    Raises:
        InputError: the table has no such gate; the message names the nearest.
    """
    try:
        return GATES[name]
    except (KeyError, TypeError):
        raise unknown_name("gate", str(name), GATES) from None


def gate_set(names: str) -> tuple[str, ...]:
    """Read a gate set: a name of `GATE_SETS`, or gate names joined by commas.

    Raises:
        InputError: unknown gate or set.
    """
    if not isinstance(names, str):
        raise InputError(f"A gate set is a text such as 'cx+rotations'; got {names!r}.")
    if names in GATE_SETS:
        return GATE_SETS[names]
    if "," not in names and names not in GATES:
        raise unknown_name(
            "gate set",
            names,
            [*GATE_SETS, *GATES],
            "Or gate names joined by commas, as 'cx,ry,rz'.",
        )
    parts = dict.fromkeys(part.strip() for part in names.split(","))
    return tuple(gate_spec(part).name for part in parts)


@cache
def _is_symmetric(name: str) -> bool:
    spec = GATES[name]
    if spec.n_qubits == 1:
        return True
    matrix = spec.matrix(0.7)
    swap = GATES["swap"].matrix()
    return bool(np.allclose(swap @ matrix @ swap, matrix))
