"""A trained policy in one file, to be shared and to begin another search with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.checks import shown
from qrl.env.config import EnvConfig
from qrl.env.editing import vector_env
from qrl.errors import InputError
from qrl.files import write_atomically
from qrl.search.checkpoint import DAMAGE, pack, unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.agents.evaluation import Greedy
    from qrl.agents.registry import Agent
    from qrl.env.vector import CircuitVecEnv
    from qrl.tasks.task import Task

FORMAT = "qrl-policy-1"
POLICY = "policy.npz"
"""Its name in a run folder."""
GUIDED = ("best-first",)
"""Searchers that a policy guides, whose names are not those of agents."""
_BUILDING = (
    "gates",
    "actions",
    "mode",
    "legality",
    "coupling",
    "max_gates",
    "observation",
    "start",
)
"""Settings that say what observations and actions mean."""
_DATA = (
    "agent", "options", "env", "task", "n_qubits", "observation", "actions", "words", "env_steps",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Policy:
    """An agent's network, and what its inputs and outputs mean.

    Attributes:
        agent: name of the agent.
        options: its settings.
        env: the settings of `EnvConfig` that observations and actions depend on.
        task: what it was trained on.
        n_qubits: of that task.
        observation: numbers in an observation.
        actions: number of actions.
        words: the gates that may be appended at once, each as [[name, qubit, ...], ...].
        env_steps: steps of training.
        network: parameters by name.
    """

    agent: str
    options: dict[str, Any]
    env: dict[str, Any]
    task: str
    n_qubits: int
    observation: int
    actions: int
    words: list[Any] = field(repr=False)
    env_steps: int
    network: dict[str, NDArray[Any]] = field(repr=False)

    @staticmethod
    def of(agent: Any, model: Any, env: CircuitVecEnv, env_steps: int) -> Policy:
        """Take the policy out of a model.

        Args:
            agent: a `qrl.agents.registry.Agent`.
            model: what it made.
            env: what the model was trained on.
            env_steps: steps of training.
        """
        settings = env.config.to_dict()
        parameters = model.policy.state_dict().items()
        return Policy(
            agent=agent.name,
            options=agent.plain_options(),
            env={name: settings[name] for name in _BUILDING},
            task=env.task.name,
            n_qubits=env.task.n_qubits,
            observation=env.observation.size,
            actions=env.build.n_actions,
            words=_words(env),
            env_steps=env_steps,
            network={name: part.detach().cpu().numpy().copy() for name, part in parameters},
        )

    def save(self, path: str | Path) -> None:
        """Write an NPZ file; it holds arrays and text, so that reading one runs no code.

        Raises:
            OSError: it cannot be written.
        """
        data = {"format": FORMAT, **{name: getattr(self, name) for name in _DATA}}
        write_atomically(Path(path), pack({**data, "network": self.network}))

    def put_into(self, model: Any, env: CircuitVecEnv) -> None:
        """Let a model of the same agent begin with this policy.

        Raises:
            InputError: the model is for other shapes.
        """
        import torch

        self.check(env)
        try:
            parts = {name: torch.tensor(array) for name, array in self.network.items()}
            model.policy.load_state_dict(parts)
        except (RuntimeError, TypeError) as cause:
            raise InputError(
                f"The policy's network is not the one of agent {self.agent!r} with options "
                f"{self.options}: {str(cause).splitlines()[-1].strip()} "
                "Leave `hidden` and other options of the network as the policy has them."
            ) from cause

    def check(self, env: CircuitVecEnv, agent: Agent | None = None) -> None:
        """Check that an environment's observations and actions are those of the policy.

        Args:
            env: what is to be built in.
            agent: where given, also check that its network is the policy's.

        Raises:
            InputError: they are not.
        """
        wanted = (self.n_qubits, self.observation, self.actions)
        got = (env.task.n_qubits, env.observation.size, env.build.n_actions)
        if wanted != got:
            words = "{} qubits, observations of {} numbers and {} actions"
            raise InputError(
                f"The policy was trained on {self.task} with {words.format(*wanted)}; "
                f"{env.task.name} has {words.format(*got)}. A policy serves problems of the same "
                f"size, with the same gates, coupling map, max_gates and observation: "
                f"{_told(self.env)}."
            )
        # As many, but others: nothing that was learned would hold for them.
        mine, others = self.env, env.config.to_dict()
        alike = all(mine[name] == others[name] for name in ("mode", "observation"))
        if not alike or self.words != _words(env):
            raise InputError(
                f"The policy knows other actions or observations, though as many. It was trained with "
                f"{_told(mine)}; got {_told({name: others[name] for name in mine})}."
            )
        if agent is not None:
            self._model(agent, env.task, env.config, 0)

    def build(self, task: Task, *, seed: int = 0, episodes: int = 1) -> Greedy:
        """Build circuits for a task greedily, without any learning.

        Args:
            task: of the same size.
            seed: of what the environment draws.
            episodes: how many; they differ only where costs are sampled.

        Raises:
            InputError: the policy is for other shapes.
        """
        from qrl.agents.evaluation import greedy_episodes
        from qrl.agents.registry import make_agent

        config = EnvConfig.from_dict(self.env)
        env = vector_env(task, config, num_envs=episodes, seed=seed)
        self.check(env)
        model = self._model(make_agent(self.agent, self.options), task, config, seed)
        return greedy_episodes(model, env, seed)

    def _model(self, agent: Agent, task: Task, config: EnvConfig, seed: int) -> Any:
        """Make an agent that holds the policy, in as many circuits as it was trained in."""
        from qrl.agents.sb3_env import SB3CircuitEnv
        from qrl.search.rl import one_torch_thread

        env = vector_env(task, config, num_envs=agent.options.num_envs, seed=seed)
        with one_torch_thread():  # making one seeds the global generators
            model = agent.make(SB3CircuitEnv(env), seed)
        self.put_into(model, env)
        return model


def read_policy(path: str | Path) -> Policy:
    """Read what `Policy.save` wrote; a run folder stands for the policy in it.

    Raises:
        InputError: the file is missing, damaged or something else.
    """
    file: str | Path = path
    try:
        file = Path(path)
        if file.is_dir():
            file = file / POLICY
        policy = Policy(**_checked(_unpacked(file.read_bytes())))
        EnvConfig.from_dict(policy.env)
        return policy
    except FileNotFoundError as cause:
        raise InputError(
            f"There is no policy {str(file)!r}. A search by a reinforcement-learning agent writes one "
            f"into its run folder, as {POLICY}."
        ) from cause
    except (InputError, *DAMAGE) as cause:
        reason = str(cause).rstrip(".") or type(cause).__name__
        raise InputError(f"{file}: cannot be read as a policy: {reason}.") from cause


def with_policy(settings: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """Lay settings over those of a policy.

    Args:
        settings: of a search, as `SearchConfig.from_dict` takes them.
        path: of the policy.

    Returns:
        The settings with agent, options and building rules of the policy where none are given; with the
        building rules alone where the agent is a searcher that a policy guides.

    Raises:
        InputError: the policy cannot be read, or is of another agent than the one that is named.
    """
    policy = read_policy(path)
    agent = settings.get("agent", policy.agent)
    is_guided = agent in GUIDED
    if agent != policy.agent and not is_guided:
        raise InputError(
            f"The policy {str(path)!r} is of agent {policy.agent!r}; got {agent!r}. Name no agent, or "
            "that one."
        )
    options = {} if is_guided else dict(policy.options)
    if "exploration_final_eps" in options:
        # What it knows would be of no use to an agent that begins with random actions.
        options["exploration_initial_eps"] = options["exploration_final_eps"]
    for name, mine in (("options", options), ("env", policy.env)):
        given = settings.get(name, {})
        if not isinstance(given, dict):
            return settings  # which is told where settings are read
        settings = {**settings, name: {**mine, **given}}
    return {**settings, "agent": agent, "policy": str(path)}


def _unpacked(data: bytes) -> dict[str, Any]:
    try:
        found = unpack(data)
    except KeyError as cause:
        raise InputError(f"it holds no entry {cause}") from cause
    if not isinstance(found, dict):
        raise InputError(f"it holds {type(found).__name__}, not names and values")
    return found


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    """Return what a `Policy` is made of, if it is all there, nothing else, and of the right types."""
    if data.get("format") != FORMAT:
        raise InputError(f"its format is {shown(data.get('format'))}, not {FORMAT!r}")
    wanted, got = {"format", "network", *_DATA}, set(data)
    for what, names in (("lacks", wanted - got), ("holds the unknown", got - wanted)):
        if names:
            raise InputError(f"it {what} {', '.join(sorted(names))}")
    kinds = {"agent": str, "task": str, "words": list}
    kinds |= dict.fromkeys(("options", "env", "network"), dict)
    for name in ("network", *_DATA):
        kind = kinds.get(name, int)
        if not isinstance(data[name], kind):
            raise InputError(f"{name} is {shown(data[name])}, not of type {kind.__name__}")
    if set(data["env"]) != set(_BUILDING):
        raise InputError(f"env must hold {', '.join(_BUILDING)}; got {', '.join(data['env'])}")
    for name, array in data["network"].items():
        if not isinstance(array, np.ndarray) or array.dtype != np.float32:
            raise InputError(f"the parameters {name!r} are not numbers of 32 bits")
        if not np.isfinite(array).all():
            raise InputError(f"the parameters {name!r} are not all finite")
    return {name: data[name] for name in ("network", *_DATA)}


def _words(env: CircuitVecEnv) -> list[Any]:
    """Return the gates of each choice as plain data."""
    return [[[gate.name, *map(int, gate.qubits)] for gate in word] for word in env.choices.words]


def _told(env: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in env.items())
