"""Searches from start to end: what they find, write down and refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import qasm3

import qrl
from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.cli.main import main
from qrl.errors import InputError
from qrl.search.searchers import make_searcher

LABELS, WEIGHTS = ("ZZI", "IZZ", "XII", "IXI", "IIX", "YYI"), (1.0, 0.9, 0.5, 0.4, 0.3, 0.2)
MINE = PauliSum(LABELS, WEIGHTS)

NUMBER, WHOLE, TEXT = float, int, str
SCHEMA: dict[str, tuple[type, ...]] = {
    "schema": (WHOLE,),
    "task": (TEXT,),
    "agent": (TEXT,),
    "seed": (WHOLE,),
    "status": (TEXT,),
    "cost": (NUMBER,),
    "reference": (NUMBER, type(None)),
    "error": (NUMBER, type(None)),
    "fidelity": (NUMBER, type(None)),
    "depth": (WHOLE,),
    "cnots": (WHOLE,),
    "rotations": (WHOLE,),
    "gates": (WHOLE,),
    "evaluations": (WHOLE,),
    "env_steps": (WHOLE,),
    "seconds": (NUMBER,),
    "seconds_to_target": (NUMBER, type(None)),
    "baselines": (dict,),
    "circuit": (TEXT,),
    "versions": (dict,),
}
BOTH = pytest.mark.parametrize("which", ["random_run", "ppo_run"])


def quick(task: Any, out: Path, **settings: Any) -> qrl.Run:
    """A short random search."""
    return qrl.search(task, agent="random", steps=settings.pop("steps", 96), out=out, **settings)


def python(code: str) -> str:
    """Run code in a new interpreter and return what it prints."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout


# -- what is found -------------------------------------------------------------------------


