"""Tasks by id, by file and by value."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qrl.circuits import Circuit, Expectation, PauliSum, dense
from qrl.errors import InputError
from qrl.tasks import CHEMICAL_ACCURACY, Task, basis_state, get_task, task_ids
from qrl.tasks.ground_states import heisenberg, tfim
from qrl.tasks.registry import FAMILIES
from qrl.tasks.task_file import content_of

# Of the ids that the product promises, those whose family exists, and their ground energies.
PROMISED = {
    "vqe/h2-4q": -1.13727017,
    "vqe/h2-4q-2.63": -0.93499022,
    "vqe/h2-2q": -1.13727017,
    "vqe/lih-4q-1.2": -7.85069841,
    "vqe/lih-4q-2.2": -7.84487890,
    "vqe/lih-4q-3.4": -7.78908887,
    "vqe/lih-6q-1.2": -7.85069841,
    "vqe/lih-6q-2.2": -7.84487914,
    "vqe/lih-6q-3.4": -7.78908893,
    "vqe/beh2-6q": -15.56313699,
    "vqe/beh2-6q-published": -14.86158918,
    "vqe/h2o-8q": -74.97233561,
    "vqe/h2o-8q-published": -73.29410676,
    "vqe/h2o-10q": -75.98628650,
    "vqe/h2o-10q-published": -74.56807530,
    "vqe/lih-12q-published": -7.87456938,
    "vqe/h4-8q-1.5": -1.99615033,
    "vqe/tfim-6q": -5.00500099,
    "vqe/heisenberg-5q": -8.71154501,
}


OTHER_FAMILIES = {
    "state/ghz-4q", "state/w-4q", "diag/random-2q-1", "classify/iris-4q", "linear/ising-4q",
    "maxcut/ring-7q", "code/five-qubit", "compile/toffoli-3q",
}  # fmt: skip


def test_the_promised_ids_are_listed_once() -> None:
    assert len(task_ids()) == len(set(task_ids()))
    assert set(PROMISED) | OTHER_FAMILIES <= set(task_ids())
    assert {name.split("/")[0] for name in task_ids()} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_lists_its_own(family: str) -> None:
    listed = task_ids(family)
    assert listed
    assert all(name.startswith(f"{family}/") for name in listed)


def test_an_unknown_family() -> None:
    with pytest.raises(InputError, match="Did you mean 'state'"):
        task_ids("stat")


@pytest.mark.parametrize("name", task_ids())
def test_every_id_loads(name: str) -> None:
    task = get_task(name)
    assert task.name == name
    assert task.family == name.split("/")[0]
    assert task.unit == ("" if task.family != "vqe" else task.unit)
    assert task.description
    size = re.search(r"-(\d+)q", name)
    assert size is None or task.n_qubits == int(size[1])
    assert task.reference is not None or task.held_out is not None
    if task.reference is not None:
        assert task.objective.lower_bound <= task.reference + 1e-12
    if task.family == "vqe":
        assert task.unit in ("Ha", "J")
        assert task.target_error == (CHEMICAL_ACCURACY if task.unit == "Ha" else 1e-3)
    assert task.start.n_qubits == task.n_qubits
    assert set(task.start.counts) <= {"x"}
    assert get_task(name) == task
    assert get_task(task) is task


@pytest.mark.parametrize("name", PROMISED)
def test_references_are_the_known_energies(name: str) -> None:
    assert get_task(name).reference == pytest.approx(PROMISED[name], abs=3e-7)


@pytest.mark.parametrize("name", [name for name in PROMISED if get_task(name).n_qubits <= 6])
def test_references_are_the_lowest_eigenvalues(name: str) -> None:
    task = get_task(name)
    lowest = np.linalg.eigvalsh(dense.operator(task.objective.observable))[0]
    assert task.reference == pytest.approx(lowest, abs=1e-9)


@pytest.mark.parametrize("name", task_ids())
def test_every_task_survives_in_a_file(name: str, tmp_path: Path) -> None:
    task = get_task(name)
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(content_of(task)), encoding="utf-8")
    assert get_task(file) == task


# -- chains of any length ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vqe/tfim-6q", tfim(6)),
        ("vqe/tfim-3q", tfim(3, 0.05)),
        ("vqe/tfim-4q-0.5", tfim(4, 0.5)),
        ("vqe/tfim-4q-1e-3", tfim(4, 0.001)),
        ("vqe/tfim-4q--0.25", tfim(4, -0.25)),
        ("vqe/heisenberg-3q", heisenberg(3, 1.0)),
        ("vqe/heisenberg-3q-0", heisenberg(3, 0.0)),
        ("vqe/heisenberg-2q-2", heisenberg(2, 2.0)),
    ],
)
def test_chains_carry_length_and_field_in_the_id(name: str, expected: Task) -> None:
    assert get_task(name) == expected
    assert expected.name == name or name == "vqe/tfim-4q-1e-3"


@pytest.mark.parametrize("field", [0.05, 0.5, -0.25, 1e-3, 1 / 3, 0.123456789, 1e-9])
def test_the_id_of_a_chain_leads_back_to_it(field: float) -> None:
    for task in (tfim(3, field), heisenberg(3, field)):
        assert get_task(task.name) == task


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vqe/tfim-1q", "at least 2 sites; got 1"),
        ("vqe/heisenberg-0q", "at least 2 sites; got 0"),
        ("vqe/tfim-3q-1e999", "finite"),
        ("vqe/tfim-3q--", "expected a number"),
        ("vqe/tfim-3q-1.2.3", "expected a number"),
        ("vqe/tfim-3q-e", "expected a number"),
    ],
)
def test_chains_that_do_not_exist(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        get_task(name)


# -- what is not a task -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("vqe/h2-4", "vqe/h2-4q"),
        ("vqe/lih-4q-3.5", "vqe/lih-4q-3.4"),
        ("vqe/H2-4q", "vqe/h2-4q"),
        ("lih-6q-2.2", "vqe/lih-6q-2.2"),
        ("vqe/h2o-8q-publised", "vqe/h2o-8q-published"),
        ("vqe/tfim-6", "vqe/tfim-6q"),
        ("vqe/heisenburg-5q", "vqe/heisenberg-5q"),
    ],
)
def test_an_unknown_id_names_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(InputError) as caught:
        get_task(name)
    message = str(caught.value)
    assert repr(name) in message
    assert repr(nearest) in message
    assert "qrl tasks" in message


@pytest.mark.parametrize("name", ["", "xxxxxxxxx", "vqe", "../../secrets", "vqe/", "\0"])
def test_a_name_near_nothing(name: str) -> None:
    with pytest.raises(InputError, match="Unknown task"):
        get_task(name)


@pytest.mark.parametrize("ending", ["json", "npz"])
def test_a_missing_problem_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"absent.{ending}"
    for source in (path, str(path)):
        with pytest.raises(InputError, match=f"absent.{ending}' does not exist"):
            get_task(source)


# -- tasks by value ---------------------------------------------------------------------------


def test_a_pauli_sum_is_a_task() -> None:
    observable = PauliSum(("XY", "ZI", "IY"), (1.0, 0.5, -0.25))
    task = get_task(observable)
    assert task.objective == Expectation(observable)
    lowest = np.linalg.eigvalsh(dense.operator(observable))[0]
    assert task.reference == pytest.approx(lowest)
    assert task.initial_state is None
    assert task.start == Circuit(2)


def test_a_large_pauli_sum_needs_no_answer() -> None:
    assert get_task(PauliSum(("Z" * 40, "X" * 40), (1.0, 1.0))).reference is None


@pytest.mark.parametrize("objective", ["ZZ", None, 3, ["ZZ"], PauliSum(("ZZ",), (1.0,))])
def test_a_task_needs_an_objective(objective: object) -> None:
    with pytest.raises(InputError, match="objective"):
        Task("t", objective)  # type: ignore[arg-type]


@pytest.mark.parametrize("label", ["0", "012", "00 ", "", 11, ["0", "1", "1"], b"011"])
def test_an_initial_state_is_a_label_of_as_many_letters(label: object) -> None:
    with pytest.raises(InputError, match="3 letters 0 and 1"):
        Task("t", Expectation(PauliSum(("ZZZ",), (1.0,))), initial_state=label)  # type: ignore[arg-type]


@pytest.mark.parametrize("label", ["0", "1", "10", "01", "1011", "0000"])
def test_the_leftmost_letter_of_a_basis_state_is_the_highest_qubit(label: str) -> None:
    state = dense.statevector(basis_state(label))
    assert state[int(label, 2)] == 1.0
    assert np.count_nonzero(state) == 1
    assert len(basis_state(label)) == label.count("1")


def test_families_are_imported_when_they_are_asked_for() -> None:
    code = """
import sys, qrl
qrl.get_task, qrl.Task, qrl.save_task
loaded = {name for name in sys.modules if name.startswith("qrl.tasks.")}
from qrl.tasks.registry import FAMILIES
assert not loaded & {f"qrl.tasks.{package}" for package in FAMILIES.values()}, loaded
"""
    subprocess.run([sys.executable, "-c", code], check=True)
