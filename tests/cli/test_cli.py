"""Every command as a user calls it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import runpy
import subprocess
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pennylane as qml
import pytest
from qiskit import QuantumCircuit, qasm2, qasm3, qpy
from qiskit.quantum_info import Operator

import qrl
from qrl.circuits.circuit import Circuit
from qrl.tasks import task_ids

Call = Callable[..., Any]
Spawn = Callable[..., "subprocess.Popen[str]"]


# -- tasks ---------------------------------------------------------------------------------


def test_tasks_as_json(call: Call) -> None:
    done = call("tasks", "--json")
    assert (done.code, done.err) == (0, "")
    rows = json.loads(done.out)
    assert [row["id"] for row in rows] == list(task_ids())
    for row in rows:
        assert {"id", "family", "qubits", "reference", "baselines", "description"} <= set(row)
        task = qrl.get_task(row["id"])
        assert (row["qubits"], row["reference"]) == (task.n_qubits, task.reference)
        assert row["family"] == row["id"].split("/")[0]
        assert row["description"]
        for baseline in row["baselines"].values():
            assert set(baseline) >= {"cost", "cnots", "depth"}
            if row["reference"] is not None and baseline["cost"] is not None:
                assert baseline["cost"] >= row["reference"] - 1e-9


def test_tasks_as_a_table(call: Call) -> None:
    done = call("tasks")
    assert done.code == 0
    for name in task_ids():
        assert any(line.startswith(name + " ") for line in done.out.splitlines())
    assert "-1.13727017 Ha" in done.out


def test_tasks_of_one_family(call: Call) -> None:
    every, vqe = call("tasks", "--json").out, call("tasks", "--json", "--family", "vqe").out
    assert json.loads(vqe) == [row for row in json.loads(every) if row["family"] == "vqe"]
    refused = call("tasks", "--family", "vqee")
    assert refused.code == 2
    assert "Unknown family 'vqee'. Did you mean 'vqe'?" in refused.err


# -- search --------------------------------------------------------------------------------


def test_search_prints_what_it_found(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = call("search", "vqe/h2-4q", "--agent", "random", "--steps", 640, "--out", out)
    assert done.code == 0
    result = json.loads((out / "result.json").read_text())
    for text in (
        "found by random",
        "Hartree-Fock",
        "exact",
        "error (Ha)",
        f"{result['cost']:.8f}",
        f"{result['evaluations']:,}",
        "Recomputed with Qiskit: differs by ",
        f"Run folder: {out}",
        "q_3: ",
    ):
        assert text in done.out
    assert done.err.count("\n") == 4
    assert "Searching vqe/h2-4q with random, 640 steps ..." in done.err


def test_search_prints_one_json_document_alone(spawn: Spawn, tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ("search", "vqe/h2-4q", "--seconds", 1, "--json", "--out", out)
    process = spawn(*command)
    printed, told = process.communicate(timeout=300)
    assert process.returncode == 0, told
    result = json.loads(printed)
    assert result == json.loads((out / "result.json").read_text())
    assert (result["agent"], result["status"]) == ("portfolio", "done")
    assert "Searching" in told
    # A second is time enough for some thousand steps, unless starting the agent eats it up.
    assert 1.0 <= result["seconds"] < 5.0
    assert result["env_steps"] > 300


def test_options_reach_the_search(call: Call, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(
        'task = "vqe/h2-4q"\nagent = "random"\nseed = 3\n[budget]\nseconds = 9\n'
        '[env]\ngates = "cx+ry"\nmax_gates = 5\n[options]\nnum_envs = 4\n'
    )
    out = tmp_path / "run"
    done = call(
        "search", "--config", settings, "--seed", 8, "--steps", 50, "--gates", "cz,ry",
        "--coupling", "line", "--start", "zero", "--out", out,
    )  # fmt: skip
    assert done.code == 0
    config = qrl.search.run_folder.RunFolder(out).read_config()
    assert (config.task, config.agent, config.seed) == ("vqe/h2-4q", "random", 8)
    assert str(config.budget) == "50 steps"
    assert (config.env.gates, config.env.coupling, config.env.start) == ("cz,ry", "line", "zero")
    assert (config.env.max_gates, config.options) == (5, {"num_envs": 4})
    assert qrl.load(out).result["env_steps"] == 52


def test_a_coupling_map_from_a_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "star.txt").write_text("0 1\n0 2\n0 3\n")
    out = tmp_path / "run"
    done = call(
        "search", "vqe/lih-4q-3.4", "--agent", "random", "--steps", 640, "--out", out,
        "--coupling", tmp_path / "star.txt",
    )  # fmt: skip
    assert done.code == 0
    gates = [gate for entry in qrl.load(out).archive.entries for gate in entry.circuit.gates]
    pairs = [gate.qubits for gate in gates if len(gate.qubits) == 2]
    assert len(pairs) > 1
    assert all(0 in pair for pair in pairs)


def test_a_problem_file_is_searched(call: Call, tmp_path: Path) -> None:
    problem = {
        "format": "qrl-problem-1",
        "qubit_order": "little-endian",
        "paulis": ["ZZ", "XI"],
        "weights": [1.0, 0.5],
        "name": "my pair",
    }
    (tmp_path / "p.json").write_text(json.dumps(problem))
    out = tmp_path / "run"
    done = call(
        "search", tmp_path / "p.json", "--agent", "random", "--steps", 64, "--out", out, "--json"
    )
    assert json.loads(done.out)["task"] == "my pair"
    assert json.loads(done.out)["cost"] == pytest.approx(-np.sqrt(1.25), abs=1e-9)
    assert call("verify", out).code == 0


@pytest.mark.parametrize("text", ["[/x]", "[bold]mine", "a [kcal/mol] problem", "Å → ü"])
def test_any_text_may_name_a_problem(call: Call, tmp_path: Path, text: str) -> None:
    problem = {
        "format": "qrl-problem-1",
        "qubit_order": "little-endian",
        "paulis": ["ZZ", "XI"],
        "weights": [1.0, 0.5],
        "name": text,
        "unit": text,
        "metadata": {"description": text},
    }
    (tmp_path / "p.json").write_text(json.dumps(problem))
    out = tmp_path / "run"
    done = call("search", tmp_path / "p.json", "--agent", "random", "--steps", 32, "--out", out)
    assert done.code == 0
    assert f"{text}: {text}" in done.out
    assert f"({text})" in done.out
    assert call("show", out).code == 0
    assert call("show", out, "--plot", tmp_path / "plot.png").code == 0


def test_a_problem_without_an_answer_says_so(call: Call, tmp_path: Path) -> None:
    paulis = ["Z" * 13, "X" + "I" * 12]  # 13 qubits: too many to be solved while reading
    problem = {
        "format": "qrl-problem-1",
        "qubit_order": "little-endian",
        "paulis": paulis,
        "weights": [1.0, 0.5],
    }
    (tmp_path / "p.json").write_text(json.dumps(problem))
    out = tmp_path / "run"
    done = call(
        "search", tmp_path / "p.json", "--agent", "random", "--steps", 32, "--out", out,
        "--max-gates", 4,
    )  # fmt: skip
    assert done.code == 0
    assert "unknown" in done.out
    assert "exact" not in done.out
    for command in ("verify", "show"):
        assert call(command, out).code == 0


# -- verify and show -----------------------------------------------------------------------


def test_verify(call: Call, done_run: qrl.Run) -> None:
    done = call("verify", done_run.folder)
    assert (done.code, done.err) == (0, "")
    assert "Recomputed with Qiskit" in done.out
    assert "DIFFERS" not in done.out
    checks = json.loads(call("verify", done_run.folder, "--json").out)
    assert all(check["passed"] for check in checks)
    cost = next(check for check in checks if check["name"] == "cost")
    assert cost["recorded"] == done_run.best.cost
    assert cost["recomputed"] == pytest.approx(done_run.best.cost, abs=1e-10)


def test_show(call: Call, done_run: qrl.Run) -> None:
    done = call("show", done_run.folder)
    assert (done.code, done.err) == (0, "")
    assert f"{done_run.best.cost:.8f}" in done.out
    assert done_run.best.circuit.draw("text").splitlines()[1] in done.out
    front = done.out.split("Pareto front")[1]
    for entry in done_run.archive.entries:
        assert f"{entry.cost:.8f}" in front


def test_show_draws_a_plot(call: Call, done_run: qrl.Run, tmp_path: Path) -> None:
    for name, start in (("a.png", b"\x89PNG"), ("b.pdf", b"%PDF"), ("c.svg", b"<?xml")):
        done = call("show", done_run.folder, "--plot", tmp_path / name)
        assert done.code == 0
        assert f"Plot: {tmp_path / name}" in done.out
        assert (tmp_path / name).read_bytes().startswith(start)


def test_a_plot_is_where_it_is_said_to_be(call: Call, done_run: qrl.Run, tmp_path: Path) -> None:
    done = call("show", done_run.folder, "--plot", tmp_path / "no-suffix")
    if done.code == 0:
        said = done.out.split("Plot: ")[1].strip()
        assert Path(said).is_file()
    else:
        assert (done.code, list(tmp_path.iterdir())) == (2, [])


# -- export --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def rich_run(tmp_path_factory: pytest.TempPathFactory) -> qrl.Run:
    """A run whose circuit has gates that not every format knows."""
    out = tmp_path_factory.mktemp("runs") / "rich"
    run = qrl.search(
        "vqe/tfim-4q", agent="random", steps=960, out=out, start="zero", gates="rzz,sx,ry"
    )
    assert {"rzz", "sx", "ry"} & set(run.best.circuit.counts)
    return run


def unitary(circuit: QuantumCircuit) -> np.ndarray[Any, Any]:
    return np.asarray(Operator(circuit).data)


def read_qasm3(path: Path) -> np.ndarray[Any, Any]:
    return unitary(qasm3.loads(path.read_text()))


def read_qasm2(path: Path) -> np.ndarray[Any, Any]:
    return unitary(qasm2.loads(path.read_text()))


def read_qpy(path: Path) -> np.ndarray[Any, Any]:
    with path.open("rb") as file:
        (circuit,) = qpy.load(file)
    return unitary(circuit)


def read_json(path: Path) -> np.ndarray[Any, Any]:
    return Circuit.from_dict(json.loads(path.read_text())).unitary()


def read_pennylane(path: Path) -> np.ndarray[Any, Any]:
    names = runpy.run_path(str(path))
    order = list(range(names["n_wires"]))[::-1]
    return np.asarray(qml.matrix(names["circuit"], wire_order=order)())


READERS = {
    "qasm3": read_qasm3,
    "qasm2": read_qasm2,
    "qpy": read_qpy,
    "json": read_json,
    "pennylane": read_pennylane,
}


@pytest.mark.parametrize("which", ["done_run", "rich_run"])
@pytest.mark.parametrize("form", READERS)
def test_every_format_reads_back_as_the_same_circuit(
    request: pytest.FixtureRequest, call: Call, tmp_path: Path, which: str, form: str
) -> None:
    run = request.getfixturevalue(which)
    path = tmp_path / "circuit.py"
    done = call("export", run.folder, "--format", form, "-o", path)
    assert (done.code, done.out, done.err) == (0, "", f"Wrote {path}\n")
    read, ours = READERS[form](path), run.best.circuit.unitary()
    overlap = np.vdot(ours, read)
    assert np.allclose(read, overlap / abs(overlap) * ours, atol=1e-12)
    if form != "qpy":
        printed = call("export", run.folder, "--format", form)
        assert (printed.code, printed.err) == (0, "")
        assert printed.out == path.read_text()


def test_a_binary_format_needs_a_file(call: Call, done_run: qrl.Run) -> None:
    done = call("export", done_run.folder, "--format", "qpy")
    assert (done.code, done.out) == (2, "")
    assert "-o FILE" in done.err


def test_export_replaces_a_file(call: Call, done_run: qrl.Run, tmp_path: Path) -> None:
    path = tmp_path / "circuit.qasm"
    path.write_text("something longer " * 100)
    assert call("export", done_run.folder, "--format", "qasm3", "-o", path).code == 0
    assert path.read_text() == done_run.best.circuit.qasm()


def test_export_into_what_is_no_plain_file(call: Call, done_run: qrl.Run, tmp_path: Path) -> None:
    """`-o /dev/stdout` or a named pipe must be written to, not replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = call("export", done_run.folder, "--format", "qasm3", "-o", pipe)
        assert done.code == 0
        assert pipe.is_fifo()
        assert os.read(reader, 1_000_000).decode() == done_run.best.circuit.qasm()
    finally:
        os.close(reader)


