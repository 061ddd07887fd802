"""Searchers by name: reinforcement-learning agents and others."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from qrl.agents.registry import AGENTS, checked_options, make_agent
from qrl.errors import unknown_name

if TYPE_CHECKING:
    from qrl.search.context import Searcher

_OTHERS = {
    "random": "qrl.search.random_search:RandomSearch",
    "anneal": "qrl.search.annealing:Annealing",
    "beam": "qrl.search.beam:BeamSearch",
    "exhaustive": "qrl.search.exhaustive:Exhaustive",
    "portfolio": "qrl.search.portfolio:Portfolio",
    "nested-mcts": "qrl.search.mcts.nested:NestedMCTS",
    "mcts": "qrl.search.mcts.widening:WideningMCTS",
    "adapt": "qrl.search.adapt:Adapt",
    "greedy": "qrl.search.greedy:Greedy",
    "tempering": "qrl.search.tempering:Tempering",
    "evolve": "qrl.search.evolution:Evolution",
    "best-first": "qrl.search.best_first.searcher:BestFirst",
    "exchange": "qrl.search.exchange:Exchange",
}
SEARCHERS = (*AGENTS, *_OTHERS)


def make_searcher(name: str, options: dict[str, Any]) -> Searcher:
    """Build a searcher by name.

    Args:
        name: one of `SEARCHERS`.
        options: its settings.

    Raises:
        InputError: unknown searcher or setting.
    """
    if name in AGENTS:
        agent = make_agent(name, options)
        searcher: Searcher = import_module("qrl.search.rl").AgentSearch(agent)
        return searcher
    if not isinstance(name, str) or name not in _OTHERS:
        raise unknown_name("agent", str(name), SEARCHERS)
    home, _, kind = _OTHERS[name].partition(":")
    built: Searcher = checked_options(getattr(import_module(home), kind), options, name)
    return built
