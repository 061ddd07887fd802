"""Searches that benchmarks run side by side, each in a process and on a core of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from scipy.stats import binomtest

from qrl.env.config import EnvConfig
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.run import Run
from qrl.search.runner import Search
from qrl.tasks.registry import get_task

Work = TypeVar("Work")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Trial:
    """A search of a benchmark.

    Attributes:
        task, agent, seed: what it does.
        evaluations, seconds: its budget, one of them.
        fidelity: where positive, the search ends with the first circuit that reaches the task's target
            error and this fidelity.
        goals: errors, each with the CNOTs that must do for it; where there are any, the search ends
            when it has circuits for all.
        env, options: settings.
    """

    task: str
    agent: str
    seed: int
    evaluations: int | None = None
    seconds: float | None = None
    fidelity: float = 0.0
    goals: tuple[tuple[float, int], ...] = ()
    env: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


class OnFront(NamedTuple):
    """A circuit of a front.

    Attributes:
        error: in the task's unit.
        cnots, gates: of the whole circuit.
        qasm: OpenQASM 3.
    """

    error: float
    cnots: int
    gates: int
    qasm: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial found.

    Attributes:
        evaluations, seconds: when target error and fidelity were reached; None where they were not.
        error: lowest, in the task's unit.
        front: what was kept, lowest error first.
        steps: of the environment.
        verified: whether Qiskit's numbers agree.
        reached: seconds to each of the goals; None for those that were not reached.
    """

    evaluations: int | None
    seconds: float | None
    error: float
    front: tuple[OnFront, ...]
    steps: int
    verified: bool
    reached: tuple[float | None, ...] = ()


def attempt(trial: Trial) -> Outcome:
    """Run a trial in a temporary folder."""
    task = get_task(trial.task)
    config = SearchConfig(
        task=task.name,
        agent=trial.agent,
        seed=trial.seed,
        budget=Budget.choose(evaluations=trial.evaluations, seconds=trial.seconds),
        env=EnvConfig.from_dict(trial.env),
        options=trial.options,
        compare=False,
    )
    reached: dict[str, float] = {}
    lowest = float("inf")
    times: list[float | None] = [None] * len(trial.goals)

    def watch_goals(recorder: Recorder) -> None:
        reference = task.reference or 0.0
        for number, (error, most) in enumerate(trial.goals):
            if times[number] is None:
                within = (
                    entry.seconds
                    for entry in recorder.archive.entries
                    if entry.cost - reference <= error and entry.cnots <= most
                )
                times[number] = min(within, default=None)
        if times and None not in times:
            recorder.stopped = True

    def watch(recorder: Recorder) -> None:
        nonlocal lowest
        best = recorder.archive.best
        if not trial.fidelity or best.cost >= lowest:
            return
        lowest = best.cost
        assert task.reference is not None
        if lowest > task.reference + task.target_error:
            return
        if task.metrics(best.circuit)["fidelity"] >= trial.fidelity:
            reached.update(evaluations=best.evaluations, seconds=best.seconds)
            recorder.stopped = True

    folder = Path(tempfile.mkdtemp())
    try:
        run = Search(task, config, folder / "run", (watch, watch_goals)).start()
        return Outcome(
            evaluations=int(reached["evaluations"]) if reached else None,
            seconds=reached.get("seconds"),
            error=float(run.result["error"]),
            front=tuple(_front(run)),
            steps=run.result["env_steps"],
            verified=bool(run.verify()),
            reached=tuple(times),
        )
    finally:
        shutil.rmtree(folder)


def _front(run: Run) -> Iterator[OnFront]:
    reference = run.task.reference or 0.0
    for entry in sorted(run.archive.entries, key=lambda entry: entry.cost):
        circuit = entry.circuit
        yield OnFront(entry.cost - reference, entry.cnots, circuit.gate_count, circuit.qasm())


def side_by_side(
    work: Callable[[Work], Done], jobs: Iterable[Work], processes: int | None = None
) -> list[Done]:
    """Do the jobs in processes of their own, one for each core, and return what they return."""
    count = processes or os.cpu_count() or 1
    # Tables of known scores belong to an engine, and each search makes its own.
    with ProcessPoolExecutor(count, get_context("spawn"), _one_core) as pool:
        return list(pool.map(work, jobs))


def _one_core() -> None:
    os.environ["QRL_THREADS"] = "1"


def interval(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a success rate."""
    found = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def rate(successes: int, trials: int) -> str:
    """Return a success rate with its interval as text."""
    low, high = interval(successes, trials)
    return f"{successes}/{trials} [{low:.2f}, {high:.2f}]"
