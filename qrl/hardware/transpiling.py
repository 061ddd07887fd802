"""Circuits in the gates and on the qubits of a device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qrl.checks import whole_number
from qrl.circuits.gates import GATES
from qrl.errors import InputError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qrl.circuits.circuit import Circuit
    from qrl.hardware.device import Device


@dataclass(frozen=True, slots=True)
class Counts:
    """The size of a circuit.

    Attributes:
        two_qubit: its gates on two qubits (or more).
        one_qubit: its gates on one qubit; virtual ones (rz of a device) are not counted.
        depth: in gates of either kind.
    """

    two_qubit: int
    one_qubit: int
    depth: int

    def to_dict(self) -> dict[str, int]:
        """Return plain data."""
        return {"two_qubit": self.two_qubit, "one_qubit": self.one_qubit, "depth": self.depth}


@dataclass(frozen=True, eq=False)
class Placed:
    """A circuit on a device, not measured yet.

    Attributes:
        circuit: of all qubits of the device, in its gates.
        qubits: where qubit k of the circuit is at its end: a qubit of the device for each.
        before: size of the circuit as it was found.
        after: its size on the device.
        seconds: how long it takes; None where the device does not say.
    """

    circuit: QuantumCircuit
    qubits: tuple[int, ...]
    before: Counts
    after: Counts
    seconds: float | None

    def on(self, circuit: QuantumCircuit) -> Placed:
        """Return the same with another circuit of the same effect, such as a folded one."""
        return replace(self, circuit=circuit)

    def measured(self, rotation: Circuit, translate: Any) -> QuantumCircuit:
        """Return the circuit with gates and a measurement of all its qubits behind it.

        Args:
            rotation: gates on the circuit's own qubits; of symmetries also CX and CZ between coupled ones.
            translate: the pass manager of `Placer.translate`.
        """
        from qiskit import ClassicalRegister

        whole = self.circuit.copy()
        if rotation.gates:
            # Translated alone: what was folded on purpose must not be cancelled.
            turned = whole.copy_empty_like().compose(rotation.qiskit(), self.qubits)
            whole.compose(translate.run(turned), inplace=True)
        register = ClassicalRegister(len(self.qubits), "meas")
        whole.add_register(register)
        whole.barrier(self.qubits)
        whole.measure(self.qubits, register)
        return whole


class Placer:
    """Transpiles circuits for a device, all of them to the same qubits.

    Args:
        device: where they are run.
        level: of Qiskit's preset pass managers, 0 to 3.
        layout: qubits of the device, for qubit 0, 1, ... of the circuits; None lets Qiskit choose for the
            first circuit, and the others follow.
        seed: of the transpiler.

    Raises:
        InputError: no such level, or a layout that the device does not have.
    """

    def __init__(self, device: Device, level: int, layout: Sequence[int] | None, seed: int) -> None:
        self.warnings: tuple[str, ...] = ()
        self._device, self._seed = device, seed
        self._level = whole_number("The optimisation level", level, least=0, most=3)
        self._layout = None if layout is None else _checked(layout, device)

    @property
    def translate(self) -> Any:
        """A pass manager for gates that are appended to circuits that are placed already."""
        stay = None if self._device.kind == "simulator" else list(range(self._device.n_qubits))
        return self._manager(min(self._level, 1), stay)

    def place(self, circuit: QuantumCircuit) -> Placed:
        """Transpile a circuit of gates.

        Raises:
            InputError: the layout is of another number of qubits.
        """
        if self._layout is not None and len(self._layout) != circuit.num_qubits:
            raise InputError(
                f"The layout names {len(self._layout)} qubits; the circuit has {circuit.num_qubits}."
            )
        made = self._transpiled(circuit)
        if made.layout is None:
            first = last = list(range(circuit.num_qubits))
        else:
            first = made.layout.initial_index_layout(filter_ancillas=True)
            last = made.layout.final_index_layout(filter_ancillas=True)
        if self._layout is None:
            self._layout = first
        return Placed(made, tuple(last), count(circuit), count(made), self._seconds(made))

    def _transpiled(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """Transpile at the level that was asked for, or where Qiskit fails there, at a lower one."""
        from qiskit.exceptions import QiskitError

        why = ""
        for level in range(self._level, -1, -1):
            try:
                made = self._manager(level, self._layout).run(circuit)
            except QiskitError as cause:
                why = why or str(cause.message).split(". ")[0].split("\n")[0][:120].rstrip(".")
                continue
            if why:
                self.warnings = (
                    f"Qiskit cannot transpile the circuit at level {self._level} ({why}); it was "
                    f"transpiled at level {level}.",
                )
            return made
        raise InputError(f"Qiskit cannot transpile the circuit for {self._device.name}: {why}.")

    def calibration(self, bits: str, qubits: Sequence[int]) -> QuantumCircuit:
        """Return a circuit that prepares bits on qubits of the device and measures them.

        Args:
            bits: the leftmost letter for the last of the qubits.
            qubits: of the device.
        """
        from qiskit import ClassicalRegister, QuantumCircuit

        n_qubits = max(qubits) + 1 if self._device.kind == "simulator" else self._device.n_qubits
        bare = QuantumCircuit(n_qubits)
        for qubit, bit in zip(qubits, reversed(bits), strict=True):
            if bit == "1":
                bare.x(qubit)
        whole = self.translate.run(bare)
        register = ClassicalRegister(len(qubits), "meas")
        whole.add_register(register)
        whole.barrier(qubits)
        whole.measure(qubits, register)
        return whole

    def _manager(self, level: int, layout: list[int] | None) -> Any:
        from qiskit.transpiler import generate_preset_pass_manager

        common = {"optimization_level": level, "seed_transpiler": self._seed}
        if self._device.kind == "simulator":
            # The gates of our table: those that its noise is told for, and that every method of Aer has.
            return generate_preset_pass_manager(
                basis_gates=list(GATES), initial_layout=layout, **common
            )
        return generate_preset_pass_manager(
            backend=self._device.backend, initial_layout=layout, **common
        )

    def _seconds(self, circuit: QuantumCircuit) -> float | None:
        from qiskit.circuit.exceptions import CircuitError
        from qiskit.exceptions import QiskitError

        if self._device.kind == "simulator":
            return None
        try:
            return float(circuit.estimate_duration(self._device.backend.target, "s"))
        except (QiskitError, CircuitError, KeyError, TypeError):
            return None


def count(circuit: QuantumCircuit) -> Counts:
    """Return the size of a circuit, in gates of a device or of our table."""
    from qiskit.transpiler import generate_preset_pass_manager

    if any(_is_whole(one.operation.name) for one in circuit.data):
        circuit = generate_preset_pass_manager(0, basis_gates=list(GATES)).run(circuit)
    sizes = [
        len(one.qubits)
        for one in circuit.data
        if one.operation.name not in ("barrier", "measure", "rz", "id")
    ]
    depth = circuit.depth(lambda one: one.operation.name not in ("barrier", "measure", "rz", "id"))
    return Counts(sum(size > 1 for size in sizes), sizes.count(1), int(depth))


def _is_whole(name: str) -> bool:
    """Return whether a gate stands for a circuit of its own: a state that is prepared, or a matrix."""
    return name == "unitary" or name.startswith("state_preparation")


def _checked(layout: Sequence[int], device: Device) -> list[int]:
    qubits = [
        whole_number("A qubit of the layout", one, least=0, most=device.n_qubits - 1)
        for one in layout
    ]
    if len(set(qubits)) < len(qubits):
        raise InputError(f"The layout names a qubit twice: {', '.join(map(str, qubits))}.")
    return qubits
