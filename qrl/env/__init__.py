"""Circuit construction as Gymnasium environments.

- `config` holds all settings. `vector` steps many circuits at once, `single` is the same for one;
  `construction` holds the circuits, `editing` those that are edited instead, and makes either.
- Where circuits begin: `starts`, which reads files with `circuit_file`.
- What may be chosen: `actions` (placed gates), `compounds` (several gates as one) with `fans` (routed
  along the coupling map), `legality` and `redundancy` (what would be needless).
- What is seen and paid: `observations`, `rewards`. Goals and lengths of episodes: `curricula`, `halting`;
  `problems` is the curriculum over tasks.
- `registration` is what `gymnasium.make` calls; the ids are registered by `qrl.gymnasium_ids`.
"""

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
