"""Circuits found for a chip beside noiseless ones that Qiskit's compiler brings onto it.

Not part of a plain `python -m benchmarks`: it takes some minutes on two cores.
`python -m benchmarks device --markdown docs/device-search.md` writes the page.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy.stats import wilcoxon

import qrl
from benchmarks.common import Table, Target
from benchmarks.device_scoring import OnDevice, Placed
from benchmarks.trials import side_by_side
from qrl.bench.statistics.bootstrap import stratified_bootstrap
from qrl.circuits.circuit import Circuit
from qrl.circuits.noise import device_qubits
from qrl.search.run_folder import RunFolder

TASK = "vqe/h2-4q"
DEVICES = ("manila", "torino")
SEARCHERS = ("portfolio", "evolve")
SEEDS = range(10)
EVALUATIONS = 100_000
COMPILATIONS, COMPILATIONS_OF_FRONT = 20, 5
"""Runs of Qiskit's compiler with different seeds, for the winner and for each circuit of its front."""

FOUND = "found under the device's noise"
SAME = "noiseless winner, Qiskit level 3, on the same qubits"
FREE = f"the same, anywhere on the device, best of {COMPILATIONS} seeds of Qiskit"
TUNED = "that one, its angles tuned again under the noise"
FRONT = "best of the noiseless run's whole front, likewise"
WAYS = (FOUND, SAME, FREE, TUNED, FRONT)
JUDGED = (SAME, FREE)


@dataclass(frozen=True, slots=True)
class Job:
    """A pair of searches with one seed.

    Attributes:
        device, searcher, seed, evaluations: what each does.
    """

    device: str
    searcher: str
    seed: int
    evaluations: int


@dataclass(frozen=True, slots=True)
class Way:
    """One circuit on the device.

    Attributes:
        error: under the device's noise, above the exact energy, in hartree.
        two_qubit: its gates on two qubits.
        noiseless: its error without noise.
        apart: difference from Aer's density matrix, in hartree.
    """

    error: float
    two_qubit: int
    noiseless: float
    apart: float


def run(*, quick: bool = False) -> Iterator[Table]:
    """Compare on each device; two seeds and a small budget on the first where there is little time."""
    devices, seeds = (DEVICES[:1], SEEDS[:2]) if quick else (DEVICES, SEEDS)
    evaluations = 2000 if quick else EVALUATIONS
    for device in devices:
        jobs = [Job(device, s, seed, evaluations) for s in SEARCHERS for seed in seeds]
        done = side_by_side(attempt, jobs)
        for k, searcher in enumerate(SEARCHERS):
            yield _table(device, searcher, evaluations, done[k * len(seeds) : (k + 1) * len(seeds)])


def attempt(job: Job) -> dict[str, Way]:
    """Search with noise and without, and bring what is found without it onto the device."""
    name = f"backend:fake:{job.device}"
    folder = Path(tempfile.mkdtemp())
    try:
        noisy = _search(job, folder / "noisy", noise=name)
        plain = _search(job, folder / "plain")
        model = RunFolder(folder / "noisy").read_noise()
    finally:
        shutil.rmtree(folder)
    assert model is not None
    qubits = device_qubits(model.name)
    assert qubits is not None
    device = OnDevice(name, noisy.task)
    winner = plain.best.circuit
    same = device.compiled(winner, 0, within=qubits)
    free = device.best([device.compiled(winner, seed) for seed in range(COMPILATIONS)])
    front = [
        device.best([device.compiled(entry.circuit, s) for s in range(COMPILATIONS_OF_FRONT)])
        for entry in plain.archive.entries
    ]
    ways: dict[str, Placed] = {
        FOUND: device.placed(noisy.best.circuit, qubits),
        SAME: same,
        FREE: free,
        TUNED: device.tuned(free),
        FRONT: device.best([device.tuned(one) for one in front]),
    }
    return {label: _told(device, placed, noisy.task) for label, placed in ways.items()}


def _search(job: Job, out: Path, **settings: Any) -> qrl.Run:
    run = qrl.search(
        TASK, agent=job.searcher, seed=job.seed, evaluations=job.evaluations, compare=False, out=out,
        **settings,
    )  # fmt: skip
    if not run.verify():
        raise RuntimeError(f"Qiskit does not confirm the run of {job}.")
    return run


def _told(device: OnDevice, placed: Placed, task: qrl.Task) -> Way:
    assert task.reference is not None
    ours = device.value(placed)
    circuit: Circuit = placed.circuit
    return Way(
        error=ours - task.reference,
        two_qubit=sum(len(gate.qubits) == 2 for gate in circuit.gates),
        noiseless=device.noiseless(placed) - task.reference,
        apart=abs(ours - device.aer_value(placed)),
    )


def _table(device: str, searcher: str, evaluations: int, done: Sequence[dict[str, Way]]) -> Table:
    table = Table(
        f"{TASK} on {device}, {searcher}, {evaluations:,} evaluations",
        (
            "circuit", "error (Ha)", "two-qubit gates", "error without noise (Ha)",
            "error less that of the found one (Ha)", "found one lower in", "p",
        ),
    )  # fmt: skip
    found = np.array([one[FOUND].error for one in done])
    for way in WAYS:
        mine = [one[way] for one in done]
        errors = np.array([one.error for one in mine])
        more = errors - found
        told = ("", "", "")
        if way != FOUND:
            lower = f"{np.sum(more > 1e-9)} of {len(done)}"
            told = (_interval(more), lower, f"{_p_value(more):.3g}")
        table.rows.append(
            (
                way, _interval(errors), f"{median(one.two_qubit for one in mine):g}",
                f"{median(one.noiseless for one in mine):.1e}", *told,
            )
        )  # fmt: skip
        if way in JUDGED:
            low = _bootstrap(more)[1]
            name = f"{device}, {searcher}: lower end of the interval of '{way}' less the found one"
            table.targets.append(Target(name, 1e3 * low, 0.0, unit="mHa"))
    apart = max(way.apart for one in done for way in one.values())
    table.targets.append(
        Target("largest difference from Aer", apart, 1e-8, at_least=False, unit="Ha")
    )
    table.notes = [
        f"Seeds {SEEDS[0]} to {len(done) - 1}; medians over the seeds with 95 % intervals of the bootstrap "
        "(percentiles of 2000 resamples). p: Wilcoxon's signed-rank test of the pairs with one seed, "
        "two-sided, exact."
    ]
    return table


def _bootstrap(values: Any) -> tuple[float, float, float]:
    """Return the median with its 95 % interval."""
    found = stratified_bootstrap([values], lambda drawn: np.median(drawn[0], axis=1))
    return found.value, found.low, found.high


def _interval(values: Any) -> str:
    value, low, high = _bootstrap(values)
    return f"{value:.4f} [{low:.4f}, {high:.4f}]"


def _p_value(differences: Any) -> float:
    rounded = np.round(differences, 9)
    return 1.0 if not rounded.any() else float(wilcoxon(rounded, method="exact").pvalue)
