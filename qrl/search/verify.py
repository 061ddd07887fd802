"""A run's result recomputed by a simulator that shares no code with ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.circuit import Circuit
from qrl.search.choose import choose
from qrl.search.scoring import standard_error
from qrl.tasks.codec import to_plain
from qrl.tasks.task import plain_observable

if TYPE_CHECKING:
    from qrl.circuits.noise import NoiseModel
    from qrl.search.run_folder import RunFolder
    from qrl.tasks.task import Apply, Task

COST_TOLERANCE = 1e-8
STANDARD_ERRORS = 6
"""How far a sampled cost may lie from the true one."""
METRIC_TOLERANCE = 1e-6
"""How far figures may lie apart that follow from a state."""
_OPERATOR_QUBITS = 10
"""Up to here several inputs go through the circuit's matrix at once."""
REFERENCE_TOLERANCE = 1e-7
"""A cost this far below the reference says that one of them is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One recorded value beside the one recomputed.

    Attributes:
        name: of the value.
        recorded, recomputed: the two.
        passed: whether they agree.
        tolerance: how far they may lie apart, where that is more than rounding.
    """

    name: str
    recorded: float | int | str | None
    recomputed: float | int | str | None
    passed: bool
    tolerance: float | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of a result.

    Attributes:
        checks: one for each value.
        simulators: what recomputed them.
    """

    checks: tuple[Check, ...]
    simulators: str = "Qiskit"

    @property
    def passed(self) -> bool:
        """Whether every check holds."""
        return all(check.passed for check in self.checks)

    def __bool__(self) -> bool:
        return self.passed


class Referee:
    """Recomputes costs as they were searched for, with Qiskit, under noise with Qiskit Aer.

    A cost from shots has to lie within 6 standard errors of the exact one, and the effect of a single
    shot: where outcomes are rare, one of them alone is more than that.

    Args:
        task: the problem.
        noise: the noise of the run; None without.
        shots: of one cost; 0 where costs are exact.

    Raises:
        MissingExtra: there is noise, and Qiskit Aer is not installed.
    """

    def __init__(self, task: Task, noise: NoiseModel | None = None, shots: int = 0) -> None:
        self._task, self._noise, self._shots = task, noise, shots
        self._aer: Any = None
        if noise is not None:
            from qrl.circuits.engines.aer import AerEngine

            self._aer = AerEngine(task.objective, noise)

    @property
    def simulators(self) -> str:
        """What it asks."""
        return "Qiskit" if self._aer is None else "Qiskit and Qiskit Aer"

    @property
    def is_plain(self) -> bool:
        """Whether costs are exact and without noise."""
        return self._aer is None and not self._shots

    def cost(self, name: str, recorded: Any, circuit: Circuit, noiseless: Any) -> Check:
        """Compare a cost with that of its circuit, whose cost without noise is known."""
        cost = noiseless if self._aer is None else float(self._aer.value(circuit))
        if not self._shots:
            return _close(name, recorded, cost, COST_TOLERANCE)
        objective = self._task.objective
        error = standard_error(objective, self._noise, self._shots, circuit)
        observables = objective.head().observables
        span = sum(abs(weight) for o in observables for weight in o.weights) or 2.0
        one_shot = 2.0 * span / self._shots
        tolerance = STANDARD_ERRORS * error + one_shot
        return replace(_close(name, recorded, cost, tolerance), tolerance=tolerance)


def recompute(task: Task, circuit: Circuit) -> dict[str, Any]:
    """Score, measure and count a circuit with Qiskit, without noise.

    Returns:
        cost, metrics, depth, and cnots and gates after Qiskit's own decomposition of each gate to CNOT
        and single-qubit gates.
    """
    built = circuit.qiskit()
    apply = qiskit_action(circuit)
    metrics = to_plain(task.metrics(circuit, apply))
    return {
        "cost": _cost(task, built, apply), "metrics": metrics, "depth": built.depth(), **_counts(built),
    }  # fmt: skip


def qiskit_action(circuit: Circuit) -> Apply:
    """Return a circuit's action on states, computed by Qiskit."""
    from qiskit.quantum_info import Operator, Statevector

    built = circuit.qiskit()

    def apply(states: Any) -> Any:
        if len(states) > 2 and circuit.n_qubits <= _OPERATOR_QUBITS:
            return states @ np.asarray(Operator(built).data).T
        return np.array([Statevector(state).evolve(built).data for state in states])

    return apply


def _cost(task: Task, built: Any, apply: Apply) -> float:
    from qiskit.quantum_info import Statevector

    observable = plain_observable(task.objective)
    if observable is None:
        return float(task.objective.cost(apply(task.objective.inputs)))
    state = Statevector.from_instruction(built)
    return float(np.real(state.expectation_value(observable.to_qiskit())))


