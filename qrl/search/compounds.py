"""Compound gates as letters: what searchers over whole circuits put in at once."""

from __future__ import annotations

from functools import cache
from itertools import combinations, permutations, product
from math import pi
from typing import TYPE_CHECKING

import networkx as nx

from qrl.env.fans import fans as placed_fans
from qrl.errors import InputError
from qrl.search.spelling import Placed, Speller, Spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qrl.search.words import Alphabet

CONTROLLED, ISING = ("crx", "cry", "crz"), ("rxx", "ryy", "rzz")
_Ways = tuple[tuple[Placed, ...], ...]
"""Ways to place the gates of a compound; each does the same."""


def compounds(alphabet: Alphabet) -> dict[str, tuple[Spelling, ...]]:
    """Return the placements of each kind of compound gate that the alphabet can spell.

    "fan": a rotation whose turn CNOTs carry to one or three qubits. "single" and "pair": qubit
    excitations, which act on any state, for 2 CNOTs and 14 (`excitations`). "controlled": rotations
    where another qubit is 1, and "ising": RXX, RYY and RZZ, for 2 CNOTs each unless they are letters.
    All cost what their letters cost, and letters that name them are taken. Kinds without placements are
    left out.
    """
    spell = Speller(alphabet)
    found = {}
    fanned: list[_Ways] = [(tuple(word),) for word in fans(alphabet)]
    for kind, placed in {"fan": fanned, **_placed(alphabet.actions.n_qubits)}.items():
        spelt = (spell(*ways) for ways in placed)
        # The pairings of four qubits share their letters.
        words = {word.letters: word for word in spelt if word is not None and len(word.letters) > 1}
        if words:
            found[kind] = tuple(words.values())
    return found


def excitations(n: int) -> Iterator[list[Placed]]:
    """Yield qubit excitations exp(theta (T - T^dagger)) of two qubits, then of four.

    T is a product of as many raising as lowering operators, without strings of Z (Yordanov,
    Arvidsson-Shukur and Barnes, arXiv 2005.14475).
    """
    from qrl.tasks.ground_states.excitation_circuits import exponential

    for size in (2, 4):
        for qubits in combinations(range(n), size):
            for raised in combinations(qubits, size // 2):
                if qubits[0] not in raised:
                    continue  # the adjoint of another one
                steps = exponential(_terms(n, qubits, raised), 0)
                yield [Placed(step.name, step.qubits, 0.0, step.factor) for step in steps]


def fans(alphabet: Alphabet) -> Iterator[list[Placed]]:
    """Yield rotations whose turn CNOTs carry to other qubits (`qrl.env.fans`), along the letters' pairs."""
    n = alphabet.actions.n_qubits
    coupling = nx.empty_graph(n)
    coupling.add_edges_from(pairs(alphabet))
    try:
        placed = placed_fans(n, coupling)
    except InputError:  # no two are coupled
        return
    for word in placed:
        yield [Placed(gate.name, gate.qubits, 0.0, float(gate.name == "ry")) for gate in word]


def pairs(alphabet: Alphabet) -> list[tuple[int, int]]:
    """Return the pairs of qubits that the alphabet's actions couple, in order."""
    on = {frozenset(gate.qubits) for gate in alphabet.actions.gates if len(gate.qubits) == 2}
    return sorted((min(pair), max(pair)) for pair in on)


@cache
def _placed(n: int) -> dict[str, list[_Ways]]:
    """Return the gates of each kind but fans, at factors that tell free rotations from changes of basis."""
    on = list(permutations(range(n), 2))
    apart = list(combinations(range(n), 2))
    made = list(excitations(n))
    singles = made[: len(apart)]
    return {
        "single": [(tuple(word), _exchange(*q)) for word, q in zip(singles, apart, strict=True)],
        "pair": [(tuple(word),) for word in made[len(singles) :]],
        "controlled": [((Placed(name, q, 0.0, 1.0),),) for name in CONTROLLED for q in on],
        "ising": [((Placed(name, q, 0.0, 1.0),),) for name in ISING for q in apart],
    }


def _exchange(a: int, b: int) -> tuple[Placed, ...]:
    """Return a single excitation as RXX and RYY, which some gate sets have, in another basis.

    A quarter turn of one qubit about Z makes X Y - Y X of X X + Y Y.
    """
    both = Placed("rxx", (a, b), 0.0, 1.0), Placed("ryy", (a, b), 0.0, 1.0)
    return Placed("rz", (a,), -pi / 2), *both, Placed("rz", (a,), pi / 2)


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
