"""Monte-Carlo tree search over whole circuits with progressive widening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.search.mcts.circuit_tree import CircuitTree
from qrl.search.moves import Moves
from qrl.search.scored_words import Scorer
from qrl.search.stepwise import Stepwise
from qrl.search.walkers import room

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.search.context import SearchContext
    from qrl.search.words import Word

_NOTHING = 1e-9
_MOST = 10**6


@dataclass(frozen=True, slots=True)
class WideningMCTS(Stepwise):
    """Searches a tree of whole circuits whose edges are random changes.

    A node may have ceil(visits**exponent) children, each from a random move; a simulation adds one,
    and a roll-out of a few more moves; the best circuit of both is what the nodes above are judged by
    (Lipardi et al., arXiv 2502.03962). After some simulations the best child becomes the root. When
    that brings nothing any more, a new tree begins with a circuit of the archive.

    The energy is the cost with a price for each CNOT and each gate, in units of the scale of the cost:
    what has been gained on the start so far. Here angles are tuned after each move, and circuits are
    judged by the logarithm of what they lack; in the paper angles are moves of their own, and the cost
    itself is the reward.

    Attributes:
        batch: simulations scored at once.
        exponent: of progressive widening.
        constant: of the confidence bound.
        rollout: moves of a roll-out; 0 for none.
        commit: simulations before the best child becomes the root.
        patience: new roots without any gain before a new tree begins.
        most_nodes: circuits in the tree before the root moves on in any case.
        price_cnot: of a CNOT in a middling tree, in units of the scale.
        price_gate: of any gate, as a part of the price of a CNOT.
        spread: prices of trees differ by up to this factor upwards and downwards.
        max_gradients: gradient evaluations for tuning one circuit.
    """

    batch: int = 32
    exponent: float = 0.3
    constant: float = 0.4
    rollout: int = 2
    commit: int = 256
    patience: int = 8
    most_nodes: int = 4096
    price_cnot: float = 1e-3
    price_gate: float = 0.1
    spread: float = 30.0
    max_gradients: int = 40

    def __post_init__(self) -> None:
        whole_number("batch", self.batch, least=1, most=MOST_ENVS)
        whole_number("rollout", self.rollout, least=0, most=100)
        for name in ("commit", "patience", "max_gradients"):
            whole_number(name, getattr(self, name), least=1, most=_MOST)
        # A batch adds a child and perhaps a grandchild for each simulation.
        whole_number("most_nodes", self.most_nodes, least=4 * self.batch, most=_MOST)
        real_number("exponent", self.exponent, above=0.0, most=1.0)
        for name in ("constant", "price_cnot", "price_gate"):
            real_number(name, getattr(self, name), least=0.0)
        real_number("spread", self.spread, least=1.0)

    def begin(self, context: SearchContext) -> Widening:
        """Return the search before its first simulations."""
        return Widening(self, Scorer.of(context), np.random.default_rng(context.entropy))


class Widening:
    """The tree that is searched.

    Attributes:
        tree: circuits and energies.
        price: of a CNOT in this tree, in units of the scale.
        scale: what has been gained on the start, when energies were last set.
        simulations: since the root last moved.
        idle: new roots without any gain.
    """

    def __init__(self, options: WideningMCTS, scorer: Scorer, rng: np.random.Generator) -> None:
        self.options, self.scorer, self.rng = options, scorer, rng
        self.moves = Moves(scorer.alphabet, room(scorer))
        self.price, self.scale = options.price_cnot, 0.0
        self._gain = self._rise = 0.0
        self._begin(scorer.alphabet.start_word, scorer.start_cost)

    def step(self) -> None:
        """Simulate a batch, score all of it at once, and move the root where it is time."""
        nodes = [self._expand() for _ in range(self.options.batch)]
        children = [self.tree.words[node] for node in nodes]
        ends = [self._rolled_out(word) for word in children] if self.options.rollout else []
        words = [*children, *ends]
        scored = self.scorer.score(words, max_gradients=self.options.max_gradients)
        self._learn_scale(scored.true_cost)
        energy = self._energy(scored.true_cost, scored.cnots, scored.padded.lengths).tolist()
        cost = scored.true_cost.tolist()
        for index, node in enumerate(nodes):
            self.tree.score(node, scored.word(index), cost[index], energy[index])
        for end, node in enumerate(nodes[: len(ends)], start=len(nodes)):
            # Where a roll-out got further, its end is kept as the only child of the new child.
            if energy[end] < self.tree.energy[node]:
                new = self.tree.add(node, words[end])
                self.tree.score(new, scored.word(end), cost[end], energy[end])
        self.simulations += self.options.batch
        if self.simulations >= self.options.commit:
            self._move_root()
        while len(self.tree) + 2 * self.options.batch > self.options.most_nodes:
            self._move_root()  # each time the tree loses a node, or begins anew

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold."""
        return {
            "tree": self.tree.state(self.scorer.alphabet),
            "price": self.price,
            "scale": self.scale,
            "gain": self._gain,
            "rise": self._rise,
            "lowest": self._lowest,
            "simulations": self.simulations,
            "idle": self.idle,
            "rng": self.rng.bit_generator.state,
            "engine": self.scorer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.tree = CircuitTree.from_state(state["tree"], self.options.exponent)
        self.price, self.scale = float(state["price"]), float(state["scale"])
        self._gain, self._rise = float(state["gain"]), float(state["rise"])
        self._lowest = float(state["lowest"])
        self.simulations, self.idle = int(state["simulations"]), int(state["idle"])
        self.rng.bit_generator.state = state["rng"]
        self.scorer.restore(state["engine"])

    # -- parts -----------------------------------------------------------------------------

    @property
    def _unit(self) -> float:
        """What a circuit may lack and count as good as the best: the price of a CNOT."""
        return max(self.price * self.scale, _NOTHING)

    def _expand(self) -> int:
        """Select a node and add a child to it by a random move."""
        parent = self.tree.select(
            self.options.constant, unit=self._unit, highest=self.scorer.start_cost
        )
        return self.tree.add(parent, self.moves.draw(self.tree.words[parent], self.rng))

    def _rolled_out(self, word: Word) -> Word:
        for _ in range(self.options.rollout):
            word = self.moves.draw(word, self.rng)
        return word

    def _begin(self, word: Word, cost: float) -> None:
        """Begin a tree with one circuit."""
        self.tree = CircuitTree(self.options.exponent, word, cost)
        self.simulations = self.idle = 0
        self._reprice()
        self._lowest = self.tree.best[0]

    def _move_root(self) -> None:
        """Make the best child the root; begin a new tree where that has brought nothing for long."""
        least = _NOTHING * max(self.scale, _NOTHING)
        self.idle = 0 if self.tree.best[0] < self._lowest - least else self.idle + 1
        if self.idle >= self.options.patience:
            self._begin_again()
            return
        self._lowest = min(self._lowest, self.tree.best[0])
        self.tree = self.tree.with_root(self.tree.best_child())
        self.simulations = 0
        self._reprice()

    def _begin_again(self) -> None:
        """Begin a tree with a circuit of the archive, at another price."""
        alphabet = self.scorer.alphabet
        known = [(alphabet.word(e.circuit), e.cost) for e in self.scorer.recorder.archive.entries]
        usable = [(word, cost) for word, cost in known if word is not None]
        usable = usable or [(alphabet.start_word, self.scorer.start_cost)]
        word, cost = usable[int(self.rng.integers(len(usable)))]
        self.price = self.options.price_cnot * self.options.spread ** self.rng.uniform(-1.0, 1.0)
        self._begin(word, cost)

    def _reprice(self) -> None:
        """Set all energies by the scale that is known now."""
        self.scale = self._gain if self._gain > _NOTHING else self._rise
        padded = self.scorer.alphabet.pad(self.tree.words)
        cnots = self.scorer.alphabet.cnot_counts(padded)
        self.tree.reprice(self._energy(np.array(self.tree.cost), cnots, padded.lengths))

    def _energy(
        self, cost: NDArray[np.float64], cnots: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        price = self.price * self.scale
        energy: NDArray[np.float64] = cost + price * (cnots + self.options.price_gate * lengths)
        return energy

    def _learn_scale(self, cost: NDArray[np.float64]) -> None:
        """Note the gain on the start so far and, where there is none, the largest rise."""
        away = cost[np.isfinite(cost)] - self.scorer.start_cost
        self._gain = max(self._gain, float(-away.min(initial=0.0)))
        self._rise = max(self._rise, float(away.max(initial=0.0)))
