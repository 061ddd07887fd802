"""Settings of AlphaZero."""

from __future__ import annotations

from dataclasses import dataclass

from qrl.checks import real_number, whole_number
from qrl.env.config import MOST_ENVS
from qrl.errors import InputError


@dataclass(frozen=True, slots=True)
class AlphaZeroOptions:
    """Settings of AlphaZero for one player (Silver et al. 2018; Schrittwieser et al. 2020).

    Attributes:
        num_envs: games played side by side; each scores one circuit of every batch.
        simulations: visits below the root before a gate is chosen. Visits that the tree brings along
            from the move before count, so that no circuit is paid for twice.
        c_init, c_base: exploration constants of PUCT.
        noise_fraction: part of the root's prior that is Dirichlet noise.
        noise_scale: the noise has alpha = noise_scale / number of legal actions.
        temperature: gates are drawn with probability visits**(1 / temperature); 0: the most visited.
        gamma: discount.
        learning_rate: of Adam.
        batch_size: positions in a minibatch; training begins when as many are there.
        train_every: circuits scored for each update of the network.
        replay_size: positions of the most recent games that are kept.
        value_weight: weight of the value's loss beside the policy's.
        l2: weight of the squared parameters.
        hidden: units of each of the two hidden layers.
    """

    num_envs: int = 8
    simulations: int = 16
    c_init: float = 1.25
    c_base: float = 19652.0
    noise_fraction: float = 0.25
    noise_scale: float = 10.0
    temperature: float = 0.5
    gamma: float = 0.99
    learning_rate: float = 1e-3
    batch_size: int = 128
    train_every: int = 2
    replay_size: int = 20_000
    value_weight: float = 0.5
    l2: float = 1e-4
    hidden: int = 128

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            what, value = f"AlphaZero's {name}", getattr(self, name)
            if isinstance(least, int) and isinstance(most, int):
                whole_number(what, value, least=least, most=most)
            else:
                real_number(what, value, least=least, most=most)
        if self.batch_size > self.replay_size:
            raise InputError(
                f"AlphaZero's batch_size must be at most replay_size = {self.replay_size}; "
                f"got {self.batch_size}."
            )


_RANGES: dict[str, tuple[float, float]] = {
    "num_envs": (1, MOST_ENVS),
    "simulations": (1, 100_000),
    "c_init": (0.0, 1000.0),
    "c_base": (1.0, 1e12),
    "noise_fraction": (0.0, 1.0),
    "noise_scale": (1e-3, 1e6),
    "temperature": (0.0, 100.0),
    "gamma": (0.0, 1.0),
    "learning_rate": (1e-12, 10.0),
    "batch_size": (1, 1_000_000),
    "train_every": (1, 1_000_000),
    "replay_size": (1, 10_000_000),
    "value_weight": (0.0, 1000.0),
    "l2": (0.0, 1.0),
    "hidden": (1, 8192),
}
