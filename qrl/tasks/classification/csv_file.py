"""Classification tasks from the user's own table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qrl.checks import shown
from qrl.errors import InputError, unknown_name
from qrl.tasks.classification.labels import is_missing
from qrl.tasks.classification.own_data import classifier
from qrl.tasks.classification.task import VariationalClassifier
from qrl.tasks.text_file import number_of, read_text

_LARGEST = 1e100
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class _Table:
    """A table as text.

    Attributes:
        path: of its file, for messages.
        header: names of the columns.
        rows: line number and cells.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def column(self, name: str, what: str) -> int:
        """Return the index of a column.

        Raises:
            InputError: there is none of that name.
        """
        if name not in self.header:
            raise unknown_name(f"{what} column of {self.path}", name, self.header)
        return self.header.index(name)

    def place(self, line: int, index: int) -> str:
        """Return how messages call a cell."""
        return f"{self.path}, line {line}, column {self.header[index]!r}"


def read_csv(
    path: str | Path,
    *,
    label: str | None = None,
    text: str | None = None,
    columns: Sequence[str] | None = None,
    features: int | None = None,
    name: str | None = None,
    **options: Any,
) -> VariationalClassifier:
    """Build a classification task from a CSV file with a header row.

    Args:
        path: comma-separated, UTF-8.
        label: column of the classes, numbers or texts; None: the last.
        text: column of texts, which become TF-IDF vectors and by truncated SVD `features` numbers; the
            other columns are left out then.
        columns: columns of numbers that are the features; None: all but the label.
        features: how many features to keep, by PCA where they are numbers; None: all.
        name: of the task; None: the file's.
        options: of `classifier`, such as encoder="zz" or split=(0.5, 0.25, 0.25).

    Raises:
        InputError: the file cannot be read, a cell is missing ("NA", "nan" and the like included) or no
            number (the message names line and column), or there are too few points or classes.
        MissingExtra: scikit-learn is not installed.
    """
    table = _read(Path(path))
    label_index = table.column(label, "label") if label is not None else len(table.header) - 1
    labels = _labels(table, label_index)
    if text is not None:
        if columns is not None:
            raise InputError(
                "Features come from texts or from columns of numbers; give one of them."
            )
        values: Any = _texts(table, _other(table, text, label_index, "text"))
    else:
        names = table.header if columns is None else _different(columns)
        indices = [_other(table, each, label_index, "feature") for each in names if (
            columns is not None or each != table.header[label_index]
        )]  # fmt: skip
        if not indices:
            raise InputError(f"{table.path} has no column of features beside the label.")
        values = [[_number(table, line, cells, i) for i in indices] for line, cells in table.rows]
    try:
        return classifier(
            values,
            labels,
            name=table.path.stem if name is None else name,
            n_features=features,
            source=str(path),
            **options,
        )
    except InputError as cause:
        raise InputError(f"{table.path}: {cause}") from cause


def _read(path: Path) -> _Table:
    lines = io.StringIO(read_text(path, "table", newline=""), newline="")
    try:
        reader = csv.reader(lines, strict=True)
        rows = [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader]
    except csv.Error as cause:
        raise InputError(f"{path}, line {reader.line_num}: not a CSV table: {cause}.") from cause
    rows = [(line, cells) for line, cells in rows if any(cells)]
    if not rows:
        raise InputError(f"{path} is empty; it needs a header row and rows of data.")
    header = rows[0][1]
    _check_separator(path, rows[0][0], header)
    for index, column in enumerate(header):
        if not column:
            raise InputError(f"{path}, line {rows[0][0]}: column {index + 1} has no name.")
        if column in header[:index]:
            raise InputError(
                f"{path}, line {rows[0][0]}: columns {header.index(column) + 1} and {index + 1} are both "
                f"called {column!r}."
            )
    if all(_is_number(cell) for cell in header):
        raise InputError(f"{path} needs a header row with names; its first row holds numbers.")
    if len(rows) == 1:
        raise InputError(f"{path} has a header row but no rows of data.")
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise InputError(
                f"{path}, line {line}: {len(cells)} cells, where the header has {len(header)} columns."
            )
    return _Table(path, header, tuple(rows[1:]))


def _labels(table: _Table, index: int) -> list[Any]:
    """Return labels: texts, or, where all are numbers, numbers, so that 1 and 1.0 are one class."""
    for line, cells in table.rows:
        if is_missing(cells[index]):
            got = f"; got {cells[index]!r}" if cells[index] else ""
            raise InputError(
                f"{table.place(line, index)}: the label is missing{got}. Fill it in or leave the row out."
            )
    labels = [cells[index] for _, cells in table.rows]
    if not all(_is_number(each) for each in labels):
        return labels
    numbers = [float(each) for each in labels]
    return [int(each) if each.is_integer() else each for each in numbers]


def _texts(table: _Table, index: int) -> list[str]:
    for line, cells in table.rows:
        if not cells[index]:
            raise InputError(f"{table.place(line, index)}: the text is missing.")
    return [cells[index] for _, cells in table.rows]


def _number(table: _Table, line: int, cells: tuple[str, ...], index: int) -> float:
    cell, place = cells[index], table.place(line, index)
    if not cell:
        raise InputError(f"{place}: the value is missing. Fill it in or leave the row out.")
    if not _is_number(cell):
        raise InputError(
            f"{place}: features must be finite numbers; got {cell[:40]!r}. Choose columns of numbers, or "
            "name a column of texts as such."
        )
    return float(cell)


def _other(table: _Table, name: str, label_index: int, what: str) -> int:
    index = table.column(name, what)
    if index == label_index:
        raise InputError(f"Column {name!r} is the label; it cannot be a {what} too.")
    return index


def _different(columns: Sequence[str]) -> tuple[str, ...]:
    if isinstance(columns, str) or not isinstance(columns, Sequence):
        raise InputError(f"columns must be a list of names; got {shown(columns)}.")
    twice = [name for k, name in enumerate(columns) if name in columns[:k]]
    if twice:
        raise InputError(f"columns names {shown(twice[0])} twice; name each column once.")
    return tuple(columns)


def _check_separator(path: Path, line: int, header: tuple[str, ...]) -> None:
    """Refuse a table whose columns something else than commas parts."""
    for separator, name in _SEPARATORS.items():
        if len(header) == 1 and separator in header[0]:
            raise InputError(
                f"{path}, line {line}: commas must part the columns; here {name} do ({separator!r}). "
                "Save the table as comma-separated."
            )


def _is_number(cell: str) -> bool:
    value = number_of(cell)
    return value is not None and abs(value) <= _LARGEST
