"""Rewards by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qrl.env.rewards.base import Reward
from qrl.env.rewards.fixed_ends import FixedEnds
from qrl.env.rewards.gate_cost import GateCost
from qrl.env.rewards.logarithm import Logarithm
from qrl.env.rewards.qaser import Qaser
from qrl.env.rewards.shaping import Shaped
from qrl.env.rewards.staircase import Staircase
from qrl.env.settings_text import Parameter, parse

if TYPE_CHECKING:
    from qrl.env.config import EnvConfig
    from qrl.env.construction import Construction
    from qrl.tasks.task import Task

REWARDS: dict[str, tuple[Parameter, ...]] = {
    "fixed-ends": (),
    "staircase": (),
    "log": (Parameter("bonus", 5.0, 0.0, 1e6), Parameter("floor", 1e-5, 1e-30, 0.5)),
    "qaser": (Parameter("factor", 1.0, 1e-9, 1e9),),
    "gate-cost": (Parameter("price", 0.05, 0.0, 1e3),),
}
"""The rewards, and the numbers that may follow each name."""

_OF_SHAPING = (Parameter("weight", 1.0, 0.0, 1e6), Parameter("gamma", 0.99, 0.0, 1.0))
SHAPINGS: dict[str, tuple[Parameter, ...]] = {
    "none": (),
    "cost": _OF_SHAPING,
    "log-error": _OF_SHAPING,
}
"""The potentials of shaping, and the numbers that may follow each name."""


def make_reward(
    config: EnvConfig, task: Task, start_cost: float, build: Construction | None = None
) -> Any:
    """Build the reward that a configuration names.

    With `minimum = "reference"` an episode also ends in success within the task's target error of
    the reference; the other two never look at it.

    Args:
        config: the settings; `reward`, `shaping` and `minimum` are looked at.
        task: the problem.
        start_cost: cost of the starting circuit.
        build: the circuits, for rewards whose range depends on how large they can become.

    Returns:
        A `Reward`.
    """
    name, numbers = parse("reward", config.reward, REWARDS)
    taken = _minimum(config, task, start_cost)
    accepted = task.target_error
    reward: Reward
    if name == "fixed-ends":
        reward = FixedEnds(**taken)
    elif name == "staircase":
        reward = Staircase(**taken, accepted=accepted)
    elif name == "log":
        reward = Logarithm(**taken, accepted=accepted, bonus=numbers[0], floor=numbers[1])
    elif name == "qaser":
        reward = Qaser(**taken, zero=max(0.0, start_cost), factor=numbers[0], **_limits(build))
    else:
        most = 1 if build is None else int(build.actions.cnots.max()) * build.choices.longest
        reward = GateCost(**taken, accepted=accepted, price=numbers[0], most_cnots=most)
    potential, factors = parse("shaping", config.shaping, SHAPINGS)
    if potential == "none":
        return reward
    weight, gamma = factors
    return Shaped(reward, potential, weight, gamma, start_cost, accepted)


def _minimum(config: EnvConfig, task: Task, start_cost: float) -> dict[str, Any]:
    if config.minimum == "reference" and task.reference is not None:
        return {"minimum": task.reference, "goal": task.reference + task.target_error}
    if config.minimum == "best":
        return {"minimum": start_cost - task.target_error, "margin": task.target_error}
    return {"minimum": task.objective.lower_bound}


def _limits(build: Construction | None) -> dict[str, int]:
    if build is None:
        return {}
    cnots = build.start.two_qubit_count + build.max_gates * int(build.actions.cnots.max())
    return {"depth_limit": build.ops.shape[1], "cnot_limit": cnots}
