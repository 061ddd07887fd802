"""PennyLane as an engine: slower than ours, and independent of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.engines.plain_engine import PlainEngine, input_norms
from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Head, Objective
    from qrl.circuits.pauli import PauliSum

DEVICES = ("default.qubit", "lightning.qubit")


class PennylaneEngine(PlainEngine):
    """Scores circuits with a state-vector simulator of PennyLane.

    Gradients are by backpropagation on "default.qubit", and by the adjoint method on
    "lightning.qubit" for the objectives `Expectation` and `CodeOverlap`; for the others that device
    takes the shift rules of `PlainEngine`.

    Args:
        objective: what is scored.
        noise: refused unless it changes nothing; the engine has state vectors only.
        device: "default.qubit" or "lightning.qubit".

    Raises:
        InputError: noise, or an unknown device.
    """

    name = "pennylane"

    def __init__(
        self,
        objective: Objective,
        noise: NoiseModel | None = None,
        *,
        device: str = "default.qubit",
    ) -> None:
        super().__init__(objective)
        if noise is not None and not noise.is_noiseless:
            raise InputError(
                f"The engine 'pennylane' takes no noise; got the model {noise.name!r}. "
                "Use the engine 'noisy' or 'aer'."
            )
        if device not in DEVICES:
            raise unknown_name("PennyLane device", str(device), DEVICES)
        import pennylane as qml

        self.noise = noise
        self.device = device
        self._inputs = objective.inputs
        # PennyLane takes the first wire for the highest bit.
        self._wires = list(range(self.n_qubits))[::-1]
        self._device = qml.device(device, wires=self._wires)

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""
        return self.objective.cost(self.outputs(circuit))

    def outputs(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the output state for each input of the objective, shape (inputs, 2**n)."""
        import pennylane as qml

        self.check_size(circuit)
        tapes = self._tapes(circuit.pennylane(), [qml.state()] * self._head.n_inputs)
        return np.array(qml.execute(tapes, self._device, diff_method=None))

    def value_and_gradient(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        """Return the cost and its derivative by each angle, shape (rotations,), per radian."""
        self.check_size(circuit)
        if not circuit.angles:
            return self.value(circuit), np.zeros(0)
        if self.device == "default.qubit":
            return self._backpropagated(circuit)
        if self._head.kind == "linear":
            return self._adjoint(circuit)
        return super().value_and_gradient(circuit)

    def _backpropagated(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        import pennylane as qml

        outputs = self.outputs(circuit)
        slopes = _slopes(self._head, outputs).conj()

        # Of the same gradient as the cost at these angles, and linear in the states.
        def linear(angles: Any) -> Any:
            tapes = self._tapes(_bound(circuit, angles), [qml.state()] * self._head.n_inputs)
            states = qml.execute(tapes, self._device, diff_method="backprop", interface="autograd")
            parts = zip(slopes, states, strict=True)
            return sum(qml.math.real(qml.math.sum(slope * state)) for slope, state in parts)

        gradient = qml.grad(linear)(qml.numpy.array(circuit.angles, requires_grad=True))
        return self.objective.cost(outputs), np.asarray(gradient, dtype=np.float64)

    def _adjoint(self, circuit: Circuit) -> tuple[float, NDArray[np.float64]]:
        import pennylane as qml

        weights = input_norms(self._head) ** 2
        means = [qml.expval(observable.to_pennylane()) for observable in self._head.observables]
        each = means if len(means) > 1 else means * len(weights)

        def cost(angles: Any) -> Any:
            tapes = self._tapes(_bound(circuit, angles), each)
            values = qml.execute(tapes, self._device, diff_method="adjoint", interface="autograd")
            return sum(weight * value for weight, value in zip(weights, values, strict=True))

        gradient = qml.grad(cost)(qml.numpy.array(circuit.angles, requires_grad=True))
        return self.value(circuit), np.asarray(gradient, dtype=np.float64)

    def _tapes(self, gates: Any, measured: list[Any]) -> list[Any]:
        """Return one tape for each input, with what is measured on it."""
        import pennylane as qml

        starts: list[list[Any]] = [[]]
        if self._head.inputs is not None:
            starts = [[qml.StatePrep(state, wires=self._wires)] for state in self._inputs]
        return [
            qml.tape.QuantumScript([*start, *gates.operations], [what])
            for start, what in zip(starts, measured, strict=True)
        ]


def _bound(circuit: Circuit, angles: Any) -> Any:
    """Return the circuit with angles that PennyLane differentiates by."""
    count = len(circuit.angles)
    return circuit.pennylane().bind_new_parameters([angles[p] for p in range(count)], range(count))


def _slopes(head: Head, outputs: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return G with `d cost = sum_k Re <G_k|d psi_k>`, shape (inputs, 2**n)."""
    norms = input_norms(head)[:, None]
    states = norms * outputs
    result: Any
    if head.kind == "overlap":
        assert head.target is not None
        overlaps = np.sum(head.target.conj() * states, axis=1, keepdims=True)
        result = -2.0 * head.target * (overlaps.sum() if head.coherent else overlaps)
    elif head.kind == "dephasing":
        result = -4.0 * np.sum(np.abs(states) ** 2, axis=0) * states
    else:
        images = np.stack([_image(observable, states) for observable in head.observables])
        if head.kind == "linear":
            row = np.arange(len(states))
            result = 2.0 * (images[row, row] if len(images) > 1 else images[0])
        else:
            values: Any = np.einsum("ki,jki->kj", states.conj(), images).real
            result = 2.0 * np.einsum("kj,jki->ki", _loss_slopes(head, values), images)
    slopes: NDArray[np.complex128] = norms * result
    return slopes


def _image(observable: PauliSum, states: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return the observable applied to each state, shape (states, 2**n)."""
    image: Any = observable.sparse() @ states.T
    applied: NDArray[np.complex128] = image.T
    return applied


def _loss_slopes(head: Head, values: Any) -> NDArray[np.float64]:
    """Return the derivative of a smooth head by each expectation value, of the same shape."""
    weights, scaled = head.weights[:, None], head.scale * values
    result: NDArray[np.float64]
    if head.loss == "squared":
        result = 2.0 * weights * (values - head.labels)
    elif head.loss == "logistic":
        # 1 / (1 + exp(x)) without overflow.
        share = np.exp(-np.logaddexp(0.0, head.labels * scaled))
        result = -head.scale * weights * head.labels * share
    elif head.loss == "softmax":
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        result = head.scale * weights * (powers / powers.sum(axis=1, keepdims=True) - head.labels)
    else:
        above, below = values[:, :1], values[:, 1:]
        result = np.concatenate([-1.0 / below, above / below**2], axis=1)
    return result
