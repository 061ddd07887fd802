"""What turning angles on a device gains, on simulated devices whose true cost is known.

Not part of a plain `python -m benchmarks`: it takes some minutes on two cores.
`python -m benchmarks retuning --markdown docs/retuning-results.md` writes the page.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import qrl
from benchmarks.common import Table, Target
from benchmarks.trials import side_by_side
from qrl.bench.statistics.bootstrap import stratified_bootstrap
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.circuits.gates import pauli_matrix
from qrl.circuits.noise import NoiseModel, Readout, Rule, depolarizing, from_kraus

TASK = "vqe/h2-4q"
METHODS = ("gradient", "spsa")
SEEDS = range(5)
SHOTS = 500_000
OVER_ROTATED = "over-rotated"
"""A device whose CNOT turns its qubits too far, which no depolarizing model tells."""
_TURNS = (("XZ", 0.25), ("IY", 0.15))
"""Pauli strings and angles, in radians, of what each of its CNOT does besides."""


@dataclass(frozen=True, slots=True)
class Case:
    """A circuit on a device.

    Attributes:
        name: of the circuit.
        device: its name, or `OVER_ROTATED`.
        off: standard deviation of random turns of the angles before, in radians.
        layers: of a layered circuit; 0 for the noiseless winner of a search.
    """

    name: str
    device: str
    off: float = 0.0
    layers: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """A retuning.

    Attributes:
        case: of what.
        method, seed, shots: how.
    """

    case: Case
    method: str
    seed: int
    shots: int


CASES = (
    Case("noiseless winner", "fake:manila"),
    Case("noiseless winner", "fake:lagos"),
    Case("noiseless winner, angles 0.3 rad off", "fake:manila", off=0.3),
    Case("2 layers of RY", OVER_ROTATED, layers=2),
)


def run(*, quick: bool = False) -> Iterator[Table]:
    """Retune each circuit by each method; few shots and two seeds where there is little time."""
    seeds, shots = (SEEDS[:2], 50_000) if quick else (SEEDS, SHOTS)
    jobs = [
        Job(case, method, seed, shots) for case in CASES for method in METHODS for seed in seeds
    ]
    done = side_by_side(attempt, jobs)
    table = Table(
        f"{TASK}, {shots:,} shots in all",
        (
            "circuit", "device", "method", "steps", "error before (mHa)", "true change (mHa)",
            "measured change (mHa)", "better / unclear / worse",
        ),
    )  # fmt: skip
    worst = -math.inf
    for k in range(0, len(jobs), len(seeds)):
        own = done[k : k + len(seeds)]
        table.rows.append(_row(jobs[k], own))
        worst = max(worst, *(_change(one, "simulated") for one in own))
    table.targets = [
        Target("largest true change of all runs", 1e3 * worst, 0.0, at_least=False, unit="mHa")
    ]
    table.notes = [
        f"Seeds {SEEDS[0]} to {len(seeds) - 1}; medians with the 95 % intervals of the bootstrap. True: "
        "of the density matrix under the device's noise, without shots; negative is lower. Measured: of "
        "both circuits anew with a fifth of the shots, its median standard error behind it. Better, worse: "
        "by more than two standard errors.",
        f"The {OVER_ROTATED} device: each CNOT is followed by exp(-i 0.125 XZ), exp(-i 0.075 Y) and "
        "depolarizing noise of 0.005; readout errors of 0.01 and 0.02.",
    ]
    yield table


def attempt(job: Job) -> dict[str, Any]:
    """Retune a circuit, and return the comparison with the number of steps."""
    folder = Path(tempfile.mkdtemp())
    os.environ["QRL_STATE"] = str(folder)
    try:
        found = qrl.search(
            TASK, agent="portfolio", evaluations=3000, seed=0, compare=False, out=folder / "run"
        )
        found.best.circuit = _circuit(job, found)
        device = _over_rotated(folder) if job.case.device == OVER_ROTATED else job.case.device
        tuned = qrl.retune(
            found, backend=device, shots_budget=job.shots, method=job.method, seed=job.seed,
            out=folder / "retuned",
        )  # fmt: skip
        result = tuned.result
        assert result is not None
        return {**result, "steps": tuned.folder.data["spent"]["steps"]}
    finally:
        shutil.rmtree(folder)


def _circuit(job: Job, found: qrl.Run) -> Circuit:
    circuit = found.best.circuit
    if job.case.layers:
        circuit = Circuit(found.task.n_qubits)
        for layer in range(job.case.layers + 1):
            for qubit in range(circuit.n_qubits):
                circuit = circuit.append("ry", qubit, angle=0.1 + 0.3 * layer)
            for qubit in range(circuit.n_qubits - 1 if layer < job.case.layers else 0):
                circuit = circuit.append("cx", qubit, qubit + 1)
        circuit = make_engine("exact", found.task.objective).tune(circuit).circuit
    turns = np.random.default_rng(100 + job.seed).normal(size=len(circuit.angles))
    return circuit.with_angles(np.asarray(circuit.angles) + job.case.off * turns)


def _over_rotated(folder: Path) -> str:
    """Return the name of the over-rotated device."""
    turns = [(from_kraus([_turn(label, angle)]), (0, 1)) for label, angle in _TURNS]
    rule = Rule("cx", (*turns, (depolarizing(0.005, 2), (0, 1))))
    file = folder / "over-rotated.json"
    model = NoiseModel(OVER_ROTATED, (rule,), (Readout(0.01, 0.02),))
    file.write_text(json.dumps(model.to_dict()))
    return f"aer:{file}"


def _turn(label: str, angle: float) -> Any:
    return math.cos(angle / 2) * np.eye(4) - 1j * math.sin(angle / 2) * pauli_matrix(label)


def _change(result: dict[str, Any], how: str) -> float:
    return float(result[how]["after"] - result[how]["before"])


def _row(job: Job, own: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    before = [one["simulated"]["before"] - one["reference"] for one in own]
    error = float(np.median([one["measured"]["difference_error"] for one in own]))
    verdicts = [one["verdict"] for one in own]
    return (
        job.case.name, job.case.device, job.method, f"{np.median([one['steps'] for one in own]):g}",
        f"{1e3 * np.median(before):.1f}",
        _interval([1e3 * _change(one, "simulated") for one in own]),
        f"{1e3 * np.median([_change(one, 'measured') for one in own]):+.1f} +- {1e3 * error:.1f}",
        " / ".join(str(verdicts.count(word)) for word in ("better", "unclear", "worse")),
    )  # fmt: skip


def _interval(values: Sequence[float]) -> str:
    found = stratified_bootstrap([values], lambda drawn: np.median(drawn[0], axis=1))
    return f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"
