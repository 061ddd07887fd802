"""Environment steps per second, every step with all angles tuned anew.

Timed: choosing a random legal action from the mask, and `step` with all that it does (tuning,
observation, reward, mask, starting finished circuits again). Whole episodes are timed, because steps
grow dearer with the circuit. On one core by CPU seconds; two cores against one by the wall clock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Table, Target
from qrl.circuits.engines.exact import ExactEngine
from qrl.env.config import EnvConfig
from qrl.env.single import CircuitEnv
from qrl.env.vector import CircuitVecEnv
from qrl.tasks.registry import get_task
from qrl.tasks.task import Task

SIDE_BY_SIDE = 16
STARTS = ("zero", "task")
TWO_CORES = 1.8
TWO_CORES_SIDE_BY_SIDE = 256


@dataclass(frozen=True, slots=True)
class Case:
    """A task with its episode length and the steps per second that it has to reach.

    `dear` tasks take one repetition, of fewer circuits, with `--quick`.
    """

    task: str
    max_gates: int
    required: float
    dear: bool = False


CASES = (
    Case("vqe/h2o-8q-published", 100, 3000.0),
    Case("vqe/beh2-6q-published", 40, 5000.0),
    Case("vqe/lih-12q-published", 100, 120.0, dear=True),
)


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
    """Measure all tasks from both starts on one core, and one task on two."""
    table = Table(
        "Environment steps per second with full re-optimisation, random legal actions, one core",
        (
            "task, gates", "start", "observation", "circuits", "side by side (steps/s)",
            "single (steps/s)", "target (steps/s)", "gradients/step", "other values/step",
            "at rest", "known scores", "median final error (Ha)",
        ),
    )  # fmt: skip
    cpu = wall = 0.0
    for case in CASES:
        slowest = {"side by side": np.inf, "single": np.inf}
        for start in STARTS:
            for observation in ("compact",) if quick or case.dear else ("compact", "tensor"):
                many, one, hits = measure(case, start, observation, quick=quick)
                task = get_task(case.task)
                table.rows.append(
                    (
                        f"{case.task}, {case.max_gates}",
                        start,
                        observation,
                        str(_circuits(case, quick=quick)),
                        f"{median(many.rates):.0f}",
                        f"{median(one.rates):.0f}",
                        f"≥ {case.required:.0f}",
                        f"{many.gradients / many.steps:.2f}",
                        f"{many.values / many.steps:.2f}",
                        f"{many.at_rest / many.steps:.0%}",
                        f"{hits:.1%}",
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
        "Side by side: `CircuitVecEnv`, steps of all circuits counted; single: `CircuitEnv`. Whole "
        f"episodes, CPU clock; wall clock / CPU clock of the same loops: {wall / cpu:.2f}. Medians over "
        "repetitions, both ways in turn.",
        "At rest: share of steps that tuning left after at most one gradient, because no angle has a "
        "slope above the tolerance there. Known scores: share of circuits side by side that an engine "
        "had tuned before, whose scores it looks up. Evaluation counts and errors are those of the "
        "circuits side by side; the error is that of random circuits at the end of an episode, "
        "against the task's reference.",
    ]
    return [table, _two_cores(CASES[0], quick=quick)]


def measure(case: Case, start: str, observation: str, *, quick: bool) -> tuple[Tally, Tally, float]:
    """Time many circuits side by side and a single one, in turn; also the share of known scores."""
    task = get_task(case.task)
    config = EnvConfig(start=start, observation=observation, max_gates=case.max_gates)
    vector = CircuitVecEnv(task, config, _circuits(case, quick=quick))
    single = CircuitEnv(task, config)
    many, one = Tally(), Tally()
    _warm_up(task, config)
    vector.build.engine.threads = 1  # type: ignore[attr-defined]  # a single one never takes more
    episodes = 1 if case.dear else max(1, 400 // case.max_gates)
    repeats = (1 if case.dear else 5) if quick else 3 if case.dear else 9
    for repetition in range(repeats):
        many.timed(lambda: _side_by_side(vector, case.max_gates, many, seed=repetition))  # noqa: B023
        one.timed(lambda: _single(single, episodes, one, seed=repetition))  # noqa: B023
    return many, one, known_share(vector)


def known_share(env: CircuitVecEnv) -> float:
    """Return the share of circuits whose score was known."""
    engine: Any = env.build.engine
    return float(engine.known.hit_rate)


def choose(mask: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return one legal action a row, uniformly."""
    chosen: NDArray[np.int64] = (rng.random(mask.shape) * mask).argmax(axis=1)
    return chosen


def _two_cores(case: Case, *, quick: bool) -> Table:
    """Time the same steps on one core and on two, in turn, by the wall clock."""
    title = f"Environment steps on two cores, {case.task}, {TWO_CORES_SIDE_BY_SIDE} side by side"
    columns = (
        "start",
        "one core (steps/s)",
        "two cores (steps/s)",
        "ratio",
        "target",
        "CPU / wall",
    )
    table = Table(title, columns)
    if (os.cpu_count() or 1) < 2:
        table.notes.append("Not measured: there is one core.")
        return table
    repeats = 2 if quick else 9
    ratios: list[float] = []
    for start in STARTS[:1] if quick else STARTS:
        config = EnvConfig(start=start, max_gates=case.max_gates)
        env = CircuitVecEnv(get_task(case.task), config, TWO_CORES_SIDE_BY_SIDE)
        _warm_up(get_task(case.task), config)
        # An engine each, because it looks up what it has scored.
        engines = [ExactEngine(env.task.objective, threads=k + 1) for k in range(2)]
        walls: list[list[float]] = [[], []]
        shares: list[float] = []
        for repetition in range(repeats):
            for k, engine in enumerate(engines):
                env.build.engine = engine
                tally = Tally()
                tally.timed(lambda: _side_by_side(env, case.max_gates, tally, seed=repetition))  # noqa: B023
                walls[k].append(tally.wall)
                shares += [tally.cpu / tally.wall] * (k == 0)
        steps = case.max_gates * TWO_CORES_SIDE_BY_SIDE
        pairs = [one / two for one, two in zip(*walls, strict=True)]
        ratios += pairs
        table.rows.append(
            (
                start,
                *(f"{steps / median(seconds):.0f}" for seconds in walls),
                f"{median(pairs):.2f} ({min(pairs):.2f} - {max(pairs):.2f})",
                f"≥ {TWO_CORES:g}",
                f"{min(shares):.2f}",
            )
        )
    table.targets.append(
        Target("two cores over one, median of all pairs", median(ratios), TWO_CORES)
    )
    table.notes.append(
        f"Wall clock, medians over {repeats} pairs of episodes, in turn, with the same actions. CPU / "
        "wall: of the most disturbed episode on one core; where it is below 0.95, something else kept the "
        "cores busy and the ratio is too low."
    )
    return table


def _circuits(case: Case, *, quick: bool) -> int:
    return SIDE_BY_SIDE // 4 if quick and case.dear else SIDE_BY_SIDE


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
