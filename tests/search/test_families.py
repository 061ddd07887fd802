"""Every family of tasks is searched for, reaches its target, and is verified by Qiskit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import qrl
from qrl.search.choose import choose
from qrl.tasks.registry import FAMILIES

GOALS: dict[str, tuple[str, int, float, int | None]] = {
    # task: agent, steps, highest error, most CNOTs
    "vqe/h2-4q": ("ppo", 4000, 1.6e-3, 4),
    "state/ghz-4q": ("beam", 1500, 1e-8, 3),
    "state/w-4q": ("beam", 3000, 1e-8, None),
    "diag/random-2q-1": ("beam", 1500, 1e-6, 2),
    "linear/ising-4q": ("beam", 1500, 1e-8, 3),
    "maxcut/weighted-5q": ("anneal", 1000, 1e-6, 4),
    "qubo/random-6q-0": ("anneal", 1000, 1e-6, None),
    "ising/spin-glass-6q-0": ("anneal", 1000, 1e-6, None),
    "compile/toffoli-3q": ("beam", 6000, 1e-8, 6),
    "code/repetition-3": ("random", 2000, 1e-8, 2),
    "code/four-two-two": ("anneal", 10000, 1e-8, 5),
}


@pytest.mark.parametrize("name", GOALS)
def test_a_search_reaches_the_target(tmp_path: Path, name: str) -> None:
    agent, steps, error, cnots = GOALS[name]
    run = qrl.search(name, agent=agent, steps=steps, seed=0, out=tmp_path / "run", compare=False)
    assert run.best.error is not None
    assert abs(run.best.error) <= error
    assert cnots is None or run.best.cnots <= cnots
    verification = run.verify()
    assert verification.passed, [check for check in verification.checks if not check.passed]
    assert qrl.load(run.path).task == run.task


def test_every_family_is_among_them() -> None:
    assert {name.split("/")[0] for name in GOALS} | {"classify"} == set(FAMILIES)


def test_a_classifier_is_right_about_flowers(tmp_path: Path) -> None:
    run = qrl.search(
        "classify/iris-4q", agent="beam", steps=200, seed=0, out=tmp_path / "r", compare=False
    )
    assert run.best.metrics["accuracy"] >= 0.96
    assert run.best.metrics["validation-accuracy"] >= 0.9
    assert run.verify().passed


def test_a_classifier_is_chosen_by_validation(tmp_path: Path) -> None:
    run = qrl.search("classify/moons-2q", agent="random", steps=600, out=tmp_path / "r")
    task = run.task
    assert task.held_out is not None
    losses = {
        entry.circuit: task.held_out.cost(qrl.dense(entry.circuit)(task.held_out.inputs))
        for entry in run.archive.entries
    }
    assert losses[run.best.circuit] <= min(losses.values()) + 1e-7
    assert choose(task, run.archive).circuit == run.best.circuit
    assert (
        run.best.metrics["accuracy"]
        > run.result["baselines"]["majority-class"]["metrics"]["accuracy"]
    )
    assert run.verify().passed
    rows = run.result["baselines"]
    assert {"svm-rbf", "majority-class", "empty-circuit"} <= set(rows)
    assert {f"efficient-su2-{tuner}" for tuner in ("cobyla", "aqgd", "lbfgs")} <= set(rows)
    assert rows["svm-rbf"]["cost"] is None
    assert "circuit" not in rows["svm-rbf"]


@pytest.mark.parametrize("changed", ["accuracy", "confusion-matrix"])
def test_no_metric_may_be_changed(tmp_path: Path, changed: str) -> None:
    import json

    run = qrl.search(
        "classify/moons-2q", agent="random", steps=64, out=tmp_path / "r", compare=False
    )
    file = run.path / "result.json"
    result = json.loads(file.read_text())
    before = result["metrics"][changed]
    result["metrics"][changed] = before + 0.01 if changed == "accuracy" else [*before[:-1], [0, 0]]
    file.write_text(json.dumps(result))
    failed = [check.name for check in qrl.load(run.path).verify().checks if not check.passed]
    assert failed == [f"metrics: {changed}"]


SCORED: list[dict[str, Any]] = [
    {"noise": "depolarizing:0.001,0.01"},
    {"shots": 400},
    {"noise": "depolarizing:0.001,0.01", "shots": 400},
]


@pytest.mark.parametrize("settings", SCORED, ids=str)
@pytest.mark.parametrize(
    "name",
    ["state/ghz-3q", "diag/random-2q-1", "linear/ising-4q", "compile/swap-2q", "classify/moons-2q"],
)
def test_every_head_is_searched_under_noise_and_shots(
    tmp_path: Path, name: str, settings: dict[str, Any]
) -> None:
    few = {"max_gradients": 12} if "shots" in settings else {}
    run = qrl.search(
        name, agent="random", steps=16, out=tmp_path / "r", compare=False, **settings, **few
    )
    verification = run.verify()
    assert verification.passed, [check for check in verification.checks if not check.passed]
    assert {"noiseless_cost", "metrics"} <= set(run.result)
