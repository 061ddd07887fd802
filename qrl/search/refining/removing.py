"""Takes gates out of a circuit that it can do without once the others are tuned again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.search.refining.placed import build, is_pair
from qrl.search.refining.together import most_together

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.search.refining.batches import BatchTuner, Scored


def without_idle(tuner: BatchTuner, found: Scored, limit: float) -> Scored:
    """Return a circuit without the gates that it can do without, two-qubit gates first.

    Args:
        tuner: tunes and pays.
        found: a circuit with tuned angles.
        limit: the highest cost that is borne.
    """
    for pairs in (True, False):
        while True:
            gates = list(found.circuit.placed())
            places = [k for k, (gate, _) in enumerate(gates) if is_pair(gate) == pairs]

            def make(out: list[int], whole: Circuit = found.circuit) -> Circuit:
                kept = [g for k, g in enumerate(whole.placed()) if k not in out]
                return build(whole.n_qubits, kept)

            best = most_together(tuner, places, make, limit)
            if best is None:
                break
            found = best[1]
    return found
