"""Many circuit constructions stepped by one compiled call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import gate_set
from qrl.circuits.tuned import COMPILED_TUNERS, TuneOptions
from qrl.env.actions import ActionTable
from qrl.env.config import EnvConfig, default_max_gates
from qrl.env.construction import Construction
from qrl.env.observations import make_observation
from qrl.env.rewards import make_reward
from qrl.errors import InputError
from qrl.tasks.task import basis_state

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.engines import Engine
    from qrl.tasks.task import Task


class CircuitVecEnv(VectorEnv[Any, Any, Any]):
    """Builds `num_envs` circuits side by side; a finished one starts again within the same step.

    After a step, `build` holds the circuits as they were scored and `done` says which of them are
    finished; those are put back to the start by `restart`, which `step` calls last. Callers that keep
    circuits pass `on_scored` to see them in between.

    Args:
        task: the problem.
        config: settings; None for the defaults.
        num_envs: circuits built side by side.
        seed: of what engine and tuner draw, where they draw at all: shots, random directions.
        engine: scores the circuits; None: the one that the settings name.
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 (Gymnasium's own form)

    def __init__(
        self,
        task: Task,
        config: EnvConfig | None = None,
        num_envs: int = 1,
        *,
        seed: int = 0,
        engine: Engine | None = None,
    ) -> None:
        self.task, self.config = task, (config or EnvConfig()).of_task(task)
        if engine is None:
            named = self.config
            engine = make_engine(
                named.engine, task.objective, noise=named.noise, shots=named.shots, seed=seed
            )
        n = task.n_qubits
        self.actions = ActionTable.build(
            gate_set(self.config.gates), n, coupling_map(self.config.coupling, n)
        )
        start = task.start if self.config.start == "task" else basis_state("0" * n)
        self.actions.check_device(getattr(engine, "noise", None), start)
        self.build = Construction(
            num_envs,
            engine,
            self.actions,
            start,
            self.config.max_gates or default_max_gates(n),
            task.objective.lower_bound,
            _tune_options(self.config, seed),
        )
        self.observation = make_observation(self.config.observation, self.build)
        self.reward = make_reward(self.config, task, self.build.start_cost)
        self.num_envs = num_envs
        self.single_action_space = gym.spaces.Discrete(len(self.actions))
        self.single_observation_space = gym.spaces.Box(
            -1.0, 1.0, (self.observation.size,), np.float32
        )
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.on_scored: Any = None
        self._shown = np.zeros((num_envs, self.observation.size), dtype=np.float32)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start all circuits anew.

        A seed says that a new run begins: shots and tuners draw from it, and a reward that follows the
        lowest cost of the run forgets it. Nothing else is drawn.
        """
        first = seed[0] if isinstance(seed, list) else seed
        super().reset(seed=first, options=options)
        if first is not None:
            self.build.options = _tune_options(self.config, first)
            self.build.reseed(first)
        if seed is not None:
            self.reward = make_reward(self.config, self.task, self.build.start_cost)
        everyone = np.ones(self.num_envs, dtype=bool)
        self.build.reset(everyone)
        self.observation.reset(everyone)
        self._shown = self.observation.read()
        return self._shown.copy(), {"action_mask": self.action_masks()}

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[
        NDArray[np.float32],
        NDArray[np.float64],
        NDArray[np.bool_],
        NDArray[np.bool_],
        dict[str, Any],
    ]:
        """Append a gate to each circuit, tune all angles, and pay for the new costs.

        Returns:
            Observations, rewards, terminated (the goal is reached), truncated (no more gates may be
            appended), and a dict with `cost`, `cnots`, `depth`, `evaluations` of the scored
            circuits, `action_mask`, and `final_obs` where an episode has ended.

        Raises:
            InputError: not one integer of the action space for each circuit.
        """
        build = self.build
        chosen = self._checked(actions)
        build.step(chosen)
        self.observation.update(chosen)
        terminated = self.reward.reached(build.cost)
        truncated = ~terminated & ((build.steps >= build.max_gates) | ~build.legal().any(axis=1))
        rewards = self.reward.pay(build.previous_cost, build.cost, terminated, truncated)
        info: dict[str, Any] = {
            "cost": build.cost.copy(),
            "cnots": build.cnots.copy(),
            "depth": build.depth,
            "evaluations": build.evaluations.copy(),
        }
        if self.on_scored is not None:
            self.on_scored(build)
        self.reward.learn(build.cost)
        observations = self.observation.read()
        done = terminated | truncated
        if done.any():
            info["final_obs"], info["_final_obs"] = observations, done
            build.reset(done)
            self.observation.reset(done)
            # Only the rows that began anew differ, and reading them all is one call.
            observations = self.observation.read()
        info["action_mask"] = self.action_masks()
        self._shown = observations.copy()
        return observations, rewards, terminated, truncated, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions are legal now, shape (num_envs, actions)."""
        return self.build.legal()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold to go on identically."""
        return {
            "build": self.build.state(),
            "observation": self.observation.state(),
            "reward": self.reward.state(),
            "shown": self._shown.copy(),
        }

    def restore(self, state: dict[str, Any]) -> NDArray[np.float32]:
        """Put back what `state` returned and return the observations that were shown last."""
        self.build.restore(state["build"])
        self.observation.restore(state["observation"])
        self.reward.restore(state["reward"])
        # Not read anew: that would measure, and other numbers than an uninterrupted run sees.
        self._shown = np.array(state["shown"], dtype=np.float32).reshape(self._shown.shape)
        return self._shown.copy()

    def _checked(self, actions: Any) -> NDArray[np.int64]:
        try:
            chosen = np.asarray(actions)
        except ValueError:  # rows of different lengths
            chosen = np.empty(0)
        whole = chosen.dtype.kind in "iu" and chosen.size == self.num_envs
        if not whole or chosen.min() < 0 or chosen.max() >= len(self.actions):
            raise InputError(
                f"A step takes {self.num_envs} integer(s) from 0 to {len(self.actions) - 1}, one for "
                f"each circuit; got {str(actions)[:200]}."
            )
        return chosen.reshape(self.num_envs).astype(np.int64)


def _tune_options(config: EnvConfig, seed: int) -> TuneOptions:
    # Compiled tuners draw nothing but second starts; of one seed, they let a circuit have the same
    # cost in every run.
    draws = config.shots > 0 or config.tuner not in COMPILED_TUNERS
    return TuneOptions(
        tolerance=config.tolerance,
        max_gradients=config.max_gradients,
        tuner=config.tuner,
        restart=config.restart,
        seed=seed % 2**32 if draws else 0,
    )
