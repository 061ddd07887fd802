"""Energy and full gradient of random circuits by the exact engine, against other simulators.

Timed, in turn and in CPU seconds of one core:

- compiled: the compiled function that the tuner runs, called once from Python on arrays made before.
  Gives energy and gradient.
- public: `ExactEngine.value_and_gradient(circuit)`, which lowers the circuit on each call.
- qulacs: `set_parameter` for each angle, then `backprop`, from Python. Circuit and observable are
  built before; the angles are Python floats with qulacs' sign. Gives the gradient only.
- qulacs alone: `backprop` without setting the angles.
- lightning: energy and adjoint gradient by PennyLane's `lightning.qubit`, called as a device on a
  circuit that is preprocessed and at its angles before; through a QNode besides, as its users do.

Values and gradients are compared before anything is timed.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from benchmarks import bound
from benchmarks.circuits import AGREE, agreed, compiled_gradient, random_circuit
from benchmarks.common import Table, Target, interleaved, median_ratio
from benchmarks.peers.lightning import LightningEnergy
from benchmarks.peers.qulacs import QulacsEnergy
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.exact import ExactEngine
from qrl.tasks.registry import get_task

REQUIRED = {
    "vqe/h2-4q": 40.0,
    "vqe/beh2-6q": 25.0,
    "vqe/h2o-8q": 18.0,
    "vqe/h2o-10q": 12.0,
    "vqe/lih-12q-published": 14.0,
    "vqe/tfim-16q-0.5": 5.0,
}
LIGHTNING_TASK, LIGHTNING_REQUIRED = "vqe/h2o-8q", 150.0
QUICK_GATES, ALL_GATES = (60, 80, 100), (60, 70, 80, 90, 100)


@dataclass(frozen=True, slots=True)
class Measured:
    """One circuit: microseconds, ratios, and the largest disagreement."""

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
        RuntimeError: a value or gradient differs from a peer's by more than `AGREE`.
    """
    tables = [_against_qulacs(quick=quick), _against_lightning(quick=quick)]
    if bound.available():
        return [*tables, *bound.run(quick=quick)]
    tables[0].notes.append("Not measured: the bound by hand in C++, as there is no compiler.")
    return tables


def _against_qulacs(*, quick: bool) -> Table:
    gates = QUICK_GATES if quick else ALL_GATES
    table = Table(
        f"Energy and gradient of random circuits of {gates[0]} to {gates[-1]} gates, one core",
        (
            "task", "terms", "ours, compiled (µs)", "ours, public (µs)", "qulacs (µs)",
            "ratio", "lowest - highest", "ratio, public", "ratio, backprop alone", "target",
            "largest difference (Ha, Ha/rad)",
        ),
    )  # fmt: skip
    for name, target in REQUIRED.items():
        objective = get_task(name).objective
        engine = ExactEngine(objective, threads=1)
        circuits = [random_circuit(engine.n_qubits, n, seed) for seed, n in enumerate(gates)]
        measured = [measure(engine, circuit, quick=quick) for circuit in circuits]
        ratio = median(m.ratio for m in measured)
        table.rows.append(
            (
                name,
                str(len(objective.observable)),
                f"{median(m.compiled for m in measured):.1f}",
                f"{median(m.public for m in measured):.1f}",
                f"{median(m.qulacs for m in measured):.1f}",
                f"{ratio:.1f}",
                f"{min(m.ratio for m in measured):.1f} - {max(m.ratio for m in measured):.1f}",
                f"{median(m.public_ratio for m in measured):.1f}",
                f"{median(m.alone_ratio for m in measured):.1f}",
                f"≥ {target:g}",
                f"{max(m.difference for m in measured):.0e}",
            )
        )
        table.targets.append(Target(f"{name}, qulacs / compiled", ratio, target))
    table.notes += [
        f"Medians over {len(gates)} circuits of {', '.join(map(str, gates))} gates, uniform over RX, "
        "RY, RZ, CNOT; lowest and highest circuit beside. A circuit's ratio is the median over pairs "
        "timed in turn.",
        "ours: energy and gradient in one call, operator in arrays; public also lowers the circuit "
        "anew. qulacs: `set_parameter` for each angle and `backprop`, gradient only.",
        f"Values (from `update_quantum_state` and `get_expectation_value`) and gradients of all "
        f"circuits agree within {AGREE:g} hartree and hartree/radian, or the run fails.",
    ]
    return table


def measure(engine: ExactEngine, circuit: Circuit, *, quick: bool) -> Measured:
    """Time one circuit after checking that both sides give the same."""
    objective: Any = engine.objective
    peer = QulacsEnergy(objective.observable, circuit)
    negated = [-angle for angle in circuit.angles]
    compiled, gradient = compiled_gradient(engine, circuit)

    def qulacs() -> object:
        peer.set_negated(negated)
        return peer.circuit.backprop(peer.observable)

    difference = abs(compiled() - peer.value())
    for ours in (gradient, engine.value_and_gradient(circuit)[1]):
        difference = max(difference, float(np.abs(ours - peer.gradient()).max(initial=0.0)))
    agreed(difference, "qulacs and the exact engine")
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


def _against_lightning(*, quick: bool) -> Table:
    objective = get_task(LIGHTNING_TASK).objective
    engine = ExactEngine(objective, threads=1)
    table = Table(
        f"Energy and gradient against PennyLane's lightning.qubit, {LIGHTNING_TASK}, one core",
        (
            "gates", "ours, compiled (µs)", "lightning, device (µs)", "lightning, QNode (µs)",
            "ratio, device", "ratio, QNode", "target", "largest difference (Ha/rad)",
        ),
    )  # fmt: skip
    ratios = []
    pairs, batch = (5, 0.02) if quick else (15, 0.04)
    for seed, gates in enumerate(QUICK_GATES):
        circuit = random_circuit(engine.n_qubits, gates, seed)
        peer = LightningEnergy(objective.observable, circuit)
        call, gradient = compiled_gradient(engine, circuit)
        call()
        difference = max(
            float(np.abs(gradient - theirs).max(initial=0.0))
            for theirs in (peer.gradient(), np.array(peer.through_qnode()))
        )
        agreed(difference, "PennyLane and the exact engine")
        rounds = interleaved((call, peer.run, peer.through_qnode), pairs=pairs, batch_seconds=batch)
        ratios.append(median_ratio(rounds, 1, 0))
        table.rows.append(
            (
                str(gates),
                *(f"{1e6 * median(row[k] for row in rounds):.1f}" for k in range(3)),
                f"{ratios[-1]:.0f}",
                f"{median_ratio(rounds, 2, 0):.0f}",
                f"≥ {LIGHTNING_REQUIRED:g}",
                f"{difference:.0e}",
            )
        )
    table.targets.append(
        Target(
            f"{LIGHTNING_TASK}, lightning's device / compiled, median over circuits",
            median(ratios), LIGHTNING_REQUIRED,
        )
    )  # fmt: skip
    table.notes.append(
        "device: `execute_and_compute_derivatives` with the adjoint method on a circuit preprocessed "
        "before; QNode: `pennylane.grad` of a QNode. The operator is a sparse matrix, for which "
        "lightning.qubit is faster than for Pauli words."
    )
    return table
