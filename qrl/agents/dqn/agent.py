"""Deep Q-learning that knows which actions are legal, when acting and when bootstrapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from gymnasium import spaces
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import safe_mean

from qrl.agents.dqn.learner import Learner
from qrl.agents.dqn.network import QPolicy
from qrl.agents.dqn.options import DQNOptions
from qrl.agents.dqn.replay import GOES_ON, TERMINATED, TRUNCATED, Step
from qrl.errors import InputError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from stable_baselines3.common.base_class import SelfBaseAlgorithm
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.type_aliases import MaybeCallback
    from stable_baselines3.common.vec_env import VecEnv


class MaskedDQN(BaseAlgorithm):
    """An agent with the interface of stable-baselines3; `DQNOptions` switch its variants.

    An environment that tells masks (`action_masks`) is asked for them before each step. Nothing is
    bootstrapped after an episode's end unless its info holds "TimeLimit.truncated"; it must then hold
    "terminal_observation" too, and "final_mask" if the environment tells masks. All random numbers of
    training come from one generator of the agent's own. `save` keeps no transitions; `agent_state` does.

    Args:
        policy: "MlpPolicy" or `QPolicy`.
        env: a vector environment with observations in a Box and discrete actions.
        options: settings; None for the defaults.
        seed: of networks, exploration and replay.
        tensorboard_log: folder for TensorBoard, or None.
        verbose: 1 prints logs.
        device: where the networks are; on the CPU networks this small are fastest.
    """

    policy_aliases: ClassVar[dict[str, Any]] = {"MlpPolicy": QPolicy}
    policy: QPolicy
    rng: np.random.Generator
    _rows: NDArray[np.float32]
    _legal: NDArray[np.bool_]

    def __init__(
        self,
        policy: str | type[QPolicy],
        env: VecEnv | None,
        options: DQNOptions | None = None,
        *,
        seed: int | None = None,
        tensorboard_log: str | None = None,
        verbose: int = 0,
        device: torch.device | str = "cpu",
        _init_setup_model: bool = True,
    ) -> None:
        self.options = options or DQNOptions()
        super().__init__(
            policy,
            env,
            self.options.learning_rate,
            policy_kwargs={"hidden": self.options.hidden, "dueling": self.options.dueling},
            tensorboard_log=tensorboard_log,
            verbose=verbose,
            device=device,
            support_multi_env=True,
            seed=seed,
            supported_action_spaces=(spaces.Discrete,),
        )
        self.learner: Learner | None = None
        if _init_setup_model:
            self._setup_model()

    @property
    def exploration_rate(self) -> float:
        """Probability of a random action."""
        first, last = self.options.exploration_initial_eps, self.options.exploration_final_eps
        return first + (last - first) * min(self.num_timesteps / self.options.exploration_steps, 1)

    @property
    def importance(self) -> float:
        """Exponent of the importance weights."""
        first = self.options.importance_exponent
        return first + (1 - first) * min(self.num_timesteps / self.options.importance_steps, 1)

    def learn(
        self: SelfBaseAlgorithm,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 100,
        tb_log_name: str = "DQN",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> SelfBaseAlgorithm:
        """Train for a number of transitions; see stable-baselines3.

        A callback's rollout begins where a checkpoint may be taken: nothing is half done there.
        `log_interval` counts episodes.
        """
        agent = cast("MaskedDQN", self)
        total, follow = agent._setup_learn(
            total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar
        )
        follow.on_training_start(locals(), globals())
        while agent.num_timesteps < total:
            follow.on_rollout_start()
            if not agent._collect(follow, log_interval):
                break
            follow.on_rollout_end()
            agent._train()
        follow.on_training_end()
        return self

    def predict(
        self,
        observation: Any,
        state: tuple[NDArray[Any], ...] | None = None,
        episode_start: NDArray[Any] | None = None,
        deterministic: bool = False,
        action_masks: Any = None,
    ) -> tuple[NDArray[Any], tuple[NDArray[Any], ...] | None]:
        """Return legal actions, and the state as it came.

        Args:
            observation: one, or a row for each environment.
            state: of a recurrent policy; unused.
            episode_start: of a recurrent policy; unused.
            deterministic: whether never to explore.
            action_masks: legal actions, a row for each observation; None: all.
        """
        if deterministic:
            return self.policy.predict(observation, state, action_masks=action_masks)
        actions = self._explore(*self.policy.rows(observation, action_masks))
        single = np.shape(observation) == self.observation_space.shape
        return (actions[0] if single else actions), state

    def dump_logs(self) -> None:
        """Write the log."""
        for name, key in (("rollout/ep_rew_mean", "r"), ("rollout/ep_len_mean", "l")):
            if self.ep_info_buffer:
                self.logger.record(name, safe_mean([info[key] for info in self.ep_info_buffer]))
        self.logger.record("rollout/exploration_rate", self.exploration_rate)
        self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
        self.logger.dump(step=self.num_timesteps)

    def _collect(self, callback: BaseCallback, log_interval: int | None) -> bool:
        """Step the environments `train_freq` times; return whether to go on."""
        assert self.env is not None
        for _ in range(self.options.train_freq):
            actions = self._explore(self._rows, self._legal)
            new_obs, rewards, dones, infos = self.env.step(actions)
            self.num_timesteps += self.env.num_envs
            self._update_info_buffer(infos, dones)
            rows, legal = self.policy.rows(new_obs, self._masks())
            self._learner.add(self._step(actions, rewards, dones, infos, rows, legal))
            self._last_obs, self._rows, self._legal = cast("Any", new_obs), rows, legal
            callback.update_locals(locals())
            if not callback.on_step():
                return False
            before, self._episode_num = self._episode_num, self._episode_num + int(dones.sum())
            if log_interval and self._episode_num // log_interval > before // log_interval:
                self.dump_logs()
        return True

    def _train(self) -> None:
        """Make the updates that follow a rollout."""
        learner = self._learner
        if self.num_timesteps < self.options.learning_starts or not learner.replay.ready:
            return
        for _ in range(self.options.gradient_steps):
            self.logger.record_mean("train/loss", learner.learn(self.rng, self.importance))
        self._n_updates = learner.n_updates
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")

    def _step(
        self, actions: Any, rewards: Any, dones: Any, infos: Any, rows: Any, legal: Any
    ) -> Step:
        """Tell time limits, after which values are bootstrapped, from other ends."""
        endings = np.where(dones, TERMINATED, GOES_ON).astype(np.uint8)
        final_rows, final_legal = rows, legal
        cut = [k for k in np.flatnonzero(dones) if infos[k].get("TimeLimit.truncated", False)]
        if cut:
            endings[cut] = TRUNCATED
            final_rows, final_legal = rows.copy(), legal.copy()
        for index in cut:
            info = infos[index]
            if self._masked and "final_mask" not in info:
                raise InputError(
                    "An environment that tells masks must put the mask of a truncated episode's last "
                    f"observation into info['final_mask']; environment {index} gave only "
                    f"{', '.join(sorted(info))}."
                )
            final_rows[index] = np.ravel(info["terminal_observation"])
            final_legal[index] = info.get("final_mask", True)
        return Step(actions, rewards, endings, rows, legal, final_rows, final_legal)

    def _explore(self, rows: NDArray[np.float32], legal: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the best legal action of each row, or at times any legal one."""
        at_random = self.rng.random(len(rows)) < self.exploration_rate
        # The largest of equally distributed numbers is any of them.
        anything = np.where(legal, self.rng.random(legal.shape), -1.0).argmax(axis=1)
        actions: NDArray[np.int64] = anything
        if not at_random.all():
            actions = np.where(at_random, anything, self.policy.greedy(rows, legal))
        return actions

    def _setup_model(self) -> None:
        if not isinstance(self.observation_space, spaces.Box):
            raise InputError(
                f"DQN needs observations in one Box; got {type(self.observation_space).__name__}."
            )
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self.rng = np.random.default_rng(self.seed)
        policy = self.policy_class(
            self.observation_space, self.action_space, self.lr_schedule, **self.policy_kwargs
        )
        self.policy = cast("QPolicy", policy.to(self.device))
        if self.env is not None:
            self.learner = Learner(self.policy, self.options, self.env.num_envs)

    def _setup_learn(self, *args: Any, **kwargs: Any) -> tuple[int, BaseCallback]:
        assert self.env is not None, "learning needs an environment; call set_env first"
        if self.learner is None:
            self.learner = Learner(self.policy, self.options, self.env.num_envs)
        self._masked = is_masking_supported(self.env)
        known = self._last_obs
        total, callback = super()._setup_learn(*args, **kwargs)
        if self._last_obs is not known:
            self._rows, self._legal = self.policy.rows(self._last_obs, self._masks())
            self._learner.replay.begin(self._rows, self._legal)
        return total, callback

    def _masks(self) -> NDArray[np.bool_] | None:
        assert self.env is not None
        return get_action_masks(self.env) if self._masked else None

    @property
    def _learner(self) -> Learner:
        assert self.learner is not None, "an agent without an environment keeps no transitions"
        return self.learner

    def _excluded_save_params(self) -> list[str]:
        ours = ["learner", "rng", "_last_obs", "_rows", "_legal"]
        return [*super()._excluded_save_params(), *ours]

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        return ["policy", "policy.optimizer"], []


def make_dqn(env: VecEnv, options: DQNOptions, seed: int) -> MaskedDQN:
    """Build the agent with networks on the CPU."""
    return MaskedDQN("MlpPolicy", env, options, seed=seed)
