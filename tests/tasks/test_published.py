"""What a task says of itself: figures that others published, and its description."""

from __future__ import annotations

import json
from importlib import resources

import networkx as nx
import numpy as np
import pytest

from qrl.circuits import Circuit, PauliSum
from qrl.tasks import get_task, task_ids
from qrl.tasks.classification import classifier
from qrl.tasks.codes import code_from_stabilisers
from qrl.tasks.compilation import compilation_of
from qrl.tasks.diagonalisation import density_from_matrix
from qrl.tasks.ground_states.published import PUBLISHED
from qrl.tasks.linear_systems import linear_system
from qrl.tasks.optimisation import ising, maxcut, qubo
from qrl.tasks.state_preparation import state_from_distribution, state_from_vector

FIGURES = {
    "vqe/beh2-6q-published": "5.9e-5 Ha, 21 CNOTs",
    "vqe/h2o-8q-published": "1.3e-4 Ha, 30 CNOTs",
    "vqe/h2o-10q-published": "2.5e-4 Ha, 96 CNOTs",
    "vqe/lih-12q-published": "1.0e-2 Ha, 37 CNOTs",
    "vqe/lih-6q-2.2": "6.7e-4 Ha with 67 gates",
    "state/ghz-4q": "3 CNOTs",
    "state/ghz-7q": "6 CNOTs",
    "state/w-4q": "5 CNOTs",
    "state/cluster-6q-2x3": "7 CZ gates",
    "state/haar-3q-0": "3 CNOTs",
    "diag/random-2q-1": "2e-2",
    "diag/random-3q-9-rank4": "0.15",
    "classify/benchrl-3q": "99.99 %",
    "maxcut/ring-7q": "3 CNOTs",
    "maxcut/weighted-5q": "4 CNOTs",
    "linear/ising-4q": "3 CNOTs",
    "linear/ising-4q-local": "3 CNOTs",
    "compile/toffoli-3q": "6 CNOTs (6 are needed: Shende and Markov, arXiv 0803.2316)",
    "compile/fredkin-3q": "7 CNOTs",
    "code/four-two-two": "5 CNOTs",
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_that_are_known(name: str) -> None:
    published = get_task(name).metadata["published"]
    assert FIGURES[name] in " ".join(published)
    assert all(isinstance(text, str) and len(text) < 150 for text in published)


@pytest.mark.parametrize(
    "name",
    ["vqe/h2o-8q", "diag/random-3q-1-rank2", "diag/random-4q-1", "maxcut/ring-8q", "maxcut/weighted-5q-1",
     "linear/ising-5q", "compile/toffoli-4q", "code/steane", "state/haar-4q-0", "classify/moons-2q"],
)  # fmt: skip
def test_none_are_made_up(name: str) -> None:
    assert "published" not in get_task(name).metadata


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_files_of_molecules_are_as_they_were_built(name: str) -> None:
    """The figures are added in memory: a file holds what `build` wrote and nothing else."""
    file = resources.files("qrl.tasks.ground_states.data").joinpath(f"{name}.json")
    stored = json.loads(file.read_text(encoding="utf-8"))["metadata"]
    metadata = dict(get_task(name).metadata)
    assert metadata.pop("published")
    metadata.pop("published_circuits")
    assert metadata == stored


@pytest.mark.parametrize("name", ["state/ghz-4q", "state/w-4q", "state/cluster-6q-2x3"])
def test_counts_of_known_circuits_are_theirs(name: str) -> None:
    task = get_task(name)
    count = task.rivals(Circuit(task.n_qubits))["known-circuit"].cnots
    assert task.metadata["published"][0].startswith(f"{count} C")


@pytest.mark.parametrize("name", task_ids())
def test_every_description_is_a_sentence(name: str) -> None:
    description = get_task(name).description
    assert description.endswith(".") and not description.endswith("..")
    assert description[0].isupper() or description[0].isdigit() or description[0] == "["


def test_own_data_are_described_too() -> None:
    points = np.random.default_rng(0).normal(size=(20, 2))
    tasks = [
        classifier(points, np.arange(20) % 2),
        code_from_stabilisers(["ZZ"]),
        compilation_of(np.eye(2)),
        density_from_matrix(np.eye(2) / 2),
        linear_system(np.diag([1.0, 2.0]), [1.0, 1.0]),
        ising([1.0, 0.0], [[0.0, 1.0], [0.0, 0.0]]),
        maxcut(nx.path_graph(3)),
        qubo([[1.0, -2.0], [0.0, 1.0]]),
        state_from_distribution([0.5, 0.5]),
        state_from_vector([0.6, 0.8]),
        get_task(PauliSum(("ZZ", "XI"), (1.0, 0.5))),
    ]
    for task in tasks:
        assert len(task.description) >= 15, task.name
        assert task.description.endswith("."), task.description
    assert tasks[0].description == "2 classes of 20 points; 2 features on 2 qubits."


def test_errors_to_be_reached_have_two_digits() -> None:
    assert get_task("ising/spin-glass-6q-0").target_error == pytest.approx(6e-7, rel=0.5)
    for name in task_ids():
        if name.split("/")[0] in ("maxcut", "qubo", "ising"):
            target = get_task(name).target_error
            assert target == float(f"{target:.1e}") > 0
