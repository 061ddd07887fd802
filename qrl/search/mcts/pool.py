"""The operations that the levels of a nested tree choose from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qrl.env.actions import ActionSet
from qrl.search.dressing import Dressing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.words import Alphabet


@dataclass(frozen=True, eq=False)
class Pool:
    """Operations of one letter or several; the last one, `stop`, ends the circuit.

    The published pools fill a path with placeholders that do nothing; one that ends the path stands for
    all the places where they could be.

    Attributes:
        alphabet: what the operations are made of.
        operations: letters of each operation but `stop`.
    """

    alphabet: Alphabet
    operations: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(alphabet: Alphabet) -> Pool:
        """Choose the operations that suit a gate set.

        Where its rotations reach every unitary of a qubit, one operation a qubit is all of them, as the
        U3 of arXiv 2207.00132; otherwise each single-qubit gate is one. Each placed two-qubit gate is
        one.
        """
        size = len(alphabet.actions)
        pairs = [(letter,) for letter in range(size) if alphabet.is_pair[letter]]
        singles: list[tuple[int, ...]] = [
            (letter,) for letter in range(size) if not alphabet.is_pair[letter]
        ]
        dressing = Dressing(alphabet)
        if dressing.is_dressed and dressing.is_universal:
            dressed = dressing.root.letters[alphabet.first :]
            on = alphabet.rows[dressed, 1]
            singles = [
                tuple(dressed[on == qubit].tolist()) for qubit in range(alphabet.actions.n_qubits)
            ]
        return Pool(alphabet, (*(letters for letters in singles if letters), *pairs))

    def __len__(self) -> int:
        return len(self.operations) + 1

    @property
    def stop(self) -> int:
        """The operation that ends a circuit."""
        return len(self.operations)

    @cached_property
    def letters(self) -> NDArray[np.int64]:
        """Letters of each operation, shape (operations, longest), -1 behind its last."""
        longest = max(map(len, self.operations))
        rows = np.full((len(self), longest), -1, dtype=np.int64)
        for row, letters in zip(rows, self.operations, strict=False):  # `stop` has none
            row[: len(letters)] = letters
        return rows

    @cached_property
    def turns(self) -> NDArray[np.bool_]:
        """Which of `letters` take an angle."""
        turns: NDArray[np.bool_] = (self.letters >= 0) & self.alphabet.takes_angle[self.letters]
        return turns

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Gates of each operation, shape (operations,)."""
        lengths: NDArray[np.int64] = (self.letters >= 0).sum(axis=1)
        return lengths

    @cached_property
    def cnots(self) -> NDArray[np.int64]:
        """Cost of each operation in CNOTs, shape (operations,)."""
        costs: NDArray[np.int64] = np.where(
            self.letters >= 0, self.alphabet.cnots[self.letters], 0
        ).sum(axis=1)
        return costs

    @cached_property
    def actions(self) -> ActionSet:
        """All operations but `stop` as actions, for the rules of legality."""
        gates = self.alphabet.actions.gates
        words = [tuple(gates[letter] for letter in letters) for letters in self.operations]
        return ActionSet.of_words(words, self.alphabet.actions.n_qubits)