def verify_folder(folder: RunFolder) -> Verification:
    """Recompute every number of a run's result from its circuit.

    The circuit is read from `circuit.qasm` by Qiskit's own parser; cost, metrics and counts must
    agree with `result.json`, and so must the circuit written there and the best one of the archive.
    Baselines are recomputed from their circuits too; of methods without a circuit nothing is. A run
    that has not ended has no metrics yet.
    What was searched for under noise or with shots is recomputed by a `Referee`.

    Raises:
        InputError: the folder is not a complete run.
        MissingExtra: the run has noise, and Qiskit Aer is not installed.
    """
    result, task = folder.read_result(), folder.read_task()
    text, circuit = folder.read_circuit()
    if circuit.n_qubits != task.n_qubits:
        raise folder.damaged(
            "circuit.qasm", f"it has {circuit.n_qubits} qubits, the problem {task.n_qubits}"
        )
    noise, shots = folder.read_noise(), result.get("shots", 0)
    referee = Referee(task, noise, shots)
    new = recompute(task, circuit)
    same_circuit = (
        text == result["circuit"] and circuit == choose(task, folder.read_archive()).circuit
    )
    cost = referee.cost("cost", result["cost"], circuit, new["cost"])
    checks = [
        cost,
        _same("depth", result["depth"], new["depth"]),
        _same("cnots", result["cnots"], new["cnots"]),
        _same("gates", result["gates"], new["gates"]),
        _same("rotations", result["rotations"], circuit.rotation_count),
        Check("circuit", None, None, same_circuit),
        *_described(result, task),
        _same("noise", result.get("noise"), None if noise is None else noise.name),
    ]
    if not referee.is_plain:
        checks += _noiseless(result, task, new["cost"])
    if shots:
        checks.append(_same("shots", shots, folder.read_config().env.shots))
    if result["fidelity"] is not None or result["status"] == "done":
        # A task of the user's own class may measure none, where its base, which is all a file knows, does.
        measured = "fidelity" in result.get("metrics", {"fidelity": None})
        fidelity = new["metrics"].get("fidelity") if measured else None
        checks.append(_close("fidelity", result["fidelity"], fidelity, METRIC_TOLERANCE))
    metrics = dict(result.get("metrics", {}))
    if metrics.get("fidelity") == result["fidelity"]:
        metrics.pop("fidelity", None)  # compared just now
    checks += _metrics(metrics, new["metrics"], "metrics: ")
    if task.reference is not None and new["cost"] is not None:
        # Of a sampled cost the error is as uncertain; its difference from the cost is not.
        error: Any = (result["cost"] if shots else cost.recomputed) - task.reference  # type: ignore[operator]
        checks.append(_close("error", result["error"], error, COST_TOLERANCE))
        possible = new["cost"] - task.reference >= -REFERENCE_TOLERANCE
        checks.append(Check("not below the reference", task.reference, new["cost"], possible))
    for name, baseline in result["baselines"].items():
        checks += _baseline(folder, task, name, baseline, referee)
    return Verification(tuple(checks), referee.simulators)


def _described(result: dict[str, Any], task: Task) -> list[Check]:
    """Compare what the result says of its problem with the problem."""
    return [
        _same("task", result["task"], task.name),
        _same("unit", result.get("unit"), task.unit),
        _same("target_error", result.get("target_error"), task.target_error),
        _same("reference", result["reference"], task.reference),
    ]


def _noiseless(result: dict[str, Any], task: Task, cost: Any) -> list[Check]:
    """Compare the exact cost without noise, and its error."""
    error = None if task.reference is None else cost - task.reference
    return [
        _close("noiseless_cost", result.get("noiseless_cost"), cost, COST_TOLERANCE),
        _close("noiseless_error", result.get("noiseless_error"), error, COST_TOLERANCE),
    ]


def _baseline(
    folder: RunFolder, task: Task, name: str, record: dict[str, Any], referee: Referee
) -> list[Check]:
    if "circuit" not in record:
        return []
    circuit = folder.circuit_of(record, f"baselines.{name}")
    if circuit.n_qubits != task.n_qubits:
        return [_same(f"{name}: qubits", circuit.n_qubits, task.n_qubits)]
    new = recompute(task, circuit)
    noiseless = f"{name}: noiseless_cost"
    exact = (
        []
        if referee.is_plain
        else [_close(noiseless, record.get("noiseless_cost"), new["cost"], COST_TOLERANCE)]
    )
    return [
        referee.cost(f"{name}: cost", record["cost"], circuit, new["cost"]),
        *exact,
        _same(f"{name}: cnots", record["cnots"], new["cnots"]),
        _same(f"{name}: depth", record["depth"], new["depth"]),
        _same(f"{name}: rotations", record.get("rotations"), circuit.rotation_count),
        *_metrics(record.get("metrics", {}), new["metrics"], f"{name}: "),
    ]


def _metrics(recorded: dict[str, Any], new: dict[str, Any], where: str) -> list[Check]:
    """Compare the figures that both know; a task of a class that is gone measures fewer."""
    return [
        _alike(where + name, value, new[name]) for name, value in recorded.items() if name in new
    ]


def _alike(name: str, recorded: Any, new: Any) -> Check:
    numbers = (int, float)
    if isinstance(recorded, numbers) and isinstance(new, numbers):
        return _close(name, recorded, new, METRIC_TOLERANCE * max(1.0, abs(new)))
    if isinstance(recorded, list) and isinstance(new, list):
        same_length = len(recorded) == len(new)
        parts = [_alike(name, a, b) for a, b in zip(recorded, new, strict=False)]
        agree = same_length and all(part.passed for part in parts)
        return Check(name, str(recorded), str(new), agree)
    return _same(name, recorded, new)


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
