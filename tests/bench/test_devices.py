"""Benchmarks on devices: cells are called as the spec says, runs keep what was chosen."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.small_benchmarks import Told, opened

import qrl
from qrl.bench.choose_workers import on_this_machine
from qrl.search.run_folder import RunFolder

pytest.importorskip("qiskit_aer")
pytest.importorskip("qiskit_ibm_runtime")


def test_runs_on_a_device(tmp_path: Path) -> None:
    noise = "backend:fake:generic:3"
    benchmark = opened(
        tmp_path / "bench", tasks=["vqe/h2-2q"], agents=["anneal"], seeds=1, noise=[noise]
    )
    assert [job.cell for job in benchmark.jobs] == [f"vqe/h2-2q, {noise}"]
    benchmark.run(on_this_machine(workers=1), Told())
    (row,) = benchmark.rows
    assert (row["status"], row["noise"]) == ("done", noise)
    assert (row["gates"], row["coupling"], row["cell"]) == ("task", "all", f"vqe/h2-2q, {noise}")
    folder = tmp_path / "bench" / row["run"]
    model = RunFolder(folder).read_noise()
    assert model is not None
    assert model.name.startswith(f"{noise}@")
    assert model.n_qubits == 2
    assert qrl.load(folder).verify()
