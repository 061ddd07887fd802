"""Tables as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qrl.bench.report.table import Table, aligned

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def markdown_text(text: str) -> str:
    """Return a text with whatever Markdown would read as its own made literal, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def markdown_table(table: Table) -> str:
    """Return a table with its caption above it."""
    marks = aligned(table.columns, "---", "---:")
    lines = [
        markdown_text(table.caption),
        "",
        _line(column.name for column in table.columns),
        f"| {' | '.join(marks)} |",
        *(_line(entry.text for entry in row.entries) for row in table.rows),
    ]
    return "\n".join(lines) + "\n"


def _line(texts: Iterable[str]) -> str:
    return f"| {' | '.join(markdown_text(text) for text in texts)} |"


def markdown_document(title: str, remarks: Iterable[str], tables: Iterable[Table]) -> str:
    """Return a whole file: title, tables for a paper, remarks."""
    parts = [f"# {markdown_text(title)}\n"]
    parts += [markdown_table(table.for_paper()) for table in tables]
    listed = [f"- {markdown_text(remark)}" for remark in remarks]
    if listed:
        parts.append("\n".join(["Remarks:", "", *listed]) + "\n")
    return "\n".join(parts)