# -- a shell's surroundings ----------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("export", "RUN", "--format", "qasm3"),
        ("verify", "RUN"),
        ("verify", "RUN", "--json"),
        ("show", "RUN"),
        ("tasks",),
        ("tasks", "--json"),
        ("--help",),
    ],
    ids=" ".join,
)
def test_a_reader_that_goes_away_is_no_error(
    spawn: Spawn, done_run: qrl.Run, words: tuple[str, ...]
) -> None:
    process = spawn(*(done_run.folder if word == "RUN" else word for word in words))
    process.stdout.close()  # as `| head -0` does
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), told) == (0, "")


@pytest.mark.parametrize(
    "words", [("export", "RUN", "--format", "json"), ("verify", "RUN")], ids=" ".join
)
def test_output_that_cannot_be_written_is_told(
    spawn: Spawn, done_run: qrl.Run, words: tuple[str, ...]
) -> None:
    with Path("/dev/full").open("w") as full:
        process = spawn(
            *(done_run.folder if word == "RUN" else word for word in words), stdout=full
        )
        _, told = process.communicate(timeout=300)
    assert process.returncode == 2
    assert told.startswith("qrl: error: ")
    assert told.count("\n") == 1


def test_numbers_are_whole_on_a_narrow_terminal(spawn: Spawn, done_run: qrl.Run) -> None:
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    process = spawn("show", done_run.folder, stdin=theirs, stdout=theirs, stderr=theirs, text=False)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells that the other side has closed
        while part := os.read(ours, 65536):
            shown += part
    os.close(ours)
    assert process.wait() == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode()).split("Pareto front")[0]
    assert "…" not in text
    for number in (
        f"{done_run.best.cost:.8f}",
        f"{done_run.best.error:.2e}",
        f"{done_run.best.fidelity:.6f}",
        f"{done_run.result['evaluations']:,}",
        f"{done_run.result['baselines']['hartree-fock']['cost']:.8f}",
    ):
        assert number in text


def test_the_command_is_installed(spawn: Spawn) -> None:
    process = spawn("--version")
    assert process.communicate() == (f"qrl {qrl.__version__}\n", "")
    assert process.returncode == 0


@pytest.mark.parametrize("words", [(), ("--help",), ("search", "--help"), ("export", "--help")])
def test_help(call: Call, words: tuple[str, ...]) -> None:
    done = call(*words)
    assert done.code == (0 if words else 2)
    assert "usage: qrl" in (done.out or done.err)
