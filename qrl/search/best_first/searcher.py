"""Best-first search over circuits that grow at their end, guided by what is expected of each gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.search.best_first.frontier import HIGH, MOST_WAITING, Frontier
from qrl.search.best_first.guides import ClosedForm
from qrl.search.best_first.learned import Learned
from qrl.search.policy import read_policy
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.walkers import room
from qrl.search.words import Alphabet

if TYPE_CHECKING:
    from qrl.search.best_first.guides import Guide
    from qrl.search.context import SearchContext


@dataclass(frozen=True, slots=True)
class BestFirst(Stepwise):
    """Extends the most promising circuits first, by weighted A*.

    The priority is f = g + weight h (Hart, Nilsson and Raphael, IEEE Trans. SSC 4, 100 (1968); Pohl,
    Artif. Intell. 1, 193 (1970)): g counts the CNOTs so far, with a small price of each gate, and h the
    powers of ten by which the cost lies above the lowest one known. Nothing bounds h from above by what
    is really needed, so that the first circuit found need not be the best; the search goes on, and a
    batch spreads over a range of weights. Extensions wait in the queue with what is expected of them;
    only what is taken out is tuned, and waits again with its own cost until it is extended itself
    (Cohen, Phillips and Likhachev, RSS 2014). What is expected comes from closed forms
    (`qrl.search.best_first.guides`); the policy of a DQN agent takes the place of h where one is given
    (`qrl.search.best_first.learned`).

    When nothing waits any more, the search begins anew from the circuits of the archive, with a queue
    twice as long and random angles in new gates.

    Attributes:
        weight: CNOTs that a decade of the cost is worth.
        spread: the first circuit of a batch is chosen by a weight higher by this factor, the last one
            by one as much lower.
        price_gate: of any gate, in CNOTs.
        resolution: a lack that counts for little, as a part of what has been gained so far.
        regret: decades that an action counts for whose learned value is as far below the best one as
            the mean.
        probes: compounds of gates that are tried at each circuit besides the actions, drawn by lot;
            where the actions are single gates and no policy is given.
        batch: circuits taken out of the queue at once.
        queue: extensions that wait at most; the worst are dropped.
        max_gradients: gradient evaluations for tuning a circuit; 0 for as many as the settings of the
            environment say.
    """

    weight: float = 4.0
    spread: float = 8.0
    price_gate: float = 0.1
    resolution: float = 1e-4
    regret: float = 4.0
    probes: int = 8
    batch: int = 4
    queue: int = 20_000
    max_gradients: int = 0

    def __post_init__(self) -> None:
        for name in ("weight", "price_gate", "regret"):
            real_number(name, getattr(self, name), least=0.0, most=1e6)
        real_number("spread", self.spread, least=1.0, most=1e6)
        real_number("resolution", self.resolution, least=1e-15, most=1.0)
        whole_number("batch", self.batch, least=1, most=MOST_ENVS)
        whole_number("queue", self.queue, least=self.batch, most=MOST_WAITING)
        for name in ("probes", "max_gradients"):
            whole_number(name, getattr(self, name), least=0, most=MOST_WAITING)

    def begin(self, context: SearchContext) -> Frontier:
        """Return the search with the start alone in its queue.

        Raises:
            InputError: the policy is not a DQN agent's, or does not fit.
        """
        env = context.make_vec_env(self.batch)
        build, rng = env.build, np.random.default_rng(context.entropy)
        alphabet = Alphabet(build.actions, build.start)
        # The engine of the environment, so that what observations measure is paid for too.
        scorer = Scorer(
            build.engine, alphabet, context.recorder, build.options,
            max_gates=context.config.env.max_gates,
            start_cost=float(np.nan_to_num(build.start_cost, nan=HIGH, posinf=HIGH)),
            lower_bound=build.lower_bound,
        )  # fmt: skip
        guide: Guide
        if context.config.policy:
            guide = Learned(read_policy(context.config.policy), env, alphabet, self.regret)
        else:
            words = [tuple(row[row >= 0].tolist()) for row in env.choices.rows]
            probes = self.probes if env.choices.longest == 1 else 0
            guide = ClosedForm(scorer, words, probes, room(scorer), rng)
        return Frontier(self, scorer, guide, rng)
