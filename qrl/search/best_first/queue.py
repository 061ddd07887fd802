"""The open list of a best-first search, whose size is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ITSELF = -1
"""In place of an action: the circuit is tuned, and its extensions are what is asked for."""
_LOT = 1e-6
"""Largest weight of the lot that breaks ties, in CNOTs."""


class Entries(NamedTuple):
    """Circuits in the queue; all arrays have one entry a circuit.

    Attributes:
        node: the tuned circuit that it is, or is made from.
        action: what is appended to that, or `ITSELF`.
        price: g, what its gates cost, in CNOTs.
        cost: the cost that is expected of it, at most.
        regret: of the actions that it is made by, added up, in what counts as a decade of the cost; 0
            where nothing was learned.
        lot: drawn uniformly from 0 to 1, for ties.
    """

    node: NDArray[np.int64]
    action: NDArray[np.int64]
    price: NDArray[np.float64]
    cost: NDArray[np.float64]
    regret: NDArray[np.float64]
    lot: NDArray[np.float64]

    @staticmethod
    def none() -> Entries:
        """Return no entries."""
        whole, real = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Entries(whole, whole, real, real, real, real)

    def at(self, which: Any) -> Entries:
        """Return some of them, by index or mask."""
        return Entries(*(column[which] for column in self))


def decades(cost: NDArray[np.float64], lowest: float, unit: float) -> NDArray[np.float64]:
    """Return how many powers of ten each cost lacks, log10(1 + (cost - lowest) / unit).

    Args:
        cost: any shape; what is below `lowest` lacks nothing.
        lowest: the lowest cost known.
        unit: a lack that counts for little, positive, in the unit of the cost.
    """
    lack: NDArray[np.float64] = np.log10(1.0 + np.maximum(cost - lowest, 0.0) / unit)
    return lack


def priority(
    price: NDArray[np.float64], lack: NDArray[np.float64], weight: float
) -> NDArray[np.float64]:
    """Return f = g + weight h of weighted A* (Pohl, Artif. Intell. 1, 193 (1970)); least comes first.

    Args:
        price: g, in CNOTs.
        lack: h, in decades of the cost or what counts as such.
        weight: CNOTs that a decade is worth.
    """
    f: NDArray[np.float64] = price + weight * lack
    return f


class Queue:
    """Entries in no order: what is known of the costs changes, and priorities with it.

    Args:
        limit: entries kept.
        by_cost: whether h is what the costs lack; else the regret alone.

    Attributes:
        entries: what waits.
        dropped: how many were dropped since `clear`.
    """

    def __init__(self, limit: int, *, by_cost: bool = True) -> None:
        self.limit, self.by_cost = limit, by_cost
        self.clear()

    def __len__(self) -> int:
        return len(self.entries.node)

    def clear(self) -> None:
        """Forget all entries."""
        self.entries, self.dropped = Entries.none(), 0

    def push(self, entries: Entries) -> None:
        """Put entries in."""
        both = zip(self.entries, entries, strict=True)
        self.entries = Entries(*(np.concatenate(pair) for pair in both))

    def remove(self, which: list[int]) -> None:
        """Take entries out, by index."""
        stays = np.ones(len(self), dtype=np.bool_)
        stays[which] = False
        self.entries = self.entries.at(stays)

    def priorities(
        self, weights: NDArray[np.float64], *, lowest: float, unit: float
    ) -> Iterator[NDArray[np.float64]]:
        """Return the priority of each entry, for each weight; arguments as of `decades`."""
        lack = self.entries.regret
        if self.by_cost:
            lack = decades(self.entries.cost, lowest, unit)
        for weight in weights.tolist():
            yield priority(self.entries.price, lack, weight) + _LOT * self.entries.lot

    def trim(self, weights: NDArray[np.float64], *, lowest: float, unit: float) -> None:
        """Drop the worst where there are too many; each weight keeps as many as the others."""
        if len(self) <= self.limit:
            return
        share = max(1, self.limit // len(weights))
        stays = np.zeros(len(self), dtype=np.bool_)
        for f in self.priorities(weights, lowest=lowest, unit=unit):
            stays[np.argpartition(f, share - 1)[:share]] = True
        self.dropped += int((~stays).sum())
        self.entries = self.entries.at(stays)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {"limit": self.limit, "dropped": self.dropped, **self.entries._asdict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.limit, self.dropped = int(state["limit"]), int(state["dropped"])
        self.entries = Entries(*(np.array(state[name]) for name in Entries._fields))
