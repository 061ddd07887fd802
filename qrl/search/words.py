"""Circuits as words over an alphabet of placed gates: what searchers over whole circuits edit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import gate_spec
from qrl.circuits.program import lift, lower
from qrl.env.actions import ActionTable
from qrl.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A circuit over an alphabet.

    Attributes:
        letters: shape (gates,), the placed gates in the order in which they act.
        angles: shape (gates,), radians; 0 for a fixed gate.
    """

    letters: NDArray[np.int64]
    angles: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.letters)


@dataclass(frozen=True, eq=False)
class Alphabet:
    """Every gate placement that a search may use, and the circuit that it starts from.

    Letters below `len(actions)` are actions; those above it are the gates of a fixed start, in order,
    which stand at the front of every word and stay there.

    Attributes:
        actions: the gates that may be placed.
        start: the circuit that every word begins with; one that may be edited consists of actions.
        editable: whether the start is only where a search begins: its gates may be edited as others.
    """

    actions: ActionTable
    start: Circuit
    editable: bool = False

    @staticmethod
    def editing(actions: ActionTable, start: Circuit) -> Alphabet:
        """Return an alphabet whose start may be edited, written in the actions where that is possible.

        Where it is not, the start stays as it is at the front of every word.
        """
        spelled = _spelled(actions, start)
        return Alphabet(actions, start) if spelled is None else Alphabet(actions, spelled, True)

    @cached_property
    def _prefix(self) -> Circuit:
        """The gates that stay at the front of every word."""
        return Circuit(self.start.n_qubits) if self.editable else self.start

    @cached_property
    def rows(self) -> NDArray[np.int32]:
        """Opcode, first and second qubit (-1: none), takes an angle; shape (letters, 4)."""
        ops, _ = lower(self._prefix)
        ops[:, 3] = ops[:, 3] >= 0
        actions = self.actions.rows.copy()
        actions[:, 3] = actions[:, 3] > 0
        rows: NDArray[np.int32] = np.concatenate([actions, ops])
        return rows

    @cached_property
    def cnots(self) -> NDArray[np.int64]:
        """Cost of each letter in CNOTs."""
        of_start = [gate_spec(gate.name).cnots for gate in self._prefix.gates]
        return np.concatenate([self.actions.cnots, np.array(of_start, dtype=np.int64)])

    @cached_property
    def takes_angle(self) -> NDArray[np.bool_]:
        """Which letters are rotations."""
        takes: NDArray[np.bool_] = self.rows[:, 3] > 0
        return takes

    @cached_property
    def is_pair(self) -> NDArray[np.bool_]:
        """Which letters act on two qubits."""
        pairs: NDArray[np.bool_] = self.rows[:, 2] >= 0
        return pairs

    @property
    def first(self) -> int:
        """Position in every word where gates may be edited."""
        return len(self._prefix)

    @cached_property
    def start_word(self) -> Word:
        """The start as a word."""
        letters = np.arange(len(self.actions), len(self.rows))
        if self.editable:
            placed = [self.actions.index(gate) for gate in self.start.gates]
            letters = np.array(placed, dtype=np.int64)
        angles = np.zeros(len(letters))
        angles[self.takes_angle[letters]] = self.start.angles
        return Word(letters, angles)

    def letter(self, name: str, *qubits: int) -> int:
        """Return the letter of a placed gate, -1 where it is not an action."""
        from qrl.circuits.gates import Gate

        return self.actions.index(Gate(name, qubits))

    def circuit(self, word: Word) -> Circuit:
        """Return a word as a circuit."""
        rotations = self.takes_angle[word.letters]
        return lift(self.actions.n_qubits, self.rows[word.letters], word.angles[rotations])

    def word(self, circuit: Circuit) -> Word | None:
        """Return a circuit that begins with the fixed start as a word; None where it is none."""
        if circuit.gates[: self.first] != self._prefix.gates:
            return None
        letters = [self.actions.index(gate) for gate in circuit.gates[self.first :]]
        if min(letters, default=0) < 0:
            return None
        prefix = np.arange(len(self.actions), len(self.rows))
        all_letters = np.concatenate([prefix, np.array(letters, dtype=np.int64)])
        angles = np.zeros(len(all_letters))
        angles[self.takes_angle[all_letters]] = circuit.angles
        return Word(all_letters, angles)

    def pad(self, words: Sequence[Word]) -> Padded:
        """Lay words side by side."""
        lengths = np.array([len(word) for word in words], dtype=np.int64)
        shape = len(words), max(1, int(lengths.max(initial=0)))
        letters, angles = np.full(shape, -1, dtype=np.int64), np.zeros(shape)
        for index, word in enumerate(words):
            letters[index, : len(word)] = word.letters
            angles[index, : len(word)] = word.angles
        return Padded(letters, angles, lengths)

    def lowered(self, words: Padded) -> Lowered:
        """Return the arrays that engines read."""
        there = words.letters >= 0
        ops = np.where(there[:, :, None], self.rows[words.letters], np.int32(-1))
        turns = there & (ops[:, :, 3] > 0)
        parameter = turns.cumsum(axis=1) - 1
        ops[:, :, 3] = np.where(turns, parameter, -1)
        n_theta = turns.sum(axis=1)
        theta = np.zeros((len(ops), max(1, int(n_theta.max(initial=0)))))
        row = np.nonzero(turns)[0]
        theta[row, parameter[turns]] = words.angles[turns]
        return Lowered(ops, words.lengths, theta, n_theta, turns)

    def cnot_counts(self, words: Padded) -> NDArray[np.int64]:
        """Return the CNOTs of each word."""
        counts: NDArray[np.int64] = np.where(words.letters >= 0, self.cnots[words.letters], 0).sum(
            axis=1
        )
        return counts

    def depths(self, words: Padded) -> NDArray[np.int64]:
        """Return the depth of each word."""
        count, width = words.letters.shape
        # One qubit more than there are takes in what is padding.
        levels = np.zeros((count, self.actions.n_qubits + 1), dtype=np.int64)
        everyone = np.arange(count)
        rows = self.rows[words.letters]
        nowhere = self.actions.n_qubits
        first = np.where(words.letters >= 0, rows[:, :, 1], nowhere)
        second = np.where((words.letters >= 0) & (rows[:, :, 2] >= 0), rows[:, :, 2], first)
        for gate in range(width):
            a, b = first[:, gate], second[:, gate]
            level = np.maximum(levels[everyone, a], levels[everyone, b]) + 1
            levels[everyone, a] = levels[everyone, b] = level
        depth: NDArray[np.int64] = levels[:, :-1].max(axis=1)
        return depth


