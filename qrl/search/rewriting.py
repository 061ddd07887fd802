"""Rewrites a few gates of a word so that its unitary stays: a start for moves that take gates out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import pi
from typing import TYPE_CHECKING

import numpy as np

from qrl.circuits.gates import GATES, Gate
from qrl.search.commutation import meetings
from qrl.search.identities import WIDTH, conjugated, equal_words
from qrl.search.spelling import letters_by_gate
from qrl.search.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from qrl.search.words import Alphabet

_TRIES = 8
_THIRD, _FLIPS = 0.5, 0.25
"""Share of windows with a third gate, and of tries that turn a CNOT round."""
_HALF_TURN = 1e-6
"""How near to pi, in radians, an angle is taken for a Pauli gate."""
_AXES = {"X": "rx", "Y": "ry", "Z": "rz"}
_Part = list[tuple[int, float]]
"""Letters with their angles, in the order in which they act."""


@dataclass(frozen=True, eq=False)
class Rewriting:
    """Draws rewritings of words; the gates of the start stay where they are.

    Every outcome has the unitary of the word it came from, up to a global phase.

    Attributes:
        alphabet: what words are made of.
    """

    alphabet: Alphabet

    def commuted(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Carry gates past each other that do not commute, and change them as that demands.

        Two or three neighbours are replaced by an equal word, such as CNOT(a, b) CNOT(b, c) by CNOT(b,
        c) CNOT(a, c) CNOT(a, b); a rotation goes past a fixed gate where it stays a rotation, and half
        a turn past a CNOT as two; and a CNOT is turned round between rotations RY.

        Returns:
            None where nothing was found in a few tries.
        """
        if not self._is_fixed.any():
            return None
        part, first = self._parts(word), self.alphabet.first
        for _ in range(_TRIES if len(part) > first else 0):
            at = int(rng.integers(first, len(part)))
            new = self._flipped(part, at) if rng.random() < _FLIPS else self._past(part, at, rng)
            if new is not None:
                return _word(new)
        return None

    def conjugated_end(self, word: Word, rng: np.random.Generator) -> Word | None:
        """Append a pair gate that is its own inverse, and carry a second one towards the front.

        What stands between the two changes, where they do not commute. Where the second one meets
        its like, both go, so that the pair gate has moved to the end.
        """
        if not self._own_inverse:
            return None
        pair = self._own_inverse[int(rng.integers(len(self._own_inverse)))]
        part = [*self._parts(word), (pair, 0.0), (pair, 0.0)]
        at = len(part) - 2
        for _ in range(int(rng.integers(1, max(2, len(word) - self.alphabet.first + 1)))):
            earlier, twin = self._meets_before(part, at), self._twin(part, at)
            if twin is not None:
                del part[at], part[twin]
                return _word(part)
            new = None if earlier is None else self._carried(part, earlier, at)
            if earlier is None or new is None:
                break
            part, at = new, earlier
        return None if at == len(part) - 2 else _word(part)

    # -- parts -----------------------------------------------------------------------------

    def _past(self, part: _Part, at: int, rng: np.random.Generator) -> _Part | None:
        """Rewrite two gates that do not commute, and perhaps a third one beside them."""
        window = [at]
        stops = self._meets[part[at][0]]
        following = next((k for k in range(at + 1, len(part)) if stops[part[k][0]]), None)
        if following is None:
            return None
        window.append(following)
        chosen = [part[k] for k in window]
        if not all(self._is_fixed[letter] for letter, _ in chosen):
            turned = self._turned_past(*chosen)
            return None if turned is None else self._replaced(part, window, turned)
        if rng.random() < _THIRD:
            ahead = range(following + 1, len(part))
            back = range(following - 1, self.alphabet.first - 1, -1)
            third = self._beside(part, window, back if rng.random() < 0.5 else ahead)
            window = window if third is None else sorted([*window, third])
        ways = self._equal([part[k][0] for k in window])
        if not ways:
            return None
        return self._replaced(part, window, ways[int(rng.integers(len(ways)))])

    def _replaced(self, part: _Part, window: list[int], new: _Part) -> _Part | None:
        """Bring gates side by side and replace them; None where others must stand between them."""
        before, behind = part[: window[0]], []
        waits = np.zeros(len(self._meets), dtype=np.bool_)  # for a gate that comes behind
        held = np.zeros(len(self._meets), dtype=np.bool_)
        for k in range(window[0], window[-1] + 1):
            stops = self._meets[part[k][0]]
            if k in window:
                if held[part[k][0]]:
                    return None
                waits |= stops
            elif waits[part[k][0]]:
                behind.append(part[k])
                held |= stops
                waits |= stops
            else:
                before.append(part[k])
        return [*before, *new, *behind, *part[window[-1] + 1 :]]

    def _carried(self, part: _Part, earlier: int, at: int) -> _Part | None:
        """Carry the gate at a place to before an earlier one that it does not commute with."""
        moved, other = part[at], part[earlier]
        if self._is_fixed[other[0]]:
            equal = self._equal([other[0], moved[0]])
            ways = [led for way in equal if (led := self._led(way, moved)) is not None]
        else:
            turned = self._turned_past(other, moved)
            ways = [] if turned is None else [turned]
        if not ways:
            return None
        new = min(ways, key=len)
        return [*part[:earlier], *new, *part[earlier + 1 : at], *part[at + 1 :]]

    def _led(self, part: _Part, gate: tuple[int, float]) -> _Part | None:
        """Return some gates with one of them in front; None where it cannot stand there."""
        for k, other in enumerate(part):
            if other == gate:
                return [gate, *part[:k], *part[k + 1 :]]
            if self._meets[other[0], gate[0]]:
                break
        return None

    def _equal(self, letters: Sequence[int]) -> list[_Part]:
        """Return words with the unitary of one of fixed gates."""
        gates = [self.alphabet.actions.gates[letter] for letter in letters]
        qubits = list(dict.fromkeys(q for gate in gates for q in gate.qubits))
        if len(qubits) > WIDTH:
            return []
        local = tuple(Gate(g.name, tuple(qubits.index(q) for q in g.qubits)) for g in gates)
        ways = []
        for word in equal_words(self._fixed_names, local):
            used = {q for gate in word for q in gate.qubits}
            if used <= set(range(len(qubits))):
                spelt = [Gate(g.name, tuple(qubits[q] for q in g.qubits)) for g in word]
                placed = [self._letters.get(gate, -1) for gate in spelt]
                if min(placed, default=0) >= 0:
                    ways.append([(letter, 0.0) for letter in placed])
        return ways

    def _turned_past(self, one: tuple[int, float], other: tuple[int, float]) -> _Part | None:
        """Exchange a rotation and a fixed gate behind or before it."""
        gates, is_first = self.alphabet.actions.gates, not self._is_fixed[one[0]]
        (turn, angle), (fixed, _) = (one, other) if is_first else (other, one)
        if self._is_fixed[turn] or not self._is_fixed[fixed]:
            return None
        # R before U is U before U R U^dagger.
        rotation = gates[turn]
        found = conjugated(rotation.name, rotation.qubits, gates[fixed], inverse=not is_first)
        if found is None:
            return None
        string, sign = found
        qubits = tuple(qubit for _, qubit in string)
        whole = "r" + "".join(letter.lower() for letter, _ in string)
        name = _AXES[string[0][0]] if len(string) == 1 else whole
        letter = self._letters.get(Gate(name, qubits))
        if letter is not None:
            new = [(letter, sign * angle)]
        elif abs(angle % (2 * pi) - pi) < _HALF_TURN:  # a Pauli string is a product of its letters
            placed = [self._letters.get(Gate(_AXES[p], (q,)), -1) for p, q in string]
            if min(placed) < 0:
                return None
            new = [(k, angle) for k in placed]
        else:
            return None
        return [(fixed, 0.0), *new] if is_first else [*new, (fixed, 0.0)]

    def _flipped(self, part: _Part, at: int) -> _Part | None:
        """Turn a CNOT round: RY of a quarter turn exchange Z and X on both of its qubits."""
        gate = self.alphabet.actions.gates[part[at][0]]
        turns = [self._letters.get(Gate("ry", (qubit,)), -1) for qubit in gate.qubits]
        back = self._letters.get(Gate(gate.name, gate.qubits[::-1]), -1)
        if gate.name != "cx" or min(*turns, back) < 0:
            return None
        quarters = list(zip(turns, (pi / 2, -pi / 2), strict=True))
        before, behind = part[:at], part[at + 1 :]
        for letter, angle in quarters:
            self._join(before, letter, angle, last=True)
            self._join(behind, letter, -angle, last=False)
        return [*before, (back, 0.0), *behind]

    def _join(self, part: _Part, letter: int, angle: float, *, last: bool) -> None:
        """Put a rotation at an end of some gates, into its like where that is next to it."""
        qubit, first = int(self.alphabet.rows[letter, 1]), self.alphabet.first
        order = range(len(part) - 1, first - 1, -1) if last else range(len(part))
        for k in order:
            if qubit in self.alphabet.rows[part[k][0], 1:3]:
                if part[k][0] == letter:
                    part[k] = (letter, _wrapped(part[k][1] + angle))
                    return
                break
        part.insert(len(part) if last else 0, (letter, angle))

    def _beside(self, part: _Part, window: list[int], places: Iterable[int]) -> int | None:
        """Return the first of some places with a fixed gate that shares a qubit with others."""
        qubits = self._qubits
        on = frozenset().union(*(qubits[part[k][0]] for k in window))
        for k in places:
            own = qubits[part[k][0]]
            if k not in window and own & on and len(own | on) <= WIDTH:
                return k if self._is_fixed[part[k][0]] else None
        return None

    def _meets_before(self, part: _Part, at: int) -> int | None:
        meets, first = self._meets[part[at][0]], self.alphabet.first
        return next((k for k in range(at - 1, first - 1, -1) if meets[part[k][0]]), None)

    def _twin(self, part: _Part, at: int) -> int | None:
        """Return the place of the same gate before one, with only commuting gates between them."""
        for k in range(at - 1, self.alphabet.first - 1, -1):
            if part[k][0] == part[at][0]:
                return k
            if self._meets[part[at][0], part[k][0]]:
                break
        return None

    @staticmethod
    def _parts(word: Word) -> _Part:
        return list(zip(word.letters.tolist(), word.angles.tolist(), strict=True))

    @cached_property
    def _meets(self) -> NDArray[np.bool_]:
        return meetings(self.alphabet.actions.gates)

    @cached_property
    def _qubits(self) -> list[frozenset[int]]:
        return [frozenset(gate.qubits) for gate in self.alphabet.actions.gates]

    @cached_property
    def _letters(self) -> dict[Gate, int]:
        return letters_by_gate(self.alphabet)

    @cached_property
    def _is_fixed(self) -> NDArray[np.bool_]:
        fixed: NDArray[np.bool_] = ~self.alphabet.takes_angle[: len(self.alphabet.actions)]
        return fixed

    @cached_property
    def _fixed_names(self) -> frozenset[str]:
        gates = self.alphabet.actions.gates
        return frozenset(gate.name for gate in gates if not GATES[gate.name].parametric)

    @cached_property
    def _own_inverse(self) -> list[int]:
        """Pair gates that are their own inverses."""
        gates = self.alphabet.actions.gates
        return [
            k
            for k, gate in enumerate(gates)
            if len(gate.qubits) == 2 and self._is_fixed[k] and _squares_to_one(gate.name)
        ]


def _squares_to_one(name: str) -> bool:
    matrix = GATES[name].matrix()
    return bool(np.allclose(matrix @ matrix, np.eye(len(matrix))))


def _wrapped(angle: float) -> float:
    """Return an angle between -pi and pi; a whole turn is a phase."""
    return (angle + pi) % (2 * pi) - pi


def _word(part: _Part) -> Word:
    letters, angles = [k for k, _ in part], [angle for _, angle in part]
    return Word(np.array(letters, dtype=np.int64), np.array(angles, dtype=np.float64))
