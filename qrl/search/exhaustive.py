"""The fewest two-qubit gates, by trying every arrangement of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.errors import InputError
from qrl.search.dressing import Dressing
from qrl.search.pruning import pruned
from qrl.search.scored_words import Scorer
from qrl.search.skeletons import extensions
from qrl.search.stepwise import Stepwise
from qrl.search.words import Word

if TYPE_CHECKING:
    from qrl.search.context import SearchContext

MOST_SKELETONS = 2_000_000


@dataclass(frozen=True, slots=True)
class Exhaustive(Stepwise):
    """Tries every arrangement of 0, 1, 2, ... two-qubit gates until one solves the task.

    Between the two-qubit gates every qubit may have any single-qubit gates, so that directions and gates
    that differ by those are one arrangement (`qrl.search.skeletons`). Each arrangement is tuned from
    random angles several times. What is certified is therefore the enumeration: that no arrangement of
    fewer gates was left out. That none of those has a solution rests on the tuning; how far the best of
    them stays away is told.

    Solved is a cost within `error` of the task's reference, which must be known.

    Attributes:
        error: in the task's unit.
        starts: random starts of each arrangement.
        most: two-qubit gates at which the enumeration ends without a solution.
        batch: circuits scored at once.
    """

    error: float = 1e-6
    starts: int = 12
    most: int = 12
    batch: int = 32

    def __post_init__(self) -> None:
        real_number("error", self.error, above=0.0)
        for name in ("starts", "batch"):
            whole_number(name, getattr(self, name), least=1, most=10_000)
        whole_number("most", self.most, least=0, most=100)

    def begin(self, context: SearchContext) -> Enumeration:
        """Return the enumeration before its first arrangement.

        Raises:
            InputError: the answer is not known, costs are sampled, or the gate set has no continuous
                single-qubit gates.
        """
        reference = context.task.reference
        if reference is None:
            raise InputError(
                f"An exhaustive search needs a task whose exact answer is known; that of "
                f"{context.task.name} is not."
            )
        scorer = Scorer.of(context, editable=False)
        if not scorer.is_exact:
            raise InputError("An exhaustive search needs exact costs; leave out the shots.")
        dressing = Dressing(scorer.alphabet)
        if not (dressing.is_dressed and dressing.is_universal):
            raise InputError(
                "An exhaustive search needs a gate set with a two-qubit gate and all single-qubit gates, "
                f"such as cx+rotations; got {', '.join(dressing.names)}."
            )
        # Other inputs, and what the start entangles, are no product state.
        start, head = scorer.alphabet.start, context.task.objective.head()
        from_product = start.two_qubit_count == 0 and head.inputs is None
        rng = np.random.default_rng(context.entropy)
        return Enumeration(self, scorer, dressing, reference, from_product, rng)


class Enumeration:
    """Which arrangements have been tried, and how near the best of each size came.

    Attributes:
        level: two-qubit gates of the present arrangements, those of the start left out.
        waiting: arrangements of this size not yet tried.
        tried: how many of this size have been.
        nearest: for each finished size, how many arrangements there were and the lowest cost's
            distance from the reference.
    """

    def __init__(
        self,
        options: Exhaustive,
        scorer: Scorer,
        dressing: Dressing,
        reference: float,
        from_product: bool,
        rng: np.random.Generator,
    ) -> None:
        self.options, self.scorer, self.dressing, self.rng = options, scorer, dressing, rng
        self.reference = reference
        rows = scorer.alphabet.rows
        self.pairs = [(int(rows[b[0], 1]), int(rows[b[0], 2])) for b in dressing.blocks]
        self.from_product = from_product
        self.level = 0
        self.parents: list[tuple[int, ...]] = []
        self.waiting: list[tuple[int, ...]] = [()]
        self.tried, self.lowest = 0, float("inf")
        self.nearest: list[tuple[int, float]] = []

    def step(self) -> None:
        """Tune some arrangements; when all of one size are tried, go on to the next."""
        many = max(1, self.options.batch // self.options.starts)
        part, self.waiting = self.waiting[:many], self.waiting[many:]
        words = [self._word(skeleton) for skeleton in part for _ in range(self.options.starts)]
        scored = self.scorer.score(words)
        best = int(scored.true_cost.argmin())
        cost = float(scored.true_cost[best])
        self.tried += len(part)
        self.lowest = min(self.lowest, cost)
        self.parents += part
        if cost <= self.reference + self.options.error:
            pruned(self.scorer, scored.word(best), cost, self.options.batch)
            self._end(found=True)
        elif not self.waiting:
            self.nearest.append((self.tried, self.lowest - self.reference))
            self._next_level()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "level": self.level,
            "parents": [list(skeleton) for skeleton in self.parents],
            "waiting": [list(skeleton) for skeleton in self.waiting],
            "tried": self.tried,
            "lowest": self.lowest,
            "nearest": [list(row) for row in self.nearest],
            "rng": self.rng.bit_generator.state,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.level, self.tried = int(state["level"]), int(state["tried"])
        self.parents = [tuple(skeleton) for skeleton in state["parents"]]
        self.waiting = [tuple(skeleton) for skeleton in state["waiting"]]
        self.lowest = float(state["lowest"])
        self.nearest = [(int(tried), float(away)) for tried, away in state["nearest"]]
        self.rng.bit_generator.state = state["rng"]

    # -- parts -----------------------------------------------------------------------------

    def _word(self, skeleton: tuple[int, ...]) -> Word:
        """Return an arrangement with single-qubit gates everywhere, at random angles."""
        word = self.dressing.root
        for block in skeleton:
            word = self.dressing.extended(word, self.dressing.blocks[block])
        turns = self.scorer.alphabet.takes_angle[word.letters].copy()
        turns[: self.scorer.alphabet.first] = False
        angles = np.where(turns, self.rng.uniform(-np.pi, np.pi, len(word)), word.angles)
        return Word(word.letters, angles)

    def _next_level(self) -> None:
        if self.level == self.options.most:
            self._end(found=False)
            return
        grown = [
            (*skeleton, block)
            for skeleton in self.parents
            for block in extensions(skeleton, self.pairs, from_product=self.from_product)
        ]
        if len(grown) > MOST_SKELETONS or not grown:
            self._end(found=False)
            return
        self.level += 1
        self.waiting, self.parents = grown, []
        self.tried, self.lowest = 0, float("inf")

    def _end(self, *, found: bool) -> None:
        start = self.scorer.alphabet.start.two_qubit_count
        recorder = self.scorer.recorder
        recorder.certificate = {
            "two_qubit_gates": start + self.level if found else None,
            "none_with_fewer_than": start + len(self.nearest),
            "starts": self.options.starts,
            "error": self.options.error,
            "sizes": [
                {"two_qubit_gates": start + k, "arrangements": tried, "nearest": away}
                for k, (tried, away) in enumerate(self.nearest)
            ],
        }
        recorder.done = True
