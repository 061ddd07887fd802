"""The open and the closed list of a best-first search, and how they go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.search.best_first.guides import Children
from qrl.search.best_first.nodes import Closed, Node, Nodes
from qrl.search.best_first.queue import ITSELF, Entries, Queue
from qrl.search.words import Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.best_first.guides import Guide
    from qrl.search.best_first.searcher import BestFirst
    from qrl.search.scored_words import Scorer

MOST_WAITING = 1 << 20
"""Extensions that a queue may be told to hold."""
HIGH = 1e30
"""Stands for a cost that is no number."""
_NOTHING = 1e-9
_SOLVED = 1e-8
"""A circuit this near to the bound that no circuit is below needs no more gates."""


class Frontier:
    """The circuits that may be extended next, and those that were.

    Attributes:
        round: how often the search has begun anew.
        queue: what waits.
        nodes: the tuned circuits that it is made from.
        closed: circuits that were tried.
        lowest, highest: costs known so far.
    """

    def __init__(
        self, options: BestFirst, scorer: Scorer, guide: Guide, rng: np.random.Generator
    ) -> None:
        self.options, self.scorer, self.guide, self.rng = options, scorer, guide, rng
        rank = np.linspace(1.0, -1.0, options.batch) if options.batch > 1 else np.zeros(1)
        self.weights: NDArray[np.float64] = options.weight * options.spread**rank
        self.queue = Queue(options.queue, by_cost=guide.by_cost)
        self.nodes = Nodes(scorer.alphabet)
        self.closed = Closed(scorer.alphabet)
        self.lowest = self.highest = scorer.start_cost
        self.round = self._tuned = 0
        self._begin()

    @property
    def unit(self) -> float:
        """A lack of cost that counts for little."""
        gain = self.scorer.start_cost - self.lowest
        known = gain if gain > _NOTHING else self.highest - self.lowest
        return self.options.resolution * known if known > _NOTHING else 1.0

    def step(self) -> None:
        """Take the most promising circuits out: tune those that are new, extend those that are tuned."""
        taken = self._take()
        if not len(taken.node):
            self._end_round()
            return
        new = taken.action != ITSELF
        if new.any():
            self._tune(taken.at(new))
        if not new.all():
            self._extend(taken.at(~new))
        self.queue.trim(self.weights, lowest=self.lowest, unit=self.unit)
        if len(self.nodes) > self.queue.limit:
            self.nodes.keep(self.queue.entries.node.tolist())

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        self.nodes.keep(self.queue.entries.node.tolist())
        return {
            "round": self.round,
            "tuned": self._tuned,
            "lowest": self.lowest,
            "highest": self.highest,
            "queue": self.queue.state(),
            "nodes": self.nodes.state(),
            "closed": self.closed.state(),
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.round, self._tuned = int(state["round"]), int(state["tuned"])
        self.lowest, self.highest = float(state["lowest"]), float(state["highest"])
        self.queue.restore(state["queue"])
        self.nodes.restore(state["nodes"])
        self.closed.restore(state["closed"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Let the start wait alone, or with the circuits of the archive in later rounds."""
        alphabet = self.scorer.alphabet
        self.queue.clear()
        self.closed.clear()
        self.nodes.keep(())
        self._tuned = 0
        cost = self.scorer.start_cost
        self._wait(Node(alphabet.start_word, (), cost, cost))
        self.closed.add(alphabet.start_word)
        for entry in self.scorer.recorder.archive.entries if self.round else ():
            word = alphabet.word(entry.circuit)
            path = None if word is None else self.guide.path(word)
            if word is not None and path is not None and self.closed.add(word):
                self._wait(Node(word, path, entry.cost, entry.cost))

    def _end_round(self) -> None:
        """Begin anew; where each circuit has one cost and all were tried, nothing is left."""
        turns = bool(self.scorer.alphabet.takes_angle.any())
        tried_all = not (turns or self.queue.dropped) and self.scorer.is_exact
        if tried_all or not self._tuned:
            self.scorer.recorder.done = True
            return
        self.round += 1
        self.queue.limit = min(2 * self.queue.limit, MOST_WAITING)
        self._begin()

    def _take(self) -> Entries:
        """Take out the most promising entry by each weight; circuits that were tried are left out."""
        entries = self.queue.entries
        gone: list[int] = []
        taken: list[int] = []
        waits = np.ones(len(self.queue), dtype=np.bool_)
        for f in self.queue.priorities(self.weights, lowest=self.lowest, unit=self.unit):
            f[~waits] = np.inf
            while len(gone) < len(f):
                index = int(f.argmin())
                gone.append(index)
                f[index], waits[index] = np.inf, False
                own = entries.action[index] == ITSELF
                if own or self.closed.add(self._word(entries.node[index], entries.action[index])):
                    taken.append(index)
                    break
        found = entries.at(taken)
        self.queue.remove(gone)
        return found

    def _word(self, node: int, action: int) -> Word:
        """Return a node with the gates of an action behind it, their angles at 0."""
        word, letters = self.nodes[int(node)].word, self.guide.words[action]
        return Word(np.append(word.letters, letters), np.append(word.angles, [0.0] * len(letters)))

    def _tune(self, taken: Entries) -> None:
        """Tune new circuits and let them wait to be extended."""
        parents = [self.nodes[number] for number in taken.node.tolist()]
        words = [self._word(*pair) for pair in zip(taken.node, taken.action, strict=True)]
        fresh = [len(parent.word) for parent in parents]
        if self.round:
            takes = self.scorer.alphabet.takes_angle
            for word, first in zip(words, fresh, strict=True):
                drawn = self.rng.uniform(-np.pi, np.pi, len(word) - first)
                word.angles[first:] = np.where(takes[word.letters[first:]], drawn, 0.0)
            fresh = [len(word) for word in words]
        target = [parent.cost for parent in parents]
        scored = self.scorer.score(
            words, fresh=fresh, target=target, max_gradients=self.options.max_gradients
        )
        self._tuned += len(words)
        cost = np.nan_to_num(scored.true_cost, nan=HIGH, posinf=HIGH)
        self._learn(cost)
        numbers = zip(taken.action.tolist(), cost.tolist(), taken.regret.tolist(), strict=True)
        for k, (parent, (action, own, regret)) in enumerate(zip(parents, numbers, strict=True)):
            self._wait(Node(scored.word(k), (*parent.path, action), own, parent.cost, regret))

    def _wait(self, node: Node) -> None:
        """Let a tuned circuit wait to be extended, unless it is solved."""
        if node.cost > self.scorer.lower_bound + _SOLVED:
            itself = np.array([ITSELF]), np.array([node.cost]), np.array([node.regret])
            self._push(self.nodes.add(node), Children(*itself))

    def _extend(self, taken: Entries) -> None:
        """Let the extensions of tuned circuits wait."""
        numbers = taken.node.tolist()
        found = self.guide.children([self.nodes[number] for number in numbers])
        for number, children in zip(numbers, found, strict=False):  # fewer where the budget ended
            self._learn(children.cost)
            self._push(number, children)

    def _push(self, number: int, children: Children) -> None:
        count = len(children.action)
        price = np.full(count, self._price(self.nodes[number].word.letters))
        for k, action in enumerate(children.action.tolist()):
            if action != ITSELF:
                price[k] += self._price(self.guide.words[action])
        node, lot = np.full(count, number, dtype=np.int64), self.rng.random(count)
        cost = np.minimum(children.cost, HIGH)
        self.queue.push(Entries(node, children.action, price, cost, children.regret, lot))

    def _price(self, letters: Any) -> float:
        """Return what gates cost, in CNOTs."""
        cnots = self.scorer.alphabet.cnots[np.asarray(letters, dtype=np.int64)].sum()
        return float(cnots + self.options.price_gate * len(letters))

    def _learn(self, cost: NDArray[np.float64]) -> None:
        known = cost[np.abs(cost) < HIGH]
        self.lowest = min(self.lowest, float(known.min(initial=self.lowest)))
        self.highest = max(self.highest, float(known.max(initial=self.highest)))
