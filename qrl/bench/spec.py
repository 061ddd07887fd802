"""What a benchmark compares: tasks, agents and seeds under equal budgets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qrl.agents.registry import AGENTS
from qrl.bench.group import AgentEntry, Group, Source
from qrl.bench.job import Job
from qrl.checks import shown, whole_number
from qrl.errors import InputError, unknown_name
from qrl.search.config import NEVER, SearchConfig

_OWN = (
    "name",
    "description",
    "threads",
    "network",
    "stop_at",
    "compare",
    "weights",
    "counts",
    "groups",
)
KEYS = (*_OWN, *Group.KEYS)
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Spec:
    """A benchmark, as its TOML file says it.

    Attributes:
        name: of the benchmark, part of its folder's.
        groups: what is run; a spec without `groups` is one group.
        description: in a sentence.
        threads: cores of each run.
        network: units of each hidden layer of all agents that learn, so that none wins by size; 0 leaves
            each its own. An agent's own `hidden` goes before it.
        stop_at: as of a search: "never", "target" or an error.
        compare: whether each run is followed by the task's other methods.
        weights: of the ranking's criteria.
        counts: whose depth and gates are ranked: "solved" runs', or "all" runs' as BenchRL-QAS does.
    """

    name: str
    groups: tuple[Group, ...]
    description: str = ""
    threads: int = 1
    network: int = 128
    stop_at: float | str = NEVER
    compare: bool = False
    weights: dict[str, float] = field(default_factory=dict)
    counts: str = "solved"

    @staticmethod
    def from_dict(data: Mapping[str, Any], name: str = "benchmark") -> Spec:
        """Read plain data.

        Args:
            data: what the TOML file holds.
            name: where the data has none.

        Raises:
            InputError: an unknown or malformed setting, two budgets, or a list without entries.
        """
        from qrl.bench.statistics.ranking import check_counts
        from qrl.bench.statistics.weights import check_weights

        for key in data:
            if key not in KEYS:
                raise unknown_name("setting of a benchmark", key, KEYS)
        common = {key: data[key] for key in Group.KEYS if key in data}
        listed = data.get("groups", [{}])
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise InputError(f"groups must be a list of tables; got {shown(listed)}.")
        if not listed:
            raise InputError("groups is empty: leave it out, or give at least one [[groups]].")
        groups = tuple(Group.from_dict({**common, **one}) for one in listed)
        for key, kind in (("name", str), ("description", str), ("compare", bool)):
            if not isinstance(data.get(key, kind()), kind):
                raise InputError(
                    f"{key} must be {'a text' if kind is str else 'true or false'}; "
                    f"got {shown(data[key])}."
                )
        weights, counts = data.get("weights", {}), data.get("counts", "solved")
        check_counts(counts)
        return Spec(
            name=_checked_name(data.get("name", name)),
            groups=groups,
            description=data.get("description", ""),
            threads=whole_number("threads", data.get("threads", 1), least=1, most=4096),
            network=whole_number("network", data.get("network", 128), least=0, most=8192),
            stop_at=data.get("stop_at", NEVER),
            compare=data.get("compare", False),
            weights=check_weights(weights) if weights else {},
            counts=counts,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for TOML, all of it written out."""
        return {
            "name": self.name,
            "description": self.description,
            "threads": self.threads,
            "network": self.network,
            "stop_at": self.stop_at,
            "compare": self.compare,
            "weights": dict(self.weights),
            "counts": self.counts,
            "groups": [group.to_dict() for group in self.groups],
        }

    def jobs(self) -> list[Job]:
        """Return all runs, those of the first seed before those of the next.

        So a benchmark that is stopped half-way has a comparison on fewer seeds, not on fewer agents.

        Raises:
            InputError: a setting that cannot be used, or one label for two things.
        """
        found: dict[str, Job] = {}
        for group in self.groups:
            for job in self._of_group(group):
                found.setdefault(job.key, job)
        jobs = list(found.values())
        _check_tasks(jobs)
        _check_labels(jobs)
        return sorted(jobs, key=lambda job: job.config.seed)

    def _of_group(self, group: Group) -> Iterable[Job]:
        for source in group.sources():
            for rules in group.rules():
                for agent in group.agents:
                    for seed in group.seeds:
                        yield self._job(group, source, rules, agent, seed)

    def _job(
        self,
        group: Group,
        source: Source,
        rules: dict[str, str],
        agent: AgentEntry,
        seed: int,
    ) -> Job:
        options = dict(agent.options)
        if agent.agent in AGENTS and self.network:
            options.setdefault("hidden", self.network)
        budget = agent.budget or group.budget
        config = SearchConfig.from_dict(
            {
                "task": source.name,
                "agent": agent.agent,
                "seed": seed,
                "budget": {budget.kind: budget.amount},
                "compare": self.compare,
                "stop_at": self.stop_at,
                "env": {**group.env, **rules, **agent.env},
                "options": options,
            }
        )
        return Job(agent.label, config, source.path, self.threads, source.content)


def _checked_name(name: str) -> str:
    """Check that a name can be a folder's."""
    allowed = name.replace("-", "").replace("_", "").replace(".", "")
    if not allowed.isalnum() or not allowed.isascii() or len(name) > _LONGEST_NAME:
        raise InputError(
            "The name of a benchmark must be 1 to 60 letters, digits, '-', '_' or '.', for it names a "
            f"folder; got {shown(name)}."
        )
    return name


def _check_labels(jobs: list[Job]) -> None:
    """Check that no label stands for two things in one comparison."""
    first: dict[tuple[str, str, int], Job] = {}
    for job in jobs:
        known = first.setdefault((job.cell, job.label, job.config.seed), job)
        if known.key != job.key:
            raise InputError(
                f"The agent {job.label!r} is listed with two settings for {job.cell}, seed "
                f"{job.config.seed}; give each its own label."
            )


def _check_tasks(jobs: list[Job]) -> None:
    """Check that no task's name stands for two problems in one comparison."""
    first: dict[str, Job] = {}
    for job in jobs:
        known = first.setdefault(job.config.task, job)
        if known.content != job.content:
            raise InputError(
                f"Two problems have the name {job.config.task!r}: {known.source} and {job.source}; "
                "give each its own (the entry `name` of a problem file)."
            )
