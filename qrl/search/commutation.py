"""Which letters commute, and words in an order that does not depend on those that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.canonical import commute

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from qrl.circuits.gates import Gate


def meetings(gates: Sequence[Gate]) -> NDArray[np.bool_]:
    """Return which gates do not commute, shape (gates, gates)."""
    on = [set(gate.qubits) for gate in gates]
    meets = np.zeros((len(gates), len(gates)), dtype=np.bool_)
    for a, gate in enumerate(gates):
        for b in range(a):
            if on[a] & on[b] and not commute(gate, gates[b]):
                meets[a, b] = meets[b, a] = True
    return meets


def normal_order(letters: Iterable[int], meets: Sequence[Sequence[bool]]) -> list[int]:
    """Return letters in the lexicographic normal form of Cartier and Foata (1969).

    A letter is appended by passing over letters that it commutes with; it settles before the first of
    those that are greater (Anisimov and Knuth, 1979). Words that differ only in the order of commuting
    letters, and no others, get the same order.

    Args:
        letters: numbers from 0.
        meets: which of them do not commute, as nested lists: they are faster to look up than arrays.
    """
    order: list[int] = []
    for letter in letters:
        stops = meets[letter]
        settle = at = len(order)
        while at:
            at -= 1
            other = order[at]
            if stops[other]:
                break
            if letter < other:
                settle = at
        order.insert(settle, letter)
    return order
