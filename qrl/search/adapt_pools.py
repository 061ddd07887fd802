"""Pools of ADAPT-VQE, spelt as gates: qubit excitations, Pauli strings, fans."""

from __future__ import annotations

from itertools import combinations, product
from math import pi
from typing import TYPE_CHECKING, NamedTuple

import networkx as nx
import numpy as np

from qrl.circuits.gates import Gate
from qrl.env.compounds import fans
from qrl.errors import InputError, unknown_name
from qrl.search.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class _Placed(NamedTuple):
    """A gate with its angle at parameter 0 and how fast that follows the parameter."""

    name: str
    qubits: tuple[int, ...]
    angle: float = 0.0
    factor: float = 0.0


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
    `qrl.env.compounds.fans`. Where nothing can be spelt, each gate of the alphabet is an operator.

    Args:
        alphabet: gates that may be placed.
        pool: of `POOLS`, joined by commas.
    """
    n = alphabet.actions.n_qubits
    makers = {"qubit-excitations": _excitations, "pauli": _strings, "fans": _fans}
    spell = _Speller(alphabet)
    found: dict[tuple[int, ...], Operator] = {}
    for name in pool_names(pool):
        for placed in makers[name](n):
            operator = spell(placed, is_identity=name != "fans")
            if operator is None:
                continue
            known = found.get(operator.letters)
            if known is not None:
                both = dict.fromkeys((*known.directions, *operator.directions))
                operator = known._replace(directions=tuple(both))
            found[operator.letters] = operator
    return tuple(found.values()) or tuple(_alone(alphabet))


def _alone(alphabet: Alphabet) -> Iterator[Operator]:
    for letter in range(len(alphabet.actions)):
        turns = bool(alphabet.takes_angle[letter])
        yield Operator((letter,), (0.0,), ((float(turns),),), turns)


def _excitations(n: int) -> Iterator[list[_Placed]]:
    """Yield qubit excitations exp(theta (T - T^dagger)), T of raising and lowering operators."""
    from qrl.tasks.ground_states.excitation_circuits import exponential

    for size in (2, 4):
        for qubits in combinations(range(n), size):
            for raised in combinations(qubits, size // 2):
                if qubits[0] not in raised:
                    continue  # the adjoint of another one
                steps = exponential(_terms(n, qubits, raised), 0)
                yield [_Placed(step.name, step.qubits, 0.0, step.factor) for step in steps]


def _terms(
    n: int, qubits: tuple[int, ...], raised: tuple[int, ...]
) -> tuple[tuple[str, float], ...]:
    """Return (P, c) with T - T^dagger = -i sum c P, for T = prod (X - iY)/2 prod (X + iY)/2."""
    terms = []
    for word in product("XY", repeat=len(qubits)):
        if word.count("Y") % 2:
            weight = 1.0 + 0.0j
            for qubit, letter in zip(qubits, word, strict=True):
                turned = -1j if qubit in raised else 1j
                weight *= 0.5 * (turned if letter == "Y" else 1.0)
            placed = dict(zip(qubits, word, strict=True))
            label = "".join(placed.get(q, "I") for q in reversed(range(n)))
            terms.append((label, -2.0 * weight.imag))
    return tuple(terms)


def _strings(n: int) -> Iterator[list[_Placed]]:
    """Yield exp(-i theta P / 2): a rotation RY of a qubit with letter Y, between controlled letters.

    A gate controlled by the pivot, X or Y, adds that letter to Y of the pivot; a CNOT onto it adds Z.
    """
    for weight in range(1, min(n, _HEAVIEST) + 1):
        for qubits in combinations(range(n), weight):
            for word in product("XYZ", repeat=weight):
                if word.count("Y") % 2:
                    yield _string(qubits, word)


def _string(qubits: tuple[int, ...], word: tuple[str, ...]) -> list[_Placed]:
    pivot = qubits[word.index("Y")]
    before: list[_Placed] = []
    after: list[_Placed] = []
    for qubit, letter in zip(qubits, word, strict=True):
        if qubit == pivot:
            continue
        gates = [_Placed("cx", (qubit, pivot) if letter == "Z" else (pivot, qubit))]
        if letter == "Y":
            gates = [_Placed("rz", (qubit,), -pi / 2), *gates, _Placed("rz", (qubit,), pi / 2)]
        before += gates
        after = gates + after
    return [*before, _Placed("ry", (pivot,), 0.0, 1.0), *after]


def _fans(n: int) -> Iterator[list[_Placed]]:
    try:
        placed = fans(n, nx.complete_graph(n))
    except InputError:  # a single qubit
        return
    for word in placed:
        yield [_Placed(g.name, g.qubits, 0.0, float(g.name == "ry")) for g in word]


class _Speller:
    """Writes placed gates in letters; H and CNOT by others where the alphabet lacks them."""

    def __init__(self, alphabet: Alphabet) -> None:
        self._takes_angle = alphabet.takes_angle
        self._number = {gate: k for k, gate in enumerate(alphabet.actions.gates)}
        self._number |= {
            Gate("cz", gate.qubits[::-1]): k
            for gate, k in self._number.items()
            if gate.name == "cz"
        }

    def __call__(self, placed: list[_Placed], *, is_identity: bool) -> Operator | None:
        """Return an operator; None where one of its gates is no letter and cannot be replaced."""
        spelt: list[tuple[int, float, float]] = []
        turned = False
        for gate in placed:
            choices = [[gate]]
            if gate.name == "h":
                # H = RY(pi/2) Z = Z RY(-pi/2); the Z around an excitation turn its sign alone.
                choices.append([_Placed("ry", gate.qubits, -pi / 2 if turned else pi / 2)])
                turned = not turned
            if gate.name == "cx":
                target = gate.qubits[1:]
                basis = _Placed("ry", target, -pi / 2), _Placed("ry", target, pi / 2)
                choices.append([basis[0], _Placed("cz", gate.qubits), basis[1]])
            for choice in choices:
                numbers = [self._number.get(Gate(g.name, g.qubits), -1) for g in choice]
                if min(numbers) >= 0:
                    spelt += [(k, g.angle, g.factor) for k, g in zip(numbers, choice, strict=True)]
                    break
            else:
                return None
        letters = tuple(letter for letter, _, _ in spelt)
        angles = tuple(angle for _, angle, _ in spelt)
        return Operator(letters, angles, (tuple(factor for _, _, factor in spelt),), is_identity)
