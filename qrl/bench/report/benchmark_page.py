"""The page of a benchmark."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qrl.bench.report import numbers as n
from qrl.bench.report.cell_sections import cell_section
from qrl.bench.report.explanations import how_to_read
from qrl.bench.report.html import (
    bullet_list,
    details,
    element,
    paragraph,
    section,
    table_html,
    text,
)  # fmt: skip
from qrl.bench.report.matrix import matrix_html
from qrl.bench.report.page import chart, page
from qrl.bench.report.runs_tables import failed_table, machines_table, runs_table
from qrl.bench.report.tables import comparison_table, overall_table, ranking_table, seeds_text

if TYPE_CHECKING:
    from qrl.bench.report.benchmark_content import Content

RANDOM = "random"


def benchmark_page(content: Content) -> str:
    """Return the page as HTML text."""
    benchmark, analysis = content.benchmark, content.analysis
    numbers = {
        "agent": {agent: k for k, agent in enumerate(analysis.agents)},
        "cell": {cell: k for k, cell in enumerate(analysis.cell_names)},
    }
    body = "\n".join(
        [
            _contents(content),
            _remarks(content),
            _overall(content, numbers),
            *(
                cell_section(content, content.pictures[cell], numbers)
                for cell in analysis.cell_names
            ),
            _pairs(content, numbers),
            _ranking(content, numbers),
            _runs(content, numbers),
            how_to_read(),
            _origin(content),
        ]
    )
    subtitle = _subtitle(content)
    return page(
        f"{benchmark.name}: benchmark", subtitle, _controls(content), body, payload(content)
    )


def payload(content: Content) -> dict[str, Any]:
    """Return what the page's script draws."""
    analysis = content.analysis
    agents = {agent: k for k, agent in enumerate(analysis.agents)}
    ranks = {row.agent: row for row in analysis.ranking.rows}
    return {
        "agents": [{"name": a, "random": a in content.random} for a in analysis.agents],
        "cells": [content.pictures[cell].to_dict(agents) for cell in analysis.cell_names],
        "profiles": {
            agents[agent]: {
                "x": [n.short(v) for v in profile.tau],
                "m": [n.short(v) for v in profile.share],
                "l": [n.short(v) for v in profile.low],
                "h": [n.short(v) for v in profile.high],
            }
            for agent, profile in analysis.profiles.items()
        },
        "measures": {
            "iqm": [_numbers(one.iqm) for one in analysis.overall],
            "success": [_numbers(one.success) for one in analysis.overall],
            "rank": [
                [*_numbers(r.mean_rank), r.best_place, r.worst_place]
                for r in (ranks.get(agent) for agent in analysis.agents)
                if r is not None
            ]
            if len(ranks) == len(agents)
            else [],
        },
    }


def _numbers(interval: Any) -> list[float | None]:
    return [n.short(interval.value), n.short(interval.low), n.short(interval.high)]


def _subtitle(content: Content) -> str:
    analysis, rows = content.analysis, content.benchmark.rows
    told = [paragraph(content.benchmark.description)] if content.benchmark.description else []
    failed = f", {analysis.failed} of them failed" if analysis.failed else ""
    facts = (
        f"{_counted(analysis.runs, 'run')}{failed}: {_counted(len(analysis.agents), 'agent')} in "
        f"{_counted(len(analysis.cell_names), 'cell')}, "
        f"{seeds_text(int(s) for s in rows['seed'])}. Budget of a run: {_budgets(rows)}."
    )
    return "".join([*told, paragraph(facts)])


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _budgets(rows: Any) -> str:
    pairs = dict.fromkeys(zip(rows["budget_kind"], rows["budget"], strict=True))
    return " or ".join(f"{n.count(amount)} {kind}" for kind, amount in sorted(pairs))


def _controls(content: Content) -> str:
    analysis = content.analysis
    tasks = _boxes("cell", "Tasks", analysis.cell_names)
    agents = _boxes("agent", "Agents", analysis.agents)
    axis = element(
        "fieldset",
        element("legend", "Against"),
        *(
            '<label><input type="radio" name="spent" '
            f'value="{kind}"{" checked" if kind == "evaluations" else ""}> {kind}</label>'
            for kind in ("evaluations", "seconds")
        ),
    )
    status = element("p", id_="shown", role="status", aria_live="polite")
    reset = element("button", "Show all", type="button", id_="reset")
    form = element("form", tasks, agents, axis, element("div", reset, status, class_="outcome"))
    inner = element("details", element("summary", "Filter"), form, open="")
    return element(
        "nav", inner, id_="controls", class_="needs-script", aria_label="Filter", hidden=""
    )


