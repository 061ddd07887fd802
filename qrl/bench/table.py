"""A benchmark's table: `runs.parquet`, one row per run, made from the journal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.journal import JOURNAL
from qrl.bench.row import COLUMNS
from qrl.errors import InputError
from qrl.files import write_atomically

if TYPE_CHECKING:
    import pandas as pd

TABLE, SPEC = "runs.parquet", "spec.toml"
_DTYPES = {"text": "string", "int": "Int64", "float": "Float64", "flag": "boolean"}


def table_of(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a table with the columns of `qrl.bench.row.COLUMNS`, missing values as NA."""
    import pandas as pd

    listed = list(rows)
    return pd.DataFrame(
        {
            name: pd.array([row[name] for row in listed], dtype=_DTYPES[kind])
            for name, (kind, _, _) in COLUMNS.items()
        }
    )


def write_table(folder: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write the table anew.

    Raises:
        OSError: it cannot be written; the one before is still complete.
    """
    import io

    buffer = io.BytesIO()
    table_of(rows).to_parquet(buffer, engine="pyarrow", index=False)
    write_atomically(folder / TABLE, buffer.getvalue())


def read_rows(folder: str | Path) -> pd.DataFrame:
    """Return the table of a benchmark: the rows of its present spec, from the journal.

    Raises:
        InputError: there is no benchmark in this folder, or its journal cannot be read.
    """
    path = Path(folder)
    if not is_benchmark(path):
        raise InputError(
            f"There is no benchmark in {str(path)!r}: {JOURNAL} is missing. `qrl bench SPEC.toml` makes "
            "one; `qrl bench list` shows those that there are."
        )
    from qrl.bench.benchmark import Benchmark

    return Benchmark.table_in(path)


def is_benchmark(folder: Path) -> bool:
    """Tell whether a folder is a benchmark's."""
    return (folder / JOURNAL).is_file()
