"""What a best-first search expects of the extensions of a circuit, before they are tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import networkx as nx
import numpy as np

from qrl.env.actions import ActionSet
from qrl.env.construction import replay
from qrl.env.fans import fans
from qrl.env.legality import make_legality
from qrl.errors import InputError
from qrl.search.extensions import Extensions
from qrl.search.probing import Spent, Trial, has_closed_form, probe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.search.best_first.nodes import Node
    from qrl.search.scored_words import Scorer
    from qrl.search.words import Alphabet, Word

_MOST_AMPLITUDES = 1 << 22
"""Extensions times amplitudes in one call of the engine, which cannot be stopped: some 0.1 s."""


class Children(NamedTuple):
    """The extensions of one circuit; all arrays have one entry a child.

    Attributes:
        action: what is appended.
        cost: expected, at most.
        regret: of all actions from the start on; 0 where nothing was learned.
    """

    action: NDArray[np.int64]
    cost: NDArray[np.float64]
    regret: NDArray[np.float64]


class Guide(Protocol):
    """Source of what is expected of extensions.

    Attributes:
        words: the letters of each action.
        room: gates that a circuit may have behind its start.
        by_cost: whether costs tell what is promising; else regrets do.
    """

    words: tuple[tuple[int, ...], ...]
    room: int
    by_cost: bool

    def children(self, nodes: Sequence[Node]) -> list[Children]:
        """Return the extensions of each node that are legal and fit in."""
        ...

    def path(self, word: Word) -> tuple[int, ...] | None:
        """Return actions that build a circuit; None where none are known."""
        ...


class ClosedForm:
    """Expects of each extension the cost with its new angles alone at their best, in closed form.

    Single gates take one run each (Rotosolve's rule; Ostaszewski, Grant and Benedetti, arXiv
    1905.09692), compounds one for each new angle. An engine without closed form knows nothing: all that
    is expected is the cost of the parent.

    Args:
        scorer: pays.
        actions: letters of the actions, all of which are tried.
        probes: compounds besides them that are tried on each circuit, drawn by lot.
        room: gates that a circuit may have behind its start.
        rng: draws the compounds.
    """

    by_cost = True

    def __init__(
        self,
        scorer: Scorer,
        actions: Sequence[tuple[int, ...]],
        probes: int,
        room: int,
        rng: np.random.Generator,
    ) -> None:
        self.scorer, self.room, self._rng, self._probes = scorer, room, rng, probes
        more = short_compounds(scorer.alphabet) if probes else ()
        self.words = tuple(dict.fromkeys((*actions, *more)))
        self._own = len(dict.fromkeys(actions))
        self._is_closed = has_closed_form(scorer)
        self._begins = np.array([letters[0] for letters in self.words])
        self._length = np.array([len(letters) for letters in self.words])
        # An agent may build a gate twice in a row; here the rule that knows most is the best.
        table = scorer.alphabet.actions
        rule = make_legality("commuting", ActionSet.of_gates(table), scorer.alphabet.start, 1)
        self._rule: Any = rule

    def children(self, nodes: Sequence[Node]) -> list[Children]:
        """Return the extensions of each node; those of a budget that has ended are left out."""
        return [self._of(node) for node in nodes if not self.scorer.recorder.finished]

    def path(self, word: Word) -> tuple[int, ...] | None:
        """Return no actions: of these circuits, letters say it all."""
        return ()

    def _of(self, node: Node) -> Children:
        tried = np.arange(self._own)
        more = np.arange(self._own, len(self.words))
        if len(more) > self._probes:
            more = np.sort(self._rng.choice(more, self._probes, replace=False))
        tried = np.concatenate([tried, more])
        used = node.word.letters[self.scorer.alphabet.first :]
        self._rule.reset(np.ones(1, dtype=np.bool_))
        replay(self._rule, used[None], np.array([len(used)]))
        legal = self._rule.mask()[0][self._begins[tried]]
        tried = tried[legal & (len(used) + self._length[tried] <= self.room)]
        cost = np.full(len(tried), node.cost)
        if self._is_closed and len(tried):
            alone = self._length[tried] == 1
            if alone.any():
                cost[alone] = self._appended(node.word, self._begins[tried[alone]])
            several = [Trial.at(len(node.word), self.words[k]) for k in tried[~alone].tolist()]
            if several:
                cost[~alone], _ = probe(self.scorer, node.word, several)
        return Children(tried, cost, np.zeros(len(tried)))

    def _appended(self, word: Word, letters: NDArray[np.int64]) -> NDArray[np.float64]:
        """Score single gates at the end of a word; each is paid for as one evaluation."""
        alphabet, engine = self.scorer.alphabet, self.scorer.engine
        insertions: Any = engine.insertions  # type: ignore[attr-defined]  # an exact engine
        gates, circuit = [alphabet.actions.gates[k] for k in letters], alphabet.circuit(word)
        at_once = max(1, _MOST_AMPLITUDES >> alphabet.actions.n_qubits)
        parts = [gates[k : k + at_once] for k in range(0, len(gates), at_once)]
        cost: NDArray[np.float64] = np.concatenate([insertions(circuit, p)[0][0] for p in parts])
        ones = np.ones(len(gates), dtype=np.int64)
        self.scorer.recorder.rehearsed(Spent(len(gates), ones, np.zeros_like(ones)))
        return np.where(np.isfinite(cost), cost, np.inf)


def short_compounds(alphabet: Alphabet) -> tuple[tuple[int, ...], ...]:
    """Return the letters of compounds of which each gate alone may bring nothing.

    Rotations whose turn CNOTs carry to other qubits (`qrl.env.fans.fans`), a rotation between two
    equal pair gates, and one before a pair gate.
    """
    n = alphabet.actions.n_qubits
    try:
        placed = fans(n, nx.complete_graph(n))
    except InputError:  # a single qubit
        placed = []
    spelt = [tuple(alphabet.actions.index(gate) for gate in word) for word in placed]
    carried = [letters for letters in spelt if min(letters) >= 0]
    extensions = Extensions(alphabet)
    return tuple(dict.fromkeys((*carried, *extensions.gadgets, *extensions.turned)))
