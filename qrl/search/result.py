"""`result.json`: what a search found, in one flat record."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING, Any

from qrl.search.choose import choose
from qrl.search.run_folder import RESULT_SCHEMA
from qrl.search.scoring import standard_error
from qrl.tasks.codec import to_plain

if TYPE_CHECKING:
    from qrl.search.config import SearchConfig
    from qrl.search.recorder import Recorder
    from qrl.search.scoring import Scoring
    from qrl.tasks.baseline import Baseline
    from qrl.tasks.task import Task

_PACKAGES = (
    "qrl", "numpy", "numba", "scipy", "qiskit", "torch", "stable-baselines3", "sb3-contrib",
)  # fmt: skip


def make_result(
    *,
    task: Task,
    config: SearchConfig,
    recorder: Recorder,
    scoring: Scoring,
    status: str,
    baselines: dict[str, Baseline],
    metrics: dict[str, Any] | None,
    hit_rate: float | None = None,
) -> dict[str, Any]:
    """Return the record of a run.

    Args:
        task: the problem.
        config: all settings.
        recorder: what was found and spent.
        scoring: how circuits were scored.
        status: "running", "done" or "interrupted".
        baselines: what other methods reached, by name.
        metrics: figures of the task's family; None while the search goes on.
        hit_rate: share of circuits that were known already; None where engines keep no scores.

    Returns:
        Plain data; costs in the task's unit, times in seconds. `cnots` and `gates` count the whole
        circuit after decomposition to CNOT and single-qubit gates, state preparation included.
        Costs and errors, those of baselines too, are what was searched for: under noise and from
        shots where the run has them. Such a run also tells `noiseless_cost` and `noiseless_error`, and
        with shots the `standard_error` of a cost. Metrics, the fidelity among them, are always those of
        the exact state without noise.
    """
    best = choose(task, recorder.archive)
    circuit = best.circuit
    record = {
        "schema": RESULT_SCHEMA,
        "task": task.name,
        "agent": config.agent,
        "seed": config.seed,
        "status": status,
        "ended_by": recorder.ended_by,
        "cost": best.cost,
        "unit": task.unit,
        "reference": task.reference,
        "error": None if task.reference is None else best.cost - task.reference,
        "target_error": task.target_error,
        "fidelity": (metrics or {}).get("fidelity"),
        "metrics": to_plain(metrics or {}),
        "depth": circuit.depth,
        "cnots": circuit.two_qubit_count,
        "rotations": circuit.rotation_count,
        "gates": circuit.gate_count,
        "evaluations": recorder.ledger.evaluations,
        "gradients": recorder.ledger.gradients,
        "env_steps": recorder.ledger.env_steps,
        "seconds": round(recorder.ledger.seconds, 3),
        "seconds_to_target": recorder.seconds_to_target,
        "baselines": {name: _baseline(b, scoring) for name, b in baselines.items()},
        "circuit": circuit.qasm(),
        "versions": versions(),
        "noise": None if scoring.noise is None else scoring.noise.name,
        "shots": config.env.shots,
        "tuner": scoring.tuner,
        "known_scores_hit_rate": hit_rate,
    }
    if recorder.certificate is not None:
        record["certificate"] = recorder.certificate
    if not scoring.is_plain:
        noiseless = scoring.noiseless(circuit)
        record["noiseless_cost"] = noiseless
        record["noiseless_error"] = None if task.reference is None else noiseless - task.reference
    if config.env.shots:
        objective, shots = task.objective, config.env.shots
        record["standard_error"] = standard_error(objective, scoring.noise, shots, circuit)
        record["total_shots"] = recorder.ledger.shots
    return record


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that take part in a result."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def _baseline(baseline: Baseline, scoring: Scoring) -> dict[str, Any]:
    record: dict[str, Any] = {
        "cost": baseline.cost,
        "cnots": baseline.cnots,
        "depth": baseline.depth,
        "fidelity": baseline.metrics.get("fidelity"),
        "metrics": to_plain(baseline.metrics),
    }
    if baseline.circuit is not None:
        record["rotations"] = baseline.circuit.rotation_count
        record["circuit"] = baseline.circuit.qasm()
        if not scoring.is_plain:
            record["noiseless_cost"] = scoring.noiseless(baseline.circuit)
    if baseline.evaluations is not None:
        record["evaluations"] = baseline.evaluations
    if baseline.seconds is not None:
        record["seconds"] = round(baseline.seconds, 3)
    return record
