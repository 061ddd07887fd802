"""`qrl search`: find a circuit, verify it, show it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from qrl.errors import InputError
from qrl.search.config import SearchConfig, read_config

INTERRUPTED = 130
_BUDGETS = ("seconds", "steps", "evaluations")
_OWN = ("task", "agent", "seed", "stop_at", "checkpoint_seconds", "evaluate_every")
_ENV_OPTIONS = (
    "gates", "coupling", "max_gates", "start", "noise", "shots", "tuner", "engine", "actions",
    "mode", "legality", "observation", "reward", "shaping", "curriculum", "halting",
)  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Search or resume, and print what was found."""
    from qrl.cli.progress import Progress

    with Progress() as progress:
        if arguments.resume is not None:
            found = _resume(arguments, progress)
        else:
            found = _start(arguments, progress)
    if arguments.json:
        print(json.dumps(found.result, indent=1))
    else:
        from qrl.cli.run_tables import print_run

        print_run(found)
    return INTERRUPTED if found.status == "interrupted" else 0


def _start(arguments: argparse.Namespace, progress: Any) -> Any:
    from qrl.search.run_folder import default_folder
    from qrl.search.runner import Search
    from qrl.tasks.registry import get_task

    settings = _settings(arguments)
    if not settings.get("task"):
        raise InputError(
            "Name a task, such as vqe/lih-4q-3.4 (`qrl tasks` lists them), or a problem file."
        )
    task = get_task(settings["task"])
    config = SearchConfig.from_dict({**settings, "task": task.name})
    out = Path(arguments.out) if arguments.out is not None else default_folder(config)
    watchers, callbacks = (progress.watch,), _trackers(arguments)
    return Search(task, config, out, watchers, progress.say, progress.warn, callbacks).start()


def _resume(arguments: argparse.Namespace, progress: Any) -> Any:
    from qrl.search.api import resume

    others = ("out", "config", "policy", *_OWN, *_BUDGETS, *_ENV_OPTIONS)
    given = [name.replace("_", "-") for name in others if getattr(arguments, name) is not None]
    given += ["no-compare"] if arguments.no_compare else []
    if given:
        raise InputError(
            "A run is resumed with its own settings, so that --resume goes without "
            f"{', '.join(given)}."
        )
    return resume(
        arguments.resume,
        (progress.watch,),
        progress.say,
        warn=progress.warn,
        callbacks=_trackers(arguments),
    )


def _trackers(arguments: argparse.Namespace) -> tuple[Any, ...]:
    """Return who is told of training, beside the run folder."""
    if not arguments.track:
        return ()
    from qrl.agents.tracking import tracking

    return tuple(tracking(where) for where in arguments.track)


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Lay the options of the command line over a file of settings."""
    settings = read_config(arguments.config) if arguments.config is not None else {}
    for name in _OWN:
        if getattr(arguments, name) is not None:
            settings[name] = getattr(arguments, name)
    for kind in _BUDGETS:
        if getattr(arguments, kind) is not None:
            settings["budget"] = {kind: getattr(arguments, kind)}
    if arguments.no_compare:
        settings["compare"] = False
    given = {n: getattr(arguments, n) for n in _ENV_OPTIONS if getattr(arguments, n) is not None}
    env = settings.get("env", {})
    if given and isinstance(env, dict):
        settings["env"] = {**env, **given}
    if arguments.policy is not None:
        settings["policy"] = arguments.policy
    policy = settings.get("policy", "")
    if arguments.policy is not None or (isinstance(policy, str) and policy):
        from qrl.search.policy import with_policy

        settings = with_policy(settings, policy)
    return settings
