"""How often circuits come up again whose scores an engine keeps: for PPO, and for random actions."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.common import Table
from benchmarks.env_steps import choose, known_share
from qrl.env.config import EnvConfig
from qrl.env.vector import CircuitVecEnv
from qrl.tasks.registry import get_task

CASES = (("vqe/lih-4q-3.4", 40), ("vqe/h2o-8q-published", 40))
STEPS = 8192


def run(*, quick: bool = False) -> list[Table]:
    """Train an agent for a short while, and take as many random actions; left out if quick."""
    if quick:
        return []
    # torch takes seconds to import, and the other benchmarks do without.
    from qrl.agents.ppo import PPOOptions, make_ppo
    from qrl.agents.sb3_env import SB3CircuitEnv
    from qrl.search.rl import one_torch_thread

    table = Table(
        f"Circuits whose scores were known, in {STEPS} steps",
        ("task, gates", "PPO, last quarter", "PPO, all", "random actions, all"),
    )
    options = PPOOptions()
    for name, gates in CASES:
        config, task = EnvConfig(max_gates=gates), get_task(name)
        learned, drawn = (CircuitVecEnv(task, config, options.num_envs) for _ in range(2))
        known: Any = learned.build.engine.known  # type: ignore[attr-defined]
        with one_torch_thread():
            model = make_ppo(SB3CircuitEnv(learned), options, seed=0)
            model.learn(STEPS * 3 // 4)
            hits, lookups = known.hits, known.lookups
            model.learn(STEPS // 4, reset_num_timesteps=False)
        rng = np.random.default_rng(0)
        mask = drawn.reset(seed=0)[1]["action_mask"]
        for _ in range(STEPS // options.num_envs):
            mask = drawn.step(choose(mask, rng))[4]["action_mask"]
        late = (known.hits - hits) / (known.lookups - lookups)
        shares = (late, known_share(learned), known_share(drawn))
        table.rows.append((f"{name}, {gates}", *(f"{share:.1%}" for share in shares)))
    table.notes.append(
        f"PPO with its default settings, {options.num_envs} circuits side by side, from an untrained "
        "agent. A score is known where the same circuit, up to the order of commuting gates, was "
        "tuned from the same angles before."
    )
    return [table]
