"""The laws of tasks: every registered task keeps them, and each of them can be broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from qrl.circuits import Circuit, Expectation, Infidelity, PauliSum
from qrl.circuits.objectives import Head
from qrl.errors import CheckFailed, InputError
from qrl.tasks import Baseline, Task, get_task, task_ids
from qrl.tasks.check import check_task

BELL = Infidelity([2**-0.5, 0, 0, 2**-0.5])


@pytest.mark.parametrize("name", task_ids())
def test_every_registered_task_keeps_the_laws(name: str) -> None:
    check_task(get_task(name), circuits=2)


@dataclass(frozen=True, eq=False)
class _Wrong(Infidelity):
    """A Bell state's infidelity with a choice of faults."""

    def cost(self, outputs: Any) -> float:
        return super().cost(outputs) + 0.1


class _Bounded(Infidelity):
    @property
    def lower_bound(self) -> float:
        return 0.5


@dataclass(frozen=True)
class _Faulty(Task):
    fault: str = ""

    def trivial(self) -> dict[str, Baseline]:
        found = {"empty": Baseline(0.5, Circuit(2))}
        if self.fault == "cost":
            found["wrong"] = Baseline(0.4, Circuit(2))
        if self.fault == "none":
            found["wrong"] = Baseline(None, Circuit(2))
        if self.fault == "size":
            found["wrong"] = Baseline(0.5, Circuit(3))
        return found

    def rivals(self, found: Circuit) -> dict[str, Baseline]:
        return {"slow": Baseline(0.7, Circuit(2))} if self.fault == "rival" else {}

    def metrics(self, circuit: Circuit, apply: Any = None) -> dict[str, Any]:
        if self.fault == "nan":
            return {"figure": float("nan")}
        if self.fault == "error":
            raise KeyError("lost")
        if self.fault == "random":
            return {"figure": float(np.random.default_rng().random())}
        if self.fault == "alters":
            self.metadata["seen"] = 1 + self.metadata.get("seen", 0)  # type: ignore[index]
        return {}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("cost", r"trivial\(\)\['wrong'\], its cost: expected 0"),
        ("none", r"trivial\(\)\['wrong'\], its cost"),
        ("size", "expected 2 qubits; got 3"),
        ("rival", r"rivals\(\)\['slow'\], its cost"),
        ("nan", "nan cannot be kept in a file"),
        ("error", "expected no error; got KeyError"),
        ("random", "metrics, asked again"),
        ("alters", "a task that stays as it is"),
    ],
)
def test_a_fault_is_found(fault: str, message: str) -> None:
    check_task(_Faulty("mine", BELL), rivals=True)
    with pytest.raises(CheckFailed, match=message):
        check_task(_Faulty("mine", BELL, fault=fault), rivals=True)


def test_a_cost_that_the_kernels_do_not_compute() -> None:
    with pytest.raises(CheckFailed, match=r"kernels against objective\.cost"):
        check_task(Task("mine", _Wrong(BELL.target)))


def test_a_bound_that_is_passed() -> None:
    with pytest.raises(CheckFailed, match=r"lower_bound: expected no cost below 0\.5"):
        check_task(Task("mine", _Bounded(BELL.target)))


def test_a_reference_that_is_passed() -> None:
    zz = Task("mine", Expectation(PauliSum(("ZZ",), (1.0,))), reference=-1.0)
    check_task(zz)
    with pytest.raises(CheckFailed, match=r"reference: expected no cost below -0\.5"):
        check_task(replace(zz, reference=-0.5))
    with pytest.raises(CheckFailed, match="reference: expected at least -1"):
        check_task(replace(zz, reference=-3.0))


class _Foreign:
    """An objective that no file can hold."""

    n_qubits, lower_bound = 2, 0.0
    inputs = BELL.inputs

    def cost(self, outputs: Any) -> float:
        return BELL.cost(outputs)

    def head(self) -> Head:
        return BELL.head()


def test_a_task_that_cannot_be_kept() -> None:
    with pytest.raises(CheckFailed, match="_Foreign cannot be kept in a file"):
        check_task(Task("mine", _Foreign()))


@pytest.mark.parametrize("circuits", [0, -1, True, 2.5])
def test_bad_numbers_of_circuits(circuits: Any) -> None:
    with pytest.raises(InputError, match=f"circuits must be .* at least 1; got {circuits}"):
        check_task(Task("mine", BELL), circuits=circuits)


def test_something_else() -> None:
    with pytest.raises(InputError, match=r"needs a qrl\.Task; got str"):
        check_task("vqe/h2-4q")  # type: ignore[arg-type]
