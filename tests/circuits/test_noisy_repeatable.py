"""What the noisy engine returns does not depend on what it did before, or on how many threads did it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qrl.circuits.engines.noisy import NoisyEngine
from qrl.env.config import EnvConfig
from qrl.env.vector import CircuitVecEnv
from qrl.tasks import get_task

H2 = get_task("vqe/h2-4q")
NOISE = "depolarizing:0.001,0.01"


class Recording(NoisyEngine):
    """Keeps what it is asked to tune."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.calls: list[tuple[Any, ...]] = []

    def tune_arrays(self, *arguments: Any) -> Any:
        copies = (np.array(a) if isinstance(a, np.ndarray) else a for a in arguments)
        self.calls.append(tuple(copies))
        return super().tune_arrays(*arguments)


@pytest.fixture(scope="module")
def calls() -> list[tuple[Any, ...]]:
    """Circuits that grow by random gates, as environments have them tuned."""
    engine = Recording(H2.objective, NOISE, threads=1)
    config = EnvConfig(gates="cx+ry", max_gates=8, start="zero", noise=NOISE)
    env = CircuitVecEnv(H2, config, 16, engine=engine)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(250):
        env.step(np.array([rng.choice(np.flatnonzero(row)) for row in env.action_masks()]))
    return engine.calls


def tuned(calls: list[tuple[Any, ...]], order: range, threads: int, table: int) -> dict[int, bytes]:
    """Tune all in some order; return costs and angles to the last bit, all numbers without a table."""
    engine = NoisyEngine(H2.objective, NOISE, threads=threads, table_bytes=table)
    found = {}
    for k in order:
        arguments = [np.array(a) if isinstance(a, np.ndarray) else a for a in calls[k]]
        out = engine.tune_arrays(*arguments)
        theta, n_theta = arguments[2], arguments[3]
        angles = b"".join(row[:n].tobytes() for row, n in zip(theta, n_theta, strict=True))
        # From a table come the counts of when a circuit was first tuned.
        found[k] = (out[:, :1] if table else out).tobytes() + angles
    return found


@pytest.mark.parametrize("table", [0, 1 << 21])
def test_neither_order_nor_threads_change_a_bit(calls: list[tuple[Any, ...]], table: int) -> None:
    forward = range(len(calls))
    wanted = tuned(calls, forward, 1, table)
    for order, threads in ((forward[::-1], 1), (forward, 2), (forward, 2)):
        assert tuned(calls, order, threads, table) == wanted
