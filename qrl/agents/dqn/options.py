"""Settings of deep Q-learning, and the variants that have names."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.errors import InputError, unknown_name

REPLAYS = ("uniform", "proportional", "rank")


@dataclass(frozen=True, slots=True)
class DQNOptions:
    """Settings of deep Q-learning (Mnih et al., Nature 518, 529) and of its extensions.

    Attributes:
        double: the online network chooses the action whose target value is bootstrapped
            (van Hasselt et al., arXiv 1509.06461).
        dueling: the network adds a value and advantages (Wang et al., arXiv 1511.06581).
        munchausen: rewards gain the scaled log-policy, and targets are soft
            (Vieillard et al., arXiv 2007.14430).
        replay: how transitions are drawn: "uniform", "proportional" or "rank" (by priority, Schaul
            et al., arXiv 1511.05952).
        n_steps: rewards summed before a value is bootstrapped.
        num_envs: circuits built side by side.
        train_freq: steps of all environments between two calls of training.
        gradient_steps: updates in each of them.
        batch_size: transitions in an update.
        buffer_size: transitions kept.
        learning_starts: transitions collected before the first update.
        learning_rate: of Adam.
        gamma: discount.
        tau: part of the online network that goes into the target network; 1 copies it.
        target_update_interval: updates between two refreshes of the target network.
        max_grad_norm: norm to which gradients are clipped.
        exploration_initial_eps: probability of a random action at first.
        exploration_final_eps: the same after `exploration_steps`; between them it falls linearly.
        exploration_steps: transitions over which it falls.
        priority_exponent: how strongly priorities count; 0 is uniform.
        importance_exponent: of the importance weights at first; it rises linearly to 1.
        importance_steps: transitions over which it rises.
        munchausen_scale: weight of the log-policy in the reward.
        entropy_temperature: of the soft-max policy.
        munchausen_floor: least value of the log-policy times temperature.
        hidden: units of each of the two hidden layers.
    """

    double: bool = False
    dueling: bool = False
    munchausen: bool = False
    replay: str = "uniform"
    n_steps: int = 1
    num_envs: int = 16
    train_freq: int = 1
    gradient_steps: int = 4
    batch_size: int = 128
    buffer_size: int = 50_000
    learning_starts: int = 500
    learning_rate: float = 5e-4
    gamma: float = 0.99
    tau: float = 1.0
    target_update_interval: int = 200
    max_grad_norm: float = 10.0
    exploration_initial_eps: float = 1.0
    exploration_final_eps: float = 0.05
    exploration_steps: int = 10_000
    priority_exponent: float = 0.6
    importance_exponent: float = 0.4
    importance_steps: int = 100_000
    munchausen_scale: float = 0.9
    entropy_temperature: float = 0.03
    munchausen_floor: float = -1.0
    hidden: int = 128

    def __post_init__(self) -> None:
        for field in fields(self):
            self._check(field.name, getattr(self, field.name), field.default)
        if self.replay not in REPLAYS:
            raise unknown_name("replay of DQN", self.replay, REPLAYS)
        if self.double and self.munchausen:
            raise InputError(
                "DQN's double and munchausen exclude each other: a soft target has no single best "
                "action to choose. Switch one of them off."
            )
        least = (self.n_steps + 1) * self.num_envs
        if self.buffer_size < max(least, self.learning_starts, self.batch_size):
            raise InputError(
                "DQN's buffer_size must be at least batch_size, learning_starts and (n_steps + 1) * "
                f"num_envs = {least}; got {self.buffer_size}."
            )

    def _check(self, name: str, value: Any, default: object) -> None:
        if isinstance(default, bool):
            if not isinstance(value, bool):
                raise InputError(f"DQN's {name} must be true or false; got {value!r}.")
        elif isinstance(default, int):
            least, most = _RANGES[name]
            whole_number(f"DQN's {name}", value, least=int(least), most=int(most))
        elif isinstance(default, float):
            least, most = _RANGES[name]
            real_number(f"DQN's {name}", value, least=least, most=most)


_RANGES: dict[str, tuple[float, float]] = {
    "n_steps": (1, 1000),
    "num_envs": (1, MOST_ENVS),
    "train_freq": (1, 1_000_000),
    "gradient_steps": (1, 100_000),
    "batch_size": (1, 1_000_000),
    "buffer_size": (2, 10**9),
    "learning_starts": (0, 10**9),
    "learning_rate": (1e-12, 10.0),
    "gamma": (0.0, 1.0),
    "tau": (1e-6, 1.0),
    "target_update_interval": (1, 10**9),
    "max_grad_norm": (1e-12, 1e12),
    "exploration_initial_eps": (0.0, 1.0),
    "exploration_final_eps": (0.0, 1.0),
    "exploration_steps": (1, 10**12),
    "priority_exponent": (0.0, 10.0),
    "importance_exponent": (0.0, 1.0),
    "importance_steps": (1, 10**12),
    "munchausen_scale": (0.0, 1.0),
    "entropy_temperature": (1e-6, 1e6),
    "munchausen_floor": (-1e6, 0.0),
    "hidden": (1, 8192),
}

# The exponents are those of Schaul et al., table 3.
_PROPORTIONAL = {"replay": "proportional", "priority_exponent": 0.6, "importance_exponent": 0.4}
_RANK = {"replay": "rank", "priority_exponent": 0.7, "importance_exponent": 0.5}

VARIANTS: dict[str, dict[str, Any]] = {
    "dqn": {},
    "ddqn": {"double": True},
    "dueling-dqn": {"dueling": True},
    "dqn-per": _PROPORTIONAL,
    "dqn-rank": _RANK,
    "munchausen-dqn": {"munchausen": True},
    "rainbow": {"double": True, "dueling": True, "n_steps": 3, **_PROPORTIONAL},
}
"""What each name sets. "rainbow" combines as Hessel et al. (arXiv 1710.02298) do, without the
distribution of returns and the noisy layers."""


def variant_options(name: str, settings: dict[str, Any] | None = None) -> DQNOptions:
    """Return the options of a variant; settings that are given win over its own.

    Args:
        name: one of `VARIANTS`.
        settings: fields of `DQNOptions`.

    Raises:
        InputError: unknown variant or setting, or a value out of range.
    """
    if name not in VARIANTS:
        raise unknown_name("agent", name, VARIANTS)
    known = {field.name for field in fields(DQNOptions)}
    for option in settings or {}:
        if option not in known:
            raise unknown_name(f"setting of agent {name!r}", option, known)
    return DQNOptions(**{**VARIANTS[name], **(settings or {})})