def _spelled(actions: ActionTable, start: Circuit) -> Circuit | None:
    """Return a circuit in gates that are all actions; None where they cannot make it exactly."""
    from qrl.search.refining.native import in_gates

    if (plain := _placed(actions, start)) is not None:
        return plain
    names = frozenset(gate.name for gate in actions.gates)
    try:
        written = in_gates(start, names)
        turned = Circuit(start.n_qubits)
        for gate, angle in written.placed():
            if gate.name == "cx" and actions.index(gate) < 0:
                # The other direction may be an action.
                for qubit in gate.qubits:
                    turned = turned.append("h", qubit)
                turned = turned.append("cx", *gate.qubits[::-1])
                for qubit in gate.qubits:
                    turned = turned.append("h", qubit)
            else:
                turned = turned.append(gate.name, *gate.qubits, angle=angle)
        written = in_gates(turned, names)
    except InputError:
        return None
    return _placed(actions, written)


def _placed(actions: ActionTable, circuit: Circuit) -> Circuit | None:
    """Return a circuit with its gates as actions have them; None where one is no action."""
    letters = [actions.index(gate) for gate in circuit.gates]
    if min(letters, default=0) < 0:
        return None
    return Circuit(circuit.n_qubits, tuple(actions.gates[k] for k in letters), circuit.angles)


class Padded(NamedTuple):
    """Words side by side.

    Attributes:
        letters: shape (words, gates), -1 behind the end of a word.
        angles: shape (words, gates), radians.
        lengths: shape (words,).
    """

    letters: NDArray[np.int64]
    angles: NDArray[np.float64]
    lengths: NDArray[np.int64]

    def words(self) -> list[Word]:
        """Return them one by one."""
        both = zip(self.letters, self.angles, self.lengths.tolist(), strict=True)
        return [Word(letters[:n].copy(), angles[:n].copy()) for letters, angles, n in both]

    def to_dict(self) -> dict[str, Any]:
        """Return arrays for a checkpoint."""
        return self._asdict()

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Padded:
        """Read what `to_dict` returned."""
        return Padded(
            np.array(data["letters"]), np.array(data["angles"]), np.array(data["lengths"])
        )


class Lowered(NamedTuple):
    """Arguments of `tune_arrays`, and where in the words the angles stand."""

    ops: NDArray[np.int32]
    n_ops: NDArray[np.int64]
    theta: NDArray[np.float64]
    n_theta: NDArray[np.int64]
    turns: NDArray[np.bool_]
