"""`qrl.search` and `qrl.resume`: a whole search in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from qrl.checks import shown
from qrl.errors import InputError
from qrl.search.config import NEVER, SearchConfig
from qrl.search.ledger import Budget
from qrl.search.policy import with_policy
from qrl.search.recorder import Watcher
from qrl.search.run import Run
from qrl.search.run_folder import RunFolder, default_folder
from qrl.search.runner import Search, warn


def search(
    task: Any,
    *,
    agent: str | None = None,
    seconds: float | None = None,
    steps: int | None = None,
    evaluations: int | None = None,
    seed: int = 0,
    out: str | Path | None = None,
    compare: bool = True,
    stop_at: float | str = NEVER,
    policy: str | Path | None = None,
    evaluate_every: int = 0,
    callbacks: Sequence[Any] = (),
    options: dict[str, Any] | None = None,
    **settings: Any,
) -> Run:
    """Search for a circuit.

    Args:
        task: an id, a problem file, a `Task` or a `PauliSum`.
        agent: who searches (`qrl.search.searchers.SEARCHERS`); "portfolio" where none is named.
        seconds, steps, evaluations: the budget, one of them; 60 seconds where none is given.
        seed: source of all randomness; the same seed on the same machine gives the same result to the
            bit where the budget is steps or evaluations.
        out: a new folder for the run; below `runs/` where none is named.
        compare: whether other methods, random search among them, are run beside it.
        stop_at: error at which to end before the budget, in the task's unit: a number, "target" (the
            task's own) or "never".
        policy: a trained policy to begin with, a file or the run folder that it is in; agent and building
            rules are then its own, but "best-first" stays the agent where it is named.
        evaluate_every: steps of training between two evaluations of an agent's policy; 0 for none.
        callbacks: of stable-baselines3, called while an agent trains.
        options: settings of the agent.
        settings: fields of `EnvConfig`, such as `gates`, `coupling`, `max_gates`, `noise`, `shots`,
            `tuner`.

    Returns:
        The run, with its folder written.

    Raises:
        InputError: something that was given cannot be used.
    """
    from qrl.tasks.registry import get_task

    problem = get_task(task)
    plain: dict[str, Any] = {"options": options or {}, "env": settings}
    if agent is not None:
        plain["agent"] = agent
    if policy is not None:
        plain = with_policy(plain, policy)
    budget = Budget.choose(seconds=seconds, steps=steps, evaluations=evaluations)
    config = SearchConfig.from_dict(
        {
            **plain,
            "task": problem.name,
            "seed": seed,
            "budget": {budget.kind: budget.amount},
            "compare": compare,
            "stop_at": stop_at,
            "evaluate_every": evaluate_every,
        }
    )
    folder = Path(out) if out is not None else default_folder(config)
    return Search(problem, config, folder, callbacks=_checked(callbacks)).start()


def resume(
    path: str | Path,
    watchers: tuple[Watcher, ...] = (),
    say: Callable[[str], None] = lambda text: None,
    *,
    warn: Callable[[str], None] = warn,
    callbacks: Sequence[Any] = (),
) -> Run:
    """Go on with a run that was interrupted or killed, to the result that it would have had.

    Args:
        path: the run folder.
        watchers: told of the progress.
        say: told in a few words what is happening.
        warn: told of a damaged checkpoint in whose place the one before is used.
        callbacks: of stable-baselines3, called while an agent trains.

    Raises:
        InputError: there is no such run, it is damaged, or it is done.
    """
    folder = RunFolder(path)
    config, task = folder.read_config(), folder.read_task()
    folder.check_task(task)
    # Killed before anything was found, it has only settings and problem, and begins anew.
    begun = (folder.path / "result.json").exists() or (folder.path / "checkpoint").exists()
    if begun and folder.read_result()["status"] == "done":
        raise InputError(
            f"The run in {str(path)!r} is done; `qrl show {path}` shows it. "
            "Start a new search for a larger budget."
        )
    work = Search(task, config, Path(path), watchers, say, warn, _checked(callbacks))
    return work.resume(folder)


def _checked(callbacks: Any) -> tuple[Any, ...]:
    listed = tuple(callbacks) if isinstance(callbacks, list | tuple) else (callbacks,)
    for callback in listed:
        if isinstance(callback, type) or not hasattr(callback, "init_callback"):
            raise InputError(
                "callbacks must be a list of callbacks of stable-baselines3 (BaseCallback); got "
                f"{shown(callback)}."
            )
    return listed
