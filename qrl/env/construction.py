"""Many circuits under construction at once, as arrays: the state that environments share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.program import lift, lower
from qrl.circuits.tuned import TuneOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.engines import Engine
    from qrl.env.actions import ActionTable


class Construction:
    """A row for each circuit; gates are appended to all of them in one call.

    After each step every circuit is tuned again from its previous angles, so that `cost` belongs to
    the circuit *with* the new gate.

    Attributes:
        cost, previous_cost: shape (circuits,), cost now and one step before.
        steps, depth, cnots, rotations: shape (circuits,), counts of the whole circuit (`steps`: of
            gates appended).
        evaluations, gradients: shape (circuits,), spent by the last step.
        shots: measurements of all circuits since the step before, those of observations included.
        start_cost, lower_bound: cost of the starting circuit, and one that no circuit is below.
    """

    def __init__(
        self,
        count: int,
        engine: Engine,
        actions: ActionTable,
        start: Circuit,
        max_gates: int,
        lower_bound: float,
        options: TuneOptions | None = None,
    ) -> None:
        self.count, self.engine, self.actions, self.start = count, engine, actions, start
        self.max_gates, self.lower_bound = max_gates, lower_bound
        self.options = options or TuneOptions()
        self._start_ops, self._start_theta = lower(start)
        self.start_cost = engine.value(start)
        self.shots = self._shots_paid = 0
        width, n = len(start) + max_gates, actions.n_qubits
        self.ops = np.full((count, width, 4), -1, dtype=np.int32)
        self.theta = np.zeros((count, width))
        self.n_ops = np.zeros(count, dtype=np.int64)
        self.n_theta = np.zeros(count, dtype=np.int64)
        self.steps = np.zeros(count, dtype=np.int64)
        self.cost = np.zeros(count)
        self.previous_cost = np.zeros(count)
        self.cnots = np.zeros(count, dtype=np.int64)
        self.evaluations = np.zeros(count, dtype=np.int64)
        self.gradients = np.zeros(count, dtype=np.int64)
        self.levels = np.zeros((count, n), dtype=np.int64)
        self.last_action = np.full((count, n), -1, dtype=np.int64)
        first, second = actions.rows[:, 1], actions.rows[:, 2]
        self._first = first.astype(np.int64)
        self._second = np.where(second < 0, first, second).astype(np.int64)
        self._parametric = actions.rows[:, 3].astype(np.int64)
        self._ids = np.arange(len(actions))
        self._all = np.arange(count)
        self._start_levels = np.array(_levels(start))
        self._start_last_action = np.array(_last_actions(start, actions))
        self.reset(np.ones(count, dtype=bool))

    @property
    def depth(self) -> NDArray[np.int64]:
        """Depth of each circuit."""
        depth: NDArray[np.int64] = self.levels.max(axis=1)
        return depth

    @property
    def rotations(self) -> NDArray[np.int64]:
        """Parametrised gates of each circuit."""
        return self.n_theta

    def reset(self, which: NDArray[np.bool_]) -> None:
        """Put the marked circuits back to the start."""
        self.ops[which, : len(self._start_ops)] = self._start_ops
        self.theta[which, : self._start_theta.size] = self._start_theta
        self.n_ops[which] = len(self._start_ops)
        self.n_theta[which] = self._start_theta.size
        self.steps[which] = 0
        self.cost[which] = self.previous_cost[which] = self.start_cost
        self.cnots[which] = self.start.two_qubit_count
        self.levels[which] = self._start_levels
        self.last_action[which] = self._start_last_action

    def step(self, chosen: NDArray[np.int64]) -> None:
        """Append one action to each circuit and tune them all."""
        rows = self.actions.rows[chosen]
        parametric = self._parametric[chosen]
        self.ops[self._all, self.n_ops] = rows
        self.ops[self._all, self.n_ops, 3] = np.where(parametric, self.n_theta, -1)
        self.theta[self._all, np.minimum(self.n_theta, self.theta.shape[1] - 1)] = 0.0
        fresh = np.where(parametric, self.n_theta, -1)
        self.n_ops += 1
        self.n_theta += parametric
        self.steps += 1
        self.cnots += self.actions.cnots[chosen]
        self._place(chosen)
        self.previous_cost[:] = self.cost
        out = self.engine.tune_arrays(
            self.ops, self.n_ops, self.theta, self.n_theta, fresh, self.previous_cost, self.options
        )
        self.cost[:] = out[:, 0]
        self.gradients[:] = out[:, 3]
        self.evaluations[:] = out[:, 2] + out[:, 3]
        spent = int(getattr(self.engine, "total_shots", 0))
        self.shots, self._shots_paid = spent - self._shots_paid, spent

    def legal(self) -> NDArray[np.bool_]:
        """Return which actions are legal, shape (circuits, actions).

        Illegal is a gate that stands already on the same qubits with nothing after it there: two
        CNOTs would cancel, two rotations would add up (CRLQAS, arXiv 2402.03500).
        """
        repeated = (self.last_action[:, self._first] == self._ids) & (
            self.last_action[:, self._second] == self._ids
        )
        legal: NDArray[np.bool_] = ~repeated
        return legal

    def circuit(self, index: int) -> Circuit:
        """Return one of the circuits as a value."""
        return lift(self.actions.n_qubits, *self.rows(index))

    def rows(self, index: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return copies of the rows and angles of one of the circuits."""
        ops = self.ops[index, : self.n_ops[index]].copy()
        return ops, self.theta[index, : self.n_theta[index]].copy()

    def local_paulis(self) -> NDArray[np.float64]:
        """Return the expectation values of X, Y, Z on each qubit, shape (circuits, qubits, 3)."""
        return self.engine.local_paulis(self.ops, self.n_ops, self.theta)

    def reseed(self, seed: int) -> None:
        """Let an engine that draws numbers draw from another seed, and put all back to the start.

        The cost of the start is measured anew; an engine that draws none stays as it is.
        """
        engine: Any = self.engine
        if hasattr(engine, "restore"):
            engine.seed = seed
            engine.restore(dict.fromkeys(engine.state(), 0))
            self.shots = self._shots_paid = 0
            self.start_cost = engine.value(self.start)
        self.reset(np.ones(self.count, dtype=bool))

    def state(self) -> dict[str, Any]:
        """Return copies of all arrays, and where the engine's random numbers stand."""
        saved: dict[str, Any] = {name: getattr(self, name).copy() for name in _SAVED}
        if hasattr(self.engine, "state"):
            saved["engine"] = {**self.engine.state(), "shots_paid": self._shots_paid}
        return saved

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        for name in _SAVED:
            getattr(self, name)[...] = state[name]
        if hasattr(self.engine, "restore"):
            self.engine.restore(state["engine"])
            self._shots_paid = int(state["engine"]["shots_paid"])

    def _place(self, chosen: NDArray[np.int64]) -> None:
        first, second = self._first[chosen], self._second[chosen]
        level = np.maximum(self.levels[self._all, first], self.levels[self._all, second]) + 1
        self.levels[self._all, first] = level
        self.levels[self._all, second] = level
        self.last_action[self._all, first] = chosen
        self.last_action[self._all, second] = chosen


_SAVED = (
    "ops", "theta", "n_ops", "n_theta", "steps", "cost", "previous_cost", "cnots",
    "evaluations", "gradients", "levels", "last_action",
)  # fmt: skip


def _last_actions(circuit: Circuit, actions: ActionTable) -> list[int]:
    """Return for each qubit which action its last gate would be; -1 where it is none of them."""
    last = [-1] * circuit.n_qubits
    for gate in circuit.gates:
        for q in gate.qubits:
            last[q] = actions.index(gate)
    return last


def _levels(circuit: Circuit) -> list[int]:
    levels = [0] * circuit.n_qubits
    for gate in circuit.gates:
        level = 1 + max(levels[q] for q in gate.qubits)
        for q in gate.qubits:
            levels[q] = level
    return levels
