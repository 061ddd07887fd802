"""Bad input: exit code 2, one clear sentence, and nothing written."""

from __future__ import annotations

import json
import pickle
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qrl

Refused = Callable[..., str]
TASK = "vqe/h2-2q"
PROBLEM: dict[str, Any] = {
    "format": "qrl-problem-1",
    "qubit_order": "little-endian",
    "paulis": ["ZZ", "XI"],
    "weights": [1.0, 0.5],
}
HUGE = "1" + "0" * 400


@pytest.fixture
def refused(call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Runs a command that must be refused without a trace, and returns what it says."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        before = sorted(tmp_path.rglob("*"))
        done = call(*words)
        assert done.code == 2, done
        assert sorted(tmp_path.rglob("*")) == before
        told: str = done.err
        assert "Traceback" not in told
        assert done.out == ""
        lines = [line for line in told.splitlines() if re.match(r"qrl( \w+)?: error: .", line)]
        assert len(lines) == 1, told
        if not told.startswith("usage: "):
            told = told.split("qrl: error: ")[1]
            assert told.count("\n") == 1
            assert len(told) < 1000
        return told

    return run


def search(*options: object, task: str | None = TASK) -> tuple[object, ...]:
    """The words of a search that would end at once if its input were good."""
    words = ("search", "--agent", "random", "--steps", 32, "--out", "run", *options)
    return words if task is None else (*words, task)


# -- names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "nearest"),
    [
        ("vqe/h2-3q", "'vqe/h2-4q'"),
        ("lih-4q-3.4", "'vqe/lih-4q-3.4'"),
        ("vqe/LiH-4q-3.4", "'vqe/lih-4q-3.4'"),
        ("vqe/tfim6q", "'vqe/tfim-6q'"),
        ("", "`qrl tasks` lists"),
        ("nothing-like-it", "of the families vqe, state, diag, "),
        ("missing.json", "'missing.json' does not exist"),
        ("x" * 300 + ".json", "json"),
        ("vqe/tfim-1q", "got 1"),
        ("vqe/tfim-6q-1e", "expected a number as the field; got '1e'"),
        ("vqe/tfim-6q-1e999", "finite"),
        ("vqe/tfim-99999999999999999999q", "qubits"),
    ],
)
def test_unknown_tasks(refused: Refused, task: str, nearest: str) -> None:
    assert nearest in refused(*search(task=task))


