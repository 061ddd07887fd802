"""Beam search over skeletons: circuits grow by a dressed two-qubit gate, and the best go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError
from qrl.search.archive import RESOLUTION
from qrl.search.dressing import Dressing, skeleton
from qrl.search.pruning import pruned
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from qrl.search.context import SearchContext

_LEAST_GAIN = 1e-9
_SOLVED = 1e-8
"""A cost this near to the bound that no circuit is below ends a round."""
_WIDEST = 4096


@dataclass(frozen=True, slots=True)
class BeamSearch(Stepwise):
    """Grows circuits block by block from the start and keeps the best of each length.

    A block is a two-qubit gate with rotations on both of its qubits, tuned together with all that
    stands before it, as in QSearch (Davis et al., arXiv 1912.11247). Gate sets without rotations grow
    by single gates. When no circuit gains any more, the search begins anew, with a beam twice as
    wide and one more random start for each circuit.

    Attributes:
        width: circuits kept of each length in the first round.
        restarts: random starts of each circuit besides the angles of its parent, in the first round.
        batch: circuits scored at once.
        most_blocks: blocks in a circuit; 0 chooses by the number of qubits.
        patience: lengths without any gain after which a round ends.
    """

    width: int = 4
    restarts: int = 1
    batch: int = 32
    most_blocks: int = 0
    patience: int = 3

    def __post_init__(self) -> None:
        for name, least in (
            ("width", 1), ("restarts", 0), ("batch", 1), ("most_blocks", 0), ("patience", 1)
        ):  # fmt: skip
            if not least <= getattr(self, name) <= _WIDEST:
                raise InputError(
                    f"{name} must be from {least} to {_WIDEST}; got {getattr(self, name)!r}."
                )

    def begin(self, context: SearchContext) -> Beam:
        """Return the beam before its first batch."""
        return Beam(self, Scorer.of(context), np.random.default_rng(context.entropy))


class Beam:
    """The circuits of one length, their children, and how many of these are scored.

    Attributes:
        round: how often the search has begun anew.
        level: blocks in the children.
    """

    def __init__(self, options: BeamSearch, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        self.dressing = Dressing(scorer.alphabet)
        self.round = 0
        self._pruned: dict[int, float] = {}
        self._begin()

    @property
    def width(self) -> int:
        """Circuits kept of each length in this round."""
        return min(self.options.width << self.round, _WIDEST)

    @property
    def most_blocks(self) -> int:
        """Blocks that a circuit may have."""
        limit = self.scorer.max_gates or _WIDEST
        if self.options.most_blocks:
            return min(limit, self.options.most_blocks)
        n = self.scorer.alphabet.actions.n_qubits
        # Of three and four qubits, whole unitaries and density matrices may be asked for.
        return min(limit, max(4 * n, min(4**n // 4, 24)) if self.dressing.is_dressed else 8 * n)

    def step(self) -> None:
        """Score one batch of children; behind the last one, choose who goes on."""
        part = slice(self._done, self._done + self.options.batch)
        words = self._children[part]
        scored = self.scorer.score(words, fresh=self._fresh[part])
        self._cost[part] = scored.true_cost
        self._children[part] = [scored.word(index) for index in range(len(words))]
        self._done += len(words)
        if self._done == len(self._children):
            self._next_level()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "round": self.round,
            "level": self.level,
            "idle": self._idle,
            "lowest": self._lowest,
            "pruned": [[cnots, cost] for cnots, cost in sorted(self._pruned.items())],
            "children": self.scorer.alphabet.pad(self._children).to_dict(),
            "fresh": np.array(self._fresh),
            "cost": self._cost.copy(),
            "done": self._done,
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.round, self.level = int(state["round"]), int(state["level"])
        self._idle, self._lowest = int(state["idle"]), float(state["lowest"])
        self._pruned = {int(cnots): float(cost) for cnots, cost in state["pruned"]}
        self._children = Padded.from_dict(state["children"]).words()
        self._fresh = np.array(state["fresh"]).tolist()
        self._cost = np.array(state["cost"])
        self._done = int(state["done"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    def _begin(self) -> None:
        """Begin a round with the start alone."""
        self.level, self._idle, self._lowest = 0, 0, float("inf")
        # Of each number of CNOTs, the lowest cost whose circuit was pruned in this round.
        self._pruned = {}
        start = self.scorer.alphabet.start_word
        self._expect([self.dressing.root if self.dressing.is_dressed else start], [len(start)])

    def _expect(self, words: list[Word], fresh: list[int]) -> None:
        """Put words into the queue, each from its own angles and from random ones.

        Args:
            words: circuits to score.
            fresh: for each the first position whose angle, with all behind it, has no meaning yet.
        """
        self._children, self._fresh = [], []
        for word, first in zip(words, fresh, strict=True):
            self._children.append(word)
            self._fresh.append(first)
            turns = self.scorer.alphabet.takes_angle[word.letters]
            turns[: self.scorer.alphabet.first] = False
            for _ in range(self._restarts if turns.any() else 0):
                angles = np.where(turns, self.rng.uniform(-np.pi, np.pi, len(word)), word.angles)
                self._children.append(Word(word.letters, angles))
                self._fresh.append(len(word))
        self._cost, self._done = np.full(len(self._children), np.inf), 0

    @property
    def _restarts(self) -> int:
        return self.options.restarts + self.round

    def _next_level(self) -> None:
        """Choose who goes on, and line up their children; begin anew where nothing is left to gain."""
        chosen = self._chosen()
        best = chosen[0]
        if self.dressing.is_dressed and self.scorer.is_exact:
            for index in chosen:
                if self._cost[index] <= self._cost[best] + _LEAST_GAIN:
                    self._prune(self._children[index], float(self._cost[index]))
        lowest = float(self._cost[best])
        self._idle = 0 if lowest < self._lowest - _LEAST_GAIN else self._idle + 1
        self._lowest = min(self._lowest, lowest)
        solved = lowest <= self.scorer.lower_bound + _SOLVED
        if solved or self._idle >= self.options.patience or self.level >= self.most_blocks:
            self.round += 1
            self._begin()
            return
        self.level += 1
        blocks = self.dressing.blocks
        if not self.dressing.is_dressed:
            blocks = tuple((letter,) for letter in range(len(self.scorer.alphabet.actions)))
        parents = [self._children[index] for index in chosen]
        grown = [(parent, block) for parent in parents for block in blocks]
        self._expect(
            [self.dressing.extended(parent, block) for parent, block in grown],
            [len(parent) for parent, _ in grown],
        )

    def _chosen(self) -> list[int]:
        """Return the children that go on: the cheapest, and of those alike only one.

        Alike are costs that agree to `RESOLUTION` with the same two-qubit gates; without dress, the same
        gates up to the order of those that commute. Ties are broken by lot.
        """
        level_of_cost = np.round(self._cost / RESOLUTION)
        order = np.lexsort((self.rng.random(len(self._cost)), level_of_cost))
        seen: set[Any] = set()
        chosen: list[int] = []
        for index in order.tolist():
            key = level_of_cost[index], self._kind(self._children[index])
            if key not in seen:
                seen.add(key)
                chosen.append(index)
            if len(chosen) == self.width:
                break
        return chosen

    def _kind(self, word: Word) -> Any:
        if self.dressing.is_dressed:
            return skeleton(self.scorer.alphabet, word, directed=not self.dressing.is_universal)
        return self.scorer.alphabet.circuit(word).canonical().gates

    def _prune(self, word: Word, cost: float) -> None:
        """Take needless gates out of a circuit that beats all pruned ones of as many CNOTs.

        One that stays too long to be kept beats nothing: the next of its cost is tried.
        """
        cnots = self.scorer.alphabet.circuit(word).two_qubit_count
        known = min((c for k, c in self._pruned.items() if k <= cnots), default=np.inf)
        if cost < known - _LEAST_GAIN:
            shorter, lower = pruned(self.scorer, word, cost, self.options.batch)
            if self.scorer.allows(shorter):
                self._pruned[self.scorer.alphabet.circuit(shorter).two_qubit_count] = lower
