"""Energies and gradients by qulacs.

qulacs rotates the other way round (`RX(a)` there is `exp(+i a X / 2)`), so angles change sign on the
way in and gradients on the way out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qulacs import Observable, ParametricQuantumCircuit, QuantumState
from scipy.optimize import minimize

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate
from qrl.circuits.pauli import PauliSum


def observable(operator: PauliSum) -> Observable:
    """Return a Pauli sum as a qulacs observable."""
    n = operator.n_qubits
    result = Observable(n)
    for label, weight in operator.terms():
        words = [f"{p} {n - 1 - k}" for k, p in enumerate(label) if p != "I"]
        result.add_operator(weight, " ".join(words))
    return result


class QulacsEnergy:
    """Energy and gradient by qulacs of a circuit that grows gate by gate.

    Attributes:
        evaluations: calls so far.
    """

    def __init__(self, operator: PauliSum, circuit: Circuit) -> None:
        self.observable = observable(operator)
        self.circuit = ParametricQuantumCircuit(circuit.n_qubits)
        self._state = QuantumState(circuit.n_qubits)
        self.evaluations = 0
        for gate, angle in circuit.placed():
            self.append(gate, angle or 0.0)

    def append(self, gate: Gate, angle: float = 0.0) -> None:
        """Append a gate."""
        circuit, qubits = self.circuit, gate.qubits
        match gate.name:
            case "cx":
                circuit.add_CNOT_gate(qubits[0], qubits[1])
            case "x":
                circuit.add_X_gate(qubits[0])
            case "rx":
                circuit.add_parametric_RX_gate(qubits[0], -angle)
            case "ry":
                circuit.add_parametric_RY_gate(qubits[0], -angle)
            case "rz":
                circuit.add_parametric_RZ_gate(qubits[0], -angle)
            case other:
                raise ValueError(f"The peer knows cx, x, rx, ry and rz; got {other!r}.")

    def set_negated(self, negated: Sequence[float]) -> None:
        """Set all angles, given with qulacs' sign."""
        set_parameter = self.circuit.set_parameter
        for index, angle in enumerate(negated):
            set_parameter(index, angle)

    def gradient(self) -> NDArray[np.float64]:
        """Return the gradient at the angles last set, with our sign."""
        return -np.array(self.circuit.backprop(self.observable))

    def value(self) -> float:
        """Return the energy at the angles last set."""
        self._state.set_zero_state()
        self.circuit.update_quantum_state(self._state)
        return float(self.observable.get_expectation_value(self._state))

    def value_and_gradient(self, angles: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Return energy and gradient, as SciPy's minimisers ask for them."""
        self.evaluations += 1
        self.set_negated((-angles).tolist())
        return self.value(), self.gradient()

    def lowest(
        self, angles: NDArray[np.float64], *, slope: float, evaluations: int
    ) -> tuple[float, NDArray[np.float64]]:
        """Return energy and angles where SciPy's L-BFGS-B ends.

        Args:
            angles: where it starts, radians.
            slope: largest derivative at which it stops, hartree per radian.
            evaluations: how many of energy and gradient it may take.
        """
        minimise: Any = minimize  # the type hints of SciPy know no method as an objective
        options = {"gtol": slope, "ftol": 0.0, "maxfun": evaluations}
        found = minimise(
            self.value_and_gradient, angles, jac=True, method="L-BFGS-B", options=options
        )
        return float(found.fun), found.x