def test_no_task_at_all(refused: Refused) -> None:
    assert "Name a task, such as vqe/lih-4q-3.4" in refused("search")
    assert "Name a task" in refused(*search(task=None))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--agent", "pp", "Unknown agent 'pp'. Did you mean 'ppo' or 'tppo'"),
        (
            "--agent",
            "zzz",
            "Unknown agent 'zzz'. Known: a2c, a3c, adapt, alphazero, anneal, beam, best-first, ",
        ),
        ("--agent", "", "Unknown agent"),
        ("--gates", "cx+rotation", "Did you mean 'cx+rotations'"),
        ("--gates", "cx,ry,rq", "Unknown gate 'rq'"),
        ("--gates", "", "Unknown gate set ''"),
        ("--gates", "cx,", "Unknown gate ''"),
        ("--coupling", "lines", "Unknown coupling map 'lines'. Did you mean 'line'"),
        ("--coupling", "grid:3x3", "has 9 qubits; the circuit has 2"),
        ("--coupling", "grid:x", "A grid is written 'grid:RxC'"),
        ("--coupling", "missing.json", "cannot be read"),
        ("--start", "hf", "Unknown start 'hf'"),
        ("--seed", "-1", "at least 0; got -1"),
        ("--seed", "one", "invalid int value: 'one'"),
        ("--max-gates", "-1", "got -1"),
        ("--max-gates", "1.5", "invalid int value"),
        ("--max-gates", "1000000000000", "max"),
        ("--max-gates", HUGE, "max"),
        ("--noise", "depolarizing:2,0", "must be between 0 and 1; got 2.0"),
        ("--noise", "depolarizing:0.1", "with 2 numbers, such as 'depolarizing:0.001,0.01'"),
        ("--noise", "depolarising:0.1,0.1", "Unknown noise model 'depolarising:0.1,0.1'"),
        ("--noise", "nonsense", "Unknown noise model 'nonsense'"),
        ("--noise", "", "Unknown noise model ''"),
        ("--noise", "missing.json", "The noise model 'missing.json' cannot be read"),
        ("--noise", "backend:manila", "'backend:fake:NAME'"),
        ("--shots", "-1", "shots must be 0 (exact values) or positive, up to 1000000000; got -1"),
        ("--shots", "1.5", "invalid int value: '1.5'"),
        ("--shots", "many", "invalid int value: 'many'"),
        ("--shots", "1", "shots"),
        ("--shots", HUGE, "shots must be"),
        ("--tuner", "lbfg", "Unknown tuner 'lbfg'. Did you mean 'lbfgs'"),
        ("--tuner", "", "Unknown tuner ''"),
        ("--engine", "nosy", "Unknown engine 'nosy'. Did you mean 'noisy'"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_unknown_names_and_wrong_numbers(
    refused: Refused, option: str, value: str, message: str
) -> None:
    assert message in refused(*search(option, value))


# -- training ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--stop-at", "-0.1", '"target" or "never") must be a finite number of at least 0.0; got -0.1'),
        ("--stop-at", "nan", "must be a finite number of at least 0.0; got nan"),
        ("--stop-at", "inf", "must be a finite number"),
        ("--stop-at", "tagret", "must be a finite number of at least 0.0; got 'tagret'"),
        ("--stop-at", "", "stop_at"),
        ("--evaluate-every", "-1", "evaluate_every must be a whole number of at least 0; got -1"),
        ("--evaluate-every", "1.5", "invalid int value: '1.5'"),
        ("--evaluate-every", "5", "for agents that learn (ppo, a2c, "),
        ("--checkpoint-seconds", "-1", "checkpoint_seconds must be a finite number from 0.0"),
        ("--checkpoint-seconds", "nan", "checkpoint_seconds must be a finite number"),
        ("--checkpoint-seconds", "soon", "invalid float value: 'soon'"),
        ("--policy", "missing.npz", "There is no policy 'missing.npz'. A search by a reinforcement"),
        ("--policy", ".", "There is no policy 'policy.npz'"),
        ("--policy", "", "There is no policy"),
    ],
)  # fmt: skip
def test_training_that_cannot_be(refused: Refused, option: str, value: str, message: str) -> None:
    assert message in refused(*search(f"{option}={value}"))


