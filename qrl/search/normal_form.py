"""The gates of a word in an order that all words share which differ by commuting gates alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from qrl.search.commutation import meetings, normal_order

if TYPE_CHECKING:
    from qrl.search.words import Alphabet, Word


@dataclass(frozen=True, eq=False)
class NormalForm:
    """Tells words that are the same circuit up to angles and the order of commuting gates.

    It does for letters what `qrl.circuits.canonical` does for gates. As a table says what commutes, it is
    fast enough to be asked of every circuit of a search.

    Attributes:
        alphabet: what words are made of.
    """

    alphabet: Alphabet

    def __call__(self, word: Word) -> bytes:
        """Return the letters behind the start in normal order; equal for equivalent words alone."""
        letters = word.letters[self.alphabet.first :].tolist()
        return np.array(normal_order(letters, self._meets), dtype=np.int32).tobytes()

    @cached_property
    def _meets(self) -> list[list[bool]]:
        meets: list[list[bool]] = meetings(self.alphabet.actions.gates).tolist()
        return meets
