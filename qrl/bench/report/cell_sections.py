"""The part of the page that is about one cell: table, curves, fronts, circuits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qrl.bench.report import numbers as n
from qrl.bench.report.circuit_html import CONVENTIONS, circuit_figure, gates_each
from qrl.bench.report.html import details, element, paragraph, section, table_html
from qrl.bench.report.page import chart
from qrl.bench.report.tables import cell_table, known_table
from qrl.search.method_titles import method_title

if TYPE_CHECKING:
    from qrl.bench.report.benchmark_content import Content
    from qrl.bench.report.cell_content import CellPictures


def cell_section(
    content: Content, pictures: CellPictures, numbers: Mapping[str, Mapping[str, int]]
) -> str:
    """Return the section of a cell.

    Args:
        content: of the page.
        pictures: of the cell.
        numbers: of agents and cells, for the filter.
    """
    analysis, cell = content.analysis, pictures.cell
    unit = "" if pictures.task is None else pictures.task.unit
    parts = [
        paragraph(_about(content, pictures)),
        table_html(cell_table(analysis, cell, exact=pictures.plain), numbers),
    ]
    if pictures.curves:
        parts.append(element("div", *_charts(pictures, numbers["cell"][cell]), class_="pair"))
        known = known_table(
            pictures.marks,
            pictures.fronts,
            cell,
            unit,
            exact=pictures.exact,
            sampled=pictures.sampled,
        )
        if known.rows:
            parts.append(table_html(known))
        parts.append(_circuits(content, pictures, numbers["agent"]))
    else:
        parts.append(
            paragraph("No run folder of it can be read: there are no curves and circuits.")
        )
    number = numbers["cell"][cell]
    return section(f"cell-{number}", cell, *parts, data_cell=number, class_="cell")


def _about(content: Content, pictures: CellPictures) -> str:
    rows, task = content.benchmark.rows, pictures.task
    if task is None:
        return ""
    own = rows[rows["cell"] == pictures.cell]
    budgets = dict.fromkeys(zip(own["budget"], own["budget_kind"], strict=True))
    budget = " or ".join(f"{n.count(amount)} {kind}" for amount, kind in budgets)
    described = task.description.rstrip(".")
    facts = [f"{described}." if described else "", f"{task.n_qubits} qubits."]
    if task.reference is not None:
        target = f"{n.scientific(task.target_error)} {task.unit}".rstrip()
        facts.append(
            f"Exact: {task.reference:.8f} {task.unit}".rstrip() + f"; target error {target}."
        )
    else:
        facts.append("No exact answer is known: errors are costs over the lowest one found here.")
    if pictures.trivial is not None:
        name, error = pictures.trivial
        best = f"{n.scientific(error)} {task.unit}".rstrip()
        facts.append(f"Best trivial answer: {method_title(name)}, error {best}.")
    facts.append(f"Budget of a run: {budget}.")
    facts += [
        f"Published: {told}."
        for told in task.metadata.get("published", ())
        if isinstance(told, str)
    ]
    return " ".join(fact for fact in facts if fact)


def _charts(pictures: CellPictures, number: int) -> list[str]:
    unit = "" if pictures.task is None else pictures.task.unit
    floor = f"{n.scientific(pictures.floor)} {unit}".rstrip()
    counts = ", ".join(f"{agent} {count}" for agent, count in pictures.read.items())
    lowest = "error" if pictures.exact else "cost over the lowest found"
    under = "" if pictures.plain else " As the search saw it, under its noise and shots."
    return [
        chart(
            "curves",
            f"Lowest {lowest} so far ({unit or 'no unit'}): median of runs and the band between quartiles. "
            f"Runs that ended early go on with what they had. Smaller than {floor} is drawn there.{under} "
            f"Runs: {counts}.",
            data_cell=number,
        ),
        chart(
            "front",
            f"Circuits that no other of the same agent beats in CNOTs and {lowest}, of all its runs. "
            f"Crosses are baselines, stars published circuits.{under}",
            data_cell=number,
        ),
    ]


def _circuits(content: Content, pictures: CellPictures, agents: Mapping[str, int]) -> str:
    best = pictures.best
    if not best:
        return ""
    first = min(best, key=lambda a: (round(best[a].error, 9), best[a].circuit.two_qubit_count))
    most = gates_each(sum(len(one.best) for one in content.pictures.values()))
    unit = "" if pictures.task is None else pictures.task.unit
    judged = "error without shots" if pictures.sampled else "error"
    drawn = []
    for agent in sorted(best, key=lambda agent: agent != first):
        circuit = best[agent].circuit
        error = f"{judged} {n.scientific(best[agent].error)} {unit}".rstrip()
        said = (
            f"{agent}, seed {best[agent].seed}: {error}, {circuit.two_qubit_count} CNOTs, depth "
            f"{circuit.depth}, {circuit.gate_count} gates."
        )
        name = f"Best circuit of {agent} for {pictures.cell}"
        drawn.append(circuit_figure(circuit, name, said, most, agent=agents[agent]))
    told = paragraph(f"The best circuit: lowest cost, then fewest CNOTs. {CONVENTIONS}")
    others = details("Best circuits of the other agents", *drawn[1:]) if drawn[1:] else ""
    return element("div", told, drawn[0], others, class_="circuits")
