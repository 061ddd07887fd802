"""Deep Q-learning with action masks: one agent, whose variants are switches."""

from qrl.agents.dqn.agent import MaskedDQN, make_dqn
from qrl.agents.dqn.options import VARIANTS, DQNOptions, variant_options
from qrl.agents.dqn.state import agent_state, restore_agent

__all__ = [
    "VARIANTS",
    "DQNOptions",
    "MaskedDQN",
    "agent_state",
    "make_dqn",
    "restore_agent",
    "variant_options",
]
