"""Everything that decides what a tuning does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.tuning.objective import Objective
from qrl.bench.tuning.space import Space, all_options, read_space
from qrl.checks import shown, whole_number
from qrl.env.config import EnvConfig
from qrl.errors import InputError, unknown_name
from qrl.search.config import SearchConfig
from qrl.search.runner import Search

if TYPE_CHECKING:
    from qrl.bench.tuning.space import Settings
    from qrl.tasks.task import Task

SAMPLERS, PRUNERS = ("tpe", "nsga2", "random"), ("none", "median")
TRIALS, SEEDS, EVALUATIONS = 30, 3, 20_000
"""Usual numbers: of trials, of seeds, and the budget of one run."""
LEAST_FRESH = 5
_BUDGETS = ("seconds", "steps", "evaluations")
_MOST = 10**6


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tuned, how, and how each trial is judged.

    Attributes:
        task: the problem.
        source: what it is read from: an id or the path of a problem file.
        config: settings that are not tuned, budget and first seed.
        space: settings that are.
        objective: what is made small.
        trials: in all, the defaults among them.
        seeds: of the runs of a trial, the same of each.
        fresh_seeds: of the runs that judge the best settings afterwards.
        sampler, pruner: of `SAMPLERS` and `PRUNERS`.
        folder: where everything is written.
    """

    task: Task
    source: str
    config: SearchConfig
    space: Space
    objective: Objective
    trials: int
    seeds: tuple[int, ...]
    fresh_seeds: tuple[int, ...]
    sampler: str
    pruner: str
    folder: Path

    @property
    def defaults(self) -> Settings:
        """The settings as they are without tuning."""
        known: dict[str, dict[str, Any]] = {
            "options": all_options(self.config),
            "env": self.config.env.to_dict(),
        }
        settings: Settings = {"options": {}, "env": {}}
        for dimension in self.space.dimensions:
            settings[dimension.section][dimension.name] = known[dimension.section][dimension.name]
        return settings

    def identity(self) -> dict[str, Any]:
        """Return what all trials of a study must have in common, as plain data."""
        config = self.config.to_dict()
        kept = ("agent", "budget", "stop_at", "policy", "env", "options", "seed")
        return {
            "task": self.task.name,
            **{name: config[name] for name in kept},
            "space": self.space.to_dict(),
            "objective": self.objective.name,
            "seeds": len(self.seeds),
            "sampler": self.sampler,
            "pruner": self.pruner,
        }


def make_plan(
    task: Any,
    *,
    agent: str | None = None,
    trials: int = TRIALS,
    budget: Mapping[str, float] | None = None,
    seeds: int = SEEDS,
    fresh_seeds: int | None = None,
    space: str | Path | Mapping[str, Any] | Space | None = None,
    objective: str = "error",
    sampler: str = "tpe",
    pruner: str = "none",
    out: str | Path | None = None,
    config: Mapping[str, Any] | None = None,
) -> Plan:
    """Read and check everything before anything is run; `qrl.bench.tuning.tune` tells the arguments.

    Raises:
        InputError: something cannot be used.
    """
    from qrl.tasks.registry import get_task

    problem = get_task(task)
    trials = whole_number("trials", trials, least=1, most=_MOST)
    seeds = whole_number("seeds", seeds, least=1, most=1000)
    fresh = max(seeds, LEAST_FRESH) if fresh_seeds is None else fresh_seeds
    fresh = whole_number("fresh_seeds", fresh, least=0, most=1000)
    for kind, name, known in (("sampler", sampler, SAMPLERS), ("pruner", pruner, PRUNERS)):
        if name not in known:
            raise unknown_name(kind, str(name), known)
    aim = Objective.of(objective, problem)
    if aim.is_multiple and pruner != "none":
        raise InputError(
            f"Trials of two objectives are never pruned; got pruner={pruner!r}. Leave it out, or take "
            "the objective error."
        )
    if sampler == "nsga2" and not aim.is_multiple:
        raise InputError(
            "The sampler nsga2 is for two objectives; take tpe, or the objective error,cnots."
        )
    base = _base(problem, agent, budget, dict(config or {}))
    base = replace(base, env=base.env.of_task(problem))
    name = _file_name(f"{problem.name.removeprefix('vqe/')}-{base.agent}")
    folder = Path(out) if out is not None else Path("runs") / f"tune-{name}"
    plan = Plan(
        task=problem,
        source=str(task) if isinstance(task, (str, Path)) else problem.name,
        config=base,
        space=read_space(space, base),
        objective=aim,
        trials=trials,
        seeds=tuple(range(base.seed, base.seed + seeds)),
        fresh_seeds=tuple(range(base.seed + seeds, base.seed + seeds + fresh)),
        sampler=sampler,
        pruner=pruner,
        folder=folder,
    )
    _check_settings(plan)
    return plan


def _base(
    task: Task, agent: str | None, budget: Mapping[str, float] | None, config: dict[str, Any]
) -> SearchConfig:
    """Lay what was given in so many words over a file of settings."""
    if agent is not None:
        config["agent"] = agent
    if "agent" not in config:
        raise InputError("Name the agent whose settings are to be tuned, such as --agent ppo.")
    if budget:
        config["budget"] = dict(budget)
    elif not config.get("budget"):
        config["budget"] = {"evaluations": EVALUATIONS}
    read = SearchConfig.from_dict({**config, "task": task.name})
    return replace(read, compare=False, evaluate_every=0)


def _check_settings(plan: Plan) -> None:
    """Build what each choice needs once, the defaults first.

    Raises:
        InputError: one of them cannot be used.
    """
    configs = [plan.config]
    for dimension in plan.space.dimensions:
        # The environment's names are read when it is built; numbers were checked by drawing.
        if dimension.section == "env":
            values = dimension.choices or (
                dimension.to_plain()["low"],
                dimension.to_plain()["high"],
            )
            for value in values:
                env = {**plan.config.env.to_dict(), dimension.name: value}
                configs.append(replace(plan.config, env=EnvConfig.from_dict(env)))
    for config in configs:
        Search(plan.task, config, plan.folder).check_settings()


def checked_budget(
    seconds: float | None, steps: int | None, evaluations: int | None
) -> dict[str, float]:
    """Return the one budget that is given; empty where none is.

    Raises:
        InputError: two are given.
    """
    given = zip(_BUDGETS, (seconds, steps, evaluations), strict=True)
    budget = {kind: amount for kind, amount in given if amount is not None}
    if len(budget) > 1:
        raise InputError(f"Give one budget; got {' and '.join(budget)}.")
    return budget


def _file_name(text: str) -> str:
    import re

    name = re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-")[:80]
    if not name:
        raise InputError(f"No folder can be named after {shown(text)}; give one with --out.")
    return name
