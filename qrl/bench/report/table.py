"""A table that can be written as HTML, Markdown and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        name: its header, with the unit in brackets.
        text: whether it holds words and not numbers.
        wide: whether only the page shows it, and not the tables of papers.
    """

    name: str
    text: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell of a table.

    Attributes:
        text: what is shown.
        value: what the column is sorted by; None sorts last.
        link: where it leads within the page; "" for nowhere.
    """

    text: str
    value: float | str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its entries, and which agents and cells it is about (for the page's filter)."""

    entries: tuple[Entry, ...]
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: an identifier of letters and hyphens.
        caption: what it shows, with units and seeds.
        columns: the first one names its rows.
        rows: as many entries each as there are columns.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def for_paper(self) -> Table:
        """Return the table without the columns that only the page shows."""
        kept = [index for index, column in enumerate(self.columns) if not column.wide]
        rows = tuple(Row(tuple(row.entries[i] for i in kept), row.about) for row in self.rows)
        return Table(self.name, self.caption, tuple(self.columns[i] for i in kept), rows)


def entry(value: Any, form: Callable[[Any], str], text: str | None = None) -> Entry:
    """Return a number as an entry that sorts by its value.

    Args:
        value: the number; None where there is none.
        form: how it is written.
        text: what is shown in place of that.
    """
    from qrl.bench.report.numbers import known

    shown = form(value) if text is None else text
    return Entry(shown, float(value) if known(value) else None)


def words(text: Any, link: str = "") -> Entry:
    """Return a text as an entry that sorts by itself."""
    return Entry(str(text), str(text), link)


def aligned(columns: Sequence[Column], left: str, right: str) -> list[str]:
    """Return a mark for each column: that of words, or that of numbers."""
    return [left if column.text else right for column in columns]
