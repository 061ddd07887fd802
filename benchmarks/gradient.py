"""Energy and full gradient of random circuits, against qulacs' `backprop`.

Timed, in turn and in CPU seconds of one core:

- compiled: `entries.value_and_gradient`, which the tuner runs, called once from Python. Circuit and
  operator are lowered to arrays before; the angles are an array. Gives energy and gradient.
- public: `ExactEngine.value_and_gradient(circuit)`, which lowers the circuit on each call.
- qulacs: `set_parameter` for each angle, then `backprop`, from Python. Circuit and observable are
  built before; the angles are Python floats with qulacs' sign. Gives the gradient only.
- qulacs alone: `backprop` without setting the angles.

Values and gradients are compared before anything is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Table, Target, interleaved, median_ratio
from benchmarks.peers import QulacsEnergy, random_circuit
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.exact import ExactEngine
from qrl.circuits.kernels import entries
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.circuits.program import lower
from qrl.tasks.registry import get_task

GATES = 60
AGREE = 1e-10
REQUIRED = {"vqe/beh2-6q": 15.0, "vqe/h2o-8q": 9.0}
INFORMATIVE = ("vqe/h2-4q", "vqe/h2o-10q", "vqe/lih-12q-published")


@dataclass(frozen=True, slots=True)
class Measured:
    """One circuit: microseconds, ratios over compiled, and the largest disagreement."""

    compiled: float
    public: float
    qulacs: float
    ratio: float
    public_ratio: float
    alone_ratio: float
    difference: float


def run(*, quick: bool = False) -> list[Table]:
    """Measure all sizes.

    Raises:
        RuntimeError: a value or gradient differs from qulacs' by more than `AGREE`.
    """
    seeds = range(3 if quick else 5)
    table = Table(
        f"Energy and gradient of random circuits of {GATES} gates, one core",
        (
            "task", "terms", "ours, compiled (µs)", "ours, public (µs)", "qulacs (µs)",
            "ratio", "lowest - highest", "ratio, public", "ratio, backprop alone", "target",
            "largest difference (Ha, Ha/rad)",
        ),
    )  # fmt: skip
    for name in ("vqe/h2-4q", *REQUIRED, *INFORMATIVE[1:]):
        operator = get_task(name).objective.observable
        circuits = [random_circuit(operator.n_qubits, GATES, seed) for seed in seeds]
        measured = [measure(operator, circuit, quick=quick) for circuit in circuits]
        ratio = median(m.ratio for m in measured)
        target = REQUIRED.get(name)
        table.rows.append(
            (
                name,
                str(len(operator)),
                f"{median(m.compiled for m in measured):.1f}",
                f"{median(m.public for m in measured):.1f}",
                f"{median(m.qulacs for m in measured):.1f}",
                f"{ratio:.1f}",
                f"{min(m.ratio for m in measured):.1f} - {max(m.ratio for m in measured):.1f}",
                f"{median(m.public_ratio for m in measured):.1f}",
                f"{median(m.alone_ratio for m in measured):.1f}",
                "" if target is None else f"≥ {target:g}",
                f"{max(m.difference for m in measured):.0e}",
            )
        )
        if target is not None:
            table.targets.append(Target(f"{name}, qulacs / compiled", ratio, target))
    table.notes += [
        f"Medians over {len(seeds)} circuits, gates uniform over RX, RY, RZ, CNOT; lowest and highest "
        "circuit beside. A circuit's ratio is the median over pairs timed in turn.",
        "ours: energy and gradient in one call, operator in arrays; public also lowers the circuit "
        "anew. qulacs: `set_parameter` for each angle and `backprop`, gradient only.",
        f"Values (from `update_quantum_state` and `get_expectation_value`) and gradients of all "
        f"circuits agree within {AGREE:g} hartree and hartree/radian, or the run fails.",
    ]
    return [table]


def measure(operator: PauliSum, circuit: Circuit, *, quick: bool) -> Measured:
    """Time one circuit after checking that both sides give the same."""
    engine, peer = ExactEngine(Expectation(operator)), QulacsEnergy(operator, circuit)
    negated = [-angle for angle in circuit.angles]
    compiled, gradient = compiled_call(operator, circuit)

    def qulacs() -> object:
        peer.set_negated(negated)
        return peer.circuit.backprop(peer.observable)

    value = compiled()
    difference = abs(value - peer.value())
    for ours in (gradient, engine.value_and_gradient(circuit)[1]):
        difference = max(difference, float(np.abs(ours - peer.gradient()).max(initial=0.0)))
    if not difference <= AGREE:
        raise RuntimeError(f"qulacs and the exact engine differ by {difference:.1e}: {circuit}")
    works = (
        compiled,
        lambda: engine.value_and_gradient(circuit),
        qulacs,
        lambda: peer.circuit.backprop(peer.observable),
    )
    pairs, batch = (5, 0.01) if quick else (15, 0.02)
    rounds = interleaved(works, pairs=pairs, batch_seconds=batch)
    micro = [1e6 * median(row[k] for row in rounds) for k in range(3)]
    return Measured(
        compiled=micro[0],
        public=micro[1],
        qulacs=micro[2],
        ratio=median_ratio(rounds, 2, 0),
        public_ratio=median_ratio(rounds, 2, 1),
        alone_ratio=median_ratio(rounds, 3, 0),
        difference=difference,
    )


def compiled_call(
    operator: PauliSum, circuit: Circuit
) -> tuple[Callable[[], float], NDArray[np.float64]]:
    """Return the compiled call on arrays made beforehand, and the array that takes the gradient."""
    ops, theta = lower(circuit)
    diagonals = operator.diagonals()
    masks = np.array([x for x, _ in diagonals], dtype=np.int64)
    table = np.array([diagonal for _, diagonal in diagonals])
    size = 1 << operator.n_qubits
    real = np.ascontiguousarray(table.real)
    imaginary = np.ascontiguousarray(table.imag) if table.imag.any() else np.zeros((0, size))
    work, gradient = np.zeros((4, size)), np.zeros(theta.size)
    call: Callable[..., float] = entries.value_and_gradient
    return partial(call, ops, theta, masks, real, imaginary, work, gradient), gradient
