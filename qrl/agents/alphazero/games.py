"""Games played by search, many side by side: each batch scores one new circuit of every game."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.agents.alphazero.puct import draw_action, noisy_prior
from qrl.agents.alphazero.replay import discounted_returns
from qrl.agents.alphazero.tree_env import TreeEnv
from qrl.agents.alphazero.trees import Trees

if TYPE_CHECKING:
    from qrl.agents.alphazero.network import PolicyValueNet
    from qrl.agents.alphazero.options import AlphaZeroOptions
    from qrl.agents.alphazero.replay import Replay
    from qrl.env.vector import CircuitVecEnv


class Games:
    """Plays games and puts the finished ones into the replay.

    Games need not keep step: one that comes to an end it knows already goes on searching, makes its
    move or begins the next game, until it too has a new circuit to score.

    Attributes:
        finished: games finished so far.
        returns: discounted returns of the latest finished games, newest last.
    """

    def __init__(
        self,
        env: CircuitVecEnv,
        options: AlphaZeroOptions,
        network: PolicyValueNet,
        replay: Replay,
        rng: np.random.Generator,
    ) -> None:
        self.options, self.network, self.replay, self.rng = options, network, replay, rng
        self.finished = 0
        self.returns: list[float] = []
        slots = options.simulations + 1
        self.circuits = TreeEnv(env, slots)
        self.trees = Trees(env.num_envs, slots, self.circuits.start[1].size)
        self._played: list[dict[str, list[Any]]] = [_nothing() for _ in range(env.num_envs)]

    def begin(self) -> None:
        """Reset the environment and begin all games; unfinished ones are given up."""
        self.circuits.begin()
        for game in range(len(self._played)):
            self._new_game(game)

    def simulate(self) -> None:
        """Score one new circuit of every game: one call of the environment, one of the network."""
        slots, actions = self._leaves()
        stage = self.circuits.stage
        stepped = self.circuits.step(slots, actions)
        if self.circuits.stage != stage:  # the trees' circuits belong to the problem before
            self.begin()
            return
        nodes = self.trees.attach(slots, actions, stepped.rewards, stepped.ended)
        self.circuits.keep(nodes, stepped)
        priors, values = self.network.evaluate(stepped.observations, stepped.masks)
        games = np.arange(len(nodes))
        self.trees.expand(games, nodes, priors, stepped.masks)
        values = np.where(stepped.ended, 0.0, values)
        self.trees.backup(games, nodes, values, self.options.gamma)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold, as nested dicts of arrays."""
        played = {
            str(game): {name: np.array(rows) for name, rows in columns.items()}
            for game, columns in enumerate(self._played)
        }
        return {
            "trees": self.trees.state(),
            "circuits": self.circuits.state(self.trees.used),
            "played": played,
            "finished": self.finished,
            "returns": np.array(self.returns),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self.trees.restore(state["trees"])
        self.circuits.restore(state["circuits"], self.trees.used)
        self._played = [
            {name: list(rows) for name, rows in state["played"][str(game)].items()}
            for game in range(len(self._played))
        ]
        self.finished = int(state["finished"])
        self.returns = [float(r) for r in state["returns"]]

    def _leaves(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Return of each game a node and an action that leads out of the tree from there."""
        options, trees = self.options, self.trees
        count = len(self._played)
        slots, actions = np.zeros(count, dtype=np.int64), np.full(count, -1, dtype=np.int64)
        waiting = np.arange(count)
        while waiting.size:
            ready = trees.root_visits()[waiting].sum(axis=1) >= options.simulations
            for game in waiting[ready]:
                self._move(int(game))
            nodes, out, ended = trees.select(waiting, c_init=options.c_init, c_base=options.c_base)
            slots[waiting], actions[waiting] = nodes, out
            waiting, nodes = waiting[ended], nodes[ended]
            trees.backup(waiting, nodes, np.zeros(waiting.size), options.gamma)
        return slots, actions

    def _move(self, game: int) -> None:
        """Play the action that the search of a game recommends."""
        trees, played = self.trees, self._played[game]
        root = int(trees.root[game])
        visits = trees.visits[game, root]
        action = draw_action(visits, self.options.temperature, self.rng)
        played["observations"].append(self.circuits.observations[game, root].copy())
        played["masks"].append(trees.legal[game, root].copy())
        played["policies"].append((visits / visits.sum()).astype(np.float32))
        root = trees.advance(game, action)
        played["rewards"].append(float(trees.reward[game, root]))
        if trees.terminal[game, root]:
            self._end(game)
            self._new_game(game)
        else:
            self._add_noise(game)

    def _end(self, game: int) -> None:
        played = self._played[game]
        returns = discounted_returns(played.pop("rewards"), self.options.gamma)
        self.replay.add(values=returns, **{name: np.stack(played[name]) for name in played})
        self.finished += 1
        self.returns = [*self.returns[1 - _RECENT :], float(returns[0])]

    def _new_game(self, game: int) -> None:
        self._played[game] = _nothing()
        observation, legal = self.circuits.start
        priors, _ = self.network.evaluate(observation[None], legal[None])
        self.trees.plant(game, priors[0], legal)
        self.circuits.place_start(game, 0)
        self._add_noise(game)

    def _add_noise(self, game: int) -> None:
        edges = game, self.trees.root[game]
        self.trees.priors[edges] = noisy_prior(
            self.trees.priors[edges],
            self.trees.legal[edges],
            fraction=self.options.noise_fraction,
            scale=self.options.noise_scale,
            rng=self.rng,
        )


def _nothing() -> dict[str, list[Any]]:
    return {name: [] for name in ("observations", "masks", "policies", "rewards")}


_RECENT = 100
"""Finished games whose returns are kept for reports."""
