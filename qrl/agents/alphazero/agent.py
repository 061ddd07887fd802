"""AlphaZero for circuit construction, with the interface of stable-baselines3's agents."""

from __future__ import annotations

from dataclasses import asdict
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback, CallbackList, ConvertCallback
from stable_baselines3.common.utils import configure_logger

from qrl.agents.alphazero.games import Games
from qrl.agents.alphazero.network import PolicyValueNet, alphazero_loss
from qrl.agents.alphazero.options import AlphaZeroOptions
from qrl.agents.alphazero.replay import Replay
from qrl.agents.alphazero.tree_env import n_actions, observation_size
from qrl.agents.sb3_env import SB3CircuitEnv
from qrl.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from stable_baselines3.common.logger import Logger

    from qrl.env.vector import CircuitVecEnv


class AlphaZero:
    """Masked AlphaZero for one player (Silver et al. 2018, Science 362:1140).

    A node of the tree is a circuit under construction. A simulation follows PUCT to a gate not tried
    yet and appends it: one tuning, one circuit scored and paid. The network gives the new node a prior
    over its legal actions and a value. Training fits the prior to the roots' visits and the value to
    the games' returns.

    The value is the discounted return of the environment's rewards, not the lowest cost reached from
    the node: it is what the other agents learn, so every reward setting means the same to all of them;
    rewards resolve small gains near the optimum, where costs themselves hardly differ; and returns add
    up along a path as the backup needs it. The best circuit on the way is not lost: every scored
    circuit goes to `on_scored`.

    Steps count scored circuits. An episode that the environment counts is a simulation that reached an
    end, not a game.

    Args:
        env: circuits built side by side, one for each game.
        options: settings; None for the defaults.
        seed: of the network and of all draws.
        tensorboard_log: folder for TensorBoard; None for no log.
        verbose: 1 to print what is logged.

    Attributes:
        num_timesteps: circuits scored.
        updates: updates of the network.
        owed: circuits scored towards the next update.
        begun: whether games are under way.
    """

    def __init__(
        self,
        env: CircuitVecEnv | SB3CircuitEnv,
        options: AlphaZeroOptions | None = None,
        seed: int = 0,
        *,
        tensorboard_log: str | None = None,
        verbose: int = 0,
    ) -> None:
        self.env = env if isinstance(env, SB3CircuitEnv) else SB3CircuitEnv(env)
        self.options = options or AlphaZeroOptions()
        self.tensorboard_log, self.verbose = tensorboard_log, verbose
        vector, options = self.env.vector, self.options
        inputs, actions = observation_size(vector), n_actions(vector)
        self.rng = np.random.default_rng(seed)
        self.policy = PolicyValueNet(inputs, actions, options.hidden, seed)
        self.optimizer = torch.optim.Adam(
            self.policy.parameters(), lr=options.learning_rate, weight_decay=options.l2
        )
        self.replay = Replay(options.replay_size, inputs, actions)
        self.games = Games(vector, options, self.policy, self.replay, self.rng)
        self.num_timesteps = self.updates = 0
        self.begun = False
        self.owed = 0
        self._logger: Logger | None = None

    @property
    def logger(self) -> Logger:
        """The logger of stable-baselines3."""
        if self._logger is None:
            self._logger = configure_logger(self.verbose, self.tensorboard_log, "AlphaZero")
        return self._logger

    def set_logger(self, logger: Logger) -> None:
        """Log to another logger of stable-baselines3."""
        self._logger = logger

    def get_env(self) -> SB3CircuitEnv:
        """Return the environments."""
        return self.env

    def learn(
        self,
        total_timesteps: int,
        callback: Any = None,
        log_interval: int = 10,
        *,
        reset_num_timesteps: bool = True,
    ) -> AlphaZero:
        """Search and train until a number of circuits has been scored.

        Args:
            total_timesteps: circuits to score; a batch is always finished.
            callback: as stable-baselines3 takes it. A rollout is one batch, a circuit of each game;
                `on_rollout_start` is where a checkpoint may be taken, and False from `on_step` ends
                training.
            log_interval: finished games between two lines of the log.
            reset_num_timesteps: whether counting starts anew, as opposed to going on.
        """
        if not self.begun:
            self.games.begin()
            self.begun = True
        if reset_num_timesteps:
            self.num_timesteps = 0
        goal = total_timesteps if reset_num_timesteps else self.num_timesteps + total_timesteps
        follow = _as_callback(callback)
        follow.init_callback(self)  # type: ignore[arg-type]  # no BaseAlgorithm, but all that it needs
        follow.on_training_start(locals(), globals())
        logged = self.games.finished // log_interval
        while self.num_timesteps < goal:
            follow.on_rollout_start()
            self.games.simulate()
            self.num_timesteps += self.env.num_envs
            self._train()
            if self.games.finished // log_interval > logged:
                logged = self.games.finished // log_interval
                self._log()
            follow.update_locals(locals())
            if not follow.on_step():
                break
            follow.on_rollout_end()
        follow.on_training_end()
        return self

    def predict(
        self,
        observation: NDArray[np.float32],
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
        *,
        action_masks: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.int64], None]:
        """Return the actions that the network alone would choose, without search.

        Args:
            observation: shape (size,) or (circuits, size).
            state: unused, there is none.
            episode_start: unused.
            deterministic: whether the most likely action is taken instead of drawing one.
            action_masks: legal actions, shape (actions,) or (circuits, actions); None: all.
        """
        rows = np.atleast_2d(np.asarray(observation, dtype=np.float32))
        actions = self.policy.policy.out_features
        if action_masks is None:
            masks = np.ones((len(rows), actions), dtype=bool)
        else:
            masks = np.asarray(action_masks, dtype=bool).reshape(len(rows), actions)
        probabilities, _ = self.policy.evaluate(rows, masks)
        if deterministic:
            chosen = probabilities.argmax(axis=1)
        else:
            total = probabilities.cumsum(axis=1)
            drawn = self.rng.random((len(rows), 1)) * total[:, -1:]
            chosen = (total > drawn).argmax(axis=1)
        return chosen.reshape(np.shape(observation)[:-1]).astype(np.int64), None

    def save(self, path: str | Path) -> None:
        """Write the network and the options; a search goes on from `agent_state` instead."""
        torch.save({"options": asdict(self.options), "policy": self.policy.state_dict()}, path)

    @classmethod
    def load(cls, path: str | Path, env: CircuitVecEnv | SB3CircuitEnv) -> AlphaZero:
        """Read what `save` wrote, for an environment of the same shapes.

        Raises:
            InputError: the file holds no such agent, or one for other shapes.
        """
        try:
            saved = torch.load(path, weights_only=True)
            model = cls(env, AlphaZeroOptions(**saved["options"]))
            model.policy.load_state_dict(saved["policy"])
        except FileNotFoundError as cause:
            raise InputError(f"{path}: no such file.") from cause
        except _DAMAGE as cause:
            raise InputError(
                f"{path}: no AlphaZero agent for observations of size "
                f"{env.observation_space.shape} can be read: {cause}"
            ) from cause
        return model

    def _train(self) -> None:
        """Make the updates that are due since the last batch."""
        self.owed += self.env.num_envs
        due, self.owed = divmod(self.owed, self.options.train_every)
        if self.replay.filled < self.options.batch_size:
            return
        for _ in range(due):
            self._update()

    def _update(self) -> None:
        batch = {
            name: torch.from_numpy(rows)
            for name, rows in self.replay.sample(self.options.batch_size, self.rng).items()
        }
        logs, values = self.policy(batch["observations"], batch["masks"])
        loss, policy_loss, value_loss = alphazero_loss(
            logs, values, batch["policies"], batch["values"], self.options.value_weight
        )
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        self.optimizer.step()
        self.updates += 1
        self.logger.record("train/policy_loss", policy_loss.item())
        self.logger.record("train/value_loss", value_loss.item())

    def _log(self) -> None:
        self.logger.record("rollout/ep_rew_mean", float(np.mean(self.games.returns)))
        self.logger.record("rollout/games", self.games.finished)
        self.logger.record("train/n_updates", self.updates)
        self.logger.record("time/total_timesteps", self.num_timesteps)
        self.logger.dump(self.num_timesteps)


# What reading a file raises that is damaged, something else, or for other shapes.
_DAMAGE = (OSError, EOFError, KeyError, TypeError, ValueError, RuntimeError, UnpicklingError)


def _as_callback(callback: Any) -> BaseCallback:
    if callback is None:
        return CallbackList([])
    if isinstance(callback, list):
        return CallbackList(callback)
    return callback if isinstance(callback, BaseCallback) else ConvertCallback(callback)
