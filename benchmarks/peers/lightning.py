"""Energies and gradients by PennyLane's `lightning.qubit` with its adjoint method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import GATES
from qrl.circuits.pauli import PauliSum


class LightningEnergy:
    """Energy and gradient of one circuit by the device, and through a QNode.

    The operator is a sparse matrix: for tens of terms and more that is faster than Pauli words. A
    matrix has qubit 0 last, so that qubit q is wire n - 1 - q.
    """

    def __init__(self, operator: PauliSum, circuit: Circuit) -> None:
        import pennylane as qml
        from pennylane.devices import ExecutionConfig
        from scipy.sparse import csr_matrix

        n = operator.n_qubits
        matrix = qml.SparseHamiltonian(csr_matrix(operator.sparse()), wires=range(n))
        self._device = qml.device("lightning.qubit", wires=n)
        config = ExecutionConfig(gradient_method="adjoint", use_device_gradient=True)
        self._config = self._device.setup_execution_config(config)
        script = qml.tape.QuantumScript(
            list(_operations(circuit, circuit.angles)),
            [qml.expval(matrix)],
            trainable_params=range(len(circuit.angles)),
        )
        scripts, _ = self._device.preprocess_transforms(self._config)([script])
        self._scripts = scripts

        def energy(angles: Any) -> Any:
            list(_operations(circuit, angles))
            return qml.expval(matrix)

        node = qml.QNode(energy, self._device, diff_method="adjoint")
        angles = qml.numpy.array(circuit.angles, requires_grad=True)
        gradient = qml.grad(node)
        self.through_qnode: Callable[[], Any] = lambda: gradient(angles)

    def run(self) -> Any:
        """Return what the device gives for energy and gradient; nothing is prepared any more."""
        return self._device.execute_and_compute_derivatives(self._scripts, self._config)

    def gradient(self) -> NDArray[np.float64]:
        """Return the gradient."""
        return np.array(self.run()[1], dtype=float).ravel()


def _operations(circuit: Circuit, angles: Any) -> Any:
    import pennylane as qml

    index, n = 0, circuit.n_qubits
    for gate in circuit.gates:
        spec, wires = GATES[gate.name], [n - 1 - q for q in gate.qubits]
        operation = getattr(qml, spec.pennylane)
        if spec.parametric:
            yield operation(angles[index], wires=wires)
            index += 1
        else:
            yield operation(wires=wires)
