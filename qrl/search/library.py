"""Gadgets of a search's own archive, for moves that put them in again elsewhere."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.circuits.gates import Gate, gate_spec
from qrl.search.mining import Found, behind, found_in, ranked
from qrl.search.spelling import Spelling, letters_by_gate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qrl.search.archive import Found as Entry
    from qrl.search.words import Alphabet

MOST, WIDEST, LONGEST = 24, 3, 5
"""Gadgets that are kept, their qubits and their gates: small ones are mined fast."""
_TRIES = 10


class Library:
    """Mined gadgets and where they may stand.

    Attributes:
        alphabet: gates that may be placed.
        gadgets: the best first, on qubits from 0.
    """

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self.gadgets: tuple[Circuit, ...] = ()
        self._mined: dict[Circuit, list[Found]] = {}

    def refresh(self, entries: Iterable[Entry]) -> None:
        """Mine the circuits of an archive anew; those that were there before are known already."""
        circuits = [entry.circuit for entry in sorted(entries, key=lambda e: (e.cost, e.cnots))]
        start = self.alphabet.start.gates[: self.alphabet.first]  # what no word can do without
        self._mined = {
            circuit: self._mined.get(circuit)
            or found_in(behind(circuit, start), widest=WIDEST, longest=LONGEST)
            for circuit in circuits
        }
        found = ranked([self._mined[circuit] for circuit in circuits], most=MOST)
        self.gadgets = tuple(gadget.circuit for gadget in found)

    def draw(self, rng: np.random.Generator) -> Spelling | None:
        """Return a gadget on qubits drawn by lot; None where none was found to fit."""
        if not self.gadgets:
            return None
        gadget = self.gadgets[int(rng.integers(len(self.gadgets)))]
        for _ in range(_TRIES if gadget.n_qubits <= self.alphabet.actions.n_qubits else 0):
            on = rng.permutation(self.alphabet.actions.n_qubits)[: gadget.n_qubits].tolist()
            moved = (Gate(gate.name, tuple(on[q] for q in gate.qubits)) for gate in gadget.gates)
            letters = tuple(self._letters.get(gate, -1) for gate in moved)
            if min(letters) >= 0:
                turns = [gate_spec(gate.name).parametric for gate in gadget.gates]
                angles = iter(gadget.angles)
                return Spelling(
                    letters,
                    tuple(next(angles) if turn else 0.0 for turn in turns),
                    tuple(map(float, turns)),
                )
        return None

    def state(self) -> list[dict[str, Any]]:
        """Return what a checkpoint must hold."""
        return [gadget.to_dict() for gadget in self.gadgets]

    def restore(self, state: list[dict[str, Any]]) -> None:
        """Put back what `state` returned."""
        self.gadgets = tuple(Circuit.from_dict(gadget) for gadget in state)

    @cached_property
    def _letters(self) -> dict[Gate, int]:
        return letters_by_gate(self.alphabet)
