"""AlphaZero: tree search over circuits, led by a network that learns from the search.

- `agent` is the learner, with the interface of stable-baselines3; `options` are its settings.
- `games` plays many games side by side: `trees` holds the nodes, `tree_env` the circuit at each,
  `puct` the formulas that choose among them.
- `network` judges new nodes and learns from what `replay` keeps of finished games.
- `state` is what a checkpoint keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qrl.agents.alphazero.agent import AlphaZero
from qrl.agents.alphazero.options import AlphaZeroOptions
from qrl.agents.alphazero.state import agent_state, restore_agent

if TYPE_CHECKING:
    from qrl.agents.sb3_env import SB3CircuitEnv
    from qrl.env.vector import CircuitVecEnv

__all__ = ["AlphaZero", "AlphaZeroOptions", "agent_state", "make_alphazero", "restore_agent"]


def make_alphazero(
    env: CircuitVecEnv | SB3CircuitEnv, options: AlphaZeroOptions, seed: int
) -> AlphaZero:
    """Build the agent on the CPU, where networks this small are fastest."""
    return AlphaZero(env, options, seed)
