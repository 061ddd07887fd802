"""Which qubits of a device a circuit should use: the best calibrated ones that are joined."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qrl.circuits.gates import GATES
from qrl.errors import InputError

if TYPE_CHECKING:
    from qiskit.transpiler import Target

WIDTH = 2000
"""Sets of qubits that are kept at each size; those of chips up to 27 qubits, and small ones of larger
chips, are fewer, and then the best is found for certain."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Errors of a device as costs, -log(1 - error): those of parts that are all used add up.

    Attributes:
        qubits: of each qubit, its readout error and its worst single-qubit gate.
        pairs: of each joined pair, lower qubit first, its best two-qubit gate; infinite where it fails.
    """

    qubits: tuple[float, ...]
    pairs: dict[tuple[int, int], float]

    @staticmethod
    def of(target: Target) -> Calibration:
        """Read the gates of our table; an error that is not told counts as none."""
        worst = [0.0] * target.num_qubits
        pairs: dict[tuple[int, int], float] = {}
        for name in [gate for gate in GATES if gate in target.operation_names]:
            # Qiskit tells gates that fit all qubits by one None in place of them.
            for qubits, told in (target[name] or {}).items():
                if qubits is None:
                    continue
                cost = _cost(told)
                if len(qubits) == 1:
                    worst[qubits[0]] = max(worst[qubits[0]], cost)
                elif len(qubits) == 2:
                    pair = (min(qubits), max(qubits))
                    pairs[pair] = min(pairs.get(pair, math.inf), cost)
        readout = target["measure"] if "measure" in target.operation_names else {}
        for qubits, told in (readout or {}).items():
            if qubits is not None:
                worst[qubits[0]] += _cost(told)
        return Calibration(tuple(worst), pairs)

    def neighbours(self) -> list[list[int]]:
        """List the qubits that each qubit is joined with."""
        found: list[list[int]] = [[] for _ in self.qubits]
        for a, b in self.pairs:
            found[a].append(b)
            found[b].append(a)
        return found

    def is_joined(self, qubits: Sequence[int]) -> bool:
        """Return whether pairs within some qubits connect all of them."""
        around, reached, ahead = self.neighbours(), {qubits[0]}, [qubits[0]]
        while ahead:
            new = [q for q in around[ahead.pop()] if q in qubits and q not in reached]
            reached.update(new)
            ahead += new
        return len(reached) == len(qubits)


def best_qubits(
    calibration: Calibration, n_qubits: int, wanted: Sequence[tuple[int, int]] | None = None
) -> tuple[int, ...]:
    """Return the best calibrated qubits of a device that are joined, one for each of a circuit's.

    The best ones have the lowest sum of -log(1 - error) over the readout and the worst single-qubit gate of
    each qubit, and over the two-qubit gates of the pairs that join them at the lowest such sum (a
    minimum spanning tree). Sets grow qubit by qubit, and of each size the `WIDTH` best are kept. Equal
    ones: the lower numbers.

    The circuit's qubits are put along a line of joined qubits where there is one, else in ascending order.

    Args:
        calibration: of the device.
        n_qubits: of the circuit.
        wanted: pairs of the circuit's qubits that must be joined; the best set that has them all is
            taken, and the best of all where none does.

    Raises:
        InputError: no so many working qubits are joined.
    """
    sets = list(_joined_sets(calibration, n_qubits))
    if not sets:
        raise InputError(
            f"The device has no {n_qubits} working qubits that are joined with each other. Choose "
            "another device."
        )
    if wanted is not None:
        for qubits in sets:
            order = _embedded(qubits, n_qubits, wanted, calibration)
            if order is not None:
                return order
    line = [(q, q + 1) for q in range(n_qubits - 1)]
    return _embedded(sets[0], n_qubits, line, calibration) or sets[0]


def _joined_sets(calibration: Calibration, size: int) -> Iterator[tuple[int, ...]]:
    """Yield joined sets of qubits, best first; sets are bit masks on the way."""
    around, alone = calibration.neighbours(), calibration.qubits
    level = {1 << q: cost for q, cost in enumerate(alone) if cost < math.inf}
    for _ in range(size - 1):
        grown: dict[int, float] = {}
        for mask, cost in _best_first(level)[:WIDTH]:
            for a in _members(mask):
                for b in around[a]:
                    if mask >> b & 1:
                        continue
                    # The lowest over all orders in which a set can grow is that of its minimum spanning
                    # tree (Prim's algorithm).
                    new = cost + alone[b] + calibration.pairs[min(a, b), max(a, b)]
                    if new < grown.get(mask | 1 << b, math.inf):
                        grown[mask | 1 << b] = new
        level = grown
    for mask, _ in _best_first(level):
        yield tuple(_members(mask))


def _best_first(level: dict[int, float]) -> list[tuple[int, float]]:
    # Rounded, since sums in another order differ in the last digits.
    return sorted(level.items(), key=lambda item: (round(item[1], 12), item[0]))


def _members(mask: int) -> list[int]:
    return [q for q in range(mask.bit_length()) if mask >> q & 1]


def _embedded(
    qubits: tuple[int, ...],
    n_qubits: int,
    wanted: Sequence[tuple[int, int]],
    calibration: Calibration,
) -> tuple[int, ...] | None:
    """Return the first order of a set, the lowest number first, in which wanted pairs are joined."""
    before: list[list[int]] = [[] for _ in range(n_qubits)]
    for a, b in wanted:
        before[max(a, b)].append(min(a, b))

    def go_on(chosen: tuple[int, ...]) -> tuple[int, ...] | None:
        if len(chosen) == n_qubits:
            return chosen
        for q in qubits:
            places = (chosen[k] for k in before[len(chosen)])
            if q not in chosen and all((min(p, q), max(p, q)) in calibration.pairs for p in places):
                found = go_on((*chosen, q))
                if found is not None:
                    return found
        return None

    return go_on(())


def _cost(told: object) -> float:
    error = getattr(told, "error", None)
    if error is None:
        return 0.0
    return math.inf if error >= 1.0 else -math.log1p(-error)
