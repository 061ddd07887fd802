"""Which settings are tuned, and over which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.bench.tuning.dimensions import SECTIONS, Dimension, Value, read_dimension
from qrl.bench.tuning.usual_spaces import usual_space
from qrl.checks import shown
from qrl.env.config import EnvConfig
from qrl.errors import InputError, unknown_name
from qrl.search.config import read_config
from qrl.search.searchers import SEARCHERS, make_searcher

if TYPE_CHECKING:
    from qrl.search.config import SearchConfig

Settings = dict[str, dict[str, Value]]
"""Values by section and name: {"options": {"gamma": 0.9}, "env": {}}."""
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Space:
    """Settings that are tuned together.

    Attributes:
        dimensions: one for each setting, at least one.
    """

    dimensions: tuple[Dimension, ...]

    def suggest(self, trial: Any) -> Settings:
        """Let a trial of Optuna choose all settings."""
        return self._settings({d.key: d.suggest(trial) for d in self.dimensions})

    def draw(self, rng: np.random.Generator) -> Settings:
        """Draw all settings."""
        return self._settings({d.key: d.draw(rng) for d in self.dimensions})

    def parameters(self, settings: Settings) -> dict[str, Value] | None:
        """Return settings by their names in the study; None where one is not in the space."""
        found = {d.key: settings[d.section].get(d.name) for d in self.dimensions}
        if any(not d.contains(found[d.key]) for d in self.dimensions):
            return None
        return {key: value for key, value in found.items() if value is not None}

    def to_dict(self) -> dict[str, Any]:
        """Return what a space file says."""
        plain: dict[str, Any] = {}
        for dimension in self.dimensions:
            plain.setdefault(dimension.section, {})[dimension.name] = dimension.to_plain()
        return plain

    def _settings(self, values: dict[str, Value]) -> Settings:
        settings: Settings = {section: {} for section in SECTIONS}
        for dimension in self.dimensions:
            settings[dimension.section][dimension.name] = values[dimension.key]
        return settings


def read_space(space: str | Path | Mapping[str, Any] | Space | None, config: SearchConfig) -> Space:
    """Read a space.

    Args:
        space: a TOML file or what it holds: tables `options` and `env`, in which each setting has a list
            of choices or a table {low, high, log, step}; None for the agent's usual one.
        config: agent and settings that are not tuned.

    Raises:
        InputError: the file cannot be read, the space is empty, it names settings that there are not, or
            most of what is drawn from it cannot be used.
    """
    if isinstance(space, Space):
        return space
    if space is None:
        if config.agent not in SEARCHERS:
            raise unknown_name("agent", config.agent, SEARCHERS)
        data: Mapping[str, Any] = {"options": usual_space(config.agent)}
        if not data["options"]:
            raise InputError(
                f"{config.agent!r} has no settings that are usually tuned. Name some in a space file, "
                "such as [env] with max_gates = {low=10, high=40}."
            )
    else:
        data = space if isinstance(space, Mapping) else read_config(space)
    known = {"options": all_options(config), "env": config.env.to_dict()}
    dimensions = []
    for section, settings in data.items():
        if section not in SECTIONS:
            raise unknown_name("table of the space", section, SECTIONS)
        if not isinstance(settings, Mapping):
            raise InputError(f"[{section}] of the space must be a table; got {shown(settings)}.")
        for name, values in settings.items():
            if name not in known[section]:
                where = f"agent {config.agent!r}" if section == "options" else "the environment"
                raise unknown_name(f"setting of {where}", name, known[section])
            dimensions.append(read_dimension(section, name, values, known[section][name]))
    if not dimensions:
        raise InputError(
            "The space is empty; give at least one setting, such as [options] with "
            "learning_rate = {low=1e-5, high=1e-2, log=true}."
        )
    made = Space(tuple(dimensions))
    _check_draws(made, config)
    return made


def all_options(config: SearchConfig) -> dict[str, Any]:
    """Return all settings of the agent, those included that have their defaults."""
    searcher: Any = make_searcher(config.agent, config.options)
    agent = getattr(searcher, "agent", None)
    return asdict(searcher) if agent is None else dict(agent.plain_options())


def with_settings(config: SearchConfig, settings: Settings, **others: Any) -> SearchConfig:
    """Return the configuration with settings of a trial.

    Args:
        config: what is not tuned.
        settings: what is.
        others: further fields of the configuration, such as `seed`.

    Raises:
        InputError: a value, or several together, cannot be used.
    """
    options = {**config.options, **settings["options"]}
    make_searcher(config.agent, options)
    env = EnvConfig.from_dict({**config.env.to_dict(), **settings["env"]})
    kept = {f.name: getattr(config, f.name) for f in fields(config)}
    return type(config)(**{**kept, "options": options, "env": env, **others})


def _check_draws(space: Space, config: SearchConfig) -> None:
    """Check that values are allowed: each alone may not be, beside the defaults of the others."""
    rng = np.random.default_rng(0)
    refused: list[InputError] = []
    for _ in range(_DRAWS):
        try:
            with_settings(config, space.draw(rng))
        except InputError as cause:
            refused.append(cause)
    if 2 * len(refused) > _DRAWS:
        raise InputError(
            f"{len(refused)} of {_DRAWS} settings drawn from the space cannot be used, the last one "
            f"because: {refused[-1]}"
        ) from refused[-1]
