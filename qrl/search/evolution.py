"""NSGA-II over whole circuits: a population is bred for cost, CNOTs and depth at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.search.archive import RESOLUTION
from qrl.search.library import Library
from qrl.search.moves import MOVES, Moves
from qrl.search.normal_form import NormalForm
from qrl.search.pareto import crowding_distances, front_ranks
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.walkers import room
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.context import SearchContext

_ATTEMPTS = 10
"""Draws for each child before a generation is left smaller: others were there already."""
_GAIN = 1e-6
"""Progress is a cost lower by more than this part of what has been gained on the start."""


@dataclass(frozen=True, slots=True)
class Evolution(Stepwise):
    """Breeds circuits by the rules of NSGA-II.

    Parents and children compete: fronts of circuits that none beats in cost, CNOTs and depth go on in
    order, of the last one those whose neighbours are far (Deb, Pratap, Agarwal and Meyarivan, IEEE
    Transactions on Evolutionary Computation 6, 182 (2002)). Parents win binary tournaments; children are
    made by moves and by crossing two parents at a point of each, and tuned from the angles that they
    inherit. Of circuits that differ only in angles and in the order of commuting gates there is one.

    Where the paper measures crowding by the cost itself, its logarithm above the lowest is taken here, as
    errors that matter differ by orders of magnitude. When nothing has been gained for some generations, a
    part of the population makes room for children of the archive, several moves away.

    Attributes:
        population: circuits that go on.
        offspring: children of a generation.
        crossover: share of children that have two parents.
        most_moves: a child is changed by 1 to this many moves.
        patience: generations without progress before immigrants come.
        immigrants: how many of them; they are 2 to `kick` moves away from circuits of the archive.
        kick: see there.
        stay: share of the population that stays when immigrants come.
        max_gradients: gradient evaluations for tuning one child.
        mined, copies: how often a child gets a gadget that good circuits of the archive share, or a gadget
            and a copy of its pair gate further behind; against an insertion's 4 (`qrl.search.moves.MOVES`).
    """

    population: int = 96
    offspring: int = 32
    crossover: float = 0.3
    most_moves: int = 3
    patience: int = 50
    immigrants: int = 8
    kick: int = 6
    stay: float = 0.5
    max_gradients: int = 40
    mined: float = 0.0
    copies: float = 0.0

    def __post_init__(self) -> None:
        for name, least in (("population", 2), ("offspring", 1), ("immigrants", 0)):
            whole_number(name, getattr(self, name), least=least, most=MOST_ENVS)
        for name, least in (("most_moves", 1), ("patience", 1), ("kick", 2), ("max_gradients", 1)):
            whole_number(name, getattr(self, name), least=least)
        for name in ("mined", "copies"):
            real_number(name, getattr(self, name), least=0.0, most=1e6)
        for name in ("crossover", "stay"):
            real_number(name, getattr(self, name), least=0.0, most=1.0)

    def begin(self, context: SearchContext) -> Population:
        """Return the population: the start alone."""
        return Population(self, Scorer.of(context), np.random.default_rng(context.entropy))


class Population:
    """The circuits that breed.

    Attributes:
        words: one for each normal form.
        values: cost, CNOTs and depth, shape (words, 3).
        ranks, distances: front of each word and how lonely it is there, shape (words,).
        idle: generations without progress.
    """

    def __init__(self, options: Evolution, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        self.library = Library(scorer.alphabet)
        weights = {**MOVES, "mined": options.mined, "copies": options.copies}
        self.moves = Moves(scorer.alphabet, room(scorer), self.library, weights)
        self.normal_form = NormalForm(scorer.alphabet)
        start = scorer.alphabet.start
        self.words = [scorer.alphabet.start_word]
        self.values = np.array(
            [[scorer.start_cost, start.two_qubit_count, start.depth]], dtype=np.float64
        )
        self._forms = [self.normal_form(word) for word in self.words]
        self._lowest = {start.two_qubit_count: scorer.start_cost}
        self.idle = 0
        self._look()

    def step(self) -> None:
        """Breed one generation, score it, and let the best of all go on."""
        children: dict[bytes, Word] = {}
        if self.idle >= self.options.patience:
            self._make_room()
            self._add_immigrants(children)
            self.idle = 0
        self._add_children(children)
        words, forms = list(children.values()), list(children)
        scored = self.scorer.score(words, max_gradients=self.options.max_gradients)
        usable = np.flatnonzero(np.isfinite(scored.true_cost))
        values = np.stack([scored.true_cost, scored.cnots, scored.depth], axis=1)[usable]
        self.idle = 0 if self._notes_progress(values) else self.idle + 1
        self.words += [scored.word(int(index)) for index in usable]
        self._forms += [forms[int(index)] for index in usable]
        self.values = np.concatenate([self.values, values])
        self._look()
        self._keep(np.lexsort((-self.distances, self.ranks))[: self.options.population])

    def crossed(self, left: Word, right: Word) -> Word | None:
        """Return the front of one word and the back of another; None where it is too long.

        Half of the time both are cut at the same place, so that circuits do not drift in length.
        """
        first = self.scorer.alphabet.first
        cut = int(self.rng.integers(first, len(left) + 1))
        other = int(self.rng.integers(first, len(right) + 1))
        if self.rng.random() < 0.5:
            other = min(cut, len(right))
        child = Word(
            np.append(left.letters[:cut], right.letters[other:]),
            np.append(left.angles[:cut], right.angles[other:]),
        )
        return child if len(child) - first <= self.moves.most_gates else None

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "words": self.scorer.alphabet.pad(self.words).to_dict(),
            "values": self.values.copy(),
            "ranks": self.ranks.copy(),
            "distances": self.distances.copy(),
            "lowest": [[cnots, cost] for cnots, cost in sorted(self._lowest.items())],
            "idle": self.idle,
            "gadgets": self.library.state(),
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.words = Padded.from_dict(state["words"]).words()
        self.values, self.ranks = np.array(state["values"]), np.array(state["ranks"])
        self.distances = np.array(state["distances"])
        if not (1 <= len(self.words) == len(self.values) <= self.options.population):
            raise ValueError(f"{len(self.words)} circuits")
        self._forms = [self.normal_form(word) for word in self.words]
        self._lowest = {int(cnots): float(cost) for cnots, cost in state["lowest"]}
        self.idle = int(state["idle"])
        self.library.restore(state["gadgets"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    def _add_children(self, children: dict[bytes, Word]) -> None:
        """Breed words that are neither in the population nor alike; at least one of any kind."""
        known = {*self._forms, *children}
        for _ in range(_ATTEMPTS * self.options.offspring):
            if len(children) >= self.options.offspring:
                break
            child = self._child()
            form = b"" if child is None else self.normal_form(child)
            if child is not None and form not in known:
                known.add(form)
                children[form] = child
        if not children:
            child = self._parent()
            children[self.normal_form(child)] = child

    def _child(self) -> Word | None:
        moves = int(self.rng.integers(1, self.options.most_moves + 1))
        child = self._parent()
        if self.rng.random() < self.options.crossover:
            crossed = self.crossed(child, self._parent())
            if crossed is None:
                return None
            child, moves = crossed, moves - 1
        for _ in range(moves):
            child = self.moves.draw(child, self.rng)
        return child

    def _parent(self) -> Word:
        """Return the winner of a binary tournament: the front decides, then the distance."""
        a, b = self.rng.integers(len(self.words), size=2).tolist()
        better = (self.ranks[a], -self.distances[a]) <= (self.ranks[b], -self.distances[b])
        winner: int = a if better else b
        return self.words[winner]

    def _add_immigrants(self, children: dict[bytes, Word]) -> None:
        """Change circuits of the archive by several moves."""
        entries = self.scorer.recorder.archive.entries
        self.moves.learn(entries)
        known = [self.scorer.alphabet.word(entry.circuit) for entry in entries]
        usable = [word for word in known if word is not None]
        for _ in range(min(self.options.immigrants, self.options.offspring) if usable else 0):
            word = usable[int(self.rng.integers(len(usable)))]
            for _ in range(int(self.rng.integers(2, self.options.kick + 1))):
                word = self.moves.draw(word, self.rng)
            form = self.normal_form(word)
            if form not in self._forms:
                children[form] = word

    def _make_room(self) -> None:
        """Let a part of the population go, drawn by lot: the archive remembers the best."""
        count = max(1, round(self.options.stay * len(self.words)))
        self._keep(self.rng.permutation(len(self.words))[:count])

    def _keep(self, chosen: NDArray[np.intp]) -> None:
        self.words = [self.words[index] for index in chosen.tolist()]
        self._forms = [self._forms[index] for index in chosen.tolist()]
        self.values, self.ranks = self.values[chosen], self.ranks[chosen]
        self.distances = self.distances[chosen]

    def _look(self) -> None:
        """Find fronts and distances."""
        values = self.values.copy()
        # What rounding alone tells apart is equal, so that the smaller circuit wins.
        values[:, 0] = np.round((values[:, 0] - values[:, 0].min()) / RESOLUTION)
        self.ranks = front_ranks(values)
        values[:, 0] = np.log1p(values[:, 0])
        self.distances = crowding_distances(values, self.ranks)

    def _notes_progress(self, values: NDArray[np.float64]) -> bool:
        """Tell whether a cost is below all known ones of as few CNOTs, and remember it."""
        gained = self.scorer.start_cost - min(self._lowest.values())
        progress = False
        for cost, cnots in values[:, :2].tolist():
            known = min((c for k, c in self._lowest.items() if k <= cnots), default=np.inf)
            if cost < known - max(_GAIN * gained, RESOLUTION):
                self._lowest[int(cnots)] = cost
                progress = True
        return progress
