"""A report is written: page, tables, figures."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qrl.bench.report.read_benchmark import kind_of, read_benchmark
from qrl.errors import InputError
from qrl.files import write_output

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from qrl.bench.report.table import Table

PAGE = "report.html"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What was written.

    Attributes:
        kind: "benchmark" or "run".
        title: of the page.
        files: all that were written, the page first where there is one.
        summary: the table that says most.
        remarks: on what to know before reading.
    """

    kind: str
    title: str
    files: tuple[Path, ...]
    summary: Table
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Parts:
    """A report before it is written; figures and page are made when they are asked for."""

    title: str
    tables: list[Table]
    remarks: tuple[str, ...]
    page: Callable[[], str]
    figures: Callable[[], Iterable[tuple[str, Figure]]]


def write_report(
    path: str | Path,
    *,
    html: str | Path | None = None,
    markdown: str | Path | None = None,
    latex: str | Path | None = None,
    figures: str | Path | None = None,
    say: Say = lambda text: None,
) -> Report:
    """Write what a benchmark or a run found.

    Args:
        path: folder of a benchmark (`rows.jsonl` or `runs.parquet`) or of a run (`result.json`).
        html: file of the page; `report.html` in the folder where nothing else is asked for.
        markdown: file of the tables as Markdown.
        latex: file of the tables as LaTeX (booktabs).
        figures: folder for figures, each as PNG and SVG; made where it is missing.
        say: told in a few words what is happening.

    Returns:
        What was written.

    Raises:
        InputError: there is no such folder, it is neither, it has no run or is damaged, or something
            cannot be written.
    """
    folder = Path(path)
    kind = kind_of(folder)
    outputs = {"html": html, "markdown": markdown, "latex": latex}
    named = {name: Path(file) for name, file in outputs.items() if file is not None}
    if not named and figures is None:
        named["html"] = folder / PAGE
    for file in named.values():
        _check_parent(file)
    parts = _of_benchmark(folder, say) if kind == "benchmark" else _of_run(folder, say)
    written: list[Path] = []
    for name, file in named.items():
        say(f"Writing {file}")
        _write(file, _text(name, parts))
        written.append(file)
    if figures is not None:
        written += _write_figures(Path(figures), parts, say)
    return Report(kind, parts.title, tuple(written), parts.tables[0], parts.remarks)


def _text(name: str, parts: _Parts) -> str:
    from qrl.bench.report.latex import latex_document
    from qrl.bench.report.markdown import markdown_document

    if name == "html":
        return parts.page()
    document = markdown_document if name == "markdown" else latex_document
    return document(parts.title, parts.remarks, parts.tables)


def _of_benchmark(folder: Path, say: Say) -> _Parts:
    from qrl.bench.report.benchmark_content import make_content
    from qrl.bench.report.benchmark_page import benchmark_page
    from qrl.bench.report.figures import benchmark_figures
    from qrl.bench.report.tables import (
        cell_table,
        comparison_table,
        overall_table,
        ranking_table,
    )  # fmt: skip

    benchmark = read_benchmark(folder, say)
    content = make_content(benchmark, say)
    analysis = content.analysis
    tables = [overall_table(analysis, benchmark.rows)]
    tables += [
        cell_table(analysis, cell, exact=content.pictures[cell].plain)
        for cell in analysis.cell_names
    ]
    tables += [comparison_table(analysis), ranking_table(analysis)]
    return _Parts(
        f"{benchmark.name}: benchmark",
        [table for table in tables if table.rows],
        content.remarks,
        lambda: benchmark_page(content),
        lambda: benchmark_figures(content),
    )


def _of_run(folder: Path, say: Say) -> _Parts:
    from qrl.bench.report.figures import run_figures
    from qrl.bench.report.run_content import read_run
    from qrl.bench.report.run_page import run_page

    say("Reading the run")
    content = read_run(folder)
    return _Parts(
        content.title,
        list(content.tables),
        content.remarks,
        lambda: run_page(content),
        lambda: run_figures(content),
    )


def _write_figures(folder: Path, parts: _Parts, say: Say) -> list[Path]:
    from qrl.bench.report.figures import save

    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        _check_parent(folder)
        raise
    except OSError as cause:
        raise _unwritable(folder, cause) from cause
    written = []
    say(f"Drawing figures into {folder}")
    for name, figure in parts.figures():
        for file, content in save(figure, folder / name):
            _write(file, content)
            written.append(file)
    return written


def _check_parent(file: Path) -> None:
    """Tell of a folder that is missing before minutes of work, and not after."""
    try:
        is_folder = file.parent.is_dir()
    except (OSError, ValueError) as cause:
        raise _unwritable(file, cause) from cause
    if not is_folder:
        raise InputError(
            f"{str(file)!r} cannot be written: there is no folder {str(file.parent)!r}. Make it first."
        )


def _write(file: Path, content: str | bytes) -> None:
    try:
        write_output(file, content)
    except (OSError, ValueError) as cause:
        raise _unwritable(file, cause) from cause


def _unwritable(file: Path, cause: Exception) -> InputError:
    full = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    reason = "the disk is full" if full else str(cause)
    return InputError(f"{str(file)!r} cannot be written: {reason}.")
