"""Blocks of a skeleton: a two-qubit gate, and rotations that let it point anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.canonical import commute
from qrl.circuits.gates import GATES, Gate
from qrl.search.words import Alphabet, Word

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Dressing:
    """Which single-qubit gates stand around the two-qubit gates of a skeleton.

    Attributes:
        alphabet: gates and start.
    """

    alphabet: Alphabet

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the gates of the set."""
        return tuple(dict.fromkeys(gate.name for gate in self.alphabet.actions.gates))

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """Rotations of the set, those first that a search needs most."""
        return tuple(name for name in ("ry", "rz", "rx") if name in self.names)

    @cached_property
    def is_universal(self) -> bool:
        """Whether a qubit's dress reaches every single-qubit unitary."""
        turned = len(self.axes) == 1 and bool({"h", "sx"} & set(self.names))
        return len(self.axes) > 1 or (turned and self._turns_to_another_axis)

    @property
    def is_dressed(self) -> bool:
        """Whether circuits are made of dressed blocks; if not, of single gates."""
        others = [name for name in self.names if GATES[name].n_qubits == 1]
        only_rotations = bool(self.axes) and set(others) <= set(self.axes)
        return bool(self.blocks) and (self.is_universal or only_rotations)

    @cached_property
    def root(self) -> Word:
        """The start with every qubit dressed in full."""
        word = self.alphabet.start_word
        for qubit in range(self.alphabet.actions.n_qubits):
            word = self._followed(word, self._dress(qubit, None))
        return word

    @cached_property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """Letters of each block: a two-qubit gate and the dress of its qubits.

        Directions that differ by single-qubit gates alone are one block, and so are swaps and what
        they could exchange: a swap is left out where another gate entangles.
        """
        pairs = [gate for gate in self.alphabet.actions.gates if len(gate.qubits) == 2]
        entangling = [gate for gate in pairs if gate.name != "swap"]
        blocks, seen = [], set()
        for gate in entangling or pairs:
            kind = gate.name, frozenset(gate.qubits)
            if self.is_universal and kind in seen:
                continue
            seen.add(kind)
            letters = [self.alphabet.actions.index(gate)]
            for qubit in gate.qubits:
                letters += self._dress(qubit, gate)
            blocks.append(tuple(letters))
        return tuple(blocks)

    def extended(self, word: Word, block: Sequence[int]) -> Word:
        """Return a word with one more block behind it, at angles 0."""
        return self._followed(word, block)

    def _followed(self, word: Word, letters: Sequence[int]) -> Word:
        more = np.array(letters, dtype=np.int64)
        return Word(
            np.concatenate([word.letters, more]), np.concatenate([word.angles, np.zeros(len(more))])
        )

    def _dress(self, qubit: int, behind: Gate | None) -> list[int]:
        """Return the gates on a qubit behind a two-qubit gate, in full behind none.

        Every unitary is R_q R_p R_k for axes with p different from k and q: the last factor, next to
        a gate that it commutes with, is left to what stands before that gate.
        """
        if not self.axes:
            return []
        free = (
            [] if behind is None else [a for a in self.axes if commute(Gate(a, (qubit,)), behind)]
        )
        if len(self.axes) > 1:
            passing = self._passing(qubit, behind)
            first = next(a for a in self.axes if a != passing)
            second = next(a for a in self.axes if a != first)
            names = (
                [second, first, second] if behind is None or passing is None else [first, second]
            )
        elif self.is_universal:
            axis = self.axes[0]
            turn = "h" if "h" in self.names and axis != "ry" else "sx"
            names = [axis, turn, axis, turn, axis]
            names = names[1:] if free else names
        else:
            names = [] if free else list(self.axes)
        letters = [self.alphabet.letter(name, qubit) for name in names]
        return [letter for letter in letters if letter >= 0]

    def _passing(self, qubit: int, behind: Gate | None) -> str | None:
        """Return a rotation, of the set or not, that commutes with a two-qubit gate on a qubit."""
        if behind is None:
            return None
        for axis in ("rz", "rx", "ry"):
            if commute(Gate(axis, (qubit,)), behind):
                return axis
        return None

    @cached_property
    def _turns_to_another_axis(self) -> bool:
        turn = "h" if "h" in self.names and self.axes != ("ry",) else "sx"
        return turn in self.names and not commute(Gate(turn, (0,)), Gate(self.axes[0], (0,)))


def skeleton(
    alphabet: Alphabet, word: Word, *, directed: bool = False
) -> tuple[tuple[int, ...], ...]:
    """Return the two-qubit gates of a word, without their order.

    Args:
        alphabet: what the word is made of.
        word: a circuit.
        directed: whether control and target are told apart.
    """
    placed = []
    for opcode, first, second, _ in alphabet.rows[word.letters].tolist():
        if second >= 0:
            pair = (first, second) if directed else (min(first, second), max(first, second))
            placed.append((opcode, *pair))
    return tuple(sorted(placed))