@BOTH
def test_finds_the_ground_state_of_hydrogen(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    assert run.status == "done"
    assert -1e-9 <= run.best.error <= 1e-6
    assert run.best.fidelity >= 1 - 1e-6
    energy = dense.expectation(run.best.circuit, run.task.objective.observable)
    assert run.best.cost == pytest.approx(energy, abs=1e-10)
    lowest = np.linalg.eigvalsh(dense.operator(run.task.objective.observable))[0]
    assert run.best.cost == pytest.approx(lowest, abs=1e-6)


@BOTH
def test_result_has_the_fields_of_the_schema(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    result = json.loads((run.path / "result.json").read_text())
    assert result == run.result
    assert set(SCHEMA) <= set(result)
    for key, kinds in SCHEMA.items():
        assert type(result[key]) in kinds, key
    assert (result["schema"], result["task"], result["seed"]) == (1, "vqe/h2-4q", 0)
    assert result["agent"] == which.removesuffix("_run")
    assert result["error"] == pytest.approx(result["cost"] - result["reference"], abs=1e-15)
    assert 0 < result["seconds_to_target"] <= result["seconds"]
    assert {"python", "qrl", "numpy", "qiskit"} <= set(result["versions"])


@BOTH
def test_counts_are_of_the_whole_circuit(request: pytest.FixtureRequest, which: str) -> None:
    result = request.getfixturevalue(which).result
    circuit = qasm3.loads(result["circuit"])
    counts = circuit.count_ops()
    assert counts["x"] == 2  # the Hartree-Fock state that the search starts from
    assert result["depth"] == circuit.depth()
    assert result["cnots"] == circuit.num_nonlocal_gates() == counts["cx"]
    assert result["gates"] == circuit.size()
    assert result["rotations"] == sum(counts.get(name, 0) for name in ("rx", "ry", "rz"))


def test_a_search_from_zero_prepares_nothing(tmp_path: Path) -> None:
    run = quick("vqe/h2-2q", tmp_path / "run", start="zero")
    assert "x" not in run.best.circuit.counts
    assert run.trace[0]["depth"] == 0
    first = quick("vqe/h2-2q", tmp_path / "task", start="task").trace[0]
    assert first["depth"] == 1
    assert first["cost"] == pytest.approx(run.result["baselines"]["hartree-fock"]["cost"])


@BOTH
def test_baselines_stand_beside_the_result(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    baselines = run.result["baselines"]
    rivals = {"pair-excitations", "adapt", "uccsd", "hardware-efficient"}
    assert {"hartree-fock", *rivals} <= set(baselines)
    assert ("random-search" in baselines) == (which == "ppo_run")
    for baseline in baselines.values():
        assert baseline["cost"] >= run.task.reference - 1e-9
        assert {"cost", "cnots", "depth"} <= set(baseline)
    determinant = baselines["hartree-fock"]
    assert determinant["cost"] == pytest.approx(run.task.metadata["hf_energy"], abs=1e-6)
    assert (determinant["cnots"], determinant["depth"]) == (0, 1)
    if which == "ppo_run":
        rival = baselines["random-search"]
        assert rival["evaluations"] > 1000
        assert rival["seconds"] > 0


@BOTH
def test_the_archive_is_a_front_of_true_costs(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    entries = run.archive.entries
    assert [(e.cnots, e.cost) for e in entries] == sorted((e.cnots, e.cost) for e in entries)
    for entry in entries:
        energy = dense.expectation(entry.circuit, run.task.objective.observable)
        assert entry.cost == pytest.approx(energy, abs=1e-10)
        assert (entry.cnots, entry.depth) == (entry.circuit.two_qubit_count, entry.circuit.depth)
        others = [e for e in entries if e is not entry]
        assert not any(
            e.cost <= entry.cost and e.cnots <= entry.cnots and e.depth <= entry.depth
            for e in others
        )
    assert run.best.circuit == run.archive.best.circuit


@BOTH
def test_the_trace_falls_to_what_was_found(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    assert run.trace[0]["evaluations"] == 1
    for earlier, later in pairwise(run.trace):
        assert later["cost"] < earlier["cost"]
        assert later["evaluations"] > earlier["evaluations"]
        assert later["seconds"] >= earlier["seconds"]
    assert run.trace[-1]["cost"] == pytest.approx(run.best.cost, abs=1e-6)
    lines = (run.path / "trace.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == run.trace


@BOTH
def test_a_loaded_run_is_the_same(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    for again in (qrl.load(run.path), qrl.load(run.folder)):
        assert again.result == run.result
        assert again.best.circuit == run.best.circuit
        assert again.archive.entries == run.archive.entries
        assert again.task == run.task
        assert repr(again) == repr(run)
    assert "done" in repr(run)
    assert "cnots=" in repr(run.best)


# -- problems of the user's own ------------------------------------------------------------


def test_every_form_of_a_problem_gives_the_same_search(tmp_path: Path) -> None:
    head = {"format": "qrl-problem-1", "weights": WEIGHTS}
    little = {**head, "qubit_order": "little-endian", "paulis": LABELS}
    big = {**head, "qubit_order": "big-endian", "paulis": [label[::-1] for label in LABELS]}
    (tmp_path / "little.json").write_text(json.dumps(little))
    (tmp_path / "big.json").write_text(json.dumps(big))
    np.savez(tmp_path / "arrays.npz", paulis=np.array(LABELS), weights=np.array(WEIGHTS))
    reference = float(np.linalg.eigvalsh(dense.operator(MINE))[0])
    given = {
        "sum": MINE,
        "task": qrl.Task("task", Expectation(MINE), reference=reference),
        "little": tmp_path / "little.json",
        "big": str(tmp_path / "big.json"),
        "arrays": tmp_path / "arrays.npz",
    }
    runs = {name: quick(task, tmp_path / name) for name, task in given.items()}
    for name, run in runs.items():
        assert run.best.circuit == runs["sum"].best.circuit, name
        assert run.best.cost == runs["sum"].best.cost
        assert run.task.reference == pytest.approx(reference, abs=1e-12)
        assert run.verify()
    assert {run.task.name for run in runs.values()} == {
        "pauli-sum", "task", "little", "big", "arrays",
    }  # fmt: skip


def test_a_problem_file_may_name_the_state_to_start_from(tmp_path: Path) -> None:
    problem = {
        "format": "qrl-problem-1",
        "qubit_order": "big-endian",
        "paulis": ["ZII", "IZI", "IIZ", "XXI"],
        "weights": [1.0, -1.0, -1.0, 0.1],
        "initial_state": "100",
        "name": "three spins",
        "unit": "J",
    }
    (tmp_path / "p.json").write_text(json.dumps(problem))
    run = quick(tmp_path / "p.json", tmp_path / "run")
    assert (run.task.name, run.task.unit, run.result["unit"]) == ("three spins", "J", "J")
    assert run.trace[0]["cost"] == pytest.approx(-3.0)  # X on qubit 0, where Z has weight +1
    assert run.best.circuit.gates[0] == ("x", (0,))
    assert "initial-state" in run.result["baselines"]


def test_a_problem_without_a_known_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = quick(qrl.Task("mine", Expectation(MINE), reference=None), tmp_path / "run")
    assert run.result["reference"] is None
    assert run.best.error is None
    assert run.result["seconds_to_target"] is None
    assert run.best.fidelity is not None
    assert main(["show", run.folder]) == 0
    shown = capsys.readouterr().out
    assert "unknown" in shown
    assert "exact" not in shown


def test_one_qubit_is_enough(tmp_path: Path) -> None:
    run = quick(PauliSum(("Z", "X"), (1.0, 1.0)), tmp_path / "run")
    assert run.best.cost == pytest.approx(-np.sqrt(2), abs=1e-9)
    assert run.verify()


# -- settings ------------------------------------------------------------------------------


def test_coupling_line_uses_neighbours_alone(tmp_path: Path) -> None:
    for name, allowed in (("line", {(0, 1), (1, 2), (2, 3)}), ("all", None)):
        run = quick("vqe/lih-4q-3.4", tmp_path / name, coupling=name, steps=640)
        pairs = {
            tuple(sorted(gate.qubits))
            for entry in run.archive.entries
            for gate in entry.circuit.gates
            if len(gate.qubits) == 2
        }
        assert len(pairs) > 1
        if allowed is None:
            assert pairs - {(0, 1), (1, 2), (2, 3)}
        else:
            assert pairs <= allowed


@pytest.mark.parametrize("gates", ["cz+rotations", "rzz+rotations", "cz,ry,rz"])
def test_every_entangling_gate_gets_beyond_hartree_fock(tmp_path: Path, gates: str) -> None:
    # The mean-field state is stationary: a CZ there changes nothing, and no angle alone lowers it.
    run = quick("vqe/lih-4q-3.4", tmp_path / "run", gates=gates, steps=3200)
    assert run.best.cost < run.result["baselines"]["hartree-fock"]["cost"] - 1e-3


@pytest.mark.parametrize(("gates", "used"), [("cz,ry,rz", {"cz", "ry"}), ("cx+ry", {"cx", "ry"})])
def test_only_the_gates_asked_for_are_used(tmp_path: Path, gates: str, used: set[str]) -> None:
    run = quick("vqe/tfim-4q", tmp_path / "run", gates=gates, steps=960)
    names = {name for entry in run.archive.entries for name in entry.circuit.counts}
    assert used <= names <= {"x", *gates.replace("+", ",").split(",")}
    assert run.verify()


def test_cnots_of_other_gates_are_counted(tmp_path: Path) -> None:
    run = quick("vqe/tfim-6q", tmp_path / "run", gates="rzz,swap,ry", steps=960)
    entries = run.archive.entries
    assert any("swap" in entry.circuit.counts for entry in entries)
    for entry in entries:
        counts = entry.circuit.counts
        assert entry.cnots == 2 * counts.get("rzz", 0) + 3 * counts.get("swap", 0)


def test_max_gates_bounds_every_circuit(tmp_path: Path) -> None:
    run = quick("vqe/lih-4q-3.4", tmp_path / "run", max_gates=3)
    assert max(len(entry.circuit) for entry in run.archive.entries) <= len(run.task.start) + 3


@pytest.mark.parametrize("observation", ["compact", "tensor"])
@pytest.mark.parametrize("minimum", ["best", "bound", "reference"])
def test_ppo_runs_with_every_observation_and_minimum(
    tmp_path: Path, observation: str, minimum: str
) -> None:
    run = qrl.search(
        "vqe/h2-2q", agent="ppo", steps=40, out=tmp_path / "run", observation=observation,
        minimum=minimum,
        options={"num_envs": 4, "n_steps": 8, "batch_size": 16, "hidden": 8},
    )  # fmt: skip
    assert run.status == "done"
    assert run.verify()


def test_budgets_end_with_the_step_that_reaches_them(tmp_path: Path) -> None:
    by_steps = qrl.search(
        MINE, agent="random", steps=100, out=tmp_path / "a", options={"num_envs": 16}
    )
    assert by_steps.result["env_steps"] == 112
    by_cost = qrl.search(MINE, agent="random", evaluations=500, out=tmp_path / "b")
    before = by_cost.trace[-1]["evaluations"]
    assert before <= 500 <= by_cost.result["evaluations"] < 3000
    by_time = qrl.search(MINE, agent="random", seconds=0.3, out=tmp_path / "c")
    assert 0.3 <= by_time.result["seconds"] < 5.0


@pytest.mark.parametrize(
    ("agent", "options"),
    [
        ("random", {"num_envs": 0}),
        ("random", {"num_envs": -1}),
        ("random", {"num_envs": 1.5}),
        ("random", {"hidden": 3}),
        ("ppo", {"num_envs": 0}),
        ("ppo", {"batch_size": 1}),
        ("ppo", {"num_envs": 1, "n_steps": 1}),
        ("ppo", {"batch_size": 93}),  # 1024 = 11 * 93 + 1, and of one sample there is no deviation
        ("ppo", {"gamma": 1.5}),
        ("ppo", {"gamma": float("nan")}),
        ("ppo", {"learning_rate": float("inf")}),
        ("ppo", {"ent_coef": float("nan")}),
        ("ppo", {"clip_range": -1.0}),
        ("ppo", {"learning_rat": 1e-3}),
    ],
    ids=str,
)
def test_options_that_no_agent_can_use(agent: str, options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        make_searcher(agent, options)


def test_nothing_is_written_for_bad_input(tmp_path: Path) -> None:
    out = tmp_path / "run"
    for bad in (
        {"agent": "dqm"},
        {"gates": "cx+ryy"},
        {"coupling": "lines"},
        {"seed": -1},
        {"steps": 0},
        {"maxgates": 3},
        {"options": {"x": 1}},
    ):
        with pytest.raises(InputError):
            qrl.search("vqe/h2-2q", out=out, **{"steps": 16, "agent": "random", **bad})
        assert not out.exists()
    with pytest.raises(InputError, match="exists already"):
        qrl.search("vqe/h2-2q", agent="random", steps=16, out=tmp_path)


# -- the package ---------------------------------------------------------------------------

CALL = "qrl.search('vqe/h2-2q', agent='random', steps=16, out={out!r}).best.cost"


def test_search_can_be_called_before_and_after_its_modules_are_imported(tmp_path: Path) -> None:
    before, after = (CALL.format(out=str(tmp_path / name)) for name in ("before", "after"))
    printed = python(
        f"import qrl\nfirst = {before}\nimport qrl.search.archive\nsecond = {after}\n"
        "print(first == second, callable(qrl.search), qrl.search.archive.Archive.__name__)"
    )
    assert printed.split() == ["True", "True", "Archive"]
    printed = python(
        f"import qrl.search.archive\nimport qrl\nprint({CALL.format(out=str(tmp_path / 'c'))})\n"
        "from qrl import search\nprint(callable(search), search is qrl.search)"
    )
    assert printed.split()[1:] == ["True", "True"]


HEAVY = ("torch", "stable_baselines3", "sb3_contrib", "qiskit", "matplotlib", "numba", "pennylane")


@pytest.mark.parametrize(
    "code",
    [
        "import qrl",
        "from qrl.cli.main import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass",
        "from qrl.cli.main import main\ntry:\n    main(['search', '-h'])\nexcept SystemExit: pass",
    ],
)
def test_heavy_libraries_wait_until_they_are_needed(code: str) -> None:
    assert loaded(code) == []


def test_tasks_and_circuits_need_none_but_the_compiler() -> None:
    code = "import qrl; qrl.Circuit(2), qrl.PauliSum(('Z',), (1.0,)), qrl.get_task('vqe/h2-4q')"
    assert set(loaded(code)) <= {"numba"}
    assert set(loaded("from qrl.cli.main import main; main(['tasks', '--json'])")) <= {"numba"}


def loaded(code: str) -> list[str]:
    printed = python(
        f"{code}\nimport sys, json\nprint(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    )
    names: list[str] = json.loads(printed.splitlines()[-1])
    return names


def test_a_frozen_circuit_of_a_run_serves_a_notebook(random_run: qrl.Run) -> None:
    best = random_run.best.circuit
    assert isinstance(best, Circuit)
    assert best.draw("text").count("q_") == 4
    assert best.qiskit().num_qubits == 4
    assert Circuit.from_qasm(best.qasm()) == best
