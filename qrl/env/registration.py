"""What Gymnasium calls for the ids that `qrl.gymnasium_ids` registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qrl.env.config import EnvConfig
from qrl.env.editing import vector_env
from qrl.env.single import CircuitEnv
from qrl.errors import InputError
from qrl.tasks.registry import get_task

if TYPE_CHECKING:
    from qrl.env.vector import CircuitVecEnv


def circuit_env(task: Any = None, *, render_mode: str | None = None, **settings: Any) -> CircuitEnv:
    """Make the environment of `gymnasium.make("qrl/Circuit-v1", task=...)`.

    Args:
        task: an id, a problem file, a `Task` or a `PauliSum`.
        render_mode: None or "ansi".
        settings: fields of `EnvConfig`.

    Raises:
        InputError: no task, or an unknown task or setting.
    """
    return CircuitEnv(_task(task), EnvConfig.from_dict(settings), render_mode)


def circuit_vec_env(
    task: Any = None,
    *,
    num_envs: int = 1,
    seed: int = 0,
    render_mode: str | None = None,
    **settings: Any,
) -> CircuitVecEnv:
    """Make the environment of `gymnasium.make_vec("qrl/Circuit-v1", num_envs=..., task=...)`.

    Args:
        task: an id, a problem file, a `Task` or a `PauliSum`.
        num_envs: circuits side by side.
        seed: of what is drawn before the first seeded reset.
        render_mode: None; many circuits are not drawn.
        settings: fields of `EnvConfig`.

    Raises:
        InputError: no task, or an unknown task or setting, or a render mode.
    """
    if render_mode is not None:
        raise InputError(
            f"The vector environment draws nothing; got render_mode={render_mode!r}. Use gymnasium.make."
        )
    config = EnvConfig.from_dict(settings)
    return vector_env(_task(task), config, num_envs=num_envs, seed=seed)


def _task(task: Any) -> Any:
    if task is None:
        raise InputError(
            'The environment needs a task, as in gymnasium.make("qrl/Circuit-v1", task="vqe/h2-4q"); '
            "`qrl tasks` lists the ids."
        )
    return get_task(task)
