"""What makes the figures of a benchmark less sure than they look."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from qrl.bench.row import FAILED
from qrl.bench.statistics.columns import numbers, texts

if TYPE_CHECKING:
    import pandas as pd

FEW = 5
_SHOWN = 4
_SAME = 0.01
"""Exact answers that differ by less, in target errors, are the same one computed twice."""


def remarks(table: pd.DataFrame) -> tuple[str, ...]:
    """Return sentences on what a reader of the figures must know.

    Args:
        table: what `prepare` returned.
    """
    runs = _runs(table)
    return tuple([*_missing(runs), *_uneven(runs), *_judging(runs), *_machines(runs)])


def _runs(table: pd.DataFrame) -> list[dict[str, Any]]:
    columns: dict[str, Any] = {
        name: texts(table, name).tolist()
        for name in ("cell", "agent", "status", "budget_kind", "host", "versions")
    }
    for name in ("seed", "budget", "threads", "parts", "shots", "reference", "target_error"):
        columns[name] = numbers(table, name).tolist()
    for name in ("success", "score", "e_trivial", "target_filled"):
        columns[name] = numbers(table, name).tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _missing(runs: list[dict[str, Any]]) -> Iterator[str]:
    failed = sum(run["status"] == FAILED for run in runs)
    if failed:
        yield (
            f"{failed} of {len(runs)} runs failed. They count as unsolved: error infinite, score 0."
        )
    sizes = Counter((run["cell"], run["agent"]) for run in runs)
    few = [f"{agent} in {cell} ({n})" for (cell, agent), n in sorted(sizes.items()) if n < FEW]
    if few:
        yield (
            f"Fewer than {FEW} runs: {_list(few)}. Their intervals are far too narrow, or missing, "
            "and such agents can hardly be told apart."
        )


def _uneven(runs: list[dict[str, Any]]) -> Iterator[str]:
    agents = {run["agent"] for run in runs}
    seeds: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for run in runs:
        seeds[run["cell"]][run["agent"]].append(int(run["seed"]))
    partial = [cell for cell, by_agent in seeds.items() if set(by_agent) != agents]
    if partial:
        yield (
            f"Not all agents have runs in {_list(partial)}. Figures over all cells then rest on "
            "different cells; pairs are compared in the cells that both have, and the ranking "
            "leaves these cells out."
        )
    uneven = [c for c, by in seeds.items() if len({tuple(sorted(s)) for s in by.values()}) > 1]
    if uneven:
        yield f"Agents have different seeds in {_list(uneven)}."
    sizes = {cell: {len(s) for s in by_agent.values()} for cell, by_agent in seeds.items()}
    if len(set().union(*sizes.values())) > 1:
        yield "Cells or agents differ in their number of runs; means over runs weigh them by it."
    twice = [
        f"{agent} in {cell}"
        for cell, by_agent in seeds.items()
        for agent, found in by_agent.items()
        if len(set(found)) < len(found)
    ]
    if twice:
        yield f"A seed comes more than once: {_list(twice)}. Such runs are not independent."
    budgets = _by_cell(runs, lambda run: f"{run['budget']:g} {run['budget_kind']}")
    for cell in (cell for cell, found in budgets.items() if len(found) > 1):
        yield f"Budgets differ in {cell}: {_list(sorted(budgets[cell]))}."


def _judging(runs: list[dict[str, Any]]) -> Iterator[str]:
    blind = sorted({run["cell"] for run in runs if np.isnan(run["success"])})
    if blind:
        yield (
            f"No exact answer is known for {_list(blind)}: errors are above the lowest cost found "
            "in this benchmark, and success and times to the target are not told."
        )
    if any(run["shots"] > 0 for run in runs):
        yield (
            "Runs with shots are judged by their circuit without noise and shots; the lowest of "
            "many noisy costs would flatter."
        )
    answers = _by_cell(
        [run for run in runs if run["status"] != FAILED],
        lambda run: (run["target_error"], run["reference"]),
    )
    differing = [cell for cell, found in answers.items() if _differ(found)]
    if differing:
        yield f"Targets or exact answers differ within {_list(differing)}; the median is taken."
    easy = [run["cell"] for run in runs if not run["e_trivial"] > run["target_filled"]]
    lost = {run["cell"] for run in runs if np.isnan(run["target_filled"])}
    easy = [cell for cell in easy if cell not in lost]
    if easy:
        yield (
            f"The trivial answer meets the target, or is unknown, in {_list(sorted(set(easy)))}: "
            "the score is 1 at the target and 0 elsewhere."
        )
    scores = _by_cell(runs, lambda run: run["score"])
    level = [cell for cell, found in scores.items() if len(found) == 1]
    if level:
        yield f"All runs have the same score in {_list(level)}: these cells tell no agents apart."


def _machines(runs: list[dict[str, Any]]) -> Iterator[str]:
    hosts = sorted({run["host"] for run in runs} - {""})
    if len(hosts) > 1:
        yield f"Runs come from {len(hosts)} machines ({_list(hosts)}); times compare them too."
    threads = _by_cell(runs, lambda run: run["threads"])
    mixed = [cell for cell, found in threads.items() if len(found) > 1]
    if mixed:
        yield f"Runs had different numbers of threads in {_list(mixed)}; times compare them too."
    made = [_versions(text) for text in sorted({run["versions"] for run in runs} - {""})]
    packages = {name: {str(m.get(name, "none")) for m in made} for m in made for name in m}
    changed = [f"{n} {', '.join(sorted(v))}" for n, v in sorted(packages.items()) if len(v) > 1]
    if changed:
        yield f"Runs were made with different versions: {_list(changed)}."
    resumed = sum(run["parts"] > 1 for run in runs)
    if resumed:
        yield f"{resumed} of {len(runs)} runs were interrupted and resumed; their times are less sure."
    if {run["budget_kind"] for run in runs} == {"seconds"}:
        yield "All budgets are in seconds: the ranking's time tells little, and seeds repeat nothing."


def _by_cell(runs: list[dict[str, Any]], value: Any) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = defaultdict(set)
    for run in runs:
        found[run["cell"]].add(value(run))
    return found


def _differ(found: set[tuple[float, float]]) -> bool:
    """Tell whether targets, or exact answers by more than rounding, differ."""
    targets, references = np.array(sorted(found)).T
    known = references[~np.isnan(references)]
    spread = np.ptp(known) if known.size else 0.0
    return bool(np.ptp(targets) > 0 or spread > _SAME * targets.max())


def _versions(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    return found if isinstance(found, dict) else {"unreadable": text}


def _list(words: Iterable[str]) -> str:
    """Return a few words and how many more there are."""
    all_words = list(words)
    more = len(all_words) - _SHOWN
    text = ", ".join(all_words[:_SHOWN])
    return f"{text} and {more} more" if more > 0 else text
