"""A run's result recomputed by a simulator that shares no code with ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.errors import InputError
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
    """One recorded number beside the one recomputed."""

    name: str
    recorded: float | int | None
    recomputed: float | int | None
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
    return {"cost": cost, "fidelity": overlap, "depth": built.depth(), "cnots": _cnots(built)}


def verify_folder(folder: RunFolder) -> Verification:
    """Recompute every number of a run's result from its circuit.

    The circuit is read from `circuit.qasm` by Qiskit's own parser; cost, fidelity and counts must agree
    with `result.json`, and so must the circuit written there and the best one of the archive.

    Raises:
        InputError: the folder is not a complete run.
    """
    result, task = folder.read_result(), folder.read_task()
    text = (folder.path / "circuit.qasm").read_text(encoding="utf-8")
    circuit = Circuit.from_qasm(text)
    if circuit.n_qubits != task.n_qubits:
        raise InputError(
            f"{folder.path / 'circuit.qasm'} has {circuit.n_qubits} qubits, the problem {task.n_qubits}."
        )
    new = recompute(task, circuit)
    best = folder.read_archive().best.circuit
    checks = [
        _close("cost", result["cost"], new["cost"], COST_TOLERANCE),
        _same("depth", result["depth"], new["depth"]),
        _same("cnots", result["cnots"], new["cnots"]),
        _same("rotations", result["rotations"], circuit.rotation_count),
        _same("circuit", 1, int(text == result["circuit"] and circuit == best)),
    ]
    if result["fidelity"] is not None:
        checks.append(_close("fidelity", result["fidelity"], new["fidelity"], FIDELITY_TOLERANCE))
    if task.reference is not None and new["cost"] is not None:
        error = new["cost"] - task.reference
        checks.append(_close("error", result["error"], error, COST_TOLERANCE))
        possible = error >= -REFERENCE_TOLERANCE
        checks.append(Check("not below the reference", task.reference, new["cost"], possible))
    return Verification(tuple(checks))


def _cnots(built: Any) -> int:
    from qiskit import transpile

    basis = ["cx", "rx", "ry", "rz", "h", "x", "y", "z", "s", "t", "sx"]
    decomposed = transpile(built, basis_gates=basis, optimization_level=0)
    return int(decomposed.count_ops().get("cx", 0))


def _close(name: str, recorded: Any, new: Any, tolerance: float) -> Check:
    numbers = isinstance(recorded, (int, float)) and isinstance(new, (int, float))
    return Check(name, recorded, new, numbers and abs(recorded - new) <= tolerance)


def _same(name: str, recorded: Any, new: Any) -> Check:
    return Check(name, recorded, new, recorded == new)
