"""Searchers by name."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from qrl.errors import InputError, unknown_name

if TYPE_CHECKING:
    from qrl.search.context import Searcher

SEARCHERS = ("ppo", "random", "anneal", "beam")


def make_searcher(name: str, options: dict[str, Any]) -> Searcher:
    """Build a searcher by name.

    Args:
        name: one of `SEARCHERS`.
        options: its settings.

    Raises:
        InputError: unknown searcher or setting.
    """
    if name == "ppo":
        from qrl.agents.ppo import PPOOptions
        from qrl.search.rl import PPOSearch

        return PPOSearch(PPOOptions(**_checked(PPOOptions, options, name)))
    if name == "random":
        from qrl.search.random_search import RandomSearch

        return RandomSearch(**_checked(RandomSearch, options, name))
    if name == "anneal":
        from qrl.search.annealing import Annealing

        return Annealing(**_checked(Annealing, options, name))
    if name == "beam":
        from qrl.search.beam import BeamSearch

        return BeamSearch(**_checked(BeamSearch, options, name))
    raise unknown_name("agent", str(name), SEARCHERS)


def _checked(kind: Any, options: dict[str, Any], name: str) -> dict[str, Any]:
    known = {field.name: field.default for field in fields(kind)}
    for option, value in options.items():
        if option not in known:
            raise unknown_name(f"setting of agent {name!r}", option, known)
        whole = isinstance(known[option], int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            kind_of_number = "a whole number" if whole else "a number"
            raise InputError(f"{option} of agent {name!r} must be {kind_of_number}; got {value!r}.")
    return options
