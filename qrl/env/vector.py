"""Many circuit constructions stepped by one compiled call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from qrl.circuits.coupling import coupling_map
from qrl.circuits.engines import make_engine
from qrl.env.compounds import make_actions
from qrl.env.config import EnvConfig, default_max_gates
from qrl.env.construction import Construction
from qrl.env.curricula import make_curriculum
from qrl.env.halting import make_halting
from qrl.env.observations import make_observation
from qrl.env.problems import Problems
from qrl.env.rewards import Sizes, make_reward
from qrl.env.starts import start_circuit
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.engines import Engine
    from qrl.env.observations import Observation
    from qrl.tasks.task import Task


class CircuitVecEnv(VectorEnv[Any, Any, Any]):
    """Builds `num_envs` circuits side by side; a finished one starts again within the same step.

    After a step, `build` holds the circuits as they were scored and `done` says which of them are
    finished; those are put back to the start, which is the last thing that `step` does. Callers that keep
    circuits set `on_scored` to see them in between.

    With `problems` in the settings it works through easier tasks first (`qrl.env.problems`): `problem` is
    the present one, and what is scored for those before `task` goes to `on_rehearsed` instead. When the
    next one comes, all circuits begin anew; episodes that were under way are truncated.

    Args:
        task: the problem.
        config: settings; None for the defaults.
        num_envs: circuits built side by side.
        seed: of what engine and tuner draw, where they draw at all: shots, random directions.
        engine: scores the circuits of `task`; None: the one that the settings name.
        problems: tasks that come before it, in place of those that the settings name.

    Attributes:
        task: the problem.
        choices, actions: what may be chosen, and the gates that it is made of.
        goals: shape (circuits,), cost at or below which each episode ends in success, -inf for none.
        limits: shape (circuits,), gates after which each episode is truncated.
        reward, curriculum, halting: what pays, sets the goals and draws the limits.
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 (Gymnasium's own form)

    build_type: type[Construction] = Construction

    def __init__(
        self,
        task: Task,
        config: EnvConfig | None = None,
        num_envs: int = 1,
        *,
        seed: int = 0,
        engine: Engine | None = None,
        problems: Sequence[Task] | None = None,
    ) -> None:
        self.task, self.config = task, (config or EnvConfig()).of_task(task)
        self._engine, self._seed = engine, seed
        self._rng = np.random.default_rng(seed % 2**64)
        n = task.n_qubits
        pairs = coupling_map(self.config.coupling, n)
        self.choices = make_actions(self.config.actions, self.config.gates, n, pairs)
        self.actions = self.choices.letters
        self.problems = Problems.of(task, self.config, problems)
        self._max_gates = self.config.max_gates or default_max_gates(n) * self.choices.longest
        self.halting = make_halting(self.config.halting, self._max_gates)
        self._made: dict[int, tuple[Construction, Observation]] = {}
        self.num_envs = num_envs
        self._begin_problem()
        self.single_action_space = gym.spaces.Discrete(self.build.n_actions)
        self.single_observation_space = gym.spaces.Box(
            -1.0, 1.0, (self.observation.size,), np.float32
        )
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.on_scored: Any = None
        self.on_rehearsed: Any = None
        self._shown = np.zeros((num_envs, self.observation.size), dtype=np.float32)
        self._returns = np.zeros(num_envs)
        self._lengths = np.zeros(num_envs, dtype=np.int64)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start all circuits anew.

        A seed says that a new run begins: shots, tuners and random halting draw from it, and rewards and
        curricula forget what they learnt.
        """
        first = seed[0] if isinstance(seed, list) else seed
        super().reset(seed=first, options=options)
        if first is not None:
            self._seed = first
            self._rng = np.random.default_rng(first % 2**64)
        if seed is not None:
            self.problems.restart()
            self._begin_problem(anew=first is not None)
        else:
            self._begin_episodes(np.ones(self.num_envs, dtype=bool))
        self._shown = self.observation.read()
        self._returns[...], self._lengths[...] = 0.0, 0
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
            circuits, `action_mask`, and where an episode has ended `final_obs` and `final_mask`, its
            last observation and the actions that were legal there, `final_return` and `final_steps`,
            its sum of rewards and its number of steps.

        Raises:
            InputError: not one integer of the action space for each circuit.
        """
        build = self.build
        chosen = self._checked(actions)
        cnots = build.cnots.copy()
        build.step(chosen)
        build.show(self.observation, chosen)
        terminated = build.cost <= self.goals
        legal = self.action_masks()
        truncated = ~terminated & self._over(legal)
        sizes = Sizes(build.cnots, cnots, build.depth, self.goals)
        rewards = self.reward.pay(build.previous_cost, build.cost, terminated, truncated, sizes)
        info: dict[str, Any] = {
            "cost": build.cost.copy(),
            "cnots": build.cnots.copy(),
            "depth": build.depth,
            "evaluations": build.evaluations.copy(),
        }
        watcher = self.on_scored if self.problems.at_last else self.on_rehearsed
        if watcher is not None:
            watcher(build)
        self.reward.learn(build.cost)
        self.curriculum.learn(build.cost)
        observations = self.observation.read()
        done = terminated | truncated
        self._returns += rewards
        self._lengths += 1
        if done.any():
            returns, steps = self._returns.copy(), self._lengths.copy()
            self.curriculum.finish(self.goals[done], terminated[done])
            if self.problems.finish(int(done.sum()), self.curriculum.passed):
                truncated = ~terminated
                done = terminated | truncated
                self._begin_problem()
            else:
                self._begin_episodes(done)
            info["final_obs"], info["_final_obs"] = observations, done
            info["final_mask"], info["_final_mask"] = legal, done
            info["final_return"], info["_final_return"] = returns, done
            info["final_steps"], info["_final_steps"] = steps, done
            # Only the rows that began anew differ, and reading them all is one call.
            observations, legal = self.observation.read(), self.action_masks()
            self._returns[done], self._lengths[done] = 0.0, 0
        info["action_mask"] = legal
        self._shown = observations.copy()
        return observations, rewards, terminated, truncated, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions are legal now, shape (num_envs, actions)."""
        legal = self.build.legal()
        return legal if self._allowed is None else legal & self._allowed

    @property
    def problem(self) -> Task:
        """The task that circuits are built for now."""
        return self.problems.now

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold to go on identically."""
        return {
            "problems": self.problems.state(),
            "build": self.build.state(),
            "start_cost": self.build.start_cost,
            "observation": self.observation.state(),
            "reward": self.reward.state(),
            "curriculum": self.curriculum.state(),
            "goals": self.goals.copy(),
            "limits": self.limits.copy(),
            "rng": self._rng.bit_generator.state,
            "seed": int(self._seed),
            "shown": self._shown.copy(),
            "returns": self._returns.copy(),
            "lengths": self._lengths.copy(),
        }

    def restore(self, state: dict[str, Any]) -> NDArray[np.float32]:
        """Put back what `state` returned and return the observations that were shown last."""
        self._seed = int(state["seed"])
        self.problems.restore(state["problems"])
        self._begin_problem()
        self.build.start_cost = float(state["start_cost"])
        self._make_rules()
        self.build.restore(state["build"])
        self.observation.restore(state["observation"])
        self.reward.restore(state["reward"])
        self.curriculum.restore(state["curriculum"])
        self.goals[...], self.limits[...] = state["goals"], state["limits"]
        self._rng.bit_generator.state = state["rng"]
        self._returns[...], self._lengths[...] = state["returns"], state["lengths"]
        # Not read anew: that would measure, and other numbers than an uninterrupted run sees.
        self._shown = np.array(state["shown"], dtype=np.float32).reshape(self._shown.shape)
        return self._shown.copy()

    def _begin_problem(self, anew: bool = True) -> None:
        """Put all circuits to the start of the present problem.

        Args:
            anew: whether what is drawn there begins at the seed.
        """
        stage = self.problems.stage
        if stage not in self._made:
            build = self._make_build()
            self._made[stage] = build, make_observation(self.config.observation, build)
        elif anew:
            build, _ = self._made[stage]
            build.options = self.config.tune_options(self._seed)
            build.reseed(self._seed)
        self.build, self.observation = self._made[stage]
        gates = self.problems.allowed(self.actions)
        self._allowed = None if gates is None else self.build.allowed(gates)
        self._make_rules()
        self.goals = np.zeros(self.num_envs)
        self.limits = np.zeros(self.num_envs, dtype=np.int64)
        self._begin_episodes(np.ones(self.num_envs, dtype=bool))

    def _make_build(self) -> Construction:
        task, config = self.problem, self.config
        engine = self._engine if self.problems.at_last else None
        if engine is None:
            engine = make_engine(
                config.engine,
                task.objective,
                noise=config.noise,
                shots=config.shots,
                seed=self._seed,
            )
        start = start_circuit(config.start, task, config)
        self.actions.check_device(getattr(engine, "noise", None), start)
        return self.build_type(
            self.num_envs,
            engine,
            self.actions,
            start,
            self._max_gates,
            task.objective.lower_bound,
            config.tune_options(self._seed),
            choices=self.choices,
            legality=config.legality,
        )

    def _make_rules(self) -> None:
        task = self.problem
        self.reward = make_reward(self.config, task, self.build.start_cost, self.build)
        self.curriculum = make_curriculum(self.config, task, self.reward.goal)

    def _begin_episodes(self, which: NDArray[np.bool_]) -> None:
        """Put the marked circuits back to the start, with a goal and a length."""
        self.build.reset(which)
        self.observation.reset(which)
        self.reward.begin(which)
        self.goals[which] = self.curriculum.goal
        drawn = self.halting.draw(self._rng, int(which.sum()))
        self.limits[which] = np.minimum(drawn, self._max_gates)

    def _over(self, legal: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which episodes end here if not in success: none longer, or nothing legal left."""
        over: NDArray[np.bool_] = (self.build.steps >= self.limits) | ~legal.any(axis=1)
        return over

    def _checked(self, actions: Any) -> NDArray[np.int64]:
        try:
            chosen = np.asarray(actions)
        except ValueError:  # rows of different lengths
            chosen = np.empty(0)
        whole = chosen.dtype.kind in "iu" and chosen.size == self.num_envs
        if not whole or chosen.min() < 0 or chosen.max() >= self.build.n_actions:
            raise InputError(
                f"A step takes {self.num_envs} integer(s) from 0 to {self.build.n_actions - 1}, one "
                f"for each circuit; got {str(actions)[:200]}."
            )
        return chosen.reshape(self.num_envs).astype(np.int64)
