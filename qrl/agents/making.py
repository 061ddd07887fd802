"""How every on-policy agent is built from its settings."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from qrl.agents.sb3_env import SB3CircuitEnv

Model = TypeVar("Model")
_NOT_THE_MODELS = ("num_envs", "hidden")


def build(kind: type[Model], env: SB3CircuitEnv, options: Any, seed: int) -> Model:
    """Build a model on the CPU, where networks this small are fastest.

    Args:
        kind: its class, whose arguments are named as the settings are.
        env: what it trains on.
        options: settings, a dataclass; `hidden` gives the units of each of the two hidden layers.
        seed: of everything that it draws.
    """
    given = {f.name: getattr(options, f.name) for f in fields(options)}
    settings: dict[str, Any] = {k: v for k, v in given.items() if k not in _NOT_THE_MODELS}
    layers = {"net_arch": [options.hidden, options.hidden]}
    make: Any = kind  # each class has arguments of its own
    model: Model = make("MlpPolicy", env, **settings, policy_kwargs=layers, seed=seed, device="cpu")
    return model
