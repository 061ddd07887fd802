"""Tuned circuits that extensions are made from, and those that were tried before."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.search.normal_form import NormalForm
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from qrl.search.words import Alphabet

MOST_CLOSED = 1 << 20
"""Circuits remembered as tried; of more, the oldest are forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A tuned circuit.

    Attributes:
        word: its gates and angles.
        path: the actions that built it from the start.
        cost: of it.
        previous: cost of the circuit one action shorter.
        regret: of its actions, added up; 0 where nothing was learned.
    """

    word: Word
    path: tuple[int, ...]
    cost: float
    previous: float
    regret: float = 0.0


class Nodes:
    """Nodes by number.

    Args:
        alphabet: what their words are made of.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self._next = 0
        self._nodes: dict[int, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def __getitem__(self, number: int) -> Node:
        return self._nodes[number]

    def add(self, node: Node) -> int:
        """Keep a node and return its number."""
        self._nodes[self._next] = node
        self._next += 1
        return self._next - 1

    def keep(self, numbers: Iterable[int]) -> None:
        """Forget all nodes but these."""
        self._nodes = {number: self._nodes[number] for number in sorted(set(numbers))}

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        nodes = list(self._nodes.values())
        paths = np.full((len(nodes), max((len(n.path) for n in nodes), default=0)), -1)
        for row, node in zip(paths, nodes, strict=True):
            row[: len(node.path)] = node.path
        return {
            "next": self._next,
            "number": np.array(list(self._nodes), dtype=np.int64),
            "words": self.alphabet.pad([node.word for node in nodes]).to_dict(),
            "paths": paths,
            "cost": np.array([node.cost for node in nodes]),
            "previous": np.array([node.previous for node in nodes]),
            "regret": np.array([node.regret for node in nodes]),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self._next = int(state["next"])
        words = Padded.from_dict(state["words"]).words()
        paths = [tuple(row[row >= 0].tolist()) for row in np.array(state["paths"])]
        numbers = (state[name].tolist() for name in ("cost", "previous", "regret"))
        nodes = [Node(*parts) for parts in zip(words, paths, *numbers, strict=True)]
        self._nodes = dict(zip(state["number"].tolist(), nodes, strict=True))


class Closed:
    """The closed list: circuits that were tried, up to angles and the order of commuting gates.

    Args:
        alphabet: what words are made of.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self._normal = NormalForm(alphabet)
        self._seen: dict[int, None] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, word: Word) -> bool:
        """Note a circuit as tried; return whether it was not before."""
        # Eight bytes of each: among a million circuits, two alike by chance are one in 10^7.
        key = int.from_bytes(blake2b(self._normal(word), digest_size=8).digest(), signed=True)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > MOST_CLOSED:
            del self._seen[next(iter(self._seen))]
        return True

    def clear(self) -> None:
        """Forget all circuits."""
        self._seen.clear()

    def state(self) -> NDArray[np.int64]:
        """Return what a checkpoint must hold, the oldest first."""
        return np.fromiter(self._seen, dtype=np.int64, count=len(self._seen))

    def restore(self, state: NDArray[np.int64]) -> None:
        """Put back what `state` returned."""
        self._seen = dict.fromkeys(np.array(state).tolist())
