"""Agents by name: their settings and how they are made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from qrl.errors import unknown_name

_DQN = ("dqn", "ddqn", "dueling-dqn", "dqn-per", "dqn-rank", "munchausen-dqn", "rainbow")
_SINGLE = {
    "ppo": "PPO", "a2c": "A2C", "a3c": "A3C", "tppo": "TPPO", "trpo": "TRPO", "alphazero": "AlphaZero",
}  # fmt: skip

AGENTS = (*_SINGLE, *_DQN)
"""Names of the reinforcement-learning agents."""


@dataclass(frozen=True)
class Agent:
    """An agent with its settings, not yet made.

    Attributes:
        name: of `AGENTS`.
        options: its settings, a dataclass with `num_envs`.
    """

    name: str
    options: Any

    def make(self, env: Any, seed: int) -> Any:
        """Build the model.

        Args:
            env: a `SB3CircuitEnv`.
            seed: of everything that it draws.

        Returns:
            A model with the interface of stable-baselines3 (`learn`, `predict`, `save`).
        """
        if self.name in _DQN:
            return import_module("qrl.agents.dqn").make_dqn(env, self.options, seed)
        module = import_module(f"qrl.agents.{self.name}")
        return getattr(module, f"make_{self.name}")(env, self.options, seed)

    def plain_options(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self.options)

    def state(self, model: Any) -> dict[str, Any]:
        """Return all that a model between two rollouts needs to go on identically."""
        state: dict[str, Any] = self._home().agent_state(model)
        return state

    def restore(self, model: Any, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        self._home().restore_agent(model, state)

    def _home(self) -> Any:
        if self.name in _DQN:
            return import_module("qrl.agents.dqn")
        own = self.name == "alphazero"  # is no model of stable-baselines3
        return import_module("qrl.agents.alphazero" if own else "qrl.agents.state")


def make_agent(name: str, settings: dict[str, Any]) -> Agent:
    """Read an agent's settings.

    Args:
        name: of `AGENTS`.
        settings: by name; those left out have their defaults.

    Raises:
        InputError: unknown agent or setting, or a value that a setting cannot have.
    """
    if name in _DQN:
        return Agent(name, import_module("qrl.agents.dqn").variant_options(name, settings))
    if name not in _SINGLE:
        raise unknown_name("agent", name, AGENTS)
    kind = getattr(import_module(f"qrl.agents.{name}"), f"{_SINGLE[name]}Options")
    return Agent(name, checked_options(kind, settings, name))


def checked_options(kind: Any, settings: dict[str, Any], name: str) -> Any:
    """Build a dataclass of settings from plain data.

    Args:
        kind: the dataclass; the default of each field tells the type of its values.
        settings: by name.
        name: of the agent, for the messages.

    Raises:
        InputError: an unknown setting, or a value of another type.
    """
    from dataclasses import fields

    from qrl.errors import InputError

    known = {field.name: field.default for field in fields(kind)}
    for option, value in settings.items():
        if option not in known:
            raise unknown_name(f"setting of agent {name!r}", option, known)
        default = known[option]
        wanted = _WORDS.get(type(default))
        if wanted is None:  # a default of None takes a number or nothing
            fits = value is None or _is_number(value)
            wanted = "a number"
        elif isinstance(default, float):
            fits = _is_number(value)
        else:
            fits = type(value) is type(default)
        if not fits:
            raise InputError(f"{option} of agent {name!r} must be {wanted}; got {value!r}.")
    return kind(**settings)


_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
