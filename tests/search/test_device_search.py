"""Searches for a device: nothing but its name is given, and everything found runs on it."""

from __future__ import annotations

import json
import signal
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.coupling import edges_text
from qrl.circuits.engines.aer import AerEngine
from qrl.circuits.gates import Gate
from qrl.circuits.noise import NoiseModel, Rule, depolarizing, device_qubits, native
from qrl.cli.main import main
from qrl.env.config import EnvConfig
from qrl.search.config import SearchConfig
from qrl.search.ledger import Budget
from qrl.search.recorder import Recorder
from qrl.search.refining.folder import refine_run
from qrl.search.run_folder import RunFolder
from qrl.search.runner import Search
from qrl.search.scoring import Scoring
from qrl.tasks.baseline import Baseline

pytest.importorskip("qiskit_aer")
pytest.importorskip("qiskit_ibm_runtime")

TASK = qrl.get_task("vqe/h2-4q")
MANILA = "backend:fake:manila"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    out = tmp_path_factory.mktemp("runs") / "manila"
    return qrl.search(TASK, agent="random", steps=640, noise=MANILA, out=out)


def noise_of(run: qrl.Run) -> NoiseModel:
    model = RunFolder(run.path).read_noise()
    assert model is not None
    return model


def fits(circuit: Circuit, model: NoiseModel) -> bool:
    return all(model.covers(gate) for gate in circuit.gates)


@pytest.mark.parametrize("agent", ["portfolio", "evolve", "anneal", "greedy", "ppo"])
def test_the_name_of_the_device_is_enough(tmp_path: Path, agent: str) -> None:
    found = qrl.search(
        TASK, agent=agent, evaluations=300, noise=MANILA, out=tmp_path / "run", compare=False
    )
    model = noise_of(found)
    assert all(fits(entry.circuit, model) for entry in found.archive.entries)
    assert found.verify()


@pytest.mark.parametrize("device", ["torino", "generic:6"])
def test_on_other_devices(tmp_path: Path, device: str) -> None:
    out = tmp_path / "run"
    found = qrl.search(TASK, agent="random", steps=64, noise=f"backend:fake:{device}", out=out)
    model = noise_of(found)
    assert model.n_qubits == 4
    assert len(model.rules) < 25
    assert fits(found.best.circuit, model)
    assert found.verify()


def test_the_settings_say_what_was_chosen(run: qrl.Run) -> None:
    env = tomllib.loads((Path(run.path) / "config.toml").read_text())["env"]
    assert env["noise"] == run.result["noise"] == noise_of(run).name
    assert sorted(device_qubits(env["noise"]) or ()) == [1, 2, 3, 4]
    assert env["coupling"] == edges_text(native(noise_of(run), 4).pairs)
    assert sorted(env["gates"].split(",")) == ["cx", "rz", "sx", "x"]
    assert run.verify()


def test_baselines_are_transpiled_to_the_device(run: qrl.Run) -> None:
    """A gate that the device does not know would have no noise."""
    model = noise_of(run)
    referee = AerEngine(TASK.objective, model)
    others = {**TASK.trivial(), **TASK.rivals(run.best.circuit)}
    moved = 0
    for name, record in run.result["baselines"].items():
        circuit = Circuit.from_qasm(record["circuit"])
        assert fits(circuit, model)
        assert record["cost"] == pytest.approx(referee.value(circuit), abs=1e-10)
        assert (record["cnots"], record["depth"]) == (circuit.two_qubit_count, circuit.depth)
        if name == "random-search":
            continue
        own = others[name].circuit
        assert own is not None
        exact = dense.expectation(own, TASK.objective.observable)
        assert record["noiseless_cost"] == pytest.approx(exact, abs=1e-9)
        if not fits(own, model):
            # Rotations by nothing vanish, and cost as little as they did.
            assert record["cost"] > referee.value(own) - 1e-12
            moved += record["cost"] > referee.value(own) + 1e-3
    assert moved >= 2


def test_a_baseline_that_cannot_run_there_has_no_cost() -> None:
    noisy = Rule("cx", ((depolarizing(0.01, 2), (0, 1)),))
    device = NoiseModel("no rotations", (noisy, Rule("x")), (), 4)
    scoring = Scoring(TASK.objective, EnvConfig(), device)
    angled = Circuit(4).append("ry", 0, angle=0.3)
    plain = Circuit(4).append("x", 0)
    scored = scoring.score_again(
        {"angled": Baseline(-1.0, angled), "plain": Baseline(-1.0, plain)}, 0
    )
    assert (scored["angled"].cost, scored["angled"].circuit) == (None, None)
    assert scored["plain"].circuit == plain
    assert scored["plain"].cost == pytest.approx(
        dense.expectation(plain, TASK.objective.observable)
    )


