"""Verification: the truth passes, and no number may be changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import circuits

import qrl
from qrl.circuits import dense
from qrl.circuits.circuit import Circuit
from qrl.circuits.objectives import Expectation
from qrl.circuits.pauli import PauliSum
from qrl.cli.main import main
from qrl.errors import InputError
from qrl.files import to_json
from qrl.search.verify import recompute

Copy = Callable[[Path], Path]
XYZ = PauliSum(("XIZ", "YYI", "ZZZ", "III", "IXX"), (0.3, -0.7, 0.5, 0.2, 1.1))


def edit(file: Path, change: Callable[[Any], None]) -> None:
    data = json.loads(file.read_text())
    change(data)
    file.write_text(to_json(data))


def fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Verify in both ways, which must fail, and return the names of what differs."""
    verification = qrl.load(folder).verify()
    assert not verification
    assert not verification.passed
    failed = [check.name for check in verification.checks if not check.passed]
    assert main(["verify", str(folder)]) == 1
    out, err = capsys.readouterr()
    assert f"qrl: {folder}: the result does not hold: " in err
    assert out.count("DIFFERS") == len(failed)
    return ", ".join(failed)


@given(circuits(3, 10, min_qubits=3))
@settings(deadline=None, max_examples=40)
def test_recompute_agrees_with_dense_matrices(circuit: Circuit) -> None:
    new = recompute(qrl.Task("t", Expectation(XYZ)), circuit)
    assert new["cost"] == pytest.approx(dense.expectation(circuit, XYZ), abs=1e-12)
    assert (new["depth"], new["cnots"]) == (circuit.depth, circuit.two_qubit_count)
    assert 0.0 <= new["metrics"]["fidelity"] <= 1.0


def test_fidelity_of_basis_states() -> None:
    task = qrl.Task("t", Expectation(PauliSum(("ZI", "IZ"), (1.0, 0.5))))
    assert recompute(task, Circuit(2).append("x", 0).append("x", 1))["metrics"]["fidelity"] == 1.0
    assert recompute(task, Circuit(2))["metrics"]["fidelity"] == 0.0
    half = Circuit(2).append("x", 0).append("h", 1)
    assert recompute(task, half)["metrics"]["fidelity"] == pytest.approx(0.5, abs=1e-12)


def test_fidelity_counts_every_ground_state() -> None:
    degenerate = qrl.Task("t", Expectation(PauliSum(("ZZ",), (1.0,))))
    bell = Circuit(2).append("h", 0).append("cx", 0, 1).append("x", 0)
    for circuit in (Circuit(2).append("x", 0), Circuit(2).append("x", 1), bell):
        assert recompute(degenerate, circuit)["metrics"]["fidelity"] == pytest.approx(
            1.0, abs=1e-12
        )


@pytest.mark.parametrize("which", ["random_run", "ppo_run"])
def test_a_found_circuit_passes(request: pytest.FixtureRequest, which: str) -> None:
    run = request.getfixturevalue(which)
    verification = run.verify()
    assert verification.passed
    assert verification
    names = {check.name for check in verification.checks}
    assert {"cost", "error", "fidelity", "depth", "cnots", "rotations", "circuit"} <= names


def test_a_crashed_run_passes(crashed_folder: Path) -> None:
    assert qrl.load(crashed_folder).verify()


