"""Searches under noise and with shots: what they find, what they say of it, and what is believed."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl
from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines.aer import AerEngine
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.cli.main import main
from qrl.env.config import EnvConfig
from qrl.errors import InputError
from qrl.files import to_json
from qrl.search.run_folder import RunFolder
from qrl.search.scoring import Scoring, standard_error

Copy = Callable[[Path], Path]
WEAK = "depolarizing:0.0005,0.005"
TASK = qrl.get_task("vqe/h2-2q")
FEW = {"max_gradients": 40, "max_gates": 6}


def edit(folder: Path, name: str, change: Callable[[Any], None]) -> None:
    data = json.loads((folder / name).read_text())
    change(data)
    (folder / name).write_text(to_json(data))


def failed(folder: Path) -> set[str]:
    return {check.name for check in qrl.load(folder).verify().checks if not check.passed}


@pytest.fixture(scope="module")
def noisy_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    out = tmp_path_factory.mktemp("runs") / "noisy"
    return qrl.search(TASK, agent="random", steps=640, noise=WEAK, out=out)


@pytest.fixture(scope="module")
def sampled_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    """Its error bars are far below what there is to gain."""
    out = tmp_path_factory.mktemp("runs") / "sampled"
    return qrl.search(TASK, agent="random", steps=320, shots=100_000, out=out, **FEW)


@pytest.fixture(scope="module")
def both_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    out = tmp_path_factory.mktemp("runs") / "both"
    return qrl.search(
        TASK, agent="random", steps=160, noise="ibm-mumbai", shots=2000, out=out, **FEW
    )


ALL = pytest.mark.parametrize("which", ["noisy_run", "sampled_run", "both_run"])


# -- what is found -------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["noisy_run", "sampled_run"])
def test_gets_below_hartree_fock(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    determinant = run.result["baselines"]["hartree-fock"]
    assert run.best.cost < determinant["cost"] - 5e-3
    assert run.best.noiseless_cost < determinant["noiseless_cost"] - 5e-3
    assert run.best.cnots >= 1


@ALL
def test_both_costs_stand_in_the_result(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    result, observable = run.result, TASK.objective.observable
    for record in (result, *result["baselines"].values()):
        exact = dense.expectation(Circuit.from_qasm(record["circuit"]), observable)
        assert record["noiseless_cost"] == pytest.approx(exact, abs=1e-12)
        assert record["cost"] != record["noiseless_cost"]
    assert result["error"] == result["cost"] - TASK.reference
    assert result["noiseless_error"] == result["noiseless_cost"] - TASK.reference
    assert (run.best.noiseless_error, run.best.noiseless_cost) == (
        result["noiseless_error"], result["noiseless_cost"],
    )  # fmt: skip


def test_noisy_costs_are_those_of_aer(noisy_run: qrl.Run) -> None:
    referee = AerEngine(TASK.objective, qrl.noise_model(WEAK))
    for entry in noisy_run.archive.entries:
        assert entry.cost == pytest.approx(referee.value(entry.circuit), abs=1e-10)
    determinant = noisy_run.result["baselines"]["hartree-fock"]
    score = referee.value(Circuit.from_qasm(determinant["circuit"]))
    assert determinant["cost"] == pytest.approx(score, abs=1e-10)
    assert determinant["cost"] > determinant["noiseless_cost"] + 1e-5


def test_the_lucky_sample_is_not_what_is_told(sampled_run: qrl.Run, both_run: qrl.Run) -> None:
    # The lowest of thousands of samples lies some standard errors below the truth; a new one does not.
    for run in (sampled_run, both_run):
        noise = RunFolder(run.path).read_noise()
        truth = qrl.make_engine("exact", TASK.objective, noise=noise)
        entries = run.archive.entries
        errors = [
            (e.cost - truth.value(e.circuit))
            / standard_error(TASK.objective, noise, run.result["shots"], e.circuit)
            for e in entries
        ]
        assert np.max(np.abs(errors)) < 5
        assert abs(np.mean(errors)) < 4 / np.sqrt(len(entries))


def test_what_scored_the_circuits_is_told(
    noisy_run: qrl.Run, sampled_run: qrl.Run, both_run: qrl.Run
) -> None:
    told = [
        tuple(run.result.get(key) for key in ("noise", "shots", "tuner"))
        for run in (noisy_run, sampled_run, both_run)
    ]
    assert told == [
        (WEAK, 0, "lbfgs"), (None, 100_000, "spsa"), ("ibm-mumbai", 2000, "spsa"),
    ]  # fmt: skip
    config = RunFolder(both_run.path).read_config()
    assert config.env.shots == 2000
    assert 'noise = "ibm-mumbai"' in (both_run.path / "config.toml").read_text()
    assert RunFolder(both_run.path).read_noise() == qrl.noise_model("ibm-mumbai")
    assert RunFolder(sampled_run.path).read_noise() is None


def test_known_scores_are_counted(noisy_run: qrl.Run, sampled_run: qrl.Run) -> None:
    assert 0.0 < noisy_run.result["known_scores_hit_rate"] < 1.0
    assert sampled_run.result["known_scores_hit_rate"] is None


def test_a_run_without_noise_says_nothing_of_it(tmp_path: Path) -> None:
    run = qrl.search(TASK, agent="random", steps=64, noise="depolarizing:0,0", out=tmp_path / "r")
    assert (run.result["noise"], run.result["shots"]) == (None, 0)
    keys = {"noiseless_cost", "noiseless_error", "standard_error", "total_shots"}
    assert not keys & set(run.result)
    assert not (run.path / "noise.json").exists()
    assert run.best.noiseless_cost == run.best.cost
    assert run.best.noiseless_error == run.best.error


def test_a_result_of_before_there_was_noise_is_read(tmp_path: Path) -> None:
    run = qrl.search(TASK, agent="random", steps=64, out=tmp_path / "r")
    new = ("noise", "shots", "tuner", "known_scores_hit_rate", "metrics")
    edit(run.path, "result.json", lambda result: [result.pop(key) for key in new])
    text = (run.path / "config.toml").read_text().splitlines()
    old = [line for line in text if not line.startswith(("noise", "shots", "tuner", "compare"))]
    assert len(text) == len(old) + 4
    (run.path / "config.toml").write_text("\n".join(old))
    assert qrl.load(run.path).verify()
    assert RunFolder(run.path).read_config().env == EnvConfig(gates="cx+rotations")


def test_all_shots_are_counted(tmp_path: Path) -> None:
    # The tensor observation measures nothing.
    run = qrl.search(
        TASK, agent="random", steps=32, shots=50, out=tmp_path / "r", observation="tensor", **FEW
    )
    assert run.result["total_shots"] == 50 * run.result["evaluations"]
    seen = qrl.search(TASK, agent="random", steps=32, shots=50, out=tmp_path / "s", **FEW)
    assert seen.result["total_shots"] > 50 * seen.result["evaluations"]


@pytest.mark.parametrize("tuner", ["rotosolve", "spsa", "adam", "none", "cobyla"])
@pytest.mark.parametrize("scored", [{}, {"noise": WEAK}, {"shots": 500}])
def test_every_tuner_serves_every_score(tmp_path: Path, tuner: str, scored: dict[str, Any]) -> None:
    run = qrl.search(
        TASK, agent="random", steps=32, tuner=tuner, out=tmp_path / "run", **scored, **FEW
    )
    assert run.result["tuner"] == tuner
    assert run.verify()


def test_rotosolve_finds_the_ground_state(tmp_path: Path) -> None:
    run = qrl.search(TASK, agent="random", steps=640, tuner="rotosolve", out=tmp_path / "run")
    assert run.best.error < 1e-6
    still = qrl.search(TASK, agent="random", steps=64, tuner="none", out=tmp_path / "none")
    # With angles that stay where their closed form put them, the ground state is not found so soon.
    assert still.best.error > 1e-6


def test_ppo_and_its_rival_have_the_same_noise(tmp_path: Path) -> None:
    options = {"num_envs": 4, "n_steps": 8, "batch_size": 16, "hidden": 8}
    for name, scored in (("noise", {"noise": WEAK}), ("shots", {"shots": 200})):
        run = qrl.search(
            TASK, agent="ppo", steps=64, out=tmp_path / name, options=options, **scored, **FEW
        )
        rival = run.result["baselines"]["random-search"]
        assert rival["noiseless_cost"] != rival["cost"]
        assert run.verify()


def test_another_seed_measures_other_numbers(tmp_path: Path) -> None:
    runs = [
        qrl.search(
            TASK, agent="random", steps=32, seed=seed, shots=10_000, out=tmp_path / str(seed), **FEW
        )
        for seed in range(3)
    ]
    # The start and the baseline are one circuit, measured by two engines.
    starts = [run.trace[0]["cost"] for run in runs]
    trivial = [run.result["baselines"]["hartree-fock"]["cost"] for run in runs]
    assert len({*starts, *trivial}) == 6


@pytest.mark.parametrize("shots", [1, 40, 1000])
def test_the_standard_error_of_one_qubit(shots: int) -> None:
    # Of Z in cos(a/2)|0> + sin(a/2)|1> the variance is sin(a)^2.
    objective = Expectation(PauliSum(("Z",), (1.0,)))
    for angle, within in ((0.7, 0.001), (0.05, 0.02), (0.005, 0.15)):
        predicted = standard_error(objective, None, shots, Circuit(1).append("ry", 0, angle=angle))
        assert predicted == pytest.approx(np.sin(angle) / np.sqrt(shots), rel=within)


def test_the_engine_of_the_settings() -> None:
    scores = {
        "exact": {},
        "noisy": {"noise": WEAK},
        "shots": {"noise": WEAK, "shots": 10},
        "aer": {"engine": "aer", "noise": WEAK},
        "pennylane": {"engine": "pennylane"},
    }
    for name, env in scores.items():
        scoring = Scoring.of(TASK.objective, EnvConfig(**env))
        assert scoring.engine().name == name
    assert Scoring.of(TASK.objective, EnvConfig(engine="aer")).tuner == "l-bfgs-b"
    assert EnvConfig(engine="shots").shots == 1000


# -- verification --------------------------------------------------------------------------


@ALL
def test_a_found_circuit_passes(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    run = request.getfixturevalue(which)
    assert run.verify().passed
    assert main(["verify", run.folder]) == 0
    shown = capsys.readouterr().out
    assert ("Qiskit and Qiskit Aer" in shown) == (which != "sampled_run")
    assert ("(within " in shown) == (which != "noisy_run")
    names = {check.name for check in run.verify().checks}
    assert {"noise", "noiseless_cost", "noiseless_error", "hartree-fock: noiseless_cost"} <= names


@pytest.mark.parametrize(
    ("which", "key", "change", "noticed"),
    [
        ("noisy_run", "cost", 1e-7, "cost"),
        ("noisy_run", "error", 1e-7, "error"),
        ("noisy_run", "noiseless_cost", 1e-7, "noiseless_cost"),
        ("noisy_run", "noiseless_error", -1e-7, "noiseless_error"),
        ("sampled_run", "cost", -0.02, "cost"),
        ("sampled_run", "cost", 0.02, "cost"),
        ("sampled_run", "error", 1e-7, "error"),
        ("sampled_run", "noiseless_cost", 1e-7, "noiseless_cost"),
        ("sampled_run", "shots", -90_000, "shots"),
        ("both_run", "cost", -0.2, "cost"),
        ("both_run", "noiseless_error", 1e-7, "noiseless_error"),
    ],
)
def test_no_number_may_be_changed(
    request: pytest.FixtureRequest,
    copy_of: Copy,
    which: str,
    key: str,
    change: float,
    noticed: str,
) -> None:
    folder = copy_of(request.getfixturevalue(which).path)
    edit(folder, "result.json", lambda result: result.update({key: result[key] + change}))
    assert noticed in failed(folder)


def test_baselines_may_not_be_changed(noisy_run: qrl.Run, copy_of: Copy) -> None:
    for key in ("cost", "noiseless_cost"):
        folder = copy_of(noisy_run.path)

        def lower(result: dict[str, Any], key: str = key) -> None:
            result["baselines"]["hartree-fock"][key] -= 1e-7

        edit(folder, "result.json", lower)
        assert failed(folder) == {f"hartree-fock: {key}"}


def test_the_noise_may_not_be_changed(noisy_run: qrl.Run, copy_of: Copy) -> None:
    folder = copy_of(noisy_run.path)

    def weaken(noise: dict[str, Any]) -> None:
        noise["rules"][1]["channels"][0]["p"] *= 0.999

    edit(folder, "noise.json", weaken)
    assert {"cost", "error"} <= failed(folder)
    folder = copy_of(noisy_run.path)
    edit(folder, "result.json", lambda result: result.update(noise="ibm-mumbai"))
    assert failed(folder) == {"noise"}
    folder = copy_of(noisy_run.path)
    (folder / "noise.json").unlink()
    assert {"noise", "cost"} <= failed(folder)
    (folder / "noise.json").write_text("{}")
    with pytest.raises(InputError, match=r"not a complete run folder: noise\.json"):
        qrl.load(folder).verify()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("noise", 3), ("shots", 1.5), ("shots", None), ("tuner", None), ("noiseless_cost", None),
        ("noiseless_error", "low"), ("standard_error", "0"), ("total_shots", 0.5),
        ("known_scores_hit_rate", "all"),
    ],
)  # fmt: skip
def test_fields_of_another_kind(both_run: qrl.Run, copy_of: Copy, key: str, value: Any) -> None:
    folder = copy_of(both_run.path)
    edit(folder, "result.json", lambda result: result.update({key: value}))
    with pytest.raises(InputError, match=rf"result\.json: {key} must be"):
        qrl.load(folder)


def test_without_aer_the_extra_is_named(
    noisy_run: qrl.Run,
    sampled_run: qrl.Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "qiskit_aer", None)
    assert main(["verify", noisy_run.folder]) == 2
    told = capsys.readouterr().err
    assert "qiskit-aer" in told
    assert "pip install 'qrl[hardware]'" in told
    assert main(["verify", sampled_run.folder]) == 0


def test_a_noise_file_is_kept_with_the_run(tmp_path: Path) -> None:
    file = tmp_path / "lab.json"
    model = {**qrl.noise_model(WEAK).to_dict(), "name": "lab"}
    file.write_text(json.dumps(model))
    run = qrl.search(TASK, agent="random", steps=64, noise=str(file), out=tmp_path / "run")
    assert run.result["noise"] == "lab"
    file.unlink()
    moved = tmp_path / "moved"
    shutil.move(run.path, moved)
    assert qrl.load(moved).verify()
    assert RunFolder(moved).read_config().env.noise == str(moved / "noise.json")


# -- the command line ----------------------------------------------------------------------


@ALL
def test_show_tells_of_it(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], which: str
) -> None:
    run = request.getfixturevalue(which)
    assert main(["show", run.folder]) == 0
    shown = capsys.readouterr().out
    assert "those of the baselines too, are " in shown
    assert ("under noise" in shown) == (which != "sampled_run")
    assert ("shots each (standard error " in shown) == (which != "noisy_run")
    kind = "exact" if which == "sampled_run" else "noiseless"
    for text in (f"{kind} energy (Ha)", f"{kind} error (Ha)", f"{run.best.noiseless_cost:.8f}"):
        assert text in shown


def test_options_reach_the_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    settings = tmp_path / "s.toml"
    settings.write_text('[env]\nnoise = "ibm-mumbai"\nshots = 9\nmax_gradients = 20\n')
    words = [
        "search", TASK.name, "--agent", "random", "--steps", "16", "--config", settings, "--shots",
        "300", "--tuner", "rotosolve", "--engine", "exact", "--out", out,
    ]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    printed = capsys.readouterr()
    assert "Searching vqe/h2-2q with random, 16 steps, noise ibm-mumbai, 300 shots" in printed.err
    assert "under noise ibm-mumbai and from 300 shots each" in printed.out
    assert "Recomputed with Qiskit (noiseless): differs by" in printed.out
    env = RunFolder(out).read_config().env
    assert (env.shots, env.tuner, env.engine, env.max_gradients) == (300, "rotosolve", "exact", 20)
