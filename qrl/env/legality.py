"""Which actions may be appended next: rules that keep an agent from building needless gates.

The rules know gates and their order only, neither angles nor the state: a rotation whose slope is zero
where it stands is legal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from qrl.circuits.canonical import commute
from qrl.circuits.gates import Gate, gate_spec
from qrl.env.config import LEGALITIES
from qrl.env.redundancy import absorbed, commuting_actions, most_in_a_row
from qrl.errors import unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.env.actions import ActionSet


class Legality(Protocol):
    """Follows many circuits under construction and tells what may be appended to each."""

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Put the marked circuits back to the start."""
        ...

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Take in the actions just appended, shape (circuits,)."""
        ...

    def mask(self) -> NDArray[np.bool_]:
        """Return which actions are legal, shape (circuits, actions)."""
        ...

    def state(self) -> dict[str, NDArray[np.int64]]:
        """Return copies of what a checkpoint must hold."""
        ...

    def restore(self, state: dict[str, NDArray[np.int64]]) -> None:
        """Put back what `state` returned."""
        ...


class AnythingGoes:
    """Every action is legal."""

    def __init__(self, actions: ActionSet, start: Circuit, count: int) -> None:
        self._shape = count, len(actions)

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Nothing is kept."""

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Nothing is kept."""

    def mask(self) -> NDArray[np.bool_]:
        """Return true everywhere."""
        return np.ones(self._shape, dtype=np.bool_)

    def state(self) -> dict[str, NDArray[np.int64]]:
        """Return nothing."""
        return {}

    def restore(self, state: dict[str, NDArray[np.int64]]) -> None:
        """Nothing is kept."""


class NotRepeated:
    """Forbids an action that stands already on the same qubits with nothing after it there.

    Two CNOTs would cancel, two rotations would add up (CRLQAS, arXiv 2402.03500, section 3.2). The rule
    is CRLQAS's for every gate, S and T included, whose repetition is of use; gates of the start count.
    """

    def __init__(self, actions: ActionSet, start: Circuit, count: int) -> None:
        widest = max(map(len, actions.qubits))
        # Actions on fewer qubits ask for the first one again.
        padded = [(*on, *on[:1] * (widest - len(on))) for on in actions.qubits]
        self._on = np.array(padded, dtype=np.int64)
        self._ids = np.arange(len(actions))
        self._start = np.full(start.n_qubits, -1, dtype=np.int64)
        for gate in start.gates:
            self._start[list(gate.qubits)] = actions.index(gate)
        self._last = np.tile(self._start, (count, 1))
        self._all = np.arange(count)

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Put the marked circuits back to the start."""
        self._last[which] = self._start

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Note the actions as the last on their qubits."""
        for column in self._on[chosen].T:
            self._last[self._all, column] = chosen

    def mask(self) -> NDArray[np.bool_]:
        """Return which actions repeat nothing."""
        repeated = np.ones((len(self._all), len(self._ids)), dtype=np.bool_)
        for column in self._on.T:
            repeated &= self._last[:, column] == self._ids
        return ~repeated

    def state(self) -> dict[str, NDArray[np.int64]]:
        """Return the last action on each qubit."""
        return {"last": self._last.copy()}

    def restore(self, state: dict[str, NDArray[np.int64]]) -> None:
        """Put back what `state` returned."""
        self._last[...] = state["last"]


class Commuting:
    """Forbids an action that commutation lets slide back to where it is needless.

    It is needless next to an equal one that it merges or cancels with, and next to a rotation that
    takes it in (RZ takes in S). The gates that an action can slide past are the longest tail of the
    circuit that it commutes with, which each new action prolongs or cuts off; so a step costs one row
    of a table and no search. A rotation of the start is merged with; a fixed gate of it is not, since
    no action takes it away but the same gate.

    Args:
        actions: what may be appended.
        start: the circuit that construction begins with.
        count: circuits side by side.
        ordered: whether an action is forbidden also where it slides back past one of higher rank. The
            legal sequences then are the lexicographic normal forms of the circuits (Cartier and Foata,
            1969; Anisimov and Knuth, Int. J. Comput. Inf. Sci. 8, 255, 1979): each circuit class is
            reached by exactly one sequence, which is its own `Circuit.canonical` where actions are
            single gates.
    """

    def __init__(
        self, actions: ActionSet, start: Circuit, count: int, *, ordered: bool = False
    ) -> None:
        self._slides = commuting_actions(actions)
        self._most = most_in_a_row(actions)
        needless = absorbed(actions)
        if ordered:
            rank = _ranks(actions)
            needless |= rank[:, None] > rank[None, :]
        self._holds = self._slides & needless
        self._all = np.arange(count)
        size = len(actions)
        self._start_row = np.zeros(size, dtype=np.int64)
        for gate in start.gates:
            self._start_row *= [all(commute(gate, own) for own in word) for word in actions.words]
            if gate_spec(gate.name).parametric and (index := actions.index(gate)) >= 0:
                self._start_row[index] += 1
        self._held = np.zeros((count, size), dtype=np.bool_)
        self._row = np.tile(self._start_row, (count, 1))

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Put the marked circuits back to the start."""
        self._held[which] = False
        self._row[which] = self._start_row

    def update(self, chosen: NDArray[np.int64]) -> None:
        """Prolong or cut off the tails by the actions just appended."""
        slides = self._slides[chosen]
        self._held |= self._holds[chosen]
        self._held &= slides
        self._row *= slides
        self._row[self._all, chosen] += 1

    def mask(self) -> NDArray[np.bool_]:
        """Return which actions are of use where they would slide to."""
        return ~self._held & (self._row < self._most)

    def state(self) -> dict[str, NDArray[np.int64]]:
        """Return what stands in the tails."""
        return {"held": self._held.astype(np.int64), "row": self._row.copy()}

    def restore(self, state: dict[str, NDArray[np.int64]]) -> None:
        """Put back what `state` returned."""
        self._held[...] = state["held"]
        self._row[...] = state["row"]


def make_legality(name: str, actions: ActionSet, start: Circuit, count: int) -> Legality:
    """Build a rule by name.

    Args:
        name: "none" (anything goes), "repeated" (CRLQAS's), "commuting" (nothing that slides back to
            its like) or "canonical" (that, and one order only of commuting actions).
        actions: what may be appended.
        start: the circuit that construction begins with.
        count: circuits side by side.

    Raises:
        InputError: unknown name.
    """
    if name == "none":
        return AnythingGoes(actions, start, count)
    if name == "repeated":
        return NotRepeated(actions, start, count)
    if name in ("commuting", "canonical"):
        return Commuting(actions, start, count, ordered=name == "canonical")
    raise unknown_name("legality", name, LEGALITIES)


def _ranks(actions: ActionSet) -> NDArray[np.int64]:
    """Return each action's place in the order of `canonical_form`: by qubits, then by name."""
    keys = [tuple(_letter(gate) for gate in word) for word in actions.words]
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return ranks


def _letter(gate: Gate) -> tuple[tuple[int, ...], str]:
    symmetric = gate_spec(gate.name).symmetric
    return tuple(sorted(gate.qubits)) if symmetric else gate.qubits, gate.name
