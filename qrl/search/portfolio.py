"""Several searchers in turns: whoever still improves the front gets more of the budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.errors import InputError
from qrl.search.archive import RESOLUTION, Archive
from qrl.search.refining.front import refine_front
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Steps, Stepwise

if TYPE_CHECKING:
    from qrl.search.archive import Found
    from qrl.search.context import SearchContext
    from qrl.search.scoring import Scoring


@dataclass(frozen=True, slots=True)
class Portfolio(Stepwise):
    """Lets members search in turns and ends with refining the front.

    All pay from one ledger and offer to one archive, from which those that begin anew take circuits
    that others have found. Who is next is a bandit's choice: the upper confidence bound of the part of
    turns that improved the front, in which old turns count less and less (Garivier and Moulines,
    arXiv 0805.3415).

    Attributes:
        members: names of searchers, joined by commas; they have their default settings.
        turn: evaluations of a turn.
        discount: of a turn's weight with each turn that follows.
        curiosity: how much what is little known about a member counts.
        refining: last part of the budget, in which the front is refined; of the evaluations, no larger
            part either.
    """

    members: str = "evolve,adapt,greedy,tempering,exchange"
    turn: int = 20_000
    discount: float = 0.97
    curiosity: float = 0.5
    refining: float = 0.1

    def __post_init__(self) -> None:
        from qrl.search.searchers import make_searcher

        for name in self.names:
            if name == "portfolio" or not isinstance(make_searcher(name, {}), Stepwise):
                raise InputError(
                    f"A portfolio's members are searchers other than agents and portfolios; got {name!r}."
                )
        if len(set(self.names)) != len(self.names):
            raise InputError(f"A portfolio's members must differ; got {self.members!r}.")
        whole_number("turn", self.turn, least=1)
        real_number("discount", self.discount, above=0.0, most=1.0)
        real_number("curiosity", self.curiosity, least=0.0)
        real_number("refining", self.refining, least=0.0, below=1.0)

    @property
    def names(self) -> tuple[str, ...]:
        """The members' names."""
        return tuple(name.strip() for name in self.members.split(","))

    def begin(self, context: SearchContext) -> Turns:
        """Return all members before their first step."""
        from qrl.search.searchers import make_searcher

        members = []
        for name, entropy in zip(self.names, context.entropy.spawn(len(self.names)), strict=True):
            own = replace(context, entropy=entropy, saved=None)
            searcher = make_searcher(name, {})
            assert isinstance(searcher, Stepwise)
            members.append(searcher.begin(own))
        return Turns(self, members, Scorer.of(context), context.scoring)


class Turns:
    """The members, what each has brought, and whose turn it is."""

    def __init__(
        self, options: Portfolio, members: list[Steps], scorer: Scorer, scoring: Scoring
    ) -> None:
        self.options, self.members, self.scorer, self.scoring = options, members, scorer, scoring
        self.turns, self.wins = np.zeros(len(members)), np.zeros(len(members))
        self.now, self._end = -1, 0
        self._heights: dict[int, float] = {}
        self._refined: set[str] = set()
        self._refining_ends: float = 0.0

    def step(self) -> None:
        """Let the member whose turn it is make a step; near the end, refine a circuit instead."""
        recorder = self.scorer.recorder
        if recorder.ledger.spent(recorder.budget) >= 1.0 - self.options.refining and self._refine():
            return
        if self.now < 0 or recorder.ledger.evaluations >= self._end:
            self._pass_on()
        self.members[self.now].step()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "members": {str(k): member.state() for k, member in enumerate(self.members)},
            "turns": self.turns.copy(),
            "wins": self.wins.copy(),
            "now": self.now,
            "end": self._end,
            "heights": [[cnots, cost] for cnots, cost in sorted(self._heights.items())],
            "refined": sorted(self._refined),
            "refining_ends": self._refining_ends,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        for k, member in enumerate(self.members):
            member.restore(state["members"][str(k)])
        self.turns[...], self.wins[...] = state["turns"], state["wins"]
        self.now, self._end = int(state["now"]), int(state["end"])
        self._heights = {int(cnots): float(cost) for cnots, cost in state["heights"]}
        self._refined = set(state["refined"])
        self._refining_ends = float(state["refining_ends"])
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    def _pass_on(self) -> None:
        """Settle the turn that ends, and choose who is next."""
        heights = self.scorer.recorder.archive.heights
        if self.now >= 0:
            self.turns *= self.options.discount
            self.wins *= self.options.discount
            self.turns[self.now] += 1.0
            self.wins[self.now] += improved(self._heights, heights)
        self._heights = heights
        bound = upper_bounds(self.turns, self.wins, self.options.curiosity)
        self.now = int(bound.argmax())
        self._end = self.scorer.recorder.ledger.evaluations + self.options.turn

    def _refine(self) -> bool:
        """Refine a circuit of the front; tell whether there was one left."""
        recorder = self.scorer.recorder
        ledger, share = recorder.ledger, self.options.refining
        if not self._refining_ends:  # steps do not count what refining spends
            self._refining_ends = ledger.evaluations / (1.0 - share)

        def ends() -> bool:
            return recorder.finished or ledger.evaluations >= self._refining_ends

        entry = None if ends() else self._unrefined()
        if entry is None:
            return False
        front = refine_front(self.scoring, Archive((entry,)), ledger, stop=ends)
        for found in front.archive.entries:
            recorder.offer(found)
            self._refined.add(_key(found))
        self._refined.add(_key(entry))
        return True

    def _unrefined(self) -> Found | None:
        """Return the best circuit, or else the one of fewest CNOTs, that is not refined yet."""
        archive = self.scorer.recorder.archive
        if not (self.scorer.is_exact and archive.entries):
            return None
        for entry in (archive.best, *archive.entries):
            if _key(entry) not in self._refined:
                return entry
        return None


def _key(entry: Found) -> str:
    return str(entry.circuit.canonical())


def upper_bounds(turns: Any, wins: Any, curiosity: float) -> Any:
    """Return the upper confidence bound of each member, infinite for one that had no turn yet.

    mean + curiosity sqrt(ln(all turns) / turns), with discounted counts (arXiv 0805.3415, section 3).

    Args:
        turns: shape (members,), discounted number of turns.
        wins: shape (members,), discounted number of those that improved the front.
        curiosity: weight of the second term.
    """
    known = np.maximum(turns, 1e-300)
    bonus = curiosity * np.sqrt(np.log(np.maximum(turns.sum(), 1.0)) / known)
    return np.where(turns > 0.0, wins / known + bonus, np.inf)


def improved(before: dict[int, float], after: dict[int, float]) -> bool:
    """Tell whether some number of CNOTs now reaches a lower cost than it or a smaller one did.

    Args:
        before, after: lowest cost of each number of CNOTs.
    """
    for cnots, cost in after.items():
        known = min((c for k, c in before.items() if k <= cnots), default=np.inf)
        if cost < known - RESOLUTION:
            return True
    return False
