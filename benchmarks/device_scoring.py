"""Energies of circuits on the qubits of a device, by our engine and by Qiskit Aer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import SparsePauliOp

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.noise import device_backend, from_qiskit, part_of
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.tasks.task import plain_observable

if TYPE_CHECKING:
    from qrl.tasks.task import Task

_WHOLE = 8
"""Aer simulates all qubits of devices up to this size, of others those that a circuit uses."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A circuit on a device.

    Attributes:
        circuit: on the qubits that it uses, numbered anew.
        qubits: which qubits of the device these are.
        ends: where qubit k of the problem is at the end: a qubit of `circuit`.
    """

    circuit: Circuit
    qubits: tuple[int, ...]
    ends: tuple[int, ...]


class OnDevice:
    """Scores circuits for a task whose cost is an energy under a device's calibrated noise.

    Args:
        name: of the noise, such as "backend:fake:manila".
        task: the problem.
    """

    def __init__(self, name: str, task: Task) -> None:
        observable = plain_observable(task.objective)
        assert observable is not None
        self._backend, self._observable = device_backend(name), observable
        self._models: dict[tuple[int, ...], Any] = {}
        self._whole: Any = None

    def placed(self, circuit: Circuit, qubits: Sequence[int]) -> Placed:
        """Put a circuit of the device's own gates on its qubits."""
        return Placed(circuit, tuple(qubits), tuple(range(len(qubits))))

    def compiled(self, circuit: Circuit, seed: int, within: Sequence[int] | None = None) -> Placed:
        """Return a circuit transpiled at level 3, with the device's calibration known to Qiskit.

        Args:
            circuit: in any gates.
            seed: of the transpiler.
            within: qubits that may be used, the layout left free; None: all.
        """
        allowed = range(self._backend.num_qubits) if within is None else within
        target = self._backend.target if within is None else self._part(within).target
        made = transpile(
            circuit.qiskit(), target=target, optimization_level=3, seed_transpiler=seed
        )
        last = (
            list(range(circuit.n_qubits))
            if made.layout is None
            else made.layout.final_index_layout(filter_ancillas=True)
        )
        used = sorted({made.find_bit(q).index for one in made.data for q in one.qubits} | {*last})
        small = QuantumCircuit(len(used))
        for one in made.data:
            small.append(one.operation, [used.index(made.find_bit(q).index) for q in one.qubits])
        ends = tuple(used.index(q) for q in last)
        return Placed(Circuit.from_qiskit(small), tuple(allowed[q] for q in used), ends)

    def best(self, found: Sequence[Placed]) -> Placed:
        """Return the one of the lowest energy under the noise."""
        return min(found, key=self.value)

    def tuned(self, placed: Placed) -> Placed:
        """Return a circuit with its angles tuned under the noise."""
        result = self._engine(placed).tune(placed.circuit)
        return replace(placed, circuit=result.circuit)

    def value(self, placed: Placed) -> float:
        """Return the energy under the noise by our engine."""
        return float(self._engine(placed).value(placed.circuit))

    def noiseless(self, placed: Placed) -> float:
        """Return the energy without noise."""
        return float(make_engine("exact", self._objective(placed)).value(placed.circuit))

    def aer_value(self, placed: Placed) -> float:
        """Return the energy under the noise by Aer's density matrix and its own noise model.

        A readout error turns a measured Pauli operator P into `a I + b P`, where b = 1 - p(1|0) - p(0|1)
        and a = p(0|1) - p(1|0).
        """
        from qiskit_aer import AerSimulator
        from qiskit_aer.noise import NoiseModel

        whole = self._backend.num_qubits <= _WHOLE
        if whole and self._whole is None:
            self._whole = NoiseModel.from_backend(self._backend)
        noise = self._whole if whole else NoiseModel.from_backend(self._part(placed.qubits))
        places = placed.qubits if whole else range(len(placed.qubits))
        n_qubits = self._backend.num_qubits if whole else len(placed.qubits)
        circuit = QuantumCircuit(n_qubits)
        circuit.compose(placed.circuit.qiskit(), list(places), inplace=True)
        circuit.save_density_matrix()
        simulator = AerSimulator(method="density_matrix", noise_model=noise)
        density = np.asarray(simulator.run(circuit, shots=1).result().data()["density_matrix"])
        errors = noise.to_dict()["errors"]
        told = {
            e["gate_qubits"][0][0]: e["probabilities"] for e in errors if e["type"] == "roerror"
        }
        energy = 0.0
        for label, weight in self._observable.terms():
            product = SparsePauliOp("I" * n_qubits)
            for k, letter in enumerate(reversed(label)):
                if letter == "I":
                    continue
                at = places[placed.ends[k]]
                (_, up), (down, _) = told[at]
                product = product.compose(
                    SparsePauliOp.from_sparse_list(
                        [("", [], down - up), (letter, [at], 1 - down - up)], n_qubits
                    )
                )
            energy += weight * float(np.trace(density @ product.to_matrix()).real)
        return energy

    def _engine(self, placed: Placed) -> Any:
        if placed.qubits not in self._models:
            self._models[placed.qubits] = from_qiskit(self._part(placed.qubits))
        model = self._models[placed.qubits]
        return make_engine("noisy", self._objective(placed), noise=model)

    def _objective(self, placed: Placed) -> Expectation:
        """Return the energy, its qubit k read where it ends."""
        n_qubits = placed.circuit.n_qubits
        labels, weights = [], []
        for label, weight in self._observable.terms():
            letters = ["I"] * n_qubits
            for k, letter in enumerate(reversed(label)):
                letters[placed.ends[k]] = letter
            labels.append("".join(reversed(letters)))
            weights.append(weight)
        return Expectation(PauliSum(tuple(labels), tuple(weights)))

    def _part(self, qubits: Sequence[int]) -> Any:
        return part_of(self._backend, qubits)
