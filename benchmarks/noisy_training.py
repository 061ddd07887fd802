"""What training under noise brings: circuits found under it, and those found without, both under noise."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from benchmarks.common import Table, Target
from benchmarks.trials import Trial, attempt, side_by_side
from qrl.circuits.circuit import Circuit
from qrl.circuits.engines import make_engine
from qrl.tasks.registry import get_task

TASK, AGENT, NOISE = "vqe/h2-4q", "a2c", "depolarizing:0.001,0.01"
SEEDS = range(5)
ENV = {"actions": "gates,fans,trees", "max_gates": 16}
"""Under noise each CNOT costs something: single gates that lead to a better circuit all lose at first."""


def run(*, quick: bool = False) -> Table:
    """Train with and without noise for as long, and score what was found under noise."""
    seconds = 20.0 if quick else 60.0
    noiseless = [
        Trial(TASK, AGENT, seed, seconds=seconds, env=ENV)
        for seed in (SEEDS[:1] if quick else SEEDS)
    ]
    noisy = [replace(trial, env={**ENV, "noise": NOISE}) for trial in noiseless]
    done = side_by_side(attempt, [*noisy, *noiseless])
    table = Table(
        f"Agents: {TASK} trained under {NOISE}, {AGENT} for {seconds:.0f} s",
        (
            "seed", "found under noise (Ha)", "CNOTs", "noiseless winner under noise (Ha)", "CNOTs",
            "best of the noiseless front under noise (Ha)", "CNOTs",
        ),
    )  # fmt: skip
    gains = []
    for trial, under, without in zip(
        noiseless, done[: len(noisy)], done[len(noisy) :], strict=True
    ):
        found = under.front[0]
        front = [(noisy_error(row.qasm), row.cnots) for row in without.front]
        winner, best = front[0], min(front)
        gains.append(winner[0] - found.error)
        cells = [(found.error, found.cnots), winner, best]
        texts = [text for error, cnots in cells for text in (f"{error:.2e}", str(cnots))]
        table.rows.append((str(trial.seed), *texts))
    table.targets = [
        Target("seeds on which training under noise wins", sum(g > 0 for g in gains), len(gains)),
        Target("median gain (Ha)", median(gains), 0.0),
    ]
    table.notes = [
        f"Actions {ENV['actions']}, up to {ENV['max_gates']} gates, in both trainings.",
        "Noisy errors against the exact ground state, from the noisy engine, which tests hold against "
        "Qiskit Aer. The noiseless winner is the circuit of lowest noiseless error, at the angles that it "
        "was found with; the last columns let noise choose among the whole noiseless front.",
    ]
    return table


def noisy_error(qasm: str) -> float:
    """Return a circuit's error under the noise, at the angles that it has."""
    task = get_task(TASK)
    assert task.reference is not None
    engine = make_engine("noisy", task.objective, noise=NOISE)
    return float(engine.value(Circuit.from_qasm(qasm)) - task.reference)
