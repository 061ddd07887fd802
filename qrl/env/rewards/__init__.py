"""What an agent is paid for a step."""

from __future__ import annotations

from qrl.env.rewards.base import Reward, Sizes
from qrl.env.rewards.fixed_ends import FixedEnds
from qrl.env.rewards.gate_cost import GateCost
from qrl.env.rewards.logarithm import Logarithm
from qrl.env.rewards.make import REWARDS, SHAPINGS, make_reward
from qrl.env.rewards.qaser import Qaser
from qrl.env.rewards.shaping import Shaped
from qrl.env.rewards.staircase import Staircase

__all__ = [
    "REWARDS",
    "SHAPINGS",
    "FixedEnds",
    "GateCost",
    "Logarithm",
    "Qaser",
    "Reward",
    "Shaped",
    "Sizes",
    "Staircase",
    "make_reward",
]
