"""Tasks as plain data: exact, and safe to read from a stranger's file."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import circuits, pauli_sums

from qrl.circuits import (
    Circuit,
    Classification,
    CodeOverlap,
    DephasingGap,
    Expectation,
    ExpectationRatio,
    Infidelity,
    PauliSum,
    ProcessInfidelity,
)
from qrl.errors import InputError
from qrl.tasks import Task, get_task
from qrl.tasks.codec import from_plain, task_from_plain, task_to_plain, to_plain
from qrl.tasks.task_file import save_task

ZZ, XI = PauliSum(("ZZ",), (1.0,)), PauliSum(("XI", "II"), (0.3, 0.1))
ROOT = 2**-0.5
OBJECTIVES = [
    Expectation(ZZ),
    Expectation(ZZ, np.eye(4)[:3], [0.2, 0.3, 0.5]),
    Infidelity([ROOT, 0, 0, 1j * ROOT]),
    ProcessInfidelity(np.diag([1, 1, 1, -1])),
    DephasingGap(np.diag([0.1, 0.2, 0.3, 0.4])),
    Classification(np.eye(4)[:2], [1.0, -1.0], (ZZ,), "logistic", 2.0, [1, 3]),
    ExpectationRatio(XI, PauliSum(("II",), (2.0,))),
    CodeOverlap.encoder(("ZZI", "IZZ"), "XXX", "ZII"),
]


def there_and_back(value: Any) -> Any:
    return from_plain(json.loads(json.dumps(to_plain(value), allow_nan=False)))


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: type(o).__name__)
def test_every_objective_comes_back_equal(objective: Any) -> None:
    task = Task("mine", objective, reference=0.25, metadata={"seed": 3, "list": [1, [2.5]]})
    kept = task_from_plain(json.loads(json.dumps(task_to_plain(task))), where="here")
    assert kept == task
    assert type(kept.objective) is type(objective)
    assert kept.metadata == {"seed": 3, "list": (1, (2.5,))}
    assert kept.objective.head().kind == objective.head().kind


@settings(deadline=None, max_examples=40)
@given(
    array=hnp.arrays(
        st.sampled_from([np.float64, np.complex128, np.int64, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0),
    )
)
def test_arrays_come_back_to_the_bit(array: np.ndarray[Any, Any]) -> None:
    kept = there_and_back(array)
    assert kept.shape == array.shape
    assert kept.tobytes() == array.tobytes()


@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_circuits_and_pauli_sums_come_back(data: st.DataObject) -> None:
    circuit, observable = data.draw(circuits(3)), data.draw(pauli_sums(3))
    kept = there_and_back({"both": (circuit, observable)})
    assert kept == {"both": (circuit, observable)}
    assert isinstance(kept["both"][0], Circuit)


@dataclass(frozen=True)
class _Mine(Task):
    extra: float = 1.0

    def metrics(self, circuit: Circuit, apply: Any = None) -> dict[str, Any]:
        return {"mine": self.extra}


def test_a_class_of_the_users_own_is_kept_as_its_base() -> None:
    kept = task_from_plain(task_to_plain(_Mine("mine", Expectation(ZZ), extra=2.0)), where="here")
    assert type(kept) is Task
    assert kept == Task("mine", Expectation(ZZ))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "A object cannot be kept"),
        ({"$kind": 1}, "Keys must be texts"),
        ({3: 1}, "Keys must be texts"),
        (np.array(["a"]), "array of <U1"),
        (lambda: 1, "function cannot be kept"),
    ],
)
def test_what_cannot_be_kept(value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_plain(value)


GOOD = task_to_plain(Task("mine", OBJECTIVES[2]))


def _changed(path: tuple[str, ...], value: Any) -> Any:
    data = json.loads(json.dumps(GOOD))
    part = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return data


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        None,
        {"format": "qrl-task-1"},
        {"format": "qrl-task-2", "task": GOOD["task"]},
        {"format": "qrl-task-1", "task": 3},
        {"format": "qrl-task-1", "task": {"$kind": "Circuit", "n_qubits": 2}},
        _changed(("task", "$kind"), "Path"),
        _changed(("task", "$kind"), ["Task"]),
        _changed(("task", "name"), 3),
        _changed(("task", "unknown"), 3),
        _changed(("task", "reference"), "low"),
        _changed(("task", "target_error"), -1),
        _changed(("task", "objective"), None),
        _changed(("task", "objective", "$kind"), "os.system"),
        _changed(("task", "objective", "target", "$array"), "|O"),
        _changed(("task", "objective", "target", "$array"), ["<f8"]),
        _changed(("task", "objective", "target", "shape"), [3, 3]),
        _changed(("task", "objective", "target", "shape"), "4"),
        _changed(("task", "objective", "target", "data"), "!!"),
        _changed(("task", "objective", "target", "data"), 3),
        _changed(("task", "objective", "target", "data"), "AAAA"),
    ],
)
def test_damage_is_told(data: Any) -> None:
    with pytest.raises(InputError, match="here: "):
        task_from_plain(data, where="here")


def test_files_that_are_refused(tmp_path: Path) -> None:
    task = Task("mine", OBJECTIVES[2])
    save_task(task, tmp_path / "mine.json")
    assert get_task(tmp_path / "mine.json") == task
    with pytest.raises(InputError, match="exists already"):
        save_task(task, tmp_path / "mine.json")
    for name in ("mine.txt", "mine"):
        with pytest.raises(InputError, match=r"must end in \.json"):
            save_task(task, tmp_path / name)
    with pytest.raises(InputError, match="cannot be written"):
        save_task(task, tmp_path / "none" / "mine.json")
    with pytest.raises(InputError, match=r"keeps a qrl\.Task; got NoneType"):
        save_task(None, tmp_path / "other.json")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be a text or a Path"):
        save_task(task, None)  # type: ignore[arg-type]
    for bad in (float("nan"), float("inf")):
        with pytest.raises(InputError, match="cannot be kept in a file"):
            save_task(replace(task, metadata={"figure": bad}), tmp_path / "other.json")
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with pytest.raises(InputError, match="nested too deeply"):
        save_task(replace(task, metadata=endless), tmp_path / "other.json")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


def test_tasks_of_one_id_share_nothing_that_can_be_altered() -> None:
    first: Any = get_task("vqe/h2-4q").metadata
    first["mapping"] = "spoilt"
    first["active_space"]["electrons"] = 7
    assert get_task("vqe/h2-4q").metadata["mapping"] == "jordan-wigner"
    assert get_task("vqe/h2-4q").metadata["active_space"]["electrons"] == 2
