"""The best circuits seen: a Pareto front of cost, CNOTs and depth."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

RESOLUTION = 1e-7
"""Costs closer than this count as equal when the best circuit is chosen: the smaller circuit wins."""

_LEAST_GAIN = 1e-10


@dataclass(frozen=True, slots=True)
class Found:
    """A circuit of the archive and when it was found."""

    circuit: Circuit
    cost: float
    cnots: int
    depth: int
    evaluations: int
    env_steps: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "circuit": self.circuit.to_dict()}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Found:
        """Read what `to_dict` returned."""
        return Found(**{**data, "circuit": Circuit.from_dict(data["circuit"])})


class Archive:
    """Keeps every circuit that no other one beats in cost, CNOTs and depth at once."""

    def __init__(self, entries: tuple[Found, ...] = ()) -> None:
        self._entries: list[Found] = []
        self._bar = np.full((1, 1), np.inf)
        for entry in entries:
            self.offer(entry)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def entries(self) -> tuple[Found, ...]:
        """The front, fewest CNOTs first, then lowest cost."""
        return tuple(sorted(self._entries, key=lambda e: (e.cnots, e.cost, e.depth)))

    @property
    def best(self) -> Found:
        """Of the circuits within `RESOLUTION` of the lowest cost, the one with the fewest CNOTs.

        Raises:
            ValueError: the archive is empty.
        """
        limit = min(entry.cost for entry in self._entries) + RESOLUTION
        within = [entry for entry in self._entries if entry.cost <= limit]
        return min(within, key=lambda e: (e.cnots, e.depth, len(e.circuit), e.cost))

    @property
    def lowest_cost(self) -> float:
        """The lowest cost, infinite while the archive is empty."""
        return float(self._bar[-1, -1])

    @property
    def heights(self) -> dict[int, float]:
        """The lowest cost with each number of CNOTs, fewest first."""
        heights: dict[int, float] = {}
        for entry in self.entries:
            heights.setdefault(entry.cnots, entry.cost)
        return heights

    def improved_by(
        self, cost: NDArray[np.float64], cnots: NDArray[np.int64], depth: NDArray[np.int64]
    ) -> NDArray[np.intp]:
        """Return the indices of those that the archive would keep."""
        self._grow(int(cnots.max(initial=0)), int(depth.max(initial=0)))
        return np.flatnonzero(cost < self._bar[cnots, depth] - _LEAST_GAIN)

    def offer(self, entry: Found) -> bool:
        """Keep a circuit if nothing beats it, and drop what it beats."""
        self._grow(entry.cnots, entry.depth)
        if not entry.cost < self._bar[entry.cnots, entry.depth] - _LEAST_GAIN:
            return False
        self._entries = [
            e
            for e in self._entries
            if e.cost < entry.cost or e.cnots < entry.cnots or e.depth < entry.depth
        ]
        self._keep(entry)
        return True

    def to_frame(self) -> pd.DataFrame:
        """Return the front as a pandas table, one row a circuit."""
        import pandas as pd

        columns = [
            "cost",
            "cnots",
            "depth",
            "rotations",
            "gates",
            "evaluations",
            "seconds",
            "circuit",
        ]
        rows = [
            (
                e.cost, e.cnots, e.depth, e.circuit.rotation_count, e.circuit.gate_count,
                e.evaluations, e.seconds, e.circuit,
            )
            for e in self.entries
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def to_list(self) -> list[dict[str, Any]]:
        """Return plain data for JSON."""
        return [entry.to_dict() for entry in self.entries]

    @staticmethod
    def from_list(data: list[dict[str, Any]]) -> Archive:
        """Read what `to_list` returned."""
        archive = Archive()
        for entry in data:  # all of it: offered in another order, the front could come out smaller
            archive._keep(Found.from_dict(entry))
        return archive

    def _keep(self, entry: Found) -> None:
        self._grow(entry.cnots, entry.depth)
        self._entries.append(entry)
        corner = self._bar[entry.cnots :, entry.depth :]
        np.minimum(corner, entry.cost, out=corner)

    def _grow(self, cnots: int, depth: int) -> None:
        """Make room in the table of the lowest cost within a number of CNOTs and a depth."""
        rows, columns = self._bar.shape
        if cnots < rows and depth < columns:
            return
        pad = (0, max(0, cnots + 1 - rows)), (0, max(0, depth + 1 - columns))
        self._bar = np.pad(self._bar, pad, mode="edge")
