"""Circuit construction as Gymnasium environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qrl.env.config import EnvConfig

if TYPE_CHECKING:
    from qrl.env.single import CircuitEnv

__all__ = ["EnvConfig", "make_env"]


def make_env(task: Any, **settings: Any) -> CircuitEnv:
    """Make a Gymnasium environment that builds circuits for a task.

    Args:
        task: an id, a problem file, a `Task` or a `PauliSum`.
        settings: fields of `EnvConfig`, such as `gates`, `coupling`, `max_gates`, `observation`.

    Raises:
        InputError: unknown task or setting.
    """
    from qrl.env.single import CircuitEnv
    from qrl.tasks.registry import get_task

    return CircuitEnv(get_task(task), EnvConfig.from_dict(settings))
