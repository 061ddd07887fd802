"""Writes blocks of gates on one pair of qubits with fewer two-qubit gates."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec
from qrl.search.refining.placed import Placed, build, gather, is_pair

if TYPE_CHECKING:
    from qrl.circuits.engines.exact import ExactEngine
    from qrl.search.refining.batches import BatchTuner, Scored

_STARTS = 6
_MOST_PAIRS = 3
"""Any unitary of two qubits takes three CNOTs at most (Vidal and Dawson, quant-ph/0307177)."""


def short_blocks(tuner: BatchTuner, found: Scored, allowed: frozenset[str], limit: float) -> Scored:
    """Return a circuit with one block after the other replaced by a shorter one.

    A block is all that can be brought together on one pair of qubits. Its skeletons have 0 to 3, and
    fewer two-qubit gates than it, with rotations on both qubits before, between and behind them. They
    are tuned to the block's unitary, then the whole circuit to its cost, which asks for less than the
    unitary: what counts is what the block does to the states that reach it.

    Args:
        tuner: tunes and pays.
        found: a circuit with tuned angles.
        allowed: names of gates.
        limit: the highest cost that is borne.
    """
    while True:
        candidates = _candidates(tuner, found.circuit, allowed)
        scored = tuner.tuned(candidates, limit)
        fitting = [s for s in scored if s.cost <= limit]
        if not fitting:
            return found
        found = min(fitting, key=lambda s: (s.circuit.two_qubit_count, len(s.circuit), s.cost))


def _candidates(tuner: BatchTuner, circuit: Circuit, allowed: frozenset[str]) -> list[Circuit]:
    gates, found, covered = list(circuit.placed()), list[Circuit](), list[Placed]()
    layer = _layer(allowed)
    for start, (gate, _) in enumerate(gates):
        in_another = any(gates[start] is other for other in covered)
        if in_another or not is_pair(gate) or not layer or tuner.stop():
            continue
        pair = gate.qubits
        before, block, after = gather(gates, start, lambda g, p=pair: set(g.qubits) <= set(p))  # type: ignore[misc]
        pairs = [g for g, _ in block if is_pair(g)]
        covered += block
        wanted = _on_two(block, pair)
        for count in range(min(len(pairs) - 1, _MOST_PAIRS), -1, -1):
            skeleton = _skeleton(pairs[:count], pair, layer)
            fitted = _fitted(tuner, skeleton, wanted)
            new = [(Gate(g.name, tuple(pair[q] for q in g.qubits)), a) for g, a in fitted.placed()]
            found.append(build(circuit.n_qubits, before + new + after))
    return found


def _on_two(block: list[Placed], pair: tuple[int, ...]) -> Circuit:
    local = [(Gate(g.name, tuple(pair.index(q) for q in g.qubits)), a) for g, a in block]
    return build(2, local)


def _skeleton(pairs: list[Gate], pair: tuple[int, ...], layer: tuple[str, ...]) -> Circuit:
    circuit = Circuit(2)
    for gate in [None, *pairs]:
        if gate is not None:
            circuit = circuit.append(gate.name, *(pair.index(q) for q in gate.qubits))
        for qubit in (0, 1):
            for name in layer:
                circuit = circuit.append(name, qubit)
    return circuit


def _fitted(tuner: BatchTuner, skeleton: Circuit, wanted: Circuit) -> Circuit:
    """Return a skeleton at the angles nearest to a unitary, of several starts."""
    engine = _engine(wanted)
    rng = np.random.default_rng(0)
    starts = [rng.uniform(-np.pi, np.pi, len(skeleton.angles)) for _ in range(_STARTS)]
    found = [engine.tune(skeleton.with_angles(angles)) for angles in starts]
    # Of four amplitudes; what it costs is small beside one evaluation of the whole circuit.
    tuner.ledger.evaluations += sum(t.evaluations for t in found)
    tuner.ledger.gradients += sum(t.gradients for t in found)
    return min(found, key=lambda t: t.cost).circuit


def _engine(wanted: Circuit) -> ExactEngine:
    from qrl.circuits.engines.exact import ExactEngine
    from qrl.circuits.objectives import ProcessInfidelity

    return ExactEngine(ProcessInfidelity(wanted.unitary()), threads=1, table_bytes=0)


@cache
def _layer(allowed: frozenset[str]) -> tuple[str, ...]:
    """Return the single-qubit gates of a skeleton, enough for all rotations where the set has them."""
    rotations = [name for name in ("rz", "ry", "rx") if name in allowed]
    if len(rotations) > 1:
        return rotations[0], rotations[1], rotations[0]
    if rotations == ["rz"]:
        half = next((name for name in ("sx", "h") if name in allowed), None)
        return ("rz",) if half is None else ("rz", half, "rz", half, "rz")
    if rotations == ["rx"] and "h" in allowed:
        return "rx", "h", "rx", "h", "rx"
    return tuple(name for name in rotations if gate_spec(name).parametric)
