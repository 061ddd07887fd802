"""Compound gates as letters: what searchers over whole circuits put in at once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import networkx as nx

from qrl.env.compounds import excitations, fans
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.circuits.gates import Gate
    from qrl.search.words import Alphabet


def compounds(alphabet: Alphabet) -> dict[str, tuple[tuple[int, ...], ...]]:
    """Return the placements of each kind of compound gate that the alphabet can spell.

    "fan": a rotation whose turn CNOTs carry to one, two or three qubits; "single" and "pair": the
    excitations of `qrl.env.compounds`, which act on any state. Kinds without placements are left out.
    """
    n = alphabet.actions.n_qubits
    kinds = {
        kind: tuple(filter(None, (_spelt(alphabet, word) for word in words)))
        for kind, words in _placed(n).items()
    }
    return {kind: words for kind, words in kinds.items() if words}


@cache
def _placed(n: int) -> dict[str, list[tuple[Gate, ...]]]:
    everywhere = nx.complete_graph(n)
    try:
        fanned = fans(n, everywhere)
        moved = excitations(n, everywhere)
    except InputError:  # a single qubit
        return {}
    width = [len({q for gate in word for q in gate.qubits}) for word in moved]
    return {
        "fan": fanned,
        "single": [word for word, size in zip(moved, width, strict=True) if size == 2],
        "pair": [word for word, size in zip(moved, width, strict=True) if size == 4],
    }


def _spelt(alphabet: Alphabet, word: tuple[Gate, ...]) -> tuple[int, ...] | None:
    """Return the letters of a word; None where one of its gates is no action."""
    letters = tuple(alphabet.actions.index(gate) for gate in word)
    return letters if min(letters) >= 0 else None
