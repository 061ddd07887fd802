"""`qrl report`: a benchmark or a run as a page, as tables for papers and as figures."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table as Shown

    from qrl.bench.report import Report
    from qrl.bench.report.table import Table


def add_arguments(report: argparse.ArgumentParser) -> None:
    """Declare the arguments of `qrl report`."""
    add = report.add_argument
    add("folder", metavar="DIR", help="folder of a benchmark, or of a run")
    add("--html", metavar="FILE", help="page that works offline (default: report.html in DIR)")
    add("--markdown", metavar="FILE", help="tables as Markdown")
    add("--latex", metavar="FILE", help="tables as LaTeX, for papers (booktabs)")
    add("--figures", metavar="FOLDER", help="figures, each as PNG and SVG")
    add("--json", action="store_true", help="print the main table and what was written as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Write the report, and print its main table and what was written."""
    from qrl.bench.report import write_report
    from qrl.cli.progress import Progress

    with Progress() as progress:
        report = write_report(
            arguments.folder,
            html=arguments.html,
            markdown=arguments.markdown,
            latex=arguments.latex,
            figures=arguments.figures,
            say=progress.say,
        )
    if arguments.json:
        print(json.dumps(_record(report), indent=1))
    else:
        _print(report)
    return 0


def _record(report: Report) -> dict[str, Any]:
    names = [column.name for column in report.summary.columns]
    rows = [
        dict(zip(names, (entry.text for entry in row.entries), strict=True))
        for row in report.summary.rows
    ]
    return {
        "kind": report.kind,
        "title": report.title,
        "files": [str(file) for file in report.files],
        "summary": rows,
        "remarks": list(report.remarks),
    }


def _print(report: Report) -> None:
    from qrl.cli.console import make_console

    console = make_console()
    console.print(f"{report.title}\n", highlight=False, markup=False)
    console.print(shown_table(report.summary.for_paper()))
    console.print()
    plain: dict[str, Any] = {"highlight": False, "markup": False, "soft_wrap": True}
    for remark in report.remarks:
        console.print(f"Note: {remark}", **plain)
    for file in report.files:
        console.print(f"Written: {file}", **plain)


def shown_table(table: Table) -> Shown:
    """Return a table of a report as the terminal shows it."""
    from rich.markup import escape
    from rich.table import Table as Shown

    shown = Shown(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in table.columns:
        shown.add_column(escape(column.name), justify="left" if column.text else "right")
    for row in table.rows:
        shown.add_row(*(escape(entry.text) for entry in row.entries))
    return shown