@pytest.mark.parametrize("name", ["unitary", "state"])
def test_baselines_of_other_objectives_stay_what_they_are(name: str) -> None:
    """A process must be right for all inputs, so that qubits cannot begin anywhere."""
    task = qrl.get_task({"unitary": "compile/qft-3q", "state": "state/haar-3q-0"}[name])
    model = qrl.noise_model("backend:fake:manila@1,2,3")
    scoring = Scoring(task.objective, EnvConfig(), model)
    rivals = task.rivals(Circuit(3))
    exact = qrl.make_engine("exact", task.objective)
    referee = AerEngine(task.objective, model)
    for key, scored in scoring.score_again(rivals, 0).items():
        old = rivals[key].circuit
        if old is None:
            continue
        assert scored.circuit is not None
        assert fits(scored.circuit, model)
        assert exact.value(scored.circuit) == pytest.approx(exact.value(old), abs=1e-9)
        assert scored.cost == pytest.approx(referee.value(scored.circuit), abs=1e-9)


@pytest.mark.parametrize("at", [200, 700])
def test_an_interrupted_run_goes_on(tmp_path: Path, at: int) -> None:
    """In the part without noise, from which it begins anew, and in that under noise."""

    def interrupt(recorder: Recorder) -> None:
        if recorder.ledger.env_steps >= at:
            signal.raise_signal(signal.SIGINT)

    config = SearchConfig(
        TASK.name, agent="anneal", budget=Budget("steps", 900), env=EnvConfig(noise=MANILA)
    )
    whole = Search(TASK, config, tmp_path / "whole").start()
    stopped = Search(TASK, config, tmp_path / "run", (interrupt,)).start()
    assert stopped.status == "interrupted"
    assert main(["search", "--resume", str(tmp_path / "run")]) == 0
    resumed = qrl.load(tmp_path / "run")
    assert resumed.status == "done"
    assert resumed.verify()
    for key in ("cost", "circuit", "env_steps", "evaluations", "noise"):
        assert resumed.result[key] == whole.result[key]
    for key, record in whole.result["baselines"].items():
        assert resumed.result["baselines"][key]["cost"] == record["cost"]


def test_what_is_found_without_noise_is_brought_onto_the_device(tmp_path: Path) -> None:
    """Under the noise alone each gate on the way costs, and this search never leaves Hartree-Fock."""
    name = "backend:fake:manila"
    config = SearchConfig(
        TASK.name, agent="evolve", budget=Budget("evaluations", 40_000), env=EnvConfig(noise=name),
        compare=False,
    )  # fmt: skip
    seen: list[float] = []
    search = Search(TASK, config, tmp_path / "run", (lambda r: seen.append(r.ledger.evaluations),))
    found = search.start()
    model = noise_of(found)
    start = qrl.make_engine("exact", TASK.objective, noise=model).value(TASK.start)
    assert found.best.cost < start - 5e-4
    assert found.best.cnots >= 2
    assert fits(found.best.circuit, model)
    assert found.verify()
    # One ledger pays for both parts.
    assert seen == sorted(seen)
    assert 40_000 <= found.result["evaluations"] < 48_000
    assert AerEngine(TASK.objective, model).value(found.best.circuit) == pytest.approx(
        found.best.cost, abs=1e-10
    )


def test_a_run_can_be_refined(run: qrl.Run, tmp_path: Path) -> None:
    refined = refine_run(run.path, out=tmp_path / "refined").run
    assert all(fits(entry.circuit, noise_of(run)) for entry in refined.archive.entries)
    assert refined.best.cost <= run.best.cost + 1e-8


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    words = ["search", TASK.name, "--agent", "random", "--evaluations", "100", "--no-compare"]
    assert main([*words, "--noise", f"{MANILA}@4,3,2,1", "--out", str(out)]) == 0
    assert json.loads((out / "result.json").read_text())["noise"] == f"{MANILA}@4,3,2,1"
    assert main(["verify", str(out)]) == 0
    capsys.readouterr()
    refused: list[tuple[list[str], str]] = [
        (["--noise", MANILA, "--gates", "cx,ry,rz"], "leave out gates and coupling"),
        (["--noise", f"{MANILA}@1,2"], "names 2 qubits of the device; the problem needs 4"),
        (["--noise", f"{MANILA}@0,1,3,4"], "not connected"),
    ]
    for more, message in refused:
        folder = tmp_path / "refused"
        assert main([*words, *more, "--out", str(folder)]) == 2
        assert message in capsys.readouterr().err
        assert not folder.exists()


def test_noise_follows_the_qubits() -> None:
    """Qubit k of the circuit is the k-th that is named: the readout errors differ."""
    cost: dict[str, Any] = {}
    for order in ("1,2,3,4", "4,3,2,1"):
        model = qrl.noise_model(f"{MANILA}@{order}")
        cost[order] = qrl.make_engine("exact", TASK.objective, noise=model).value(TASK.start)
        assert native(model, 4).pairs == ((0, 1), (1, 2), (2, 3))
        assert model.covers(Gate("cx", (0, 1)))
    assert np.ptp(list(cost.values())) > 1e-4
