"""The values that a deep Q-network has learned, as what to expect of extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.agents.registry import make_agent
from qrl.env.construction import replay
from qrl.errors import InputError
from qrl.search.best_first.guides import Children

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qrl.env.vector import CircuitVecEnv
    from qrl.search.best_first.nodes import Node
    from qrl.search.policy import Policy
    from qrl.search.words import Alphabet, Word

_NETWORK = "q_net."


class ActionValues:
    """The Q-network of a policy.

    Args:
        policy: of a DQN agent.

    Raises:
        InputError: the policy is another agent's, or its network is not the one that its options say.
    """

    def __init__(self, policy: Policy) -> None:
        import torch

        from qrl.agents.dqn import VARIANTS
        from qrl.agents.dqn.network import QNetwork

        if policy.agent not in VARIANTS:
            raise InputError(
                f"Best-first search needs a policy that values actions, one of the agents "
                f"{', '.join(VARIANTS)}; got one of {policy.agent!r}. Train one with `qrl search "
                f"{policy.task} --agent dqn`, or leave the policy out."
            )
        options = make_agent(policy.agent, policy.options).options
        self._network = QNetwork(
            policy.observation, policy.actions, options.hidden, options.dueling
        )
        own = {
            name.removeprefix(_NETWORK): torch.tensor(array)
            for name, array in policy.network.items()
            if name.startswith(_NETWORK)
        }
        try:
            self._network.load_state_dict(own)
        except RuntimeError as cause:
            raise InputError(
                f"The policy's network is not the one of agent {policy.agent!r} with options "
                f"{policy.options}: {str(cause).splitlines()[-1].strip()}"
            ) from cause

    def __call__(
        self, observations: NDArray[np.float32], legal: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Return the value of each action, shape (circuits, actions); illegal ones mean nothing."""
        import torch

        from qrl.search.rl import one_torch_thread

        with one_torch_thread(), torch.inference_mode():
            values = self._network(torch.from_numpy(observations), torch.from_numpy(legal))
        learned: NDArray[np.float64] = values.numpy().astype(np.float64)
        return learned


class Situations:
    """Shows circuits as the agent saw them when it built them.

    Args:
        env: its circuits are written over; as many can be shown at once.
        alphabet: what words are made of.
    """

    def __init__(self, env: CircuitVecEnv, alphabet: Alphabet) -> None:
        self.env, self.alphabet = env, alphabet

    def show(self, nodes: Sequence[Node]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the observation of each node and which actions are legal there.

        Returns:
            Arrays of shape (nodes, observation) and (nodes, actions).
        """
        build, first = self.env.build, self.alphabet.first
        count = len(nodes)
        everyone = np.ones(build.count, dtype=np.bool_)
        build.reset(everyone)
        padded = self.alphabet.pad([node.word for node in nodes])
        lowered = self.alphabet.lowered(padded)
        # Depth alone is left out: no observation tells it.
        build.ops[:count, : lowered.ops.shape[1]] = lowered.ops
        build.theta[:count, : lowered.theta.shape[1]] = lowered.theta
        build.n_ops[:count], build.n_theta[:count] = lowered.n_ops, lowered.n_theta
        build.steps[:count] = lowered.n_ops - first
        build.cost[:count] = [node.cost for node in nodes]
        build.previous_cost[:count] = [node.previous for node in nodes]
        build.cnots[:count] = self.alphabet.cnot_counts(padded)
        self.env.observation.reset(everyone)
        replay(self.env.observation, *self._rows([n.word.letters[first:] for n in nodes]))
        rule: Any = build.rule
        replay(rule, *self._rows([node.path for node in nodes]))
        return self.env.observation.read()[:count], build.legal()[:count]

    def _rows(self, found: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return sequences as rows, one for each circuit of the environment, and their lengths."""
        count = self.env.build.count
        lengths = np.zeros(count, dtype=np.int64)
        lengths[: len(found)] = [len(one) for one in found]
        rows = np.full((count, max(1, int(lengths.max()))), -1, dtype=np.int64)
        for row, one in zip(rows, found, strict=False):  # no more than there are circuits
            row[: len(one)] = one
        return rows, lengths


class Learned:
    """Expects of an extension what its Q-value tells: a regret that adds up along the path.

    One pass of the network tells all extensions of a circuit (Agostinelli et al., arXiv 2102.04518, who
    put Q-values for the values that DeepCubeA's A* took from a network, Nature Mach. Intell. 1, 356
    (2019)). There, rewards so far and value to come make the priority. Which reward a policy was trained
    by is not known, and need not be: by Bellman's equation, undiscounted, the return that a path makes
    falls short of what the start promised by the sum of its regrets, max Q - Q. Costs do not count: good
    paths may lead through circuits of high cost. Regrets are taken in units of their mean at each
    circuit, because rewards have no common scale.

    Args:
        policy: of a DQN agent.
        env: of the policy's building rules.
        alphabet: what words are made of.
        decades: what a regret as large as the mean of the legal actions counts for, in decades.

    Raises:
        InputError: the policy does not fit.
    """

    by_cost = False

    def __init__(
        self, policy: Policy, env: CircuitVecEnv, alphabet: Alphabet, decades: float
    ) -> None:
        self._values = ActionValues(policy)
        policy.check(env)
        if env.config.mode != "append":
            raise InputError(
                "Best-first search appends gates and needs a policy that does; got one of mode "
                f"{env.config.mode!r}. Train one with --mode append."
            )
        self._situations, self._decades = Situations(env, alphabet), decades
        choices = env.choices
        self.words = tuple(tuple(row[row >= 0].tolist()) for row in choices.rows)
        self.room = env.build.max_gates
        self._length = choices.lengths
        self._action = {word[0]: k for k, word in enumerate(self.words) if len(word) == 1}
        self._alphabet = alphabet

    def children(self, nodes: Sequence[Node]) -> list[Children]:
        """Return the legal extensions of each node."""
        observations, legal = self._situations.show(nodes)
        values = self._values(observations, legal)
        found = []
        for node, own, allowed in zip(nodes, values, legal, strict=True):
            length = len(node.word) - self._alphabet.first
            action = np.flatnonzero(allowed & (length + self._length <= self.room))
            found.append(
                Children(
                    action,
                    np.full(len(action), node.cost),
                    node.regret + self._decades * regrets(own[action]),
                )
            )
        return found

    def path(self, word: Word) -> tuple[int, ...] | None:
        """Return a circuit as actions of one gate each; None where one of its gates is none."""
        letters = word.letters[self._alphabet.first :].tolist()
        if len(letters) > self.room or not set(letters) <= set(self._action):
            return None
        return tuple(self._action[letter] for letter in letters)


def regrets(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each value is below the largest, in units of the mean distance."""
    if not len(values):
        return values
    below = values.max() - values
    mean = float(below.mean())
    scaled: NDArray[np.float64] = below / mean if mean > 0 else below
    return scaled
