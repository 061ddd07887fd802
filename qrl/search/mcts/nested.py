"""Nested Monte-Carlo tree search: gate by gate, with shared angles and bandits at each level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.errors import InputError
from qrl.search.mcts.bandit import LevelBandits
from qrl.search.mcts.best_paths import BestPaths
from qrl.search.mcts.paths import PathSampler, Played
from qrl.search.mcts.pool import Pool
from qrl.search.mcts.rewards import Rewards
from qrl.search.mcts.shared_angles import SharedAngles
from qrl.search.mcts.tree import PathTree
from qrl.search.pruning import pruned
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.context import SearchContext
    from qrl.search.words import Word

_LEAST_GAIN = 1e-9
_FEWEST_CHILDREN = 5
_MOST = 10**6


@dataclass(frozen=True, slots=True)
class NestedMCTS(Stepwise):
    """Builds circuits operation by operation (Wang et al., arXiv 2207.00132).

    A path is one operation of the pool a level. At each level of a descent, paths are played through
    the tree below it, and the search goes down to the child with the highest mean reward. All circuits
    share their angles, which a few gradient steps a path train. After a descent its best circuits are
    tuned in full and freed of needless gates. A round of descents begins with random paths, and the next
    one anew, with other angles and another limit of CNOTs.

    Attributes:
        batch: paths scored at once.
        plays: paths played at each level of a descent.
        warm_up: batches of random paths before a round.
        descents: descents of a round.
        levels: operations of the longest path; 0 chooses by the limit of CNOTs.
        most_cnots: CNOTs that a path may have; 0 begins with as many as there are qubits, and allows twice
            and three times as many in the rounds after that.
        alpha: constant of the confidence bound in the first descent; the paper's 1 to 2 go with hundreds of
            plays at each level.
        decay: factor of alpha from descent to descent.
        prune_from, prune_to: ratio of the parent's mean reward below which a child is left, in the first
            descent and in the last.
        prune_visits: visits that a child must have had before.
        chance: of a random operation, below the tree.
        fade: share of the visits of the levels' bandits that the next descent begins with.
        mix: share of the tuned angles in the shared ones.
        width: first angles are drawn from -width to width, radians.
        max_gradients: gradient evaluations for tuning one path.
        keep: circuits tuned in full after a descent.
    """

    batch: int = 32
    plays: int = 32
    warm_up: int = 8
    descents: int = 8
    levels: int = 0
    most_cnots: int = 0
    alpha: float = 0.5
    decay: float = 0.9
    prune_from: float = 0.2
    prune_to: float = 0.9
    prune_visits: int = 8
    chance: float = 0.2
    fade: float = 0.5
    mix: float = 0.5
    width: float = 0.5
    max_gradients: int = 15
    keep: int = 16

    def __post_init__(self) -> None:
        whole_number("batch", self.batch, least=1, most=MOST_ENVS)
        whole_number("keep", self.keep, least=1, most=MOST_ENVS)
        for name in ("plays", "descents", "prune_visits", "max_gradients"):
            whole_number(name, getattr(self, name), least=1, most=_MOST)
        for name in ("warm_up", "most_cnots"):
            whole_number(name, getattr(self, name), least=0, most=_MOST)
        whole_number("levels", self.levels, least=0, most=1000)
        for name in ("chance", "fade", "mix", "decay", "prune_from", "prune_to"):
            real_number(name, getattr(self, name), least=0.0, most=1.0)
        for name in ("alpha", "width"):
            real_number(name, getattr(self, name), least=0.0)
        if self.prune_from > self.prune_to:
            raise InputError(
                "prune_from must not be above prune_to; got "
                f"{self.prune_from!r} and {self.prune_to!r}."
            )

    def begin(self, context: SearchContext) -> Nested:
        """Return the search before its first batch."""
        return Nested(
            self, Scorer.of(context, editable=False), np.random.default_rng(context.entropy)
        )


class Nested:
    """A descent under way.

    Attributes:
        round: how often the search has begun anew.
        descent: of the round; -1 while it warms up.
        prefix: operations that the descent has chosen.
        node: of the tree, behind them.
        played: paths played behind that prefix; batches of random paths while it warms up.
    """

    def __init__(self, options: NestedMCTS, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        self.pool = Pool.of(scorer.alphabet)
        self.rewards = Rewards(scorer.start_cost)
        # Of each number of CNOTs, the lowest cost whose circuit was freed of needless gates.
        self._pruned: dict[int, float] = {}
        self.prefix: list[int] = []
        self._begin_round(0)
        self.shared.draw(options.width, rng)

    @property
    def most_cnots(self) -> int:
        """CNOTs that a path of this round may have."""
        n = self.scorer.alphabet.actions.n_qubits
        return self.options.most_cnots or n * (1 + self.round % 3)

    @property
    def levels(self) -> int:
        """Operations of the longest path of this round."""
        n = self.scorer.alphabet.actions.n_qubits
        return self.options.levels or 2 * min(self.most_cnots, 6 * n) + n

    @property
    def alpha(self) -> float:
        """Constant of the confidence bound in this descent."""
        return float(self.options.alpha * self.options.decay ** max(self.descent, 0))

    @property
    def prune_ratio(self) -> float:
        """Ratio of the parent's mean reward below which a child is left in this descent."""
        part = max(self.descent, 0) / max(1, self.options.descents - 1)
        return self.options.prune_from + part * (self.options.prune_to - self.options.prune_from)

    def step(self) -> None:
        """Play one batch of paths; where a descent has ended, tune its best ones instead."""
        if self.descent < 0 and self.played < self.options.warm_up:
            self._learn(self.sampler.random(self.rng))
            self.played += 1
        elif self._has_ended:
            self._finish()
        else:
            self._play()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "round": self.round,
            "descent": self.descent,
            "prefix": list(self.prefix),
            "node": self.node,
            "played": self.played,
            "pruned": [[cnots, cost] for cnots, cost in sorted(self._pruned.items())],
            "tree": self.tree.state(),
            "bandits": self.bandits.state(),
            "angles": self.shared.angles.copy(),
            "best": self.best.state(self.scorer.alphabet),
            "rewards": self.rewards.state(),
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self._begin_round(int(state["round"]))
        self.descent, self.node = int(state["descent"]), int(state["node"])
        self.prefix = [int(operation) for operation in state["prefix"]]
        self.played = int(state["played"])
        self._pruned = {int(cnots): float(cost) for cnots, cost in state["pruned"]}
        self.tree.restore(state["tree"])
        self.bandits.restore(state["bandits"])
        self.shared.angles[...] = state["angles"]
        self.best.restore(state["best"])
        self.rewards.restore(state["rewards"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    def _begin_round(self, number: int) -> None:
        """Begin with an empty memory; angles are drawn by the caller."""
        self.round = number
        self.sampler = PathSampler(
            self.pool, self.levels, self.options.batch,
            most_cnots=self.most_cnots, most_gates=self.scorer.max_gates,
        )  # fmt: skip
        self.shared = SharedAngles(self.pool, self.levels)
        self.bandits = LevelBandits(self.levels, len(self.pool))
        self._begin_descent(-1)

    def _begin_descent(self, number: int) -> None:
        """Forget the tree, whose rewards were measured with angles of that time."""
        self.descent, self.played = number, 0
        self.prefix = []
        self.node = 0
        self.tree = PathTree(len(self.pool))
        self.best = BestPaths(self.options.keep, self.levels)

    @property
    def _has_ended(self) -> bool:
        """Whether nothing but the end can follow the prefix."""
        if len(self.prefix) == self.levels or self.pool.stop in self.prefix:
            return True
        return not self.sampler.legal_after(self.prefix)[:-1].any()

    def _play(self) -> None:
        """Play a batch behind the prefix; go down a level after the last one."""
        if self.descent < 0:
            self.descent, self.played = 0, 0
        options = self.options
        played = self.sampler.play(
            self.prefix, self.node, self.tree, self.bandits,
            constant=self.alpha, chance=options.chance, rng=self.rng,
        )  # fmt: skip
        rewards = self._learn(played)
        for edges, reward in zip(played.edges, rewards.tolist(), strict=True):
            self.tree.reward(edges, reward)
        self.tree.prune(
            self.node, self.prune_ratio, visits=options.prune_visits, least=_FEWEST_CHILDREN
        )
        self.played += options.batch
        if self.played >= options.plays:
            entered = (self.tree.visits[self.node] > 0) & ~self.tree.pruned[self.node]
            means = np.where(entered, self.tree.means(self.node), -np.inf)
            self.prefix.append(int(means.argmax()))
            self.node = int(self.tree.children[self.node, self.prefix[-1]])
            self.played = 0

    def _learn(self, played: Played) -> NDArray[np.float64]:
        """Score paths from the shared angles, and let these, bandits and the best ones learn.

        Returns:
            The reward of each path.
        """
        words = self.shared.words(played.paths)
        scored = self.scorer.score(words, max_gradients=self.options.max_gradients)
        tuned = [scored.word(index) for index in range(len(words))]
        self.shared.mix(played.paths, tuned, self.options.mix)
        rewards = self.rewards.observe(scored.true_cost)
        self.bandits.learn(played.paths, rewards)
        self.best.offer(played.paths, scored.true_cost, tuned)
        return rewards

    def _finish(self) -> None:
        """Tune the best circuits of a descent in full, and go on to the next one."""
        if self.best.words:
            scored = self.scorer.score(self.best.words)
            tuned = [scored.word(index) for index in range(scored.count)]
            self.shared.mix(self.best.paths, tuned, self.options.mix)
            self.rewards.observe(scored.true_cost)
            if self.scorer.is_exact:
                for index in np.argsort(scored.true_cost, kind="stable").tolist():
                    self._prune(tuned[index], float(scored.true_cost[index]))
        self.rewards.rescale()
        self.bandits.fade(self.options.fade)
        if self.descent + 1 < self.options.descents:
            self._begin_descent(self.descent + 1)
        else:
            self._begin_round(self.round + 1)
            self.shared.draw(self.options.width, self.rng)

    def _prune(self, word: Word, cost: float) -> None:
        """Take needless gates out of a circuit that beats all such ones with no more CNOTs."""
        count = self.scorer.alphabet.circuit(word).two_qubit_count
        known = min((c for k, c in self._pruned.items() if k <= count), default=np.inf)
        if cost < known - _LEAST_GAIN:
            shorter, lower = pruned(self.scorer, word, cost, self.options.batch)
            left = self.scorer.alphabet.circuit(shorter).two_qubit_count
            self._pruned[left] = min(lower, self._pruned.get(left, np.inf))
