"""Noisy values and gradients by the Pauli-vector engine, against Qiskit Aer's density matrix.

Random circuits with depolarizing noise after each gate; measured is the sum of Z over the qubits.
Timed, in turn and in CPU seconds of one core:

- compiled: the engine's compiled value, called once from Python on arrays made before; its value and
  gradient likewise. public: `NoisyEngine.value(circuit)`.
- Aer: `AerSimulator.run(circuit).result()` of a circuit built before. Aer has no gradients.
- within Aer: the time that the result itself names, without Aer's interface to Python.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.circuits import (
    AGREE,
    agreed,
    compiled_gradient,
    compiled_value,
    random_circuit,
)
from benchmarks.common import Table, Target, interleaved, median_ratio
from benchmarks.peers.aer import AerDensityMatrix
from qrl.circuits.circuit import Circuit
from qrl.circuits.noise import noise_model
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum

if TYPE_CHECKING:
    from qrl.circuits.engines.noisy import NoisyEngine

SINGLE, DOUBLE = 0.001, 0.01
REQUIRED = {4: 300.0, 6: 50.0, 8: 12.0}
MOST_GRADIENT = 4.0
QUICK_GATES, ALL_GATES = (60,), (60, 80, 100)
_CHECKED_ANGLES = 3


@dataclass(frozen=True, slots=True)
class Measured:
    """One circuit: microseconds of value, gradient, public value and Aer, within Aer; ratios."""

    micro: tuple[float, ...]
    within: float
    ratio: float
    within_ratio: float
    gradient_ratio: float
    difference: float


def run(*, quick: bool = False) -> list[Table]:
    """Measure all sizes.

    Raises:
        RuntimeError: a value or derivative differs from Aer's by more than `AGREE`.
    """
    gates = QUICK_GATES if quick else ALL_GATES
    span = str(gates[0]) if len(gates) == 1 else f"{gates[0]} to {gates[-1]}"
    table = Table(
        f"Noisy value and gradient of random circuits of {span} gates, one core",
        (
            "qubits", "ours, value (µs)", "ours, public value (µs)", "ours, value and gradient (µs)",
            "Aer, value (µs)", "within Aer (µs)", "ratio", "ratio, within Aer", "target",
            "gradient / value", "largest difference",
        ),
    )  # fmt: skip
    if not available():
        table.targets += [Target(f"noise, {n} qubits", None, x) for n, x in REQUIRED.items()]
        return [table]
    worst = 0.0
    for n, target in REQUIRED.items():
        engine = make_engine(n)
        circuits = [random_circuit(n, count, seed) for seed, count in enumerate(gates)]
        measured = [measure(engine, circuit, quick=quick) for circuit in circuits]
        ratio = median(m.ratio for m in measured)
        gradient = median(m.gradient_ratio for m in measured)
        worst = max(worst, gradient)
        value, public, both, aer = (median(m.micro[k] for m in measured) for k in range(4))
        table.rows.append(
            (
                str(n),
                f"{value:.1f}",
                f"{public:.1f}",
                f"{both:.1f}",
                f"{aer:.0f}",
                f"{median(m.within for m in measured):.0f}",
                f"{ratio:.0f}",
                f"{median(m.within_ratio for m in measured):.0f}",
                f"≥ {target:g}",
                f"{gradient:.2f}",
                f"{max(m.difference for m in measured):.0e}",
            )
        )
        table.targets.append(Target(f"noise, {n} qubits, Aer / compiled value", ratio, target))
    table.targets.append(
        Target("noise, gradient / value, largest row", worst, MOST_GRADIENT, at_least=False)
    )
    table.notes += [
        f"Medians over {len(gates)} circuit(s), gates uniform over RX, RY, RZ, CNOT; depolarizing noise "
        f"of {SINGLE:g} after gates on one qubit, {DOUBLE:g} on two; sum of Z. Aer: density matrix, gate "
        "fusion, one thread, noise attached to gate names for all qubits.",
        f"Values, and {_CHECKED_ANGLES} derivatives of each circuit by the parameter-shift rule on Aer, "
        f"agree within {AGREE:g}, or the run fails.",
    ]
    return [table]


def available() -> bool:
    """Tell whether this version has the noisy engine."""
    return find_spec("qrl.circuits.engines.noisy") is not None


def make_engine(n_qubits: int) -> NoisyEngine:
    """Return the engine that is timed: sum of Z under depolarizing noise, one thread."""
    from qrl.circuits.engines.noisy import NoisyEngine

    noise = noise_model(f"depolarizing:{SINGLE:g},{DOUBLE:g}")
    return NoisyEngine(Expectation(sum_of_z(n_qubits)), noise, threads=1)


def sum_of_z(n_qubits: int) -> PauliSum:
    """Return Z on each qubit, added up."""
    labels = tuple("I" * (n_qubits - 1 - q) + "Z" + "I" * q for q in range(n_qubits))
    return PauliSum(labels, (1.0,) * n_qubits)


def measure(engine: NoisyEngine, circuit: Circuit, *, quick: bool) -> Measured:
    """Time one circuit after checking that both sides give the same."""
    peer = AerDensityMatrix(sum_of_z(circuit.n_qubits), circuit, SINGLE, DOUBLE)
    value = compiled_value(engine, circuit)
    both, gradient = compiled_gradient(engine, circuit)
    theirs = peer.value()
    difference = max(abs(ours - theirs) for ours in (value(), both(), engine.value(circuit)))
    difference = max(difference, _largest_shift_difference(peer, circuit, gradient.copy()))
    agreed(difference, "Aer and the noisy engine")
    pairs, batch = (5, 0.02) if quick else (9, 0.05)
    works = (value, lambda: engine.value(circuit), both, peer.value)
    rounds = interleaved(works, pairs=pairs, batch_seconds=batch)
    within = median(peer.own_seconds() for _ in range(pairs))
    seconds = [median(row[k] for row in rounds) for k in range(4)]
    return Measured(
        micro=tuple(1e6 * s for s in seconds),
        within=1e6 * within,
        ratio=median_ratio(rounds, 3, 0),
        within_ratio=within / seconds[0],
        gradient_ratio=median_ratio(rounds, 2, 0),
        difference=difference,
    )


def _largest_shift_difference(
    peer: AerDensityMatrix, circuit: Circuit, gradient: NDArray[np.float64]
) -> float:
    """Compare some derivatives with half the difference of values a quarter turn ahead and behind."""
    angles, largest = np.array(circuit.angles), 0.0
    for k in np.linspace(0, angles.size - 1, _CHECKED_ANGLES).astype(int):
        shift = np.zeros(angles.size)
        shift[k] = 0.5 * np.pi
        ahead, behind = (peer.value_of(circuit.with_angles(angles + s)) for s in (shift, -shift))
        largest = max(largest, abs(gradient[k] - 0.5 * (ahead - behind)))
    return float(largest)
