"""Circuits as frozen values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.gates import Gate, gate_spec
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit


@dataclass(frozen=True, slots=True)
class Circuit:
    """A parametrised quantum circuit that starts in |0...0>.

    Qubit 0 is the least significant bit of a state's index (little-endian, as Qiskit).

    Attributes:
        n_qubits: number of qubits, at least 1.
        gates: gates in the order in which they act.
        angles: radians, one for each parametrised gate, in the order of `gates`.
    """

    n_qubits: int
    gates: tuple[Gate, ...] = ()
    angles: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not _is_whole(self.n_qubits) or self.n_qubits < 1:
            raise InputError(f"A circuit needs at least 1 qubit; got n_qubits={self.n_qubits!r}.")
        object.__setattr__(self, "n_qubits", int(self.n_qubits))
        try:
            gates = tuple(_checked_gate(*gate, n_qubits=self.n_qubits) for gate in self.gates)
        except TypeError:
            raise InputError(
                "Gates must be pairs of a name and a tuple of qubits, as Gate('cx', (0, 1)); "
                f"got {self.gates!r}."
            ) from None
        needed = sum(gate_spec(gate.name).parametric for gate in gates)
        try:
            angles = tuple(float(angle) for angle in self.angles)
        except (TypeError, ValueError, OverflowError):
            raise InputError(
                f"Angles must be real numbers in radians; got {self.angles!r}."
            ) from None
        if len(angles) != needed:
            raise InputError(
                f"The circuit has {needed} parametrised gates and needs as many angles; got {len(angles)}."
            )
        if not all(map(math.isfinite, angles)):
            raise InputError(f"Angles must be finite; got {angles}.")
        object.__setattr__(self, "gates", gates)
        object.__setattr__(self, "angles", angles)

    # -- edits: each returns a new circuit -------------------------------------------------

    def append(self, name: str, *qubits: int, angle: float | None = None) -> Circuit:
        """Return the circuit with one more gate at its end."""
        return self.insert(len(self.gates), name, *qubits, angle=angle)

    def insert(self, index: int, name: str, *qubits: int, angle: float | None = None) -> Circuit:
        """Return the circuit with a gate placed before position `index`.

        Args:
            index: 0 to `len(self)`.
            name: a gate of the table.
            qubits: the qubits that it acts on, control first.
            angle: radians; required absent for a fixed gate, 0 where left out for a rotation.
        """
        if not 0 <= index <= len(self.gates):
            raise InputError(f"Position must be between 0 and {len(self.gates)}; got {index}.")
        parametric = gate_spec(name).parametric
        if angle is not None and not parametric:
            raise InputError(f"Gate {name!r} takes no angle; got {angle}.")
        p = self._parameters_before(index)
        new = (0.0 if angle is None else angle,) if parametric else ()
        return Circuit(
            self.n_qubits,
            (*self.gates[:index], Gate(name, qubits), *self.gates[index:]),
            (*self.angles[:p], *new, *self.angles[p:]),
        )

    def remove(self, index: int) -> Circuit:
        """Return the circuit without the gate at position `index`."""
        self._check_position(index)
        p = self._parameters_before(index)
        width = int(gate_spec(self.gates[index].name).parametric)
        return Circuit(
            self.n_qubits,
            self.gates[:index] + self.gates[index + 1 :],
            self.angles[:p] + self.angles[p + width :],
        )

    def replace(self, index: int, name: str, *qubits: int, angle: float | None = None) -> Circuit:
        """Return the circuit with another gate at position `index`."""
        return self.remove(index).insert(index, name, *qubits, angle=angle)

    def with_angles(self, angles: Sequence[float] | NDArray[np.float64]) -> Circuit:
        """Return the circuit with other angles, in radians."""
        values = np.asarray(angles)
        if values.ndim != 1 or values.dtype.kind != "f" or len(values) != len(self.angles):
            return Circuit(self.n_qubits, self.gates, tuple(angles))
        if not np.isfinite(values).all():
            raise InputError(f"Angles must be finite; got {tuple(angles)}.")
        # The gates have been checked; tuners come here often.
        circuit = object.__new__(Circuit)
        object.__setattr__(circuit, "n_qubits", self.n_qubits)
        object.__setattr__(circuit, "gates", self.gates)
        object.__setattr__(circuit, "angles", tuple(values.tolist()))
        return circuit

    # -- counts ----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.gates)

    @property
    def depth(self) -> int:
        """Layers of gates when each starts as early as it can."""
        levels = [0] * self.n_qubits
        for gate in self.gates:
            level = 1 + max(levels[q] for q in gate.qubits)
            for q in gate.qubits:
                levels[q] = level
        return max(levels)

    @property
    def counts(self) -> dict[str, int]:
        """Number of gates by name."""
        return dict(Counter(gate.name for gate in self.gates))

    @property
    def two_qubit_count(self) -> int:
        """CNOTs of the circuit after decomposition to CNOT and single-qubit gates."""
        return sum(gate_spec(gate.name).cnots for gate in self.gates)

    @property
    def rotation_count(self) -> int:
        """Gates that take an angle."""
        return len(self.angles)

    @property
    def gate_count(self) -> int:
        """Gates after decomposition to CNOT and single-qubit gates."""
        specs = [gate_spec(gate.name) for gate in self.gates]
        return sum(spec.cnots + spec.singles for spec in specs)

    # -- forms -----------------------------------------------------------------------------

    def canonical(self) -> Circuit:
        """Return the form shared by all circuits that differ only in the order of commuting gates."""
        from qrl.circuits.canonical import canonical_form

        return canonical_form(self)

    def unitary(self) -> NDArray[np.complex128]:
        """Return the dense unitary, shape (2**n, 2**n); slow, meant for small circuits and tests."""
        from qrl.circuits.dense import unitary

        return unitary(self)

    def placed(self) -> Iterable[tuple[Gate, float | None]]:
        """Yield each gate with its angle (None for a fixed gate)."""
        angles = iter(self.angles)
        for gate in self.gates:
            yield gate, next(angles) if gate_spec(gate.name).parametric else None

    # -- conversions -----------------------------------------------------------------------

    def qiskit(self) -> QuantumCircuit:
        """Return the circuit as a Qiskit `QuantumCircuit`."""
        from qrl.circuits.convert.qiskit import to_qiskit

        return to_qiskit(self)

    @staticmethod
    def from_qiskit(circuit: QuantumCircuit) -> Circuit:
        """Read a Qiskit circuit made of gates of the table."""
        from qrl.circuits.convert.qiskit import from_qiskit

        return from_qiskit(circuit)

    def qasm(self, version: int = 3) -> str:
        """Return OpenQASM text that keeps every angle to the last bit."""
        from qrl.circuits.convert.qasm import to_qasm

        return to_qasm(self, version=version)

    @staticmethod
    def from_qasm(text: str) -> Circuit:
        """Read OpenQASM 2 or 3 text made of gates of the table."""
        from qrl.circuits.convert.qasm import from_qasm

        return from_qasm(text)

    def pennylane(self) -> Any:
        """Return the circuit as a PennyLane `QuantumScript`; wire k is qubit k."""
        from qrl.circuits.convert.pennylane import to_pennylane

        return to_pennylane(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; `from_dict` gives the same circuit back, angles to the bit."""
        return {
            "n_qubits": self.n_qubits,
            "gates": [[gate.name, *gate.qubits] for gate in self.gates],
            "angles": list(self.angles),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Circuit:
        """Read what `to_dict` wrote.

        Raises:
            InputError: a field is missing or of another form.
        """
        try:
            gates = tuple(Gate(name, tuple(qubits)) for name, *qubits in data["gates"])
            return Circuit(data["n_qubits"], gates, tuple(data["angles"]))
        except (KeyError, TypeError, ValueError) as cause:
            if isinstance(cause, InputError):
                raise
            raise InputError(
                "A circuit needs the fields n_qubits, gates [[name, qubit, ...], ...] and angles; "
                f"reading them failed: {cause!r}."
            ) from cause

    def draw(self, output: str = "text") -> Any:
        """Draw the circuit: "text" returns a string, "mpl" a matplotlib figure."""
        from qrl.circuits.drawing import draw

        return draw(self, output)

    # -- internals -------------------------------------------------------------------------

    def _parameters_before(self, index: int) -> int:
        return sum(gate_spec(gate.name).parametric for gate in self.gates[:index])

    def _check_position(self, index: int) -> None:
        if not 0 <= index < len(self.gates):
            raise InputError(
                f"Positions go from 0 to below {len(self.gates)}, the number of gates; got {index}."
            )


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _checked_gate(name: str, qubits: tuple[int, ...], *, n_qubits: int) -> Gate:
    spec = gate_spec(name)
    if len(qubits) != spec.n_qubits or len(set(qubits)) != len(qubits):
        raise InputError(
            f"Gate {name!r} needs {spec.n_qubits} different qubits; got {tuple(qubits)}."
        )
    for q in qubits:
        if not _is_whole(q) or not 0 <= q < n_qubits:
            raise InputError(f"Gate {name!r} needs qubits from 0 to {n_qubits - 1}; got {q!r}.")
    return Gate(name, tuple(int(q) for q in qubits))