def _boxes(kind: str, legend: str, names: tuple[str, ...]) -> str:
    swatch = '<span class="swatch"></span>' if kind == "agent" else ""
    boxes = (
        f'<label><input type="checkbox" name="{kind}" value="{k}" checked>{swatch} {text(name)}</label>'
        for k, name in enumerate(names)
    )
    none = element("button", "none", type="button", class_="none", data_none=kind)
    return element("fieldset", element("legend", text(legend)), *boxes, none)


def _contents(content: Content) -> str:
    before = [("overall", "All tasks together", None)]
    cells = [(f"cell-{k}", cell, k) for k, cell in enumerate(content.analysis.cell_names)]
    after = [
        (name, title, None)
        for name, title in (
            ("pairs", "Pairs of agents"),
            ("ranking", "Weighted ranking"),
            ("runs", "All runs"),
            ("reading", "How to read this"),
            ("origin", "Where this comes from"),
        )
    ]
    items = (
        element("li", element("a", text(title), href=f"#{name}"), data_cell=number)
        for name, title, number in (*before, *cells, *after)
    )
    return element("nav", element("ul", *items), class_="contents", aria_label="Contents")


def _remarks(content: Content) -> str:
    if not content.remarks:
        return ""
    return section("remarks", "Remarks", bullet_list(content.remarks))


def _overall(content: Content, numbers: Mapping[str, Mapping[str, int]]) -> str:
    analysis = content.analysis
    share = f"{100 * analysis.confidence:.0f} %"
    charts = element(
        "div",
        chart("intervals", f"IQM of the score, 0 to 1; {share} intervals.", data_measure="iqm"),
        chart(
            "intervals",
            f"Share of runs that reached the target; {share} intervals.",
            data_measure="success",
        ),
        class_="pair",
    )  # fmt: skip
    profile = chart(
        "profiles",
        "Performance profiles: the share of runs with an error of at most tau times the target's, mean "
        f"over cells, with pointwise {share} bands. Higher is better; at tau = 1 it is the success rate.",
    )
    note = element(
        "p",
        "The figures of this part are of all tasks; the filter hides agents here, not tasks.",
        id_="overall-note",
        hidden="",
    )
    table = table_html(overall_table(analysis, content.benchmark.rows), numbers)
    return section("overall", "All tasks together", note, table, charts, profile)


def _pairs(content: Content, numbers: Mapping[str, Mapping[str, int]]) -> str:
    table = comparison_table(content.analysis)
    if not table.rows:
        return section("pairs", "Pairs of agents", paragraph("There is only one agent."))
    listed = details("All pairs with intervals", table_html(table, numbers))
    return section("pairs", "Pairs of agents", matrix_html(content.analysis, numbers), listed)


def _ranking(content: Content, numbers: Mapping[str, Mapping[str, int]]) -> str:
    if not content.analysis.ranking.rows:
        return section("ranking", "Weighted ranking", paragraph("No cell has runs of all agents."))
    drawn = chart(
        "intervals",
        "Mean rank with its interval over seeds (dot and line), and the places from best to worst over all "
        "weightings (pale bar). Lower is better.",
        data_measure="rank",
    )
    table = table_html(ranking_table(content.analysis), numbers)
    return section("ranking", "Weighted ranking", table, drawn)


def _runs(content: Content, numbers: Mapping[str, Mapping[str, int]]) -> str:
    rows = content.benchmark.rows
    failed = failed_table(rows)
    parts = [table_html(failed, numbers)] if failed.rows else []
    table = details(f"All {len(rows)} runs", table_html(runs_table(rows), numbers), open="")
    return section("runs", "All runs", *parts, table)


def _origin(content: Content) -> str:
    benchmark = content.benchmark
    command = f"qrl report {shlex.quote(str(benchmark.path))}"
    parts = [
        table_html(machines_table(benchmark.rows)),
        paragraph(f"Made with qrl {content.version} on {content.made}. This page again:"),
        element("pre", element("code", text(command))),
    ]
    if benchmark.spec_text:
        spec = element("pre", element("code", text(benchmark.spec_text)), tabindex=0)
        parts += [
            paragraph("The benchmark again: qrl bench with this specification (spec.toml)."),
            spec,
        ]
    return section("origin", "Where this comes from", *parts)
