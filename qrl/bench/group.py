"""A part of a benchmark: lists whose product is run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from qrl.checks import is_whole, shown, whole_number
from qrl.errors import InputError, unknown_name
from qrl.search.ledger import BUDGETS, Budget
from qrl.search.searchers import SEARCHERS

_MOST_SEEDS = 100_000
_ENTRY = ("agent", "label", "options", "env", "budget")
_RULES = ("noise", "gates", "coupling")
_USUAL = {"noise": "none", "gates": "task", "coupling": "all"}


class Source(NamedTuple):
    """Where a task is read from.

    Attributes:
        path: its id, or a problem file.
        name: of the task.
        content: fingerprint of the file; empty for an id.
    """

    path: str
    name: str
    content: str


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """An agent of a benchmark.

    Attributes:
        agent: who searches.
        label: what it is called in tables.
        options: its settings.
        env: how circuits are built for it, over what all have.
        budget: its own; None for that of the group.
    """

    agent: str
    label: str
    options: dict[str, Any] = field(default_factory=dict)
    env: dict[str, Any] = field(default_factory=dict)
    budget: Budget | None = None

    @staticmethod
    def from_data(data: Any) -> AgentEntry:
        """Read a name, or a table with a name and settings."""
        table = {"agent": data} if isinstance(data, str) else data
        if not isinstance(table, dict):
            raise InputError(f"An agent is a name or a table; got {shown(data)}.")
        for key in table:
            if key not in _ENTRY:
                raise unknown_name("setting of an agent's entry", key, _ENTRY)
        name = table.get("agent")
        if not isinstance(name, str) or name not in SEARCHERS:
            raise unknown_name("agent", str(name), SEARCHERS)
        label = table.get("label", name)
        if not isinstance(label, str) or not label.strip() or not label.isprintable():
            raise InputError(f"The label of an agent must be a text; got {shown(label)}.")
        for key in ("options", "env"):
            if not isinstance(table.get(key, {}), dict):
                raise InputError(f"{key} of agent {label!r} must be a table; got {table[key]!r}.")
        budget = read_budget(table["budget"]) if "budget" in table else None
        return AgentEntry(name, label, table.get("options", {}), table.get("env", {}), budget)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        own = {} if self.budget is None else {"budget": {self.budget.kind: self.budget.amount}}
        return {
            "agent": self.agent,
            "label": self.label,
            "options": dict(self.options),
            "env": dict(self.env),
            **own,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Lists whose product is run: every agent on every task, under all rules, with all seeds.

    Attributes:
        tasks: ids or problem files.
        agents: who searches.
        seeds: of the runs.
        budget: of each run.
        noise, gates, coupling: rules under which the tasks are to be solved.
        env: how circuits are built, for all.
    """

    tasks: tuple[str, ...]
    agents: tuple[AgentEntry, ...]
    seeds: tuple[int, ...]
    budget: Budget
    noise: tuple[str, ...] = ("none",)
    gates: tuple[str, ...] = ("task",)
    coupling: tuple[str, ...] = ("all",)
    env: dict[str, Any] = field(default_factory=dict)

    KEYS: ClassVar = ("tasks", "agents", "seeds", "budget", *_RULES, "env")

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Group:
        """Read plain data.

        Raises:
            InputError: an unknown or malformed setting, two budgets, or a list without entries.
        """
        for key in data:
            if key not in Group.KEYS:
                raise unknown_name("setting of a group", key, Group.KEYS)
        for key in ("tasks", "agents", "budget"):
            if key not in data:
                raise InputError(f"A benchmark needs {key}; the keys are {', '.join(Group.KEYS)}.")
        env = data.get("env", {})
        if not isinstance(env, dict):
            raise InputError(f"env must be a table; got {shown(env)}.")
        for key in _RULES:
            if key in env:
                raise InputError(f"{key} is a list of its own beside env, not a setting within it.")
        rules = {key: _texts(key, data.get(key, [_USUAL[key]])) for key in _RULES}
        entries = _listed("agents", data["agents"])
        return Group(
            tasks=_texts("tasks", data["tasks"]),
            agents=tuple(AgentEntry.from_data(entry) for entry in entries),
            seeds=read_seeds(data.get("seeds", 5)),
            budget=read_budget(data["budget"]),
            env=env,
            **rules,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "tasks": list(self.tasks),
            "agents": [agent.to_dict() for agent in self.agents],
            "seeds": list(self.seeds),
            "budget": {self.budget.kind: self.budget.amount},
            **{key: list(getattr(self, key)) for key in _RULES},
            "env": dict(self.env),
        }

    def sources(self) -> Iterable[Source]:
        """Return where each task is read from."""
        from qrl.tasks.registry import get_task

        for path in self.tasks:
            if path.endswith((".json", ".npz")):
                name = get_task(path).name  # first, for its message where there is no such file
                content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
                yield Source(path, name, content)
            else:
                yield Source(path, path, "")

    def rules(self) -> Iterable[dict[str, str]]:
        """Return every combination of noise, gate set and coupling map."""
        for chosen in product(*(getattr(self, key) for key in _RULES)):
            yield dict(zip(_RULES, chosen, strict=True))


def read_budget(data: Any) -> Budget:
    """Read a table with one budget.

    Raises:
        InputError: there are two, none, or another.
    """
    if not isinstance(data, dict) or not data:
        raise InputError(
            f"budget must be a table with one of {', '.join(BUDGETS)}, such as "
            f"budget = {{evaluations = 20000}}; got {shown(data)}."
        )
    for kind in data:
        if kind not in BUDGETS:
            raise unknown_name("budget", kind, BUDGETS)
    return Budget.choose(**data)


def read_seeds(data: Any) -> tuple[int, ...]:
    """Read a list of seeds, or how many there are, counted from 0."""
    if is_whole(data):
        return tuple(range(whole_number("seeds", data, least=1, most=_MOST_SEEDS)))
    seeds = [whole_number("A seed", seed, least=0) for seed in _listed("seeds", data)]
    if len(set(seeds)) < len(seeds):
        raise InputError(f"seeds are listed twice: {shown(seeds)}.")
    return tuple(seeds)


def resolved(data: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a spec whose problem files are found from anywhere, not from its own folder alone."""
    found = dict(data)
    if isinstance(found.get("tasks"), list):
        found["tasks"] = [_absolute(task, folder) for task in found["tasks"]]
    if isinstance(found.get("groups"), list):
        found["groups"] = [
            resolved(group, folder) if isinstance(group, dict) else group
            for group in found["groups"]
        ]
    return found


def _absolute(task: Any, folder: Path) -> Any:
    is_file = isinstance(task, str) and task.endswith((".json", ".npz"))
    return str((folder / task).absolute()) if is_file else task


def _texts(key: str, data: Any) -> tuple[str, ...]:
    listed = _listed(key, data)
    for entry in listed:
        if not isinstance(entry, str) or not entry:
            raise InputError(f"{key} must be a list of texts; got {shown(entry)} in it.")
    if len(set(listed)) < len(listed):
        raise InputError(f"{key} has an entry twice: {shown(listed)}.")
    return tuple(listed)


def _listed(key: str, data: Any) -> list[Any]:
    if not isinstance(data, list | tuple):
        raise InputError(f"{key} must be a list; got {shown(data)}.")
    if not data:
        raise InputError(f"{key} is empty, so that nothing would be run; give at least one.")
    return list(data)
