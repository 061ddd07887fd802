"""Laws that every task keeps: for tasks of your own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from qrl.checks import whole_number
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.engines.check import random_circuit
from qrl.circuits.objectives import Objective
from qrl.circuits.tuned import TuneOptions
from qrl.errors import CheckFailed, InputError
from qrl.tasks.baseline import Baseline
from qrl.tasks.codec import task_from_plain, task_to_plain, to_plain
from qrl.tasks.task import Task, dense, dense_cost

MOST_DENSE_QUBITS = 12
MOST_NOISY_QUBITS = 5
MOST_INPUTS_SAMPLED = 64
_RELATIVE = 1e-7
_SHOTS, _STANDARD_ERRORS = 4000, 7.0


def check_task(task: Task, *, seed: int = 0, circuits: int = 4, rivals: bool = False) -> None:
    """Check that a task keeps the laws that searches and reports rely on.

    - on random circuits the cost of the kernels is that of `objective.cost`, noisy kernels without
      noise agree (up to 5 qubits), and sampled costs lie within 7 standard errors;
    - gradients agree with differences of the cost;
    - no cost is below `objective.lower_bound`, nor below the reference, tuned circuits included;
    - each baseline's circuit has the baseline's cost and the task's qubits;
    - metrics are numbers, texts or lists, the same when asked twice, and alter nothing;
    - held-out data use the same qubits;
    - the task can be kept in a file: what comes back has the same cost, metrics and baselines.

    Args:
        task: what is checked.
        seed: of the random circuits.
        circuits: how many of them, at least 1.
        rivals: whether the slower baselines are checked too.

    Raises:
        CheckFailed: a law is broken; the message says what was expected and what came.
        InputError: no task, or no circuits.
    """
    if not isinstance(task, Task):
        raise InputError(f"check_task needs a qrl.Task; got {type(task).__name__}.")
    circuits = whole_number("The number of circuits", circuits, least=1)
    whole_number("seed", seed, least=0)
    rng = np.random.default_rng(seed)
    drawn = [task.start, *(random_circuit(task.n_qubits, rng) for _ in range(circuits))]
    checks = _Checks(task, drawn, seed)
    checks.engines(task.objective)
    if task.held_out is not None:
        _expect(task.held_out.n_qubits == task.n_qubits, "held_out", "the same qubits", "others")
        checks.engines(task.held_out)
    checks.gradients()
    checks.bounds()
    checks.baselines("trivial", task.trivial())
    if rivals:
        checks.baselines("rivals", task.rivals(drawn[-1]))
    checks.storage()
    checks.metrics()


@dataclass(frozen=True)
class _Checks:
    """The laws, one a method.

    Attributes:
        task, circuits, seed: what is checked, and on which.
    """

    task: Task
    circuits: list[Circuit]
    seed: int

    def engines(self, objective: Objective) -> None:
        n = self.task.n_qubits
        exact = make_engine("exact", objective)
        for circuit in self.circuits:
            with _raising_nothing("the cost by the exact engine"):
                cost = exact.value(circuit)
            _expect(math.isfinite(cost), "the cost", "a finite number", repr(cost))
            if n <= MOST_DENSE_QUBITS:
                _equal(
                    "the cost of kernels against objective.cost",
                    dense_cost(objective, circuit),
                    cost,
                )
            if n <= MOST_NOISY_QUBITS:
                with _raising_nothing("the cost by the noisy engine"):
                    noisy = make_engine("noisy", objective).value(circuit)
                _equal("the cost of noisy kernels without noise", cost, noisy)
        if n <= MOST_NOISY_QUBITS and len(objective.inputs) <= MOST_INPUTS_SAMPLED:
            self._sampled(objective, self.circuits[-1], exact.value(self.circuits[-1]))

    def gradients(self) -> None:
        engine, step = make_engine("exact", self.task.objective), 1e-4
        for circuit in self.circuits:
            value, gradient = engine.value_and_gradient(circuit)
            scale = max(1.0, abs(value))
            for p in range(min(3, len(gradient))):
                ahead, behind = list(circuit.angles), list(circuit.angles)
                ahead[p] += step
                behind[p] -= step
                difference = engine.value(circuit.with_angles(ahead)) - engine.value(
                    circuit.with_angles(behind)
                )
                slope = difference / (2.0 * step)
                near = abs(slope - gradient[p]) <= 1e-4 * scale
                _expect(near, "the gradient", f"a difference of costs, {slope}", str(gradient[p]))

    def bounds(self) -> None:
        task, engine = self.task, make_engine("exact", self.task.objective)
        options = TuneOptions(max_gradients=100)
        costs = [engine.value(circuit) for circuit in self.circuits]
        costs += [engine.tune(circuit, options=options).cost for circuit in self.circuits]
        slack = _RELATIVE * max(1.0, *map(abs, costs))
        lowest, bound = min(costs), task.objective.lower_bound
        _expect(lowest >= bound - slack, "lower_bound", f"no cost below {bound}", str(lowest))
        if task.reference is not None:
            slack += abs(task.target_error)
            expected = f"no cost below {task.reference}"
            _expect(lowest >= task.reference - slack, "reference", expected, str(lowest))
            _expect(
                task.reference >= bound - slack,
                "reference",
                f"at least {bound}",
                str(task.reference),
            )

    def baselines(self, law: str, found: dict[str, Baseline]) -> None:
        for name, baseline in found.items():
            where = f"{law}()[{name!r}]"
            _expect(isinstance(baseline, Baseline), where, "a Baseline", type(baseline).__name__)
            if baseline.circuit is None:
                continue
            n = baseline.circuit.n_qubits
            _expect(n == self.task.n_qubits, where, f"{self.task.n_qubits} qubits", str(n))
            engine = make_engine("exact", self.task.objective)
            cost = float("nan") if baseline.cost is None else baseline.cost
            _equal(f"{where}, its cost", engine.value(baseline.circuit), cost)

    def metrics(self) -> None:
        before = task_to_plain(self.task)
        for circuit in self.circuits:
            with _raising_nothing("metrics"):
                first = to_plain(self.task.metrics(circuit))
                again = to_plain(self.task.metrics(circuit, dense(circuit)))
            _expect(first == again, "metrics, asked again", str(first), str(again))
        after = task_to_plain(self.task)
        _expect(before == after, "metrics", "a task that stays as it is", "another")

    def storage(self) -> None:
        with _raising_nothing("keeping the task in a file"):
            text = json.dumps(task_to_plain(self.task), allow_nan=False)
            kept = task_from_plain(json.loads(text), where="the kept task")
        for circuit in self.circuits:
            if self.task.n_qubits <= MOST_DENSE_QUBITS:
                costs = [dense_cost(t.objective, circuit) for t in (self.task, kept)]
                _equal("the cost by the kept task", *costs)
            if type(kept) is type(self.task):
                figures = [to_plain(t.metrics(circuit)) for t in (self.task, kept)]
                _expect(figures[0] == figures[1], "metrics of the kept task", *map(str, figures))
        _expect(kept.name == self.task.name, "the kept task", self.task.name, kept.name)

    def _sampled(self, objective: Objective, circuit: Circuit, cost: float) -> None:
        engine: Any = make_engine("shots", objective, shots=_SHOTS, seed=self.seed)
        with _raising_nothing("a sampled cost"):
            read = engine.estimate(circuit)
        # One outcome more or less: what is rare may not have been seen at all.
        allowed = _STANDARD_ERRORS * read.standard_error + 10.0 * max(1.0, abs(cost)) / _SHOTS
        near = abs(read.value - cost) <= allowed
        _expect(near, "a sampled cost", f"{cost} within {allowed:.3g}", str(read.value))


def _equal(law: str, expected: float, came: float) -> None:
    near = abs(expected - came) <= _RELATIVE * max(1.0, abs(expected))
    _expect(near, law, str(expected), str(came))


def _expect(holds: bool, law: str, expected: str, came: str) -> None:
    if not holds:
        raise CheckFailed(f"{law}: expected {expected}; got {came}.")


@contextmanager
def _raising_nothing(law: str) -> Iterator[None]:
    try:
        yield
    except CheckFailed:
        raise
    except (
        Exception
    ) as cause:  # a user's task may raise anything, and whatever it is breaks the law
        raise CheckFailed(f"{law}: expected no error; got {cause!r}.") from cause
