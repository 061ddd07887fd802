"""Greedy growth with look-ahead: every gate at every place, and compounds of several gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError
from qrl.search.adapt_pools import operators
from qrl.search.extensions import Extensions
from qrl.search.lanes import Lanes, Member, packed, unpacked
from qrl.search.probing import Trial, has_closed_form, probe, scan
from qrl.search.pruning import pruned
from qrl.search.scored_words import Scorer
from qrl.search.shortlist import Shortlist
from qrl.search.stepwise import Stepwise
from qrl.search.thinning import thinned
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from qrl.search.context import SearchContext

_LEAST_GAIN = 1e-9
_MOST = 1 << 16
_WIDEST = 1024
_HIGH = 1e30
"""Stands for the cost of a start that has none."""
_ONE_GATE, _COMPOUND = 0, 1
"""Kinds of extensions that are scored in closed form."""


@dataclass(frozen=True, slots=True)
class Greedy(Stepwise):
    """Extends the best circuits of each number of CNOTs, fewest CNOTs first.

    A circuit is extended by one gate at any place, scored in closed form (Rotosolve's rule; Ostaszewski,
    Grant and Benedetti, arXiv 1905.09692), and by compounds of several gates, of which each brings
    nothing alone: fans, excitations, a rotation between two CNOTs, a dressed CNOT. Of compounds the new
    angles alone are set in closed form first. The most promising extensions get all angles tuned. Each
    number of CNOTs keeps a beam of its own, which is the same as searching at every price of a CNOT at
    once. Where nothing gains any more, two-qubit gates are taken out of the best circuits one by one; then
    the search begins anew with a beam twice as wide, and with one more CNOT that may bring nothing.

    Engines without closed form tune a part of the extensions, drawn by lot.

    Attributes:
        width: circuits of each number of CNOTs that are extended in the first round.
        tried: extensions of a circuit whose angles are all tuned.
        appended: fans and excitations at the end of a circuit whose angles are all tuned, drawn where there
            are more.
        probes: compounds of a circuit that are scored in closed form at most; drawn where there are more.
        pruned: extensions of a circuit that lose their needless gates at once, those that gain most.
        batch: circuits tuned at once.
        max_gradients: gradient evaluations for tuning an extension; a circuit that is to be extended
            itself gets as many as the settings of the environment say.
    """

    width: int = 1
    tried: int = 16
    appended: int = 512
    probes: int = 500
    pruned: int = 2
    batch: int = 32
    max_gradients: int = 30

    def __post_init__(self) -> None:
        for name, least, most in (
            ("width", 1, _WIDEST), ("tried", 1, _MOST), ("appended", 0, _MOST),
            ("probes", 1, _MOST), ("pruned", 0, _MOST),
            ("batch", 1, 4096), ("max_gradients", 1, _MOST),
        ):  # fmt: skip
            if not least <= getattr(self, name) <= most:
                raise InputError(
                    f"{name} must be from {least} to {most}; got {getattr(self, name)!r}."
                )

    def begin(self, context: SearchContext) -> Growth:
        """Return the search with the start alone."""
        return Growth(self, Scorer.of(context), np.random.default_rng(context.entropy))


class Growth:
    """The circuits that may be extended, and how far the extensions of one are tried.

    Attributes:
        round: how often the search has begun anew.
        lanes: the circuits.
    """

    def __init__(self, options: Greedy, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        self.extensions = Extensions(scorer.alphabet)
        self.operators = operators(scorer.alphabet, "fans,qubit-excitations")
        self.has_closed_form = has_closed_form(scorer)
        self.round = 0
        self.lanes = Lanes(scorer.alphabet)
        start_cost = float(np.nan_to_num(scorer.start_cost, nan=_HIGH, posinf=_HIGH))
        self.lanes.offer(scorer.alphabet.start_word, start_cost, self.width)
        self._parent: Member | None = None
        self._thinned: Member | None = None
        self._drawn_from: Any = None
        self._trials: list[Trial] = []
        self._done = 0
        self.shortlist = Shortlist(scorer.alphabet, max(1, options.tried // 4))
        self._appended: list[Word] = []
        self._fresh: list[int] = []
        self._gainers: list[Member] = []

    @property
    def width(self) -> int:
        """Circuits of each number of CNOTs that are extended in this round."""
        return min(self.options.width << self.round, _WIDEST)

    def step(self) -> None:
        """Do one thing: choose a circuit, try a batch of its extensions, or thin a circuit out."""
        if self._thinned is not None:
            self._thin(self._thinned)
        elif self._parent is None and self._gainers:
            self._prune(self._gainers.pop())
        elif self._parent is None:
            self._choose()
        elif self._done < len(self._trials):
            self._probe(self._parent)
        else:
            self._tune(self._parent)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "round": self.round,
            "lanes": self.lanes.state(),
            "parent": packed([self._parent] if self._parent else [], self.scorer.alphabet),
            "thinned": packed([self._thinned] if self._thinned else [], self.scorer.alphabet),
            "gainers": packed(self._gainers, self.scorer.alphabet),
            "drawn_from": self._drawn_from,
            "done": self._done,
            "shortlist": self.shortlist.state(),
            "appended": self.scorer.alphabet.pad(self._appended).to_dict(),
            "fresh": list(self._fresh),
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.round = int(state["round"])
        self.lanes.restore(state["lanes"])
        self._parent = next(iter(unpacked(state["parent"])), None)
        self._thinned = next(iter(unpacked(state["thinned"])), None)
        self._gainers = unpacked(state["gainers"])
        self.shortlist.restore(state["shortlist"])
        self._appended = Padded.from_dict(state["appended"]).words()
        self._fresh = [int(place) for place in state["fresh"]]
        self._drawn_from, self._trials = state["drawn_from"], []
        if self._parent is not None:
            # Trials are many, and follow from where the random numbers stood.
            self.rng.bit_generator.state = self._drawn_from
            self._draw(self._parent)
        self._done = int(state["done"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    def _choose(self) -> None:
        """Choose the next circuit, without its needless gates, and score its one-gate extensions."""
        member = self.lanes.next(self.width, self.round, self.round + 1)
        if member is None:
            self._end_growth()
            return
        member.extended += 1
        word, cost = member.word, member.cost
        scored = self.scorer.score([word], target=[cost])
        if self.scorer.is_exact and member.extended == 1:
            if scored.true_cost[0] <= cost:
                word, cost = scored.word(0), float(scored.true_cost[0])
            word, cost = pruned(self.scorer, word, cost, self.options.batch)
            self.lanes.remove(member)
            self._offer(word, cost)
        found = self.lanes.find(word)
        if found is not None:
            found.extended = max(found.extended, member.extended)
        self._parent = Member(word, cost)
        self._drawn_from = self.rng.bit_generator.state
        self.shortlist.clear()
        self._draw(self._parent)
        self._append(self._parent)
        if self.has_closed_form:
            self._scan(self._parent)

    def _draw(self, parent: Member) -> None:
        """Draw the trials of a circuit."""
        options, closed = self.options, self.has_closed_form
        most = options.probes if closed else options.tried
        trials = self.extensions.draw(parent.word, most, self.rng, singles=not closed)
        limit = self.scorer.max_gates or _MOST
        length = len(parent.word) - self.scorer.alphabet.first
        self._trials = [t for t in trials if length + len(t.inserted) - len(t.removed) <= limit]
        self._done = 0

    def _append(self, parent: Member) -> None:
        """Put fans and excitations at the end: all angles may have to follow before they gain."""
        chosen = np.arange(len(self.operators))
        if len(chosen) > self.options.appended:
            chosen = np.sort(self.rng.permutation(len(chosen))[: self.options.appended])
        words = [(self.operators[k].after(parent.word), self.operators[k]) for k in chosen]
        fitting = [(word, op) for word, op in words if self.scorer.allows(word)]
        self._appended = [word for word, _ in fitting]
        self._fresh = [op.fresh(len(parent.word)) for _, op in fitting]

    def _scan(self, parent: Member) -> None:
        """Keep the best one-gate extensions."""
        length = len(parent.word) - self.scorer.alphabet.first
        if self.scorer.max_gates and length >= self.scorer.max_gates:
            return
        cost, angles = scan(self.scorer, parent.word)
        best = np.argsort(cost, axis=None, kind="stable")[: self.options.tried]
        first = self.scorer.alphabet.first
        words, costs = [], []
        for index in best.tolist():
            place, letter = divmod(index, cost.shape[1])
            word, new = Trial.at(first + place, (letter,)).of(parent.word)
            word.angles[new] = angles[place, letter]
            words.append(word)
            costs.append(cost[place, letter])
        self.shortlist.add(parent.word, words, parent.cost - np.array(costs), _ONE_GATE)

    def _probe(self, parent: Member) -> None:
        """Score a batch of compounds and keep the best."""
        if not self.has_closed_form:
            part = self._trials[self._done : self._done + self.options.batch]
            self._done += len(part)
            words = [trial.of(parent.word)[0] for trial in part]
            self.shortlist.add(parent.word, words, np.zeros(len(words)), _COMPOUND)
            return
        part = self._trials[self._done : self._done + 8 * self.options.batch]
        self._done += len(part)
        cost, words = probe(self.scorer, parent.word, part)
        for k in np.flatnonzero(cost <= parent.cost + _LEAST_GAIN).tolist():
            # On another pair a gate may do the same, and leave room for others.
            if part[k].removed and self.scorer.allows(words[k]):
                self._offer(words[k], float(cost[k]))
        self.shortlist.add(parent.word, words, parent.cost - cost, _COMPOUND)

    def _tune(self, parent: Member) -> None:
        """Tune a batch of the most promising words and sort them into their lanes."""
        words = self._appended[: self.options.batch]
        fresh = self._fresh[: len(words)]
        self._appended, self._fresh = self._appended[len(words) :], self._fresh[len(words) :]
        if not words:
            words = self.shortlist.take(self.options.batch)
            fresh = [len(word) for word in words]
        if words:
            scored = self.scorer.score(
                words, fresh=fresh, target=[parent.cost] * len(words),
                max_gradients=self.options.max_gradients,
            )  # fmt: skip
            for index in range(len(words)):
                word, cost = scored.word(index), float(scored.true_cost[index])
                if self.scorer.allows(word):
                    self._offer(word, cost)
                if cost < parent.cost - _LEAST_GAIN:
                    self._gainers.append(Member(word, cost))
            self._gainers.sort(key=lambda member: member.rank)
            del self._gainers[self.options.pruned if self.scorer.is_exact else 0 :]
        if not (self._appended or self.shortlist.words):
            self._parent, self._trials, self._done = None, [], 0

    def _prune(self, member: Member) -> None:
        """Take needless gates out of an extension, which may bring it to a lower lane."""
        scored = self.scorer.score([member.word], target=[member.cost])
        tuned = scored.word(0), float(scored.true_cost[0])
        word, cost = pruned(self.scorer, *tuned, self.options.batch)
        if self.scorer.allows(word):
            self._offer(word, cost)

    def _offer(self, word: Word, cost: float) -> None:
        self.lanes.offer(word, cost, self.width, self.width)

    def _end_growth(self) -> None:
        """Go on with thinning out the best circuit; what that leaves is extended in the next round."""
        members = self.lanes.members()
        best = min(members, key=lambda member: member.rank)
        self.round += 1
        self._thinned = Member(best.word, best.cost)
        for entry in self.scorer.recorder.archive.entries:
            if (word := self.scorer.alphabet.word(entry.circuit)) is not None:
                self._offer(word, entry.cost)

    def _thin(self, member: Member) -> None:
        """Take out the two-qubit gates that are missed least."""
        shorter = thinned(self.scorer, member.word, member.cost, self.options.batch)
        if shorter is None or shorter[1] >= self.scorer.useless_cost - _LEAST_GAIN:
            self._thinned = None
            return
        self._thinned = Member(*shorter)
        if self.scorer.allows(shorter[0]):
            self._offer(*shorter)
