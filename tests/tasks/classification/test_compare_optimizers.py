"""The comparison of optimizers, as a function and as a command."""

from __future__ import annotations

import argparse
import json

import numpy as np
import pytest

from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.tuned import TuneOptions
from qrl.cli import optimizers as command
from qrl.errors import InputError
from qrl.tasks.classification import VariationalClassifier, compare_optimizers, make
from qrl.tasks.classification.ansatz import efficient_su2
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
