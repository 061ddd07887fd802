"""Noisy expectation values by Qiskit Aer's density matrix, with its fastest settings."""

from __future__ import annotations

from typing import Any

from qrl.circuits.circuit import Circuit
from qrl.circuits.convert.qiskit import to_qiskit
from qrl.circuits.pauli import PauliSum


class AerDensityMatrix:
    """Depolarizing noise after each gate of one circuit: gate fusion on, one thread.

    Noise is attached to gate names for all qubits, because a model that lists each qubit takes Aer
    fifty milliseconds to read on each call.

    Args:
        operator: what is measured.
        circuit: of rotations and CNOTs.
        single, double: probability of a Pauli error after gates on one and on two qubits.
    """

    def __init__(self, operator: PauliSum, circuit: Circuit, single: float, double: float) -> None:
        from qiskit_aer import AerSimulator
        from qiskit_aer.noise import NoiseModel, depolarizing_error

        model = NoiseModel(basis_gates=["rx", "ry", "rz", "cx"])
        # Aer counts the identity among the errors: 4**n of them, all alike.
        model.add_all_qubit_quantum_error(depolarizing_error(4 / 3 * single, 1), ["rx", "ry", "rz"])
        model.add_all_qubit_quantum_error(depolarizing_error(16 / 15 * double, 2), ["cx"])
        self._simulator = AerSimulator(
            method="density_matrix", noise_model=model, max_parallel_threads=1, fusion_enable=True
        )
        self._operator = operator.to_qiskit()
        self._circuit = self._measured(circuit)

    def value(self) -> float:
        """Return the expectation value; nothing is prepared any more."""
        return self._value(self._circuit)

    def value_of(self, circuit: Circuit) -> float:
        """Return the expectation value of another circuit."""
        return self._value(self._measured(circuit))

    def own_seconds(self) -> float:
        """Return the wall time that Aer itself names for the circuit, without its interface."""
        return float(self._simulator.run(self._circuit, shots=1).result().results[0].time_taken)

    def _measured(self, circuit: Circuit) -> Any:
        import qiskit_aer.library  # noqa: F401 (adds the instruction)

        result: Any = to_qiskit(circuit)
        result.save_expectation_value(self._operator, range(circuit.n_qubits))
        return result

    def _value(self, circuit: Any) -> float:
        data = self._simulator.run(circuit, shots=1).result().data()
        return float(data["expectation_value"])
