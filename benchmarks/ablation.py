"""What each part of the environment brings to an agent: one is changed at a time.

Not part of a plain `python -m benchmarks`: it takes half an hour on two cores.
`python -m benchmarks ablation --markdown docs/agents/ablation.md` writes the page.
"""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.common import Table
from benchmarks.trials import Outcome, Trial, attempt, rate, side_by_side

AGENT, SEEDS = "ppo", range(5)
VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "legality none": {"legality": "none"},
    "legality commuting": {"legality": "commuting"},
    "legality canonical": {"legality": "canonical"},
    "halting negative-binomial": {"halting": "negative-binomial"},
    "curriculum moving-threshold": {"curriculum": "moving-threshold"},
    "halting and curriculum (CRLQAS)": {
        "halting": "negative-binomial",
        "curriculum": "moving-threshold",
    },
    "reward staircase": {"reward": "staircase"},
    "reward log": {"reward": "log"},
    "reward qaser": {"reward": "qaser"},
    "reward gate-cost": {"reward": "gate-cost"},
    "shaping log-error": {"shaping": "log-error"},
    "observation tensor": {"observation": "tensor"},
    "observation gates": {"observation": "gates"},
    "minimum reference": {"minimum": "reference"},
    "minimum reference, curriculum success-count": {
        "minimum": "reference",
        "curriculum": "success-count:20,+0.05,+0.01,+0.0016",
    },
}
"""What differs from the default settings."""
PROBLEMS = (
    ("vqe/lih-4q-3.4", 300_000, {"start": "zero"}),
    ("vqe/lih-6q-2.2", 500_000, {}),
    ("vqe/lih-6q-2.2", 300_000, {"actions": "gates,fans"}),
)
"""Task, evaluations of each search, and settings that all variants have."""


def run(*, quick: bool = False) -> list[Table]:
    """Search with each variant on each problem; the first four on two seeds where there is little time."""
    names = list(VARIANTS)[:4] if quick else list(VARIANTS)
    seeds = SEEDS[:2] if quick else SEEDS
    tables = []
    for task, evaluations, env in PROBLEMS:
        trials = [
            Trial(task, AGENT, seed, evaluations, env={**env, **VARIANTS[name]})
            for name in names
            for seed in seeds
        ]
        done = side_by_side(attempt, trials)
        rows = [done[k : k + len(seeds)] for k in range(0, len(done), len(seeds))]
        tables.append(_table(task, evaluations, env, dict(zip(names, rows, strict=True))))
    return tables


def _table(
    task: str, evaluations: int, env: dict[str, Any], found: dict[str, list[Outcome]]
) -> Table:
    table = Table(
        f"Ablation: {AGENT} on {task}, {evaluations:,} evaluations",
        (
            "changed", "within 1.6e-3 Ha [95 %]", "median error (Ha)", "lowest", "highest",
            "median CNOTs within 1.6e-3 Ha", "median steps",
        ),
    )  # fmt: skip
    for name, done in found.items():
        errors = sorted(one.error for one in done)
        fewest = [
            min(row.cnots for row in one.front if row.error <= 1.6e-3)
            for one in done
            if one.error <= 1.6e-3
        ]
        table.rows.append(
            (
                name, rate(len(fewest), len(done)), f"{median(errors):.1e}", f"{errors[0]:.1e}",
                f"{errors[-1]:.1e}", f"{median(fewest):g}" if fewest else "-",
                f"{median(one.steps for one in done):,.0f}",
            )
        )  # fmt: skip
    settings = ", ".join(f"{name} {value}" for name, value in env.items()) or "the defaults"
    unverified = sum(not one.verified for done in found.values() for one in done)
    seeds = len(next(iter(found.values())))
    table.notes = [
        f"Settings of all: {settings}; {seeds} seeds from 0; the whole budget is spent. "
        "The archive keeps every circuit on the way, so that even an agent that learns badly finds "
        "what random gates find.",
        f"Results that Qiskit does not confirm: {unverified}.",
    ]
    return table
