"""Many circuits under construction at once, as arrays: the state that environments share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.circuits.program import lift, lower
from qrl.circuits.tuned import TuneOptions
from qrl.env.actions import ActionSet
from qrl.env.legality import make_legality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.circuits.engines import Engine
    from qrl.env.actions import ActionTable
    from qrl.env.observations import Observation


class Construction:
    """A row for each circuit; actions are appended to all of them in one call.

    After each step every circuit is tuned again from its previous angles, so that `cost` belongs to
    the circuit *with* the new gates.

    Args:
        count: circuits side by side.
        engine: scores and tunes them.
        actions: the gates that may be appended.
        start: the circuit that each begins with.
        max_gates: gates that may be appended to it.
        lower_bound: a cost that no circuit is below.
        options: how angles are tuned.
        choices: what an action appends; None: one gate of `actions` each. Its letters are `actions`.
        legality: the rule that says which actions are legal (`qrl.env.legality`).

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
        *,
        choices: ActionSet | None = None,
        legality: str = "repeated",
    ) -> None:
        self.count, self.engine, self.actions, self.start = count, engine, actions, start
        self.max_gates, self.lower_bound = max_gates, lower_bound
        self.options = options or TuneOptions()
        self.choices = choices or ActionSet.of_gates(actions)
        self.rule = make_legality(legality, self.choices, start, count)
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
        first, second = actions.rows[:, 1], actions.rows[:, 2]
        self._first = first.astype(np.int64)
        self._second = np.where(second < 0, first, second).astype(np.int64)
        self._parametric = actions.rows[:, 3].astype(np.int64)
        self._words, self._lengths = self.choices.rows, self.choices.lengths
        self._appended = np.full((count, max_gates), -1, dtype=np.int64)
        self._all = np.arange(count)
        self._start_levels = np.array(_levels(start))
        self.reset(np.ones(count, dtype=bool))

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return len(self.choices)

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
        self._appended[which] = -1
        self.rule.reset(which)

    def step(self, chosen: NDArray[np.int64]) -> None:
        """Append one action to each circuit and tune them all.

        Of an action that is longer than there is room, the gates that fit are appended.
        """
        before = self.n_theta.copy()
        for letters in self._words[chosen].T:
            self._append(letters)
        fresh = np.where(self.n_theta > before, before, -1)
        self.rule.update(chosen)
        self.previous_cost[:] = self.cost
        self._tune(fresh, self.previous_cost)

    def legal(self) -> NDArray[np.bool_]:
        """Return which actions are legal, shape (circuits, actions): by the rule, and fitting in."""
        legal = self.rule.mask()
        if self.choices.longest > 1:
            longer = self.steps[:, None] + self._lengths
            np.logical_and(legal, longer <= self.max_gates, out=legal)
        return legal

    def allowed(self, gates: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which actions append none but the marked gates of `actions`, shape (actions,)."""
        inside: NDArray[np.bool_] = np.all(gates[self._words] | (self._words < 0), axis=1)
        return inside

    def show(self, observation: Observation, chosen: NDArray[np.int64]) -> None:
        """Let an observation, which knows single gates, take in the actions just appended."""
        if self.choices.longest == 1:
            observation.update(self._words[chosen, 0])
        else:
            replay(observation, self._appended, self.steps)

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
        saved["rule"] = self.rule.state()
        if hasattr(self.engine, "state"):
            saved["engine"] = {**self.engine.state(), "shots_paid": self._shots_paid}
        return saved

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        for name in _SAVED:
            getattr(self, name)[...] = state[name]
        self.rule.restore(state["rule"])
        if hasattr(self.engine, "restore"):
            self.engine.restore(state["engine"])
            self._shots_paid = int(state["engine"]["shots_paid"])

    def _tune(self, fresh: NDArray[np.int64], target: NDArray[np.float64]) -> None:
        """Tune all circuits and note what that took; arguments as `Engine.tune_arrays`."""
        out = self.engine.tune_arrays(
            self.ops, self.n_ops, self.theta, self.n_theta, fresh, target, self.options
        )
        self.cost[:] = out[:, 0]
        self.gradients[:] = out[:, 3]
        self.evaluations[:] = out[:, 2] + out[:, 3]
        spent = int(getattr(self.engine, "total_shots", 0))
        self.shots, self._shots_paid = spent - self._shots_paid, spent

    def _append(self, letters: NDArray[np.int64]) -> None:
        """Append one gate to each circuit that has room, none where the letter is -1."""
        rows = self._all[(letters >= 0) & (self.steps < self.max_gates)]
        letters = letters[rows]
        parametric = self._parametric[letters]
        n_ops, n_theta = self.n_ops[rows], self.n_theta[rows]
        self.ops[rows, n_ops] = self.actions.rows[letters]
        self.ops[rows, n_ops, 3] = np.where(parametric, n_theta, -1)
        self.theta[rows, n_theta] = 0.0  # an entry not yet in use, there being room
        self._appended[rows, self.steps[rows]] = letters
        self.n_ops[rows] += 1
        self.n_theta[rows] += parametric
        self.steps[rows] += 1
        self.cnots[rows] += self.actions.cnots[letters]
        self._raise(rows, letters)

    def _raise(self, rows: NDArray[np.int64], letters: NDArray[np.int64]) -> None:
        """Count the levels that one more gate of each of the rows reaches."""
        first, second = self._first[letters], self._second[letters]
        level = np.maximum(self.levels[rows, first], self.levels[rows, second]) + 1
        self.levels[rows, first] = level
        self.levels[rows, second] = level


_SAVED = (
    "ops", "theta", "n_ops", "n_theta", "steps", "cost", "previous_cost", "cnots",
    "evaluations", "gradients", "levels", "_appended",
)  # fmt: skip


def replay(
    observation: Observation, letters: NDArray[np.int64], lengths: NDArray[np.int64]
) -> None:
    """Show an observation whole circuits, from their first gate to their last.

    Args:
        observation: takes in one gate of each circuit a call, and forgets circuits on demand.
        letters: shape (circuits, places), -1 behind the end of a circuit.
        lengths: shape (circuits,), gates of each.
    """
    # All end together; a shorter one starts with gates of no meaning, and is forgotten where its own
    # begin.
    longest = int(lengths.max(initial=0))
    everyone = np.arange(len(letters))
    wait = longest - lengths
    for turn in range(longest):
        if (begins := wait == turn).any():
            observation.reset(begins)
        observation.update(np.maximum(letters[everyone, np.maximum(turn - wait, 0)], 0))
    observation.reset(lengths == 0)


def _levels(circuit: Circuit) -> list[int]:
    levels = [0] * circuit.n_qubits
    for gate in circuit.gates:
        level = 1 + max(levels[q] for q in gate.qubits)
        for q in gate.qubits:
            levels[q] = level
    return levels
