"""`qrl bench compare A B`: what can be told apart, and by how much."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from qrl.cli.bench_tables import interval, number
from qrl.cli.console import make_console
from qrl.errors import InputError

if TYPE_CHECKING:
    from qrl.bench.versus import Versus


def print_comparison(words: list[str], *, as_json: bool) -> int:
    """Print two sides side by side."""
    from qrl.bench.versus import compare

    if len(words) != 2:
        raise InputError(
            "`qrl bench compare` takes two benchmarks, or two agents as DIR:AGENT; got "
            f"{len(words)}: {', '.join(words) or 'none'}."
        )
    versus = compare(*words)
    if as_json:
        print(json.dumps(versus.analysis.to_dict(), indent=1))
        return 0
    console = make_console()
    console.print(_cells(versus))
    console.print("\n" + _verdict(versus), highlight=False, markup=False, soft_wrap=True)
    for remark in versus.analysis.remarks:
        console.print(f"Note: {remark}", highlight=False, markup=False, soft_wrap=True)
    for name, count in zip(versus.names, versus.only, strict=True):
        if count:
            console.print(f"Note: {count} only of {name}, left out.", highlight=False, markup=False)
    return 0


def _cells(versus: Versus) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for name in versus.names:
        for what in ("median error", "solved", "CNOTs"):
            table.add_column(f"{escape(name)}: {what}", justify="right")
    summaries = {(one.cell, one.agent): one for one in versus.analysis.cells}
    for cell in versus.analysis.cell_names:
        words = []
        for name in versus.names:
            one = summaries[cell, name]
            words += [
                f"{interval(one.error, '{:.1e}')} {one.unit}".rstrip(),
                f"{number(one.success.value, '{:.0%}')} of {one.runs}",
                number(one.cnots, "{:g}"),
            ]
        table.add_row(escape(cell), *words)
    return table


def _verdict(versus: Versus) -> str:
    (comparison,) = versus.analysis.comparisons
    verdict = {
        "first better": f"{comparison.first} is better",
        "second better": f"{comparison.second} is better",
    }.get(comparison.verdict, "The two cannot be told apart")
    return (
        f"{verdict}: a run of {comparison.first} beats one of {comparison.second} with probability "
        f"{interval(comparison.probability, '{:.2f}')} (ties count half; 0.5 says that there is no "
        f"difference); difference of scores {interval(comparison.iqm_difference, '{:+.2f}')} (IQM)."
    )
