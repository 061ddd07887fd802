"""ADAPT-VQE: the circuit grows by the operator of a pool that brings most, and is tuned anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.errors import InputError, unknown_name
from qrl.search.adapt_pools import Operator, operators, pool_names
from qrl.search.probing import Spent
from qrl.search.pruning import pruned
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.thinning import thinned
from qrl.search.words import Padded, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.context import SearchContext

CHOICES = ("gain", "gain-per-cnot", "gradient")
_LEAST_GAIN = 1e-9
_SMALLEST_GRADIENT = 1e-5
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Adapt(Stepwise):
    """Grows circuits operator by operator (Grimsley et al., arXiv 1812.11173).

    In each iteration the whole pool is tried at the end of the circuit, one operator is appended, all
    angles are tuned anew, and needless gates are taken out. Where no operator gains any more, two-qubit
    gates are taken out one by one, which leads down to circuits of fewer CNOTs, and the search begins
    again: with operators drawn among the best, every other time from a circuit of the archive.

    Two things differ from the papers. The rotations of an operator have angles of their own once it is
    chosen: that never costs energy, and the circuit that is counted is the one that runs. And a circuit
    goes on without the gates that it did not need.

    Attributes:
        pool: of `qrl.search.adapt_pools.POOLS`, joined by commas.
        choose: "gain" (what the cost gains once all angles are tuned), "gain-per-cnot", or "gradient" (the
            largest slope at parameter 0, as published).
        top: operators among which is drawn, from the second round on.
        batch: circuits scored at once.
        max_gradients: gradient evaluations for tuning one trial; the operator that is chosen gets as
            many as the settings of the environment say.
        most_operators: operators after which a round ends; 0 for no limit.
    """

    pool: str = "fans,qubit-excitations"
    choose: str = "gain-per-cnot"
    top: int = 4
    batch: int = 32
    max_gradients: int = 30
    most_operators: int = 0

    def __post_init__(self) -> None:
        names = pool_names(self.pool)
        if self.choose not in CHOICES:
            raise unknown_name("choose", self.choose, CHOICES)
        if self.choose == "gradient" and "fans" in names:
            raise InputError(
                "Fans have no parameter at which they do nothing, so they cannot be chosen by "
                'gradient; got pool={self.pool!r}. Use choose="gain", or another pool.'
            )
        for name, least in (
            ("top", 1), ("batch", 1), ("max_gradients", 1), ("most_operators", 0)
        ):  # fmt: skip
            if not least <= getattr(self, name) <= _MOST:
                raise InputError(
                    f"{name} must be from {least} to {_MOST}; got {getattr(self, name)!r}."
                )

    def begin(self, context: SearchContext) -> AdaptSteps:
        """Return the search at the start."""
        return AdaptSteps(self, Scorer.of(context), np.random.default_rng(context.entropy))


class AdaptSteps:
    """The circuit that grows, and how far the pool is tried on it.

    Attributes:
        round: how often the search has begun anew.
        word: the circuit.
        cost: of the circuit.
        operators: the pool.
    """

    def __init__(self, options: Adapt, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        self.operators = operators(scorer.alphabet, options.pool)
        by_gradient = options.choose == "gradient"
        if by_gradient and not scorer.is_exact:
            raise InputError(
                'choose="gradient" needs exact gradients, which shots do not give; use choose="gain".'
            )
        if by_gradient and not all(operator.is_identity for operator in self.operators):
            raise InputError(
                'choose="gradient" needs operators with rotations; this gate set spells none. '
                'Use choose="gain", or a gate set such as cx,rx,ry,rz.'
            )
        self.round, self._done = 0, 0
        self._value: NDArray[np.float64] = np.zeros(0)
        self._begin(scorer.alphabet.start_word, scorer.start_cost)

    def step(self) -> None:
        """Try a batch of the pool; behind the last one append an operator, or take out a gate."""
        if self._thins:
            self._thin()
            return
        part = slice(self._done, self._done + self.options.batch)
        chosen = self.operators[part]
        if chosen:
            by_gradient = self.options.choose == "gradient"
            self._value[part] = self._slopes(chosen) if by_gradient else self._gains(chosen)
            self._done += len(chosen)
        if self._done >= len(self.operators):
            self._append()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "round": self.round,
            "word": self.scorer.alphabet.pad([self.word]).to_dict(),
            "cost": self.cost,
            "appended": self._appended,
            "thins": self._thins,
            "value": self._value.copy(),
            "done": self._done,
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        value = np.array(state["value"])
        if value.shape != self._value.shape:
            raise ValueError(f"{value.size} operators")
        self.round, self._appended = int(state["round"]), int(state["appended"])
        (self.word,) = Padded.from_dict(state["word"]).words()
        self.cost, self._thins = float(state["cost"]), bool(state["thins"])
        self._value, self._done = value, int(state["done"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    def _begin(self, word: Word, cost: float) -> None:
        self.word, self.cost = word, cost
        self._appended, self._thins = 0, False
        self._expect()

    def _expect(self) -> None:
        """Begin an iteration; operators that are not tried are worth nothing."""
        self._value, self._done = np.full(len(self.operators), -np.inf), 0

    def _fits(self, operator: Operator) -> bool:
        return self.scorer.allows(operator.after(self.word))

    def _gains(self, chosen: tuple[Operator, ...]) -> NDArray[np.float64]:
        """Return what each operator gains, once all angles are tuned; -inf where it is too long."""
        gains = np.full(len(chosen), -np.inf)
        fitting = [k for k, operator in enumerate(chosen) if self._fits(operator)]
        if not fitting:
            return gains
        words = [chosen[k].after(self.word) for k in fitting]
        scored = self.scorer.score(
            words,
            fresh=[chosen[k].fresh(len(self.word)) for k in fitting],
            target=[self.cost] * len(words),
            max_gradients=self.options.max_gradients,
        )
        gains[fitting] = self.cost - scored.true_cost
        if self.options.choose == "gain-per-cnot":
            cnots = self.scorer.alphabet.cnots
            more = np.array([max(1, cnots[list(chosen[k].letters)].sum()) for k in fitting])
            gains[fitting] = np.where(gains[fitting] > _LEAST_GAIN, gains[fitting] / more, -np.inf)
        return gains

    def _slopes(self, chosen: tuple[Operator, ...]) -> NDArray[np.float64]:
        """Return each operator's slope at parameter 0 by the chain rule, the largest of its signs."""
        slopes, engine = np.full(len(chosen), -np.inf), self.scorer.engine
        for k, operator in enumerate(chosen):
            if not self._fits(operator):
                continue
            _, gradient = engine.value_and_gradient(
                self.scorer.alphabet.circuit(operator.after(self.word))
            )
            turns = self.scorer.alphabet.takes_angle[list(operator.letters)]
            directions = np.array(operator.directions)[:, turns]
            if turns.any():
                slopes[k] = np.abs(directions @ gradient[-int(turns.sum()) :]).max()
        ones = np.isfinite(slopes).astype(np.int64)
        self.scorer.recorder.rehearsed(Spent(len(chosen), ones, ones))
        return slopes

    def _append(self) -> None:
        """Append an operator and tune all angles; where nothing gains, thin the circuit out."""
        least = _SMALLEST_GRADIENT if self.options.choose == "gradient" else _LEAST_GAIN
        order = np.argsort(-self._value, kind="stable")[: self.options.top if self.round else 1]
        able = order[self._value[order] > least]
        limit = self.options.most_operators
        if not able.size or (limit and self._appended >= limit):
            self._thins = True
            return
        operator = self.operators[able[int(self.rng.integers(able.size))]]
        scored = self.scorer.score(
            [operator.after(self.word)], fresh=[operator.fresh(len(self.word))], target=[self.cost]
        )
        word, cost = scored.word(0), float(scored.true_cost[0])
        if not cost < self.cost - _LEAST_GAIN:
            self._thins = True
            return
        if self.scorer.is_exact:
            word, cost = pruned(self.scorer, word, cost, self.options.batch)
        self.word, self.cost = word, cost
        self._appended += 1
        self._expect()

    def _thin(self) -> None:
        """Take out what is missed least; begin anew where nothing is left."""
        shorter = thinned(self.scorer, self.word, self.cost, self.options.batch)
        if shorter is not None and shorter[1] < self.scorer.useless_cost - _LEAST_GAIN:
            self.word, self.cost = shorter
            return
        self.round += 1
        # Paid for, so that a round in which no operator fits is paid for too.
        scored = self.scorer.score([self._somewhere()])
        self._begin(scored.word(0), float(scored.true_cost[0]))

    def _somewhere(self) -> Word:
        """Return the start, or in every other round a circuit of the archive."""
        start = self.scorer.alphabet.start_word
        if self.round % 2 == 0:
            return start
        entries = self.scorer.recorder.archive.entries
        known = [self.scorer.alphabet.word(entry.circuit) for entry in entries]
        usable = [word for word in known if word is not None] or [start]
        return usable[int(self.rng.integers(len(usable)))]
