"""Pools of ADAPT-VQE, spelt as gates: qubit excitations, Pauli strings, fans."""

from __future__ import annotations

from itertools import combinations, product
from math import pi
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from qrl.errors import unknown_name
from qrl.search.compounds import excitations, fans
from qrl.search.spelling import Placed, Speller
from qrl.search.words import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qrl.search.words import Alphabet

POOLS = ("qubit-excitations", "pauli", "fans")
_HEAVIEST = 4
"""Letters other than I in a Pauli string."""


class Operator(NamedTuple):
    """An operator of a pool, as letters of an alphabet.

    Attributes:
        letters: its gates.
        angles: at parameter 0, radians; 0 for a fixed gate.
        directions: for each choice of signs of the operator's strings, how fast each angle follows the
            parameter; 0 for a fixed gate and for a rotation that only changes a basis.
        is_identity: whether the gates do nothing at parameter 0.
    """

    letters: tuple[int, ...]
    angles: tuple[float, ...]
    directions: tuple[tuple[float, ...], ...]
    is_identity: bool

    def after(self, word: Word) -> Word:
        """Return a word with the operator behind it, at parameter 0."""
        return Word(np.append(word.letters, self.letters), np.append(word.angles, self.angles))

    def fresh(self, length: int) -> int:
        """Return where angles without a meaning begin, behind a word of some length.

        One that does nothing at parameter 0 begins there; of another, no angle means anything yet.
        """
        return length + (len(self.letters) if self.is_identity else 0)


def pool_names(pool: str) -> tuple[str, ...]:
    """Return the names in a text of pools joined by commas.

    Raises:
        InputError: one of them is unknown.
    """
    names = tuple(dict.fromkeys(part.strip() for part in pool.split(",")))
    for name in names:
        if name not in POOLS:
            raise unknown_name("pool", name, POOLS, "Several may be joined by commas.")
    return names


def operators(alphabet: Alphabet, pool: str) -> tuple[Operator, ...]:
    """Return the operators of a pool that an alphabet can spell.

    "qubit-excitations": singles and pairs on all qubits (Yordanov et al., arXiv 2011.10540); the three
    pairings of four qubits share a circuit, whose angles tell them apart. "pauli": exponentials of
    strings with an odd number of Y and up to 4 letters (Tang et al., arXiv 1911.10205). "fans": see
    `qrl.env.fans`. Where nothing can be spelt, each gate of the alphabet is an operator.

    Args:
        alphabet: gates that may be placed.
        pool: of `POOLS`, joined by commas.
    """
    n = alphabet.actions.n_qubits
    makers: dict[str, Callable[[], Iterator[list[Placed]]]] = {
        "qubit-excitations": lambda: excitations(n),
        "pauli": lambda: _strings(n),
        "fans": lambda: fans(alphabet),
    }
    spell = Speller(alphabet)
    found: dict[tuple[int, ...], Operator] = {}
    for name in pool_names(pool):
        for placed in makers[name]():
            spelt = spell(placed)
            if spelt is None:
                continue
            letters, angles, direction = spelt
            known = found.get(letters)
            directions = () if known is None else known.directions
            both = tuple(dict.fromkeys((*directions, direction)))
            found[letters] = Operator(letters, angles, both, name != "fans")
    return tuple(found.values()) or tuple(_alone(alphabet))


def _alone(alphabet: Alphabet) -> Iterator[Operator]:
    for letter in range(len(alphabet.actions)):
        turns = bool(alphabet.takes_angle[letter])
        yield Operator((letter,), (0.0,), ((float(turns),),), turns)


def _strings(n: int) -> Iterator[list[Placed]]:
    """Yield exp(-i theta P / 2): a rotation RY of a qubit with letter Y, between controlled letters.

    A gate controlled by the pivot, X or Y, adds that letter to Y of the pivot; a CNOT onto it adds Z.
    """
    for weight in range(1, min(n, _HEAVIEST) + 1):
        for qubits in combinations(range(n), weight):
            for word in product("XYZ", repeat=weight):
                if word.count("Y") % 2:
                    yield _string(qubits, word)


def _string(qubits: tuple[int, ...], word: tuple[str, ...]) -> list[Placed]:
    pivot = qubits[word.index("Y")]
    before: list[Placed] = []
    after: list[Placed] = []
    for qubit, letter in zip(qubits, word, strict=True):
        if qubit == pivot:
            continue
        gates = [Placed("cx", (qubit, pivot) if letter == "Z" else (pivot, qubit))]
        if letter == "Y":
            gates = [Placed("rz", (qubit,), -pi / 2), *gates, Placed("rz", (qubit,), pi / 2)]
        before += gates
        after = gates + after
    return [*before, Placed("ry", (pivot,), 0.0, 1.0), *after]
