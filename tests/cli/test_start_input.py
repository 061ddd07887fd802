"""Starts that cannot be used: exit code 2, a sentence with what to do, and nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qrl.circuits.circuit import Circuit


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("hf", "Unknown start 'hf'"),
        ("001", "4 for vqe/h2-4q; got 3"),
        ("other.qasm", "There is no circuit file 'other.qasm'"),
        ("other.npz", "There is no file 'other.npz'"),
        ("mps:0", "mps:BOND"),
        ("mps:-1", "mps:BOND"),
        ("mps:2.5", "mps:BOND"),
        ("three.qasm", "has 3 qubits, and vqe/h2-4q 4"),
        ("poem.txt", "OpenQASM"),
        ("empty.txt", "it is empty"),
        ("other.json", "n_qubits, gates"),
        ("list.json", "n_qubits, gates"),
        ("broken.json", "not valid JSON"),
        ("bytes.qpy", "no complete QPY file"),
        ("bytes.bin", "neither text nor QPY"),
        ("measured.qasm", "measurements"),
        ("folder", "no run folder"),
        ("nan.npz", "NaN"),
        ("bonds.npz", "tensor 0 has right 2, tensor 1 has left 3"),
        ("three.npz", "has 3 qubits, and vqe/h2-4q 4"),
        ("zero.npz", "zero"),
        ("names.npz", "not tensors"),
        ("text.npz", "cannot be read as arrays"),
        ("x" * 300 + ".qasm", "cannot be read"),
    ],
)
def test_a_start_that_cannot_be_used(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    _write_files()
    before = sorted(tmp_path.rglob("*"))
    done = call("search", "vqe/h2-4q", "--start", start, "--agent", "random", "--steps", 10)
    assert done.code == 2, done
    assert done.out == ""
    assert told in done.err.replace("\n", " ")
    assert "Traceback" not in done.err
    assert done.err.count("qrl: error: ") == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_no_matrix_product_state_without_a_hamiltonian(call: Any, tmp_path: Path) -> None:
    done = call(
        "search", "classify/moons-2q", "--start", "mps:2", "--steps", 10, "--out", tmp_path / "run"
    )
    assert done.code == 2
    assert "needs a task with a Hamiltonian" in done.err
    assert not (tmp_path / "run").exists()


def _write_files() -> None:
    Path("three.qasm").write_text(Circuit(3).append("x", 0).qasm())
    Path("poem.txt").write_text("Roses are red")
    Path("empty.txt").write_text("\n")
    Path("other.json").write_text('{"paulis": ["ZZ"]}')
    Path("list.json").write_text("[1, 2]")
    Path("broken.json").write_text('{"n_qubits": ')
    Path("bytes.qpy").write_bytes(b"QISKIT\x0c\x01")
    Path("bytes.bin").write_bytes(b"\xff\xfe\x00")
    measured = 'OPENQASM 2.0; include "qelib1.inc"; qreg q[4]; creg c[4]; measure q -> c;'
    Path("measured.qasm").write_text(measured)
    Path("folder").mkdir()
    end = np.ones((1, 2, 1))
    np.savez("nan.npz", A0=end, A1=end, A2=end, A3=np.full((1, 2, 1), np.nan))
    np.savez("bonds.npz", A0=np.ones((1, 2, 2)), A1=np.ones((3, 2, 1)), A2=end, A3=end)
    np.savez("three.npz", A0=end, A1=end, A2=end)
    np.savez("zero.npz", A0=end, A1=0 * end, A2=end, A3=end)
    np.savez("names.npz", weights=end)
    Path("text.npz").write_text("no archive")
