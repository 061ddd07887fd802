"""The picture of a run shows the run's own numbers."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import qrl
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum


@pytest.fixture(scope="module")
def unknown_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    """A run on a problem whose answer nobody knows."""
    task = qrl.Task(
        "mine", Expectation(PauliSum(("ZZ", "XI"), (1.0, 0.5))), unit="J", initial_state="01"
    )
    out = tmp_path_factory.mktemp("plots") / "run"
    return qrl.search(task, agent="random", steps=64, out=out)


def test_trace_and_front_are_drawn(ppo_run: qrl.Run) -> None:
    figure = ppo_run.plot()
    left, right = figure.axes
    step = left.lines[0]
    evaluations, errors = np.asarray(step.get_xdata()), np.asarray(step.get_ydata())
    assert evaluations[:-1].tolist() == [row["evaluations"] for row in ppo_run.trace]
    assert evaluations[-1] == ppo_run.result["evaluations"]
    assert (np.diff(evaluations) >= 0).all()
    assert (np.diff(errors) <= 0).all()
    assert errors[0] == pytest.approx(ppo_run.trace[0]["cost"] - ppo_run.task.reference)
    assert errors[-1] == pytest.approx(max(ppo_run.best.error, 1e-12))
    points = np.asarray(right.collections[0].get_offsets())
    assert points[:, 0].tolist() == [entry.cnots for entry in ppo_run.archive.entries]
    best = np.asarray(right.collections[1].get_offsets())
    assert best[0, 0] == ppo_run.best.cnots


def test_axes_tell_what_they_show(ppo_run: qrl.Run) -> None:
    figure = ppo_run.plot()
    left, right = figure.axes
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    assert left.get_ylabel() == "error (Ha)"
    assert left.get_xlabel() == "evaluations of the cost"
    assert right.get_xlabel() == "CNOTs of the whole circuit"
    assert "vqe/h2-4q" in figure.get_suptitle()
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"found", "best", "Hartree–Fock", "random search", "chemical accuracy"} <= labels
    heights = [line.get_ydata()[0] for line in left.lines[1:]]
    assert heights == [ppo_run.task.target_error]


def test_baselines_stand_where_they_are(random_run: qrl.Run) -> None:
    right = random_run.plot().axes[1]
    offsets = {c.get_label(): np.asarray(c.get_offsets())[0].tolist() for c in right.collections}
    baseline = random_run.result["baselines"]["hartree-fock"]
    error = baseline["cost"] - random_run.task.reference
    assert offsets["Hartree–Fock"] == [baseline["cnots"], pytest.approx(error)]


def test_without_a_reference_costs_are_shown(unknown_run: qrl.Run) -> None:
    figure = unknown_run.plot()
    left = figure.axes[0]
    assert left.get_yscale() == "linear"
    assert left.get_ylabel() == "cost (J)"
    assert min(left.lines[0].get_ydata()) == unknown_run.best.cost
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    assert "initial state" in labels
    assert not labels & {"target", "chemical accuracy"}


@pytest.mark.parametrize(
    ("form", "start"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-"), ("svg", b"<?xml")]
)
def test_every_form_can_be_written(random_run: qrl.Run, form: str, start: bytes) -> None:
    buffer = io.BytesIO()
    random_run.plot().savefig(buffer, format=form)
    assert buffer.getvalue().startswith(start)


def test_a_loaded_run_looks_the_same(random_run: qrl.Run) -> None:
    pictures = []
    for run in (random_run, qrl.load(random_run.path)):
        buffer = io.BytesIO()
        run.plot().savefig(buffer, format="png")
        pictures.append(buffer.getvalue())
    assert pictures[0] == pictures[1]


def test_nothing_is_left_open_in_pyplot(random_run: qrl.Run, tmp_path: Path) -> None:
    before = plt.get_fignums()
    figure = random_run.plot()
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "plot.png")
    assert plt.get_fignums() == before


def test_a_crashed_run_can_be_drawn(crashed_folder: Path) -> None:
    assert len(qrl.load(crashed_folder).plot().axes) == 2
