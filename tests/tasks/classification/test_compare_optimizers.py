"""The comparison of optimizers, as a function and as a command."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest
from scipy.optimize import minimize

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.tuned import TuneOptions
from qrl.circuits.tuners import TUNERS
from qrl.cli import optimizers as command
from qrl.errors import InputError
from qrl.tasks.classification import VariationalClassifier, compare_optimizers, make
from qrl.tasks.classification.ansatz import efficient_su2
from qrl.tasks.classification.optimizers import first_round
from qrl.tasks.ground_states import tfim


@pytest.fixture(scope="module")
def task() -> VariationalClassifier:
    return make("classify/benchrl-3q")


def test_rows_are_means_over_the_starts(task: VariationalClassifier) -> None:
    circuit = efficient_su2(3, 1)
    (row,) = compare_optimizers(task, ["adam"], 30, 3, circuit=circuit)
    engine = make_engine("exact", task.objective)
    losses, accuracies = [], []
    for seed in range(3):
        start = np.random.default_rng(seed).uniform(-np.pi, np.pi, len(circuit.angles))
        options = TuneOptions(tuner="adam", max_gradients=30, seed=seed)
        tuned = engine.tune(circuit.with_angles(start), options=options)
        losses.append(tuned.cost)
        accuracies.append(task.metrics(tuned.circuit)["accuracy"])
    assert row["loss_mean"] == pytest.approx(np.mean(losses), rel=1e-9)
    assert row["loss_std"] == pytest.approx(np.std(losses, ddof=1), rel=1e-6)
    assert row["test_accuracy_mean"] == pytest.approx(np.mean(accuracies))


def test_sorted_by_loss_and_repeatable(task: VariationalClassifier) -> None:
    first = compare_optimizers(task, ("spsa", "l-bfgs-b", "cobyla", "spsa"), 60, 2)
    again = compare_optimizers(task, ("cobyla", "spsa", "l-bfgs-b"), 60, 2)
    assert [row["tuner"] for row in first] == [row["tuner"] for row in again]
    assert len(first) == 3
    assert first[0]["tuner"] == "l-bfgs-b"  # exact gradients of a smooth loss
    losses = [row["loss_mean"] for row in first]
    assert losses == sorted(losses) == [row["loss_mean"] for row in again]
    assert all(row["evaluations_mean"] <= 60 for row in first)


@pytest.mark.parametrize(
    "tuner", ["rotosolve", "aqgd", "spsa", "adam-spsa:lih-4q", "adam", "l-bfgs-b"]
)
def test_a_first_round_is_what_it_takes_to_move(task: VariationalClassifier, tuner: str) -> None:
    circuit = efficient_su2(3, 1)
    circuit = circuit.with_angles(np.random.default_rng(1).uniform(-np.pi, np.pi, 12))
    engine, needed = make_engine("exact", task.objective), first_round(tuner, 12)

    def moved(allowed: int) -> bool:
        options = TuneOptions(tuner=tuner, max_gradients=allowed)
        return engine.tune(circuit, options=options).circuit != circuit

    assert moved(needed)
    assert not moved(needed - 1)


@pytest.mark.parametrize("tuner", ["cobyla", "nelder-mead", "cobyqa"])
def test_the_first_round_of_a_simplex(tuner: str) -> None:
    """Before its last corner an angle has never been turned; after it there is a first step."""
    shape = efficient_su2(3, 1)
    seen: list[np.ndarray] = []

    class Watched:
        n_angles, shots = len(shape.angles), 0

        def value(self, angles: np.ndarray) -> float:
            seen.append(angles)
            return float(np.cos(angles - 0.3).sum())

    TUNERS[tuner].minimise(
        Watched(), np.zeros(12), rng=np.random.default_rng(0), max_evaluations=200  # type: ignore[arg-type]
    )  # fmt: skip
    needed = first_round(tuner, 12)
    turned = [np.any(np.array(seen[:count]) != 0, axis=0).all() for count in range(needed + 1)]
    assert turned[needed]
    assert not turned[12]


def test_the_first_round_of_powell_is_about_that_of_scipy(task: VariationalClassifier) -> None:
    shape = efficient_su2(3, 2)
    engine, used, after = make_engine("exact", task.objective), [0], []

    def value(angles: np.ndarray) -> float:
        used[0] += 1
        return engine.value(shape.with_angles(angles.tolist()))

    start = np.random.default_rng(0).uniform(-np.pi, np.pi, 18)
    minimize(
        value, start, method="powell", callback=lambda _: after.append(used[0]),
        options={"xtol": 1e-6, "ftol": 1e-6, "maxiter": 1},
    )  # fmt: skip
    assert after[0] == pytest.approx(first_round("powell", 18), rel=0.25)


def test_too_few_evaluations_are_marked(
    task: VariationalClassifier, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = compare_optimizers(task, ["rotosolve", "adam"], 50, 1)
    told = {row["tuner"]: (row["first_round"], row["too_few"]) for row in rows}
    assert told == {"rotosolve": (56, True), "adam": (2, False)}
    few = ("classify/benchrl-3q", "--tuners", "rotosolve,adam", "--seeds", "1", "--evaluations")
    assert run(*few, "50") == 0
    text = capsys.readouterr().out
    assert "rotosolve* " in text and "adam* " not in text
    assert "Needed for that: rotosolve (56)" in text
    assert text.index("validation") < text.index("test")
    assert run(*few, "56") == 0
    assert "*" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tuners": ["cobila"]}, "Did you mean 'cobyla'"),
        ({"evaluations": 0}, "evaluations must be"),
        ({"seeds": 0}, "seeds must be"),
        ({"circuit": Circuit(2).append("ry", 0)}, "3 qubits"),
        ({"circuit": Circuit(3)}, "at least one rotation"),
    ],
)
def test_wrong_options(task: VariationalClassifier, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_optimizers(task, **options)


def test_only_for_classifiers() -> None:
    with pytest.raises(InputError, match="classification tasks"):
        compare_optimizers(tfim(3, 1.0))  # type: ignore[arg-type]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "classify/benchrl-3q",
        "--tuners",
        "cobyla, adam",
        "--evaluations",
        "20",
        "--seeds",
        "2",
    )
    assert run(*words) == 0
    text = capsys.readouterr().out
    assert "cobyla" in text and "adam" in text and "2 random starts" in text
    assert run(*words, "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["tuner"] for row in rows} == {"cobyla", "adam"}
    assert all(0 <= row["test_accuracy_mean"] <= 1 for row in rows)
