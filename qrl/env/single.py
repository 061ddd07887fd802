"""One circuit under construction, as a plain Gymnasium environment."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from qrl.circuits.program import lift
from qrl.env.editing import vector_env
from qrl.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qrl.circuits.circuit import Circuit
    from qrl.env.config import EnvConfig
    from qrl.env.construction import Construction
    from qrl.tasks.task import Task


class CircuitEnv(gym.Env[Any, Any]):
    """Builds one circuit gate by gate, or edits it; after each step all angles are tuned.

    An illegal action (see `action_masks`) is carried out as it stands: it wastes a step. The info dict
    holds `cost`, `cnots`, `depth`, `evaluations` and `action_mask`.

    Args:
        task: the problem.
        config: settings; None for the defaults.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 (Gymnasium's own form)

    def __init__(
        self, task: Task, config: EnvConfig | None = None, render_mode: str | None = None
    ) -> None:
        self._vector = vector_env(task, config)
        self.task, self.config = task, self._vector.config
        self.render_mode = render_mode
        self.action_space = self._vector.single_action_space
        self.observation_space = self._vector.single_observation_space
        self._rows: tuple[NDArray[np.int32], NDArray[np.float64]] | None = None
        self._finished = False
        self._vector.on_scored = self._keep

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start a new circuit."""
        super().reset(seed=seed)
        observations, info = self._vector.reset(seed=seed, options=options)
        self._keep(self._vector.build)
        self._finished = False
        return observations[0], {"action_mask": info["action_mask"][0]}

    def step(self, action: int) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Append a gate or gates, or make an edit."""
        if self._rows is None or self._finished:
            raise InputError("The episode has ended or not begun; call reset() before step().")
        last = self._vector.build.n_actions - 1
        try:
            chosen = operator.index(action)
        except TypeError:
            chosen = -1
        if not 0 <= chosen <= last or isinstance(action, bool):
            raise InputError(f"Actions are integers from 0 to {last}; got {action!r}.")
        observations, rewards, terminated, truncated, info = self._vector.step(np.array([chosen]))
        self._finished = bool(terminated[0] or truncated[0])
        seen = info["final_obs"] if self._finished else observations
        single = {
            "cost": float(info["cost"][0]),
            "cnots": int(info["cnots"][0]),
            "depth": int(info["depth"][0]),
            "evaluations": int(info["evaluations"][0]),
            "action_mask": info["action_mask"][0],
        }
        return seen[0], float(rewards[0]), bool(terminated[0]), bool(truncated[0]), single

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions are legal now, shape (actions,)."""
        mask: NDArray[np.bool_] = self._vector.action_masks()[0]
        return mask

    @property
    def circuit(self) -> Circuit:
        """The circuit built so far, with its tuned angles."""
        if self._rows is None:
            raise InputError("No circuit has been begun; call reset() first.")
        return lift(self.task.n_qubits, *self._rows)

    def render(self) -> str | None:
        """Return the circuit as text."""
        return str(self.circuit.draw("text")) if self.render_mode == "ansi" else None

    def _keep(self, build: Construction) -> None:
        """Copy the rows; most steps' circuits are never asked for as values."""
        self._rows = build.rows(0)
