"""What a report is made of: a benchmark's table and its run folders."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qrl.bench.benchmark import Benchmark
from qrl.bench.journal import JOURNAL
from qrl.bench.row import COLUMNS, DONE
from qrl.bench.table import SPEC, TABLE, is_benchmark
from qrl.errors import InputError
from qrl.search.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

    from qrl.search.archive import Archive
    from qrl.tasks.task import Task

RESULT = "result.json"


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What a run folder holds of one row.

    Attributes:
        row: of the benchmark's table.
        result: the record of `result.json`.
        trace: improvements of the lowest cost, in order.
        archive: the Pareto front of cost, CNOTs and depth.
    """

    row: Mapping[str, Any]
    result: dict[str, Any]
    trace: list[dict[str, Any]]
    archive: Archive


@dataclass(frozen=True, slots=True)
class BenchmarkFiles:
    """A benchmark as its folder holds it.

    Attributes:
        path: of the folder.
        rows: its table, one row a run.
        runs: those whose folders could be read, in the order of the table.
        tasks: by cell, of the cells with such a run.
        spec: what `spec.toml` says, and its text; empty where there is none.
        remarks: on what could not be read.
    """

    path: Path
    rows: pd.DataFrame
    runs: tuple[RunFiles, ...]
    tasks: dict[str, Task]
    spec: dict[str, Any] = field(default_factory=dict)
    spec_text: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called: by its spec, else by its folder."""
        return str(self.spec.get("name") or self.path.resolve().name)

    @property
    def description(self) -> str:
        """What its spec says of it, in a sentence."""
        return str(self.spec.get("description") or "")


def kind_of(path: Path) -> str:
    """Tell whether a folder is a "benchmark" or a "run".

    Raises:
        InputError: it is neither, or there is none.
    """
    try:
        if not path.is_dir():
            raise InputError(
                f"There is no folder {str(path)!r}; give that of a benchmark or of a run."
            )
        if (path / TABLE).is_file() or is_benchmark(path):
            return "benchmark"
        if (path / RESULT).is_file():
            return "run"
    except (OSError, ValueError) as cause:
        if isinstance(cause, InputError):
            raise
        raise InputError(f"The folder {str(path)!r} cannot be read: {cause}.") from cause
    raise InputError(
        f"{str(path)!r} is neither a benchmark (it holds no {JOURNAL}) nor a run (no {RESULT}). "
        f"`qrl bench` makes a benchmark's folder, `qrl search` a run's."
    )


def read_benchmark(path: Path, say: Callable[[str], None] = lambda text: None) -> BenchmarkFiles:
    """Read a benchmark's folder; run folders that are damaged are left out with a remark.

    Args:
        path: of the folder.
        say: told in a few words what is happening.

    Raises:
        InputError: its table cannot be read, or holds no run.
    """
    rows = read_rows(path)
    spec_text, spec, remarks = _read_spec(path)
    runs: list[RunFiles] = []
    tasks: dict[str, Task] = {}
    say(f"Reading {len(rows)} runs")
    for row in rows.to_dict("records"):
        if row["status"] != DONE:
            continue
        folder = RunFolder(path / str(row["run"]))
        try:
            if row["cell"] not in tasks:
                tasks[row["cell"]] = folder.read_task()
            runs.append(_read_run(folder, row, tasks[row["cell"]]))
        except InputError as cause:
            remarks.append(
                f"The folder of {row['agent']} on {row['cell']}, seed {row['seed']}, cannot be read; its "
                f"numbers are in the tables, its curve and circuits are left out. {cause}"
            )
    return BenchmarkFiles(path, rows, tuple(runs), tasks, spec, spec_text, tuple(remarks))


def _read_run(folder: RunFolder, row: Mapping[str, Any], task: Task) -> RunFiles:
    """Read a run folder.

    Raises:
        InputError: it is damaged, or that of another task.
    """
    found = RunFiles(row, folder.read_result(), folder.read_trace(), folder.read_archive())
    if found.result["task"] != row["task"]:
        raise folder.damaged("result.json", f"it is of {found.result['task']!r}")
    if any(entry.circuit.n_qubits != task.n_qubits for entry in found.archive.entries):
        raise folder.damaged("archive.json", f"its circuits are not of {task.n_qubits} qubits")
    return found


def read_rows(path: Path) -> pd.DataFrame:
    """Read the rows of a benchmark, from its journal or, where there is none, from its table.

    Raises:
        InputError: it cannot be read, lacks columns or holds no run.
    """
    rows = Benchmark.table_in(path) if is_benchmark(path) else _read_table(path / TABLE)
    if rows.empty:
        raise InputError(
            f"The benchmark {str(path)!r} has no run yet; go on with it, then report it."
        )
    return rows


def _read_table(file: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        rows = pd.read_parquet(file)
    except (OSError, ValueError) as cause:
        raise InputError(f"{str(file)!r} cannot be read as a table of runs: {cause}.") from cause
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise InputError(
            f"{str(file)!r} is no table of runs: it lacks the columns {', '.join(missing)}."
        )
    return rows


def _read_spec(path: Path) -> tuple[str, dict[str, Any], list[str]]:
    file = path / SPEC
    if not file.is_file():
        return "", {}, [f"The folder has no {SPEC}: what was asked for is not told here."]
    try:
        text = file.read_text(encoding="utf-8")
        return text, tomllib.loads(text), []
    except (OSError, ValueError) as cause:
        return "", {}, [f"{SPEC} cannot be read: {cause}."]
