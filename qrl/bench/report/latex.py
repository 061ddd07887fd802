"""Tables as LaTeX, for papers: booktabs and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qrl.bench.report.table import Table, aligned

_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "_": r"\_", "&": r"\&", "#": r"\#",
    "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''", "–": "--", "∞": r"$\infty$", "π": r"$\pi$",
    "×": r"$\times$", "≤": r"$\leq$", "≥": r"$\geq$", "±": r"$\pm$", "’": "'", "τ": r"$\tau$",
    # A row that begins with a bracket would be read as the option of the line break before it.
    "[": "{[}", "]": "{]}",
}  # fmt: skip
_NUMBER = re.compile(
    r"(?<![\w.-])(-?\d(?:\.\d+)?)e(-?\d+)(?!\w)|(?<![\w.-])(-\d+(?:\.\d+)?)(?![\w.-])"
)


def latex_text(text: str) -> str:
    """Return a text with whatever LaTeX would read as its own made literal, in one line.

    Numbers such as 5.8e-5 become powers of ten, and negative ones have a minus and no hyphen.
    """
    parts, end = [], 0
    text = " ".join(text.split())
    for found in _NUMBER.finditer(text):
        parts.append(_escaped(text[end : found.start()]))
        power = rf"{found[1]} \times 10^{{{found[2]}}}"
        parts.append(f"${found[3] or power}$")
        end = found.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def latex_table(table: Table, label: str) -> str:
    """Return a table environment.

    Args:
        table: the table.
        label: what a paper refers to it by, letters, digits and hyphens.
    """
    columns = "".join(aligned(table.columns, "l", "r"))
    header = " & ".join(latex_text(column.name) for column in table.columns)
    body = [
        " & ".join(latex_text(entry.text) for entry in row.entries) + r" \\" for row in table.rows
    ]
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex_text(table.caption)}}}",
            rf"\label{{tab:{label}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            header + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def latex_document(title: str, remarks: Iterable[str], tables: Iterable[Table]) -> str:
    """Return a file of tables that a paper takes in by its input command.

    What the report remarks on stands in comments before them.
    """
    head = [
        f"% {_commented(title)}",
        r"% Needs \usepackage{booktabs} and, for wide tables, a small font size.",
        *(f"% {_commented(remark)}" for remark in remarks),
        "",
    ]
    counts: dict[str, int] = {}
    parts = []
    for table in tables:
        counts[table.name] = counts.get(table.name, 0) + 1
        again = f"-{counts[table.name]}" if counts[table.name] > 1 else ""
        parts.append(latex_table(table.for_paper(), f"{table.name}{again}"))
    return "\n".join([*head, *parts])


def _commented(text: str) -> str:
    """Return a text in one line, so that none of it leaves the comment."""
    return " ".join(text.split())
