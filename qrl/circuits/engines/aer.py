"""Qiskit Aer as an engine: slower than ours, and independent of it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.engines import memory
from qrl.circuits.engines.densities import cost_of_densities, density_inputs, reduced_densities
from qrl.circuits.engines.plain_engine import PlainEngine, input_shares
from qrl.errors import InputError, MissingExtra, QrlError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.noise import NoiseModel
    from qrl.circuits.objectives import Objective

_WORKING = 3
"""States beyond the results that a simulation holds at a time."""
_WORTH_THREADS = 14
"""Outputs of fewer than 2 to the power of this are made by one thread."""


class AerEngine(PlainEngine):
    """Scores circuits with Qiskit Aer: state vectors, or density matrices under noise.

    Inputs are set without noise. Readout errors change the expectation values of observables
    (`Expectation`, `CodeOverlap`, `Classification`, `ExpectationRatio`), not infidelities and
    dephasing gaps, and not `local_paulis`. Costs are exact: no shots.

    Args:
        objective: what is scored.
        noise: what follows each gate; None: nothing.

    Raises:
        InputError: the noise describes a smaller device, the problem does not fit into memory, or
            a process of more than 3 qubits is to be scored under noise.
        MissingExtra: Qiskit Aer is not installed.
    """

    name = "aer"

    def __init__(self, objective: Objective, noise: NoiseModel | None = None) -> None:
        from qrl.circuits.noise import to_aer

        super().__init__(objective)
        self.noise = noise
        acting = None if noise is None or noise.is_noiseless else noise
        self._is_noisy = acting is not None
        if noise is not None:
            noise.check_size(self.n_qubits)
        self._inputs = objective.inputs if acting is None else density_inputs(objective)
        exponent = _qubits(self._inputs) * (1 if acting is None else 2)
        _check_memory(exponent, len(self._inputs))
        options: dict[str, Any] = {"method": "statevector"}
        if acting is not None:
            options = {"method": "density_matrix", "noise_model": to_aer(acting, self.n_qubits)}
        self._simulator = _simulator(exponent, options)

    def value(self, circuit: Circuit) -> float:
        """Return the cost of a circuit at its angles."""
        if self._is_noisy:
            return cost_of_densities(self.objective, self.densities(circuit), self.noise)
        return self.objective.cost(self.outputs(circuit))

    def outputs(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the output state for each input of the objective, shape (inputs, 2**n).

        Raises:
            InputError: the engine has noise, so that outputs are mixed; see `densities`.
        """
        if self._is_noisy:
            raise InputError(
                "Under noise there are no output state vectors; use `densities`, or an AerEngine "
                "without noise."
            )
        return self._simulate(circuit)

    def densities(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return the output density matrix for each input, shape (inputs, 2**n, 2**n).

        For a process under noise: its Choi state, shape (1, 4**n, 4**n); see `density_inputs`.
        """
        outputs = self._simulate(circuit)
        if self._is_noisy:
            return outputs
        pure: NDArray[np.complex128] = np.einsum("ki,kj->kij", outputs, outputs.conj())
        return pure

    def _reduced(self, circuit: Circuit) -> NDArray[np.complex128]:
        if not self._is_noisy:
            return super()._reduced(circuit)
        shares = np.ones(1) if self._head.coherent else input_shares(self._head)
        return reduced_densities(self._simulate(circuit), shares, self.n_qubits)

    def _simulate(self, circuit: Circuit) -> NDArray[np.complex128]:
        """Return state vectors, or density matrices under noise, one for each input."""
        from qiskit import QuantumCircuit

        self.check_size(circuit)
        gates, width = circuit.qiskit(), _qubits(self._inputs)
        runs: list[Any] = []
        for state in self._inputs:
            # Aer adds the methods that set and save states to this class when it is imported.
            run: Any = QuantumCircuit(width)
            if self._is_noisy:
                run.set_density_matrix(np.outer(state, state.conj()))
            else:
                run.set_statevector(state)
            run.compose(gates, range(self.n_qubits), inplace=True)
            if self._is_noisy:
                run.save_density_matrix(label="output")
            else:
                run.save_statevector(label="output")
            runs.append(run)
        result = self._simulator.run(runs, shots=1).result()
        if not result.success:
            raise QrlError(f"Qiskit Aer could not simulate the circuit: {result.status}")
        return np.array([np.asarray(result.data(k)["output"]) for k in range(len(runs))])


def _qubits(states: NDArray[np.complex128]) -> int:
    return int(states.shape[1]).bit_length() - 1


def _check_memory(exponent: int, count: int) -> None:
    needed, free = 16 * (count + _WORKING) << exponent, memory.available()
    if needed > free:
        raise InputError(
            f"Qiskit Aer needs {memory.gibibytes(needed)} for {count} outputs of 2**{exponent} "
            f"numbers, and {memory.gibibytes(free)} are available. Use fewer qubits or inputs."
        )


def _simulator(exponent: int, options: dict[str, Any]) -> Any:
    try:
        simulator = importlib.import_module("qiskit_aer").AerSimulator
    except ImportError as cause:
        raise MissingExtra(
            "The engine 'aer' needs qiskit-aer, which cannot be imported. "
            "Try: pip install 'qrl[hardware]'"
        ) from cause
    if exponent < _WORTH_THREADS:
        # Threads that wait for each other take longer than such a circuit does.
        return simulator(max_parallel_threads=1, **options)
    return simulator(**options)