@pytest.fixture(scope="session")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy of PPO for two qubits; nobody may change it."""
    out = tmp_path_factory.mktemp("policies") / "run"
    qrl.search(TASK, agent="ppo", steps=1, out=out, compare=False, options={"hidden": 8})
    return out / "policy.npz"


def test_policies_that_are_damaged(refused: Refused, policy_file: Path, tmp_path: Path) -> None:
    data = policy_file.read_bytes()
    bare = tmp_path / "other.npz"
    np.savez(bare, weights=np.ones(3))
    for content, message in (
        (b"", "it is no NPZ file"),
        (b"{}", "it is no NPZ file"),
        (data[:200], "cannot be read as a policy"),
        (data[:-10], "cannot be read as a policy"),
        (bare.read_bytes(), "it holds no entry"),
        (pickle.dumps([1]), "it is no NPZ file"),
    ):
        (tmp_path / "p.npz").write_bytes(content)
        told = refused("search", TASK, "--out", "run", "--policy", "p.npz")
        assert told.startswith("p.npz: cannot be read as a policy: ")
        assert message in told


def test_policies_that_do_not_fit(refused: Refused, policy_file: Path, tmp_path: Path) -> None:
    words = ("search", "--steps", 1, "--out", "run", "--policy", policy_file)
    told = refused(*words, "vqe/h2-4q")
    assert "was trained on vqe/h2-2q with 2 qubits" in told
    assert "vqe/h2-4q has 4 qubits" in told
    assert "A policy serves problems of the same size" in told
    assert "the same gates" in refused(*words, TASK, "--gates", "cx,ry")
    assert "observation compact" in refused(*words, TASK, "--observation", "tensor")
    for agent in ("dqn", "random", "nobody"):
        told = refused(*words, TASK, "--agent", agent)
        assert f"is of agent 'ppo'; got '{agent}'. Name no agent, or that one." in told
    (tmp_path / "s.toml").write_text("policy = 3")
    told = refused("search", TASK, "--steps", 1, "--out", "run", "--config", "s.toml")
    assert "policy must be the path of a file; got 3" in told
    (tmp_path / "s.toml").write_text(f'policy = "{policy_file}"\nagent = "dqn"')
    told = refused("search", TASK, "--steps", 1, "--out", "run", "--config", "s.toml")
    assert "is of agent 'ppo'; got 'dqn'" in told


@pytest.mark.parametrize("engine", ["aer", "pennylane"])
def test_engines_that_take_no_shots(refused: Refused, engine: str) -> None:
    told = refused(*search("--engine", engine, "--shots", 100))
    assert f"The engine '{engine}' gives exact values and takes no shots; got 100" in told


def test_noise_on_too_many_qubits(refused: Refused) -> None:
    told = refused(*search("--noise", "depolarizing:0.001,0.01", task="vqe/tfim-12q"))
    assert "holds up to 10 qubits; this problem has 12" in told


def test_a_backend_whose_library_is_missing(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "qiskit_ibm_runtime.fake_provider", None)
    told = refused(*search("--noise", "backend:fake:manila"))
    assert "needs qiskit-ibm-runtime" in told
    assert "pip install 'qrl[hardware]'" in told


def test_noise_files(refused: Refused, tmp_path: Path) -> None:
    flip = {"qubit": 0, "one_given_zero": 0.1, "zero_given_one": 0.1}
    small = {"format": "qrl-noise-1", "name": "lab", "rules": [], "readout": [flip], "n_qubits": 1}
    for content, message in (
        ("", "cannot be read"),
        ("[]", "is malformed"),
        ('{"format": "qrl-noise-7"}', "is malformed"),
        (json.dumps(small), "'lab' describes a device of 1 qubits; the problem needs 2"),
    ):
        (tmp_path / "noise.json").write_text(content)
        assert re.search(message, refused(*search("--noise", "noise.json")))


def test_coupling_files(refused: Refused, tmp_path: Path) -> None:
    for content, message in (
        ("0 0\n", "two different qubits"),
        ("0 7\n", "qubits from 0 to 3"),
        ("0 1\n", "no path leads to 2, 3"),
        ("0 - 1\n", "line 1"),
        ("", "no path"),
        ('{"pairs": []}', "edges"),
        ("[[0, 1", "not JSON"),
    ):
        (tmp_path / "map.txt").write_text(content)
        assert message in refused(*search("--coupling", "map.txt", task="vqe/h2-4q"))


def test_unknown_words(refused: Refused) -> None:
    assert "invalid choice: 'find'" in refused("find")
    assert "required: COMMAND" in refused()
    assert "unrecognized arguments: --stepps" in refused("search", TASK, "--stepps", 5)
    assert "unrecognized arguments" in refused("search", TASK, "another-task")
    # An abbreviation would change its meaning as soon as an option like it is added.
    assert "unrecognized arguments: --step" in refused("search", TASK, "--step", 5)


# -- budgets -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["seconds", "steps", "evaluations"])
@pytest.mark.parametrize("amount", ["0", "-5", "-0.5", "many", "", "nan", "inf", "1e400", HUGE])
def test_budgets(refused: Refused, kind: str, amount: str) -> None:
    words = ("search", TASK, "--agent", "random", "--out", "run", f"--{kind}={amount}")
    told = refused(*words)
    assert kind in told
    assert "positive number" in told or "invalid" in told


@pytest.mark.parametrize(
    "words",
    [
        ("--seconds", 5, "--steps", 5),
        ("--evaluations", 5, "--steps", 5),
        ("--seconds", 5, "--evaluations", 5),
    ],
)
def test_two_budgets(refused: Refused, words: tuple[object, ...]) -> None:
    assert f"{words[2]}: not allowed with argument {words[0]}" in refused("search", TASK, *words)


# -- problem files -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"  \n", "the file is empty"),
        (b'{"format": ', "not valid JSON"),
        (b"[1, 2]", "expected a JSON object; got a list"),
        (b"{}", '"format": "qrl-problem-1"'),
        (b"\xff\xfe", "cannot be read"),
        (b"[" * 100_000, "not valid JSON"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_files_that_hold_no_problem(
    refused: Refused, tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "p.json").write_bytes(content)
    told = refused(*search(task="p.json"))
    assert told.startswith("p.json: ")
    assert message in told


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", None, "qrl-problem-1"),
        ("qubit_order", None, "little-endian"),
        ("qubit_order", "middle-endian", "little-endian"),
        ("paulis", None, '"paulis"'),
        ("paulis", "ZZ", '"paulis"'),
        ("paulis", [], "2 weights|at least one term"),
        ("paulis", ["ZZ", "XIX"], r"same length.* term 1 \('XIX'\) has 3"),
        ("paulis", ["ZZ", "AI"], r"letters I, X, Y and Z; term 1 \('AI'\) has 'A'"),
        ("paulis", ["ZZ", "xi"], "letters I, X, Y and Z"),
        ("paulis", ["", ""], "must be text such as 'ZZI'"),
        ("paulis", ["ZZ", 3], "must be text such as 'ZZI'; term 1 is 3"),
        ("weights", None, '"weights"'),
        ("weights", [1.0], "2 strings and 1 weights"),
        ("weights", [float("nan"), 1.0], "Weights must be finite; that of 'ZZ' is nan"),
        ("weights", [1.0, float("inf")], "Weights must be finite; that of 'XI' is inf"),
        ("weights", ["1+2j", 1.0], r"Weights must be real numbers; that of 'ZZ' is '1\+2j'"),
        ("weights", [[1, 2], 1.0], "Weights must be real numbers"),
        ("weights", [True, 1.0], "Weights must be real numbers"),
        ("weights", [1e308, 1e308], "too large"),
        ("weights", [10**400, 1.0], "[Ww]eights"),
        ("initial_state", "010", "label of 2 letters"),
        ("initial_state", "0a", "label of 2 letters"),
        ("initial_state", 1, "label of 2 letters"),
        ("reference", "low", '"reference" must be a finite number'),
        ("reference", float("nan"), '"reference" must be a finite number'),
        ("reference", 10**400, "reference"),
        ("target_error", "x", '"target_error" must be a finite number'),
        ("target_error", -1.0, "target_error"),
        ("metadata", 3, "metadata"),
        ("metadata", {"exact_energy": "low"}, "exact_energy"),
        ("metadata", {"gap": "wide"}, "gap"),
        ("name", "\ud800", "name"),
    ],
    ids=lambda value: str(value)[:24].encode("ascii", "replace").decode(),
)
def test_problems_that_are_none(
    refused: Refused, tmp_path: Path, field: str, value: Any, message: str
) -> None:
    problem = {**PROBLEM, field: value}
    if value is None:
        del problem[field]
    (tmp_path / "p.json").write_text(json.dumps(problem))
    told = refused(*search(task="p.json"))
    assert told.startswith("p.json: ")
    assert re.search(message, told), told


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"weights": np.ones(2)}, '"paulis"'),
        ({"paulis": np.array(["ZZ", "XI"])}, '"weights"'),
        ({"paulis": np.array(["ZZ", "XI"]), "weights": np.array([1, 2j])}, "must be real"),
        ({"paulis": np.array(["ZZ", "XI"]), "weights": np.array([np.nan, 1])}, "finite"),
        ({"paulis": np.array(["ZZ", "XI"]), "weights": np.ones(3)}, "2 strings and 3 weights"),
        ({"paulis": np.array(["ZZ", "XI"]), "weights": np.array(1.0)}, '"weights"'),
        ({"paulis": np.array(["ZZ", "XIX"]), "weights": np.ones(2)}, "same length"),
        ({"paulis": np.array(["ZZ", None]), "weights": np.ones(2)}, "cannot be read"),
        ({"paulis": np.array(["Z"]), "weights": np.ones(1), "metadata": np.ones(1)}, "metadata"),
    ],
)
def test_arrays_that_are_no_problem(
    refused: Refused, tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    np.savez(tmp_path / "p.npz", **arrays)
    told = refused(*search(task="p.npz"))
    assert told.startswith("p.npz: ")
    assert message in told


def test_damaged_arrays(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    np.savez_compressed(path, paulis=np.array(["ZZ", "XI"]), weights=np.ones(2))
    data = path.read_bytes()
    flipped = bytearray(data)
    flipped[60] ^= 0xFF
    bare = tmp_path / "bare.npy"
    np.save(bare, np.ones(3))
    for content in (b"", b"no zip", data[:50], data[:-10], bytes(flipped), bare.read_bytes()):
        path.write_bytes(content)
        assert "p.npz: cannot be read as NPZ" in refused(*search(task="p.npz"))


@pytest.mark.parametrize("name", ["folder.json", "folder.npz"])
def test_a_folder_is_no_problem_file(refused: Refused, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert "cannot be read" in refused(*search(task=name))


@pytest.mark.parametrize("n_qubits", [40, 400])
def test_more_qubits_than_fit(refused: Refused, tmp_path: Path, n_qubits: int) -> None:
    problem = {**PROBLEM, "paulis": ["Z" * n_qubits, "X" * n_qubits]}
    (tmp_path / "p.json").write_text(json.dumps(problem))
    told = refused(*search(task="p.json"))
    assert f"holds up to 24 qubits in memory; this problem has {n_qubits} qubits" in told
    assert "this problem has 40 qubits" in refused(*search(task="vqe/tfim-40q"))


# -- folders and files to write ------------------------------------------------------------


def test_output_folders(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for out, message in (
        ("there", "exists already; name a new one"),
        ("file", "exists already"),
        ("link", "exists already"),
        ("", "exists already"),
        ("file/below", "is not a folder"),
        ("/proc/qrl-run", "cannot be"),
        ("/dev/null/run", "is not a folder"),
        ("x" * 300, "cannot be"),
    ):
        told = refused("search", TASK, "--agent", "random", "--steps", 32, "--out", out)
        assert message in told
        assert repr(out or ".")[1:-1] in told


def test_nothing_is_written_where_no_folder_can_be(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/proc")
    assert "runs/" in refused("search", TASK, "--agent", "random", "--steps", 32)


def test_plots_and_exports_that_cannot_be_written(
    call: Any, refused: Refused, done_run: qrl.Run, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for target in ("file/below", "missing/circuit.qasm", "folder", "/proc/circuit.qasm"):
        told = refused("export", done_run.folder, "--format", "qasm3", "-o", target)
        assert f"{target!r} cannot be written" in told
    before = sorted(tmp_path.rglob("*"))
    for target in ("file/below.png", "missing/plot.png", "plot.xyz", "/proc/plot.png"):
        done = call("show", done_run.folder, "--plot", target)
        assert done.code == 2
        assert done.err.startswith("qrl: error: The plot cannot be written to ")
        assert repr(target) in done.err
        assert sorted(tmp_path.rglob("*")) == before


def test_export_formats(refused: Refused, done_run: qrl.Run) -> None:
    assert "--format" in refused("export", done_run.folder)
    assert "invalid choice: 'qasm'" in refused("export", done_run.folder, "--format", "qasm")


# -- settings files ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = ", "cannot be read as a TOML file"),
        ("sead = 1", "Unknown setting 'sead'. Did you mean 'seed'"),
        ("seed = 1.5", "seed must be a whole number"),
        ("seed = 'x'", "seed must be a whole number"),
        ("budget = 3", "'budget' must be a table"),
        ("env = 3", "'env' must be a table"),
        ("options = 3", "'options' must be a table"),
        ("[budget]\nminutes = 3", "'minutes'"),
        ("[budget]\nsteps = 3\nseconds = 3", "one budget"),
        ("[budget]\nsteps = 'x'", "must be a positive number"),
        ("[budget]\nsteps = 1.5", "whole number"),
        ("[budget]\nseconds = nan", "positive number"),
        ("agent = ['ppo']", "agent"),
        ("task = 3", "task"),
        ("[env]\ngate = 'cx+ry'", "'gate'. Did you mean 'gates'"),
        ("[env]\ngates = 3", "gate"),
        ("[env]\ngates = ['cx', 'ry']", "gate"),
        ("[env]\ncoupling = 3", "coupling"),
        ("[env]\nmax_gates = 'ten'", "max_gates"),
        ("[env]\nmax_gates = 2.5", "max_gates"),
        ("[env]\nmax_gates = nan", "max_gates"),
        ("[env]\nmax_gradients = 1.5", "max_gradients"),
        ("[env]\nmax_gradients = 100000000000000000000", "max_gradients"),
        ("[env]\ntolerance = 'x'", "tolerance"),
        ("[env]\ntolerance = 0", "tolerance must be positive"),
        ("[env]\nnoise = 3", "noise must be a text; got 3"),
        ("[env]\nnoise = ['none']", "noise must be a text"),
        ("[env]\nshots = 1.5", "shots must be a whole number; got 1.5"),
        ("[env]\nshots = true", "shots must be a whole number; got True"),
        ("[env]\nshots = '100'", "shots must be a whole number"),
        ("[env]\ntuner = 3", "tuner must be a text; got 3"),
        ("[env]\nobservation = 3", "observation"),
        ("[env]\nobservation = 'tiny'", "Unknown observation 'tiny'"),
        ("[env]\nengine = 3", "engine"),
        ("[env]\nengine = 'exat'", "Unknown engine 'exat'"),
        ("[env]\nreward = 3", "reward"),
        ("[env]\nstart = 3", "start"),
        ("agent = 'random'\n[options]\nnum_env = 3", "'num_env'. Did you mean 'num_envs'"),
        ("agent = 'random'\n[options]\nnum_envs = 1.5", "num_envs .*whole number"),
        ("agent = 'random'\n[options]\nnum_envs = 'x'", "num_envs .*whole number"),
        ("agent = 'random'\n[options]\nnum_envs = 0", "num_envs"),
        ("agent = 'random'\n[options]\nnum_envs = -1", "num_envs"),
        ("agent = 'random'\n[options]\nnum_envs = 100000000000", "num_envs|memory"),
        ("agent = 'ppo'\n[options]\nbatch_size = 1", "batch_size"),
        ("agent = 'ppo'\n[options]\nlearning_rate = -1.0", "learning_rate must be from"),
        ("agent = 'ppo'\n[options]\nhidden = 1000000000000", "hidden|memory"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_settings_files(refused: Refused, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.toml").write_text(text)
    words: tuple[object, ...] = ("search", "--config", "s.toml", "--out", "run")
    if "budget" not in text:
        words = (*words, "--steps", 32)
    if "task" not in text:
        words = (*words, TASK)
    if "num_envs = 0" in text:  # a search without circuits would go on for ever
        words = (*words[:-3], "--seconds", 0.2, TASK)
    told = refused(*words)
    assert re.search(message, told), told
    assert "wrong type" not in told  # says nothing of what was required


def test_settings_files_that_cannot_be_read(refused: Refused, tmp_path: Path) -> None:
    assert "missing.toml: cannot be read" in refused(*search("--config", "missing.toml"))
    (tmp_path / "s.toml").write_bytes(b"task = '\xff'")
    assert "s.toml: cannot be read" in refused(*search("--config", "s.toml"))
    assert "cannot be read" in refused(*search("--config", "."))


# -- runs ----------------------------------------------------------------------------------


def test_runs_that_are_none(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name, message in (
        ("missing", "There is no run folder 'missing'"),
        ("file", "There is no run folder 'file'"),
        ("empty", "'empty' is not a complete run folder"),
        ("", "not a complete run folder"),
        ("x" * 300, "no run folder"),
    ):
        assert message in refused("verify", name)
        assert message in refused("show", name)
        assert message in refused("export", name, "--format", "json")
        assert message in refused("search", "--resume", name)


@pytest.mark.parametrize("name", ["result.json", "problem.json"])
def test_truncated_runs(refused: Refused, done_run: qrl.Run, tmp_path: Path, name: str) -> None:
    shutil.copytree(done_run.path, tmp_path / "run")
    data = (tmp_path / "run" / name).read_bytes()
    (tmp_path / "run" / name).write_bytes(data[: len(data) // 2])
    for words in (
        ("verify", "run"),
        ("verify", "run", "--json"),
        ("show", "run"),
        ("show", "run", "--plot", "plot.png"),
        ("export", "run", "--format", "qasm3"),
        ("search", "--resume", "run"),
    ):
        told = refused(*words)
        assert f"'run' is not a complete run folder: {name}: " in told


@pytest.mark.parametrize(
    "options",
    [
        (TASK,),
        ("--agent", "random"),
        ("--steps", 5),
        ("--seconds", 5),
        ("--evaluations", 5),
        ("--seed", 0),
        ("--out", "elsewhere"),
        ("--config", "s.toml"),
        ("--gates", "cx+ry"),
        ("--coupling", "line"),
        ("--max-gates", 3),
        ("--start", "zero"),
        ("--noise", "none"),
        ("--shots", 0),
        ("--tuner", "adam"),
        ("--engine", "exact"),
        ("--policy", "p.npz"),
        ("--stop-at", 0.1),
        ("--evaluate-every", 100),
        ("--checkpoint-seconds", 5),
    ],
    ids=lambda words: str(words[0]),
)
def test_a_resumed_run_takes_no_other_options(
    refused: Refused, done_run: qrl.Run, options: tuple[object, ...]
) -> None:
    told = refused("search", "--resume", done_run.folder, *options)
    name = "task" if options == (TASK,) else str(options[0]).removeprefix("--")
    assert "A run is resumed with its own settings" in told
    assert re.search(rf"goes without \S*{name.replace('-', '.')}", told)


def test_looking_at_a_run_changes_nothing(call: Any, done_run: qrl.Run) -> None:
    def look() -> dict[Path, tuple[int, bytes]]:
        return {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in done_run.path.iterdir()}

    before = look()
    for words in (("verify",), ("show",), ("export", "--format", "json")):
        assert call(words[0], done_run.folder, *words[1:]).code == 0
    assert look() == before
