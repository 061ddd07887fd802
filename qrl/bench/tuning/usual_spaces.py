"""The settings of each agent and searcher that are usually worth tuning, and their usual values."""

from __future__ import annotations

from typing import Any

from qrl.agents.registry import AGENTS


def usual_space(agent: str) -> dict[str, Any]:
    """Return what the table `options` of a space file would hold.

    All defaults lie in it. Settings that only say how much is done at a time (`num_envs`, `batch` of
    most searchers) are left alone, and so is what the budget decides.

    Args:
        agent: name of an agent or searcher; empty for those that have nothing to tune.
    """
    if agent in _OTHERS:
        return dict(_OTHERS[agent])
    # Of the agents that learn, all others are based on values.
    return {**_VALUE_BASED, **_DQN.get(agent, {})} if agent in AGENTS else {}


def _log(low: float, high: float) -> dict[str, Any]:
    return {"low": low, "high": high, "log": True}


def _even(low: float, high: float, step: float | None = None) -> dict[str, Any]:
    return {"low": low, "high": high} | ({} if step is None else {"step": step})


_NETWORK: dict[str, Any] = {"gamma": [0.9, 0.95, 0.99, 1.0], "hidden": [64, 128, 256]}
_ACTOR_CRITIC: dict[str, Any] = {
    **_NETWORK,
    "learning_rate": _log(1e-4, 1e-2),
    "gae_lambda": _even(0.8, 1.0),
    "ent_coef": _log(1e-4, 0.1),
}
_CLIPPED: dict[str, Any] = {
    **_ACTOR_CRITIC,
    "n_steps": [16, 32, 64, 128],
    "batch_size": [64, 128, 256],
    "n_epochs": _even(1, 10),
}
_ADVANTAGE: dict[str, Any] = {
    **_ACTOR_CRITIC,
    "n_steps": [4, 8, 16, 32],
    "vf_coef": _even(0.1, 1.0),
}
_VALUE_BASED: dict[str, Any] = {
    **_NETWORK,
    "learning_rate": _log(5e-5, 5e-3),
    "n_steps": [1, 2, 3, 5],
    "gradient_steps": _even(1, 8),
    "batch_size": [64, 128, 256],
    "target_update_interval": [50, 100, 200, 500, 1000],
    "exploration_final_eps": _log(0.01, 0.2),
    "exploration_steps": [2000, 5000, 10_000, 20_000],
}
_PRIORITIES: dict[str, Any] = {
    "priority_exponent": _even(0.2, 1.0),
    "importance_exponent": _even(0.2, 1.0),
}
_DQN: dict[str, dict[str, Any]] = {
    "dqn-per": _PRIORITIES,
    "dqn-rank": _PRIORITIES,
    "rainbow": _PRIORITIES,
    "munchausen-dqn": {
        "munchausen_scale": _even(0.5, 1.0),
        "entropy_temperature": _log(3e-3, 0.3),
    },
}
_TUNED: dict[str, Any] = {"max_gradients": _log(10, 100)}
_PRICES: dict[str, Any] = {
    "price_cnot": _log(1e-5, 0.1),
    "price_gate": _log(0.01, 1.0),
    "spread": _log(1.0, 300.0),
}
_OTHERS: dict[str, dict[str, Any]] = {
    "ppo": {**_CLIPPED, "clip_range": _even(0.1, 0.4)},
    "tppo": {**_CLIPPED, "delta": _log(3e-3, 0.3), "objective": ["truly", "tr-ppo-rb"]},
    "a2c": _ADVANTAGE,
    "a3c": {**_ADVANTAGE, "n_workers": [1, 2, 4, 8]},
    "trpo": {
        **_NETWORK,
        "learning_rate": _log(1e-4, 1e-2),
        "gae_lambda": _even(0.8, 1.0),
        "n_steps": [16, 32, 64],
        "batch_size": [64, 128, 256],
        "n_critic_updates": _even(5, 20),
        "target_kl": _log(3e-3, 0.3),
        "cg_damping": _log(1e-3, 0.1),
    },
    "alphazero": {
        **_NETWORK,
        "learning_rate": _log(1e-4, 1e-2),
        "simulations": [8, 16, 32, 64],
        "c_init": _log(0.3, 4.0),
        "noise_fraction": _even(0.0, 0.5),
        "temperature": _even(0.1, 1.0),
        "train_every": [1, 2, 4, 8],
        "value_weight": _even(0.1, 1.0),
    },
    "anneal": {
        **_PRICES,
        **_TUNED,
        "chains": [4, 8, 16, 32],
        "hot": _log(5e-3, 0.5),
        "cold": _log(1e-6, 4e-3),
        "sweep": _log(50, 2000),
    },
    "tempering": {
        **_PRICES,
        **_TUNED,
        "ladders": _even(1, 8),
        "rungs": _even(2, 8),
        "hot": _log(0.5, 10.0),
        "cold": _log(2e-3, 0.2),
        "renewal": [0, 20, 50, 100, 200],
    },
    "evolve": {
        **_TUNED,
        "population": _log(16, 256),
        "offspring": _log(8, 128),
        "crossover": _even(0.0, 0.8),
        "most_moves": _even(1, 6),
        "patience": _log(10, 200),
        "immigrants": _even(0, 32),
        "kick": _even(2, 10),
        "stay": _even(0.2, 0.9),
    },
    "greedy": {
        **_TUNED,
        "width": _even(1, 8),
        "tried": _log(4, 64),
        "appended": [128, 512, 2048],
        "probes": _log(100, 2000),
        "pruned": _even(0, 8),
    },
    "adapt": {**_TUNED, "choose": ["gain", "gain-per-cnot"], "top": _log(1, 16)},
    "beam": {"width": _log(1, 16), "restarts": _even(0, 4), "patience": _even(1, 6)},
    "best-first": {
        "weight": _log(0.5, 16.0),
        "spread": _log(1.0, 64.0),
        "price_gate": _log(0.01, 1.0),
        "resolution": _log(1e-6, 1e-2),
        "probes": _even(0, 32),
        "batch": [1, 2, 4, 8, 16],
    },
    "mcts": {
        **_PRICES,
        **_TUNED,
        "exponent": _even(0.1, 0.8),
        "constant": _log(0.1, 2.0),
        "rollout": _even(0, 6),
        "commit": _log(64, 1024),
        "patience": _log(2, 32),
    },
    "nested-mcts": {
        "plays": _log(8, 128),
        "descents": _even(2, 16),
        "alpha": _log(0.1, 2.0),
        "decay": _even(0.5, 1.0),
        "chance": _even(0.0, 0.5),
        "fade": _even(0.0, 1.0),
        "mix": _even(0.0, 1.0),
        "width": _log(0.05, 3.0),
        "max_gradients": _log(5, 50),
        "keep": _log(4, 32),
    },
    "exchange": {**_TUNED, "tried": _log(256, 16_384)},
    "portfolio": {
        "members": [
            "evolve,adapt,greedy,tempering,exchange",
            "evolve,adapt,greedy",
            "evolve,tempering,exchange",
            "adapt,greedy,exchange",
        ],
        "turn": _log(1000, 100_000),
        "discount": _even(0.8, 1.0),
        "curiosity": _even(0.0, 2.0),
        "refining": _even(0.0, 0.3),
    },
    "exhaustive": {"starts": [6, 12, 24]},
}  # fmt: skip
