"""One row per run: the columns of a benchmark's table."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

from qrl.search.choose import choose
from qrl.search.result import versions

if TYPE_CHECKING:
    from qrl.bench.job import Job
    from qrl.search.run import Run

ROW_SCHEMA = 1
DONE, FAILED = "done", "failed"

# Name: (type, unit, meaning). Types: text, int, float, flag; all but the first group may be null.
COLUMNS: dict[str, tuple[str, str, str]] = {
    "schema": ("int", "", "form of the row; this version writes 1"),
    "key": ("text", "", "fingerprint of all settings that decide what the run finds"),
    "run": ("text", "", "run folder, relative to the benchmark's"),
    "cell": ("text", "", "task, noise, shots, gate set and coupling map, where they are not the usual"),
    "task": ("text", "", "id"),
    "agent": ("text", "", "the agent's label in the spec"),
    "searcher": ("text", "", "who searches (`--agent`)"),
    "seed": ("int", "", "source of all randomness"),
    "noise": ("text", "", "noise model; none where circuits are exact"),
    "shots": ("int", "shots", "of one evaluation; 0 where costs are exact"),
    "gates": ("text", "", "gate set"),
    "coupling": ("text", "", "coupling map"),
    "options": ("text", "", "settings of the agent, JSON"),
    "env": ("text", "", "how circuits are built, JSON"),
    "budget_kind": ("text", "", "evaluations, seconds or steps"),
    "budget": ("float", "budget_kind", "how many of them"),
    "status": ("text", "", "done or failed"),
    "reason": ("text", "", "why it failed; empty where it did not"),
    "threads": ("int", "cores", "that its engine could use"),
    "host": ("text", "", "machine"),
    "started": ("text", "", "UTC, ISO 8601"),
    "wall_seconds": ("float", "s", "whole run with verification; of earlier pieces their search"),
    "parts": ("int", "", "1 where it was run in one piece, 2 where it was gone on with"),
    "versions": ("text", "", "of Python and packages, JSON"),
    "family": ("text", "", "of tasks"),
    "n_qubits": ("int", "qubits", "of the task"),
    "unit": ("text", "", "of costs and errors"),
    "cost": ("float", "unit", "lowest, under the noise and shots that were searched with"),
    "reference": ("float", "unit", "exact answer"),
    "error": ("float", "unit", "cost - reference"),
    "noiseless_error": ("float", "unit", "error of the same circuit without noise and shots"),
    "target_error": ("float", "unit", "error that counts as solved"),
    "reached": ("flag", "", "whether the error, with shots the noiseless one, is at most the target's"),
    "fidelity": ("float", "", "with the exact answer, where the task defines it"),
    "trivial": ("text", "", "best trivial answer of the task, such as a basis state"),
    "trivial_cost": ("float", "unit", "its cost, under the same noise and shots"),
    "depth": ("int", "moments", "whole circuit"),
    "cnots": ("int", "CNOTs", "whole circuit"),
    "rotations": ("int", "gates", "whole circuit"),
    "gates_total": ("int", "gates", "whole circuit after decomposition"),
    "evaluations": ("int", "evaluations", "spent"),
    "gradients": ("int", "evaluations", "of these, with a gradient"),
    "env_steps": ("int", "steps", "spent"),
    "seconds": ("float", "s", "spent searching, compilation left out"),
    "evaluations_to_target": ("int", "evaluations", "until the target was reached; null where it was not"),
    "seconds_to_target": ("float", "s", "of the same"),
    "qiskit_difference": ("float", "unit", "difference of the cost recomputed with Qiskit"),
}  # fmt: skip
_OF_JOB = tuple(COLUMNS)[: tuple(COLUMNS).index("family")]


def job_columns(job: Job) -> dict[str, Any]:
    """Return the columns that are known before the run."""
    config, env = job.config, job.config.env
    return {
        "schema": ROW_SCHEMA,
        "key": job.key,
        "run": f"runs/{job.folder}",
        "cell": job.cell,
        "task": config.task,
        "agent": job.label,
        "searcher": config.agent,
        "seed": config.seed,
        "noise": env.noise,
        "shots": env.shots,
        "gates": env.gates,
        "coupling": env.coupling,
        "options": json.dumps(config.options, sort_keys=True),
        "env": json.dumps(env.to_dict(), sort_keys=True),
        "budget_kind": config.budget.kind,
        "budget": float(config.budget.amount),
        "threads": job.threads,
    }


def measured(started: str, wall_seconds: float, parts: int) -> dict[str, Any]:
    """Return the columns that the worker measures."""
    return {
        "host": socket.gethostname(),
        "started": started,
        "wall_seconds": round(wall_seconds, 3),
        "parts": parts,
        "versions": json.dumps(versions(), sort_keys=True),
    }


def failed_row(job: Job, reason: str, worker: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a run that failed.

    Args:
        job: the run.
        reason: in a sentence.
        worker: what `measured` returned.
    """
    row = job_columns(job) | worker | {"status": FAILED, "reason": reason}
    return {name: row.get(name) for name in COLUMNS}


def done_row(job: Job, run: Run, worker: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a run that is done.

    Args:
        job: the run.
        run: what it found.
        worker: what `measured` returned.
    """
    result, task = run.result, run.task
    target, reference = task.target_error, task.reference
    trivial = {
        name: result["baselines"][name]["cost"]
        for name in task.trivial()
        if result["baselines"].get(name, {}).get("cost") is not None
    }
    best = min(trivial, key=lambda name: trivial[name], default=None)
    judged = result.get("noiseless_error") if result.get("shots") else result["error"]
    to_target = seconds = None
    if result.get("shots"):
        # A sample below the target may be luck: what counts is when a circuit was found that is.
        if judged is not None and judged <= target:
            chosen = choose(task, run.archive)
            to_target, seconds = chosen.evaluations, chosen.seconds
    elif reference is not None:
        within = (r["evaluations"] for r in run.trace if r["cost"] <= reference + target)
        to_target, seconds = next(within, None), result["seconds_to_target"]
    found = {
        "status": DONE,
        "reason": "",
        "family": task.family,
        "n_qubits": task.n_qubits,
        "unit": task.unit,
        "noiseless_error": result.get("noiseless_error", result["error"]),
        "target_error": target,
        "reached": None if judged is None else judged <= target,
        "trivial": best,
        "trivial_cost": None if best is None else trivial[best],
        "gates_total": result["gates"],
        "evaluations_to_target": to_target,
        "seconds_to_target": seconds,
        "qiskit_difference": _difference(run),
    }
    row = {name: result.get(name) for name in COLUMNS} | job_columns(job) | worker | found
    return {name: row[name] for name in COLUMNS}


def _difference(run: Run) -> float | None:
    if run.checked is None:
        return None
    return abs(float(run.checked["cost"]) - float(run.best.noiseless_cost))
