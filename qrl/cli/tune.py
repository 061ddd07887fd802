"""`qrl tune`: the settings of an agent tuned on a task."""

from __future__ import annotations

import argparse
import json
from statistics import median, quantiles
from typing import TYPE_CHECKING

from qrl.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from qrl.bench.tuning import Figures, Judged, Tuning

INTERRUPTED = 130
_TOLD_APART = 0.05
_EXAMPLES = """\
examples:
  qrl tune vqe/h2-4q --agent anneal --trials 30 --seeds 3 --evaluations 5000
  qrl tune vqe/lih-4q-3.4 --agent ppo --steps 20000 --pruner median --out runs/tune-ppo
  qrl tune vqe/h2-4q --agent evolve --objective error,cnots --space space.toml
  qrl search --config runs/tune-ppo/best.toml
The same command goes on with a study that was stopped; with more --trials, it is made longer.
"""


def add_arguments(tune: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl tune`."""
    tune.formatter_class = argparse.RawDescriptionHelpFormatter
    tune.epilog = _EXAMPLES
    add = tune.add_argument
    add("task", metavar="TASK", nargs="?", help="a task's id, or a problem file (.json, .npz)")
    add("--agent", metavar="NAME", help="whose settings: an agent or searcher of `qrl search`")
    add("--trials", type=int, metavar="N", help="trials in all, earlier ones included (default 30)")
    budget = tune.add_mutually_exclusive_group()
    budget.add_argument("--seconds", type=float, metavar="S", help="time of each run")
    budget.add_argument("--steps", type=int, metavar="N", help="gates that each run tries")
    budget.add_argument(
        "--evaluations",
        type=int,
        metavar="N",
        help="evaluations of the cost in each run (default 20000)",
    )
    add(
        "--seeds", type=int, metavar="N", help="runs of each trial, whose median counts (default 3)"
    )
    add(
        "--fresh-seeds",
        type=int,
        metavar="N",
        help="runs of best settings and defaults in the end (default: as --seeds, at least 5)",
    )
    add(
        "--space",
        metavar="FILE",
        help="TOML file of settings and values (default: the agent's usual)",
    )
    add("--objective", metavar="NAME", help="error (default), score, or error,cnots")
    add("--sampler", metavar="NAME", help="tpe (default), nsga2 (of error,cnots alone), or random")
    add("--pruner", metavar="NAME", help="none (default), or median: give up poor trials early")
    add(
        "--storage", metavar="URL", help="sqlite:///FILE or journal:FILE (default: study.db in DIR)"
    )
    add("--study", metavar="NAME", help="of the study in the storage (default: tuning)")
    add("--out", metavar="DIR", help="folder (default: runs/tune-TASK-AGENT)")
    add(
        "--config",
        metavar="FILE",
        help="TOML file of settings that are not tuned, as of qrl search",
    )
    add("--json", action="store_true", help="print the result as JSON")


_WORDS = (
    "agent", "trials", "seconds", "steps", "evaluations", "seeds", "fresh_seeds", "space", "objective",
    "sampler", "pruner", "storage", "study", "out",
)  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Tune, and print what it gained."""
    from qrl.bench.tuning import tune
    from qrl.cli.progress import Progress
    from qrl.search.config import read_config

    config = {} if arguments.config is None else read_config(arguments.config)
    task = arguments.task if arguments.task is not None else config.get("task")
    if not task:
        raise InputError("Name a task, such as vqe/lih-4q-3.4 (`qrl tasks` lists them).")
    given = {name: getattr(arguments, name) for name in _WORDS}
    given = {name: value for name, value in given.items() if value is not None}
    with Progress() as progress:
        tuning = tune(task, config=config, say=progress.say, **given)
    if arguments.json:
        print(json.dumps(tuning.to_dict(), indent=1))
    else:
        _print(tuning)
    return INTERRUPTED if tuning.interrupted else 0


def _print(tuning: Tuning) -> None:
    from qrl.cli.console import make_console

    console = make_console()
    for text in (summary_table(tuning), settings_table(tuning)):
        console.print(text)
        console.print()
    console.print("\n".join(remarks(tuning)), highlight=False, markup=False, soft_wrap=True)


def summary_table(tuning: Tuning) -> Table:
    """Return defaults and best settings with their errors, on the trials' seeds and on fresh ones."""
    from rich.table import Table

    from qrl.cli.run_tables import in_unit

    plan = tuning.plan
    quantity = "error" if plan.objective.has_reference else "cost"
    made = Table(title="Medians over seeds, and quartiles", title_justify="left", box=None)
    made.add_column("")
    for name in (
        in_unit(f"{quantity} in its trial", plan.task.unit),
        "CNOTs in its trial",
        in_unit(f"{quantity} on fresh seeds", plan.task.unit),
        "CNOTs on fresh seeds",
    ):
        made.add_column(name, justify="right")
    for label, one in _judged(tuning):
        made.add_row(
            label, *(f(part) for part in (one.found, one.fresh) for f in (_spread, _cnots))
        )
    return made


def settings_table(tuning: Tuning) -> Table:
    """Return the settings: defaults, best ones, and what each counts for."""
    from rich.table import Table

    made = Table(title="Settings", title_justify="left", box=None)
    made.add_column("")
    judged = _judged(tuning)
    for label, _ in judged:
        made.add_column(label, justify="right")
    made.add_column("importance", justify="right")
    for dimension in tuning.plan.space.dimensions:
        share = tuning.importances.get(dimension.key)
        values = [_shown(one.settings[dimension.section][dimension.name]) for _, one in judged]
        made.add_row(dimension.name, *values, "" if share is None else f"{share:.0%}")
    return made


def remarks(tuning: Tuning) -> list[str]:
    """Return sentences on how far the numbers can be trusted, and on what to do next."""
    states = [row["state"] for row in tuning.rows]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    lines = [f"{len(states)} trials ({counts})."]
    best, plan = tuning.best, tuning.plan
    if best is not None and best.is_default:
        lines.append("No settings that were tried are better than the defaults.")
    if tuning.p_value is not None:
        word = _verdict(tuning) if tuning.p_value < _TOLD_APART else "cannot be told apart from"
        lines.append(
            f"On {len(plan.fresh_seeds)} fresh seeds, the best settings {word} the defaults "
            f"(p = {tuning.p_value:.2g}, Mann-Whitney). "
            "Errors in the trial itself flatter the best one, which was chosen by them."
        )
    if tuning.interrupted:
        lines.append("Interrupted; the same command goes on.")
    if best is not None:
        lines.append(f"Best settings: qrl search --config {tuning.folder / 'best.toml'}")
    return [*lines, f"Folder: {tuning.folder}"]


def _verdict(tuning: Tuning) -> str:
    best, defaults = tuning.best, tuning.defaults
    if best is None or defaults is None or best.fresh_error is None or defaults.fresh_error is None:
        return "differ from"
    if best.fresh_error == defaults.fresh_error:
        return "spread otherwise than"
    return "are better than" if best.fresh_error < defaults.fresh_error else "are worse than"


def _judged(tuning: Tuning) -> list[tuple[str, Judged]]:
    named: list[tuple[str, Judged]] = []
    if tuning.defaults is not None:
        named.append(("defaults", tuning.defaults))
    for one in tuning.front:
        if not one.is_default:
            named.append((f"trial {one.trial}" if len(tuning.front) > 1 else "best", one))
    return named


def _spread(found: tuple[Figures, ...]) -> str:
    errors = sorted(one.error for one in found)
    if not errors:
        return "-"
    if len(errors) == 1:
        return f"{errors[0]:.2e}"
    low, _, high = quantiles(errors, n=4, method="inclusive")
    return f"{median(errors):.2e} ({low:.1e} to {high:.1e})"


def _cnots(found: tuple[Figures, ...]) -> str:
    return f"{median(one.cnots for one in found):g}" if found else "-"


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
