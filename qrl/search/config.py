"""All settings of a search, as plain data that a run folder keeps."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qrl.checks import real_number, whole_number
from qrl.env.config import EnvConfig
from qrl.errors import InputError, unknown_name
from qrl.search.checkpoint import EVERY_SECONDS
from qrl.search.ledger import BUDGETS, Budget

NEVER, TARGET = "never", "target"
_SECTIONS = (
    "task", "agent", "seed", "budget", "compare", "stop_at", "checkpoint_seconds", "evaluate_every",
    "policy", "env", "options",
)  # fmt: skip
_OWN = ("stop_at", "checkpoint_seconds", "evaluate_every", "policy", "compare")


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """What a search does.

    Attributes:
        task: an id, or the name of a problem of the user's own.
        agent: who searches.
        seed: source of all randomness, at least 0.
        budget: where it ends.
        env: how circuits are built.
        options: settings of the agent.
        compare: whether other methods, random search among them, are run beside it.
        stop_at: error at which the search ends before its budget, in the task's unit: a number, "target"
            (the task's own) or "never".
        checkpoint_seconds: time between checkpoints.
        evaluate_every: steps of training between two evaluations of an agent's policy; 0 for none.
        policy: a file with a trained policy to begin with; "" for none.
    """

    task: str
    agent: str = "portfolio"
    seed: int = 0
    budget: Budget = field(default_factory=lambda: Budget("seconds", 60.0))
    env: EnvConfig = field(default_factory=EnvConfig)
    options: dict[str, Any] = field(default_factory=dict)
    compare: bool = True
    stop_at: float | str = NEVER
    checkpoint_seconds: float = EVERY_SECONDS
    evaluate_every: int = 0
    policy: str = ""

    def __post_init__(self) -> None:
        seconds = real_number("checkpoint_seconds", self.checkpoint_seconds, least=0.0, most=1e9)
        every = whole_number("evaluate_every", self.evaluate_every, least=0)
        numbers: dict[str, Any] = {"checkpoint_seconds": seconds, "evaluate_every": every}
        if not isinstance(self.stop_at, str) or self.stop_at not in (NEVER, TARGET):
            what = 'stop_at (an error, "target" or "never")'
            numbers["stop_at"] = real_number(what, self.stop_at, least=0.0)
        for name, number in numbers.items():  # TOML knows none of NumPy's
            object.__setattr__(self, name, number)
        if not isinstance(self.policy, str):
            raise InputError(f"policy must be the path of a file; got {self.policy!r}.")
        if not isinstance(self.compare, bool):
            raise InputError(f"compare must be true or false; got {self.compare!r}.")
        object.__setattr__(self, "seed", whole_number("The seed", self.seed, least=0))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for TOML."""
        return {
            "task": self.task,
            "agent": self.agent,
            "seed": self.seed,
            "budget": {self.budget.kind: self.budget.amount},
            "compare": self.compare,
            "stop_at": self.stop_at,
            "checkpoint_seconds": self.checkpoint_seconds,
            "evaluate_every": self.evaluate_every,
            "policy": self.policy,
            "env": self.env.to_dict(),
            "options": dict(self.options),
        }

    @staticmethod
    def from_dict(data: dict[str, Any]) -> SearchConfig:
        """Read plain data; every part but the task may be left out.

        Raises:
            InputError: an unknown or malformed setting.
        """
        for name in data:
            if name not in _SECTIONS:
                raise unknown_name("setting", name, _SECTIONS)
        for name in ("budget", "env", "options"):
            if not isinstance(data.get(name, {}), dict):
                raise InputError(f"The setting {name!r} must be a table; got {data[name]!r}.")
        for kind in data.get("budget", {}):
            if kind not in BUDGETS:
                raise unknown_name("budget", kind, BUDGETS)
        try:
            return SearchConfig(
                task=str(data.get("task", "")),
                agent=data.get("agent", "portfolio"),
                seed=data.get("seed", 0),
                budget=Budget.choose(**data.get("budget", {})),
                env=EnvConfig.from_dict(data.get("env", {})),
                options=data.get("options", {}),
                **{name: data[name] for name in _OWN if name in data},
            )
        except TypeError as cause:
            raise InputError(f"A setting has the wrong type: {cause}.") from cause


def read_config(path: str | Path) -> dict[str, Any]:
    """Read a TOML file of settings.

    Raises:
        InputError: the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise InputError(f"{path}: cannot be read as a TOML file of settings: {cause}.") from cause
