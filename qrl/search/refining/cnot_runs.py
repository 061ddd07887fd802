"""Writes runs of CNOTs on up to three qubits with the fewest CNOTs."""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import TYPE_CHECKING

from qrl.circuits.gates import Gate
from qrl.search.refining.placed import Placed, build, gather

if TYPE_CHECKING:
    from collections.abc import Callable

    from qrl.circuits.circuit import Circuit

_MOST_QUBITS = 3
Pair = tuple[int, int]


def short_cnot_runs(circuit: Circuit, may_couple: Callable[[int, int], bool]) -> Circuit:
    """Return the circuit with runs of CNOTs replaced by shorter ones that do the same.

    CNOTs that can be brought together across what commutes with them are an invertible matrix over
    GF(2); of three qubits there are 168, and a breadth-first search knows the fewest CNOTs of each:
    CX(a,b) CX(b,c) CX(a,b) becomes CX(b,c) CX(a,c), for example. A swap of qubits stays three CNOTs,
    for costs do not allow relabelling.

    Args:
        circuit: any circuit.
        may_couple: tells whether a CNOT may act on two qubits.
    """
    gates = list(circuit.placed())
    start = 0
    while start < len(gates):
        shorter = _shorter(gates, start, circuit.n_qubits, may_couple)
        if shorter is None:
            start += 1
        else:
            gates, start = shorter, 0
    return build(circuit.n_qubits, gates)


def _shorter(
    gates: list[Placed], start: int, n_qubits: int, may_couple: Callable[[int, int], bool]
) -> list[Placed] | None:
    gate = gates[start][0]
    if gate.name != "cx":
        return None
    for third in range(n_qubits):
        qubits = tuple(sorted({*gate.qubits, third}))
        before, block, after = gather(
            gates,
            start,
            lambda g, q=qubits: g.name == "cx" and set(g.qubits) <= set(q),  # type: ignore[misc]
        )
        local = [(qubits.index(g.qubits[0]), qubits.index(g.qubits[1])) for g, _ in block]
        pairs = tuple(
            (i, j)
            for i, a in enumerate(qubits)
            for j, b in enumerate(qubits)
            if i != j and may_couple(a, b)
        )
        best = _fewest(pairs, len(qubits)).get(_linear_map(local, len(qubits)))
        if best is not None and len(best) < len(block):
            new: list[Placed] = [(Gate("cx", (qubits[i], qubits[j])), None) for i, j in best]
            return before + new + after
    return None


def _linear_map(cnots: list[Pair], width: int) -> tuple[int, ...]:
    """Return for each qubit the mask of those whose parity it holds in the end."""
    rows = [1 << k for k in range(width)]
    for control, target in cnots:
        rows[target] ^= rows[control]
    return tuple(rows)


@cache
def _fewest(pairs: tuple[Pair, ...], width: int) -> dict[tuple[int, ...], tuple[Pair, ...]]:
    """Return the shortest CNOTs on some pairs for each linear map that they can make."""
    assert width <= _MOST_QUBITS
    identity = _linear_map([], width)
    found: dict[tuple[int, ...], tuple[Pair, ...]] = {identity: ()}
    queue = deque([identity])
    while queue:
        present = queue.popleft()
        for control, target in pairs:
            rows = list(present)
            rows[target] ^= rows[control]
            new = tuple(rows)
            if new not in found:
                found[new] = (*found[present], (control, target))
                queue.append(new)
    return found
