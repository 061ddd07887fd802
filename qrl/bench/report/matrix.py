"""Pairs of agents as a square: how often the row is better than the column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qrl.bench.report import numbers as n
from qrl.bench.report.html import element, text
from qrl.bench.statistics.comparisons import NOT_TOLD_APART

if TYPE_CHECKING:
    from qrl.bench.statistics.analysis import Analysis
    from qrl.bench.statistics.comparisons import Comparison


def matrix_html(analysis: Analysis, numbers: Mapping[str, Mapping[str, int]]) -> str:
    """Return the probabilities of improvement as a table with shaded cells.

    Args:
        analysis: of the benchmark.
        numbers: of agents, for the filter.
    """
    pairs: dict[tuple[str, str], tuple[Comparison, bool]] = {}
    for pair in analysis.comparisons:
        pairs[pair.first, pair.second] = pair, False
        pairs[pair.second, pair.first] = pair, True
    index = numbers["agent"]
    head = [element("td", "")]
    head += [element("th", text(a), scope="col", data_other=index[a]) for a in analysis.agents]
    rows = []
    for row in analysis.agents:
        cells = [element("th", text(row), scope="row")]
        for column in analysis.agents:
            found = pairs.get((row, column))
            cells.append(
                element("td", "", class_="same", data_other=index[column])
                if found is None
                else _cell(*found, column=index[column])
            )
        rows.append(element("tr", *cells, data_agent=index[row]))
    caption = (
        "Probability that a run of the row's agent has a higher score than one of the column's, ties "
        "half, mean over cells: 0.5 means that neither is better. A star marks pairs that are told "
        "apart at 5 % after Holm's correction."
    )
    table = element(
        "table",
        element("caption", element("span", text(caption))),
        element("thead", element("tr", *head)),
        element("tbody", *rows),
        class_="matrix",
    )
    label = "Probability of improvement"
    return element("div", table, class_="scroll", tabindex=0, role="region", aria_label=label)


def _cell(pair: Comparison, turned: bool, *, column: int) -> str:
    given = pair.probability
    value, low, high = given.value, given.low, given.high
    if turned:
        value, low, high = 1.0 - value, 1.0 - high, 1.0 - low
    if not n.known(value):
        return element("td", n.MISSING, data_other=column)
    star = "" if pair.verdict == NOT_TOLD_APART else "*"
    told = f"{n.fixed(value)} [{n.fixed(low)}, {n.fixed(high)}], adjusted p {pair.p_adjusted:.3g}"
    side = "better" if value >= 0.5 else "worse"
    shade = f"--share: {100 * min(1.0, 2.0 * abs(value - 0.5)):.0f}%"
    content = f"{n.fixed(value)}{star}"
    return element("td", content, class_=side, style=shade, title=told, data_other=column)
