"""A run's result recomputed by a simulator that shares no code with ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.tasks.ground_space import FIDELITY_QUBIT_LIMIT, fidelity, ground_space

if TYPE_CHECKING:
    from qrl.search.run_folder import RunFolder
    from qrl.tasks.task import Task

COST_TOLERANCE = 1e-8
FIDELITY_TOLERANCE = 1e-6
REFERENCE_TOLERANCE = 1e-7
"""A cost this far below the reference says that one of them is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One recorded value beside the one recomputed."""

    name: str
    recorded: float | int | str | None
    recomputed: float | int | str | None
    passed: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of a result."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def __bool__(self) -> bool:
        return self.passed


def recompute(task: Task, circuit: Circuit) -> dict[str, float | int | None]:
    """Score and count a circuit with Qiskit alone.

    Returns:
        cost, fidelity with the ground space (None beyond 12 qubits), depth, and cnots and gates after
        Qiskit's own decomposition of each gate to CNOT and single-qubit gates.
    """
    from qiskit.quantum_info import Statevector

    built = circuit.qiskit()
    state = Statevector.from_instruction(built)
    observable = task.objective.observable
    cost = float(np.real(state.expectation_value(observable.to_qiskit())))
    overlap = None
    if task.n_qubits <= FIDELITY_QUBIT_LIMIT:
        overlap = fidelity(np.asarray(state.data), ground_space(observable))
    return {"cost": cost, "fidelity": overlap, "depth": built.depth(), **_counts(built)}


def verify_folder(folder: RunFolder) -> Verification:
    """Recompute every number of a run's result from its circuit.

    The circuit is read from `circuit.qasm` by Qiskit's own parser; cost, fidelity and counts must
    agree with `result.json`, and so must the circuit written there and the best one of the archive.
    Baselines are recomputed from their circuits too. A run that has not ended has no fidelity yet.

    Raises:
        InputError: the folder is not a complete run.
    """
    result, task = folder.read_result(), folder.read_task()
    text, circuit = folder.read_circuit()
    if circuit.n_qubits != task.n_qubits:
        raise folder.damaged(
            "circuit.qasm", f"it has {circuit.n_qubits} qubits, the problem {task.n_qubits}"
        )
    new = recompute(task, circuit)
    same_circuit = text == result["circuit"] and circuit == folder.read_archive().best.circuit
    checks = [
        _close("cost", result["cost"], new["cost"], COST_TOLERANCE),
        _same("depth", result["depth"], new["depth"]),
        _same("cnots", result["cnots"], new["cnots"]),
        _same("gates", result["gates"], new["gates"]),
        _same("rotations", result["rotations"], circuit.rotation_count),
        Check("circuit", None, None, same_circuit),
        *_described(result, task),
    ]
    if result["fidelity"] is not None or result["status"] == "done":
        checks.append(_close("fidelity", result["fidelity"], new["fidelity"], FIDELITY_TOLERANCE))
    if task.reference is not None and new["cost"] is not None:
        error = new["cost"] - task.reference
        checks.append(_close("error", result["error"], error, COST_TOLERANCE))
        possible = error >= -REFERENCE_TOLERANCE
        checks.append(Check("not below the reference", task.reference, new["cost"], possible))
    for name, baseline in result["baselines"].items():
        checks += _baseline(folder, task, name, baseline)
    return Verification(tuple(checks))


def _described(result: dict[str, Any], task: Task) -> list[Check]:
    """Compare what the result says of its problem with the problem."""
    return [
        _same("task", result["task"], task.name),
        _same("unit", result.get("unit"), task.unit),
        _same("target_error", result.get("target_error"), task.target_error),
        _same("reference", result["reference"], task.reference),
    ]


def _baseline(folder: RunFolder, task: Task, name: str, record: dict[str, Any]) -> list[Check]:
    circuit = folder.circuit_of(record, f"baselines.{name}")
    if circuit.n_qubits != task.n_qubits:
        return [_same(f"{name}: qubits", circuit.n_qubits, task.n_qubits)]
    new = recompute(task, circuit)
    return [
        _close(f"{name}: cost", record["cost"], new["cost"], COST_TOLERANCE),
        _same(f"{name}: cnots", record["cnots"], new["cnots"]),
        _same(f"{name}: depth", record["depth"], new["depth"]),
        _same(f"{name}: rotations", record.get("rotations"), circuit.rotation_count),
    ]


def _counts(built: Any) -> dict[str, int]:
    from qiskit import transpile

    basis = ["cx", "rx", "ry", "rz", "h", "x", "y", "z", "s", "t", "sx"]
    counts = transpile(built, basis_gates=basis, optimization_level=0).count_ops()
    return {"cnots": int(counts.get("cx", 0)), "gates": int(sum(counts.values()))}


def _close(name: str, recorded: Any, new: Any, tolerance: float) -> Check:
    numbers = isinstance(recorded, (int, float)) and isinstance(new, (int, float))
    agree = abs(recorded - new) <= tolerance if numbers else recorded is None and new is None
    return Check(name, recorded, new, agree)


def _same(name: str, recorded: Any, new: Any) -> Check:
    return Check(name, recorded, new, recorded == new)
