"""Tunes and scores words in batches; what it spends and finds goes to the recorder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.starts import is_warm
from qrl.search.words import Alphabet, Padded, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.engines import Engine
    from qrl.circuits.tuned import TuneOptions
    from qrl.search.context import SearchContext
    from qrl.search.recorder import Recorder


@dataclass(eq=False)
class ScoredWords:
    """Words with tuned angles and what they cost; all arrays have one entry a word.

    Attributes:
        padded: the words.
        true_cost: cost of each.
        cost: the same, infinite where a word is longer than allowed, so that no archive keeps it.
        cnots, depth: counts.
        evaluations, gradients: spent.
        shots: spent by all together.
    """

    alphabet: Alphabet
    padded: Padded
    true_cost: NDArray[np.float64]
    cost: NDArray[np.float64]
    cnots: NDArray[np.int64]
    depth: NDArray[np.int64]
    evaluations: NDArray[np.int64]
    gradients: NDArray[np.int64]
    shots: int

    @property
    def count(self) -> int:
        """Number of words."""
        return len(self.cost)

    def circuit(self, index: int) -> Circuit:
        """Return one of them as a circuit."""
        return self.alphabet.circuit(self.word(index))

    def word(self, index: int) -> Word:
        """Return one of them."""
        length = int(self.padded.lengths[index])
        letters, angles = self.padded.letters[index, :length], self.padded.angles[index, :length]
        return Word(letters.copy(), angles.copy())


class Scorer:
    """Scores words with one engine.

    Args:
        engine: what scores circuits.
        alphabet: gates and start.
        recorder: pays and keeps.
        options: how angles are tuned.
        max_gates: gates that a circuit may have behind a start that is not edited; 0 for no limit.
        start_cost: cost of the start.
        lower_bound: a cost that no circuit is below.
    """

    def __init__(
        self,
        engine: Engine,
        alphabet: Alphabet,
        recorder: Recorder,
        options: TuneOptions,
        *,
        max_gates: int,
        start_cost: float,
        lower_bound: float,
    ) -> None:
        self.engine, self.alphabet, self.recorder = engine, alphabet, recorder
        self.options, self.max_gates, self.start_cost = options, max_gates, start_cost
        self.lower_bound = lower_bound
        self._shots_paid = 0

    @staticmethod
    def of(context: SearchContext, *, editable: bool = True) -> Scorer:
        """Build it as environments are built: the same gates, pairs, start, engine and tuner.

        Args:
            context: of the search.
            editable: whether a start that was found elsewhere is only where the search begins; if not, it
                stays at the front of all circuits.
        """
        build, settings = context.make_vec_env(1).build, context.config.env
        alphabet = Alphabet(build.actions, build.start)
        if editable and is_warm(settings.start):
            alphabet = Alphabet.editing(build.actions, build.start)
        # Under noise other gates for the same state have another cost.
        same = alphabet.start == build.start
        more = len(alphabet.start_word) - alphabet.first
        return Scorer(
            build.engine,
            alphabet,
            context.recorder,
            build.options,
            max_gates=settings.max_gates and settings.max_gates + more,
            start_cost=build.start_cost if same else build.engine.value(alphabet.start),
            lower_bound=build.lower_bound,
        )

    @property
    def useless_cost(self) -> float:
        """Cost from which on a smaller circuit is of no use: that of a start without CNOTs."""
        return np.inf if self.alphabet.start.two_qubit_count else self.start_cost

    @property
    def is_exact(self) -> bool:
        """Whether a circuit has the same cost each time."""
        return not getattr(self.engine, "shots", 0)

    def allows(self, word: Word) -> bool:
        """Whether a word is short enough to be kept."""
        return not self.max_gates or len(word) - self.alphabet.first <= self.max_gates

    def score(
        self,
        words: Sequence[Word],
        *,
        fresh: Sequence[int] | None = None,
        target: Sequence[float] | None = None,
        max_gradients: int = 0,
    ) -> ScoredWords:
        """Tune words from their own angles and pay for it.

        Args:
            words: at least one.
            fresh: for each word the first position whose angle, with all behind it, has no meaning
                yet; None where all have.
            target: for each word a cost known to be within reach; None where none is.
            max_gradients: gradient evaluations allowed for each, where fewer than the options say.
        """
        padded = self.alphabet.pad(words)
        lowered = self.alphabet.lowered(padded)
        options, count = self.options, len(words)
        if 0 < max_gradients < options.max_gradients:
            options = replace(options, max_gradients=max_gradients)
        starts = np.full(count, -1, dtype=np.int64)
        if fresh is not None:
            before = np.arange(padded.letters.shape[1]) < np.asarray(fresh)[:, None]
            starts = (lowered.turns & before).sum(axis=1)
        goal = np.full(count, np.inf) if target is None else np.asarray(target, dtype=np.float64)
        out = self.engine.tune_arrays(
            lowered.ops, lowered.n_ops, lowered.theta, lowered.n_theta, starts, goal, options
        )
        row, _ = np.nonzero(lowered.turns)
        parameter = (lowered.turns.cumsum(axis=1) - 1)[lowered.turns]
        padded.angles[lowered.turns] = lowered.theta[row, parameter]
        return self._paid(padded, out)

    def state(self) -> dict[str, Any]:
        """Return where the engine's random numbers stand."""
        engine: Any = self.engine
        return {**engine.state(), "shots_paid": self._shots_paid} if self._draws else {}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        if self._draws:
            engine: Any = self.engine
            engine.restore(state)
            self._shots_paid = int(state["shots_paid"])

    @property
    def _draws(self) -> bool:
        return hasattr(self.engine, "restore")

    def _paid(self, padded: Padded, out: NDArray[np.float64]) -> ScoredWords:
        cost = np.where(np.isfinite(out[:, 0]), out[:, 0], np.inf)
        length = padded.lengths - self.alphabet.first
        kept = cost if not self.max_gates else np.where(length <= self.max_gates, cost, np.inf)
        spent = int(getattr(self.engine, "total_shots", 0))
        scored = ScoredWords(
            self.alphabet,
            padded,
            true_cost=cost,
            cost=kept,
            cnots=self.alphabet.cnot_counts(padded),
            depth=self.alphabet.depths(padded),
            evaluations=(out[:, 2] + out[:, 3]).astype(np.int64),
            gradients=out[:, 3].astype(np.int64),
            shots=spent - self._shots_paid,
        )
        self._shots_paid = spent
        self.recorder.scored(scored)
        return scored
