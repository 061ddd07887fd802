"""Lowers the depth by the order of gates that commute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.search.refining.placed import build, commuting

if TYPE_CHECKING:
    from qrl.circuits.circuit import Circuit
    from qrl.circuits.gates import Gate


def levelled(circuit: Circuit) -> Circuit:
    """Return the circuit in the order of commuting gates that list scheduling finds, if shallower.

    Layer by layer, of the gates that nothing holds back those with the longest chain behind them go
    first; two on one qubit never share a layer. Choosing the best order is NP-hard; the circuit is
    never deeper than before.
    """
    gates = list(circuit.placed())
    count = len(gates)
    after = [
        [k for k in range(j + 1, count) if not commuting(gates[j], gates[k])] for j in range(count)
    ]
    chain = [1] * count
    for j in reversed(range(count)):
        chain[j] += max((chain[k] for k in after[j]), default=0)
    waits = [0] * count
    for later in after:
        for k in later:
            waits[k] += 1
    # On a qubit with much to do, gates that commute still need a layer each.
    load = [0] * circuit.n_qubits
    for gate, _ in gates:
        for q in gate.qubits:
            load[q] += 1
    ready, order = {j for j in range(count) if not waits[j]}, list[int]()
    while ready:
        busy, layer = set[int](), list[int]()
        for j in sorted(ready, key=lambda j: (-max(chain[j], *_loads(gates[j][0], load)), j)):
            if not busy & set(gates[j][0].qubits):
                layer.append(j)
                busy |= set(gates[j][0].qubits)
        for j in layer:
            ready.remove(j)
            for q in gates[j][0].qubits:
                load[q] -= 1
            for k in after[j]:
                waits[k] -= 1
                if not waits[k]:
                    ready.add(k)
        order += layer
    new = build(circuit.n_qubits, [gates[j] for j in order])
    return new if new.depth < circuit.depth else circuit


def _loads(gate: Gate, load: list[int]) -> list[int]:
    return [load[q] for q in gate.qubits]
