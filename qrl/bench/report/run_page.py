"""The page of a single run."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from qrl.bench.report import numbers as n
from qrl.bench.report.circuit_html import CONVENTIONS, circuit_figure, gates_each
from qrl.bench.report.hardware_svg import hardware_svg
from qrl.bench.report.html import (
    bullet_list,
    details,
    element,
    paragraph,
    section,
    table_html,
    text,
)  # fmt: skip
from qrl.bench.report.page import chart, page
from qrl.bench.report.table import Column, Row, Table, words
from qrl.bench.row import DONE

if TYPE_CHECKING:
    from qrl.bench.report.run_content import RunContent
    from qrl.search.verify import Verification

MOST_CIRCUITS = 20
_CHECKED_QUBITS = 12
"""Up to here a result is recomputed for its page in a second or two; beyond, the page says how."""


def run_page(content: RunContent) -> str:
    """Return the page as HTML text."""
    remarks = bullet_list(content.remarks)
    result, *fronts = [table for table in content.tables if table.name != "hardware"]
    body = "\n".join(
        [
            section("remarks", "Remarks", remarks) if remarks else "",
            section("result", "Result", table_html(result), _verified(content)),
            section("drawings", "How it went", element("div", *_charts(content), class_="pair")),
            section("front", "Pareto front", *(table_html(table) for table in fronts)),
            _hardware(content),
            _circuits(content),
            _origin(content),
        ]
    )
    return page(content.title, _subtitle(content), _controls(), body, payload(content))


def payload(content: RunContent) -> dict[str, Any]:
    """Return what the page's script draws."""
    agent = content.agent
    return {
        "agents": [{"name": agent, "random": False}],
        "cells": [content.pictures.to_dict({agent: 0})],
        "profiles": {},
        "measures": {},
    }


def _subtitle(content: RunContent) -> str:
    run = content.run
    task, result = run.task, run.result
    target = f"{n.scientific(task.target_error)} {task.unit}".rstrip()
    facts = (
        f"{task.n_qubits} qubits, family {task.family}; target error {target}. Searched by "
        f"{result['agent']} with seed {result['seed']}: {n.count(result['evaluations'])} evaluations in "
        f"{n.duration(result['seconds'])} s; {run.status}."
    )
    return paragraph(task.description) + paragraph(facts)


def _controls() -> str:
    axis = element(
        "fieldset",
        element("legend", "Against"),
        '<label><input type="radio" name="spent" value="evaluations" checked> evaluations</label>',
        '<label><input type="radio" name="spent" value="seconds"> seconds</label>',
    )
    status = element("p", id_="shown", role="status", aria_live="polite")
    form = element("form", axis, status)
    return element(
        "nav", form, id_="controls", class_="needs-script", aria_label="Drawings", hidden=""
    )


def _charts(content: RunContent) -> list[str]:
    unit = content.run.task.unit or "no unit"
    lowest = "error" if content.pictures.exact else "cost over the lowest found"
    floor = n.scientific(content.pictures.floor)
    return [
        chart(
            "curves", f"Lowest {lowest} so far ({unit}). Smaller than {floor} is drawn there.",
            data_cell=0,
        ),
        chart(
            "front",
            f"The front of CNOTs and {lowest} ({unit}). Crosses are baselines, stars published circuits.",
            data_cell=0,
        ),
    ]  # fmt: skip


def _hardware(content: RunContent) -> str:
    tables = [table_html(table) for table in content.tables if table.name == "hardware"]
    if not tables:
        return ""
    task = content.run.task
    drawn = element(
        "div", hardware_svg(content.hardware, task.reference, task.unit), class_="scroll"
    )
    told = paragraph(
        "Points are costs, bars two standard errors to each side; hollow points are computed, full ones "
        "measured. The line is the exact answer."
    )
    return section("hardware", "On devices", drawn, told, *tables)


def _verified(content: RunContent) -> str:
    """Recompute the result with Qiskit where that is quick, and say how it went."""
    run = content.run
    command = element("code", text(f"qrl verify {shlex.quote(run.folder)}"))
    if run.status != DONE or run.task.n_qubits > _CHECKED_QUBITS or run.result.get("noise"):
        return element("p", "Not recomputed for this page; ", command, " does.")
    checked = run.verify()
    if checked.passed:
        said = (
            f"Verified: all {len(checked.checks)} numbers recomputed with {checked.simulators} for this "
            "page agree."
        )
        return element("p", text(said), class_="good")
    failed = bullet_list(_failures(checked))
    said = (
        f"Not verified: of {len(checked.checks)} numbers recomputed with {checked.simulators}, these "
        "differ:"
    )
    return element("p", text(said), class_="bad") + failed


def _failures(checked: Verification) -> list[str]:
    return [
        f"{one.name}: recorded {one.recorded}, recomputed {one.recomputed}"
        for one in checked.checks
        if not one.passed
    ]


def _circuits(content: RunContent) -> str:
    run = content.run
    shown, lowest = [], float("inf")
    for one in run.archive.entries:
        if one.cost < lowest:
            shown.append(one)
            lowest = one.cost
    left_out = max(0, len(shown) - MOST_CIRCUITS)
    shown = shown[-MOST_CIRCUITS:]
    most, drawn = gates_each(len(shown)), []
    zero = run.task.reference
    for index, one in enumerate(shown):
        cost = f"cost {one.cost:.8f}" if zero is None else f"error {n.scientific(one.cost - zero)}"
        cost = f"{cost} {run.task.unit}".rstrip()
        said = f"{cost}, {one.cnots} CNOTs, depth {one.depth}, {one.circuit.gate_count} gates."
        name = f"Circuit {index + 1} of the front"
        drawn.append(circuit_figure(one.circuit, name, said, most))
    told = CONVENTIONS
    if left_out:
        told += f" The {left_out} smallest circuits, of higher cost, are left out."
    return section("circuits", "Circuits of the front", paragraph(told), *drawn)


def _origin(content: RunContent) -> str:
    run = content.run
    versions = Table(
        "versions", "Versions that the run was made with.",
        (Column("package", text=True), Column("version", text=True)),
        tuple(Row((words(k), words(v))) for k, v in run.result["versions"].items()),
    )  # fmt: skip
    command = f"qrl report {shlex.quote(run.folder)}"
    parts = [
        table_html(versions),
        paragraph(f"Made with qrl {content.version} on {content.made}. This page again:"),
        element("pre", element("code", text(command))),
    ]
    if content.settings:
        settings = element("pre", element("code", text(content.settings)), tabindex=0)
        parts.append(details("All settings (config.toml)", settings))
    return section("origin", "Where this comes from", *parts)