@pytest.mark.parametrize("reference", [None, -1.118033988749895])
def test_a_task_with_and_without_reference_passes(tmp_path: Path, reference: float | None) -> None:
    task = qrl.Task("mine", Expectation(PauliSum(("ZZ", "XI"), (1.0, 0.5))), reference=reference)
    run = qrl.search(task, agent="random", steps=64, out=tmp_path / "run")
    assert run.result["reference"] == reference
    assert (run.best.error is None) == (reference is None)
    assert run.verify()
    assert qrl.load(run.path).task.reference == reference


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("cost", lambda v: v - 1e-7),
        ("cost", lambda v: v + 1e-7),
        ("error", lambda v: v + 1e-7),
        ("error", lambda v: None),
        ("reference", lambda v: v + 1e-3),
        ("reference", lambda v: None),
        ("target_error", lambda v: v * 2),
        ("fidelity", lambda v: v - 1e-5),
        ("fidelity", lambda v: v + 1e-5),
        ("fidelity", lambda v: None),
        ("depth", lambda v: v - 1),
        ("cnots", lambda v: v - 1),
        ("rotations", lambda v: v + 1),
        ("gates", lambda v: v - 1),
        ("circuit", lambda v: v.replace("cx q[", "cz q[", 1)),
        ("circuit", lambda v: v + "// by hand\n"),
        ("task", lambda v: "vqe/lih-4q-3.4"),
        ("unit", lambda v: "eV"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_field_of_the_result_may_be_changed(
    random_run: qrl.Run,
    copy_of: Copy,
    capsys: pytest.CaptureFixture[str],
    key: str,
    change: Callable[[Any], Any],
) -> None:
    folder = copy_of(random_run.path)

    def replace(result: dict[str, Any]) -> None:
        new = change(result[key])
        assert new != result[key]
        result[key] = new

    edit(folder / "result.json", replace)
    assert key in fails(folder, capsys)


@pytest.mark.parametrize("key", ["cost", "cnots", "depth", "rotations"])
def test_no_baseline_may_be_changed(
    random_run: qrl.Run, copy_of: Copy, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    folder = copy_of(random_run.path)

    def replace(result: dict[str, Any]) -> None:
        result["baselines"]["hartree-fock"][key] += 1

    edit(folder / "result.json", replace)
    assert "hartree-fock" in fails(folder, capsys)


def test_the_circuit_may_not_be_changed(
    random_run: qrl.Run, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = random_run.result["circuit"].splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("qubit")) + 1
    gates = range(first, len(lines))
    assert len(gates) >= 5
    for index in gates:  # each gate left out in turn
        folder = copy_of(random_run.path)
        left = [line for i, line in enumerate(lines) if i != index]
        (folder / "circuit.qasm").write_text("\n".join(left) + "\n")
        assert "circuit" in fails(folder, capsys)
    rotation = next(line for line in lines if line.startswith(("rx", "ry", "rz")))
    name, rest = rotation.split("(")
    angle, target = rest.split(")")
    for wrong in (float(angle) + 1e-12, float(angle) + 0.1, -float(angle)):
        folder = copy_of(random_run.path)
        text = "\n".join(lines).replace(rotation, f"{name}({wrong!r}){target}") + "\n"
        (folder / "circuit.qasm").write_text(text)
        assert "circuit" in fails(folder, capsys)


def test_a_better_cost_written_everywhere_is_not_believed(
    random_run: qrl.Run, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every file agrees; only the physics does not."""
    folder = copy_of(random_run.path)

    def lower(result: dict[str, Any]) -> None:
        result["cost"] -= 0.25
        result["error"] -= 0.25

    def lower_all(entries: list[dict[str, Any]]) -> None:
        for entry in entries:
            entry["cost"] -= 0.25

    edit(folder / "result.json", lower)
    edit(folder / "archive.json", lower_all)
    assert {"cost", "error"} <= set(fails(folder, capsys).split(", "))


def test_another_problem_is_noticed(
    random_run: qrl.Run, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(random_run.path)

    def heavier(problem: dict[str, Any]) -> None:
        problem["weights"][0] += 1e-6

    edit(folder / "problem.json", heavier)
    assert "cost" in fails(folder, capsys)


def test_a_cost_below_the_reference_is_noticed(
    random_run: qrl.Run, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(random_run.path)

    def raise_it(data: dict[str, Any]) -> None:
        data["reference"] = random_run.best.cost + 1e-3
        if "error" in data:
            data["error"] = random_run.best.cost - data["reference"]

    edit(folder / "problem.json", raise_it)
    edit(folder / "result.json", raise_it)
    assert fails(folder, capsys) == "not below the reference"


def test_another_best_circuit_in_the_archive_is_noticed(
    random_run: qrl.Run, copy_of: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of(random_run.path)
    edit(folder / "archive.json", lambda entries: entries.pop())
    assert random_run.best.circuit == random_run.archive.entries[-1].circuit
    assert fails(folder, capsys) == "circuit"


@pytest.mark.parametrize(
    "text",
    [
        'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\n',
        'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[4] q;\nfoo q[0];\n',
        'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[4] q;\nbit[1] c;\nc[0] = measure q[0];\n',
        "no circuit",
        "",
    ],
    ids=["other qubits", "other gate", "measurement", "prose", "empty"],
)
def test_a_circuit_that_cannot_be_read_is_bad_input(
    random_run: qrl.Run, copy_of: Copy, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    folder = copy_of(random_run.path)
    (folder / "circuit.qasm").write_text(text)
    with pytest.raises(InputError, match=r"circuit\.qasm"):
        qrl.load(folder).verify()
    assert main(["verify", str(folder)]) == 2
    assert "circuit.qasm" in capsys.readouterr().err
