"""A report of a benchmark or a run: a page that works offline, tables for papers, figures."""

from qrl.bench.report.write import Report, write_report

__all__ = ["Report", "write_report"]
