"""Fixed circuits of several tasks on which mitigation is measured."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize_scalar

import qrl
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.tasks.task import plain_observable

_TURNS = {"X": ("ry", -math.pi / 2), "Y": ("rx", math.pi / 2)}
"""What turns a letter to Z."""


@dataclass(frozen=True, slots=True)
class Case:
    """A circuit on a device.

    Attributes:
        name: of the circuit.
        task: id of the task.
        device: its name.
        make: builds the circuit.
    """

    name: str
    task: str
    device: str
    make: Callable[[qrl.Task], Circuit]


def two_configurations(task: qrl.Task) -> Circuit:
    """Return a rotation from the best basis state towards the one that lowers the energy most.

    exp(-i angle / 2 P), P with X and one Y where the two differ: it stays within their symmetry sector.
    """
    one, other = _configurations(task)
    return _turned(task, one, other)[0]


def many_strings(task: qrl.Task) -> Circuit:
    """Return the same rotation as eight of an eighth, each with Y elsewhere: a deep circuit."""
    one, other = _configurations(task)
    circuit = _flipped(task.n_qubits, one)
    places = [q for q in range(task.n_qubits) if (one ^ other) >> q & 1]
    best = _turned(task, one, other)[1]
    # Y turns with the bit that it finds: where it is set, the other way.
    first = one >> places[0] & 1
    for number in range(8):
        y = number % len(places)
        sign = 1.0 if one >> places[y] & 1 == first else -1.0
        circuit = _exponential(circuit, _letters(one ^ other, y), sign * best / 8.0)
    return circuit


def layers(task: qrl.Task, count: int) -> Circuit:
    """Return RY layers with chains of CNOT between them, the angles tuned."""
    angles = np.random.default_rng(1)
    circuit = Circuit(task.n_qubits)
    for layer in range(count + 1):
        for qubit in range(task.n_qubits):
            circuit = circuit.append("ry", qubit, angle=float(angles.uniform(-2, 2)))
        for qubit in range(task.n_qubits - 1 if layer < count else 0):
            circuit = circuit.append("cx", qubit, qubit + 1)
    return make_engine("exact", task.objective).tune(circuit).circuit


one_layer, two_layers = partial(layers, count=1), partial(layers, count=2)


def exchange(task: qrl.Task) -> Circuit:
    """Return a round of exchange rotations on an alternating state; they conserve the magnetisation."""
    circuit = _flipped(task.n_qubits, sum(1 << q for q in range(0, task.n_qubits, 2)))
    for start in (0, 1):
        for qubit in range(start, task.n_qubits - 1, 2):
            for letter, angle in (("X", 0.6), ("Y", 0.6), ("Z", 0.3)):
                circuit = _exponential(circuit, {qubit: letter, qubit + 1: letter}, angle)
    return circuit


def approximate_optimisation(task: qrl.Task) -> Circuit:
    """Return one round of QAOA with the best of some angles (Farhi et al., arXiv 1411.4028)."""
    observable = plain_observable(task.objective)
    assert observable is not None
    terms = [(label, w) for label, w in observable.terms() if label.count("Z") == 2]
    largest = max(abs(w) for _, w in terms)
    engine = make_engine("exact", task.objective)

    def at(phase: float, mix: float) -> Circuit:
        circuit = Circuit(task.n_qubits)
        for qubit in range(task.n_qubits):
            circuit = circuit.append("h", qubit)
        for label, weight in terms:
            pair = [q for q in range(task.n_qubits) if label[task.n_qubits - 1 - q] == "Z"]
            circuit = circuit.append("rzz", *pair, angle=phase * weight / largest)
        for qubit in range(task.n_qubits):
            circuit = circuit.append("rx", qubit, angle=mix)
        return circuit

    grid = np.linspace(0.2, 2.9, 10)
    found = [at(float(p), float(m)) for p in grid for m in (*grid, *-grid)]
    return min(found, key=lambda circuit: float(engine.value(circuit)))


def ghz(task: qrl.Task) -> Circuit:
    """Return a Hadamard gate and a chain of CNOT."""
    circuit = Circuit(task.n_qubits).append("h", 0)
    for qubit in range(task.n_qubits - 1):
        circuit = circuit.append("cx", qubit, qubit + 1)
    return circuit


def w_state(task: qrl.Task) -> Circuit:
    """Return the chain that hands one excitation on, a part at each qubit."""
    circuit = Circuit(task.n_qubits).append("x", 0)
    for qubit in range(task.n_qubits - 1):
        angle = math.acos(math.sqrt(1.0 / (task.n_qubits - qubit)))
        # A controlled RY of twice the angle, then a CNOT back.
        circuit = circuit.append("ry", qubit + 1, angle=-angle).append("cz", qubit, qubit + 1)
        circuit = circuit.append("ry", qubit + 1, angle=angle).append("cx", qubit + 1, qubit)
    return circuit


CASES = (
    Case("two configurations", "vqe/h2-4q", "fake:manila", two_configurations),
    Case("the same, deep", "vqe/h2-4q", "fake:manila", many_strings),
    Case("two configurations", "vqe/h2-4q-2.63", "fake:manila", two_configurations),
    Case("the same, deep", "vqe/h2-4q-2.63", "fake:manila", many_strings),
    Case("1 layer", "vqe/h2-2q", "fake:manila", one_layer),
    Case("two configurations", "vqe/lih-4q-1.2", "fake:manila", two_configurations),
    Case("two configurations", "vqe/lih-4q-3.4", "fake:manila", two_configurations),
    Case("exchange", "vqe/heisenberg-4q-0", "fake:manila", exchange),
    Case("exchange", "vqe/heisenberg-5q", "fake:manila", exchange),
    Case("exchange", "vqe/xxz-chain-5q", "fake:manila", exchange),
    Case("exchange", "vqe/j1j2-chain-4q", "fake:manila", exchange),
    Case("2 layers", "vqe/lih-4q-1.2", "fake:manila", two_layers),
    Case("2 layers", "vqe/tfim-4q-1", "fake:manila", two_layers),
    Case("chain", "state/ghz-4q", "fake:manila", ghz),
    Case("chain", "state/w-4q", "fake:manila", w_state),
    Case("2 layers", "diag/random-2q-1", "fake:manila", two_layers),
    Case("2 layers", "linear/ising-4q", "fake:manila", two_layers),
    Case("QAOA", "maxcut/weighted-5q", "fake:manila", approximate_optimisation),
    Case("QAOA", "maxcut/ring-5q", "fake:manila", approximate_optimisation),
    Case("2 layers", "compile/random-2q-0", "fake:manila", two_layers),
    *(
        Case(name, task, device.format(re.findall(r"(\d)q", task)[0]), make)
        for device in ("fake:perth", "fake:generic:{}")
        for name, task, make in (
            ("two configurations", "vqe/beh2-6q-published", two_configurations),
            ("two configurations", "vqe/beh2-6q", two_configurations),
            ("the same, deep", "vqe/beh2-6q", many_strings),
            ("exchange", "vqe/xxz-chain-6q", exchange),
            ("exchange", "vqe/xxz-chain-7q-0.5", exchange),
            ("exchange", "vqe/heisenberg-6q", exchange),
            ("exchange", "vqe/heisenberg-ring-6q-0", exchange),
            ("exchange", "vqe/j1j2-chain-6q", exchange),
            ("exchange", "vqe/j1j2-chain-7q", exchange),
            ("exchange", "vqe/heisenberg-ring-7q-0", exchange),
            ("2 layers", "vqe/tfim-6q", two_layers),
            ("2 layers", "vqe/tfim-6q-1", two_layers),
            ("QAOA", "maxcut/ring-7q", approximate_optimisation),
            ("QAOA", "maxcut/complete-6q", approximate_optimisation),
        )
    ),
)
"""On Manila (5 qubits in a line), Perth (7 in the shape of an H) and a line with few errors."""


def _turned(task: qrl.Task, one: int, other: int) -> tuple[Circuit, float]:
    """Return the rotation of lowest energy and its angle; the turns of bases beside it stay fixed."""
    engine = make_engine("exact", task.objective)
    start, letters = _flipped(task.n_qubits, one), _letters(one ^ other, 0)

    def energy(angle: float) -> float:
        return float(engine.value(_exponential(start, letters, angle)))

    grid = np.linspace(-math.pi, math.pi, 33)
    middle = float(min(grid, key=energy))
    found = minimize_scalar(energy, bounds=(middle - 0.2, middle + 0.2), method="bounded")
    return _exponential(start, letters, float(found.x)), float(found.x)


def _configurations(task: qrl.Task) -> tuple[int, int]:
    """Return the two basis states whose superposition has the lowest energy, the lower one first."""
    observable = plain_observable(task.objective)
    assert observable is not None
    matrix = observable.sparse().toarray()
    diagonal = matrix.diagonal().real
    mean = (diagonal[:, None] + diagonal) / 2.0
    half = (diagonal[:, None] - diagonal) / 2.0
    energies = mean - np.sqrt(half**2 + np.abs(matrix) ** 2)
    np.fill_diagonal(energies, np.inf)
    one, other = np.unravel_index(np.argmin(energies), energies.shape)
    return (int(one), int(other)) if diagonal[one] <= diagonal[other] else (int(other), int(one))


def _flipped(n_qubits: int, bits: int) -> Circuit:
    circuit = Circuit(n_qubits)
    for qubit in range(n_qubits):
        circuit = circuit.append("x", qubit) if bits >> qubit & 1 else circuit
    return circuit


def _letters(mask: int, y: int) -> dict[int, str]:
    """Return X on the qubits of a mask, but Y on one of them."""
    places = [q for q in range(mask.bit_length()) if mask >> q & 1]
    return {q: "Y" if k == y else "X" for k, q in enumerate(places)}


def _exponential(circuit: Circuit, letters: dict[int, str], angle: float) -> Circuit:
    """Append exp(-i angle / 2 P), P a Pauli string by its letters."""
    places = sorted(letters)
    turns = {q: _TURNS[letter] for q, letter in letters.items() if letter != "Z"}
    for qubit, (name, turn) in turns.items():
        circuit = circuit.append(name, qubit, angle=turn)
    for one, other in pairwise(places):
        circuit = circuit.append("cx", one, other)
    circuit = circuit.append("rz", places[-1], angle=angle)
    for one, other in pairwise(reversed(places)):
        circuit = circuit.append("cx", other, one)
    for qubit, (name, turn) in turns.items():
        circuit = circuit.append(name, qubit, angle=-turn)
    return circuit
