"""Circuits that an agent edits: insert, replace and delete gates, or stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.env.construction import Construction, replay
from qrl.env.redundancy import absorbed, commuting_actions, most_in_a_row
from qrl.env.vector import CircuitVecEnv
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.env.config import EnvConfig
    from qrl.env.observations import Observation
    from qrl.tasks.task import Task

STOP, INSERT, REPLACE, DELETE = range(4)


class EditedConstruction(Construction):
    """Circuits of up to `max_gates` gates behind their start, one edit of each a step.

    With A gates and L = `max_gates` places there are 1 + 2 L A + L actions, in this order: stop; insert
    gate a before place p, p A + a; replace the gate at place p by a, p A + a; delete the gate at place
    p. Places are those behind the start, whose gates stay. `steps` counts edits.

    Illegal is what cannot be done (a place behind the end, an insertion into a full circuit), a
    replacement by the same gate, and a gate that would slide to where it is needless
    (`qrl.env.legality`; with "repeated" only past gates on other qubits, with "none" anywhere). With
    "canonical" a gate is inserted at the first of the places that make the same circuit. Carried out
    nevertheless, what cannot be done changes nothing.

    After an edit all angles are tuned from where they were; a new one begins at 0.
    """

    def __init__(self, *args: Any, legality: str = "repeated", **kwargs: Any) -> None:
        super().__init__(*args, legality=legality, **kwargs)
        if self.choices.longest > 1:
            raise InputError(
                "Circuits are edited gate by gate; use actions 'gates' with mode 'edit', or mode "
                "'append'."
            )
        self._tables(legality)
        self._angles = np.zeros((self.count, self.max_gates))
        self._first_op, self._first_theta = len(self._start_ops), self._start_theta.size
        self.stopped = np.zeros(self.count, dtype=np.bool_)

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return 1 + self.max_gates * (2 * len(self.actions) + 1)

    def action(self, kind: int, place: int = 0, letter: int = 0) -> int:
        """Return the number of an action.

        Args:
            kind: STOP, INSERT, REPLACE or DELETE.
            place: 0 to max_gates - 1.
            letter: index of a gate of `actions`.
        """
        block = self.max_gates * len(self.actions)
        gate = place * len(self.actions) + letter
        return (0, 1 + gate, 1 + block + gate, 1 + 2 * block + place)[kind]

    def allowed(self, gates: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which actions bring in none but the marked gates, shape (actions,)."""
        length = self.max_gates
        parts = [np.ones(1, np.bool_), np.tile(gates, 2 * length), np.ones(length, np.bool_)]
        return np.concatenate(parts)

    def step(self, chosen: NDArray[np.int64]) -> None:
        """Edit each circuit and tune them all."""
        before = self._n_gates
        kind, place, letter = self._read(chosen)
        self.stopped = kind == STOP
        inserts = (kind == INSERT) & (before < self.max_gates)
        replaces = (kind == REPLACE) & (place < before)
        deletes = (kind == DELETE) & (place < before)
        place = np.where(inserts, np.minimum(place, before), place)
        self._edit(inserts, replaces, deletes, place, letter)
        self.steps += 1
        self.steps[self.stopped] = self.max_gates  # no more edits follow
        turns, parameter = self._lower()
        self._count()
        at_end = (inserts | replaces) & (place == self._n_gates - 1)
        turning = self._parametric[letter] > 0
        # Angles behind the fresh one would be set anew too.
        fresh = np.where(at_end & turning, self.n_theta - 1, -1)
        keeps = (inserts & turning) | ~(inserts | replaces | deletes)
        self.previous_cost[:] = self.cost
        self._tune(fresh, np.where(keeps, self.previous_cost, np.inf))
        self._angles[turns] = self.theta[np.nonzero(turns)[0], parameter[turns]]

    def legal(self) -> NDArray[np.bool_]:
        """Return which actions are legal, shape (circuits, actions)."""
        count, length, size = self.count, self.max_gates, len(self.actions)
        letters, used = self._appended, self._n_gates
        place = np.arange(length)
        behind = np.zeros((count, length + 1, size), dtype=np.bool_)
        ahead = np.zeros((count, length + 1, size), dtype=np.bool_)
        there = (letters >= 0)[:, :, None]
        needless, slides = self._needless[letters] & there, self._slides[letters] & there
        for p in range(length):
            behind[:, p + 1] = needless[:, p] | (slides[:, p] & behind[:, p])
        for p in reversed(range(length)):
            ahead[:, p] = needless[:, p] | (slides[:, p] & ahead[:, p + 1])
        insert = ~(behind[:, :-1] | ahead[:, :-1])
        insert &= ((place <= used[:, None]) & (used[:, None] < length))[:, :, None]
        if self._first_place_only:
            insert[:, 1:] &= ~slides[:, :-1]
        replace = ~(behind[:, :-1] | ahead[:, 1:]) & there
        replace &= letters[:, :, None] != np.arange(size)
        stop = np.ones((count, 1), dtype=np.bool_)
        blocks = [stop, insert.reshape(count, -1), replace.reshape(count, -1), there[:, :, 0]]
        return np.concatenate(blocks, axis=1)

    def show(self, observation: Observation, chosen: NDArray[np.int64]) -> None:
        """Let an observation take in the circuits anew."""
        replay(observation, self._appended, self._n_gates)

    def state(self) -> dict[str, Any]:
        """Return copies of all arrays, and where the engine's random numbers stand."""
        return {**super().state(), "angles": self._angles.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        """Put back what `state` returned."""
        super().restore(state)
        self._angles[...] = state["angles"]

    @property
    def _n_gates(self) -> NDArray[np.int64]:
        number: NDArray[np.int64] = (self._appended >= 0).sum(axis=1)
        return number

    def _tables(self, legality: str) -> None:
        size = len(self.actions)
        none = np.zeros((size, size), dtype=np.bool_)
        self._first_place_only = legality == "canonical"
        self._slides, self._needless = none, none
        if legality == "repeated":
            on = np.zeros((size, self.actions.n_qubits), dtype=np.int64)
            for row, gate in zip(on, self.actions.gates, strict=True):
                row[list(gate.qubits)] = 1
            self._slides, self._needless = on @ on.T == 0, np.eye(size, dtype=np.bool_)
        elif legality != "none":
            merging = np.diag(most_in_a_row(self.choices) == 1)
            self._slides = commuting_actions(self.choices)
            self._needless = merging | absorbed(self.choices)

    def _read(self, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        """Return kind, place and letter of each action."""
        size = len(self.actions)
        block = self.max_gates * size
        kind = np.where(chosen == 0, STOP, INSERT + np.minimum((chosen - 1) // block, 2))
        rest = np.maximum(chosen - 1 - block * (kind - INSERT), 0)
        gate_wise = kind != DELETE
        place = np.where(gate_wise, rest // size, rest)
        return kind, place, np.where(gate_wise, rest % size, 0)

    def _edit(
        self,
        inserts: NDArray[np.bool_],
        replaces: NDArray[np.bool_],
        deletes: NDArray[np.bool_],
        place: NDArray[np.int64],
        letter: NDArray[np.int64],
    ) -> None:
        source = np.tile(np.arange(self.max_gates), (self.count, 1))
        here = place[:, None]
        behind, onward = source > here, source >= here
        source = source - (inserts[:, None] & behind) + (deletes[:, None] & onward)
        rows = self._all[:, None]
        # One place more is what moves up when a full circuit loses a gate.
        letters = np.pad(self._appended, ((0, 0), (0, 1)), constant_values=-1)
        angles = np.pad(self._angles, ((0, 0), (0, 1)))
        self._appended[...], self._angles[...] = letters[rows, source], angles[rows, source]
        new = self._all[inserts | replaces]
        self._appended[new, place[new]] = letter[new]
        self._angles[new, place[new]] = 0.0

    def _lower(self) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Write the rows that engines read; return which gates turn, and by which parameter."""
        there = self._appended >= 0
        rows = np.where(there[:, :, None], self.actions.rows[self._appended], np.int32(-1))
        turns = rows[:, :, 3] > 0
        parameter = self._first_theta - 1 + turns.cumsum(axis=1)
        rows[:, :, 3] = np.where(turns, parameter, -1)
        self.ops[:, self._first_op :] = rows
        self.n_ops[:] = self._first_op + there.sum(axis=1)
        self.n_theta[:] = self._first_theta + turns.sum(axis=1)
        self.theta[np.nonzero(turns)[0], parameter[turns]] = self._angles[turns]
        return turns, parameter

    def _count(self) -> None:
        """Count CNOTs and levels of the whole circuits."""
        there = self._appended >= 0
        spent = np.where(there, self.actions.cnots[self._appended], 0).sum(axis=1)
        self.cnots[:] = self.start.two_qubit_count + spent
        self.levels[:] = self._start_levels
        for place in range(int(there.sum(axis=1).max(initial=0))):
            rows = self._all[there[:, place]]
            self._raise(rows, self._appended[rows, place])


class CircuitEditVecEnv(CircuitVecEnv):
    """Edits `num_envs` circuits side by side (`EditedConstruction`); else as `CircuitVecEnv`.

    An episode ends in termination where the goal is reached or the agent stops, which is paid as a last
    step; it is truncated after `max_gates` edits, so that circuits have at most so many gates.
    """

    build_type = EditedConstruction

    def step(self, actions: NDArray[np.int64]) -> Any:
        """Edit each circuit, tune all angles, and pay for the new costs.

        Returns:
            As `CircuitVecEnv.step`; `info["stopped"]` says who stopped.

        Raises:
            InputError: not one integer of the action space for each circuit.
        """
        build = self.build
        observations, rewards, terminated, truncated, info = super().step(actions)
        assert isinstance(build, EditedConstruction)
        info["stopped"] = stopped = build.stopped & (terminated | truncated)
        return observations, rewards, terminated | stopped, truncated & ~stopped, info


def vector_env(task: Task, config: EnvConfig | None = None, **settings: Any) -> CircuitVecEnv:
    """Build the vector environment of a configuration's `mode`.

    Args:
        task: the problem.
        config: settings; None for the defaults.
        settings: arguments of `CircuitVecEnv`, such as `num_envs`, `seed`.
    """
    editing = config is not None and config.mode == "edit"
    return (CircuitEditVecEnv if editing else CircuitVecEnv)(task, config, **settings)
