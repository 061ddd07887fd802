"""All orders of two-qubit blocks that are not the same circuit in another guise."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Pair = tuple[int, int]

MOST_IN_A_ROW = 3
"""Blocks on one pair with nothing in between: three CNOTs reach every two-qubit unitary (Vidal and Dawson,
quant-ph/0307177)."""


def extensions(
    skeleton: Sequence[int], pairs: Sequence[Pair], *, from_product: bool
) -> Iterator[int]:
    """Yield the blocks that may follow a skeleton.

    Blocks on disjoint pairs commute; of all orders that differ by that alone, the one that is first in
    the alphabet is kept (Anisimov and Knuth, Int. J. Comput. Inf. Sci. 8, 255 (1979)). Left out is also
    what fewer blocks reach, where every block is dressed with any single-qubit gates: more than three
    in a row on one pair, and more than one in a row on two qubits that nothing has touched before.

    Args:
        skeleton: blocks so far, in their first order.
        pairs: the two qubits of each block.
        from_product: whether the circuit begins in one product state, which one CNOT turns into any
            state of two qubits.
    """
    for block, pair in enumerate(pairs):
        if not _is_first_order(skeleton, block, pairs):
            continue
        run, fresh = _run(skeleton, pair, pairs)
        most = 1 if fresh and from_product else MOST_IN_A_ROW
        if run < most:
            yield block


def skeletons(
    count: int, pairs: Sequence[Pair], *, from_product: bool
) -> Iterator[tuple[int, ...]]:
    """Yield all skeletons of a number of blocks, in the order of the alphabet."""

    def grow(skeleton: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(skeleton) == count:
            yield skeleton
            return
        for block in extensions(skeleton, pairs, from_product=from_product):
            yield from grow((*skeleton, block))

    yield from grow(())


def _is_first_order(skeleton: Sequence[int], block: int, pairs: Sequence[Pair]) -> bool:
    """Tell whether no block that a new one could slide past comes later in the alphabet."""
    for before in reversed(skeleton):
        if set(pairs[before]) & set(pairs[block]):
            return True
        if before > block:
            return False
    return True


def _run(skeleton: Sequence[int], pair: Pair, pairs: Sequence[Pair]) -> tuple[int, bool]:
    """Return how many blocks on a pair end a skeleton, and whether they are the first on its qubits."""
    run = 0
    for before in reversed(skeleton):
        shared = set(pairs[before]) & set(pair)
        if len(shared) == 2:
            run += 1
        elif shared:
            return run, False
    return run, True
