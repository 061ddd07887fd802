"""Environment steps per second, every step with all angles tuned anew; random legal actions.

Timed, in CPU seconds of one core: choosing an action from the mask, and `step` with all that it
does (tuning, observation, reward, mask, starting finished circuits again). Whole episodes are timed,
because steps grow dearer with the circuit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from benchmarks import reoptimisation
from benchmarks.common import Table, Target
from qrl.env.config import EnvConfig
from qrl.env.single import CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.tasks.registry import get_task
from qrl.tasks.task import Task

SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class Case:
    """A task with its episode length and the steps per second that it has to reach."""

    task: str
    max_gates: int
    required: float


CASES = (Case("vqe/h2o-8q-published", 100, 1500.0), Case("vqe/beh2-6q-published", 40, 5000.0))


@dataclass(slots=True)
class Tally:
    """What a timed loop did.

    Attributes:
        rates: steps per CPU second, one for each repetition.
        steps, gradients, values: totals; values are evaluations without a gradient.
        at_rest: steps whose tuning ended at its first gradient, or needed none.
        final: cost at the end of each finished episode.
        cpu, wall: seconds by both clocks.
    """

    rates: list[float] = field(default_factory=list)
    steps: int = 0
    gradients: int = 0
    values: int = 0
    at_rest: int = 0
    final: list[float] = field(default_factory=list)
    cpu: float = 0.0
    wall: float = 0.0

    def timed(self, loop: Callable[[], int]) -> None:
        """Run a loop that returns its number of steps."""
        wall, cpu = time.perf_counter(), time.process_time()
        steps = loop()
        spent = time.process_time() - cpu
        self.wall += time.perf_counter() - wall
        self.cpu += spent
        self.steps += steps
        self.rates.append(steps / spent)


def run(*, quick: bool = False) -> list[Table]:
    """Measure both tasks from both starts with both observations, and what the tuning achieves."""
    repeats = 3 if quick else 9
    table = Table(
        "Environment steps per second with full re-optimisation, random legal actions, one core",
        (
            "task, gates", "start", "observation", f"{SIDE_BY_SIDE} side by side (steps/s)",
            "single (steps/s)", "target (steps/s)", "gradients/step", "other values/step",
            "at rest", "median final error (Ha)",
        ),
    )  # fmt: skip
    cpu = wall = 0.0
    for case in CASES:
        slowest = {"side by side": np.inf, "single": np.inf}
        for start in ("zero", "task"):
            for observation in ("compact", "tensor"):
                many, one = measure(case, start, observation, repeats)
                task = get_task(case.task)
                table.rows.append(
                    (
                        f"{case.task}, {case.max_gates}",
                        start,
                        observation,
                        f"{median(many.rates):.0f}",
                        f"{median(one.rates):.0f}",
                        f"≥ {case.required:.0f}",
                        f"{many.gradients / many.steps:.2f}",
                        f"{many.values / many.steps:.2f}",
                        f"{many.at_rest / many.steps:.0%}",
                        f"{median(many.final) - (task.reference or 0.0):.3f}",
                    )
                )
                slowest["side by side"] = min(slowest["side by side"], median(many.rates))
                slowest["single"] = min(slowest["single"], median(one.rates))
                cpu, wall = cpu + many.cpu + one.cpu, wall + many.wall + one.wall
        table.targets += [
            Target(f"{case.task}, {way}, slowest row", float(rate), case.required, unit="steps/s")
            for way, rate in slowest.items()
        ]
    table.notes += [
        f"Side by side: `CircuitVecEnv` with {SIDE_BY_SIDE} circuits, steps of all counted; single: "
        f"`CircuitEnv`. Whole episodes, CPU clock; wall clock / CPU clock of the same loops: "
        f"{wall / cpu:.2f}. Medians over {repeats} repetition(s), both ways in turn.",
        "At rest: share of steps that tuning left after at most one gradient, because no angle has a "
        "slope above the tolerance there. Evaluation counts and errors are those of the circuits side "
        "by side; the error is that of random circuits at the end of an episode, against the task's "
        "reference.",
    ]
    return [table, reoptimisation.run([(c.task, c.max_gates) for c in CASES], quick=quick)]


def measure(case: Case, start: str, observation: str, repeats: int) -> tuple[Tally, Tally]:
    """Time many circuits side by side and a single one, in turn."""
    task = get_task(case.task)
    config = EnvConfig(start=start, observation=observation, max_gates=case.max_gates)
    vector, single = CircuitVecEnv(task, config, SIDE_BY_SIDE), CircuitEnv(task, config)
    many, one = Tally(), Tally()
    _warm_up(task, config)
    episodes = max(1, 400 // case.max_gates)
    for repetition in range(repeats):
        many.timed(lambda: _side_by_side(vector, case.max_gates, many, seed=repetition))  # noqa: B023
        one.timed(lambda: _single(single, episodes, one, seed=repetition))  # noqa: B023
    return many, one


def choose(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return one legal action a row, uniformly."""
    chosen: NDArray[np.int64] = (rng.random(mask.shape) * mask).argmax(axis=1)
    return chosen


def _side_by_side(env: CircuitVecEnv, max_gates: int, tally: Tally, seed: int) -> int:
    rng = np.random.default_rng(seed)
    mask = env.reset(seed=seed)[1]["action_mask"]
    for _ in range(max_gates):
        _, _, terminated, truncated, info = env.step(choose(mask, rng))
        mask = info["action_mask"]
        gradients = env.build.gradients
        tally.gradients += int(gradients.sum())
        tally.values += int(info["evaluations"].sum() - gradients.sum())
        tally.at_rest += int((gradients <= 1).sum())
        tally.final += info["cost"][terminated | truncated].tolist()
    return max_gates * env.num_envs


def _single(env: CircuitEnv, episodes: int, tally: Tally, seed: int) -> int:
    rng = np.random.default_rng(seed)
    steps = 0
    for _ in range(episodes):
        mask, done = env.reset(seed=seed)[1]["action_mask"], False
        while not done:
            action = int(choose(mask[None], rng)[0])
            _, _, terminated, truncated, info = env.step(action)
            mask, done = info["action_mask"], terminated or truncated
            steps += 1
    return steps


def _warm_up(task: Task, config: EnvConfig) -> None:
    """Load the kernels."""
    env = CircuitEnv(task, config)
    mask = env.reset(seed=0)[1]["action_mask"]
    for _ in range(3):
        mask = env.step(int(np.flatnonzero(mask)[0]))[4]["action_mask"]
